"""A list of any length seen through windows: which rows are here, which are wanted. No screen and no desk in it.

Invariant: at most KEPT windows of SIZE rows are held, the ones seen last.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from store.model.ids import ThreadId
from store.model.views import ThreadPage, ThreadRow

SIZE: Final = 200
KEPT: Final = 8


def window_of(index: int) -> int:
    """The window that an index falls into."""
    return index // SIZE


def windows_of(first: int, count: int) -> range:
    """The windows that a stretch of the list falls into."""
    return range(window_of(max(first, 0)), window_of(max(first + count - 1, first, 0)) + 1)


class Windows:
    """The windows of one list as it was answered."""

    def __init__(self) -> None:
        self.total = 0
        self.known = False  # something has been answered: a total of 0 means an empty list
        self._kept: OrderedDict[int, tuple[ThreadRow, ...]] = OrderedDict()

    def put(self, page: ThreadPage) -> None:
        """Take a window; the total is that of the latest answer."""
        number = window_of(page.offset)
        self._kept[number] = page.rows
        self._kept.move_to_end(number)
        self.total, self.known = page.total, True
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def row(self, index: int) -> ThreadRow | None:
        """A row, if it is here."""
        rows = self._kept.get(window_of(index), ())
        at = index % SIZE
        return rows[at] if at < len(rows) else None

    def seen(self, first: int, count: int) -> None:
        """These are looked at now, so that they are kept longest."""
        for number in windows_of(first, count):
            if number in self._kept:
                self._kept.move_to_end(number)

    def missing(self, first: int, count: int) -> list[int]:
        """The windows of a stretch that are not here."""
        if self.known:
            count = min(count, self.total - first)
        if count <= 0 and self.known:
            return []
        return [number for number in windows_of(first, count) if number not in self._kept]

    def find(self, thread: ThreadId, *, near: int) -> int | None:
        """Where a thread stands now, if its window is here; the one nearest to `near` is searched first."""
        for number in self._nearest(window_of(near)):
            for at, row in enumerate(self._kept[number]):
                if row.thread == thread:
                    return number * SIZE + at
        return None

    def _nearest(self, number: int) -> Iterable[int]:
        return sorted(self._kept, key=lambda each: abs(each - number))
