"""What people did: the journal, the first answers of repeat-safe calls, what can be undone; and the last audits."""

from dataclasses import dataclass
from typing import Final

from store.model.ids import MailboxKey, MemberKey
from store.vault.database import Database, Row


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A row of `commands`; `asked` is a hash of what was asked, `answer` is data of the desk's."""

    method: str
    asked: bytes
    answer: bytes


@dataclass(frozen=True, slots=True)
class KeptUndo:
    """A row of `undo`; `inverse` is data of the desk's."""

    undo: int
    at: int
    word: str
    inverse: bytes
    batch: str
    affected: int
    threads: int


class Journal:
    """Entries are added at the end, and never changed. The chain's rule is the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def last(self) -> tuple[int, bytes]:
        """(seq, hash) of the last entry; (0, b"") if there is none."""
        row = self._db.row("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
        return (0, b"") if row is None else (row[0], row[1])

    def last_of(self, action: str) -> int | None:
        """When the last entry of that action was made."""
        found = self._db.value("SELECT max(at) FROM journal WHERE action = ?", (action,))
        return None if found is None else int(found)

    def add(
        self, *, seq: int, at: int, member: MemberKey | None, as_member: MemberKey | None, action: str, about: str,
        prev: bytes, digest: bytes,
    ) -> None:  # fmt: skip
        self._db.run(
            "INSERT INTO journal (seq, at, member, as_member, action, object, prev, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (seq, at, member, as_member, action, about, prev, digest),
        )


class Answers:
    """The first answer to each call that changed something, written with its effect."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, member: MemberKey, request: str) -> KeptAnswer | None:
        row = self._db.row(
            "SELECT method, asked, answer FROM commands WHERE member = ? AND request = ?", (member, request)
        )
        return None if row is None else KeptAnswer(*row)

    def keep(self, member: MemberKey, request: str, first: KeptAnswer, *, at: int) -> None:
        self._db.run(
            "INSERT INTO commands (member, request, method, asked, answer, at) VALUES (?, ?, ?, ?, ?, ?)",
            (member, request, first.method, first.asked, first.answer, at),
        )

    def drop_before(self, at: int) -> None:
        self._db.run("DELETE FROM commands WHERE at < ?", (at,))


# The last act of a member; of a batch all acts that were done one after another. Binds :member and :since.
LAST_ACTS: Final = (
    "WITH last AS (SELECT undo, batch FROM undo WHERE member = :member AND at >= :since ORDER BY undo DESC LIMIT 1)"
    " SELECT u.undo, u.at, u.word, {columns} FROM undo AS u, last WHERE u.member = :member AND u.at >= :since"
    " AND (u.undo = last.undo OR (last.batch <> '' AND u.batch = last.batch AND u.undo > coalesce("
    "(SELECT max(o.undo) FROM undo AS o WHERE o.member = :member AND o.batch <> last.batch), 0)))"
    " ORDER BY u.undo DESC"
)


class Undos:
    """Each member's last acts that can be undone, shared by screens and command line. Acts of one batch are one."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self,
        member: MemberKey,
        *,
        word: str,
        inverse: bytes,
        at: int,
        batch: str,
        affected: int,
        threads: int,
        deep: int,
    ) -> None:
        """One more; those deeper than `deep` go."""
        self._db.run(
            "INSERT INTO undo (member, at, word, inverse, batch, affected, threads) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (member, at, word, inverse, batch, affected, threads),
        )
        self._db.run(
            "DELETE FROM undo WHERE member = ?1 AND undo <= (SELECT max(undo) AS newest FROM undo WHERE member = ?1"
            " GROUP BY batch, CASE batch WHEN '' THEN undo END ORDER BY newest DESC LIMIT 1 OFFSET ?2)",
            (member, deep),
        )

    def last(self, member: MemberKey, *, since: int) -> list[KeptUndo]:
        """What one undo takes back, newest first."""
        sql = LAST_ACTS.format(columns="u.inverse, u.batch, u.affected, u.threads")
        found: list[Row] = self._db.connection.execute(sql, {"member": member, "since": since}).fetchall()
        return [KeptUndo(*row) for row in found]

    def remove(self, undo: int) -> None:
        self._db.run("DELETE FROM undo WHERE undo = ?", (undo,))

    def drop_before(self, at: int) -> None:
        self._db.run("DELETE FROM undo WHERE at < ?", (at,))


class Audits:
    """The sums of each mailbox's last audit."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, mailbox: MailboxKey, *, at: int, server: int, store: int, missing: int, failed: int) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO audits (mailbox, at, server, store, missing, failed) VALUES (?, ?, ?, ?, ?, ?)",
            (mailbox, at, server, store, missing, failed),
        )
