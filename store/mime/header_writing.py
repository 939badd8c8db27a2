"""Header fields as bytes: encoded words, address lists and parameters, folded before column 76 where they can be.

Everything goes through the types that refuse control characters (Z8), so that no value can begin a field of its own.
The counterpart of `words`, `addresses` and `params`; what these read is what was written.
"""

import binascii
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from store.model.address import Address, HeaderText, MessageId, NotAllowed, Person

WIDTH: Final = 76  # of a line that holds an encoded word (RFC 2047, 2)
_MAX_LINE: Final = 998  # RFC 5322, 2.1.1
_WORD_BYTES: Final = 36  # of UTF-8 in one encoded word: 60 characters with its frame, so that it fits after a name
_PARAMETER_ROOM: Final = 55
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}")


def field(name: str, tokens: Iterable[str]) -> bytes:
    """A field of tokens that stand with one blank between them, folded at those blanks."""
    lines = [f"{name}:"]
    for token in tokens:
        if len(lines[-1]) + 1 + len(token) > WIDTH and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {token}"
    if any(len(line.encode()) > _MAX_LINE for line in lines):
        raise NotAllowed("a header line is too long")
    return "\r\n".join(lines).encode() + b"\r\n"


def text_tokens(text: str) -> list[str]:
    """Unstructured text (RFC 2047, 5(1)): as it is where that comes back the same, else in encoded words."""
    line = HeaderText(text)
    words = line.split(" ")
    if line.isascii() and "=?" not in line and all(0 < len(word) < WIDTH - 20 for word in words):
        return words
    return encoded_words(line) if line else []


def encoded_words(text: str) -> list[str]:
    """Base64 words of whole characters; a reader joins them without the blanks between."""
    pieces: list[bytes] = [b""]
    for char in text:
        data = char.encode("utf-8", "replace")
        if len(pieces[-1]) + len(data) > _WORD_BYTES:
            pieces.append(b"")
        pieces[-1] += data
    return [f"=?utf-8?b?{binascii.b2a_base64(piece, newline=False).decode()}?=" for piece in pieces]


def address_tokens(people: Iterable[Person]) -> list[str]:
    """A list of mailboxes, each with its comma."""
    each = [[*_phrase(who.name), _angle(who)] for who in people]
    return [token for tokens in each[:-1] for token in (*tokens[:-1], f"{tokens[-1]},")] + (each[-1] if each else [])


def addr_spec(address: str) -> str:
    """An address as it is sent: its local part as written, its domain in ASCII."""
    domain = Address(address).domain
    return f"{address.strip().rpartition('@')[0]}@{domain}"


def _angle(who: Person) -> str:
    return f"<{addr_spec(who.address)}>" if who.name.strip() else addr_spec(who.address)


def _phrase(name: str) -> list[str]:
    line = HeaderText(name.strip())
    if not line.isascii() or "=?" in line or len(line) > WIDTH - 18:
        return encoded_words(line) if line else []
    words = line.split(" ")
    if not line or all(_ATOM.fullmatch(word) for word in words):
        return words if line else []
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def id_tokens(ids: Iterable[str]) -> list[str]:
    """Others' message ids; one that cannot stand in a header is left out rather than keep a mail from being sent."""
    return [f"<{found}>" for text in ids if (found := _id(text))]


def _id(text: str) -> str:
    try:
        found = MessageId(text)
    except NotAllowed:
        return ""
    return found if found.isascii() and not set(found) & set("<>") and len(found) < _MAX_LINE - 20 else ""


def media_type(text: str) -> str:
    """As declared if it is one and may be sent in base64, else only bytes."""
    kind, _, subtype = text.strip().lower().partition("/")
    sound = _TOKEN.fullmatch(kind) and _TOKEN.fullmatch(subtype) and kind not in ("multipart", "message")
    return f"{kind}/{subtype}" if sound else "application/octet-stream"


def parameter_tokens(name: str, value: str) -> list[str]:
    """A parameter (RFC 2045), in the pieces of RFC 2231 if it is not plain ASCII or long."""
    line = HeaderText(value)
    if line.isascii() and len(line) <= _PARAMETER_ROOM and not set(line) & set('\\"'):
        return [f'{name}="{line}"']
    pieces = [""]
    for char in line:
        shown = quote(char.encode("utf-8", "replace"), safe="")
        if len(pieces[-1]) + len(shown) > _PARAMETER_ROOM:
            pieces.append("")
        pieces[-1] += shown
    if len(pieces) == 1:
        return [f"{name}*=utf-8''{pieces[0]}"]
    given = [
        f"{name}*{number}*={'' if number else chr(39).join(['utf-8', '', ''])}{piece}"
        for number, piece in enumerate(pieces)
    ]
    return [f"{token};" for token in given[:-1]] + given[-1:]
