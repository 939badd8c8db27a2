"""Structured MIME fields: a value with parameters (RFC 2045), continued and encoded ones (RFC 2231), and encoded words
where senders put them against the rules. Parameters come first wins, names in lower case.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from store.mime.charsets import decode
from store.mime.words import decode_words, line_of, one_line

_MAX_PARAMETERS: Final = 200
_SHORT: Final = 200  # bytes of a value that is remembered: most parts say the same of themselves
_MULTIPART: Final = re.compile(rb'[ \t\r\n]*(multipart/[a-z]+);[ \t\r\n]*boundary="([ !#->@-\[\]-~]+)"[ \t\r\n]*')
_COMMENT: Final = re.compile(r"\([^()]*\)")
_VALUE_END: Final = re.compile(r'["\\]')
_MISSING: Final = re.compile(r"\s[\w*-]+\s*=")  # a parameter without its semicolon
_SOLID: Final = re.compile(r"\S")
_NAMES: Final = ("name", "filename")  # unquoted ones hold blanks and brackets
_CONTINUED: Final = re.compile(r"([^*]+)\*(\d{1,4})(\*)?")


class Field(NamedTuple):
    """A media type or disposition in lower case, and its parameters."""

    value: str
    parameters: dict[str, str]


_EMPTY: Final = Field("", {})


def read_field(value: bytes) -> Field:
    """Reads an unparsed Content-Type or Content-Disposition. What it gives may be shared, and is not to be changed."""
    if usual := _MULTIPART.fullmatch(value):
        kind, boundary = usual.groups()
        return Field(kind.decode(), {"boundary": boundary.decode()})
    return _known(value) if len(value) <= _SHORT else _read(value)


def _read(value: bytes) -> Field:
    text = line_of(value)
    if ";" not in text and "(" not in text and "=" not in text:
        return Field(one_line("".join(text.split())).lower(), {}) if text else _EMPTY
    head, _, rest = text.partition(";")
    if "=" in head and (missing := _MISSING.search(head)):
        head, rest = head[: missing.start()], f"{head[missing.start() :]};{rest}"
    if "(" in head:
        head = _COMMENT.sub("", head)
    words = head.split()
    kind = "".join(words) if "/" in head else (words[0] if words else "")
    return Field(one_line(kind).lower(), _joined(_parameters(rest)) if rest else {})


_known: Final = lru_cache(maxsize=512)(_read)


def _parameters(text: str) -> list[tuple[str, str]]:
    """Names and raw values in their order."""
    found: list[tuple[str, str]] = []
    place = 0
    quotes = True  # a quote that never closes makes the later ones plain characters
    while place < len(text) and len(found) < _MAX_PARAMETERS:
        equals = text.find("=", place)
        if equals < 0:
            break
        name = text[place:equals].rpartition(";")[2].strip().lower()
        if "(" in name:
            name = _COMMENT.sub("", name).strip()
        solid = _SOLID.search(text, equals + 1)
        begin = solid.start() if solid else len(text)
        end = _closing_quote(text, begin + 1) if quotes and text.startswith('"', begin) else -1
        if end >= 0:
            value = _unquoted(text[begin + 1 : end])
            semicolon = text.find(";", end)
        else:
            quotes = quotes and not text.startswith('"', begin)
            semicolon = text.find(";", begin)
            raw = text[begin : semicolon if semicolon >= 0 else len(text)]
            value = (_COMMENT.sub("", raw) if "(" in raw and name not in _NAMES else raw).strip().removeprefix('"')
        if name:
            found.append((name, value))
        if semicolon < 0:
            break
        place = semicolon + 1
    return found


def _closing_quote(text: str, place: int) -> int:
    while found := _VALUE_END.search(text, place):
        if found.group() == '"':
            return found.start()
        place = found.end() + 1
    return -1


def _unquoted(text: str) -> str:
    """Only quotes and backslashes lose their backslash: names with a path in them are common."""
    return text.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\") if "\\" in text else text


def _joined(found: list[tuple[str, str]]) -> dict[str, str]:
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in found:
        if "*" not in name:
            plain.setdefault(name, decode_words(value) if "=?" in value else value)
        elif continued := _CONTINUED.fullmatch(name):
            piece = pieces.setdefault(continued.group(1), {})
            piece.setdefault(int(continued.group(2)), (value, bool(continued.group(3))))
        else:
            pieces.setdefault(name.partition("*")[0], {}).setdefault(-1, (value, True))
    for name, numbered in pieces.items():
        plain[name] = _extended([numbered[-1]] if -1 in numbered else [numbered[n] for n in sorted(numbered)])
    return {name: one_line(value) for name, value in plain.items()}


def _extended(pieces: list[tuple[str, bool]]) -> str:
    """Values joined as bytes before decoding, since a character may be split between two."""
    first, encoded = pieces[0]
    charset = ""
    if encoded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    data = [unquote_to_bytes(first) if encoded else first.encode("utf-8", "replace")]
    data += [unquote_to_bytes(text) if percent else text.encode("utf-8", "replace") for text, percent in pieces[1:]]
    return decode(b"".join(data), charset).text
