"""What syncing a mailbox would bring, over the form: how far the look is, then the counts; yes syncs, no goes back.

Leaving it ends the look. Must not keep anything.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.worker import WorkType

from actors.desk.api import NewMailbox
from store.model.errors import DeskError
from store.model.plain import plain
from store.model.preview import Preview
from tui import keys
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import Link
from tui.plain import EMPTY, Row, Span, fit, short, width, wrap
from tui.preview import client_words, cut_words, excluded_words, progress_words
from tui.screens.sync_words import wrong_words
from tui.widgets.lines import Bar, Lines

INNER = 68
AROUND = 8  # lines that frame, title and answers take
COUNT = 8  # cells of a number


class PreviewDialog(ModalScreen[bool]):
    """Answers whether it is to be synced now."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = ""
    place = Place.CONFIRM

    def __init__(self, link: Link, mailbox: NewMailbox, *, sign_in: str = "", answer: str = "") -> None:
        super().__init__()
        self._link, self._mailbox = link, mailbox
        self._sign_in, self._answer = sign_in, answer
        self._told, self._wrong = Preview(), ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            yield Lines(id="dialog-question")
            yield Bar(id="dialog-answers")

    def on_mount(self) -> None:
        title = _("What syncing {address} would bring").format(address=plain(self._mailbox.address))
        self.query_one("#dialog-title", Bar).say((Span(f" {title}", "heading"),))
        self.query_one("#dialog-question", Lines).can_focus = False
        self._draw()
        work: WorkType[None] = self._look
        self.run_worker(work, group="preview")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, Place.CONFIRM)

    def on_resize(self) -> None:
        self._draw()

    def on_lines_resized(self) -> None:
        self._draw()

    async def _look(self) -> None:
        asked = self._link.desk.preview(self._mailbox, sign_in=self._sign_in, answer=self._answer)
        stream = cast("AsyncGenerator[Preview, None]", asked)
        try:
            async with aclosing(stream) as news:
                async for told in news:
                    self._told = told
                    self._draw()
        except DeskError as error:
            self._wrong = wrong_words(error)
            self._draw()

    def _draw(self) -> None:
        shown = self.query_one("#dialog-question", Lines)
        cells = (shown.size.width or INNER) - 2
        rows = preview_rows(self._told, cells, lines=max(self.size.height - AROUND, 6), wrong=self._wrong)
        shown.styles.height = max(len(rows), 1)
        shown.show(rows)
        yes, no = keys.BY_ACTION["yes"], keys.BY_ACTION["no"]
        sync = (Span(yes.shown, "accent"), Span(f" {_('sync it')}"), Span("     ")) if self._told.over else ()
        back = _("back") if self._told.over or self._wrong else _("stop")
        self.query_one("#dialog-answers", Bar).say(
            (Span(" "), *sync, Span(no.shown, "accent"), Span(f" {back}", "dim"))
        )

    def action_yes(self) -> None:
        if self._told.over:
            self.dismiss(True)

    def action_no(self) -> None:
        self.dismiss(False)


def preview_rows(told: Preview, cells: int, *, lines: int, wrong: str = "") -> list[Row]:
    """The counts in a column; as many clients as fit, then how many more there are."""
    if wrong:
        return [(Span(" "), Span(line, "warn")) for line in wrap(wrong, cells)]
    if not told.over:
        return [(Span(" "), Span(line, "dim")) for line in wrap(progress_words(told), cells)]
    said = [*wrap(cut_words(told), cells)] if told.cut else []
    said += wrap(_("Nothing of it is kept."), cells)
    room = max(lines - len(said) - 4, 1)
    shown = told.clients if len(told.clients) <= room else told.clients[: room - 1]
    rows = [_pair(client_words(one), one.emails, cells) for one in shown]
    rest = told.clients[len(shown) :]
    if rest:
        words = ngettext("{count} more client", "{count} more clients", len(rest)).format(count=len(rest))
        rows.append(_pair(words, sum(one.emails for one in rest), cells, look="dim"))
    rows.append(_pair(_("unfiled"), told.unfiled, cells))
    left_out = short(_("left out: {words}").format(words=excluded_words(told)), cells)
    return [*rows, (Span(" "), Span(left_out, "dim")), EMPTY, *((Span(" "), Span(line, "dim")) for line in said)]


def _pair(name: str, count: int, cells: int, *, look: str = "") -> Row:
    number = f"{count:>{COUNT}}"
    return Span(" "), Span(fit(name, max(cells - width(number) - 1, 8)), look), Span(number)
