"""File names beside each other in one folder: which count as the same, and what a second one of a name is called.

Invariants: two names that any file system would take for one have the same `folded`; `free_name` gives a name that is
not taken, keeps what tells the kind of file, and is at most MAX_BYTES long. It makes no name safe: store/mime/names.py
does that, before.
"""

import unicodedata
from collections.abc import Container
from itertools import count
from typing import Final

MAX_BYTES: Final = 200
MAX_EXTENSION: Final = 20  # bytes of an ending that is kept


def folded(name: str) -> str:
    """As a file system compares that ignores case and how letters are composed, and drops dots at the end."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    return unicodedata.normalize("NFC", text.casefold()).rstrip(". ")


def free_name(name: str, taken: Container[str]) -> str:
    """The name, else `Name (2).pdf`, `Name (3).pdf`, …; `taken` holds folded names."""
    if folded(name) not in taken:
        return name
    stem, tail = _cut(name)
    for number in count(2):
        mark = f" ({number}){tail}"
        made = _shortened(stem, MAX_BYTES - len(mark.encode())) + mark
        if folded(made) not in taken:
            return made
    raise AssertionError  # numbers do not end


def _cut(name: str) -> tuple[str, str]:
    """What comes before the ending, and the ending with its dot."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > MAX_EXTENSION:
        return name, ""
    return stem, dot + ending


def _shortened(text: str, room: int) -> str:
    return text.encode()[:room].decode("utf-8", "ignore").rstrip(". ")
