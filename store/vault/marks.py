"""What people set on threads: snoozes (each member's own), assignments and comments (the firm's). Each row hangs on an
email; `thread` only finds it. Must not decide which of them shows: that depends on who looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from store.model.ids import CommentKey, EmailKey, MemberKey, ThreadKey
from store.vault.database import Database

_IN = "IN (SELECT value FROM carray(?1))"


@dataclass(frozen=True, slots=True)
class KeptSnooze:
    """A row of `snoozes` of one member in one thread."""

    email: EmailKey
    until: int
    at: int


@dataclass(frozen=True, slots=True)
class KeptAssignment:
    """A row of `assignments` in one thread; `member` None: taken from everybody."""

    email: EmailKey
    member: MemberKey | None
    at: int
    maker: MemberKey


@dataclass(frozen=True, slots=True)
class KeptComment:
    """A row of `comments`, without its text."""

    comment: CommentKey
    email: EmailKey
    thread: ThreadKey
    member: MemberKey
    at: int


class Marks:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ---- Snoozes

    def snoozes(self, member: MemberKey, thread: ThreadKey) -> list[KeptSnooze]:
        """A member's own in a thread, by email."""
        rows = self._db.rows(
            "SELECT email, until, at FROM snoozes WHERE thread = ? AND member = ? ORDER BY email", (thread, member)
        )
        return [KeptSnooze(*row) for row in rows]

    def snooze(self, member: MemberKey, thread: ThreadKey, kept: KeptSnooze) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO snoozes (member, email, thread, until, at) VALUES (?, ?, ?, ?, ?)",
            (member, kept.email, thread, kept.until, kept.at),
        )

    def wake(self, member: MemberKey, emails: Iterable[EmailKey]) -> None:
        self._db.for_keys(f"DELETE FROM snoozes WHERE email {_IN} AND member = ?2", emails, member)

    def take_due(self, *, now: int) -> list[tuple[MemberKey, ThreadKey]]:
        """Whose snoozes are over, and of which threads; they are kept no longer."""
        rows = self._db.rows("SELECT DISTINCT member, thread FROM snoozes WHERE until <= ? ORDER BY 1, 2", (now,))
        if rows:
            self._db.run("DELETE FROM snoozes WHERE until <= ?", (now,))
        return [(MemberKey(row[0]), ThreadKey(row[1])) for row in rows]

    # ---- Assignments

    def assignments(self, thread: ThreadKey) -> list[KeptAssignment]:
        """All in a thread, by email."""
        rows = self._db.rows(
            "SELECT email, member, at, maker FROM assignments WHERE thread = ? ORDER BY email", (thread,)
        )
        return [KeptAssignment(*row) for row in rows]

    def assign(self, thread: ThreadKey, kept: KeptAssignment) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO assignments (email, thread, member, at, maker) VALUES (?, ?, ?, ?, ?)",
            (kept.email, thread, kept.member, kept.at, kept.maker),
        )

    def unassign(self, emails: Iterable[EmailKey]) -> None:
        self._db.for_keys(f"DELETE FROM assignments WHERE email {_IN}", emails)

    # ---- Comments

    def comment(self, thread: ThreadKey, email: EmailKey, *, member: MemberKey, at: int, text: str) -> CommentKey:
        """A new one."""
        key = self._db.insert(
            "INSERT INTO comments (email, thread, member, at, text) VALUES (?, ?, ?, ?, ?)",
            (email, thread, member, at, text),
        )
        return CommentKey(key)

    def comment_of(self, key: CommentKey) -> KeptComment | None:
        row = self._db.row("SELECT comment, email, thread, member, at FROM comments WHERE comment = ?", (key,))
        return None if row is None else KeptComment(*row)

    def uncomment(self, key: CommentKey) -> None:
        self._db.run("DELETE FROM comments WHERE comment = ?", (key,))

    # ---- Emails

    def move(self, source: EmailKey, target: EmailKey, *, thread: ThreadKey) -> None:
        """Two emails were found to be one: of two words on them the later one stays, whichever email is the older."""
        for table, same in (("snoozes", "mine.member = theirs.member"), ("assignments", "1")):
            self._db.run(
                f"DELETE FROM {table} AS mine WHERE email = ?2 AND EXISTS (SELECT 1 FROM {table} AS theirs"
                f" WHERE theirs.email = ?1 AND {same} AND theirs.at > mine.at)",
                (source, target),
            )
            self._db.run(
                f"UPDATE OR IGNORE {table} SET email = ?2, thread = ?3 WHERE email = ?1", (source, target, thread)
            )
            self._db.run(f"DELETE FROM {table} WHERE email = ?", (source,))
        self._db.run("UPDATE comments SET email = ?2, thread = ?3 WHERE email = ?1", (source, target, thread))
