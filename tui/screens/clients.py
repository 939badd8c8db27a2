"""Clients: everyone the firm works for, filtered as one types; each row says what is to answer, what is new, and whose.

All rows are fetched once, in pages; news look again at the page in view only. Decides nothing about mail.
"""

from collections.abc import Sequence
from typing import Any, Final

from textual.app import ComposeResult
from textual.widgets import Input
from textual.worker import WorkType

from store.model.firm import Member, MemberRole, Right
from store.model.ids import ClientId
from store.model.people import ClientRow
from store.model.views import Announcement
from tui.feed import Feed
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import Row, Span, fit, width
from tui.screens.asking import AskText, Confirm
from tui.screens.chooser import Option
from tui.screens.page import Left, Page
from tui.signs import MARKED
from tui.surroundings import Surroundings
from tui.when import brief
from tui.widgets.ask import Ask
from tui.widgets.filtering import Filtering

FIRST: Final = 200  # rows that are shown before the rest is here
MORE: Final = 1_000
COUNTS: Final = frozenset({"emails_filed", "threads_changed", "states_changed"})
PEOPLE: Final = frozenset({"firm_changed", "scope_changed"})
WHEN: Final = 10
MANAGING: Final = ("add_client", "set_tags", "mark_row", "merge_marked", "import_contacts")  # need the right


