"""Writes IMAP commands: the only function that turns values into arguments (Z8).

Foreign text becomes a quoted string or a literal and never holds CR, LF or NUL, so one call is always one command.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from providers.errors import Refused
from store.model.uidset import UidSet

MAX_QUOTED: Final = 1000
MAX_TEXT: Final = 64 << 10
_WORD: Final = re.compile(r"[A-Za-z0-9+/-][A-Za-z0-9.:+/=<>\[\]-]*")
_FLAG: Final = re.compile(r"\\?[!#$&'+,./0-9:;<=>?@A-Z^_`a-z|}~\[-]+")
_FORBIDDEN: Final = re.compile(rb"[\r\n\0]")
_QUOTABLE: Final = re.compile(rb"[ -~]*")


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """BODY.PEEK of those header fields: looking marks nothing as read ([S3])."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag or keyword."""

    name: str


@dataclass(frozen=True, slots=True)
class Payload:
    """A whole mail for APPEND: any bytes but NUL, always a literal that the server agreed to."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """What is sent alone after the server has asked for more (the answer to AUTHENTICATE)."""

    data: bytes


# str: a word of ours; bytes: foreign text; tuple: a list in parentheses
Argument = str | bytes | UidSet | HeaderFields | Flag | Payload | Step | tuple["Argument", ...]


def write(tag: bytes, *arguments: Argument, literal_plus: bool = False, poured: int | None = None) -> list[bytes]:
    """The command in pieces; before every piece but the first the server must have asked for more. With `poured` a
    literal of so many bytes is its end, which is not among them.
    """
    pieces = [tag]
    for argument in arguments:
        _put(pieces, argument, literal_plus=literal_plus, space=True)
    pieces[-1] += b"\r\n" if poured is None else b" {%d}\r\n" % poured
    return pieces


def _put(pieces: list[bytes], argument: Argument, *, literal_plus: bool, space: bool) -> None:
    match argument:
        case Step(data=data):
            _refuse(data)
            pieces[-1] += b"\r\n"
            pieces.append(data)
            return
        case tuple():
            pieces[-1] += b" (" if space else b"("
            for number, part in enumerate(argument):
                _put(pieces, part, literal_plus=literal_plus, space=number > 0)
            pieces[-1] += b")"
            return
    pieces[-1] += b" " if space else b""
    match argument:
        case str():
            pieces[-1] += _checked(_WORD, argument)
        case HeaderFields(names=names):
            fields = b" ".join(_checked(_WORD, name) for name in names)
            pieces[-1] += b"BODY.PEEK[HEADER.FIELDS (" + fields + b")]"
        case Flag(name=name):
            pieces[-1] += _checked(_FLAG, name)
        case UidSet():
            if not argument:
                raise Refused("characters")
            pieces[-1] += str(argument).encode("ascii")
        case bytes():
            _put_text(pieces, argument, literal_plus=literal_plus)
        case Payload(raw=raw):
            if b"\0" in raw:
                raise Refused("characters")
            pieces[-1] += b"{%d}\r\n" % len(raw)
            pieces.append(raw)


def _put_text(pieces: list[bytes], text: bytes, *, literal_plus: bool) -> None:
    _refuse(text)
    if len(text) > MAX_TEXT:
        raise Refused("too_large", size=len(text))
    if len(text) <= MAX_QUOTED and _QUOTABLE.fullmatch(text):
        pieces[-1] += b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    elif literal_plus:
        pieces[-1] += b"{%d+}\r\n" % len(text) + text
    else:
        pieces[-1] += b"{%d}\r\n" % len(text)
        pieces.append(text)


def _checked(form: re.Pattern[str], word: str) -> bytes:
    if not form.fullmatch(word):
        raise Refused("characters")
    return word.encode("ascii")


def _refuse(text: bytes) -> None:
    if _FORBIDDEN.search(text):
        raise Refused("characters")


def short_sets(uids: UidSet, *, width: int = 4000) -> Iterator[UidSet]:
    """The same UIDs as sets that fit a command: Dovecot answers BAD to long ones, RFC 7162 advises 8,192 octets."""
    ranges: list[tuple[int, int]] = []
    used = 0
    for first, last in uids.ranges:
        cost = len(str(first)) + len(str(last)) + 2
        if ranges and used + cost > width:
            yield UidSet(ranges)
            ranges, used = [], 0
        ranges.append((first, last))
        used += cost
    if ranges:
        yield UidSet(ranges)
