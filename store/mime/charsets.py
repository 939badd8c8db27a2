"""Bytes to text by charsets as mail really labels them: wrong, unknown, or not at all.

Decoding never raises, gives no lone surrogates, and uses no codec that costs more than its input's length.
"""

import codecs
import re
from functools import lru_cache
from typing import Final, NamedTuple

_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# What browsers and mail programs mean by these labels (WHATWG Encoding), as Python calls it.
_MEANT: Final = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "l1": "cp1252", "iso-8859-9": "cp1254", "latin5": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "windows-874": "cp874", "ansi": "cp1252", "x-ansi": "cp1252", "x-cp1252": "cp1252", "cp-1252": "cp1252",
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "gbk": "gb18030", "cp936": "gb18030",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "euc-kr": "cp949", "ms949": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "big5": "big5hkscs",
    "x-mac-roman": "mac-roman", "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
    "unicode-1-1-utf-7": "utf-7", "utf7": "utf-7", "unicode-1-1-utf-8": "utf-8", "utf8": "utf-8", "unicode": "utf-16",
}  # fmt: skip
# Codecs of Python that are no charsets, and labels that say nothing.
_NONE: Final = frozenset([
    "idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape", "undefined",
    "mbcs", "oem", "palmos", "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "7bit", "8bit", "binary", "default",
    "unknown", "unknown-8bit", "x-unknown", "none", "utf-8-mac",
])  # fmt: skip


class Decoded(NamedTuple):
    """Text, and whether every byte of it had a meaning."""

    text: str
    sound: bool


def decode(data: bytes, label: str = "") -> Decoded:
    """Text of `data`; a label that cannot be true loses against what the bytes show."""
    codec = _codec(label[:60])
    if data.isascii() and not _escapes(codec, data):
        return Decoded(data.decode("ascii"), True)
    if codec is None:
        return _guess(data)
    try:
        text = data.decode(codec)
    except UnicodeError:
        return _mended(data, codec)
    return Decoded(_SURROGATES.sub("\ufffd", text) if codec == "utf-7" else text, True)


def decode_raw(data: bytes) -> str:
    """Text of header bytes, which have no label: UTF-8, else ISO-2022-JP by its escapes, else Windows' Latin-1."""
    if data.isascii() and b"\x1b$" not in data:
        return data.decode("ascii")
    return decode(data, "iso-2022-jp" if b"\x1b$" in data else "").text


@lru_cache(maxsize=256)
def _codec(label: str) -> str | None:
    """The Python codec that a label means; None where the bytes must tell."""
    name = label.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    if not _LABEL.fullmatch(name) or name in _NONE:
        return None
    try:
        found = codecs.lookup(name)
        b"".decode(name)  # refuses what is not a text encoding
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if found.name in _NONE else found.name


def _escapes(codec: str | None, data: bytes) -> bool:
    """Whether this codec gives ASCII bytes another meaning."""
    if codec is None:
        return False
    if codec.startswith(("utf-16", "utf-32")):
        return b"\0" in data  # without one the label lies: "unicode" is often said of plain ASCII
    return codec in ("utf-7", "hz") or b"\x1b" in data


def _guess(data: bytes) -> Decoded:
    try:
        return Decoded(data.decode("utf-8"), True)
    except UnicodeDecodeError:
        return _mended(data, "utf-8")


def _mended(data: bytes, codec: str) -> Decoded:
    """Text with marks in place of what has no meaning; Latin-1 where that label was plainly wrong."""
    text = data.decode(codec, "replace")
    broken = text.count("\ufffd")
    if codec == "utf-8" and broken * 2 >= len(text) - len(text.encode("ascii", "ignore")):
        latin = data.decode("cp1252", "replace")
        return Decoded(latin, "\ufffd" not in latin)
    if codec != "utf-8":
        try:
            return Decoded(data.decode("utf-8"), False)
        except UnicodeDecodeError:
            pass
    return Decoded(_SURROGATES.sub("\ufffd", text), False)
