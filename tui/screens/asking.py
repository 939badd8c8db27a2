"""Small questions over a screen: a text, or yes and no. What cannot be seen never gets into a text, not even pasted."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.plain import Span, wrap
from tui.widgets.area import Area
from tui.widgets.ask import Line
from tui.widgets.keys_bar import KeysBar
from tui.widgets.lines import Bar, Lines

INNER = 68  # cells of a dialog's text where there is room


class AskText(ModalScreen[str | None]):
    """A text is asked for: None if the person left. With several lines Enter makes one and ^S takes them all."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "Line, Area"
    place = Place.FORM

    def __init__(
        self,
        title: str,
        *,
        text: str = "",
        lines: int = 1,
        placeholder: str = "",
        password: bool = False,
        note: str = "",
    ) -> None:
        super().__init__()
        self._words, self._text, self._lines, self._note = title, text, lines, note
        self._placeholder, self._password = placeholder, password

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            if self._lines > 1:
                yield Area(self._text)
            else:
                line = Line(placeholder=self._placeholder, entered=self._entered)
                line.password = self._password
                line.value = self._text
                yield line
            yield Lines(id="dialog-note")
            yield KeysBar(id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one("#dialog-title", Bar).say((Span(f" {self._words}", "heading"),))
        several = self._lines > 1
        other_key = "accept" if several else "accept_lines"
        self.query_one(KeysBar).show_place(Place.FORM, leave_out=("next_field", other_key))
        if several:
            self.query_one(Area).styles.height = self._lines
        self.tell(self._note)

    def tell(self, note: str) -> None:
        """A word under the text: what taking it would do."""
        self._note = note
        self._draw_note()

    def on_resize(self) -> None:
        self._draw_note()

    def on_lines_resized(self) -> None:
        self._draw_note()

    def _draw_note(self) -> None:
        shown = self.query_one("#dialog-note", Lines)
        cells = shown.size.width or INNER
        rows = [(Span(" "), Span(line, "dim")) for line in wrap(self._note, cells - 2)] if self._note else []
        shown.can_focus = False
        shown.display = bool(rows)
        shown.styles.height = max(len(rows), 1)
        shown.show(rows)

    def _entered(self, typed: str) -> None:
        self.dismiss(typed)

    def action_accept_lines(self) -> None:
        self.dismiss(self.query_one(Area).text if self._lines > 1 else self.query_one(Line).value)

    def action_cancel(self) -> None:
        self.dismiss(None)


class Confirm(ModalScreen[bool]):
    """Yes or no; `yes` says what yes does."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = ""
    place = Place.CONFIRM

    def __init__(self, question: str, *, yes: str) -> None:
        super().__init__()
        self._question, self._yes = question, yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Lines(id="dialog-question")
            yield Bar(id="dialog-answers")

    def on_mount(self) -> None:
        self._draw()
        yes, no = keys.BY_ACTION["yes"], keys.BY_ACTION["no"]
        self.query_one("#dialog-answers", Bar).say(
            (
                Span(" "),
                Span(yes.shown, "accent"),
                Span(f" {self._yes}"),
                Span("     "),
                Span(no.shown, "accent"),
                Span(f" {_(no.label)}", "dim"),
            )
        )

    def on_lines_resized(self) -> None:
        self._draw()

    def _draw(self) -> None:
        shown = self.query_one("#dialog-question", Lines)
        rows = [(Span(" "), Span(line)) for line in wrap(self._question, (shown.size.width or INNER) - 2)]
        shown.can_focus = False
        shown.styles.height = max(len(rows), 1)
        shown.show(rows)

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_no(self) -> None:
        self.dismiss(False)
