"""A mail's way as commands name it, and its content as it goes over a line. Pure: no connection, no vendor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from providers.errors import Refused
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


def envelope_of(sender: str, recipients: Sequence[str], message: bytes) -> Envelope:
    """Refused, before anything is connected, is what cannot go over a line as it is."""
    ends = message.count(b"\r\n")
    if message.count(b"\n") != ends or message.count(b"\r") != ends:
        raise Refused("line_ends")  # a bare one could end the mail early at one server and not at the next
    path = _path(sender)
    if path is None:
        raise Refused("sender")
    return Envelope(
        sender=path,
        recipients=tuple((address, _path(address)) for address in recipients),
        size=len(message),
        utf8=not (path.isascii() and message.isascii()),
    )


def _path(address: str) -> str | None:
    try:
        return addr_spec(address)
    except NotAllowed:
        return None


def number(text: str) -> int:
    first = text.split()[:1]
    return int(first[0]) if first and first[0].isdecimal() and first[0].isascii() and len(first[0]) < 20 else 0


def stuffed(message: bytes) -> Iterator[bytes | memoryview]:
    """The content with its dots doubled (RFC 5321, 4.5.2) and the final one, in pieces."""
    if b"\r\n." in message:
        message = message.replace(b"\r\n.", b"\r\n..")
    if message.startswith(b"."):
        yield b"."
    view = memoryview(message)
    for place in range(0, len(message), PIECE):
        yield view[place : place + PIECE]
    yield b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n"
