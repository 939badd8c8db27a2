"""The desk as screens and commands reach it: over the office's socket.

Loads neither Pykka, providers nor the vault. Says nothing before it knows that the other end is the right user's (Z11).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import msgspec

from actors.desk import wire
from actors.desk.api import Desk, Hello, Welcome
from actors.desk.calling import ANSWER_SECONDS, Asked, Call, reached
from actors.desk.wire import Way
from actors.paths import Home
from store.model.errors import Away, BadRequest, DeskError, NotAllowed
from store.model.views import Announcement

if TYPE_CHECKING:
    _Desk = Desk
else:
    _Desk = object  # its methods are made from the wire's table


class RemoteDesk(_Desk):
    """The Desk over one connection. When that is lost, every call raises Away("office_gone")."""

    def __init__(self, line: "_Line") -> None:
        self._line = line

    @classmethod
    async def connect(
        cls, home: Home, hello: Hello, *, seconds: float = ANSWER_SECONDS, called: Call | None = None
    ) -> "RemoteDesk":
        """Attach to the office of a home; by a call whose greeting is said, if there is one.

        Raises Away: no_office (nobody listens), not_ours (somebody else does), office_gone, version; NotAllowed
        unknown_caller, as_refused; NotFound (no such member to act as).
        """
        connected = called.connected if called else reached(home)
        loop = asyncio.get_running_loop()
        line = _Line(called.asked if called else ())
        await loop.create_unix_connection(lambda: line, sock=connected)
        desk: RemoteDesk = cast("Any", cls)(line)
        try:
            async with asyncio.timeout(seconds):
                await line.greet(None if called else hello)
        except TimeoutError:
            line.hang_up()
            raise Away("office_gone") from None
        except BaseException as failed:
            line.hang_up()
            if home.office_uid is None and isinstance(failed, NotAllowed) and failed.code == "unknown_caller":
                raise Away("office_gone") from None  # an office of our own knows us: it died, or was just ending
            raise
        return desk

    @property
    def greeted(self) -> Welcome:
        """What the office said at the greeting."""
        return self._line.welcome

    @property
    def gone(self) -> bool:
        """Whether the connection is lost."""
        return self._line.gone

    async def wait_gone(self) -> None:
        """Return when the connection is lost."""
        await self._line.wait_lost()

    async def close(self) -> None:
        """Hang up."""
        await self._line.close()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - typed by the Desk
            """A method of the Desk."""
            try:
                spoken = wire.spoken(name)
            except KeyError:
                raise AttributeError(name) from None
            made = _MAKERS[spoken.way](self._line, spoken)
            setattr(self, name, made)
            return made


# ---- Methods


def _bound(spoken: wire.Spoken, positional: tuple[Any, ...], named: dict[str, Any]) -> msgspec.Raw:
    """The arguments by name, judged here as they will be there, so that a mistake has the same answer on both sides."""
    given = dict(zip(spoken.names, positional, strict=False)) | named
    raw = _encoded(given, field=spoken.name)
    try:
        wire.decoder(spoken.arguments).decode(raw)
    except msgspec.ValidationError:
        raise BadRequest("bad_value", field=spoken.name) from None
    if len(raw) > wire.MAX_FRAME - 256:
        raise BadRequest("too_long")
    return msgspec.Raw(raw)


def _encoded(value: object, *, field: str) -> bytes:
    """A person's arguments may hold bytes that are no text, and numbers that no program knows."""
    try:
        return wire.encode(value)
    except (UnicodeEncodeError, OverflowError):
        raise BadRequest("bad_value", field=field) from None


def _calling(line: "_Line", spoken: wire.Spoken) -> Callable[..., Awaitable[Any]]:
    async def call(*positional: Any, **named: Any) -> Any:  # noqa: ANN401 - typed by the Desk
        pending = line.ask(spoken, _bound(spoken, positional, named))
        return await line.answered(pending)

    return call


