"""What a mailbox tells of itself: state, progress and rate ([S10]). Codes only, never the server's words."""

from collections.abc import Callable
from typing import Final

from actors.clock import Clock
from actors.mailbox.door import MailboxDoor
from actors.messages import MailboxTold
from actors.switchboard import DESK
from providers.errors import ProviderError
from store.model.mailbox import Progress, SyncState
from store.model.record import Record

EVERY: Final = 1.0  # seconds between two tellings of progress
FEW: Final = 10  # emails that come after everything was there


class Told:
    """Tells the desk when something changed: how far it is at most once a second, how much there is at once."""

    def __init__(self, door: MailboxDoor, tell: Callable[[str, Record], object], clock: Clock) -> None:
        self._door = door
        self._tell = tell
        self._clock = clock
        self._state = SyncState.SYNCING
        self._error: ProviderError | None = None
        self._trouble: str | None = None
        self._last_success: int | None = None
        self._started: float | None = None
        self._done = self._total = 0
        self._folder = ""
        self._sent: Progress | None = None
        self._sent_at = 0.0

    @property
    def error_code(self) -> str | None:
        """What is wrong with the line, if anything."""
        return None if self._error is None else self._error.code

    def state(self, state: SyncState) -> None:
        """A new state, told at once."""
        self._state = state
        self._send()

    def work(self, *, done: int, total: int, folder: str) -> None:
        """Emails in and to come in the present look at all folders."""
        if self._started is None:
            self._started = self._clock.monotonic()
        if self._state is not SyncState.SYNCING and total > done:
            self._state = SyncState.SYNCING
        self._done, self._total, self._folder = done, total, folder
        few = self._few(total - done)
        since = self._started if few else self._sent_at
        how_much = self._sent is None or self._sent.total != total  # over a slow line the first emails take a while
        if (how_much and not few) or self._clock.monotonic() - since >= EVERY:
            self._send()

    def _few(self, left: int) -> bool:
        """Whether they will be there before anybody has read that they come: telling it would hold them up."""
        return self._sent is not None and self._sent.state is SyncState.SYNCED and left <= FEW

    def synced(self, trouble: str | None) -> None:
        """A whole look has ended; `trouble` is the code of what was refused in it."""
        self._error, self._trouble, self._started = None, trouble, None
        if trouble is None:
            self._last_success = int(self._clock.now())
        self._state = SyncState.SYNCED
        self._done = self._total
        self._send()

    def away(self, state: SyncState, error: ProviderError) -> None:
        """The server cannot be used now."""
        self._state, self._error, self._started = state, error, None
        self._send()

    def tick(self) -> None:
        """Tell again what has changed."""
        if self._progress() != self._sent and self._clock.monotonic() - self._sent_at >= EVERY:
            self._send()

    def _progress(self) -> Progress:
        elapsed = 0.0 if self._started is None else self._clock.monotonic() - self._started
        code = self._error.code if self._error else self._trouble
        return Progress(
            state=self._state,
            done=self._done,
            total=self._total,
            rate=round(self._done / elapsed, 1) if elapsed > 0 and self._state is SyncState.SYNCING else 0.0,
            error_code=code,
            error_arguments=self._error.arguments if self._error else {},
            last_success=self._last_success,
            folder=self._folder,
        )

    def _send(self) -> None:
        progress = self._progress()
        if progress == self._sent:
            return
        self._sent, self._sent_at = progress, self._clock.monotonic()
        self._tell(DESK, MailboxTold(mailbox=self._door.mailbox, incarnation=self._door.incarnation, progress=progress))
