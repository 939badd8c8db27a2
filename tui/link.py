"""The screens' line to the office: attached, lost, attached again by itself, with growing pauses.

Reads fail at once while the office is away; a command waits and is repeated on the next office, which is safe because
its id is made once by the caller. Knows no widget.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from actors.desk.api import Desk, Sink
from store.model.errors import Away, DeskError
from store.model.ids import RequestId
from store.model.record import Record
from store.model.views import Done
from store.rules.backoff import delay

RETRY_BASE: Final = 0.5
RETRY_CAP: Final = 20.0
PASSING: Final = ("no_office", "office_gone")

T = TypeVar("T")


def new_request() -> RequestId:
    """The id of one command: made once, so that a repeat gets the first answer."""
    return RequestId(uuid.uuid4().hex)


class Attachment(Record, frozen=True, kw_only=True):
    """A desk one is attached to. `gone` returns when it is lost, `close` hangs up."""

    desk: Desk
    gone: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


class Opens(Protocol):
    """Attaches to the office, starting one where that is allowed; raises DeskError."""

    async def __call__(self) -> Attachment: ...


class Changed(Record, frozen=True, kw_only=True):
    """The line is there (`error` None), or away for a reason. `first` until it has been there once."""

    attached: bool
    error: DeskError | None = None
    first: bool = False


class Link:
    """Keeps attached as long as `run` runs. `changed` is told of every change, `sink` of every announcement."""

    def __init__(
        self,
        opens: Opens,
        *,
        changed: Callable[[Changed], object],
        sink: Sink,
        chance: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._opens, self._changed, self._sink = opens, changed, sink
        self._chance, self._pause = chance, pause
        self._desk: Desk | None = None
        self._here = asyncio.Event()
        self._met = False
        self._attempt = 0
        self.taken_back: Callable[[], None] = lambda: None  # told before the news of it can come

    @property
    def desk(self) -> Desk:
        """The desk that answers now. Raises Away("office_gone")."""
        if self._desk is None:
            raise Away("office_gone")
        return self._desk

    @property
    def here(self) -> bool:
        """Whether a desk answers now."""
        return self._desk is not None

    async def run(self) -> None:
        """Attach, wait until lost, again; ends only by being cancelled, or on a refusal before the first attachment."""
        while True:
            try:
                await self._once()
            except DeskError as error:
                self._changed(Changed(attached=False, error=error, first=not self._met))
                if not self._met and error.code not in PASSING:
                    return
            self._attempt += 1
            await self._pause(delay(self._attempt, base=RETRY_BASE, cap=RETRY_CAP, jitter=self._chance()))

    async def _once(self) -> None:
        """One attachment from its beginning to its loss."""
        attachment = await self._opens()
        try:
            await attachment.desk.subscribe(self._sink)
            self._desk, self._met, self._attempt = attachment.desk, True, 0
            self._here.set()
            self._changed(Changed(attached=True))
            await attachment.gone()
        finally:
            self._desk = None
            self._here.clear()
            await attachment.close()
        raise Away("office_gone")

    async def undo(self, request: RequestId) -> Done:
        """Take the last act back."""
        self.taken_back()
        return await self.command(lambda desk: desk.undo(request))

    async def command(self, act: Callable[[Desk], Awaitable[T]]) -> T:
        """Do it on the office that answers; on the next one, if this one goes away in the middle."""
        while True:
            await self._here.wait()
            try:
                return await act(self.desk)
            except Away as away:
                if away.code != "office_gone":
                    raise
                await asyncio.sleep(0)  # the loss is about to be noticed
