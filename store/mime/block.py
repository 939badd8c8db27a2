"""The block of header fields of a message or part: where it ends, and the raw values of the fields asked for.

Only fields that are wanted are kept, within a limit on their bytes; so a block read whole and one fetched field by
field give the same. It decodes nothing.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from store.mime.limits import MAX_HEADER_BYTES

_FIELD: Final = re.compile(rb"[!-9;-~\x80-\xff]+[ \t]*:")
_UNFOLDED: Final = re.compile(rb"\n(?![ \t])").split
_USUAL_BYTES: Final = 64 * 1024


class Block(NamedTuple):
    """The wanted fields in their order, names in lower case, and where the body begins."""

    fields: list[tuple[bytes, bytes]]
    body: int
    cut: bool


def read_block(raw: bytes, *, wanted: frozenset[bytes], start: int = 0, end: int | None = None) -> Block:
    """Reads the block that begins at `start`."""
    last = len(raw) if end is None else end
    start = _after_mbox_line(raw, start, last)
    stop, body = _end_of_block(raw, start, last)
    if stop - start > MAX_HEADER_BYTES:
        fields, cut = _bounded(raw, start, stop, wanted)
        return Block(fields, body, cut)
    fields = []
    for field in _UNFOLDED(raw[start:stop]):
        name, colon, value = field.partition(b":")
        name = name.lower()
        if name not in wanted:
            name = name.rstrip(b" \t")
            if name not in wanted:
                continue
        if colon:
            fields.append((name, value))
    return Block(fields, body, False)


def _bounded(raw: bytes, start: int, stop: int, wanted: frozenset[bytes]) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The same of a block that may be cut, line by line."""
    fields: list[tuple[bytes, bytes]] = []
    room = MAX_HEADER_BYTES
    name = b""
    lines: list[bytes] = []
    for line in _one_by_one(raw, start, stop):
        if line.startswith((b" ", b"\t")):
            if not name:
                continue
            lines.append(line)
        else:
            if name:
                fields.append((name, b"\n".join(lines)))
            name, colon, value = line.partition(b":")
            name = name.lower().rstrip(b" \t")
            if not colon or name not in wanted:
                name = b""
                continue
            lines = [value]
        room -= len(line)
        if room < 0:
            return fields, True
    if name:
        fields.append((name, b"\n".join(lines)))
    return fields, False


def extent(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the block that `read_block` would read begins, and where the body below it does."""
    start = _after_mbox_line(raw, start, end)
    return start, _end_of_block(raw, start, end)[1]


def _after_mbox_line(raw: bytes, start: int, last: int) -> int:
    """Past the "From " line of an mbox, which some servers leave on top."""
    if raw.startswith((b"From ", b">From "), start, last):
        return raw.find(b"\n", start, last) + 1 or last
    return start


def _end_of_block(raw: bytes, start: int, last: int) -> tuple[int, int]:
    """Where the fields end and where the body begins. Without an empty line between them the body begins at the first
    line that is no field, so that no text is lost.
    """
    if raw.startswith((b"\n", b"\r\n"), start, last):
        return start, start + 1 + raw.startswith(b"\r", start)
    if start >= last:
        return last, last
    if not _FIELD.match(raw, start, last) and raw[start : start + 1] not in (b" ", b"\t"):
        return start, start
    for near in (min(last, start + _USUAL_BYTES), last):  # not a whole body of the other system's line ends first
        dos = raw.find(b"\n\r\n", start, near)
        unix = raw.find(b"\n\n", start, near if dos < 0 else dos)
        if unix >= 0:
            return unix + 1, unix + 2
        if dos >= 0:
            return dos + 1, dos + 3
    place = start
    while place < last:
        if not _FIELD.match(raw, place, last) and raw[place : place + 1] not in (b" ", b"\t"):
            return place, place
        place = raw.find(b"\n", place, last) + 1 or last
    return last, last


def _one_by_one(raw: bytes, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        end = raw.find(b"\n", start, stop)
        end = stop if end < 0 else end
        yield raw[start:end]
        start = end + 1
