"""Sets of sequence numbers and UIDs. They stay ranges from end to end: 1:4294967295 costs as much as 1:2."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from providers.rehearsal.imap.errors import Bad

STAR = 0  # "*", the highest number there is; 0 is no number of a message
HIGHEST = 0xFFFFFFFF
Ranges = tuple[tuple[int, int], ...]

_SET = re.compile(
    rb"(?:\*|[1-9][0-9]{0,9})(?::(?:\*|[1-9][0-9]{0,9}))?(?:,(?:\*|[1-9][0-9]{0,9})(?::(?:\*|[1-9][0-9]{0,9}))?)*"
)


def parse(text: bytes) -> Ranges:
    if not _SET.fullmatch(text):
        raise Bad("Invalid messageset")
    ranges = []
    for piece in text.split(b","):
        first, _, last = piece.partition(b":")
        ranges.append((_number(first), _number(last or first)))
    return tuple(ranges)


def _number(text: bytes) -> int:
    number = STAR if text == b"*" else int(text)
    if number > HIGHEST:
        raise Bad("Invalid messageset")
    return number


def settled(ranges: Ranges, *, highest: int) -> list[tuple[int, int]]:
    """The ranges in order, merged, with * standing for `highest`."""
    ordered = []
    for first, last in ranges:
        a, b = first or highest, last or highest
        ordered.append((min(a, b), max(a, b)))
    ordered.sort()
    merged: list[tuple[int, int]] = []
    for a, b in ordered:
        if merged and a <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged


def places(ranges: Ranges, ascending: Sequence[int]) -> Iterable[int]:
    """Where in `ascending` the members of the set stand, in order, each once."""
    if not ascending:
        return
    for a, b in settled(ranges, highest=ascending[-1]):
        yield from range(bisect_left(ascending, a), bisect_right(ascending, b))


def compact(numbers: Iterable[int]) -> bytes:
    """Numbers in the order given, neighbours as ranges: "4:6,9"."""
    out: list[tuple[int, int]] = []
    for number in numbers:
        if out and number == out[-1][1] + 1:
            out[-1] = (out[-1][0], number)
        else:
            out.append((number, number))
    return b",".join(b"%d" % a if a == b else b"%d:%d" % (a, b) for a, b in out)
