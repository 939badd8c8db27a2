"""Mailboxes with their members, addresses and never-sync lists; their folders; the UIDs of imported copies."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from store.model.ids import FolderKey, MailboxKey, MemberKey
from store.model.ledger import SkipReason
from store.model.mailbox import MailboxScope, MailboxSettings, Progress
from store.vault.database import Database, Row, Value

OUTBOX: Final = "outbox"  # the use of a folder that no server has: what was sent stands there until it is seen in Sent
OUTBOX_VALIDITY: Final = 0  # no server's folder has it (RFC 9051, 2.3.1.1)
_OUTBOX_NAME: Final = ("Outbox", b"\0outbox")  # no server's folder is called so

_IN = "IN (SELECT value FROM carray(?1))"
_pack = msgspec.msgpack.Encoder().encode
_settings = msgspec.msgpack.Decoder(MailboxSettings).decode
_progress = msgspec.msgpack.Decoder(Progress).decode


@dataclass(frozen=True, slots=True)
class KeptMailbox:
    """A row of `mailboxes` with what hangs on it."""

    mailbox: MailboxKey
    address: str
    kind: str  # imap, local
    server_key: str
    settings: MailboxSettings
    scope: MailboxScope
    incarnation: int
    paused: bool
    added_at: int
    progress: Progress | None
    broke_at: int | None
    members: tuple[MemberKey, ...] = ()
    addresses: tuple[int, ...] = ()
    never_sync: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptFolder:
    """A row of `folders`."""

    folder: FolderKey
    mailbox: MailboxKey
    name: str
    raw: bytes
    special_use: str
    uidvalidity: int
    uidnext: int
    highestmodseq: int
    pass_: int
    closed_pass: int
    renewed_pass: int
    listed: bool
    label: str = ""  # it shows what bears that label, of a mailbox whose mail is all in one folder


_FOLDER = (
    "SELECT folder, mailbox, name, raw, special_use, uidvalidity, uidnext, highestmodseq, pass, closed_pass,"
    " renewed_pass, listed, label FROM folders"
)


class Mailboxes:
    """The tables of mailboxes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> dict[MailboxKey, KeptMailbox]:
        """Those that are not stopped."""
        members = self._gathered("SELECT mailbox, member FROM mailbox_members ORDER BY member")
        addresses = self._gathered("SELECT mailbox, address FROM mailbox_addresses ORDER BY main DESC, address")
        never = self._gathered("SELECT mailbox, pattern FROM never_sync ORDER BY pattern")
        rows = self._db.rows(
            "SELECT mailbox, address, kind, server_key, settings, scope, incarnation, paused, added_at, progress,"
            " broke_at FROM mailboxes WHERE stopped_at IS NULL ORDER BY mailbox"
        )
        return {
            MailboxKey(row[0]): KeptMailbox(
                mailbox=MailboxKey(row[0]),
                address=row[1],
                kind=row[2],
                server_key=row[3],
                settings=_settings(row[4]),
                scope=MailboxScope(row[5]),
                incarnation=row[6],
                paused=bool(row[7]),
                added_at=row[8],
                progress=None if row[9] is None else _progress(row[9]),
                broke_at=row[10],
                members=tuple(members.get(row[0], [])),
                addresses=tuple(addresses.get(row[0], [])),
                never_sync=tuple(never.get(row[0], [])),
            )
            for row in rows
        }

    def _gathered(self, sql: str) -> dict[int, list[Value]]:
        found: dict[int, list[Value]] = {}
        for key, value in self._db.rows(sql):
            found.setdefault(key, []).append(value)
        return found

    def add(
        self, settings: MailboxSettings, *, server_key: str, members: Iterable[MemberKey], own: Iterable[int], at: int
    ) -> MailboxKey:
        """A new mailbox; `own` are the keys of its addresses, the main one first."""
        kind = "local" if settings.imap is None else "imap"
        mailbox = MailboxKey(
            self._db.insert(
                "INSERT INTO mailboxes (address, kind, server_key, settings, scope, history_from, added_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (settings.address, kind, server_key, _pack(settings), settings.scope, settings.history_from, at),
            )
        )
        self._db.many(
            "INSERT INTO mailbox_members (mailbox, member, since) VALUES (?, ?, ?)",
            [(mailbox, member, at) for member in members],
        )
        self._db.many(
            "INSERT INTO mailbox_addresses (address, mailbox, main) VALUES (?, ?, ?)",
            [(address, mailbox, int(place == 0)) for place, address in enumerate(own)],
        )
        return mailbox

    def set_up(self, mailbox: MailboxKey, settings: MailboxSettings) -> None:
        """Settings, scope and history as they are from now on."""
        self._db.run(
            "UPDATE mailboxes SET settings = ?, scope = ?, history_from = ? WHERE mailbox = ?",
            (_pack(settings), settings.scope, settings.history_from, mailbox),
        )

    def pause(self, mailbox: MailboxKey, *, paused: bool) -> None:
        self._db.run("UPDATE mailboxes SET paused = ? WHERE mailbox = ?", (int(paused), mailbox))

    def tell(self, mailbox: MailboxKey, progress: Progress, *, broke_at: int | None) -> None:
        """What its actor last told of it."""
        self._db.run(
            "UPDATE mailboxes SET progress = ?, broke_at = ? WHERE mailbox = ?", (_pack(progress), broke_at, mailbox)
        )

    def broke_at(self, mailbox: MailboxKey) -> int | None:
        """Since when it needs somebody."""
        found = self._db.value("SELECT broke_at FROM mailboxes WHERE mailbox = ?", (mailbox,))
        return None if found is None else int(found)

    def progress(self, mailbox: MailboxKey) -> Progress | None:
        """What its actor last told of it."""
        found = self._db.value("SELECT progress FROM mailboxes WHERE mailbox = ?", (mailbox,))
        return None if found is None else _progress(found)

    def broken(self) -> list[tuple[MailboxKey, Progress, int]]:
        """Those that needed somebody and have not synced since: (mailbox, how it is now, since when)."""
        rows = self._db.rows("SELECT mailbox, progress, broke_at FROM mailboxes WHERE broke_at IS NOT NULL")
        return [(MailboxKey(row[0]), _progress(row[1]), row[2]) for row in rows]

    def answer_to(self, mailbox: MailboxKey, aliases: Iterable[int], *, main: int | None) -> None:
        """Its aliases are these; the main address stays."""
        self._db.run("DELETE FROM mailbox_addresses WHERE mailbox = ? AND address IS NOT ?", (mailbox, main))
        self._db.many(
            "INSERT OR IGNORE INTO mailbox_addresses (address, mailbox, main) VALUES (?, ?, 0)",
            [(address, mailbox) for address in aliases],
        )

    def never_sync(self, mailbox: MailboxKey, pattern: str, *, on: bool) -> None:
        """Put a pattern on a mailbox's never-sync list, or take it off."""
        if on:
            self._db.run("INSERT OR IGNORE INTO never_sync (mailbox, pattern) VALUES (?, ?)", (mailbox, pattern))
        else:
            self._db.run("DELETE FROM never_sync WHERE mailbox = ? AND pattern = ?", (mailbox, pattern))

    def move_never_sync(self, pattern: str, to: str) -> bool:
        """Another word for the same; whether it stood anywhere."""
        moved = self._db.changed("UPDATE OR IGNORE never_sync SET pattern = ? WHERE pattern = ?", (to, pattern))
        return self._db.changed("DELETE FROM never_sync WHERE pattern = ?", (pattern,)) + moved > 0

    # ---- Folders

    def folder(self, folder: FolderKey) -> KeptFolder | None:
        row = self._db.row(f"{_FOLDER} WHERE folder = ?", (folder,))
        return None if row is None else _folder(row)

    def folders(self, mailbox: MailboxKey) -> list[KeptFolder]:
        """Those that are listed, in the order they were first declared."""
        rows = self._db.rows(f"{_FOLDER} WHERE mailbox = ? AND listed ORDER BY folder", (mailbox,))
        return [_folder(row) for row in rows]

    def every_folder(self, mailbox: MailboxKey) -> list[KeptFolder]:
        """Those that are no longer listed too."""
        rows = self._db.rows(f"{_FOLDER} WHERE mailbox = ? AND NOT former ORDER BY folder", (mailbox,))
        return [_folder(row) for row in rows]

    def declare(
        self,
        mailbox: MailboxKey,
        *,
        name: str,
        raw: bytes,
        delimiter: str | None,
        special_use: str,
        skip: SkipReason | None,
        label: str = "",
    ) -> FolderKey:
        """A folder is listed; a renamed one is another (its copies move by what they say)."""
        self._db.run(
            "INSERT INTO folders (mailbox, name, raw, delimiter, special_use, skip, label)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
            " ON CONFLICT (mailbox, raw) DO UPDATE SET name = ?2, delimiter = ?4, special_use = ?5, skip = ?6,"
            " listed = 1, label = ?7, missed = iif(?7 = '', 0, iif(missed < 0, -1, 2))",
            (mailbox, name, raw, delimiter, special_use, skip, label),
        )
        return FolderKey(self._db.value("SELECT folder FROM folders WHERE mailbox = ? AND raw = ?", (mailbox, raw)))

    def outbox_folder(self, mailbox: MailboxKey) -> FolderKey:
        """The place of what this mailbox sent. It is not listed, and no look is taken at it."""
        name, raw = _OUTBOX_NAME
        self._db.run(
            "INSERT INTO folders (mailbox, name, raw, special_use, listed) VALUES (?, ?, ?, ?, 0)"
            " ON CONFLICT (mailbox, raw) DO NOTHING",
            (mailbox, name, raw, OUTBOX),
        )
        return FolderKey(self._db.value("SELECT folder FROM folders WHERE mailbox = ? AND raw = ?", (mailbox, raw)))

    def unlist_others(self, mailbox: MailboxKey, listed: Iterable[FolderKey]) -> None:
        """The server no longer lists the rest. One list may be wrong; what is said twice is believed."""
        self._db.for_keys(
            "UPDATE folders SET listed = 0, missed = iif(missed < 0, -1, missed + 1)"
            f" WHERE mailbox = ?2 AND special_use <> '{OUTBOX}' AND folder NOT {_IN}",
            listed,
            mailbox,
        )

    def offer(self, mailbox: MailboxKey, names: Iterable[str]) -> None:
        """Others' folders that may be chosen."""
        wanted = set(names)
        if wanted != self.offered(mailbox):
            self._db.run("DELETE FROM offered_folders WHERE mailbox = ?", (mailbox,))
            self._db.many(
                "INSERT INTO offered_folders (mailbox, name) VALUES (?, ?)", [(mailbox, one) for one in sorted(wanted)]
            )

    def offered(self, mailbox: MailboxKey) -> set[str]:
        rows = self._db.rows("SELECT name FROM offered_folders WHERE mailbox = ?", (mailbox,))
        return {row[0] for row in rows}

    def missing(self) -> KeptFolder | None:
        """One that its server has not listed twice, or shows for a label from now on."""
        row = self._db.row(f"{_FOLDER} WHERE missed >= 2 LIMIT 1")
        return None if row is None else _folder(row)

    def swept(self, folder: FolderKey) -> None:
        """Nothing is left in it."""
        self._db.run("UPDATE folders SET missed = -1 WHERE folder = ?", (folder,))

    def open_pass(self, folder: FolderKey, *, uidvalidity: int, renewed: bool) -> int:
        """The number of a look that begins; a new UIDVALIDITY forgets UIDNEXT and HIGHESTMODSEQ."""
        fresh = ", uidnext = 0, highestmodseq = 0, renewed_pass = pass + 1" if renewed else ""
        self._db.run(
            f"UPDATE folders SET pass = pass + 1, uidvalidity = ?{fresh} WHERE folder = ?", (uidvalidity, folder)
        )
        return int(self._db.value("SELECT pass FROM folders WHERE folder = ?", (folder,)))

    def close_pass(self, folder: FolderKey, *, pass_: int, highestmodseq: int, uidnext: int, at: int) -> None:
        self._db.run(
            "UPDATE folders SET highestmodseq = ?, uidnext = ?, closed_pass = ?, closed_at = ? WHERE folder = ?",
            (highestmodseq, uidnext, pass_, at, folder),
        )

    # ---- Imported copies

    def local_uids(self, folder: FolderKey, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Hash → UID, of those that were given one."""
        sql = f"SELECT hash, uid FROM local_copies WHERE folder = ?2 AND hash {_IN}"
        return dict(self._db.of_blobs(sql, hashes, folder))

    def give_local_uids(self, folder: FolderKey, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """UIDs for new hashes, following the highest."""
        last = self._db.value("SELECT max(uid) FROM local_copies WHERE folder = ?", (folder,)) or 0
        given = {one: last + place for place, one in enumerate(hashes, 1)}
        self._db.many(
            "INSERT INTO local_copies (folder, hash, uid) VALUES (?, ?, ?)",
            [(folder, one, uid) for one, uid in given.items()],
        )
        return given


def _folder(row: Row) -> KeptFolder:
    return KeptFolder(*[*row[:11], bool(row[11]), row[12]])
