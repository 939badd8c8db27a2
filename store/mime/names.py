"""File names that a mail gives, made into names that a folder may hold (Z13). The one function for it.

Invariants: no separator, control, bidi or invisible character, no leading dot or dash, no name that a system keeps for
itself, at most MAX_BYTES of UTF-8, never empty; the same again when applied again. It touches no disk: opening a file
so that nothing is followed or overwritten is its writer's business.
"""

import re
import unicodedata
from typing import Final

MAX_BYTES: Final = 200
MAX_EXTENSION: Final = 20  # bytes that are kept of a name that is cut
FALLBACK: Final = "attachment"

_SEPARATORS: Final = re.compile(r'[/\\:*?"<>|\u2044\u2215\u29f5\u29f8\uff0f\uff3c\uff1a\ufe55]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_GONE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def file_name(given: str) -> str:
    """A name for a file in a folder, as near to the given one as is safe."""
    text = _SEPARATORS.sub("_", given)
    text = "".join(" " if char.isspace() else char for char in text if char in "\t\n\r" or not _is_gone(char))
    text = _stripped(" ".join(unicodedata.normalize("NFC", text).split()))
    text = _stripped(_cut(text))
    if _RESERVED.fullmatch(text):
        text = _stripped(_cut(f"_{text}"))
    return text or FALLBACK


def _is_gone(char: str) -> bool:
    return unicodedata.category(char) in _GONE or char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f"


def _stripped(text: str) -> str:
    """Windows drops dots and blanks at an end; a dash at the beginning is an option to many a program."""
    return text.lstrip(".- ~").rstrip(". ")


def _cut(text: str) -> str:
    """At most MAX_BYTES; what tells the kind of file is kept."""
    if len(text.encode()) <= MAX_BYTES:
        return text
    stem, dot, extension = text.rpartition(".")
    tail = dot + extension
    if not stem or len(tail.encode()) > MAX_EXTENSION:
        stem, tail = text, ""
    room = MAX_BYTES - len(tail.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + tail
