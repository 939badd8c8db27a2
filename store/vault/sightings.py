"""Places where copies were seen: (folder, UIDVALIDITY, UID), each with what only that copy has."""

from collections.abc import Iterable, Sequence

import msgspec

from store.model.evidence import Kind, Verified
from store.model.ids import EmailKey, FolderKey
from store.model.kept import OwnPart
from store.model.ledger import Depth
from store.vault.database import Database, Row
from store.vault.kept import KeptSighting

_IN = "IN (SELECT value FROM carray(?1))"
_COLUMNS = (
    "sighting, folder, uidvalidity, uid, mailbox, email, content, flags, internaldate, size, wanted, here, asked, pass,"
    " gone_at, moved_to, body, own, verified, kind"
)
NOTHING_OWN = OwnPart()

_pack_own = msgspec.msgpack.Encoder().encode
_unpack_own = msgspec.msgpack.Decoder(OwnPart).decode


class Sightings:
    """The table of sightings, their header blocks and the addresses that only they have."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_emails(self, emails: Iterable[EmailKey]) -> list[KeptSighting]:
        """All sightings of these emails, gone ones too."""
        found = self._db.of_keys(f"SELECT {_COLUMNS} FROM sightings WHERE email {_IN} ORDER BY sighting", emails)
        return [_sighting(row) for row in found]

    def emails_at(self, folder: FolderKey, uidvalidity: int, uids: Iterable[int]) -> dict[int, EmailKey]:
        """UID → email, of those that are sightings."""
        return dict(
            self._db.of_keys(
                f"SELECT uid, email FROM sightings WHERE folder = ?2 AND uidvalidity = ?3 AND uid {_IN}",
                uids,
                folder,
                uidvalidity,
            )
        )

    def uids(self, folder: FolderKey, uidvalidity: int) -> list[tuple[int, bool, bool]]:
        """Each UID of a folder: (uid, gone, more is wanted than is here)."""
        return [
            (row[0], bool(row[1]), bool(row[2]))
            for row in self._db.rows(
                "SELECT uid, gone_at IS NOT NULL, here < wanted FROM sightings"
                " WHERE folder = ? AND uidvalidity = ? ORDER BY uid",
                (folder, uidvalidity),
            )
        ]

    def filed_uids(self, folder: FolderKey, uidvalidity: int) -> list[tuple[int, bool]]:
        """Each present UID of a folder, and whether its email is filed."""
        return [
            (row[0], bool(row[1]))
            for row in self._db.rows(
                "SELECT s.uid, e.filed > 0 FROM sightings AS s JOIN emails AS e ON e.email = s.email"
                " WHERE s.folder = ? AND s.uidvalidity = ? AND s.gone_at IS NULL",
                (folder, uidvalidity),
            )
        ]

    def older(self, folder: FolderKey, uidvalidity: int) -> list[tuple[EmailKey, int, int, int]]:
        """Present sightings of a folder under other UIDVALIDITYs: (email, internaldate, size, sighting), by UID."""
        return [
            (EmailKey(row[0]), row[1], row[2], row[3])
            for row in self._db.rows(
                "SELECT email, internaldate, size, sighting FROM sightings"
                " WHERE folder = ? AND uidvalidity <> ? AND gone_at IS NULL ORDER BY uidvalidity, uid",
                (folder, uidvalidity),
            )
        ]

    def old_emails(self, before: int, limit: int) -> list[EmailKey]:
        """Emails with a sighting that is gone since before then."""
        found = self._db.rows("SELECT DISTINCT email FROM sightings WHERE gone_at < ? LIMIT ?", (before, limit))
        return [EmailKey(row[0]) for row in found]

    def save(self, seen: Sequence[KeptSighting]) -> None:
        """Write what is new or changed of these; new ones get their keys."""
        new = [one for one in seen if not one.sighting]
        if new:
            first = (self._db.value("SELECT max(sighting) FROM sightings") or 0) + 1
            for place, one in enumerate(new):
                one.sighting = first + place
            self._db.many(
                f"INSERT INTO sightings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(one) for one in new],
            )
        fresh = {one.sighting for one in new}
        changed = [one for one in seen if one.changed and one.sighting not in fresh]
        self._db.many(
            f"UPDATE sightings SET ({_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " WHERE sighting = ?",
            [(*_row(one), one.sighting) for one in changed],
        )
        self._save_addresses([*new, *changed])
        for one in (*new, *changed):
            one.changed = False

    def _save_addresses(self, seen: list[KeptSighting]) -> None:
        rows = {(address, one.email, one.mailbox, role) for one in seen for role, address in one.own.addresses}
        self._db.many(
            "INSERT OR IGNORE INTO sighting_addresses (address, email, mailbox, role) VALUES (?, ?, ?, ?)", sorted(rows)
        )

    def save_blocks(self, blocks: Iterable[tuple[KeptSighting, bytes]]) -> None:
        """The raw header fields of copies, after `save`."""
        self._db.many(
            "INSERT OR REPLACE INTO header_blocks (sighting, block) VALUES (?, ?)",
            [(one.sighting, block) for one, block in blocks],
        )

    def remove(self, seen: Sequence[KeptSighting]) -> None:
        """Take sightings out, with their header blocks; the email's own addresses are kept for those that remain."""
        keys = [one.sighting for one in seen]
        for table in ("header_blocks", "sightings"):
            self._db.for_keys(f"DELETE FROM {table} WHERE sighting {_IN}", keys)
        self._db.for_keys(f"UPDATE sightings SET moved_to = NULL WHERE moved_to {_IN}", keys)

    def refresh_addresses(self, email: EmailKey, left: Sequence[KeptSighting]) -> None:
        """After removals: what the remaining copies still say."""
        self._db.run("DELETE FROM sighting_addresses WHERE email = ?", (email,))
        self._save_addresses(list(left))


def _row(one: KeptSighting) -> tuple[object, ...]:
    own = None if one.own == NOTHING_OWN else _pack_own(one.own)
    return (
        one.sighting, one.folder, one.uidvalidity, one.uid, one.mailbox, one.email, one.content, one.flags,
        one.internaldate, one.size, int(one.wanted), int(one.here), int(one.asked), one.pass_, one.gone_at,
        one.moved_to, one.body, own, one.verified, one.kind,
    )  # fmt: skip


def _sighting(row: Row) -> KeptSighting:
    own = NOTHING_OWN if row[17] is None else _unpack_own(row[17])
    depths = (Depth(row[10]), Depth(row[11]), bool(row[12]))
    return KeptSighting(*[*row[:10], *depths, *row[13:17], own, Verified(row[18]), Kind(row[19])])