class ClientsScreen(Page[ClientRow]):
    """See the module."""

    PLACE = Place.CLIENT_LIST

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._rows.empty_words = _("No clients yet. + makes one; g f finds them in your mail.")
        self._all: dict[ClientId, ClientRow] = {}
        self._marks: set[ClientId] = set()
        self._manages = True
        self._filtering: Filtering[ClientRow] = Filtering(lambda row: " ".join((row.name, *row.tags)))
        self._ask_line = Ask(id="ask", entered=self._filter_entered, placeholder=_("a part of a name or a tag"))
        self._feed = Feed(
            self._news,
            start=self._start_news,
            gap=around.pace.news,
            pause=around.sleep,
        )

    def _start_news(self, looking: WorkType[None]) -> None:
        self.run_worker(looking, group="news")

    def compose(self) -> ComposeResult:
        yield self._title_bar
        yield self._heads_bar
        yield self._rows
        yield self._status_bar
        yield self._ask_line
        yield self._keys_bar

    @property
    def place(self) -> Place:
        return Place.SEARCH if isinstance(self.focused, Input) else self.PLACE

    # ------------------------------------------------------------ what is shown
    def title_words(self) -> str:
        return _("Clients")

    def count_words(self) -> str:
        shown, known = len(self._rows.items), len(self._all)
        if self._typed_filter:
            return _("{shown} of {count} fit “{text}”").format(shown=shown, count=known, text=self._typed_filter)
        words = ngettext("{count} client", "{count} clients", known).format(count=known) if known else ""
        if not self._marks:
            return words
        return words + " · " + _("{count} marked").format(count=len(self._marks))

    @property
    def _typed_filter(self) -> str:
        return self._ask_line.input.value.strip() if self._ask_line.is_mounted else ""

    async def look(self) -> Sequence[ClientRow]:
        """All of them; the first are shown while the rest comes."""
        desk = self._link.desk
        self._manages = manages_clients((await desk.welcome()).member)
        page = await desk.client_page(limit=FIRST)
        rows = list(page.rows)
        if not self._all and page.total > len(rows):
            self._rows.fill(rows)
        while len(rows) < page.total and page.rows:
            page = await desk.client_page(offset=len(rows), limit=MORE)
            rows += page.rows
        self._keep(rows)
        return self._filtering.found(self._typed_filter)

    def _keep(self, rows: Sequence[ClientRow]) -> None:
        self._all = {row.client: row for row in rows}
        self._marks &= self._all.keys()
        self._filtering.fill(rows)

    def _show(self) -> None:
        self._rows.fill(self._filtering.found(self._typed_filter))
        self._tell_title()
        self._tell_item()

    def name_of(self, item: ClientRow) -> str:
        return item.client

    def row(self, item: ClientRow, cells: int) -> tuple[Row, ...]:
        return (client_row(item, cells, now=self._around.clock(), marked=item.client in self._marks),)

    def heads(self, cells: int) -> Row:
        name, tags, followers, answer, unread = columns(cells)
        return (
            Span("   "),
            Span(fit(_("Name"), name), "dim"),
            Span(fit(_("Tags"), tags) if tags else "", "dim"),
            Span(fit(_("Followers"), followers), "dim"),
            Span(fit(_("To answer"), answer, right=True), "dim"),
            Span(fit(_("Unread"), unread, right=True), "dim"),
            Span(fit(_("Last"), WHEN, right=True), "dim"),
        )

    def not_meant(self, item: ClientRow | None) -> Sequence[str]:
        missing = [] if item is not None else ["open", "set_tags", "mark_row"]
        missing += [] if self._manages else [*MANAGING]
        return missing if len(self._marks) == 2 else [*missing, "merge_marked"]

    # ------------------------------------------------------------ news
    def told(self, announcement: Announcement) -> None:
        if announcement.kind in COUNTS | PEOPLE:
            self._feed.told(announcement)

    async def _news(self, kinds: frozenset[str], _threads: object) -> None:
        """Other people, another list; other mail, other numbers of those in view."""
        if kinds & PEOPLE or not self._all:
            self.look_again()
            return
        self.ask(self._count_again, group="count")

    async def _count_again(self) -> None:
        order = list(self._all)
        seen = self._rows.items[self._rows.top : self._rows.top + self._rows.page]
        places = {client: number for number, client in enumerate(order)}
        fresh = dict(self._all)
        for window in sorted({places[row.client] // FIRST for row in seen if row.client in places}):
            page = await self._link.desk.client_page(offset=window * FIRST, limit=FIRST)
            fresh.update({row.client: row for row in page.rows if row.client in fresh})
        self._keep(list(fresh.values()))
        self._show()

    # ------------------------------------------------------------ filtering
    def action_filter_rows(self) -> None:
        self._ask_line.begin(self._typed_filter)
        self._tell_item()

    def on_input_changed(self) -> None:
        if self._rows.known:
            self._rows.cursor = self._rows.top = 0
            self._show()

    def _filter_entered(self, _typed: str) -> None:
        """Back to the rows; what was typed holds until Esc."""
        self._ask_line.end()
        self._ask_line.display = bool(self._typed_filter)
        self.set_focus(self._rows)
        self._show()

    def action_submit(self) -> None:
        self._filter_entered("")

    def action_leave_search(self) -> None:
        self._ask_line.input.value = ""
        self._filter_entered("")

    def action_leave(self) -> None:
        self.action_back()

    def action_back(self) -> None:
        if self._typed_filter:
            self.action_leave_search()
        elif self._marks:
            self._marks.clear()
            self._show()
            self._rows.refresh()
        else:
            self.leave(None)

    # ------------------------------------------------------------ keys
    def action_open(self) -> None:
        row = self._rows.chosen
        if row is not None:
            self.open_profile(row.client)

    def open_profile(self, client: ClientId) -> None:
        """Its profile, above this list."""
        from tui.screens.client import ClientScreen

        self.app.push_screen(ClientScreen(self._link, self._around, client=client), self._profile_left)

    def _profile_left(self, left: Left | None) -> None:
        if left is not None and left.words:
            self.say(left.words)
            self.look_again()
        elif left is not None:
            self.leave(left)

    def on_picker_clicked(self) -> None:
        self.action_open()

    def action_find_person(self) -> None:
        """A contact, by a part of their name or address."""
        from tui.screens.contact import ContactScreen
        from tui.screens.find_contact import find_contact

        def chosen(contact: Option[str]) -> None:
            screen = ContactScreen(self._link, self._around, contact=contact.value)
            self.app.push_screen(screen, self._profile_left)

        find_contact(self, self._link, _("Open a contact"), chosen)

    def action_add_client(self) -> None:
        def named(name: str | None) -> None:
            if name and name.strip():
                self.ask(lambda: self._add(" ".join(name.split())))

        note = _("Its contacts are linked in its profile, or brought in from a file with I.")
        self.app.push_screen(AskText(_("The client's name"), note=note), named)

    async def _add(self, name: str) -> None:
        request = new_request()
        made = await self._link.command(lambda desk: desk.add_client(request, name))
        self.look_again()
        self.open_profile(made.client)

    def action_mark_row(self) -> None:
        row = self._rows.chosen
        if row is None:
            return
        self._marks ^= {row.client}
        self._rows.refresh()
        self._tell_title()
        self._tell_item()
        self._rows.move(1)

    def action_merge_marked(self) -> None:
        """The second becomes the first: the one under the cursor stays, if it is marked."""
        rows = [self._all[client] for client in self._marks]
        if len(rows) != 2:
            self.say(_("Mark two clients with x, then J merges them."))
            return
        under = self._rows.chosen
        rows.sort(key=lambda row: (under is None or row.client != under.client, row.name.casefold()))
        kept, gone = rows
        question = _("Merge {gone} into {kept}? Mail, contacts, tags and followers become {kept}'s. u takes it back.")

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self.ask(lambda: self._merge(gone, kept))

        words = question.format(gone=short_name(gone.name), kept=short_name(kept.name))
        self.app.push_screen(Confirm(words, yes=_("merge")), said)

    async def _merge(self, gone: ClientRow, kept: ClientRow) -> None:
        request = new_request()
        await self._link.command(lambda desk: desk.merge_clients(request, gone.client, into=kept.client))
        self._marks.clear()
        words = _("{gone} is merged into {kept}. u takes it back.")
        self.say(words.format(gone=short_name(gone.name), kept=short_name(kept.name)))
        self.look_again()

    def action_set_tags(self) -> None:
        row = self._rows.chosen
        if row is not None:
            ask_tags(self, row.client, row.tags)

    def action_import_contacts(self) -> None:
        from tui.screens.import_people import begin_import

        begin_import(self, self._link, self._around, done=self._imported)

    def _imported(self, words: str) -> None:
        self.say(words)
        self.look_again()


def ask_tags(page: Page[Any], client: ClientId, tags: Sequence[str]) -> None:
    """All tags of a client as one line; what is new is put on, what is gone is taken off."""

    def typed(text: str | None) -> None:
        if text is None:
            return
        wanted = [word for one in text.split(",") if (word := " ".join(one.split()))]
        known = {tag.casefold() for tag in wanted}
        add = [tag for tag in wanted if tag.casefold() not in {one.casefold() for one in tags}]
        remove = [tag for tag in tags if tag.casefold() not in known]
        if add or remove:
            page.ask(lambda: _tag(page, client, add, remove))

    note = _("Separated by commas. A word that is taken out is taken off the client.")
    page.app.push_screen(AskText(_("Tags"), text=", ".join(tags), note=note), typed)


async def _tag(page: Page[Any], client: ClientId, add: Sequence[str], remove: Sequence[str]) -> None:
    request = new_request()
    await page.link.command(lambda desk: desk.tag_client(request, client, add=add, remove=remove))
    page.say(_("Tags set. u takes it back."))
    page.look_again()


def manages_clients(member: Member) -> bool:
    """Whether they have the right to manage clients and contacts."""
    return member.role is not MemberRole.EMPLOYEE or Right.MANAGE_CLIENTS in member.rights


async def client_options(link: Link) -> Sequence[Option[Option[str]]]:
    """Every client one may see, to choose one of: its id, with its name."""
    clients = await link.desk.clients()
    return [Option(value=Option(value=str(one.client), text=one.name), text=one.name) for one in clients]


def short_name(name: str) -> str:
    """A name in a sentence."""
    return fit(name, 40).rstrip()


def columns(cells: int) -> tuple[int, int, int, int, int]:
    """Cells of name, tags, followers, to answer, unread."""
    answer = max(width(_("To answer")), 6) + 2
    unread = max(width(_("Unread")), 6) + 2
    room = max(cells - 3 - answer - unread - WHEN - 2, 20)
    tags = room // 4 if room >= 40 else 0
    followers = max(room // 4, 8)
    return room - tags - followers, tags, followers, answer, unread


def client_row(item: ClientRow, cells: int, *, now: float, marked: bool) -> Row:
    """Name, tags, who follows, how much is to answer and not read, when the last mail came."""
    name, tags, followers, answer, unread = columns(cells)
    return (
        Span(MARKED if marked else " ", "accent"),
        Span("●" if item.unread else " ", "accent"),
        Span(" "),
        Span(fit(item.name, name - 2), "client strong" if item.unread else "client"),
        Span("  "),
        Span(fit(", ".join(item.tags), tags - 2) + "  " if tags else "", "dim"),
        Span(fit(_first_names(item.followers), followers), "dim"),
        Span(fit(str(item.to_answer or "·"), answer, right=True), "answer" if item.to_answer else "faint"),
        Span(fit(str(item.unread or "·"), unread, right=True), "" if item.unread else "faint"),
        Span(fit("" if item.last is None else brief(item.last, now=now), WHEN, right=True), "dim"),
        Span("  "),
    )


def _first_names(names: Sequence[str]) -> str:
    return ", ".join(name.split()[0] if name.split() else "?" for name in names)
