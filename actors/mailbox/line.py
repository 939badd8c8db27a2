"""The line to the server: one work connection, one watch, and how long to rest after a failure.

Must not decide what to do on it.
"""

from collections.abc import Callable
from typing import Final

from actors.clock import Clock
from actors.mailbox.door import MailboxDoor
from actors.mailbox.looking import FolderWork
from providers.errors import ProviderError, Unavailable
from providers.protocols import Glance, MailSource, Selected, Watching
from store.rules.backoff import RECONNECT_BASE, RECONNECT_CAP, delay

REFUSALS: Final = 2  # a refused login is said only after the server really refused it, twice ([S12])
SIGN_IN_REST: Final = 3600.0  # seconds: asking more often locks accounts
WATCH_AGAIN: Final = 30.0


class Rest:
    """When to try again."""

    def __init__(self) -> None:
        self._until = 0.0
        self._failures = 0
        self._refusals = 0
        self._asked = False  # the next try is a person's: it does not make the rest longer

    def resting(self, now: float) -> bool:
        """Whether it is too early to try."""
        return now < self._until

    def failed(self, now: float, jitter: float) -> None:
        """One more failure: rest longer."""
        self._failures += not self._asked
        self._asked = False
        rest = delay(self._failures, base=RECONNECT_BASE, cap=RECONNECT_CAP, jitter=jitter)
        self._until = now + (SIGN_IN_REST if self._refusals >= REFUSALS else rest)

    def refused(self) -> bool:
        """The server refused the login: whether it is for the person to mend."""
        self._refusals += 1
        return self._refusals >= REFUSALS

    def logged_in(self) -> None:
        """The login was accepted."""
        self._refusals = 0

    def succeeded(self) -> None:
        """A whole look went well."""
        self._failures = 0

    def wake(self) -> None:
        """A person asks: try at once."""
        self._until = 0.0
        self._asked = True


class Line:
    """See the module."""

    def __init__(
        self, door: MailboxDoor, clock: Clock, *, stirred: Callable[[], None], lost: Callable[[BaseException], None]
    ) -> None:
        self.rest = Rest()
        self._door = door
        self._clock = clock
        self._stirred = stirred
        self._lost = lost
        self._source: MailSource | None = None
        self._watching: Watching | None = None
        self._watch_from = 0.0
        self._glancing: Glance | None = None
        self._selected: tuple[FolderWork, Selected, bool] | None = None
        self.inbox: str | None = None  # its name, once the folders are known

    @property
    def up(self) -> bool:
        """Whether the work connection stands."""
        return self._source is not None

    @property
    def source(self) -> MailSource:
        """The work connection. Raises Unavailable when there is none."""
        if self._source is None:
            raise Unavailable("closed")
        return self._source

    def open(self) -> None:
        """Connect and log in. Raises ProviderError."""
        self._source = self._door.connect()
        self._selected = None
        self.rest.logged_in()

    def select(
        self,
        work: FolderWork,
        *,
        writable: bool = False,
        anew: bool = False,
        qresync: tuple[int, int] | None = None,
    ) -> Selected:
        """The folder's state; asked of the server unless it is selected already. `qresync`: see MailSource."""
        if self._selected is not None and not anew:
            folder, selected, was_writable = self._selected
            if folder is work and (was_writable or not writable):
                return selected
        self._selected = None
        selected = self.source.select(work.listed, writable=writable, qresync=qresync)
        self._selected = (work, selected, writable)
        return selected

    def still(self, work: FolderWork) -> Selected | None:
        """The folder's state if it is selected and nothing has happened in it since; else it must be asked for."""
        if self._selected is None or self._selected[0] is not work or not self.source.still():
            return None
        return self._selected[1]

    def holds(self, work: FolderWork) -> bool:
        """Whether this folder is the one that is selected."""
        return self._selected is not None and self._selected[0] is work

    def watch(self) -> None:
        """Watch the inbox unless it is watched; after a loss not at once again."""
        if self.inbox is None or self._watching is not None or self._clock.monotonic() < self._watch_from:
            return
        self._watch_from = self._clock.monotonic() + WATCH_AGAIN
        try:
            self._watching = self._door.watch(self.inbox, self._stirred, self._lost)
        except ProviderError:
            self._watching = None  # the folders are asked by turns meanwhile

    def glance(self, work: FolderWork) -> Glance | None:
        """A look at this folder where its new mail was heard of; None where it must be opened."""
        if self._watching is None or work.listed.name != self.inbox or self._glancing is not None:
            return None
        self._glancing = self._watching.glance()
        return self._glancing

    def give_back(self) -> None:
        """The glance is over: the watch goes on."""
        if self._glancing is not None and self._watching is not None:
            self._glancing = None
            self._watching.give_back()

    def watch_lost(self) -> None:
        """The watch has ended by itself."""
        self._watching = None

    def close(self) -> None:
        """Hang up both."""
        if self._glancing is not None:
            self._glancing.source.close()
            self._glancing = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if self._source is not None:
            self._source.close()
            self._source = None
        self._selected = None
        self._watch_from = 0.0
