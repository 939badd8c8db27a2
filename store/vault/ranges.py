"""UIDs in memory as disjoint ranges that change: a set, and a map from ranges to what the ledger says of them (Z30).

Every operation costs by the ranges that it touches, never by the UIDs in them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Generic, TypeVar

from store.model.uidset import UidSet

T = TypeVar("T")


class RangeMap(Generic[T]):
    """Disjoint ranges, each with a value; neighbours of equal value are one. Notes which rows of its table changed."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._values: list[T] = []
        self.dropped: set[int] = set()  # firsts of rows to delete
        self.written: set[int] = set()  # firsts of rows to write

    @classmethod
    def of(cls, rows: list[tuple[int, int, T]]) -> "RangeMap[T]":
        """From what is kept, sorted by first."""
        made = cls()
        for first, last, value in rows:
            made._firsts.append(first)
            made._lasts.append(last)
            made._values.append(value)
        return made

    def __iter__(self) -> Iterator[tuple[int, int, T]]:
        return iter(list(zip(self._firsts, self._lasts, self._values, strict=True)))

    def at(self, uid: int) -> T | None:
        """What is said of one UID."""
        place = bisect_right(self._firsts, uid) - 1
        return self._values[place] if place >= 0 and self._lasts[place] >= uid else None

    def within(self, first: int, last: int) -> list[tuple[int, int, T]]:
        """The parts of ranges between two UIDs."""
        low, high = bisect_left(self._lasts, first), bisect_right(self._firsts, last)
        return [(max(first, self._firsts[i]), min(last, self._lasts[i]), self._values[i]) for i in range(low, high)]

    def put(self, first: int, last: int, value: T | None) -> None:
        """Say this of all UIDs between; None takes them out."""
        low, high = bisect_left(self._lasts, first), bisect_right(self._firsts, last)
        new: list[tuple[int, int, T]] = []
        if low < high and self._firsts[low] < first:
            new.append((self._firsts[low], first - 1, self._values[low]))
        if value is not None:
            new.append((first, last, value))
        if low < high and self._lasts[high - 1] > last:
            new.append((last + 1, self._lasts[high - 1], self._values[high - 1]))
        self._splice(*self._widened(low, high, new))

    def _widened(self, low: int, high: int, new: list[tuple[int, int, T]]) -> tuple[int, int, list[tuple[int, int, T]]]:
        """Take in the neighbours, so that equal ones become one."""
        if new and low > 0 and self._lasts[low - 1] == new[0][0] - 1 and self._values[low - 1] == new[0][2]:
            low -= 1
            new.insert(0, (self._firsts[low], self._lasts[low], self._values[low]))
        follows = new and high < len(self._firsts) and self._firsts[high] == new[-1][1] + 1
        if follows and self._values[high] == new[-1][2]:
            new.append((self._firsts[high], self._lasts[high], self._values[high]))
            high += 1
        merged: list[tuple[int, int, T]] = []
        for first, last, value in new:
            if merged and merged[-1][1] == first - 1 and merged[-1][2] == value:
                merged[-1] = (merged[-1][0], last, value)
            else:
                merged.append((first, last, value))
        return low, high, merged

    def _splice(self, low: int, high: int, new: list[tuple[int, int, T]]) -> None:
        old = list(zip(self._firsts[low:high], self._lasts[low:high], self._values[low:high], strict=True))
        if old == new:
            return
        self._firsts[low:high] = [row[0] for row in new]
        self._lasts[low:high] = [row[1] for row in new]
        self._values[low:high] = [row[2] for row in new]
        gone = {row[0] for row in old}
        made = {row[0] for row in new}
        self.dropped |= gone - made
        self.dropped -= made
        self.written -= gone
        self.written |= made

    def changes(self) -> tuple[list[int], list[tuple[int, int, T]]]:
        """Rows to delete by their first, and rows to write; forgets them."""
        rows = [
            (first, self._lasts[i], self._values[i])
            for first in sorted(self.written)
            for i in (bisect_left(self._firsts, first),)
        ]
        dropped = sorted(self.dropped)
        self.dropped, self.written = set(), set()
        return dropped, rows


class Ranges:
    """A set of UIDs that changes."""

    def __init__(self) -> None:
        self._map: RangeMap[bool] = RangeMap()

    def __contains__(self, uid: int) -> bool:
        return self._map.at(uid) is not None

    def __str__(self) -> str:
        return str(self.uids())

    def add(self, first: int, last: int | None = None) -> None:
        self._map.put(first, first if last is None else last, True)

    def discard(self, first: int, last: int | None = None) -> None:
        self._map.put(first, first if last is None else last, None)

    def within(self, first: int, last: int) -> list[tuple[int, int]]:
        """The parts of ranges between two UIDs."""
        return [(a, b) for a, b, _ in self._map.within(first, last)]

    def uids(self) -> UidSet:
        return UidSet((first, last) for first, last, _ in self._map)
