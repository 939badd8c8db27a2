"""The socket's office side: who calls, what they ask, and answers that wait for whoever reads slowly.

Runs on its own thread with its own loop. Nothing is sent to or read from a caller whose uid is nobody's (Z11), and
nothing of a caller is believed before it fits its method's types and bounds (Z15).
"""

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import msgspec

from actors.desk import wire
from actors.desk.api import PROTOCOL_VERSION, Desk, Hello, Welcome
from actors.desk.wire import Way
from actors.faults import position
from store.model.errors import Away, BadRequest, DeskError, ErrorFrame
from store.model.views import Announcement

_log = logging.getLogger(__name__)

_PEER = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Manners:
    """What a caller may do to the office: requests at once, unread bytes, and seconds to say who it is or to read."""

    requests: int = 32
    unread: int = 2 << 20
    greeting: float = 5.0
    reading: float = 30.0
    early: int = 4  # requests behind a greeting that is not answered yet


class DeskFor(Protocol):
    """Makes the desk of a caller. Raises DeskError if there is none for them; None: nothing at all is said."""

    async def __call__(self, *, uid: int, hello: Hello) -> Desk | None: ...


class Visitors(Protocol):
    """Told when callers come and go: an office that was started by a screen lives by it."""

    def came(self) -> None: ...

    def went(self) -> None: ...


class DeskServer:
    """Serves desks on a listening socket. Every method is called on the loop that it serves on."""

    def __init__(
        self,
        *,
        desk_for: DeskFor,
        known: Callable[[int], bool],
        visitors: Visitors,
        version: str,
        manners: Manners | None = None,
    ) -> None:
        self.desk_for = desk_for
        self.known = known
        self.visitors = visitors
        self.version = version
        self.manners = manners or Manners()
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, listening: socket.socket) -> None:
        """From now on callers are answered."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Connection(self), sock=listening)

    async def deafen(self) -> None:
        """Take no new callers."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def see_off(self, *, last: Desk) -> None:
        """Hang up on those who are nobody any more; on the caller of the desk `last`, after it has its answer."""
        for connection in tuple(self.connections):
            if await connection.is_nobody():
                connection.see_off(at_once=connection.desk is not last)

    async def close(self) -> None:
        """Take no new callers and hang up on the others."""
        await self.deafen()
        for connection in tuple(self.connections):
            connection.hang_up()


