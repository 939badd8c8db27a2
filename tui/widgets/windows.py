"""A list of any length seen through windows: which rows are here, which are wanted. No screen and no desk in it.

Invariant: at most KEPT windows of SIZE rows are held, the ones seen last.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

from store.model.ids import ThreadId
from store.model.record import Record
from store.model.views import ThreadPage, ThreadRow

SIZE: Final = 200
KEPT: Final = 8


def window_of(index: int) -> int:
    """The window that an index falls into."""
    return index // SIZE


def windows_of(first: int, count: int) -> range:
    """The windows that a stretch of the list falls into."""
    return range(window_of(max(first, 0)), window_of(max(first + count - 1, first, 0)) + 1)


class Pin(Record, frozen=True):
    """A thread that is held where a person saw it (`shown`) while its own place in the list is another (`at`)."""

    row: ThreadRow
    at: int
    shown: int


class Windows:
    """The windows of one list as it was answered, one thread of it perhaps held in its old place."""

    def __init__(self) -> None:
        self.total = 0
        self.known = False  # something has been answered: a total of 0 means an empty list
        self.pin: Pin | None = None
        self._kept: OrderedDict[int, tuple[ThreadRow, ...]] = OrderedDict()

    def put(self, page: ThreadPage) -> None:
        """Take a window; the total is that of the latest answer."""
        number = window_of(page.offset)
        self._kept[number] = page.rows
        self._kept.move_to_end(number)
        self.total, self.known = page.total, True
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def hold(self, thread: ThreadId, *, shown: int) -> None:
        """Show a thread that is here in another place than its own."""
        at = self.find(thread, near=shown)
        row = None if at is None else self.row(at)
        shown = min(max(shown, 0), self.total - 1)
        if at is not None and row is not None and at != shown:
            self.pin = Pin(row, at, shown)

    def row(self, index: int) -> ThreadRow | None:
        """A row, if it is here."""
        if self.pin is not None and index == self.pin.shown:
            return self.pin.row
        at = self._own(index)
        rows = self._kept.get(window_of(at), ())
        place = at % SIZE
        return rows[place] if place < len(rows) else None

    def _own(self, index: int) -> int:
        """The place in the list of what is shown at an index."""
        pin = self.pin
        if pin is None:
            return index
        if pin.at <= index < pin.shown:
            return index + 1
        return index - 1 if pin.shown < index <= pin.at else index

    def rows(self) -> Iterator[ThreadRow]:
        """All that are here."""
        for kept in self._kept.values():
            yield from kept

    def seen(self, first: int, count: int) -> None:
        """These are looked at now, so that they are kept longest."""
        for number in self._looked_at(first, count):
            if number in self._kept:
                self._kept.move_to_end(number)

    def missing(self, first: int, count: int) -> list[int]:
        """The windows of a stretch that are not here."""
        if self.known:
            count = min(count, self.total - first)
        if count <= 0 and self.known:
            return []
        return [number for number in self._looked_at(first, count) if number not in self._kept]

    def _looked_at(self, first: int, count: int) -> range:
        pin = self.pin
        if pin is None:
            return windows_of(first, count)
        own = [self._own(index) for index in range(first, first + count) if index != pin.shown]
        return windows_of(min(own), max(own) - min(own) + 1) if own else range(0)

    def find(self, thread: ThreadId, *, near: int) -> int | None:
        """Where a thread is shown, if its window is here; the one nearest to `near` is searched first."""
        if self.pin is not None and thread == self.pin.row.thread:
            return self.pin.shown
        for number in self._nearest(window_of(near)):
            for at, row in enumerate(self._kept[number]):
                if row.thread == thread:
                    return self._shown(number * SIZE + at)
        return None

    def _shown(self, at: int) -> int:
        pin = self.pin
        if pin is None:
            return at
        if pin.at < at <= pin.shown:
            return at - 1
        return at + 1 if pin.shown <= at < pin.at else at

    def _nearest(self, number: int) -> Iterable[int]:
        return sorted(self._kept, key=lambda each: abs(each - number))
