"""Find clients ([C5a]): the people one writes with both ways, most answered first; chosen, named, joined, made clients.

Nothing is made by itself. What was typed and chosen stays while mail goes on arriving: the list is looked at once.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from actors.desk.api import NewClient, NewContact
from store.model.errors import DeskError
from store.model.record import Record
from store.model.views import Announcement, SuggestedAddress, SuggestedClient
from tui.acts import undone_words
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import Changed, Link, new_request
from tui.plain import Row, Span, fit, width
from tui.screens.asking import AskText, Confirm
from tui.screens.page import Page
from tui.sentences import error_words
from tui.surroundings import Surroundings
from tui.when import brief


class Found(Record, frozen=True, kw_only=True):
    """A client to be, as it stands in the list. `key` is that of the first suggestion in it."""

    key: str
    name: str
    addresses: tuple[SuggestedAddress, ...]
    emails: int
    last: int
    chosen: bool = False

    @classmethod
    def of(cls, one: SuggestedClient) -> "Found":
        """A suggestion."""
        key = one.addresses[0].address if one.addresses else one.domain
        return cls(key=key, name=one.name, addresses=one.addresses, emails=one.emails, last=one.last)

    def client(self) -> NewClient:
        """To be made: a contact for each address; of one name, one person."""
        return NewClient(
            name=self.name,
            contacts=tuple(NewContact(name=one.name or one.address, address=one.address) for one in self.addresses),
        )


def joined(found: Sequence[Found]) -> Found:
    """Several as one, under the first one's name."""
    first = found[0]
    return replace(
        first,
        addresses=tuple(address for one in found for address in one.addresses),
        emails=sum(one.emails for one in found),
        last=max(one.last for one in found),
        chosen=True,
    )


