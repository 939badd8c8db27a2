"""The list of threads: windows from the desk, drawn as they come. The cursor stays on its thread when others move."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from store.model.ids import ThreadId
from store.model.record import Record
from store.model.views import ThreadRow
from tui.i18n import _
from tui.plain import EMPTY, Row, Span
from tui.widgets.looks import ROW
from tui.widgets.picker import Picker
from tui.widgets.returning import Returning
from tui.widgets.thread_row import Shown, tall, thread_rows, waiting_rows
from tui.widgets.windows import Windows

MADE: Final = 500  # rows whose lines are kept
AHEAD_ROWS: Final = 4  # made at a time
AHEAD_SECONDS: Final = 0.02  # after a page was shown
AHEAD_PAUSE: Final = 0.002  # for keys


class Seen(Record, frozen=True, kw_only=True):
    """The view of a list: the cursor, its line, and the rows by their distance from the cursor."""

    cursor: int
    line: int
    total: int
    rows: Mapping[int, ThreadRow]

    def nearest(self) -> list[tuple[int, ThreadRow]]:
        """The rows around the cursor's, those below first."""
        others = [(by, row) for by, row in self.rows.items() if by]
        return sorted(others, key=lambda each: (each[0] < 0, abs(each[0])))


class _Made(Record, frozen=True, kw_only=True):
    """A row's lines as they were drawn, and what they were made for: a width and a minute."""

    row: ThreadRow
    when: tuple[int, float]
    strips: tuple[Strip, ...]