def peer_uid(connected: socket.socket) -> int:
    """The uid of the process at the other end, from the kernel."""
    _pid, uid, _gid = _PEER.unpack(connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return int(uid)


class _Connection(asyncio.Protocol):
    """One caller."""

    def __init__(self, server: DeskServer) -> None:
        self._server = server
        self._manners = server.manners
        self._cutter = wire.Cutter(wire.MAX_HELLO)
        self._uid = -1
        self.desk: Desk | None = None
        self._hello: Hello | None = None
        self._greeted = False
        self._leaving = False
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._uploads: dict[int, _Upload] = {}
        self._credits: dict[int, asyncio.Semaphore] = {}
        self._writable = asyncio.Event()
        self._writable.set()
        self._deadline: asyncio.TimerHandle | None = None
        self._greeting: asyncio.Task[None] | None = None
        self._early: list[wire.Request] = []

    # ---- The transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._uid = peer_uid(transport.get_extra_info("socket"))
        self._loop = asyncio.get_running_loop()
        self._server.connections.add(self)
        self._server.visitors.came()
        if not self._server.known(self._uid):
            _log.warning("uid %d is nobody here", self._uid)
            self.hang_up()
            return
        self._deadline = self._loop.call_later(self._manners.greeting, self.hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_deadline()
        self._writable.set()
        for task in (*self._tasks.values(), *([self._greeting] if self._greeting else [])):
            task.cancel()
        self._server.connections.discard(self)
        self._server.visitors.went()

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        self._cutter.feed(data)
        try:
            while (payload := self._cutter.next()) is not None and not self._transport.is_closing():
                self._received(wire.decoder(wire.FromCaller).decode(payload))
        except (wire.TooLong, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            _log.warning("a caller's frame was refused: %s", type(error).__name__)
            self.hang_up()

    def pause_writing(self) -> None:
        self._writable.clear()
        self._transport.pause_reading()  # who does not read is not listened to
        self._no_deadline()
        self._deadline = self._loop.call_later(self._manners.reading, self.hang_up)

    def resume_writing(self) -> None:
        self._no_deadline()
        self._writable.set()
        if not self._transport.is_closing():
            self._transport.resume_reading()

    @property
    def busy(self) -> int:
        """Requests under way."""
        return len(self._tasks)

    @property
    def unsent(self) -> int:
        """Bytes that the caller has not taken yet."""
        return self._transport.get_write_buffer_size()

    def hang_up(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    async def is_nobody(self) -> bool:
        """Whether whoever was somebody when they came is known no more."""
        if self._hello is None:
            return False
        try:
            return await self._server.desk_for(uid=self._uid, hello=self._hello) is None
        except DeskError:
            return True

    def see_off(self, *, at_once: bool) -> None:
        """End the connection, or end it when what is being answered is said."""
        self._leaving = True
        if at_once:
            self.hang_up()

    def _no_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # ---- Frames

    def _received(self, frame: Any) -> None:  # noqa: ANN401 - one of wire.FromCaller
        match frame:
            case wire.Greeting() if self._greeting is None:
                self._greeting = self._loop.create_task(self._greet(frame.hello))
            case wire.Request() if self._greeting is not None and not self._greeted:
                self._keep(frame)
            case _ if not self._greeted:
                self.hang_up()
            case wire.Request():
                self._begin(frame)
            case wire.Credit():
                self._credited(frame)
            case wire.Item() | wire.End():
                self._uploaded(frame)
            case wire.Cancel():
                if (task := self._tasks.get(frame.id)) is not None:
                    task.cancel()
            case _:
                self.hang_up()

    def _keep(self, request: wire.Request) -> None:
        """Said before the answer to the greeting: looked at when it is known who asks."""
        self._early.append(request)
        if len(self._early) > self._manners.early:
            self.hang_up()

    async def _greet(self, hello: Hello) -> None:
        try:
            welcome = await self._welcome(hello)
        except DeskError as error:
            self._send(wire.Failure(id=0, error=ErrorFrame.of(error)))
            self._transport.close()
            return
        except Exception as bug:  # noqa: BLE001 - a caller sees a code, the log a place
            _log.error("a greeting failed: %s", position(bug))
            self.hang_up()
            return
        self._no_deadline()
        if welcome is None:
            self.hang_up()
            return
        self._cutter.limit = wire.MAX_FRAME
        self._greeted = True
        self._send(wire.Greeted(welcome=welcome))
        early, self._early = self._early, []
        for request in early:
            self._begin(request)

    async def _welcome(self, hello: Hello) -> Welcome | None:
        if hello.protocol != PROTOCOL_VERSION:
            restart = "office" if hello.protocol > PROTOCOL_VERSION else "screen"
            raise Away("version", ours=hello.version, theirs=self._server.version, restart=restart)
        self.desk, self._hello = await self._server.desk_for(uid=self._uid, hello=hello), hello
        return None if self.desk is None else await self.desk.welcome()

    def _begin(self, request: wire.Request) -> None:
        if request.id in self._tasks or request.id <= 0:
            self.hang_up()
            return
        if len(self._tasks) >= self._manners.requests:
            self._send(wire.Failure(id=request.id, error=ErrorFrame.of(Away("busy"))))
            return
        self._credits[request.id] = asyncio.Semaphore(0)
        if request.method in wire.method_names() and wire.spoken(request.method).way is Way.UPLOAD:
            self._uploads[request.id] = _Upload(self, request.id, wire.spoken(request.method).upload_item)
        task = self._tasks[request.id] = self._loop.create_task(self._serve(request))
        task.add_done_callback(lambda _task: self._ended(request.id))

    def _ended(self, number: int) -> None:
        self._tasks.pop(number, None)
        self._credits.pop(number, None)
        self._uploads.pop(number, None)

    def _credited(self, credit: wire.Credit) -> None:
        room = self._credits.get(credit.id)
        for _ in range(min(credit.items, wire.CREDIT) if room is not None else 0):
            cast("asyncio.Semaphore", room).release()

    def _uploaded(self, frame: wire.Item | wire.End) -> None:
        upload = self._uploads.get(frame.id)
        if upload is None:  # its request has ended meanwhile
            return
        if not upload.take(frame):
            self.hang_up()  # more than it was given credit for

    # ---- Methods

    async def _serve(self, request: wire.Request) -> None:
        try:
            spoken, arguments = _understood(request)
            method = getattr(self.desk, spoken.name)
            match spoken.way:
                case Way.CALL:
                    await self._answer(request.id, await method(**arguments))
                case Way.STREAM:
                    await self._stream(request.id, method(**arguments))
                case Way.UPLOAD:
                    items = self._uploads[request.id].items()
                    await self._answer(request.id, await method(**arguments, **{spoken.upload: items}))
                case Way.EVENTS:
                    await self._events(request.id, method)
        except DeskError as error:
            self._send(wire.Failure(id=request.id, error=ErrorFrame.of(error)))
        except msgspec.DecodeError:
            self._send(
                wire.Failure(id=request.id, error=ErrorFrame.of(BadRequest("bad_value", field=request.method[:40])))
            )
        except asyncio.CancelledError:
            return
        except Exception as bug:  # noqa: BLE001 - a caller sees a code, the log a place
            _log.error("%s failed: %s", request.method[:40], position(bug))
            self._send(wire.Failure(id=request.id, error=ErrorFrame.of(DeskError("bug"))))

    async def _answer(self, number: int, value: Any) -> None:  # noqa: ANN401 - any record
        whole = memoryview(wire.encode(value))
        for start in range(0, len(whole), wire.PIECE):
            await self._writable.wait()
            last = start + wire.PIECE >= len(whole)
            self._send(wire.Answer(id=number, piece=bytes(whole[start : start + wire.PIECE]), last=last))
        if self._leaving:
            self._transport.close()

    async def _stream(self, number: int, items: AsyncIterator[Any]) -> None:
        room = self._credits[number]
        async with aclosing(cast("Any", items)) as opened:
            async for item in opened:
                await room.acquire()
                await self._writable.wait()
                self._send(wire.Item(id=number, data=msgspec.Raw(wire.encode(item))))
        self._send(wire.End(id=number))

    async def _events(self, number: int, subscribe: Callable[..., Awaitable[Callable[[], None]]]) -> None:
        """Push at the events' own pace; a caller that lets too much pile up is dropped."""

        def sink(event: Announcement) -> None:
            if self.unsent > self._manners.unread:
                _log.warning("a caller that does not read was dropped")
                self.hang_up()
                return
            self._send(wire.Item(id=number, data=msgspec.Raw(wire.encode(event))))

        cancel = await subscribe(sink)
        with _finally(cancel):
            self._send(wire.Credit(id=number, items=0))  # says that it has begun
            await asyncio.get_running_loop().create_future()

    def _send(self, frame: wire.Frame) -> None:
        if not self._transport.is_closing():
            self._transport.write(wire.framed(frame))

    def give_credit(self, number: int, items: int) -> None:
        """Let the caller upload so many more items."""
        self._send(wire.Credit(id=number, items=items))


@contextmanager
def _finally(call: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    finally:
        call()


def _understood(request: wire.Request) -> tuple[wire.Spoken, dict[str, Any]]:
    try:
        spoken = wire.spoken(request.method)
    except KeyError:
        raise BadRequest("bad_value", field="method") from None
    arguments = wire.decoder(spoken.arguments).decode(request.arguments)
    return spoken, {name: getattr(arguments, name) for name in spoken.names}


class _Upload:
    """Items that a caller sends, as many at a time as it was given credit for."""

    def __init__(self, connection: _Connection, number: int, item: Any) -> None:  # noqa: ANN401 - a type
        self._connection = connection
        self._number = number
        self._decoder = wire.decoder(item)
        self._queue: asyncio.Queue[wire.Item | wire.End] = asyncio.Queue()
        self._credit = 0
        self._ended = False

    def take(self, frame: wire.Item | wire.End) -> bool:
        """What came; False if the caller had no credit for it, or had said that it was the end."""
        if self._ended:
            return False
        if isinstance(frame, wire.Item):
            self._credit -= 1
        self._ended = isinstance(frame, wire.End)
        self._queue.put_nowait(frame)
        return self._credit >= 0

    async def items(self) -> AsyncIterator[Any]:
        """The items as they come, until the caller ends them."""
        self._credit = wire.CREDIT
        self._connection.give_credit(self._number, wire.CREDIT)
        while isinstance(frame := await self._queue.get(), wire.Item):
            yield self._decoder.decode(frame.data)
            self._credit += 1
            self._connection.give_credit(self._number, 1)
