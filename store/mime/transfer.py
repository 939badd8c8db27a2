"""Content-Transfer-Encoding undone, as far as the bytes allow; nothing raises, and what was mended is said.

The one module that uses fast-mail-parser, for large base64 alone: it is five times quicker at it than binascii, and
its strictness decides which of the two reads. It gives nothing that the tolerant way would not give (a test compares).
"""

import binascii
import re
from functools import lru_cache
from typing import Final, NamedTuple

from fast_mail_parser import ParseError, parse_email

_QUICK_FROM: Final = 2000  # bytes; below, a call of the other library costs more than it saves
_QUICK_UP_TO: Final = 32 * 1024 * 1024
_ENVELOPE: Final = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_NO_DIGITS: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_SHORT: Final = 40  # bytes of a field that is remembered
_TOKEN: Final = re.compile(rb"[a-z0-9-]+")


class Undone(NamedTuple):
    """The bytes of a part, and whether the encoding was sound."""

    data: bytes
    sound: bool


def token(value: bytes) -> bytes:
    """The encoding that a field names, in lower case."""
    return _known_token(value) if len(value) <= _SHORT else _token(value)


def _token(value: bytes) -> bytes:
    found = _TOKEN.search(value.lower())
    return found.group() if found else b""


_known_token: Final = lru_cache(maxsize=64)(_token)


def undo(data: bytes, encoding: bytes) -> Undone:
    """The decoded bytes; an encoding that nobody knows leaves them as they are."""
    match encoding:
        case b"base64":
            return _base64(data)
        case b"quoted-printable":
            return Undone(binascii.a2b_qp(data), True)
        case b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue":
            return _uuencoded(data)
        case _:
            return Undone(data, True)


def _base64(data: bytes) -> Undone:
    if _QUICK_FROM <= len(data) <= _QUICK_UP_TO:
        end = data.find(b"=")
        if end < 0 or not data[end:].strip(b"=\r\n \t"):
            quick = _quick(data)
            if quick is not None:
                return Undone(quick, True)
    return _tolerant_base64(data)


def _quick(data: bytes) -> bytes | None:
    try:
        parts = parse_email(_ENVELOPE + data).attachments
    except ParseError:
        return None
    return parts[0].content if len(parts) == 1 else None


def _tolerant_base64(data: bytes) -> Undone:
    """Foreign characters are passed over, the first padding ends it, a torn end is mended."""
    digits, padding, rest = data.partition(b"=")
    kept = digits.translate(None, _NO_DIGITS)
    strange = digits.translate(None, b"\r\n \t")
    sound = len(kept) == len(strange) and not rest.strip(b"=\r\n \t")
    torn = len(kept) % 4
    if torn == 1:
        kept = kept[:-1]
    elif torn:
        sound = sound and bool(padding)
        kept += b"=" * (4 - torn)
    return Undone(binascii.a2b_base64(kept), sound and torn != 1)


def _uuencoded(data: bytes) -> Undone:
    out: list[bytes] = []
    inside = sound = False
    for line in data.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() in (b"end", b"`"):
            sound = True
            if line.strip() == b"end":
                break
        else:
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0  # some pad with more than was meant
                out.append(_short_uu(line[:length]))
    return Undone(b"".join(out), sound) if inside else Undone(data, False)


def _short_uu(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""
