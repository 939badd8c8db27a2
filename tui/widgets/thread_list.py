"""The list of threads: windows from the desk, drawn as they come. The cursor stays on its thread when others move."""

import time
from collections.abc import Callable

from textual import events
from textual.message import Message

from store.model.ids import ThreadId
from store.model.views import ThreadRow
from tui.i18n import _
from tui.plain import EMPTY, Row, Span
from tui.widgets.picker import Picker
from tui.widgets.thread_row import Shown, tall, thread_rows, waiting_rows
from tui.widgets.windows import Windows


class ThreadList(Picker):
    """Whoever fills it looks at `wanted`, gives windows by `fill`, or the whole list anew by `replace`."""

    class Wanting(Message):
        """Rows in view are not here."""

    def __init__(self, *, id: str | None = None, clock: Callable[[], float] = time.time) -> None:
        super().__init__(id=id)
        self.windows = Windows()
        self.shown = Shown()
        self.empty_words = ""
        self._clock = clock

    # ------------------------------------------------------------ rows
    @property
    def total(self) -> int:
        return self.windows.total

    def item(self, index: int) -> tuple[Row, ...]:
        row = self.windows.row(index)
        if row is None:
            return waiting_rows(self.size.width)
        return thread_rows(row, self.size.width, now=self._clock(), show=self.shown)

    def line(self, y: int) -> tuple[Row, str]:
        if self.windows.total:
            return super().line(y)
        words = self.empty_words if self.windows.known else _("looking…")
        return ((Span(f"   {words}", "dim"),) if y == 1 else EMPTY), "lines--row"

    @property
    def chosen(self) -> ThreadRow | None:
        """The thread under the cursor, if its row is here."""
        return self.windows.row(self.cursor) if self.cursor < self.total else None

    # ------------------------------------------------------------ filling
    def wanted(self) -> list[int]:
        """Windows that are looked at and not here, the cursor's first."""
        self.windows.seen(self.top, self.page)
        return self.windows.missing(self.top, self.page)

    def start(self, *, shown: Shown, empty_words: str) -> None:
        """Another list, from its beginning."""
        self.shown, self.empty_words = shown, empty_words
        self.windows, self.cursor, self.top = Windows(), 0, 0
        self.refresh()

    def replace(self, windows: Windows, *, cursor: int) -> None:
        """The same list as it is now. At its top the view stays; else the cursor stays where it is seen."""
        self.windows = windows
        last = max(self.total - 1, 0)
        cursor = min(cursor, last)
        if self.top:
            self.top = min(max(self.top + cursor - self.cursor, 0), self._lowest)
        self.cursor = cursor
        self._jump()
        self.refresh()
        self.post_message(self.Scrolled())
        self.post_message(self.Moved(self))

    def filled(self) -> None:
        """A window has come."""
        if self.cursor >= self.total:
            self.cursor = max(self.total - 1, 0)
            self.top = min(self.top, self._lowest)
        self.refresh()
        self.post_message(self.Moved(self))

    def give_up(self) -> None:
        """Nothing will come: what is not here is not waited for."""
        self.windows.known = True
        self.refresh()

    def view_after(self, cursor: int) -> int:
        """The top that `replace` would choose for a cursor there."""
        return max(self.top + cursor - self.cursor, 0) if self.top else 0

    def hold(self, thread: ThreadId, index: int) -> None:
        """Put the cursor on a thread if it is here, else on that index."""
        found = self.windows.find(thread, near=index)
        self.go(index if found is None else found)

    # ------------------------------------------------------------ events
    def on_resize(self, event: events.Resize) -> None:
        self.tall = tall(event.size.width)
        self.top = min(self.top, self._lowest)
        self._jump()
        self.post_message(self.Wanting())

    def on_picker_moved(self) -> None:
        self.post_message(self.Wanting())
