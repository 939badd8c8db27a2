"""Choosing one of the firm's contacts, however many there are: a part of a name or address first, then of what fits."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from store.model.firm import Contact
from tui.i18n import _
from tui.link import Link
from tui.screens.asking import AskText
from tui.screens.chooser import Chooser, Option
from tui.screens.clients import short_name
from tui.screens.page import Page

FEW: Final = 1_000  # contacts that are offered without being asked about first
SHOWN: Final = 200

Chosen = Callable[[Option[str]], None]


def find_contact(page: Page[Any], link: Link, title: str, chosen: Chosen, *, without: str = "") -> None:
    """`chosen` gets the contact's id and name; `without` is one that is not meant."""

    def picked(contact: Option[str] | None) -> None:
        if contact is not None:
            chosen(contact)

    async def options(text: str) -> Sequence[Option[Option[str]]]:
        found = (await link.desk.contact_page(text=text, limit=SHOWN if text else FEW)).rows
        return [offered(one) for one in found if one.contact != without]

    def typed(text: str | None) -> None:
        if text and text.strip():
            page.app.push_screen(Chooser(title, lambda: options(text.strip())), picked)

    async def asked() -> None:
        many = (await link.desk.contact_page(limit=1)).total > FEW
        if many:
            page.app.push_screen(AskText(title, note=_("A part of a name or an address.")), typed)
        else:
            page.app.push_screen(Chooser(title, lambda: options("")), picked)

    page.ask(asked)


def offered(contact: Contact) -> Option[Option[str]]:
    """A contact to choose, found by name and addresses."""
    addresses = ", ".join(contact.addresses)
    value = Option(value=str(contact.contact), text=short_name(contact.name or addresses))
    return Option(value=value, text=contact.name or addresses, note=addresses if contact.name else "")
