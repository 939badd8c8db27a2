"""What is set on clients and contacts on the command line, and two of them made one."""

import argparse
from collections.abc import AsyncIterator
from typing import Any

from actors.desk.api import Desk
from store.model.firm import ClientDetail
from store.model.people import ClientRow, ContactDetail
from store.model.plain import plain
from tui.cli.attach import attached, request
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.i18n import _, ngettext

PAGE = 500


async def client_list(options: argparse.Namespace, output: Output) -> None:
    """The clients one may see, with what is new of each."""
    async with attached(options) as desk:
        rows = [row async for row in _all_clients(desk, options.text or "")]
    for row in rows:
        output.record(
            {
                "client": row.client,
                "name": row.name,
                "tags": list(row.tags),
                "threads": row.threads,
                "to_answer": row.to_answer,
                "unread": row.unread,
                "last": when(row.last),
                "followers": list(row.followers),
            }
        )
    if not output.json:
        output.table(
            (row.client, row.name, str(row.unread or ""), local(row.last), " ".join(row.tags), ", ".join(row.followers))
            for row in rows
        )


async def _all_clients(desk: Desk, text: str) -> AsyncIterator[ClientRow]:
    offset, total = 0, 1
    while offset < total:
        page = await desk.client_page(text=text, offset=offset, limit=PAGE)
        for row in page.rows:
            yield row
        offset, total = offset + PAGE, page.total


async def client_show(options: argparse.Namespace, output: Output) -> None:
    """One client with its contacts, what is set on it, and who has to do with it."""
    async with attached(options) as desk:
        detail = await desk.client(options.client)
    output.record(_detail(detail), plain(detail.name))
    if output.json:
        return
    for word, said in (
        (_("tags"), " ".join(detail.tags)),
        (_("domains"), " ".join(detail.domains)),
        (_("followers"), ", ".join(detail.followers)),
        (_("may see it"), ", ".join(detail.access)),
        (_("last email"), local(detail.last)),
    ):
        if said:
            print(f"  {word}: {plain(said)}")
    counted = ngettext("{count} email", "{count} emails", detail.emails).format(count=detail.emails)
    unread = ngettext("{count} unread thread", "{count} unread threads", detail.unread).format(count=detail.unread)
    print(f"  {counted}, {unread}")
    output.table(
        (
            f"  {contact.name}",
            address.address,
            _("email sync on") if address.email_sync else _("email sync off"),
            _("notify on") if address.notify else _("notify off"),
        )
        for contact, addresses in detail.contacts
        for address in addresses
    )


def _detail(detail: ClientDetail) -> dict[str, Any]:
    return {
        "client": detail.client,
        "name": detail.name,
        "tags": list(detail.tags),
        "domains": list(detail.domains),
        "followers": list(detail.followers),
        "access": list(detail.access),
        "emails": detail.emails,
        "threads": detail.threads,
        "to_answer": detail.to_answer,
        "unread": detail.unread,
        "last": when(detail.last),
        "contacts": [
            {
                "contact": contact.contact,
                "name": contact.name,
                "addresses": [
                    {"address": switch.address, "email_sync": switch.email_sync, "notify": switch.notify}
                    for switch in addresses
                ],
            }
            for contact, addresses in detail.contacts
        ],
    }


async def client_rename(options: argparse.Namespace, output: Output) -> None:
    """A client is called otherwise."""
    async with attached(options) as desk:
        done = await desk.rename_client(request(options), options.client, options.name)
    output.did(done, _("Renamed.") if done.done else _("It is called so already."))


async def client_tag(options: argparse.Namespace, output: Output) -> None:
    """Put words on a client, and take words away."""
    add = [word[1:] for word in options.words if word.startswith("+")]
    remove = [word[1:] for word in options.words if word.startswith("-")]
    async with attached(options) as desk:
        done = await desk.tag_client(request(options), options.client, add=add, remove=remove)
        tags = (await desk.client(options.client)).tags
    output.did(done, plain(" ".join(tags)) or _("No tags."), more={"tags": list(tags)})