def _streaming(line: "_Line", spoken: wire.Spoken) -> Callable[..., AsyncIterator[Any]]:
    async def stream(*positional: Any, **named: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - typed by the Desk
        pending = line.ask(spoken, _bound(spoken, positional, named))
        line.send(wire.Credit(id=pending.number, items=wire.CREDIT))
        try:
            while (item := await pending.item()) is not None:
                yield wire.decoder(spoken.answer).decode(item)
                line.send(wire.Credit(id=pending.number, items=1))
        finally:
            line.forget(pending)

    return stream


def _uploading(line: "_Line", spoken: wire.Spoken) -> Callable[..., Awaitable[Any]]:
    async def upload(*positional: Any, **named: Any) -> Any:  # noqa: ANN401 - typed by the Desk
        items = named.pop(spoken.upload, None)
        if items is None:
            at = spoken.order.index(spoken.upload)
            items, positional = positional[at], positional[:at] + positional[at + 1 :]
        pending = line.ask(spoken, _bound(spoken, positional, named))
        sending = asyncio.ensure_future(line.upload(pending, items))
        pending.answer.add_done_callback(lambda _answer: sending.cancel())
        try:
            return await line.answered(pending, unless=sending)
        finally:
            sending.cancel()

    return upload


def _subscribing(line: "_Line", spoken: wire.Spoken) -> Callable[..., Awaitable[Callable[[], None]]]:
    async def subscribe(sink: Callable[[Announcement], None]) -> Callable[[], None]:
        pending = line.ask(spoken, _bound(spoken, (), {}))
        pending.listen(lambda data: sink(wire.decoder(spoken.answer).decode(data)))
        await line.begun(pending)
        return lambda: line.forget(pending)

    return subscribe


_MAKERS: dict[Way, Callable[["_Line", wire.Spoken], Callable[..., Any]]] = {
    Way.CALL: _calling,
    Way.STREAM: _streaming,
    Way.UPLOAD: _uploading,
    Way.EVENTS: _subscribing,
}


# ---- The connection


@dataclass(slots=True, eq=False)
class _Pending:
    """A request under way."""

    number: int
    spoken: wire.Spoken
    answer: asyncio.Future[Any]
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    items: asyncio.Queue[msgspec.Raw | None] = field(default_factory=asyncio.Queue)
    credit: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    sink: Callable[[msgspec.Raw], None] | None = None

    async def item(self) -> msgspec.Raw | None:
        """The next item; None at the end. Raises what the office refused with."""
        item = await self.items.get()
        if item is None and self.answer.done() and (error := self.answer.exception()) is not None:
            raise error
        return item

    def listen(self, sink: Callable[[msgspec.Raw], None]) -> None:
        """From now on the sink is told, first of what came before."""
        self.sink = sink
        while not self.items.empty():
            if (item := self.items.get_nowait()) is not None:
                sink(item)

    def fail(self, error: DeskError) -> None:
        """Whoever waits gets the error."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # it may be that nobody waits any more
        self.items.put_nowait(None)
        self.begun.set()


class _Line(asyncio.Protocol):
    """One connection: numbers requests and brings answers to whoever asked."""

    welcome: Welcome

    def __init__(self, asked: Sequence[Asked] = ()) -> None:
        self.gone = False
        self._cutter = wire.Cutter(wire.MAX_FRAME)
        self._pending: dict[int, _Pending] = {}
        self._serial = 0
        self._asked = {each: self._awaited(wire.spoken(each.method)) for each in asked}
        self._writable = asyncio.Event()
        self._writable.set()
        self._greeting: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self._lost = asyncio.Event()
        self._heard = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self._writable.set()
        if not self._greeting.done():  # who hangs up without a word serves members only
            self._greeting.set_exception(Away("office_gone") if self._heard else NotAllowed("unknown_caller"))
            self._greeting.exception()
        for pending in tuple(self._pending.values()):
            pending.fail(Away("office_gone"))
        self._pending.clear()
        self._lost.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._heard = True
        self._cutter.feed(data)
        try:
            while (payload := self._cutter.next()) is not None:
                self._received(wire.decoder(wire.FromOffice).decode(payload))
        except (wire.TooLong, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.hang_up()

    def _received(self, frame: Any) -> None:  # noqa: ANN401 - one of wire.FromOffice
        if isinstance(frame, wire.Greeted):
            if not self._greeting.done():
                self._greeting.set_result(frame.welcome)
            return
        if isinstance(frame, wire.Failure) and frame.id == 0:
            if not self._greeting.done():
                self._greeting.set_exception(frame.error.error())
            return
        pending = self._pending.get(frame.id)
        if pending is None:  # cancelled meanwhile
            return
        match frame:
            case wire.Answer():
                self._piece(pending, frame)
            case wire.Failure():
                self._pending.pop(frame.id)
                pending.fail(frame.error.error())
            case wire.Item() if pending.sink is not None:
                pending.sink(frame.data)
            case wire.Item():
                pending.items.put_nowait(msgspec.Raw(bytes(frame.data)))
            case wire.End():
                self._pending.pop(frame.id)
                pending.items.put_nowait(None)
            case wire.Credit():
                pending.begun.set()
                for _ in range(min(frame.items, wire.CREDIT)):
                    pending.credit.release()

    def _piece(self, pending: _Pending, frame: wire.Answer) -> None:
        pending.pieces.append(frame.piece)
        pending.size += len(frame.piece)
        if pending.size > wire.MAX_ANSWER:
            self.hang_up()
        elif frame.last:
            self._pending.pop(pending.number)
            try:
                value = wire.decoder(pending.spoken.answer).decode(b"".join(pending.pieces))
            except msgspec.DecodeError:
                pending.fail(DeskError("bug"))
                return
            if not pending.answer.done():
                pending.answer.set_result(value)

    async def greet(self, hello: Hello | None) -> None:
        """Say who one is, unless that is said; the office says who it is."""
        if hello is not None:
            self.send(wire.Greeting(hello=hello))
        self.welcome = await self._greeting

    def ask(self, spoken: wire.Spoken, arguments: msgspec.Raw) -> _Pending:
        """Send a request; one that is under way already is not sent again."""
        if self.gone:
            raise Away("office_gone")
        pending = self._asked.pop(Asked(method=spoken.name, arguments=bytes(arguments)), None)
        if pending is not None:
            return pending
        self._forget_asked()
        pending = self._awaited(spoken)
        self.send(wire.Request(id=pending.number, method=spoken.name, arguments=arguments))
        return pending

    def _awaited(self, spoken: wire.Spoken) -> _Pending:
        self._serial += 1
        pending = _Pending(self._serial, spoken, asyncio.get_running_loop().create_future())
        self._pending[pending.number] = pending
        return pending

    def _forget_asked(self) -> None:
        """Something else is wanted first: what was asked ahead would be old when it is wanted."""
        for pending in self._asked.values():
            self.forget(pending)
        self._asked.clear()

    async def answered(self, pending: _Pending, *, unless: asyncio.Future[None] | None = None) -> Any:  # noqa: ANN401
        """The answer; a caller that stops waiting tells the office so. An upload that fails here is its failure."""
        try:
            if unless is not None:
                await asyncio.wait({pending.answer, unless}, return_when=asyncio.FIRST_COMPLETED)
                if not pending.answer.done() and unless.exception() is not None:
                    unless.result()
            return await pending.answer
        finally:
            self.forget(pending)

    async def begun(self, pending: _Pending) -> None:
        """The subscription stands."""
        await pending.begun.wait()
        if pending.answer.done():
            pending.answer.result()

    def forget(self, pending: _Pending) -> None:
        """Nobody waits for it any more."""
        if self._pending.pop(pending.number, None) is not None:
            self.send(wire.Cancel(id=pending.number))

    async def upload(self, pending: _Pending, items: AsyncIterator[Any]) -> None:
        """Send items as the office gives credit for them."""
        async for item in items:
            await pending.credit.acquire()
            await self._writable.wait()
            self.send(wire.Item(id=pending.number, data=msgspec.Raw(_encoded(item, field=pending.spoken.name))))
        self.send(wire.End(id=pending.number))

    def send(self, frame: wire.Frame) -> None:
        """Write a frame; nothing once the connection is lost."""
        if self.gone:
            return
        try:
            data = wire.framed(frame)
        except UnicodeEncodeError:
            raise BadRequest("bad_value", field="text") from None
        except ValueError:
            raise BadRequest("too_long") from None
        self._transport.write(data)

    def hang_up(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    async def wait_lost(self) -> None:
        """Return when the connection is lost."""
        await self._lost.wait()

    async def close(self) -> None:
        """End the connection when all is sent."""
        self._transport.close()
        await self._lost.wait()


# ---- Attaching again

_T = TypeVar("_T")


class Opens(Protocol):
    """Attaches to the office, starting one where that is allowed."""

    async def __call__(self) -> RemoteDesk: ...


class Reattach:
    """A desk that outlives its office: each call goes to the one that answers now, and is repeated on the next one when
    an office goes away in the middle. That is safe, since a command's request id is made by the caller, once.
    """

    def __init__(self, opens: Opens, *, tries: int = 3) -> None:
        self._opens = opens
        self._tries = tries
        self._desk: RemoteDesk | None = None
        self._opening = asyncio.Lock()

    async def desk(self) -> RemoteDesk:
        """The desk that answers now."""
        async with self._opening:
            if self._desk is None or self._desk.gone:
                self._desk = await self._opens()
            return self._desk

    async def call(self, act: Callable[[Desk], Awaitable[_T]]) -> _T:
        """Do it, on a new office if need be."""
        for attempt in range(1, self._tries + 1):
            try:
                return await act(await self.desk())
            except Away as away:
                if away.code != "office_gone" or attempt == self._tries:
                    raise
        raise Away("office_gone")

    async def close(self) -> None:
        """Hang up."""
        if self._desk is not None:
            await self._desk.close()
