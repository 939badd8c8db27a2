"""A mail's way as commands name it, and its content as it goes over a line. Pure: no connection, no vendor."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from providers.errors import Refused
from providers.protocols import Content
from store.mime.header_writing import addr_spec
from store.model.address import NotAllowed

PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail's way: paths as they go into commands; None for a recipient that no command may name."""

    sender: str
    recipients: tuple[tuple[str, str | None], ...]
    size: int
    utf8: bool  # the mail itself cannot go without SMTPUTF8


def envelope_of(sender: str, recipients: Sequence[str], message: bytes | Content) -> Envelope:
    """Refused, before anything is connected, is what cannot go over a line as it is."""
    if not _lines_end_well(_pieces(message)):
        raise Refused("line_ends")  # a bare one could end the mail early at one server and not at the next
    path = _path(sender)
    if path is None:
        raise Refused("sender")
    return Envelope(
        sender=path,
        recipients=tuple((address, _path(address)) for address in recipients),
        size=len(message) if isinstance(message, bytes) else message.size,
        utf8=not (path.isascii() and all(piece.isascii() for piece in _pieces(message))),
    )


def _pieces(message: bytes | Content) -> Iterable[bytes]:
    return (message,) if isinstance(message, bytes) else message


def _lines_end_well(pieces: Iterable[bytes]) -> bool:
    """Whether CR and LF stand only as pairs."""
    held = b""  # a CR at a piece's end, whose LF is in the next one
    for piece in pieces:
        text = held + piece if held else piece
        held = text[-1:] if text.endswith(b"\r") else b""
        ends = text.count(b"\r\n")
        if text.count(b"\n") != ends or text.count(b"\r") != ends + len(held):
            return False
    return not held


def _path(address: str) -> str | None:
    try:
        return addr_spec(address)
    except NotAllowed:
        return None


def number(text: str) -> int:
    first = text.split()[:1]
    return int(first[0]) if first and first[0].isdecimal() and first[0].isascii() and len(first[0]) < 20 else 0


def stuffed(message: bytes | Content) -> Iterator[bytes | memoryview]:
    """The content with its dots doubled (RFC 5321, 4.5.2) and the final one, in pieces."""
    end = b"\r\n"  # the last bytes before the piece: at the beginning a dot stands at a line's start too
    for piece in _pieces(message):
        split = piece.startswith(b"\n.") and end.endswith(b"\r")
        if split or (piece.startswith(b".") and end == b"\r\n"):
            yield b"\n." if split else b"."
        end = (end + piece[-2:])[-2:]
        rest = piece[1:] if split else piece
        view = memoryview(rest.replace(b"\r\n.", b"\r\n..") if b"\r\n." in rest else rest)
        for place in range(0, len(view), PIECE):
            yield view[place : place + PIECE]
    empty = isinstance(message, bytes) and not message
    yield b".\r\n" if end == b"\r\n" and not empty else b"\r\n.\r\n"