class ThreadList(Picker):
    """Whoever fills it looks at `wanted`, gives windows by `fill`, or the whole list anew by `replace`."""

    class Wanting(Message):
        """Rows in view are not here."""

    def __init__(
        self,
        *,
        id: str | None = None,
        clock: Callable[[], float] = time.time,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """`moved` is called as soon as the cursor or its row is another: what follows from it is in the same frame."""
        self._made: dict[tuple[ThreadId, str, bool], _Made] = {}
        super().__init__(id=id)
        self._moved = moved
        self.windows = Windows()
        self.returning = Returning()
        self.shown = Shown()
        self.empty_words = ""
        self._fresh = 0
        self._cells = 0
        self._seen: tuple[int, Windows | None] = (0, None)  # the page whose next ones were made
        self._coming: list[int] = []
        self._ahead: Timer | None = None
        self._line = 0  # of the view, where a person put the cursor: a smaller view may not have it for a while
        self.marks: dict[ThreadId, ThreadRow] = {}
        self.range_from: int | None = None  # a range reaches from there to the cursor
        self._clock = clock

    # ------------------------------------------------------------ rows
    @property
    def total(self) -> int:
        return self.windows.total

    def item(self, index: int) -> tuple[Row, ...]:
        row = self.windows.row(index)
        if row is None:
            return waiting_rows(self.size.width)
        marked = row.thread in self.marks or index in self.reach
        return thread_rows(row, self.size.width, now=self._clock(), show=self.shown, marked=marked)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._cells, _page = self.size.width, self.page  # looked up once for all of its lines
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        index, part = self.top + y // self.tall, y % self.tall
        row = self.windows.row(index) if index < self.total and y < self._page * self.tall else None
        if row is None:
            return super().render_line(y)
        strips = self._strips(row, index)
        return strips[part] if part < len(strips) else super().render_line(y)

    def _strips(self, row: ThreadRow, index: int) -> tuple[Strip, ...]:
        """A thread's lines, made once for as long as nothing in them changes."""
        on, marked = self.on(index), row.thread in self.marks or index in self.reach
        when, key = (self._cells, self._clock() // 60), (row.thread, on, marked)
        made = self._made.get(key)
        if made is None or made.row is not row or made.when != when:
            if len(self._made) > MADE:
                self._made.clear()
            drawn = (self.drawn(each, on, cells=self._cells) for each in self.item(index))
            made = self._made[key] = _Made(row=row, when=when, strips=tuple(drawn))
        return made.strips

    def _look_ahead(self) -> None:
        """When a page is shown, make the lines of the next ones, a few at a time, since keys go before."""
        if self._seen == (self.top, self.windows) or not self._cells:
            return
        self._seen = (self.top, self.windows)
        around = (*range(self.top + self.page, self.top + 2 * self.page), *range(self.top - self.page, self.top))
        self._coming = [index for index in around if 0 <= index < self.total]
        if self._ahead is None:
            self._ahead = self.set_timer(AHEAD_SECONDS, self._make_ahead)

    def _make_ahead(self) -> None:
        for index in self._coming[:AHEAD_ROWS]:
            row = self.windows.row(index)
            if row is not None and index < self.total:
                self._strips(row, index)
        del self._coming[:AHEAD_ROWS]
        self._ahead = self.set_timer(AHEAD_PAUSE, self._make_ahead) if self._coming else None

    def forget_looks(self) -> None:
        super().forget_looks()
        self._made.clear()

    def line(self, y: int) -> tuple[Row, str]:
        if self.windows.total:
            return super().line(y)
        words = self.empty_words if self.windows.known else _("looking…")
        return ((Span(f"   {words}", "dim"),) if y == 1 else EMPTY), ROW

    @property
    def chosen(self) -> ThreadRow | None:
        """The thread under the cursor, if its row is here."""
        return self.windows.row(self.cursor) if self.cursor < self.total else None

    # ------------------------------------------------------------ marks
    @property
    def reach(self) -> range:
        """The indexes of the range that is being marked."""
        if self.range_from is None:
            return range(0)
        return range(min(self.range_from, self.cursor), max(self.range_from, self.cursor) + 1)

    @property
    def marked(self) -> int:
        """How many threads are marked, the range included."""
        reach = self.reach
        inside = sum(1 for index in reach if (row := self.windows.row(index)) is not None and row.thread in self.marks)
        return len(self.marks) + len(reach) - inside

    def mark(self, rows: Iterable[ThreadRow]) -> None:
        """These too; the range ends."""
        self.marks |= {row.thread: row for row in rows}
        self.range_from = None
        self._remarked()

    def toggle(self, count: int) -> None:
        """Mark so many threads from the cursor on, or take their marks away; the cursor goes behind them."""
        first = self.chosen
        if first is None:
            return
        away = first.thread in self.marks
        for index in range(self.cursor, min(self.cursor + count, self.total)):
            row = self.windows.row(index)
            if row is not None and away:
                self.marks.pop(row.thread, None)
            elif row is not None:
                self.marks[row.thread] = row
        self._remarked()
        self.move(count)

    def begin_range(self) -> None:
        """From the cursor's row to wherever it goes."""
        self.range_from = self.cursor
        self._remarked()

    def unmark(self) -> None:
        """No marks at all."""
        if self.marks or self.range_from is not None:
            self.marks, self.range_from = {}, None
            self._remarked()

    def leave(self, threads: Iterable[ThreadId]) -> None:
        """These may go: the cursor goes to the next that stays."""
        going = set(threads) | {row.thread for index in self.reach if (row := self.windows.row(index)) is not None}
        for index in (*range(self.cursor, self.total), *range(self.cursor, -1, -1)):
            row = self.windows.row(index)
            if row is None or row.thread not in going:
                self.range_from = None
                self.go(index)
                return

    def _remarked(self) -> None:
        self.redraw()
        self.tell_moved()

    def go(self, index: int, *, step: int = 1) -> None:
        super().go(index, step=step)
        self._line = self.cursor - self.top
        if self.range_from is not None:
            self.redraw()

    def tell_moved(self) -> None:
        self._moved()
        self._look_ahead()

    # ------------------------------------------------------------ filling
    def wanted(self) -> list[int]:
        """Windows that are looked at and not here, the cursor's first."""
        self.windows.seen(self.top, self.page)
        return self.windows.missing(self.top, self.page)

    def start(self, *, shown: Shown, empty_words: str) -> None:
        """Another list, from its beginning."""
        self.shown, self.empty_words = shown, empty_words
        self.windows, self.cursor, self.top, self._fresh, self._line = Windows(), 0, 0, 0, 0
        self.marks, self.range_from = {}, None
        self.refresh()

    def view(self) -> "Seen":
        """What a person sees now, so that it can be held when the list changes."""
        around = range(self.top, min(self.top + self.page, self.total))
        rows = {index - self.cursor: row for index in around if (row := self.windows.row(index)) is not None}
        return Seen(cursor=self.cursor, line=self.cursor - self.top, total=self.total, rows=rows)

    def replace(self, windows: Windows, *, cursor: int, line: int) -> None:
        """The same list as it is now, the cursor on the line of the view where it was.

        What came above is not shown by moving what one looks at: it is counted. What the person brought back is shown.
        """
        back = self.returning.come(before=self.windows, now=windows, above=cursor)
        came = max(cursor - self.cursor - back, 0)
        line = min(line + back, self.page - 1)
        if self.range_from is not None:
            self.range_from = min(max(self.range_from + cursor - self.cursor, 0), max(windows.total - 1, 0))
        self.marks |= {row.thread: row for row in windows.rows() if row.thread in self.marks}
        self.windows = windows
        self.cursor = min(max(cursor, 0), max(self.total - 1, 0))
        self._fresh += came
        self.top = min(max(self.cursor - line, 0), self._lowest)
        self._jump()
        self._fresh = min(self._fresh, self.top)
        self.redraw()
        self.tell_moved()

    @property
    def fresh(self) -> int:
        """How many threads came above what is in view."""
        return self._fresh

    @property
    def _lowest(self) -> int:
        """The end of the list; a short one may leave its top to what came."""
        return max(self.length - self.page, min(self._fresh, self.length - 1), 0)

    def _jump(self) -> bool:
        moved = super()._jump()
        self._fresh = min(self._fresh, self.top)
        return moved

    def scroll_rows(self, by: int) -> None:
        super().scroll_rows(by)
        self._line = self.cursor - self.top
        self._fresh = min(self._fresh, self.top)

    def go_top(self, number: int | None = None) -> None:
        """The top shows what came, each thread in its own place."""
        if number is None and (self._fresh or self.windows.pin is not None):
            self.windows.pin, self._fresh = None, 0
            self.cursor = self.top = self._line = 0
            self.redraw()
            self.tell_moved()
            return
        super().go_top(number)

    def filled(self) -> None:
        """A window has come."""
        if self.cursor >= self.total:
            self.cursor = max(self.total - 1, 0)
            self.top = min(self.top, self._lowest)
        self.redraw()
        self.tell_moved()

    def give_up(self) -> None:
        """Nothing will come: what is not here is not waited for."""
        self.windows.known = True
        self.refresh()

    # ------------------------------------------------------------ events
    def on_resize(self, event: events.Resize) -> None:
        if self.tall != tall(event.size.width):
            self.tall = tall(event.size.width)
            self.refresh()  # what is drawn already is drawn for the other height
        self.top = min(max(self.cursor - min(self._line, self.page - 1), 0), self._lowest)
        self._jump()
        self.post_message(self.Wanting())
