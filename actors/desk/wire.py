"""What crosses the socket: frames of four bytes of length and msgpack, and the table of methods read off the Desk.

Limits stand before records (Z15): a frame is judged by its length before it is read, and its arguments by their
method's types and bounds while they are. The table is made from the Protocol's own annotations: the two cannot drift.
"""

import functools
import inspect
import types
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from actors.desk.api import Desk, Hello, Welcome
from store.model.errors import ErrorFrame

MAX_FRAME: Final = 1 << 20
MAX_HELLO: Final = 4 << 10  # before anybody is known
MAX_ANSWER: Final = 64 << 20  # of all pieces of one answer together
PIECE: Final = 256 << 10
LENGTH_BYTES: Final = 4
CREDIT: Final = 8  # items of a stream that may be under way
MAX_ITEMS: Final = 5_000  # in any one list that a caller sends
MAX_TEXT: Final = 20_000  # characters of any one text that a caller sends
MAX_NUMBER: Final = 2**63 - 1  # what the store knows


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """The base of all frames. `id` is the caller's number of the request that a frame belongs to."""


# ---- From the caller


class Greeting(Frame, frozen=True, tag=1):
    """The first frame."""

    hello: Hello


class Request(Frame, frozen=True, tag=2):
    """Call a method. `arguments` is a map of its arguments, judged by the method's own type."""

    id: int
    method: str
    arguments: msgspec.Raw


class Credit(Frame, frozen=True, tag=3):
    """So many more items of this stream may come. Either side gives it to the one that sends."""

    id: int
    items: int


class Item(Frame, frozen=True, tag=4):
    """One item of a stream, in either direction; an event of a subscription."""

    id: int
    data: msgspec.Raw


class End(Frame, frozen=True, tag=5):
    """No more items, in either direction."""

    id: int


class Cancel(Frame, frozen=True, tag=6):
    """The caller does not want it any more."""

    id: int


# ---- From the office


class Greeted(Frame, frozen=True, tag=7):
    """The answer to Greeting."""

    welcome: Welcome


class Answer(Frame, frozen=True, tag=8):
    """A piece of what the method returned, encoded; the `last` one ends it."""

    id: int
    piece: bytes
    last: bool


class Failure(Frame, frozen=True, tag=9):
    """A DeskError. Id 0 answers the greeting."""

    id: int
    error: ErrorFrame


FromCaller = Greeting | Request | Credit | Item | End | Cancel
FromOffice = Greeted | Answer | Failure | Item | End | Credit


class Way(StrEnum):
    """How a method's values travel."""

    CALL = "call"
    STREAM = "stream"  # the office sends items
    UPLOAD = "upload"  # the caller sends items, the office answers once
    EVENTS = "events"  # the office sends items at its own pace, for ever


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One method as it is spoken."""

    name: str
    way: Way
    arguments: type[msgspec.Struct]
    answer: Any  # the type of the answer or of each item
    upload: str = ""  # the argument that travels as items
    upload_item: Any = None
    names: tuple[str, ...] = ()  # of the arguments that travel with the request
    order: tuple[str, ...] = ()  # of all arguments


@functools.cache
def method_names() -> frozenset[str]:
    """Every method of the Desk."""
    return frozenset(name for name, thing in vars(Desk).items() if inspect.isfunction(thing) and name[0] != "_")


@functools.cache
def spoken(name: str) -> Spoken:
    """How a method is spoken. KeyError if the Desk has none of that name."""
    if name not in method_names():
        raise KeyError(name)
    function = getattr(Desk, name)
    hints = get_type_hints(function, include_extras=True)
    returned = hints.pop("return")
    order = tuple(hints)
    upload = next((key for key, hint in hints.items() if get_origin(hint) is AsyncIterator), "")
    upload_item = get_args(hints.pop(upload))[0] if upload else None
    events = next((key for key, hint in hints.items() if get_origin(hint) is Callable), "")
    way = Way.UPLOAD if upload else Way.CALL
    if events:
        way, returned = Way.EVENTS, get_args(hints.pop(events))[0][0]
    elif get_origin(returned) is AsyncIterator:
        way, returned = Way.STREAM, get_args(returned)[0]
    return Spoken(
        name=name,
        way=way,
        arguments=_arguments(function, hints),
        answer=returned,
        upload=upload or events,
        upload_item=upload_item,
        names=tuple(hints),
        order=order,
    )


def _arguments(function: Callable[..., Any], hints: dict[str, Any]) -> type[msgspec.Struct]:
    """A struct with the method's arguments; a default is the method's own."""
    parameters = inspect.signature(function).parameters
    fields: list[Any] = []
    for name, hint in hints.items():
        default = parameters[name].default
        bound = bounded(hint)
        fields.append((name, bound) if default is inspect.Parameter.empty else (name, bound, default))
    return msgspec.defstruct(f"{function.__name__}_arguments", fields, kw_only=True, forbid_unknown_fields=True)


def bounded(hint: Any) -> Any:  # noqa: ANN401 - a type in, a type out
    """The same type with limits on its numbers, texts and lists."""
    origin = get_origin(hint)
    if hint is int:
        return Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
    if hint is str or getattr(hint, "__supertype__", None) is str:
        return Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
    if origin is Sequence or (origin is tuple and get_args(hint)[1:] == (Ellipsis,)):
        elements = types.GenericAlias(tuple, (bounded(get_args(hint)[0]), ...))
        return Annotated[elements, msgspec.Meta(max_length=MAX_ITEMS)]
    if origin is types.UnionType:
        return functools.reduce(lambda one, other: one | other, [bounded(part) for part in get_args(hint)])
    return hint


# ---- Bytes

_ENCODER = msgspec.msgpack.Encoder()


def encode(value: Any) -> bytes:  # noqa: ANN401 - any record
    """A value as msgpack."""
    return _ENCODER.encode(value)


def framed(frame: Frame) -> bytes:
    """A frame as it goes out. ValueError if it is too long: a bug of the sender, or a too large argument."""
    payload = _ENCODER.encode(frame)
    if len(payload) > MAX_FRAME:
        raise ValueError("frame")
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


@functools.cache
def decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:  # noqa: ANN401 - a type
    """The decoder of a type."""
    return msgspec.msgpack.Decoder(kind)


class TooLong(ValueError):
    """A frame announced more than it may have; nothing of it was read."""


class Cutter:
    """Cuts the bytes of a connection into frames. `limit` may be raised once the other side is known."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data

    def next(self) -> bytes | None:
        """The next whole frame's payload, or None. Raises TooLong."""
        if len(self._buffer) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
        if length > self.limit:
            raise TooLong
        end = LENGTH_BYTES + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        return payload
