"""A mailbox's signature ([W3]): written here or in the person's own editor, and shown as others will read it."""

from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical
from textual.screen import ModalScreen

from store.mime.signature import signed
from store.model.signature import Signature
from tui import editor, keys
from tui.i18n import _
from tui.keys import Place
from tui.plain import Row, Span, wrap
from tui.screens.dialog import Dialog
from tui.surroundings import Surroundings
from tui.widgets.area import Area, safe_text
from tui.widgets.keys_bar import KeysBar
from tui.widgets.lines import Bar, Lines

LINES = 8
INNER = 68


def is_html(text: str) -> bool:
    """What begins with a tag; anything else is Markdown."""
    return text.lstrip().startswith("<")


class SignatureScreen(ModalScreen[str | None]):
    """Answers the text, or None if the person left."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "Area"
    place = Place.SIGNATURE

    def __init__(self, around: Surroundings, text: str) -> None:
        super().__init__()
        self._around, self._text = around, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            yield Area(self._text)
            yield Lines(id="dialog-note")
            yield KeysBar(id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one("#dialog-title", Bar).say((Span(f" {_('Signature')}", "heading"),))
        self.query_one(KeysBar).show_place(self.place)
        self.query_one(Area).styles.height = LINES
        self._say(_("Markdown, or HTML that begins with <."))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, self.place)

    def _say(self, words: str, look: str = "dim") -> None:
        shown = self.query_one("#dialog-note", Lines)
        shown.can_focus = False
        rows = [(Span(" "), Span(line, look)) for line in wrap(words, (shown.size.width or INNER) - 2)]
        shown.styles.height = max(len(rows), 1)
        shown.show(rows)

    def action_editor(self) -> None:
        """In the person's own editor; the screen comes back with what they made of it."""
        area = self.query_one(Area)
        if self._around.editor is None:
            self._say(_("There is no editor here."), "warn")
            return
        try:
            with self.app.suspend():
                text = self._around.editor(area.text)
        except SuspendNotSupported:
            self._say(_("There is no editor here."), "warn")
        except editor.NoEditor:
            self._say(_("No editor ran: set $EDITOR to one. The text is as it was."), "warn")
        else:
            area.load_text(safe_text(text))

    def action_preview(self) -> None:
        """As others will read it, below a mail."""
        text = self.query_one(Area).text

        def made(cells: int) -> list[Row]:
            below = signed("", Signature(source=text, html=is_html(text))) if text.strip() else _("no signature")
            lines = [
                line for part in below.strip("\n").split("\n") for line in (wrap(part, cells - 2) if part else ("",))
            ]
            return [(Span(" "), Span(line)) for line in lines]

        self.app.push_screen(Dialog(_("As it will be read"), made))

    def action_accept_lines(self) -> None:
        self.dismiss(self.query_one(Area).text)

    def action_cancel(self) -> None:
        self.dismiss(None)
