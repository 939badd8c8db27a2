"""A contact: their addresses, the clients that they are linked to, and the switches of each address for each client.

A switch says what it would file before it is turned on; every key's act can be taken back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from store.model.errors import NotFound
from store.model.firm import LinkedAddress
from store.model.people import ContactDetail, LinkedClient
from store.model.views import ClientName
from tui.i18n import _
from tui.keys import Place
from tui.link import Link
from tui.plain import Row, Span, fit, width
from tui.screens.asking import AskText, Confirm
from tui.screens.chooser import Chooser, Option
from tui.screens.client import past_words
from tui.screens.client_parts import Part, PartPage, blank, head, switch_words, told
from tui.screens.clients import client_options, manages_clients, short_name
from tui.screens.find_contact import find_contact
from tui.screens.page import Left
from tui.surroundings import Surroundings

MANAGING: Final = (  # need the right to manage clients and contacts
    "switch_sync", "switch_notify", "add_address", "link_client", "rename_contact", "remove_here", "join_contact"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """An address as it stands with one client."""

    client: ClientName
    address: LinkedAddress


class ContactScreen(PartPage):
    """See the module."""

    PLACE = Place.CONTACT
    KINDS = frozenset({"firm_changed"})

    def __init__(self, link: Link, around: Surroundings, *, contact: str) -> None:
        super().__init__(link, around)
        self._contact = contact
        self._detail: ContactDetail | None = None
        self._past: dict[str, int] = {}
        self._manages = True

    # ------------------------------------------------------------ what is shown
    def title_words(self) -> str:
        if self._detail is None:
            return _("Contact")
        return self._detail.name or next(iter(self._detail.addresses), _("(no name)"))

    def count_words(self) -> str:
        return _("contact") if self._detail is not None else ""

    async def look(self) -> Sequence[Part]:
        desk = self._link.desk
        try:
            detail = self._detail = await desk.contact(self._contact)
        except NotFound:
            self.leave(None)
            return ()
        self._contact = detail.contact
        self._manages = manages_clients((await desk.welcome()).member)
        self._past = {address: await desk.count_past([address]) for address in detail.addresses}
        return contact_page(detail)

    def hint(self, item: Part | None) -> str:
        """What turning *email sync* on would do."""
        value = item.value if item is not None else None
        if not isinstance(value, Switches):
            return ""
        if value.address.email_sync:
            return _("s: its mail is filed no more with {client}").format(client=short_name(value.client.name))
        return "s: " + past_words(self._past.get(value.address.address, 0))

    def not_meant(self, item: Part | None) -> Sequence[str]:
        value = item.value if item is not None else None
        meant = {
            "open": isinstance(value, (Switches, ClientName)),
            "switch_sync": isinstance(value, Switches),
            "switch_notify": isinstance(value, Switches),
            "remove_here": value is not None,
        }
        out = [action for action, is_meant in meant.items() if not is_meant]
        return out if self._manages else [*out, *MANAGING]

    def named_here(self, item: Part | None) -> Mapping[str, str]:
        is_address = isinstance(item.value if item is not None else None, str)
        return {"open": _("client"), "remove_here": _("remove") if is_address else _("unlink")}

    # ------------------------------------------------------------ keys
    def action_open(self) -> None:
        part = self._rows.chosen
        value = part.value if part is not None else None
        client = value.client if isinstance(value, Switches) else value
        if isinstance(client, ClientName):
            from tui.screens.client import ClientScreen

            self.app.push_screen(ClientScreen(self._link, self._around, client=client.client), self._left_above)

    def _left_above(self, left: Left | None) -> None:
        if left is not None:
            self.leave(left)
        else:
            self.look_again()

    def action_switch_sync(self) -> None:
        value = self._switches()
        if value is None:
            return
        on, address, client = not value.address.email_sync, value.address.address, value.client
        words = _("Email sync is on: mail of {address} is filed with {client}. u takes it back.")
        if not on:
            words = _("Email sync is off: mail of {address} is not filed with {client} any more. u takes it back.")
        said = words.format(address=short_name(address), client=short_name(client.name))
        self.act(lambda desk, request: desk.set_email_sync(request, address, client=client.client, on=on), said)

    def action_switch_notify(self) -> None:
        value = self._switches()
        if value is None:
            return
        on, address, client = not value.address.notify, value.address.address, value.client.client
        words = _("Notify is on. u takes it back.") if on else _("Notify is off. u takes it back.")
        self.act(lambda desk, request: desk.set_notify(request, address, client=client, on=on), words)

    def _switches(self) -> Switches | None:
        part = self._rows.chosen
        return part.value if part is not None and isinstance(part.value, Switches) else None

    def action_add_address(self) -> None:
        def typed(address: str | None) -> None:
            if address and address.strip():
                words = _("Added; its switches are off. u takes it back.")
                self.act(lambda desk, request: desk.add_address(request, self._contact, address.strip()), words)

        self.app.push_screen(AskText(_("New address"), placeholder="name@example.org"), typed)

    def action_link_client(self) -> None:
        detail = self._detail
        if detail is None or not detail.addresses:
            return

        def chosen(client: Option[str] | None) -> None:
            if client is not None:
                self._ask_link(client)

        linked = {str(one.client.client) for one in detail.clients}

        async def options() -> Sequence[Option[Option[str]]]:
            return [one for one in await client_options(self._link) if one.value.value not in linked]

        self.app.push_screen(Chooser(_("Link to a client"), options), chosen)

    def _ask_link(self, client: Option[str]) -> None:
        """Of which address the mail is filed there: the one under the cursor, else the first."""
        part, detail = self._rows.chosen, self._detail
        if detail is None:
            return
        value = part.value if part is not None else None
        own = value.address.address if isinstance(value, Switches) else value if isinstance(value, str) else None
        address = own or detail.addresses[0]
        question = _("Link {address} to {client}? {emails}").format(
            address=short_name(address), client=short_name(client.text), emails=past_words(self._past.get(address, 0))
        )

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                done = _("Linked. u takes it back.")
                self.act(lambda desk, request: desk.link(request, address, client.value), done)

        self.app.push_screen(Confirm(question, yes=_("link")), said)

    def action_rename_contact(self) -> None:
        if self._detail is None:
            return

        def named(name: str | None) -> None:
            if name is not None:
                new = " ".join(name.split())
                words = _("Renamed. u takes it back.")
                self.act(lambda desk, request: desk.rename_contact(request, self._contact, new), words)

        self.app.push_screen(AskText(_("The contact's name"), text=self._detail.name), named)

    def action_remove_here(self) -> None:
        """An address is taken away; on a client's line the link is."""
        part, detail = self._rows.chosen, self._detail
        value = part.value if part is not None else None
        if detail is None or value is None:
            return
        if isinstance(value, str):
            words = _("{address} is nobody's any more. u takes it back.").format(address=short_name(value))
            self.act(lambda desk, request: desk.remove_address(request, value), words)
            return
        client = value.client if isinstance(value, Switches) else value
        address = detail.addresses[0] if detail.addresses else ""
        words = _("Unlinked from {client}. u takes it back.").format(client=short_name(client.name))
        self.act(lambda desk, request: desk.unlink(request, address, client.client), words)

    def action_join_contact(self) -> None:
        if self._detail is None:
            return
        name = short_name(self.title_words())

        def chosen(other: Option[str]) -> None:
            words = _("{other} is joined with {name}. u takes it back.").format(other=other.text, name=name)
            self.act(lambda desk, request: desk.merge_contacts(request, other.value, into=self._contact), words)

        title = _("Who is the same person as {name}?").format(name=name)
        find_contact(self, self._link, title, chosen, without=self._contact)


