"""An empty home: what one can begin with, one key each. It asks nothing; whoever leaves it is at an empty desk."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.screen import Screen
from textual.worker import WorkType

from actors.desk.api import LocalCopy
from store.model.errors import DeskError
from store.model.views import Announcement
from tui import keys
from tui.i18n import N_, _, ngettext
from tui.keys import Place
from tui.link import PASSING, Changed, Link, new_request
from tui.plain import EMPTY, Row, Span, wrap
from tui.screens.asking import AskText
from tui.screens.sync_form import SyncForm
from tui.sentences import error_words
from tui.surroundings import Surroundings
from tui.widgets.lines import Bar, Lines

OFFERS: Final = (
    ("welcome_sync", N_("Mail is copied and filed by client; your provider keeps the original.")),
    ("welcome_import", N_("A Maildir, an mbox or .eml files, into a mailbox of its own.")),
    ("welcome_people", N_("Contacts and clients from a CSV, vCard or LDIF file; nothing is kept before you say so.")),
    ("welcome_demo", N_("A made-up firm with its mail: no account is needed, nothing is kept.")),
    ("welcome_skip", N_("“: sync my email” comes back to this.")),
)
WIDE: Final = 68
EVERY: Final = 50


class WelcomeScreen(Screen[str | None]):
    """Answers what was begun, as a sentence for the screen below."""

    CSS_PATH = "welcome.tcss"
    AUTO_FOCUS = ""

    def __init__(self, link: Link, around: Surroundings, *, firm: str) -> None:
        super().__init__()
        self._link, self._around, self._firm = link, around, firm
        self._busy = False
        self._offers, self._status_bar = Lines(id="welcome-offers"), Bar(id="welcome-status")

    @property
    def place(self) -> Place:
        """What keys mean here."""
        return Place.WELCOME

    def compose(self) -> ComposeResult:
        yield Bar(id="welcome-title")
        yield self._offers
        yield self._status_bar

    def on_mount(self) -> None:
        self.query_one("#welcome-title", Bar).say((Span(f" {self._firm}", "heading"),))
        self._offers.can_focus = False

    def on_lines_resized(self) -> None:
        cells, high = self._offers.size.width, self._offers.size.height
        rows = list(offer_rows(cells))
        self._offers.show([*[EMPTY] * max((high - len(rows)) // 3, 0), *rows])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, Place.WELCOME)

    def say(self, words: str, look: str = "") -> None:
        """A sentence to the person."""
        self._status_bar.say((Span(" "), Span(words, look)))

    def line_changed(self, changed: Changed) -> None:
        """The office is there again, or away."""
        self.say("" if changed.attached else _("The office is away; attaching again…"), "warn")

    def told(self, announcement: Announcement) -> None:
        """Nothing of this changes the offers."""

    # ------------------------------------------------------------ keys
    def action_welcome_sync(self) -> None:
        if not self._busy:
            self.app.push_screen(SyncForm(self._link, self._around), self._synced)

    def _synced(self, address: str | None) -> None:
        if address is not None:
            words = _("{address} is syncing; what is here can be read already.").format(address=address)
            self.dismiss(words)

    def action_welcome_import(self) -> None:
        if not self._busy:
            title, note = _("Bring in mail"), _("The path of a Maildir, an mbox, or a folder of .eml files.")
            self.app.push_screen(AskText(title, text="~/", note=note), self._bring)

    def _bring(self, text: str | None) -> None:
        if text and text.strip():
            self._busy = True
            bring: WorkType[None] = partial(self._brought, text.strip())
            self.run_worker(bring, group="bring")

    def action_welcome_people(self) -> None:
        if not self._busy:
            from tui.screens.import_people import begin_import

            begin_import(self, self._link, self._around, done=self.dismiss)

    async def _brought(self, text: str) -> None:
        """Stream the caller's files to the office."""
        name = Path(text).name or _("Imported")
        request = new_request()
        try:
            result = await self._link.command(lambda desk: desk.import_copies(request, name, self._copies(text)))
        except DeskError as error:
            if error.code not in PASSING:
                self.say(error_words(error), "warn")
            return
        finally:
            self._busy = False
        words = ngettext("{count} email brought in.", "{count} emails brought in.", result.added)
        self.dismiss(words.format(count=result.added))

    async def _copies(self, text: str) -> AsyncIterator[LocalCopy]:
        from tui.cli.files import local_copies

        count = 0
        async for copy in local_copies([text]):
            yield copy
            count += copy.last
            if copy.last and count % EVERY == 0:
                self.say(_("{count} sent …").format(count=count), "dim")

    def action_welcome_demo(self) -> None:
        if self._around.demo is None:
            self.say(_("`postroom demo` opens it."))
            return
        with self.app.suspend():
            self._around.demo()

    def action_welcome_skip(self) -> None:
        self.dismiss(None)


def offer_rows(cells: int) -> Sequence[Row]:
    """What one can begin with: key, what it does, a sentence."""
    lead, room = " " * max((cells - WIDE) // 2, 2), max(min(cells - 8, WIDE - 4), 20)
    rows: list[Row] = [
        (Span(lead), Span("postroom", "heading")),
        (Span(lead), Span(_("Nothing is here yet. Begin with one key:"), "dim")),
        EMPTY,
    ]
    for action, words in OFFERS:
        key = keys.BY_ACTION[action]
        rows.append((Span(lead), Span(f"{key.shown:<4}", "accent"), Span(_(key.label), "strong")))
        rows += [(Span(f"{lead}    "), Span(line, "dim")) for line in wrap(_(words), room)]
        rows.append(EMPTY)
    return rows
