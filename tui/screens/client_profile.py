"""A client's profile ([C6]): Overview, Email, Documents, Contacts, Notes, Activity. Each tab is fetched when opened.

Jobs are not among them while there are none. What the keys do stands in `tui/screens/client.py`.
"""

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.widget import Widget
from textual.worker import WorkerState, WorkType

from store.model.document import Standing
from store.model.errors import DeskError, NotFound
from store.model.firm import ClientDetail, Contact, Member
from store.model.ids import ClientId
from store.model.views import Announcement, EmailRow, ThreadQuery, View
from tui.i18n import _
from tui.keys import Place
from tui.link import PASSING, Link
from tui.plain import EMPTY, Row, Span
from tui.screens.browse import Browse
from tui.screens.client_parts import (
    TAB_NAMES,
    Part,
    PartPage,
    Tab,
    contact_parts,
    document_parts,
    entry_parts,
    note_parts,
    overview_parts,
    title_words,
    told,
)
from tui.screens.clients import manages_clients
from tui.screens.page import Left
from tui.sentences import error_words
from tui.surroundings import Surroundings
from tui.widgets.lines import Bar
from tui.widgets.thread_list import ThreadList

LATEST: Final = 5
ENTRIES: Final = 200  # of Activity that are shown
NEWS: Final = frozenset(
    {"firm_changed", "emails_filed", "threads_changed", "states_changed", "notes_changed", "documents_changed"}
)


