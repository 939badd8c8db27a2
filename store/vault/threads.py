"""Threads, the names that join them, through whom they are seen, and people's *done* marks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from store.model.evidence import Kind
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey, ThreadKey
from store.model.kept import ThreadSummary
from store.model.thread import DoneMark, StateEmail, ThreadState
from store.vault.database import Database, Row

_IN = "IN (SELECT value FROM carray(?1))"
_SLICE = 20
NO_EMAIL = EmailKey(0)
_STATE = (
    "SELECT e.email, e.at, e.kind, e.from_member IS NOT NULL, e.outside, a.text FROM emails AS e"
    " LEFT JOIN addresses AS a ON a.address = e.from_address"
)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(ThreadSummary).decode


@dataclass(slots=True)
class Holder:
    """Through a client (its key) or a mailbox (minus its key): how many emails everybody there sees, and the newest."""

    emails: int = 0
    mixed: int = 0
    newest: int = 0
    latest: int = 0


@dataclass(slots=True)
class KeptThread:
    """A row of `threads` with its holders."""

    thread: ThreadKey
    size: int = 0
    newest: EmailKey = NO_EMAIL
    count: int = 0
    mixed: int = 0
    uniform: bool = True
    state: ThreadState = ThreadState.QUIET
    summary: ThreadSummary = field(default_factory=lambda: ThreadSummary(newest=NO_EMAIL))
    holders: dict[int, Holder] = field(default_factory=dict)
    held: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)  # holders as on disk
    done: DoneMark | None = None  # the mark on the newest email that has one
    new: bool = False
    moved: bool = False  # names or another thread came in: to be written


def client_holder(client: ClientKey) -> int:
    return client


def mailbox_holder(mailbox: MailboxKey) -> int:
    return -mailbox


class Threads:
    """The tables of threads."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def named(self, names: Iterable[bytes]) -> dict[bytes, ThreadKey]:
        """Name → thread, of those that are known."""
        return dict(self._db.of_blobs(f"SELECT name, thread FROM thread_names WHERE name {_IN}", names))

    def sizes(self, threads: Iterable[ThreadKey]) -> dict[ThreadKey, int]:
        """How many names each has."""
        return dict(self._db.of_keys(f"SELECT thread, size FROM threads WHERE thread {_IN}", set(threads)))

    def resolve(self, key: ThreadKey) -> ThreadKey | None:
        """The thread that a key stands for: itself, or the one it went into."""
        found = self._db.value(
            "SELECT thread FROM threads WHERE thread = ?1"
            " UNION ALL SELECT thread FROM merged_threads WHERE merged = ?1",
            (key,),
        )
        return None if found is None else ThreadKey(found)

    def next_key(self) -> ThreadKey:
        """A key that was never given out."""
        return ThreadKey((self._db.value("SELECT seq FROM sqlite_sequence WHERE name = 'threads'") or 0) + 1)

    def load(self, keys: Iterable[ThreadKey]) -> dict[ThreadKey, KeptThread]:
        """These threads."""
        wanted = tuple(set(keys))
        found: dict[ThreadKey, KeptThread] = {}
        for row in self._db.of_keys(
            f"SELECT thread, size, newest, count, mixed, uniform, state, summary FROM threads WHERE thread {_IN}",
            wanted,
        ):
            found[row[0]] = KeptThread(*[*row[:5], bool(row[5]), ThreadState(row[6]), _unpack(row[7])])
        for thread, holder, *counts in self._db.of_keys(
            f"SELECT thread, holder, emails, mixed, newest, latest FROM thread_holders WHERE thread {_IN}", wanted
        ):
            found[thread].holders[holder] = Holder(*counts)
            found[thread].held[holder] = (counts[0], counts[1], counts[2], counts[3])
        for thread, email, at, maker in self._db.of_keys(
            f"SELECT thread, max(email), at, maker FROM done_marks WHERE thread {_IN} GROUP BY thread", wanted
        ):
            found[thread].done = DoneMark(email=email, at=at, by=maker)
        return found

    def newest_held(self, thread: ThreadKey, holder: int, *, mixed: bool) -> int:
        """The newest email of a thread that everybody with this holder sees, or that is filed there at all; 0: none."""
        if holder < 0:
            sql = "SELECT 1 FROM sightings AS s WHERE s.email = e.email AND s.mailbox = ?2 AND s.gone_at IS NULL"
        else:
            sql = "SELECT 1 FROM filings AS f WHERE f.email = e.email AND f.client = ?2"
            sql += "" if mixed else " AND NOT f.ambiguous AND f.visible_from = 0 AND NOT e.private"
        found = self._db.value(
            f"SELECT e.email FROM emails AS e WHERE e.thread = ?1 AND EXISTS ({sql}) ORDER BY e.email DESC LIMIT 1",
            (thread, abs(holder)),
        )
        return int(found or 0)

    def states(self, thread: ThreadKey) -> Iterator[StateEmail]:
        """A thread's emails as far as its state goes, newest first; read in slices, since the first few suffice."""
        offset = 0
        while rows := self._db.rows(
            f"{_STATE} WHERE e.thread = ? ORDER BY e.at DESC, e.email DESC LIMIT ? OFFSET ?", (thread, _SLICE, offset)
        ):
            yield from (_state(row) for row in rows)
            offset += _SLICE

    def states_of(self, emails: Iterable[EmailKey]) -> list[StateEmail]:
        """The same of single emails."""
        return [_state(row) for row in self._db.of_keys(f"{_STATE} WHERE e.email {_IN}", emails)]

    def from_member(self, email: EmailKey) -> MemberKey | None:
        """Whose own address an email is from; 0: several members'."""
        found = self._db.value("SELECT from_member FROM emails WHERE email = ?", (email,))
        return None if found is None else MemberKey(found)

    def save(self, threads: Sequence[KeptThread]) -> None:
        """Write these."""
        self._db.many(
            "INSERT OR REPLACE INTO threads (thread, size, newest, count, mixed, uniform, state, summary)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (t.thread, t.size, t.newest, t.count, t.mixed, int(t.uniform), t.state, _pack(t.summary))
                for t in threads
            ],
        )
        rows, gone = [], []
        for t in threads:
            gone += [(holder, t.thread) for holder in t.held.keys() - t.holders.keys()]
            for holder, h in t.holders.items():
                now = (h.emails, h.mixed, h.newest, h.latest)
                if t.held.get(holder) != now:
                    rows.append((holder, t.thread, h.emails, h.mixed, int(h.mixed > 0), h.newest, h.latest))
                    t.held[holder] = now
            t.new = t.moved = False
        self._db.many("DELETE FROM thread_holders WHERE holder = ? AND thread = ?", gone)
        self._db.many(
            "INSERT OR REPLACE INTO thread_holders (holder, thread, emails, mixed, partial, newest, latest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            sorted(rows),
        )

    def add_names(self, names: Iterable[tuple[bytes, ThreadKey]]) -> None:
        """Names that join to these threads from now on."""
        self._db.many("INSERT OR REPLACE INTO thread_names (name, thread) VALUES (?, ?)", sorted(names))

    def merged(self, source: ThreadKey, target: ThreadKey) -> None:
        """A thread went into another one; the rows that name it were moved before."""
        self._db.run("UPDATE merged_threads SET thread = ? WHERE thread = ?", (target, source))
        self._db.run("INSERT INTO merged_threads (merged, thread) VALUES (?, ?)", (source, target))
        self.remove(source)

    def remove(self, thread: ThreadKey) -> None:
        """A thread without emails."""
        for table in ("thread_holders", "thread_names", "threads"):
            self._db.run(f"DELETE FROM {table} WHERE thread = ?", (thread,))

    # ---- Done

    def mark_done(self, email: EmailKey, thread: ThreadKey, *, at: int, by: MemberKey) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO done_marks (email, thread, at, maker) VALUES (?, ?, ?, ?)", (email, thread, at, by)
        )

    def move_mark(self, source: EmailKey, target: EmailKey) -> None:
        """Two emails were found to be one."""
        self._db.run("UPDATE OR IGNORE done_marks SET email = ? WHERE email = ?", (target, source))

    def marks(self, thread: ThreadKey) -> list[tuple[EmailKey, int, MemberKey]]:
        """A thread's done marks: (email, at, maker)."""
        found = self._db.rows("SELECT email, at, maker FROM done_marks WHERE thread = ? ORDER BY email", (thread,))
        return [(EmailKey(row[0]), row[1], MemberKey(row[2])) for row in found]

    def unmark(self, emails: Iterable[EmailKey]) -> None:
        self._db.for_keys(f"DELETE FROM done_marks WHERE email {_IN}", emails)


def _state(row: Row) -> StateEmail:
    return StateEmail(
        email=row[0],
        at=row[1],
        kind=Kind(row[2]),
        from_member=bool(row[3]),
        outside=bool(row[4]),
        sender=row[5] or "",
    )
