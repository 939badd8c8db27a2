"""The line in which a search is typed. What cannot be seen never gets into it, not even pasted."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from tui.i18n import _
from tui.plain import content


class Line(Input):
    """An input of printable characters, without a blinking cursor: that would send bytes for ever."""

    def __init__(
        self, *, placeholder: str, entered: Callable[[str], None], typed: Callable[[str], None] | None = None
    ) -> None:
        super().__init__(placeholder=placeholder, compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._entered, self._typed = entered, typed

    def watch_value(self, value: str) -> None:
        """At once too: Textual's own message comes when the next field may be typed in already."""
        if self._typed is not None:
            self._typed(value)

    async def action_submit(self) -> None:
        """At once, not by a message: the next key may be here already."""
        self._entered(self.value)

    def insert_text_at_cursor(self, text: str) -> None:
        super().insert_text_at_cursor("".join(letter for letter in text if letter.isprintable()))

    def insert(self, text: str, index: int) -> None:
        super().insert("".join(letter for letter in text if letter.isprintable()), index)

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace("".join(letter for letter in text if letter.isprintable()), start, end)


class Ask(Horizontal):
    """Hidden until a search begins. What is typed is told by Textual's own message, what is entered by a call."""

    def __init__(self, *, id: str, entered: Callable[[str], None], placeholder: str = "") -> None:
        super().__init__(id=id)
        self._entered, self._placeholder = entered, placeholder

    def compose(self) -> ComposeResult:
        yield Static(content(" / "), id="ask-sign")
        words = self._placeholder or _("words, client:, from:, to:, subject:, before:, after:")
        yield Line(placeholder=words, entered=self._entered)

    @property
    def input(self) -> Line:
        return self.query_one(Line)

    def begin(self, text: str) -> None:
        """Show it and type on from there."""
        self.display = True
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = len(text)
        self.screen.set_focus(self.input, scroll_visible=False)

    def end(self) -> None:
        """Hide it."""
        self.display = False
