"""The least a Textual list of so many rows costs: `python -P -m bench.bare_list FILE`. What ours is measured against.

One widget by the line API over SQLite; a key draws the two rows that change. No panes, no state, no other process.
"""

import sqlite3
import sys
import time
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

PAGE = 120
_HERE, _PLAIN = Style(reverse=True), Style()


class BareList(ScrollView, can_focus=True):
    """See the module."""

    DEFAULT_CSS = "BareList { scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)"),
        Binding("k", "move(-1)"),
        Binding("pagedown", "page(1)"),
        Binding("pageup", "page(-1)"),
    ]

    def __init__(self, table: sqlite3.Connection) -> None:
        super().__init__()
        self._table = table
        self._count: int = table.execute("SELECT count(*) FROM mail").fetchone()[0]
        self._at, self._known = 0, dict[int, str]()

    def on_mount(self) -> None:
        self.virtual_size = Size(80, self._count)
        self.focus()

    def _row(self, place: int) -> str:
        if place not in self._known:
            newest = self._count - 1 - max(0, place - PAGE // 3)
            wanted = "SELECT id, sender, subject, at FROM mail WHERE id <= ? ORDER BY id DESC LIMIT ?"
            for number, sender, subject, at in self._table.execute(wanted, (newest, PAGE)):
                day = time.strftime("%d %b", time.gmtime(at))
                self._known[self._count - 1 - number] = f" {day}  {sender:<24.24}  {subject}"
        return self._known[place]

    def render_line(self, y: int) -> Strip:
        place = y + self.scroll_offset.y
        if place >= self._count:
            return Strip.blank(self.size.width)
        style = _HERE if place == self._at else _PLAIN
        return Strip([Segment(self._row(place), style)]).adjust_cell_length(self.size.width, style)

    def action_move(self, by: int) -> None:
        before, self._at = self._at, min(self._count - 1, max(0, self._at + by))
        top, height = self.scroll_offset.y, self.size.height
        if top <= self._at < top + height:
            self.refresh(*(Region(0, place - top, self.size.width, 1) for place in (before, self._at)))
        else:
            self.scroll_to(y=self._at - height // 2, animate=False, immediate=True)
            self.refresh()

    def action_page(self, by: int) -> None:
        self._at = min(self._count - 1, max(0, self._at + by * self.size.height))
        self.scroll_to(y=self.scroll_offset.y + by * self.size.height, animate=False, immediate=True)
        self.refresh()


class Bare(App[None]):
    """Nothing but the list."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit")]

    def __init__(self, table: sqlite3.Connection) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        yield BareList(self._table)


if __name__ == "__main__":
    Bare(sqlite3.connect(sys.argv[1])).run()
