"""One look at a list that has changed: which windows to fetch, and where the cursor is then. Pure.

Invariant: the thread under the cursor stays under it, and in its place among those around it, even if it has got new
mail and belongs at the top now. If it is gone, the cursor is on the one that stood below it.
"""

from collections.abc import Iterator
from typing import Final

from store.model.ids import EmailId, ThreadId
from store.model.views import ThreadPage
from tui.widgets.thread_list import Seen
from tui.widgets.windows import SIZE, Windows, window_of, windows_of

_FAR: Final = 10  # windows on either side of where a thread was that are searched for it


class Look:
    """See the module. `next_window` and `put` until there is none, then `settle`."""

    def __init__(self, *, seen: Seen, anchor: ThreadId | None) -> None:
        self.fresh = Windows()
        self._seen, self._anchor = seen, anchor
        self._order = self._search()
        self._asked: set[int] = set()
        self._found: dict[ThreadId, tuple[int, EmailId]] = {}

    # ------------------------------------------------------------ what to fetch
    def next_window(self) -> int | None:
        """The next to fetch; None when enough is known."""
        if self._enough():
            return None
        still = self._still()
        order = self._order if still is None else self._beside(*still)
        for number in order:
            if number not in self._asked and (not self.fresh.known or number * SIZE < self.fresh.total):
                self._asked.add(number)
                return number
        return None

    def put(self, page: ThreadPage) -> None:
        """What was fetched."""
        self.fresh.put(page)
        for place, row in enumerate(page.rows):
            self._found[row.thread] = (page.offset + place, row.newest)

    def _enough(self) -> bool:
        if not self.fresh.known:
            return False
        if self._anchor is None or not self.fresh.total:
            return True
        if self._anchor not in self._found:
            return False
        return not self._seen.nearest() or self._still() is not None

    def _search(self) -> Iterator[int]:
        """Where the threads may be that were in view: where they were, as much further as the list grew, the top."""
        here = window_of(self._seen.cursor)
        yield here
        grown = max(self.fresh.total - self._seen.total, 0)
        yield from windows_of(self._seen.cursor + grown - SIZE // 2, SIZE)
        yield 0
        for far in range(1, _FAR + 1):
            yield here + far
            yield max(here - far, 0)

    def _beside(self, by: int, place: int) -> Iterator[int]:
        """One around it is found: it stands beside that one, or got new mail and is among the newest, or is gone."""
        yield window_of(max(place - by, 0))
        yield from range(window_of(max(self.fresh.total - self._seen.total, 0)) + 2)

    # ------------------------------------------------------------ where the cursor is
    def _still(self) -> tuple[int, int] | None:
        """The nearest thread of the view that is here and got nothing new: its distance then, its place now."""
        for by, row in self._seen.nearest():
            found = self._found.get(row.thread)
            if found is not None and found[1] == row.newest:
                return by, found[0]
        return None

    def settle(self) -> int:
        """Put the cursor's thread in its place; returns it."""
        last = max(self.fresh.total - 1, 0)
        found = self._found.get(self._anchor) if self._anchor is not None else None
        still = self._still()
        if found is None:
            return min(self._without(), last)
        at = found[0]
        if still is not None:
            by, place = still
            without = place - (at < place)  # as if the cursor's thread was not in the list
            held = min(without if by > 0 else without + 1, last)
        else:
            held = min(self._with_all_above(at) if self._got_mail() else at, last)
        if held != at and self._anchor is not None:
            self.fresh.hold(self._anchor, shown=held)
        return held

    def _got_mail(self) -> bool:
        """Whether the cursor's thread has mail that it had not."""
        was, now = self._seen.rows.get(0), self._found.get(self._anchor or ThreadId(""))
        return was is not None and now is not None and was.newest != now[1]

    def _with_all_above(self, at: int) -> int:
        """The place when all around it has moved: as if whatever came was above."""
        return max(at, self._seen.cursor + max(self.fresh.total - self._seen.total, 0))

    def _without(self) -> int:
        """The cursor's place when its thread is gone: the one that stood below, else behind the one above."""
        if self._anchor is None:
            return self._seen.cursor
        for by, row in self._seen.nearest():
            if row.thread in self._found:
                place = self._found[row.thread][0]
                return place if by > 0 else place + 1
        return self._seen.cursor
