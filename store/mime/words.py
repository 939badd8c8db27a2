"""Header values as text: unfolding, raw 8-bit bytes, encoded words (RFC 2047), and no control characters left.

A hostile value costs time in proportion to its length; what is not an encoded word stays as it is written.
"""

import binascii
import re
from typing import Final

from store.mime.charsets import decode, decode_raw

_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BLANKS: Final = frozenset("\t\n\r\x0b\x0c\x85\u2028\u2029")
_START: Final = re.compile(r"=\?([^\s?*]{1,60})(?:\*[^\s?]{0,20})?\?([bBqQ])\?")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")


def unfold(value: bytes) -> bytes:
    """One line; however it was folded, it comes out the same."""
    if b"\n" not in value:
        return value.strip(b" \t\r")
    lines = [line.strip(b" \t\r") for line in value.split(b"\n")]
    return b" ".join([line for line in lines if line])


def line_of(value: bytes) -> str:
    """The unfolded text of a field's bytes, encoded words as they stand."""
    if b"\n" not in value and value.isascii() and b"\x1b$" not in value:
        return value.strip(b" \t\r").decode("ascii")
    return decode_raw(unfold(value))


def one_line(text: str) -> str:
    """Without control characters: line breaks and tabs become blanks, others the sign for something broken."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub(lambda found: " " if found.group() in _BLANKS else "\ufffd", text)


def header_text(value: bytes, *, limit: int) -> str:
    """The text of an unstructured field, at most `limit` characters."""
    text = line_of(value)
    if "=?" in text:
        text = decode_words(text)
    return one_line(text).strip()[:limit]


def decode_words(text: str) -> str:
    """Text with its encoded words decoded; blanks between two of them vanish, and neighbours of one charset are
    joined before decoding, since senders split them inside a character.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[bytes] = []
    charset = ""
    place = 0
    for start, end, label, data in _words(text):
        between = text[place:start]
        follows = bool(pending) and not between.strip()
        if pending and not (follows and label == charset):
            out.append(decode(b"".join(pending), charset).text)
            pending = []
        if not follows:
            out.append(between)
        pending.append(data)
        charset = label
        place = end
    if pending:
        out.append(decode(b"".join(pending), charset).text)
    out.append(text[place:])
    return "".join(out)


def _words(text: str) -> list[tuple[int, int, str, bytes]]:
    """Start, end, charset and bytes of each encoded word."""
    found = []
    place = 0
    while (start := text.find("=?", place)) >= 0:
        opening = _START.match(text, start)
        if opening is None:
            place = start + 2
            continue
        end = text.find("?=", opening.end())
        if end < 0:
            break
        data = _bytes(text[opening.end() : end], base64=opening.group(2) in "bB")
        found.append((start, end + 2, opening.group(1).lower(), data))
        place = end + 2
    return found


def _bytes(text: str, *, base64: bool) -> bytes:
    if not base64:
        return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)
    digits = _NOT_BASE64.sub("", text)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))
