"""BODY[...]: which bytes of a message a client means (RFC 3501, 6.4.5)."""

import re
from collections.abc import Callable
from typing import NamedTuple

from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.errors import Bad
from providers.rehearsal.imap.folder import Message
from providers.rehearsal.imap.structure import Part, fields, section
from providers.rehearsal.imap.text import literal, string

_PATH = re.compile(rb"[0-9]{1,9}(?:\.[0-9]{1,9})*")
_PARTIAL = re.compile(rb"<([0-9]{1,10})\.([0-9]{1,10})>")
_WORDS = (b"HEADER.FIELDS.NOT", b"HEADER.FIELDS", b"HEADER", b"TEXT", b"MIME")
_SIMPLE = re.compile(rb"[A-Z0-9-]+")


class Section(NamedTuple):
    path: tuple[int, ...]
    word: bytes
    names: frozenset[bytes]


def read_section(cursor: Cursor) -> tuple[str, Callable[[Message], bytes]]:
    """How the answer calls it, and what makes the answer for a message."""
    cursor.needs(b"[")
    wanted, label = _read(cursor)
    cursor.needs(b"]")
    head = b"BODY[" + label + b"]"
    partial = _PARTIAL.match(cursor.data, cursor.at) if cursor.sees(b"<") else None
    if partial is None:
        if cursor.sees(b"<"):
            raise Bad("Invalid partial")
        return head.decode("latin-1"), lambda message: head + b" " + literal(_bytes(message, wanted))
    cursor.at = partial.end()
    first, count = int(partial[1]), int(partial[2])
    head += b"<%d>" % first
    return (
        f"{head.decode('latin-1')}.{count}",
        lambda message: head + b" " + literal(_bytes(message, wanted)[first : first + count]),
    )


def _read(cursor: Cursor) -> tuple[Section, bytes]:
    path: tuple[int, ...] = ()
    label = b""
    match = _PATH.match(cursor.data, cursor.at)
    if match:
        cursor.at = match.end()
        path, label = tuple(map(int, match[0].split(b"."))), match[0]
        if not cursor.takes(b"."):
            return Section(path, b"", frozenset()), label
        label += b"."
    rest = cursor.data[cursor.at : cursor.at + 20].upper()
    word = next((word for word in _WORDS if rest.startswith(word)), b"")
    if (not word and (path or not cursor.sees(b"]"))) or (word == b"MIME" and not path):
        raise Bad("Invalid BODY[..] section")
    cursor.at += len(word)
    label += word
    if not word.startswith(b"HEADER.FIELDS"):
        return Section(path, word, frozenset()), label
    cursor.space()
    names = [name.upper() for name in cursor.astrings()]
    if not names:
        raise Bad("Invalid BODY[..] section")
    said = b" ".join(name if _SIMPLE.fullmatch(name) else string(name) for name in names)
    return Section(path, word, frozenset(name.lower() for name in names)), label + b" (" + said + b")"


def _bytes(message: Message, wanted: Section) -> bytes:
    content = message.content
    if not wanted.path:
        return _whole(content.raw, content.body, wanted)
    part = section(content.structure, wanted.path)
    if part is None:
        return b""
    if not wanted.word:
        return part.body_bytes
    if wanted.word == b"MIME":
        return part.header_bytes
    return _inner(part, wanted)


def _whole(raw: bytes, body: int, wanted: Section) -> bytes:
    match wanted.word:
        case b"":
            return raw
        case b"TEXT":
            return raw[body:]
        case b"HEADER":
            return raw[:body]
        case _:
            return _picked(raw, 0, body, wanted)


def _inner(part: Part, wanted: Section) -> bytes:
    """HEADER and TEXT below a number are those of a message inside."""
    if not part.is_message:
        return b""
    inner = part.children[0]
    match wanted.word:
        case b"TEXT":
            return inner.body_bytes
        case b"HEADER":
            return inner.header_bytes
        case _:
            return _picked(inner.raw, inner.start, inner.body, wanted)


def _picked(raw: bytes, start: int, end: int, wanted: Section) -> bytes:
    without = wanted.word == b"HEADER.FIELDS.NOT"
    kept = b"".join(field for name, field in fields(raw, start, end) if (name in wanted.names) != without)
    return kept + (b"\r\n" if not kept or kept.endswith(b"\n") else b"\r\n\r\n")
