"""A set of UIDs as sorted, disjoint ranges: four thousand million announced UIDs cost one pair of numbers (Z30)."""

from collections.abc import Iterable, Iterator
from typing import Final

MAX_UID: Final = 4_294_967_295


class UidSet:
    """Immutable. Iterates over UIDs ascending; `ranges` and set operators cost by the number of ranges, not UIDs."""

    __slots__ = ("ranges",)
    ranges: tuple[tuple[int, int], ...]

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        merged: list[tuple[int, int]] = []
        for first, last in sorted(ranges):
            if not 1 <= first <= last <= MAX_UID:
                raise ValueError("a UID range runs from 1 to 4294967295")
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        object.__setattr__(self, "ranges", tuple(merged))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a UidSet does not change")

    @classmethod
    def of(cls, uids: Iterable[int]) -> "UidSet":
        """From single UIDs, in any order."""
        return cls((uid, uid) for uid in uids)

    @classmethod
    def parse(cls, text: str) -> "UidSet":
        """From IMAP's form without '*' (RFC 9051, sequence-set): '1:3,7'. Raises ValueError."""
        parts = (part.partition(":") for part in text.split(",") if part)
        return cls((min(a, b), max(a, b)) for a, b in ((int(p[0]), int(p[2] or p[0])) for p in parts))

    def __str__(self) -> str:
        return ",".join(f"{a}:{b}" if a != b else str(a) for a, b in self.ranges)

    def __repr__(self) -> str:
        return f"UidSet({str(self)!r})"

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __iter__(self) -> Iterator[int]:
        for first, last in self.ranges:
            yield from range(first, last + 1)

    def __reversed__(self) -> Iterator[int]:
        for first, last in reversed(self.ranges):
            yield from range(last, first - 1, -1)

    def __contains__(self, uid: object) -> bool:
        if not isinstance(uid, int):
            return False
        low, high = 0, len(self.ranges)
        while low < high:
            middle = (low + high) // 2
            if self.ranges[middle][1] < uid:
                low = middle + 1
            else:
                high = middle
        return low < len(self.ranges) and self.ranges[low][0] <= uid

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UidSet) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(self.ranges)

    def __or__(self, other: "UidSet") -> "UidSet":
        return UidSet((*self.ranges, *other.ranges))

    def __and__(self, other: "UidSet") -> "UidSet":
        found: list[tuple[int, int]] = []
        i = j = 0
        while i < len(self.ranges) and j < len(other.ranges):
            (a, b), (c, d) = self.ranges[i], other.ranges[j]
            if max(a, c) <= min(b, d):
                found.append((max(a, c), min(b, d)))
            if b < d:
                i += 1
            else:
                j += 1
        return UidSet(found)

    def __sub__(self, other: "UidSet") -> "UidSet":
        left: list[tuple[int, int]] = []
        j = 0
        for first, last in self.ranges:
            start = first
            while j < len(other.ranges) and other.ranges[j][1] < start:
                j += 1
            k = j
            while k < len(other.ranges) and other.ranges[k][0] <= last:
                if start < other.ranges[k][0]:
                    left.append((start, other.ranges[k][0] - 1))
                start = max(start, other.ranges[k][1] + 1)
                k += 1
            if start <= last:
                left.append((start, last))
        return UidSet(left)

    def newest(self, count: int) -> "UidSet":
        """The `count` highest UIDs."""
        taken: list[tuple[int, int]] = []
        for first, last in reversed(self.ranges):
            if count <= 0:
                break
            start = max(first, last - count + 1)
            taken.append((start, last))
            count -= last - start + 1
        return UidSet(taken)
