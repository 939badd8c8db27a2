"""A page over a screen, read by scrolling and left by `q`: help, the reasons of a filing."""

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.i18n import _
from tui.plain import Row, Span
from tui.screens.moves import Moves
from tui.widgets.lines import Bar, Lines

AROUND = 6  # rows that the frame, the title and the screen's edge take


class Dialog(Moves, ModalScreen[None]):
    """`rows` are made for the width there is."""

    AUTO_FOCUS = "#dialog-text"
    CSS_PATH = "dialog.tcss"

    def __init__(self, title: str, rows: Callable[[int], Sequence[Row]]) -> None:
        super().__init__()
        self._words, self._made = title, rows

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            yield Lines(id="dialog-text")

    def on_mount(self) -> None:
        title = (Span(f" {self._words}", "heading"),)
        self.query_one("#dialog-title", Bar).say(title, right=(Span(_("q closes"), "dim"), Span(" ")))

    def on_lines_resized(self) -> None:
        lines = self.query_one("#dialog-text", Lines)
        if lines.size.width:
            rows = self._made(lines.size.width)
            lines.styles.height = max(min(len(rows), self.size.height - AROUND), 1)
            lines.show(rows, keep=True)

    def action_back(self) -> None:
        self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)
