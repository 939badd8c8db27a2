"""Rows drawn line by line, without a child widget for any of them: what every list and text of the screens stands on.

Only what changed is drawn again, since every byte counts over a slow line. No scrollbar, no smooth scrolling.
"""

from collections.abc import Sequence
from typing import Self

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.plain import EMPTY, Row, Span, cells_of, strip, whole_words
from tui.widgets.kept import Flat
from tui.widgets.looks import ROW, ground, look

WHEEL = 3
ALIKE = 3  # rows that must be the same for a place in a text to be the same


class Drawn(Widget):
    """Draws its lines whole, and keeps both the lines and the styles that they are made of until they are others."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        self._known: dict[tuple[str, str], Style] = {}
        super().__init__(id=id)
        self._styles_cache = Flat()

    def drawn(self, row: Row, on: str = ROW, *, cells: int) -> Strip:
        """A row as it looks in this widget."""
        return strip(row, cells, base=self._style(on), look=lambda name: self._style(on, name))

    def _style(self, on: str, name: str = "") -> Style:
        """A ground's style, with a look on it: worked out once."""
        found = self._known.get((on, name))
        if found is None:
            base = ground(self, on)
            found = self._known[on, name] = base + self.styled(name, on, base) if name else base
        return found

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As Textual's. Without regions nothing is taken for known: colours may be others."""
        if not regions:
            self.forget_looks()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        self.forget_looks()
        super().notify_style_update()

    def forget_looks(self) -> None:
        """Words or colours are others: whatever was worked out of them is made anew."""
        self._known.clear()

    def redraw(self) -> None:
        """Draw all lines anew, in the same colours."""
        region = self.size.region
        self.refresh(*([region] if region else []))  # a hidden one has none, and keeps nothing

    def styled(self, name: str, on: str, base: Style) -> Style:
        """What a look adds to a row on that ground."""
        return look(self, name, base=base)


class Lines(Drawn, can_focus=True):
    """A text of rows that is read by scrolling. Rows are given by `show`, anew when the width asks for others."""

    DEFAULT_CSS = "Lines { height: 1fr; }"

    class Resized(Message):
        """The rows are for another width now."""

        def __init__(self, lines: "Lines") -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> "Lines":
            return self.lines

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.top = 0
        self._rows: Sequence[Row] = ()

    # ------------------------------------------------------------ what is shown
    @property
    def page(self) -> int:
        """Rows in view."""
        return max(self.size.height, 1)

    @property
    def length(self) -> int:
        """All the rows there are."""
        return len(self._rows)

    def show(self, rows: Sequence[Row], *, keep: bool = False) -> None:
        """Show these; with `keep` from where one reads now, also if the lines are broken anew."""
        top = place_of(self._rows, self.top, rows) if keep else 0
        self._rows = rows
        self.top = min(top, self._lowest)
        self.redraw()

    def line(self, y: int) -> tuple[Row, str]:
        """The row on a line of the widget, and the ground that it is drawn on."""
        number = self.top + y
        return (self._rows[number] if number < len(self._rows) else EMPTY), ROW

    def render_line(self, y: int) -> Strip:
        row, on = self.line(y)
        return self.drawn(row, on, cells=self.size.width)

    # ------------------------------------------------------------ moving
    @property
    def _lowest(self) -> int:
        return max(self.length - self.page, 0)

    def scroll_rows(self, by: int) -> None:
        """Other rows into view; past the ends nothing happens."""
        top = min(max(self.top + by, 0), self._lowest)
        if top != self.top:
            self.top = top
            self.redraw()

    def move(self, by: int) -> None:
        self.scroll_rows(by)

    def half(self, direction: int, count: int = 1) -> None:
        """Half a page up or down."""
        self.move(direction * count * max(self.page // 2, 1))

    def go_top(self, number: int | None = None) -> None:
        """To the top, or to a row counted from 1."""
        self.scroll_rows((number or 1) - 1 - self.top)

    def go_bottom(self, number: int | None = None) -> None:
        """To the end, or to a row counted from 1."""
        self.scroll_rows(self.length if number is None else number - 1 - self.top)

    # ------------------------------------------------------------ events
    def on_resize(self, event: events.Resize) -> None:
        self.top = min(self.top, self._lowest)
        self.post_message(self.Resized(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-WHEEL)


class Bar(Drawn):
    """One line with something at its left and something at its right; drawn again only when it changes."""

    DEFAULT_CSS = "Bar { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.left: Row = EMPTY
        self.right: Row = EMPTY

    def say(self, left: Row | None = None, *, right: Row | None = None) -> None:
        """Show something else; None leaves that side as it is."""
        new = (self.left if left is None else left, self.right if right is None else right)
        if new != (self.left, self.right):
            region = self._other(new) if new[0] == self.left else None
            self.left, self.right = new
            if region is None:
                self.redraw()
            else:
                self.refresh(region)

    def _other(self, new: tuple[Row, Row]) -> Region | None:
        """The cells that are others where only some letters at the right are: over a slow line a number counts."""
        before, after = ("".join(span.text for span in row) for row in (self.right, new[1]))
        looks = [[(len(span.text), span.look) for span in row] for row in (self.right, new[1])]
        if len(before) != len(after) or looks[0] != looks[1] or not (before + after).isascii():
            return None
        others = [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
        at = self.size.width - len(after) + others[0]
        return Region(at, 0, others[-1] - others[0] + 1, 1) if at >= 0 and self.size.height else None

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        right = min(cells_of(self.right), cells)
        gap = 1 if right else 0
        room = max(cells - right - gap, 0)
        left = self.drawn(whole_words(self.left, room), cells=room)
        return Strip.join(
            [
                left,
                self.drawn((Span(" "),), cells=min(gap, cells - left.cell_length)),
                self.drawn(self.right, cells=right),
            ]
        )


def place_of(before: Sequence[Row], top: int, after: Sequence[Row]) -> int:
    """The row of a text at which one reads on, when it was broken into other rows: as many letters stand above it."""
    if before[:top] == after[:top]:
        return top
    seen = before[top : top + ALIKE]
    same = [n for n in range(len(after)) if after[n : n + ALIKE] == seen]
    if same and any(row for row in seen):
        return min(same, key=lambda n: abs(n - top))
    above = sum(map(_letters, before[:top]))
    for number, row in enumerate(after):
        above -= _letters(row)
        if above < 0:
            return number
    return top


def _letters(row: Row) -> int:
    return sum(len("".join(text.split())) for text, _look in row)