async def client_domain(options: argparse.Namespace, output: Output) -> None:
    """A domain becomes a client's, or is no longer."""
    on = options.change == "add"
    async with attached(options) as desk:
        done = await desk.set_domain(request(options), options.client, options.domain, on=on)
        domains = (await desk.client(options.client)).domains
    said = ngettext("{count} past email filed anew.", "{count} past emails filed anew.", done.affected)
    unchanged = _("It is the client's already.") if on else _("It is not the client's.")
    told = said.format(count=done.affected) if done.done else unchanged
    output.did(done, told, more={"domains": list(domains)})


async def client_merge(options: argparse.Namespace, output: Output) -> None:
    """Everything of one client becomes another's."""
    async with attached(options) as desk:
        done = await desk.merge_clients(request(options), options.client, into=options.into)
        detail = await desk.client(options.into)
    told = _("Everything of {one} is {other}'s now.").format(one=options.client, other=detail.name)
    output.did(done, plain(told), more={"client": detail.client, "name": detail.name})


# ---- Contacts


async def contact_show(options: argparse.Namespace, output: Output) -> None:
    """One contact with its addresses and clients."""
    async with attached(options) as desk:
        detail = await desk.contact(options.contact)
    output.record(_contact(detail), plain(detail.name or options.contact))
    if not output.json:
        for address in detail.addresses:
            print(f"  {plain(address)}")
        output.table(
            (
                f"  {link.client.name}",
                address.address,
                _("email sync on") if address.email_sync else _("email sync off"),
                _("notify on") if address.notify else _("notify off"),
            )
            for link in detail.clients
            for address in link.addresses
        )


def _contact(detail: ContactDetail) -> dict[str, Any]:
    return {
        "contact": detail.contact,
        "name": detail.name,
        "addresses": list(detail.addresses),
        "clients": [
            {
                "client": link.client.client,
                "name": link.client.name,
                "addresses": [
                    {"address": one.address, "email_sync": one.email_sync, "notify": one.notify}
                    for one in link.addresses
                ],
            }
            for link in detail.clients
        ],
    }


async def contact_list(options: argparse.Namespace, output: Output) -> None:
    """The contacts one may see."""
    offset, total = 0, 1
    async with attached(options) as desk:
        while offset < total:
            page = await desk.contact_page(text=options.text or "", client=options.client, offset=offset, limit=PAGE)
            for one in page.rows:
                output.record(
                    {
                        "contact": one.contact,
                        "name": one.name,
                        "addresses": list(one.addresses),
                        "clients": list(one.clients),
                    }
                )
            if not output.json:
                output.table((one.contact, one.name, ", ".join(one.addresses)) for one in page.rows)
            offset, total = offset + PAGE, page.total


async def contact_rename(options: argparse.Namespace, output: Output) -> None:
    """A contact is called otherwise."""
    async with attached(options) as desk:
        done = await desk.rename_contact(request(options), options.contact, options.name)
    output.did(done, _("Renamed.") if done.done else _("It is called so already."))


async def contact_address(options: argparse.Namespace, output: Output) -> None:
    """An address more or less of a contact."""
    need((options.contact is None) == (options.change == "remove"), "bad_value", field="CONTACT")
    async with attached(options) as desk:
        if options.change == "add":
            done = await desk.add_address(request(options), options.contact, options.address)
        else:
            done = await desk.remove_address(request(options), options.address)
    told = _("Added; its switches are off.") if options.change == "add" else _("Taken away.")
    output.did(done, told)


async def contact_notify(options: argparse.Namespace, output: Output) -> None:
    """The switch *notify* of an address for one client."""
    on = options.switch == "on"
    async with attached(options) as desk:
        done = await desk.set_notify(request(options), options.address, client=options.client, on=on)
    output.did(done, _("Notify is on.") if on else _("Notify is off."))


async def contact_merge(options: argparse.Namespace, output: Output) -> None:
    """Two contacts that are one person."""
    async with attached(options) as desk:
        done = await desk.merge_contacts(request(options), options.contact, into=options.into)
        detail = await desk.contact(options.into)
    output.did(done, _("One contact now."), more={"contact": detail.contact, "name": detail.name})


async def contact_remove(options: argparse.Namespace, output: Output) -> None:
    """A contact that no client has goes."""
    async with attached(options) as desk:
        done = await desk.remove_contact(request(options), options.contact)
    output.did(done, _("Taken away."))
