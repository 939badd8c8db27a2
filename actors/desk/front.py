"""The front: where screens and commands wait for what the actors tell. It stands on the switchboard like an actor.

Takes messages on any thread and wakes waiters on the server's loop. Must not keep what nobody waits for.
"""

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from actors.messages import (
    Announced,
    AuditDone,
    BodyAway,
    BodyHere,
    CopiesImported,
    Restarted,
    SyncDone,
)
from store.model.record import Record

ANNOUNCED = ("announced",)
RESTARTED = ("restarted",)


class Waiter:
    """The messages of some keys, as they come."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[Any] = asyncio.Queue()

    def take(self, message: Record) -> None:
        """One more."""
        self._came.put_nowait(message)

    async def next(self, *, seconds: float | None = None) -> Any:  # noqa: ANN401 - the messages of the keys waited for
        """The next message. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            return await self._came.get()

    def drain(self) -> None:
        """Forget what has come: whoever looks now sees all of it."""
        while not self._came.empty():
            self._came.get_nowait()


class Front:
    """See the module."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiters: dict[Hashable, list[Waiter]] = {}

    def tell(self, message: Record) -> None:
        """From any thread."""
        try:
            self._loop.call_soon_threadsafe(self._take, message)
        except RuntimeError:  # the loop has ended with the office
            return

    def _take(self, message: Record) -> None:
        for waiter in tuple(self._waiters.get(key_of(message), ())):
            waiter.take(message)

    @contextmanager
    def waiting(self, *keys: Hashable) -> Iterator[Waiter]:
        """A waiter for these keys; nothing that is told after this line is missed."""
        waiter = Waiter()
        for key in keys:
            self._waiters.setdefault(key, []).append(waiter)
        try:
            yield waiter
        finally:
            for key in keys:
                self._waiters[key].remove(waiter)
                if not self._waiters[key]:
                    del self._waiters[key]


def key_of(message: Record) -> Hashable:
    """What a waiter waits for."""
    match message:
        case Announced():
            return ANNOUNCED
        case Restarted():
            return RESTARTED
        case SyncDone() | CopiesImported() | AuditDone():
            return message.id
        case BodyHere() | BodyAway():
            return ("body", message.email)
        case _:
            return None
