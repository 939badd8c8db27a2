"""One member's look at the vault: a connection inside one snapshot, their Scope compiled, and the rules handed in.

Everything in this package is asked through a Sight. Must not outlive its snapshot.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from store.model.ids import ClientKey
from store.model.scope import Scope
from store.model.thread import DoneMark, SnoozeMark, StateEmail, ThreadState
from store.vault.database import Database, Row, SqlError, Value
from store.vault.ids import Ids
from store.vault.queries.visible import Visible, bound

DEADLINE_SECONDS = 2.0
_STEPS = 2_000  # of SQLite's machine between two looks at the time


class TooSlow(Exception):
    """A query passed its deadline."""


class SnoozeRule(Protocol):
    """Until when a thread is out of its reader's sight."""

    def __call__(self, emails: Iterable[StateEmail], mark: SnoozeMark | None, *, now: int) -> int | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the floor above decides: the state of a thread; and its clock for deadlines."""

    state: Callable[[Iterable[StateEmail], DoneMark | None], ThreadState]
    newest_counting: Callable[[Iterable[StateEmail]], StateEmail | None]
    snoozed_until: SnoozeRule
    monotonic: Callable[[], float]


class Sight:
    """See the module. `live` is the look without what has left its server."""

    def __init__(
        self, database: Database, scope: Scope, *, now: int, ids: Ids, rules: Rules, live: "Sight | None" = None
    ) -> None:
        self.live = self if live is None else live
        self.database = database
        self.scope = scope
        self.now = now
        self.ids = ids
        self.rules = rules
        self.visible = Visible(scope, left=live is not None)
        self._bound = bound(scope, now=now)

    def with_left(self) -> "Sight":
        """The same look, to which own mail that left its server lately still shows: for *Deleted*, and for opening
        what stands there ([S9a]).
        """
        return Sight(self.database, self.scope, now=self.now, ids=self.ids, rules=self.rules, live=self.live)

    def rows(self, sql: str, **more: Value) -> list[Row]:
        """All rows."""
        found = self.database.connection.execute(sql, {**self._bound, **more}).fetchall()
        self.database.rows_read += len(found)
        return found

    def row(self, sql: str, **more: Value) -> Row | None:
        """The first row."""
        found = self.rows(sql, **more)
        return found[0] if found else None

    def value(self, sql: str, **more: Value) -> Value:
        """The first column of the first row, else None."""
        found = self.row(sql, **more)
        return None if found is None else found[0]

    def may_see(self, client: ClientKey) -> bool:
        """Whether a client may be named."""
        return self.scope.allows_client(client)

    @contextmanager
    def deadline(self, seconds: float = DEADLINE_SECONDS) -> Iterator[None]:
        """What is asked inside ends in time, or raises TooSlow (Z28)."""
        end = self.rules.monotonic() + seconds
        connection = self.database.connection
        late = False

        def passed() -> bool:
            nonlocal late
            late = self.rules.monotonic() > end
            return late

        connection.set_progress_handler(passed, _STEPS)
        try:
            yield
        except SqlError:
            if late:
                raise TooSlow from None
            raise
        finally:
            connection.set_progress_handler(None)
