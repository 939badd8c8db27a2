"""The reading pane: the line that says client, reason and answer, and under it the email."""

import time
from collections.abc import Callable

from textual.app import ComposeResult

from tui.i18n import _
from tui.plain import EMPTY, Span
from tui.widgets.kept import Pane
from tui.widgets.letter import Letter, letter_rows, title_row
from tui.widgets.lines import Bar, Lines


class LetterPane(Pane):
    """Shows what it is given, at the width there is."""

    def __init__(self, *, id: str, clock: Callable[[], float] = time.time) -> None:
        super().__init__(id=id)
        self.text = Lines(id="letter")
        self._title = Bar(id="letter-title")
        self._clock = clock
        self._letter: Letter | None = None
        self._folded = True
        self._fresh = True  # begins at its top when it is drawn next

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.text

    def show(self, letter: Letter | None, *, same: bool) -> None:
        """Show an email; the same one from where one reads, with its quotes as they are."""
        if not same:
            self._folded = self._fresh = True
        self._letter = letter
        self._draw()

    def again(self) -> None:
        """The same in other words."""
        self._draw()

    def fold(self) -> None:
        """Quotes away, or back."""
        self._folded = not self._folded
        self._draw()

    def _draw(self) -> None:
        cells = self.text.size.width
        if not cells:
            return  # hidden now; drawn when it gets a width
        if self._letter is None:
            self._title.say(EMPTY)
            self.text.show([EMPTY, (Span(f"   {_('No email is open.')}", "faint"),)])
            return
        self._title.say((Span(" "), *title_row(self._letter, cells - 2, now=self._clock())))
        self.text.show(letter_rows(self._letter, cells, folded=self._folded), keep=not self._fresh)
        self._fresh = False

    def on_lines_resized(self) -> None:
        self._draw()