class FindClientsScreen(Page[Found]):
    """See the module."""

    PLACE = Place.CLIENTS

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._rows.empty_words = _("Nobody else is written with both ways yet.")
        self._found: list[Found] | None = None
        self._offered = False

    def title_words(self) -> str:
        return _("Find clients")

    async def look(self) -> Sequence[Found]:
        if self._found is None:
            self._found = [Found.of(one) for one in await self._link.desk.suggest_clients()]
            self._hint()
        return self._found

    def name_of(self, item: Found) -> str:
        return item.key

    def row(self, item: Found, cells: int) -> tuple[Row, ...]:
        return (found_row(item, cells, now=self._around.clock()),)

    def heads(self, cells: int) -> Row:
        name, room = columns(cells)
        return (
            Span("     "),
            Span(fit(_("Name"), name), "dim"),
            Span("  "),
            Span(fit(_("Who"), room), "dim"),
            Span(fit(_("Emails"), COUNT, right=True), "dim"),
            Span(fit(_("Last"), WHEN, right=True), "dim"),
        )

    def line_changed(self, changed: Changed) -> None:
        """What stands here stays; it is looked at again only if nothing came yet."""
        if self._found is None or not changed.attached:
            super().line_changed(changed)
        else:
            self._hint()

    def told(self, announcement: Announcement) -> None:
        """New mail changes nothing here; another scope does (Z6)."""
        if announcement.kind == "scope_changed":
            self._found = None
            self.look_again()

    def _hint(self) -> None:
        chosen = sum(one.chosen for one in self._found or ())
        if chosen:
            words = ngettext("{count} chosen; + makes it a client.", "{count} chosen; + makes them clients.", chosen)
            self.say(words.format(count=chosen), "dim")
        else:
            self.say(_("x chooses; + makes clients of the chosen, and files the past."), "dim")

    def before_key(self) -> None:
        """What is chosen is said as long as it is."""

    def _show(self, found: list[Found]) -> None:
        self._found = found
        self._rows.fill(found)
        self._tell_title()
        self._tell_item()
        self._hint()

    def _with(self, item: Found, changed: Found) -> None:
        self._show([changed if one.key == item.key else one for one in self._found or ()])

    # ------------------------------------------------------------ keys
    def action_choose_client(self) -> None:
        item = self._rows.chosen
        if item is not None:
            self._with(item, replace(item, chosen=not item.chosen))
            self._rows.move(1)

    def action_rename_client(self) -> None:
        item = self._rows.chosen
        if item is None:
            return

        def named(name: str | None) -> None:
            if name and name.strip():
                self._with(item, replace(item, name=" ".join(name.split()), chosen=True))

        note = ", ".join(one.address for one in item.addresses[:5])
        self.app.push_screen(AskText(_("The client's name"), text=item.name, note=note), named)

    def action_join_clients(self) -> None:
        """The chosen become one client."""
        chosen = [one for one in self._found or () if one.chosen]
        if len(chosen) < 2:
            self.say(_("Choose two or more with x, then J joins them."))
            return
        one = joined(chosen)
        keep = {other.key for other in chosen[1:]}
        self._show([one if each.key == one.key else each for each in self._found or () if each.key not in keep])

    def action_make_clients(self) -> None:
        chosen = [one for one in self._found or () if one.chosen]
        if not chosen and self._rows.chosen is not None:
            chosen = [self._rows.chosen]
        if chosen:
            self.ask(lambda: self._make(chosen))

    async def _make(self, chosen: Sequence[Found]) -> None:
        request = new_request()
        clients = tuple(one.client() for one in chosen)
        self.say(_("making clients, filing the past…"), "dim")
        made = await self._link.command(lambda desk: desk.make_clients(request, clients))
        keys_made = {one.key for one in chosen}
        self._show([one for one in self._found or () if one.key not in keys_made])
        count = len(made.clients)
        first = ngettext("{count} client made", "{count} clients made", count).format(count=count)
        second = ngettext("{count} email filed.", "{count} emails filed.", made.emails).format(count=made.emails)
        self.say(f"{first}, {second} " + _("u takes it back."))
        await self._offer_service()

    def action_undo(self) -> None:
        request = new_request()

        async def undone() -> None:
            done = await self._link.undo(request)
            self._show([Found.of(one) for one in await self._link.desk.suggest_clients()])
            self.say(undone_words(done))

        self.ask(undone)

    # ------------------------------------------------------------ the end of set-up
    async def _offer_service(self) -> None:
        """Mail is fetched only while an office runs: offer to keep it running, once."""
        service = self._around.keep_running
        if self._offered or service is None:
            return
        self._offered = True
        if not await asyncio.to_thread(service.wanted):
            return
        question = _(
            "Mail is fetched only while an office runs, and it ends a minute after the last screen. "
            "Keep it running in the background, as a service of your own?"
        )
        self.app.push_screen(Confirm(question, yes=_("keep it running")), self._kept_running)

    def _kept_running(self, sure: bool | None) -> None:  # noqa: FBT001 - a callback
        service = self._around.keep_running
        if service is None:
            return
        if not sure:
            self.say(_("`postroom office install` does it later."))
            return

        async def install() -> None:
            try:
                self.say(await asyncio.to_thread(service.install))
            except DeskError as error:
                self.say(error_words(error), "warn")

        self.ask(install)


COUNT: Final = 9
WHEN: Final = 12


def columns(cells: int) -> tuple[int, int]:
    """Cells of the name and of the people."""
    name = min(max(cells // 4, 16), 32)
    return name, max(cells - 5 - name - 2 - COUNT - WHEN - 2, 6)


def found_row(item: Found, cells: int, *, now: float) -> Row:
    """Chosen or not, name, who it is, how many emails, the last one's day."""
    name, room = columns(cells)
    return (
        Span(" "),
        Span("[x]" if item.chosen else "[ ]", "accent" if item.chosen else "dim"),
        Span(" "),
        Span(fit(item.name, name), "client strong" if item.chosen else ""),
        Span("  "),
        Span(fit(who_words(item, room), room), "dim"),
        Span(fit(str(item.emails), COUNT, right=True), "dim"),
        Span(fit(brief(item.last, now=now), WHEN, right=True), "dim"),
        Span("  "),
    )


def who_words(item: Found, room: int) -> str:
    """One address; of a domain's people the domain first, since that is what they share."""
    addresses = [one.address for one in item.addresses]
    domains = {address.rpartition("@")[2] for address in addresses}
    if len(domains) != 1:
        return ", ".join(addresses)
    (domain,) = domains
    locals_ = ", ".join(address.rpartition("@")[0] for address in addresses)
    whole = f"{locals_} @{domain}" if len(addresses) > 1 else addresses[0]
    return whole if width(whole) <= room else f"@{domain}"
