"""A list with a cursor, however long: it draws the items in view and asks for nothing else.

At its edge the view jumps by half a page instead of scrolling by a line: over a slow line that saves most of the bytes.
Moving the cursor draws two items again, not the list.
"""

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message

from tui.plain import EMPTY, Row
from tui.widgets.lines import Lines
from tui.widgets.looks import BLURRED, CURSOR, ROW, weight


class Picker(Lines):
    """Subclasses say how many items there are and how one is drawn; `tall` is the height of an item."""

    tall = 1

    class Moved(Message):
        """The cursor is on another item."""

        def __init__(self, picker: "Picker") -> None:
            super().__init__()
            self.picker = picker

        @property
        def control(self) -> "Picker":
            return self.picker

    class Clicked(Moved):
        """The item now under the cursor was clicked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self._page = 1

    # ------------------------------------------------------------ for subclasses
    @property
    def total(self) -> int:
        """Items there are."""
        raise NotImplementedError

    def item(self, index: int) -> tuple[Row, ...]:
        """The rows of an item, at most `tall`."""
        raise NotImplementedError

    @property
    def lit(self) -> bool:
        """Whether its cursor is the one that keys move."""
        return self.has_focus

    def can_stand(self, index: int) -> bool:
        """Whether the cursor may stand there; a heading says no."""
        return True

    # ------------------------------------------------------------ what is shown
    @property
    def page(self) -> int:
        """Items in view; while it is hidden, as many as were."""
        if self.size.height:
            self._page = max(self.size.height // self.tall, 1)
        return self._page

    @property
    def length(self) -> int:
        return self.total

    def line(self, y: int) -> tuple[Row, str]:
        index, part = self.top + y // self.tall, y % self.tall
        if index >= self.total or y >= self.page * self.tall:
            return EMPTY, ROW
        rows = self.item(index)
        return (rows[part] if part < len(rows) else EMPTY), self.on(index)

    def on(self, index: int) -> str:
        """The ground that an item is drawn on."""
        if index != self.cursor:
            return ROW
        return CURSOR if self.lit else BLURRED

    def styled(self, name: str, on: str, base: Style) -> Style:
        """The cursor's row is of one colour: it is read best so, and every other colour in it costs bytes twice."""
        style = super().styled(name, on, base)
        return weight(style) if on == CURSOR else style

    # ------------------------------------------------------------ moving
    def move(self, by: int) -> None:
        self.go(self.cursor + by, step=1 if by > 0 else -1)

    def go(self, index: int, *, step: int = 1) -> None:
        """Put the cursor on an item; where it may not stand, on the next one in that direction."""
        found = self._standing(min(max(index, 0), self.total - 1), step)
        if found is None or found == self.cursor:
            return
        before, self.cursor = self.cursor, found
        if not self._jump():
            self.refresh(self._region(before), self._region(found))
        self.tell_moved()

    def tell_moved(self) -> None:
        """The cursor is on another item, or its item is another."""
        self.post_message(self.Moved(self))

    def _standing(self, index: int, step: int) -> int | None:
        for way in (step, -step):
            at = index
            while 0 <= at < self.total:
                if self.can_stand(at):
                    return at
                at += way
        return None

    def _jump(self) -> bool:
        """Bring the cursor into view; whether the view moved."""
        if self.top <= self.cursor < self.top + self.page:
            return False
        top = self.cursor - self.page // 2
        if self.cursor == self._standing(0, 1):
            top = 0
        self.top = min(max(top, 0), self._lowest)
        self.redraw()
        return True

    def _region(self, index: int) -> Region:
        return Region(0, (index - self.top) * self.tall, self.size.width, self.tall)

    def scroll_rows(self, by: int) -> None:
        """By the wheel: the cursor stays in view."""
        top = self.top
        super().scroll_rows(by)
        if self.top != top and not self.top <= self.cursor < self.top + self.page:
            self.go(min(max(self.cursor, self.top), self.top + self.page - 1), step=1 if by > 0 else -1)

    def go_top(self, number: int | None = None) -> None:
        self.go((number or 1) - 1)

    def go_bottom(self, number: int | None = None) -> None:
        self.go(self.total - 1 if number is None else number - 1, step=-1)

    # ------------------------------------------------------------ events
    def on_resize(self, event: events.Resize) -> None:
        if self.top > self._lowest:  # it moved while it was hidden or lower
            self.top = self._lowest
            self.refresh()
        self._jump()

    def on_focus(self) -> None:
        self.refresh(self._region(self.cursor))

    def on_blur(self) -> None:
        self.refresh(self._region(self.cursor))

    def on_click(self, event: events.Click) -> None:
        index = self.top + event.y // self.tall
        if index < self.total and self.can_stand(index):
            self.go(index)
            self.post_message(self.Clicked(self))
