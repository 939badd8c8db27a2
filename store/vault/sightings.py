"""Places where copies were seen: (folder, UIDVALIDITY, UID), each with what only that copy has.

The UIDs of a folder are held in memory as ranges from their first use; `forget` after a rollback.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from store.model.evidence import Kind, Verified
from store.model.ids import EmailKey, FolderKey, MailboxKey
from store.model.kept import OwnPart
from store.model.ledger import Depth
from store.model.uidset import UidSet
from store.vault.database import Database, Row
from store.vault.kept import KeptSighting
from store.vault.ranges import Ranges

_IN = "IN (SELECT value FROM carray(?1))"
_COLUMNS = (
    "sighting, folder, uidvalidity, uid, mailbox, email, content, flags, internaldate, size, wanted, here, asked, pass,"
    " gone_at, moved_to, aim, body, own, verified, kind, msgid"
)
_MARKS = ", ".join("?" * 22)
NOTHING_OWN = OwnPart()
DELETED: Final = "\\Deleted"

_pack_own = msgspec.msgpack.Encoder().encode
_unpack_own = msgspec.msgpack.Decoder(OwnPart).decode


@dataclass(slots=True)
class Held:
    """The sightings of one folder under one UIDVALIDITY."""

    here: Ranges = field(default_factory=Ranges)
    gone: Ranges = field(default_factory=Ranges)
    left: Ranges = field(default_factory=Ranges)  # of `gone`: not known to have left the server
    wanting: Ranges = field(default_factory=Ranges)  # of `here`: more is wanted than is here


class Sightings:
    """The table of sightings, their header blocks and the addresses that only they have."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._held: dict[tuple[int, int], Held] = {}

    def forget(self) -> None:
        """Read everything anew."""
        self._held.clear()

    def of_emails(self, emails: Iterable[EmailKey]) -> list[KeptSighting]:
        """All sightings of these emails, gone ones too."""
        found = self._db.of_keys(f"SELECT {_COLUMNS} FROM sightings WHERE email {_IN} ORDER BY sighting", emails)
        return [_sighting(row) for row in found]

    def emails_at(self, folder: FolderKey, uidvalidity: int, uids: Iterable[int]) -> dict[int, EmailKey]:
        """UID → email, of those that are sightings."""
        sql = f"SELECT uid, email FROM sightings WHERE folder = ?2 AND uidvalidity = ?3 AND uid {_IN}"
        return dict(self._db.of_keys(sql, uids, folder, uidvalidity))

    def emails_of(self, sightings: Iterable[int]) -> dict[int, EmailKey]:
        """Sighting → email."""
        return dict(self._db.of_keys(f"SELECT sighting, email FROM sightings WHERE sighting {_IN}", sightings))

    def of_numbers(self, mailbox: MailboxKey, msgids: Iterable[int]) -> dict[int, EmailKey]:
        """The server's number of a mail → email."""
        sql = f"SELECT msgid, email FROM sightings WHERE mailbox = ?2 AND msgid {_IN} AND msgid <> 0"
        return dict(self._db.of_keys(sql, msgids, mailbox))

    def held(self, folder: FolderKey, uidvalidity: int) -> Held:
        """Which UIDs of a folder are sightings."""
        found = self._held.get((folder, uidvalidity))
        if found is None:
            found = self._held[folder, uidvalidity] = Held()
            rows = self._db.rows(
                "SELECT uid, gone_at IS NOT NULL, here < wanted, flags, aim FROM sightings"
                " WHERE folder = ? AND uidvalidity = ? ORDER BY uid",
                (folder, uidvalidity),
            )
            for uid, gone, wanting, flags, aim in rows:
                (found.gone if gone else found.here).add(uid)
                if wanting and not gone:
                    found.wanting.add(uid)
                if gone and _stands(flags, aim):
                    found.left.add(uid)
        return found

    def filed_uids(self, folder: FolderKey, uidvalidity: int) -> list[tuple[int, bool]]:
        """Each present UID of a folder, and whether its email is filed."""
        rows = self._db.rows(
            "SELECT s.uid, e.filed > 0 FROM sightings AS s JOIN emails AS e ON e.email = s.email"
            " WHERE s.folder = ? AND s.uidvalidity = ? AND s.gone_at IS NULL",
            (folder, uidvalidity),
        )
        return [(row[0], bool(row[1])) for row in rows]

    def older(self, folder: FolderKey, uidvalidity: int) -> list[tuple[int, int, int, EmailKey]]:
        r"""Sightings of a folder under other UIDVALIDITYs, present, with an act that waits for the server, or \Deleted
        on one that does not expunge: (sighting, internaldate, size, email).
        """
        rows = self._db.rows(
            "SELECT sighting, internaldate, size, email FROM sightings WHERE folder = ? AND uidvalidity <> ?"
            " AND (gone_at IS NULL OR instr(flags, ?) OR sighting IN (SELECT sighting FROM changes))"
            " ORDER BY uidvalidity, uid",
            (folder, uidvalidity, DELETED),
        )
        return [(row[0], row[1], row[2], EmailKey(row[3])) for row in rows]

    def present_in(self, folder: FolderKey, limit: int) -> list[EmailKey]:
        """Emails with a copy that is present in a folder."""
        found = self._db.rows(
            "SELECT email FROM sightings WHERE folder = ? AND gone_at IS NULL LIMIT ?", (folder, limit)
        )
        return [EmailKey(row[0]) for row in found]

    def left_before(self, before: int, limit: int) -> list[EmailKey]:
        """Emails with a sighting that is gone since before then, and needed by nobody: the email is unfiled, or has
        a copy elsewhere.
        """
        found = self._db.rows(
            "SELECT DISTINCT s.email FROM sightings AS s JOIN emails AS e ON e.email = s.email WHERE s.gone_at < ? AND"
            " (e.filed = 0 OR EXISTS (SELECT 1 FROM sightings AS o WHERE o.email = s.email AND o.gone_at IS NULL))"
            " LIMIT ?",
            (before, limit),
        )
        return [EmailKey(row[0]) for row in found]

    # ---- Writing

    def save(self, seen: Sequence[KeptSighting]) -> None:
        """Write what is new or changed of these; new ones get their keys."""
        new = [one for one in seen if not one.sighting]
        changed = [one for one in seen if one.sighting and one.changed]
        if new:
            first = (self._db.value("SELECT max(sighting) FROM sightings") or 0) + 1
            for place, one in enumerate(new):
                one.sighting = first + place
        self._db.many(
            f"UPDATE sightings SET ({_COLUMNS}) = ({_MARKS}) WHERE sighting = ?",
            [(*_row(one), one.sighting) for one in changed],
        )
        self._db.many(f"INSERT INTO sightings ({_COLUMNS}) VALUES ({_MARKS})", [_row(one) for one in new])
        self._save_addresses([*new, *changed])
        self._hold([*new, *changed])
        for one in (*new, *changed):
            one.changed = False

    def _save_addresses(self, seen: list[KeptSighting]) -> None:
        rows = {(address, one.email, one.mailbox, role) for one in seen for role, address in one.own.addresses}
        self._db.many(
            "INSERT OR IGNORE INTO sighting_addresses (address, email, mailbox, role) VALUES (?, ?, ?, ?)", sorted(rows)
        )

    def _hold(self, seen: Iterable[KeptSighting]) -> None:
        by_folder: dict[tuple[FolderKey, int], list[KeptSighting]] = {}
        for one in seen:
            now = (one.folder, one.uidvalidity, one.uid)
            if one.place is not None and one.place != now:
                self._drop(one.place)
            one.place = now
            by_folder.setdefault(now[:2], []).append(one)
        for folder, ones in by_folder.items():
            held = self._held.get(folder)
            if held is not None:
                _hold_in(held, ones)

    def _drop(self, place: tuple[FolderKey, int, int]) -> None:
        held = self._held.get(place[:2])
        if held is not None:
            for ranges in (held.here, held.gone, held.left, held.wanting):
                ranges.discard(place[2])

    def save_blocks(self, blocks: Iterable[tuple[KeptSighting, bytes]]) -> None:
        """The raw header fields of copies, after `save`."""
        self._db.many(
            "INSERT OR REPLACE INTO header_blocks (sighting, block) VALUES (?, ?)",
            [(one.sighting, block) for one, block in blocks],
        )

    def remove(self, seen: Sequence[KeptSighting]) -> None:
        """Take sightings out, with their header blocks."""
        keys = [one.sighting for one in seen]
        for table in ("header_blocks", "left_places", "sightings"):
            self._db.for_keys(f"DELETE FROM {table} WHERE sighting {_IN}", keys)
        for one in seen:
            if one.place is not None:
                self._drop(one.place)

    def refresh_addresses(self, email: EmailKey, left: Sequence[KeptSighting]) -> None:
        """After removals: what the remaining copies still say."""
        self._db.run("DELETE FROM sighting_addresses WHERE email = ?", (email,))
        self._save_addresses(list(left))

    # ---- Copies that were carried to where they are no sightings

    def leave_at(self, sighting: int, place: tuple[FolderKey, int, int]) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO left_places (sighting, folder, uidvalidity, uid) VALUES (?, ?, ?, ?)",
            (sighting, *place),
        )

    def left_at(self, sighting: int) -> tuple[FolderKey, int, int] | None:
        row = self._db.row("SELECT folder, uidvalidity, uid FROM left_places WHERE sighting = ?", (sighting,))
        return None if row is None else (FolderKey(row[0]), row[1], row[2])

    def forget_place(self, sighting: int) -> None:
        self._db.run("DELETE FROM left_places WHERE sighting = ?", (sighting,))


