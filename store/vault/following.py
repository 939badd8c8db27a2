"""What follows from mail and acts: errands, notices, changes for the servers, announcements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from store.model.ids import ClientKey, EmailKey, ErrandKey, FolderKey, MailboxKey, MemberKey, NoticeKey, ThreadKey
from store.model.labels import labels_in
from store.vault.database import Database, Row

_IN = "IN (SELECT value FROM carray(?1))"


class Errands:
    """Written once in the transaction that first files an email with a client, closed in that of their effect."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, email: EmailKey, client: ClientKey, kind: str, *, at: int) -> ErrandKey | None:
        """None: there was one already, open or closed."""
        sql = "INSERT OR IGNORE INTO errands (email, client, kind, at) VALUES (?, ?, ?, ?)"
        if not self._db.changed(sql, (email, client, kind, at)):
            return None
        return ErrandKey(self._db.connection.last_insert_rowid())

    def reopen(self, email: EmailKey, client: ClientKey, kind: str) -> ErrandKey | None:
        """There is somebody to do it for who was not there when it was done; None: it is not done yet."""
        sql = "UPDATE errands SET closed_at = NULL WHERE email = ? AND client = ? AND kind = ? AND closed_at > 0"
        if not self._db.changed(sql, (email, client, kind)):
            return None
        found = self._db.value(
            "SELECT errand FROM errands WHERE email = ? AND client = ? AND kind = ?", (email, client, kind)
        )
        return ErrandKey(found)

    def open(self, kind: str) -> list[tuple[ErrandKey, EmailKey, ClientKey]]:
        rows = self._db.rows(
            "SELECT errand, email, client FROM errands WHERE closed_at IS NULL AND kind = ? ORDER BY errand", (kind,)
        )
        return [(ErrandKey(row[0]), EmailKey(row[1]), ClientKey(row[2])) for row in rows]

    def any_open(self, kind: str, emails: Iterable[EmailKey]) -> bool:
        """Whether some of a kind waits for one of these."""
        sql = f"SELECT 1 FROM errands WHERE email {_IN} AND kind = ?2 AND closed_at IS NULL LIMIT 1"
        return bool(self._db.of_keys(sql, emails, kind))

    def ready(self, kind: str, most: int) -> list[tuple[ErrandKey, EmailKey, ClientKey]]:
        """Open ones whose email has its body here."""
        rows = self._db.rows(
            "SELECT r.errand, r.email, r.client FROM errands AS r JOIN emails AS e ON e.email = r.email"
            " WHERE r.closed_at IS NULL AND r.kind = ? AND e.whole ORDER BY r.errand LIMIT ?",
            (kind, most),
        )
        return [(ErrandKey(row[0]), EmailKey(row[1]), ClientKey(row[2])) for row in rows]

    def close(self, errand: int, *, at: int) -> tuple[EmailKey, ClientKey] | None:
        """What it was about; None if it was closed before."""
        sql = "UPDATE errands SET closed_at = ? WHERE errand = ? AND closed_at IS NULL"
        if not self._db.changed(sql, (at, errand)):
            return None
        row = self._db.row("SELECT email, client FROM errands WHERE errand = ?", (errand,))
        return None if row is None else (EmailKey(row[0]), ClientKey(row[1]))

    def withdraw(self, email: EmailKey, client: ClientKey) -> None:
        """No longer filed there, before anybody was told: as if it had never been."""
        self._db.run("DELETE FROM errands WHERE email = ? AND client = ? AND closed_at IS NULL", (email, client))

    def move(self, source: EmailKey, target: EmailKey) -> None:
        """Two emails were found to be one."""
        self._db.run("UPDATE OR IGNORE errands SET email = ? WHERE email = ?", (target, source))
        self._db.run("DELETE FROM errands WHERE email = ?", (source,))


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A row of `notices` as far as acts on it go."""

    notice: NoticeKey
    member: MemberKey
    kind: str
    about: str
    mailbox: MailboxKey | None
    seen_at: int | None
    archived_at: int | None
    later_until: int | None


class Notices:
    """Inbox+: each event once for each member ([N3])."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, member: MemberKey, kind: str, *, at: int, email: EmailKey | None = None, client: ClientKey | None = None,
        about: str = "", mailbox: MailboxKey | None = None, arguments: dict[str, str | int] | None = None,
    ) -> bool:  # fmt: skip
        """Whether it is told: not if it was before, or if the member silenced it."""
        silenced = self._db.value(
            "SELECT 1 FROM notice_silences WHERE member = ? AND kind = ? AND about = ?", (member, kind, about)
        )
        if silenced:
            return False
        return (
            self._db.changed(
                "INSERT OR IGNORE INTO notices (member, kind, email, client, about, mailbox, at, arguments)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (member, kind, email or 0, client or 0, about, mailbox, at, msgspec.msgpack.encode(arguments or {})),
            )
            > 0
        )

    def count_up(
        self, member: MemberKey, kind: str, *, about: str, mailbox: MailboxKey | None, more: int, at: int
    ) -> bool:
        """A notice that only counts; whether it is new."""
        new = self.add(member, kind, at=at, about=about, mailbox=mailbox, arguments={"count": 0})
        row = self._db.row(
            "SELECT notice, arguments FROM notices WHERE member = ? AND kind = ? AND about = ?", (member, kind, about)
        )
        if row is None:
            return False
        arguments = msgspec.msgpack.decode(row[1], type=dict[str, str | int])
        arguments["count"] = int(arguments.get("count", 0)) + more
        self._db.run("UPDATE notices SET arguments = ? WHERE notice = ?", (msgspec.msgpack.encode(arguments), row[0]))
        return new

    def told_since(self, member: MemberKey, kind: str, *, mailbox: MailboxKey, since: int) -> int:
        """How many a member was told of a kind about a mailbox."""
        sql = "SELECT count(*) FROM notices WHERE member = ? AND kind = ? AND mailbox = ? AND at >= ?"
        return int(self._db.value(sql, (member, kind, mailbox, since)))

    def get(self, notice: NoticeKey) -> KeptNotice | None:
        row = self._db.row(
            "SELECT notice, member, kind, about, mailbox, seen_at, archived_at, later_until FROM notices"
            " WHERE notice = ?",
            (notice,),
        )
        return None if row is None else KeptNotice(*row)

    def put(self, notice: NoticeKey, *, seen_at: int | None, archived_at: int | None, later_until: int | None) -> None:
        self._db.run(
            "UPDATE notices SET seen_at = ?, archived_at = ?, later_until = ? WHERE notice = ?",
            (seen_at, archived_at, later_until, notice),
        )

    def silence(self, member: MemberKey, kind: str, about: str, *, at: int) -> None:
        """Never again: this kind about this."""
        self._db.run(
            "INSERT OR IGNORE INTO notice_silences (member, kind, about, since) VALUES (?, ?, ?, ?)",
            (member, kind, about, at),
        )

    def speak(self, member: MemberKey, kind: str, about: str) -> None:
        self._db.run("DELETE FROM notice_silences WHERE member = ? AND kind = ? AND about = ?", (member, kind, about))

    def end(self, kind: str, *, mailbox: MailboxKey, but: str = "") -> int:
        """What a mailbox's notices of a kind said is over: they go, so that the next time is told anew."""
        sql = "DELETE FROM notices WHERE kind = ? AND mailbox = ? AND about <> ?"
        return self._db.changed(sql, (kind, mailbox, but))

    def count(self, kind: str, mailbox: MailboxKey) -> int:
        """How many of a kind a mailbox has."""
        sql = "SELECT count(DISTINCT about) FROM notices WHERE kind = ? AND mailbox = ? AND archived_at IS NULL"
        return int(self._db.value(sql, (kind, mailbox)) or 0)

    def end_about(self, kind: str, abouts: Iterable[str]) -> int:
        """What they said is over."""
        sql = "DELETE FROM notices WHERE kind = ? AND about = ?"
        return sum(self._db.changed(sql, (kind, about)) for about in abouts)

    def end_places(self, kind: str, prefix: str, *, but: str) -> None:
        """Those about places that begin so, if not otherwise: their numbers hold no longer."""
        begins = "substr(about, 1, length({0})) {1} {0}"
        sql = f"DELETE FROM notices WHERE kind = ?1 AND {begins.format('?2', '=')} AND {begins.format('?3', '<>')}"
        self._db.run(sql, (kind, prefix, but))

    def end_but(self, kind: str, members: Iterable[MemberKey]) -> list[MemberKey]:
        """It is over for all members but these; for whom it was not before."""
        kept = set(members)
        told = [MemberKey(row[0]) for row in self._db.rows("SELECT member FROM notices WHERE kind = ?", (kind,))]
        gone = sorted(set(told) - kept)
        self._db.many("DELETE FROM notices WHERE kind = ? AND member = ?", [(kind, member) for member in gone])
        return gone

    def withdraw(self, kind: str, about: str) -> list[MemberKey]:
        """What was told is no longer so: who has not looked at it yet, is not told."""
        rows = self._db.rows(
            "DELETE FROM notices WHERE kind = ? AND about = ? AND seen_at IS NULL RETURNING member", (kind, about)
        )
        return [MemberKey(row[0]) for row in rows]

    def move(self, source: EmailKey, target: EmailKey) -> None:
        """Two emails were found to be one: told once."""
        self._db.run("UPDATE OR IGNORE notices SET email = ? WHERE email = ?", (target, source))
        self._db.run("DELETE FROM notices WHERE email = ?", (source,))


