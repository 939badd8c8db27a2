"""A message as a person would read it, for SEARCH: headers and bodies decoded and folded. Never raises on what mail
brings.
"""

import base64
import binascii
import quopri
import unicodedata
from collections.abc import Iterator
from datetime import date
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import parsedate_to_datetime

from providers.rehearsal.imap.folder import Content, Message
from providers.rehearsal.imap.structure import Part, fields, value


def folded(text: str) -> str:
    return unicodedata.normalize("NFD", text.casefold())


def texts(message: Message) -> Iterator[str]:
    """All header fields and bodies."""
    raw = message.content.raw
    for _, field in fields(raw, 0, message.content.body):
        yield _decoded_words(field.decode("utf-8", "replace"))
    yield from bodies(message)


def bodies(message: Message) -> Iterator[str]:
    """The texts of all parts, with the headers of messages inside."""
    waiting = [message.content.structure]
    while waiting:
        part = waiting.pop()
        waiting += part.children[::-1]
        if part.is_message:
            yield _decoded_words(part.children[0].header_bytes.decode("utf-8", "replace"))
        elif part.kind == b"text":
            yield body_text(part)


def field_text(message: Message, name: bytes) -> Iterator[str]:
    for found, field in fields(message.content.raw, 0, message.content.body):
        if found == name:
            yield _decoded_words(value(field).decode("utf-8", "replace"))


def body_text(part: Part) -> str:
    body = part.body_bytes
    encoding = part.headers.get(b"content-transfer-encoding", b"").strip().lower()
    if encoding == b"quoted-printable":
        body = quopri.decodestring(body)
    elif encoding == b"base64":
        try:
            body = base64.b64decode(body)
        except (binascii.Error, ValueError):
            body = part.body_bytes
    charset = (part.parameter(b"charset") or b"utf-8").decode("ascii", "replace")
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError):
        return body.decode("latin-1")


def sent_on(content: Content) -> date | None:
    stated = next((value(f) for name, f in fields(content.raw, 0, content.body) if name == b"date"), None)
    if stated is None:
        return None
    try:
        return parsedate_to_datetime(stated.decode("ascii", "replace")).date()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _decoded_words(text: str) -> str:
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text)
        return "".join(p if isinstance(p, str) else p.decode(c or "latin-1", "replace") for p, c in pieces)
    except (HeaderParseError, LookupError, ValueError):
        return text
