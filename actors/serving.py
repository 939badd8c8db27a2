"""The office's thread that serves the socket: its loop, the server on it, and what the desks are given of the office.

Must not touch the vault's writer; reads go through the pool, commands to the DeskActor.
"""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from actors.clock import Clock
from actors.desk.api import Desk, Hello, NewMailbox
from actors.desk.front import Front
from actors.desk.local import Caller, LocalDesk, Reader
from actors.desk.pool import ReadPool
from actors.desk.server import DeskServer, Manners, Visitors
from actors.desk.signing_in import Logins, Settle
from actors.faults import position
from actors.switchboard import Switchboard
from store.model.found import Found
from store.model.ids import MemberKey
from store.vault.files import Files

_log = logging.getLogger(__name__)

HUNG_SECONDS = 5.0

Answer = TypeVar("Answer")
ReaderOf = Callable[[Any, MemberKey, int], Reader]  # connection, member, now
Identify = Callable[[Any, int, str | None], Caller | None]  # connection, uid, act as


class LoopThread:
    """An event loop on a thread of its own."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(_said)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, Answer], *, seconds: float | None = None) -> Answer:
        """Do it there and wait for it. Raises TimeoutError."""
        done: Future[Answer] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return done.result(seconds)

    def stop(self) -> None:
        """End what still runs, and the thread."""
        self.call(_cancel_others())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


def _said(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Asyncio's own words could quote a mail; type and place do not."""
    error = context.get("exception")
    _log.error("the server's loop: %s", position(error) if error is not None else "an error without exception")


class SetUp(Logins, Protocol):
    """The ways to mail servers, as far as adding a mailbox needs them. `check` and `keep` may block."""

    async def find(self, address: str) -> tuple[Found, ...]: ...


class Inside:
    """What LocalDesk gets of the office."""

    def __init__(
        self,
        *,
        switchboard: Switchboard,
        front: Front,
        clock: Clock,
        version: str,
        shared: bool,
        pool: ReadPool[Any],
        reader_of: ReaderOf,
        unsettled: Callable[[Any], bool],
        doors: SetUp,
        files: Files,
        staff: Callable[[], None],
        see_off: Callable[[Desk], Awaitable[None]],
        end: Callable[[], None],
    ) -> None:
        self.switchboard = switchboard
        self.front = front
        self.clock = clock
        self.version = version
        self.pid = os.getpid()
        self.since = clock.now()
        self.shared = shared
        self.logins: Logins = doors
        self.files = files
        self._pool = pool
        self._reader_of = reader_of
        self._unsettled = unsettled
        self._doors = doors
        self._staff = staff
        self._see_off = see_off
        self._end = end

    async def read(self, member: MemberKey, work: Callable[[Reader], Answer]) -> Answer:
        """One short read with the member's Scope of now."""
        return await self._pool.run(lambda connection: work(self._reader_of(connection, member, int(self.clock.now()))))

    async def unsettled(self) -> bool:
        """Whether past mail still waits to be settled again."""
        return await self._pool.run(self._unsettled)

    async def find_servers(self, address: str) -> tuple[Found, ...]:
        """Look for the servers of an address."""
        return await self._doors.find(address)

    async def check_servers(self, mailbox: NewMailbox) -> None:
        """Log in on both servers, on a thread."""
        await asyncio.to_thread(self._doors.check, mailbox)

    async def keep_secret(self, mailbox: NewMailbox) -> Settle:
        """Seal the password."""
        return await asyncio.to_thread(self._doors.keep, mailbox)

    async def see_off(self, desk: Desk) -> None:
        """Whoever is nobody any more is hung up on; the caller of `desk` when it has its answer."""
        await self._see_off(desk)

    async def staff(self) -> None:
        """Start the actors of mailboxes that have none."""
        await asyncio.to_thread(self._staff)

    def end(self) -> None:
        """Finish and end the office."""
        self._end()


class Serving:
    """The server on its thread."""

    def __init__(
        self,
        thread: LoopThread,
        *,
        inside: Inside,
        pool: ReadPool[Any],
        identify: Identify,
        members: Callable[[Any], AbstractSet[MemberKey]],
        known: Callable[[int], bool],
        visitors: Visitors,
        manners: Manners | None = None,
    ) -> None:
        self._thread = thread
        self._inside = inside
        self._pool = pool
        self._identify = identify
        self._members = members
        self._server = DeskServer(
            desk_for=self._desk_for, known=known, visitors=visitors, version=inside.version, manners=manners
        )

    async def _desk_for(self, *, uid: int, hello: Hello) -> Desk | None:
        caller = await self._pool.run(lambda connection: self._identify(connection, uid, hello.act_as))
        return None if caller is None else LocalDesk(replace(caller, zone=hello.time_zone), self._inside)

    def listen(self, listening: socket.socket) -> None:
        """From now on callers are answered."""
        self._thread.call(self._server.listen(listening))

    async def see_off(self, desk: Desk) -> None:
        """On the server's loop. What those who are nobody any more began is ended, too."""
        await self._server.see_off(last=desk)
        members = await self._pool.run(self._members)
        await asyncio.to_thread(self._inside.logins.sign_ins.forget_but, members)

    def answers(self) -> bool:
        """Whether the loop that serves has its turn within a while: what a watchdog wants to know."""
        try:
            self._thread.call(asyncio.sleep(0), seconds=HUNG_SECONDS)
        except TimeoutError:
            return False
        return True

    def deafen(self) -> None:
        """Take no new callers."""
        self._thread.call(self._server.deafen())

    def close(self) -> None:
        """Hang up on everybody."""
        self._thread.call(self._server.close())