class ClientProfile(PartPage):
    """See the module."""

    PLACE = Place.CLIENT
    KINDS = NEWS
    TABS: tuple[Tab, ...] = tuple(Tab)

    def __init__(self, link: Link, around: Surroundings, *, client: ClientId, tab: Tab = Tab.OVERVIEW) -> None:
        super().__init__(link, around)
        self._client, self._tab = client, tab
        self._detail: ClientDetail | None = None
        self._tabs_bar = Bar(id="page-tabs")
        self._threads = ThreadList(id="page-threads", clock=around.clock, moved=self._threads_moved)
        self._browse = Browse(self._threads, desk=lambda: link.desk, failed=self._browse_failed)
        self._opened = False
        self._manages = True
        self._me: Member | None = None
        self._standing: Standing | None = None

    def compose(self) -> ComposeResult:
        yield self._title_bar
        yield self._tabs_bar
        yield self._rows
        yield self._threads
        yield self._status_bar
        yield self._keys_bar

    def on_mount(self) -> None:
        self._show_tab()
        super().on_mount()
        self.set_focus(self._shown)

    @property
    def _shown(self) -> Widget:
        return self._threads if self._tab is Tab.EMAIL else self._rows

    # ------------------------------------------------------------ what is shown
    def title_words(self) -> str:
        return self._detail.name if self._detail is not None else _("Client")

    def count_words(self) -> str:
        return "" if self._detail is None else title_words(self._detail, now=self._around.clock())

    def _tell_title(self) -> None:
        said = (Span(f" {self.title_words()}", "heading"), Span(f"  {self.count_words()}", "dim"))
        self._title_bar.say(said)
        self._tabs_bar.say(tabs_row(self.TABS, self._tab))

    def _show_tab(self) -> None:
        self._rows.display = self._tab is not Tab.EMAIL
        self._threads.display = self._tab is Tab.EMAIL

    async def look(self) -> Sequence[Part]:
        desk = self._link.desk
        try:
            detail = self._detail = await desk.client(self._client)
        except NotFound:
            self.leave(None)
            return ()
        self._me = (await desk.welcome()).member
        self._manages = manages_clients(self._me)
        self._standing = await desk.client_standing(self._client)
        if self._tab is Tab.EMAIL:
            self._open_folder()
            return ()
        return await self.parts(self._tab, detail)

    async def parts(self, tab: Tab, detail: ClientDetail) -> Sequence[Part]:
        """The lines of a tab."""
        if tab is Tab.OVERVIEW:
            standing = self._standing or Standing()
            return list(overview_parts(detail, await self._latest(), standing, now=self._around.clock()))
        if tab is Tab.CONTACTS:
            return list(contact_parts(detail)) or [told(_("Nobody is linked yet: + links a contact by their address."))]
        if tab is Tab.DOCUMENTS:
            return await self._documents()
        return await self._notes() if tab is Tab.NOTES else await self._activity()

    async def _documents(self) -> Sequence[Part]:
        documents = await self._link.desk.documents(self._client)
        lines = list(document_parts(documents, now=self._around.clock()))
        return lines or [told(_("No documents yet: + adds a file; saved attachments of its mail stand here too."))]

    async def _notes(self) -> Sequence[Part]:
        notes = await self._link.desk.notes(self._client)
        lines = list(note_parts(notes, self.size.width, now=self._around.clock()))
        return lines or [told(_("Nothing is written down yet: + writes a note. Notes never leave the firm."))]

    async def _activity(self) -> Sequence[Part]:
        desk = self._link.desk
        entries = await desk.activity(self._client, limit=ENTRIES)
        clients = {str(one.client): one.name for one in await desk.clients() if one.client != self._client}
        members = {str(one.member): one.name for one in await desk.members()}
        lines = list(entry_parts(entries, clients=clients, members=members, now=self._around.clock()))
        return lines or [told(_("Nothing was done for this client yet."))]

    async def _latest(self) -> list[EmailRow]:
        """The newest emails stand in the newest threads."""
        desk = self._link.desk
        page = await desk.threads(ThreadQuery(view=View.ALL, client=self._client), limit=LATEST)
        emails = [email for row in page.rows for email in await desk.thread(row.thread)]
        here = [one for one in emails if any(filing.client.client == self._client for filing in one.filings)]
        return sorted(here, key=lambda one: -one.received)[:LATEST]

    # ------------------------------------------------------------ the folder
    def _open_folder(self) -> None:
        if not self._opened:
            self._opened = True
            query = ThreadQuery(view=View.ALL, client=self._client)
            self._browse.open(query, empty_words=_("No email is filed here yet."))
        else:
            self._browse.stale = True
        self._fill()

    def _fill(self) -> None:
        running = (WorkerState.PENDING, WorkerState.RUNNING)
        if not any(worker.group == "threads" and worker.state in running for worker in self.workers):
            work: WorkType[None] = self._browse.work
            self.run_worker(work, group="threads")

    def on_thread_list_wanting(self) -> None:
        if self._link.here and (self._browse.stale or self._threads.wanted()):
            self._fill()

    def _threads_moved(self) -> None:
        self._tell_item()
        self.on_thread_list_wanting()

    def _browse_failed(self, error: DeskError) -> None:
        if error.code not in PASSING:
            self.say(error_words(error), "warn")

    def _tell_item(self) -> None:
        super()._tell_item()
        if self._tab is Tab.EMAIL and self._threads.total:
            place = f"{self._threads.cursor + 1}/{self._threads.total}"
            self._status_bar.say(right=(Span(place, "dim"), Span(" ")))

    def on_picker_clicked(self) -> None:
        self.action_open()

    # ------------------------------------------------------------ news
    def told(self, announcement: Announcement) -> None:
        """Of other clients nothing is shown here; what names none may be about this one."""
        if announcement.client in (None, self._client):
            super().told(announcement)

    # ------------------------------------------------------------ keys
    def action_next_tab(self) -> None:
        self.go_tab(self.TABS[(self.TABS.index(self._tab) + 1) % len(self.TABS)])

    def action_previous_tab(self) -> None:
        self.go_tab(self.TABS[self.TABS.index(self._tab) - 1])

    def go_tab(self, tab: Tab) -> None:
        """Another part of the profile."""
        self._tab = tab
        if tab is not Tab.EMAIL:
            self._rows.known, self._rows.items = False, ()
            self._rows.cursor = self._rows.top = 0
            self._rows.refresh()
        self._show_tab()
        self.set_focus(self._shown)
        self.say("")
        self._tell_title()
        self._tell_item()
        self.look_again()

    def action_open(self) -> None:
        if self._tab is Tab.EMAIL:
            row = self._threads.chosen
            if row is not None:
                self.leave(Left(thread=row.thread, query=self._browse.query))
            return
        part = self._rows.chosen
        if part is not None:
            self.open_part(part)

    def open_part(self, part: Part) -> None:
        """What Enter does to a line."""
        if isinstance(part.value, EmailRow):
            query = ThreadQuery(view=View.ALL, client=self._client)
            self.leave(Left(thread=part.value.thread, email=part.value.email, query=query))
        elif isinstance(part.value, Contact):
            self.open_contact(part.value)

    def open_contact(self, contact: Contact) -> None:
        """The contact's page above this one."""
        from tui.screens.contact import ContactScreen

        self.app.push_screen(ContactScreen(self._link, self._around, contact=contact.contact), self.left_above)

    def left_above(self, left: Left | None) -> None:
        """A page above this one is closed."""
        if left is not None:
            self.leave(left)
        else:
            self.look_again()


def tabs_row(tabs: Sequence[Tab], at: Tab) -> Row:
    """The names of the tabs, the open one marked."""
    row: list[Span] = [Span(" ")]
    for tab in tabs:
        name = _(TAB_NAMES[tab])
        row.append(Span(f"[{name}]", "accent strong") if tab is at else Span(f" {name} ", "dim"))
        row.append(Span(" "))
    return tuple(row) or EMPTY
