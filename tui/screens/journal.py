"""The journal ([R3]): who did what, newest first, a client's or a member's alone; and whether its chain is whole."""

from collections.abc import Mapping, Sequence
from typing import Final

from store.model.errors import NotAllowed
from store.model.views import Announcement, JournalEntry
from tui.deeds import deed_words
from tui.i18n import _
from tui.keys import Place
from tui.link import Link
from tui.plain import Row, Span, fit, wrap
from tui.screens.chooser import Chooser, Option
from tui.screens.clients import client_options, short_name
from tui.screens.dialog import Dialog
from tui.screens.page import Page
from tui.surroundings import Surroundings
from tui.when import full
from tui.widgets.deed_row import entry_row, who_words

PAGE: Final = 200  # entries that are fetched at once
NEAR: Final = 20  # rows before the end at which more is fetched
CHECKED: Final = 5_000  # entries in one step of a check


class JournalScreen(Page[JournalEntry]):
    """See the module."""

    PLACE = Place.JOURNAL

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._client: Option[str] | None = None
        self._member: Option[str] | None = None
        self._clients: Mapping[str, str] = {}
        self._members: Mapping[str, str] = {}
        self._more = True
        self._fetching = False
        self._checking = False
        self._rows.empty_words = _("Nothing was done yet.")

    def title_words(self) -> str:
        return _("Journal")

    def count_words(self) -> str:
        chosen = [one.text for one in (self._client, self._member) if one is not None]
        return " · ".join(map(short_name, chosen)) or _("everything, newest first")

    async def look(self) -> Sequence[JournalEntry]:
        desk = self._link.desk
        self._clients = {str(one.client): one.name for one in await desk.clients()}
        self._members = {str(one.member): one.name for one in await desk.members()}
        try:
            entries = await self._page(0)
        except NotAllowed:
            self._rows.empty_words = _("The journal is read by owner and admins.")
            return ()
        self._more = len(entries) == PAGE
        return entries

    async def _page(self, before: int) -> Sequence[JournalEntry]:
        page = await self._link.desk.journal(
            before=before,
            client=self._client.value if self._client else None,
            member=self._member.value if self._member else None,
            limit=PAGE,
        )
        return page.entries

    def on_picker_moved(self) -> None:
        super().on_picker_moved()
        rows = self._rows
        if self._more and not self._fetching and rows.items and rows.cursor >= len(rows.items) - NEAR:
            self._fetching = True
            self.ask(self._fetch_more, group="more")

    async def _fetch_more(self) -> None:
        try:
            known = self._rows.items
            entries = await self._page(known[-1].seq)
            self._more = len(entries) == PAGE
            if known is self._rows.items:
                self._rows.fill([*known, *entries])
                self._tell_item()
        finally:
            self._fetching = False

    def told(self, announcement: Announcement) -> None:
        """What is read stays where it is; another scope is another journal (Z6)."""
        if announcement.kind == "scope_changed":
            self.look_again()

    def name_of(self, item: JournalEntry) -> str:
        return str(item.seq)

    def row(self, item: JournalEntry, cells: int) -> tuple[Row, ...]:
        return (entry_row(item, cells, now=self._around.clock(), who=self._who(item), what=self._what(item)),)

    def _what(self, entry: JournalEntry) -> str:
        return deed_words(entry, clients=self._clients, members=self._members)

    def _who(self, entry: JournalEntry) -> str:
        return who_words(entry, self._members)

    # ------------------------------------------------------------ keys
    def action_open(self) -> None:
        entry = self._rows.chosen
        if entry is not None:
            who, what = self._who(entry), self._what(entry)
            title = _("Entry {number}").format(number=entry.seq)
            self.app.push_screen(Dialog(title, lambda cells: entry_facts(entry, cells, who=who, what=what)))

    def action_filter_client(self) -> None:
        async def options() -> Sequence[Option[Option[str]]]:
            return [everything(), *await client_options(self._link)]

        def chosen(client: Option[str] | None) -> None:
            if client is not None:
                self._client = client if client.value else None
                self._again()

        self.app.push_screen(Chooser(_("Of which client"), options), chosen)

    def action_filter_member(self) -> None:
        async def options() -> Sequence[Option[Option[str]]]:
            members = await self._link.desk.members()
            return [everything(), *(Option(Option(str(one.member), one.name), one.name) for one in members)]

        def chosen(member: Option[str] | None) -> None:
            if member is not None:
                self._member = member if member.value else None
                self._again()

        self.app.push_screen(Chooser(_("Of which member"), options), chosen)

    def _again(self) -> None:
        self._rows.cursor = self._rows.top = 0
        self._rows.fill(())
        self._rows.known = False
        self.look_again()

    def action_verify(self) -> None:
        if not self._checking:
            self._checking = True
            self.ask(self._verify, group="verify")

    async def _verify(self) -> None:
        """Step by step, saying how far it is."""
        after = 0
        try:
            while True:
                told = await self._link.desk.check_journal(after=after, limit=CHECKED)
                if told.broken is not None:
                    self.say(_("The journal is broken at entry {seq}.").format(seq=told.broken), "warn")
                    return
                if told.checked >= told.total or told.checked == after:
                    self.say(_("The journal is whole: {count} entries. Its head is {head}.").format(
                        count=told.total, head=told.head[:16]
                    ))  # fmt: skip
                    return
                after = told.checked
                self.say(_("checking… {done} of {count}").format(done=after, count=told.total), "dim")
        finally:
            self._checking = False

    def action_undo(self) -> None:
        """The journal is only added to."""
        self.say(_("Nothing in the journal can be undone here."))


def everything() -> Option[Option[str]]:
    """No filter."""
    return Option(value=Option(value="", text=""), text=_("everything"))


def entry_facts(entry: JournalEntry, cells: int, *, who: str, what: str) -> list[Row]:
    """All that is kept of it."""
    pairs = [
        (_("when"), full(entry.at)),
        (_("who"), who),
        (_("what"), what),
        (_("act"), entry.action),
        (_("about"), entry.object or "–"),
        *([(_("hash"), entry.hash), (_("before it"), entry.prev)] if entry.hash else []),
    ]
    rows: list[Row] = []
    for label, value in pairs:
        for number, line in enumerate(wrap(value, max(cells - 14, 8))):
            rows.append((Span(" "), Span(fit("" if number else label, 12), "dim"), Span(line)))
    return rows