def _hold_in(held: Held, seen: Sequence[KeptSighting]) -> None:
    everything = UidSet.of(one.uid for one in seen)
    for ranges, uids in (
        (held.here, (one.uid for one in seen if one.gone_at is None)),
        (held.gone, (one.uid for one in seen if one.gone_at is not None)),
        (held.left, (one.uid for one in seen if one.gone_at is not None and _stands(one.flags, one.aim))),
        (held.wanting, (one.uid for one in seen if one.gone_at is None and one.here < one.wanted)),
    ):
        in_it = UidSet.of(uids)
        for first, last in (everything - in_it).ranges:
            ranges.discard(first, last)
        for first, last in in_it.ranges:
            ranges.add(first, last)


def _stands(flags: str, aim: int | None) -> bool:
    r"""Whether a copy that is gone for people stands on its server still: \Deleted, or until an act is carried."""
    return aim is not None or DELETED in flags.split()


def _row(one: KeptSighting) -> tuple[object, ...]:
    own = None if one.own == NOTHING_OWN else _pack_own(one.own)
    return (
        one.sighting, one.folder, one.uidvalidity, one.uid, one.mailbox, one.email, one.content, one.flags,
        one.internaldate, one.size, int(one.wanted), int(one.here), int(one.asked), one.pass_, one.gone_at,
        one.moved_to, one.aim, one.body, own, one.verified, one.kind, one.msgid,
    )  # fmt: skip


def _sighting(row: Row) -> KeptSighting:
    own = NOTHING_OWN if row[18] is None else _unpack_own(row[18])
    depths = (Depth(row[10]), Depth(row[11]), bool(row[12]))
    seen = KeptSighting(*[*row[:10], *depths, *row[13:18], own, Verified(row[19]), Kind(row[20]), row[21]])
    seen.place = (seen.folder, seen.uidvalidity, seen.uid)
    return seen