def contact_page(detail: ContactDetail) -> list[Part]:
    """The addresses, then each client with the switches of each address."""
    parts = [head(_("Addresses"))]
    parts += [address_part(address) for address in detail.addresses]
    for linked in detail.clients:
        parts += [blank(linked.client.client), client_part(linked.client)]
        parts += [switches_part(linked, address) for address in linked.addresses]
    if not detail.clients:
        parts += [blank("none"), told(_("Linked to no client yet: v links to one."))]
    return parts


def address_part(address: str) -> Part:
    """One of their addresses."""
    return Part(
        key=f"address {address}",
        made=lambda cells: (Span("   "), Span(fit(address, max(cells - 4, 4)))),
        value=address,
    )


def client_part(client: ClientName) -> Part:
    """A client's line."""
    return Part(
        key=f"client {client.client}",
        made=lambda cells: (Span(" "), Span(fit(client.name, max(cells - 2, 4)), "client strong")),
        value=client,
    )


def switches_part(linked: LinkedClient, address: LinkedAddress) -> Part:
    """An address's two switches with this client."""

    def made(cells: int) -> Row:
        sync, notify = switch_words(address)
        room = max(min(cells - 3 - width(sync) - width(notify) - 6, 48), 8)
        return (
            Span("   "),
            Span(fit(address.address, room)),
            Span("  "),
            Span(sync, "done" if address.email_sync else "dim"),
            Span("   "),
            Span(notify, "done" if address.notify else "dim"),
        )

    value = Switches(client=linked.client, address=address)
    return Part(key=f"switch {linked.client.client} {address.address}", made=made, value=value)
