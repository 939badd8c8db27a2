"""One SQLite connection as the vault uses it: its settings, bulk look-ups, transactions, and a count of the rows read.

The only module that imports apsw. A connection belongs to one thread.
"""

import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw

APPLICATION_ID: Final = 0x706F7374  # "post"
BUSY_MS: Final = 10_000
LOG_PAGES: Final = 4000  # 32 MB: pages that change at each commit are folded back once, not every few commits
POURED: Final = 1 << 18  # bytes at a time
PAGE: Final = 8192  # bodies lie in the same file: with 4 kB pages their overflow chains double the commit's time

Value = Any  # what SQLite holds: int, float, str, bytes or None
Row = tuple[Any, ...]

BusyError = apsw.BusyError
ConstraintError = apsw.ConstraintError
SqlError = apsw.Error


class Database:
    """A connection. `rows_read` counts the rows that queries returned, so that growth can be measured."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        self.connection = apsw.Connection(str(path), flags=flags | apsw.SQLITE_OPEN_NOFOLLOW, statementcachesize=400)
        self.rows_read = 0
        self.connection.set_busy_timeout(BUSY_MS)
        self._settle(read_only=read_only)

    def _settle(self, *, read_only: bool) -> None:
        pragmas = ["foreign_keys=ON", "temp_store=MEMORY", "cache_size=-32768", "trusted_schema=OFF"]
        if read_only:
            pragmas.append("query_only=ON")
        else:
            # secure_delete: what an erased client's mail said must not stay in free pages.
            pragmas = [f"page_size={PAGE}", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", *pragmas]
            pragmas.append(f"wal_autocheckpoint={LOG_PAGES}")
        for pragma in pragmas:
            self.connection.execute(f"PRAGMA {pragma}").fetchall()

    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query."""
        found = self.connection.execute(sql, params).fetchall()
        self.rows_read += len(found)
        return found

    def row(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        """The first row of a query."""
        found = self.connection.execute(sql, params).fetchone()
        if found is None:
            return None
        self.rows_read += 1
        return tuple(found)

    def value(self, sql: str, params: Sequence[Value] = ()) -> Value:
        """The first column of the first row, else None."""
        found = self.row(sql, params)
        return None if found is None else found[0]

    def run(self, sql: str, params: Sequence[Value] = ()) -> None:
        """A statement without an answer."""
        self.connection.execute(sql, params)

    def many(self, sql: str, params: Iterable[Sequence[Value]]) -> None:
        """The same statement for each of these."""
        self.connection.executemany(sql, params)

    def insert(self, sql: str, params: Sequence[Value] = ()) -> int:
        """An INSERT's new key."""
        self.connection.execute(sql, params)
        return self.connection.last_insert_rowid()

    def changed(self, sql: str, params: Sequence[Value] = ()) -> int:
        """How many rows a statement changed."""
        self.connection.execute(sql, params)
        return self.connection.changes()

    def pour(self, table: str, column: str, data: bytes) -> None:
        """Fill the zeroblob of the row that was just inserted. A large value that is bound is copied for its row, and
        held by its kept statement until that runs again.
        """
        row = self.connection.last_insert_rowid()
        view = memoryview(data)
        with self.connection.blob_open("main", table, column, row, writeable=True) as blob:
            for place in range(0, len(view), POURED):
                blob.write(view[place : place + POURED])

    def of_keys(self, sql: str, keys: Iterable[int], *params: Value) -> list[Row]:
        """A query with `IN (SELECT value FROM carray(?1))` over integer keys; none give no rows."""
        packed = array.array("q", keys)
        return self.rows(sql, (apsw.carray(packed), *params)) if packed else []

    def of_blobs(self, sql: str, blobs: Iterable[bytes], *params: Value) -> list[Row]:
        """The same over byte strings."""
        packed = tuple(blobs)
        return self.rows(sql, (apsw.carray(packed), *params)) if packed else []

    def of_texts(self, sql: str, texts: Iterable[str], *params: Value) -> list[Row]:
        """The same over text."""
        packed = tuple(texts)
        return self.rows(sql, (apsw.carray(packed), *params)) if packed else []

    def for_keys(self, sql: str, keys: Iterable[int], *params: Value) -> None:
        """A statement over integer keys."""
        packed = array.array("q", keys)
        if packed:
            self.connection.execute(sql, (apsw.carray(packed), *params))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE … COMMIT; any exception rolls back."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def part(self) -> Iterator[None]:
        """Inside a transaction: SAVEPOINT … RELEASE; any exception rolls back to it."""
        self.connection.execute("SAVEPOINT part")
        try:
            yield
            self.connection.execute("RELEASE part")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO part; RELEASE part")
            raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the store for several queries. Short: a long one keeps the log from being folded back."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    def empty_log(self) -> bool:
        """Fold the log back and cut it off, so that no old page is left in it. False, at once, while somebody reads."""
        self.connection.set_busy_timeout(0)
        try:
            busy = self.value("PRAGMA wal_checkpoint(TRUNCATE)")
        except BusyError:
            return False
        finally:
            self.connection.set_busy_timeout(BUSY_MS)
        return not busy

    def close(self) -> None:
        """Fold the log back and let go of the file."""
        self.connection.close()


def copy_to(source: Database, target: Path) -> None:
    """A copy of the whole store through SQLite's own backup, checked."""
    copy = apsw.Connection(str(target))
    try:
        with copy.backup("main", source.connection, "main") as backup:
            while not backup.done:
                backup.step(1000)
        verdict = copy.execute("PRAGMA integrity_check(1)").fetchall()
        if verdict != [("ok",)]:
            raise OSError("the copy of the store is not sound")
    finally:
        copy.close()
