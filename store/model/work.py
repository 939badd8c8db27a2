"""What the office and a parsing worker say to each other: frames of four bytes of length (big-endian) and msgpack.

Bytes go in, records come out; no path, secret or object ever crosses (Z9).
"""

from typing import Final

from store.model.copy import Copy, Unreadable
from store.model.record import Record

MAX_FRAME: Final = 64 * 1024 * 1024  # in either direction, judged before anything is allocated
LENGTH_BYTES: Final = 4


class Item(Record, frozen=True, kw_only=True):
    """One copy as fetched: all of it, or only its header fields."""

    uid: int
    raw: bytes
    whole: bool
    size: int = 0  # raw bytes of the whole copy, 0 if unknown
    file: str = ""  # no mail but a file, to be read as this (store/model/file_types.py)


class FileText(Record, frozen=True, kw_only=True):
    """The words of a file; without them `code` says why."""

    uid: int
    text: str = ""
    code: str = ""


class Batch(Record, frozen=True, kw_only=True):
    """Work for a worker; `id` comes back with the answer."""

    id: int
    items: tuple[Item, ...]


class Parsed(Record, frozen=True, kw_only=True):
    """The one answer to a batch: each of its UIDs stands once, in `copies`, `unreadable` or `texts`."""

    id: int
    copies: tuple[Copy, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    texts: tuple[FileText, ...] = ()