@dataclass(slots=True)
class KeptChange:
    """A row of `changes`; flags with blanks between."""

    change: int
    mailbox: MailboxKey
    sighting: int
    folder: FolderKey
    uidvalidity: int
    uid: int
    message_id: str | None
    flags_add: str
    flags_remove: str
    target_folder: FolderKey | None
    target_use: str | None
    maker: MemberKey
    made_at: int
    told: bool = False

    @property
    def place(self) -> tuple[FolderKey, int, int]:
        """Where it is to be carried."""
        return (self.folder, self.uidvalidity, self.uid)

    @property
    def labels(self) -> bool:
        """Whether it changes labels: where its mail is, to people."""
        return bool(labels_in((*self.flags_add.split(), *self.flags_remove.split())))

    @property
    def moves(self) -> bool:
        """Whether it takes the copy elsewhere; if not, it is about flags."""
        return self.target_folder is not None or self.target_use is not None


_CHANGE = (
    "SELECT change, mailbox, sighting, folder, uidvalidity, uid, message_id, flags_add, flags_remove, target_folder,"
    " target_use, maker, made_at, told FROM changes"
)


class Changes:
    """People's acts, until the server has them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, change: KeptChange) -> int:
        """Queue it; its number."""
        change.change = self._db.insert(
            "INSERT INTO changes (mailbox, sighting, folder, uidvalidity, uid, message_id, flags_add, flags_remove,"
            " target_folder, target_use, maker, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                change.mailbox,
                change.sighting,
                change.folder,
                change.uidvalidity,
                change.uid,
                change.message_id,
                change.flags_add,
                change.flags_remove,
                change.target_folder,
                change.target_use,
                change.maker,
                change.made_at,
            ),
        )
        return change.change

    def get(self, change: int) -> KeptChange | None:
        row = self._db.row(f"{_CHANGE} WHERE change = ?", (change,))
        return None if row is None else _change(row)

    def of_mailbox(self, mailbox: MailboxKey) -> list[KeptChange]:
        """All that wait, oldest first."""
        return [_change(row) for row in self._db.rows(f"{_CHANGE} WHERE mailbox = ? ORDER BY change", (mailbox,))]

    def of_sightings(self, sightings: Iterable[int]) -> dict[int, list[KeptChange]]:
        """What waits for these sightings, oldest first."""
        found: dict[int, list[KeptChange]] = {}
        for row in self._db.of_keys(f"{_CHANGE} WHERE sighting {_IN} ORDER BY change", sightings):
            found.setdefault(row[2], []).append(_change(row))
        return found

    def mark_told(self, changes: Sequence[int]) -> None:
        """Given to their mailbox: from now on only a counter-change takes them back."""
        self._db.for_keys(f"UPDATE changes SET told = 1 WHERE change {_IN}", changes)

    def aim(self, sighting: int, *, folder: FolderKey, uidvalidity: int, uid: int) -> None:
        """The sighting is elsewhere now: what waits for it goes there, and is still to be told."""
        self._db.run(
            "UPDATE changes SET folder = ?1, uidvalidity = ?2, uid = ?3, told = 0 WHERE sighting = ?4"
            " AND (folder, uidvalidity, uid) <> (?1, ?2, ?3)",
            (folder, uidvalidity, uid, sighting),
        )

    def hand_over(self, sighting: int, to: int) -> None:
        """Two sightings were found to be one copy: what waits for the one waits for the other."""
        self._db.run("UPDATE changes SET sighting = ? WHERE sighting = ?", (to, sighting))

    def park(self, change: int) -> None:
        """The mailbox did not carry it, and cannot before more is known."""
        self._db.run("UPDATE changes SET told = 0 WHERE change = ?", (change,))

    def remove(self, changes: Iterable[int]) -> None:
        self._db.for_keys(f"DELETE FROM changes WHERE change {_IN}", changes)


def _change(row: Row) -> KeptChange:
    return KeptChange(*[*row[:13], bool(row[13])])


@dataclass(frozen=True, slots=True)
class NewAnnouncement:
    """Something changed: for whoever may see what it names."""

    kind: str
    email: EmailKey | None = None
    thread: ThreadKey | None = None
    client: ClientKey | None = None
    mailbox: MailboxKey | None = None
    member: MemberKey | None = None
    count: int = 1


class Announcements:
    """Kept for seven days, written with their cause."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, told: Sequence[NewAnnouncement], *, at: int) -> int:
        """The number of the last, 0 for none."""
        self._db.many(
            "INSERT INTO announcements (at, kind, email, thread, client, mailbox, member, count)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(at, one.kind, one.email, one.thread, one.client, one.mailbox, one.member, one.count) for one in told],
        )
        return self._db.connection.last_insert_rowid() if told else 0

    def only_of(self, kinds: Iterable[str], *, since: int) -> bool:
        """Whether all that was announced after this number is of these kinds."""
        sql = "SELECT 1 FROM announcements WHERE seq > ?2 AND kind NOT IN (SELECT value FROM carray(?1)) LIMIT 1"
        return not self._db.of_texts(sql, kinds, since)

    def drop_before(self, at: int) -> None:
        self._db.run("DELETE FROM announcements WHERE at < ?", (at,))
