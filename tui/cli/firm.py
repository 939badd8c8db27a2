"""Clients, contacts, members and the journal on the command line."""

import argparse
from email.utils import parseaddr
from typing import Any
from unicodedata import category

from actors.desk.api import Desk, NewContact
from store.model.errors import BadRequest, DeskError
from store.model.firm import Client, Contact, MemberRole
from store.model.ids import EmailId
from store.model.plain import plain
from store.model.views import Done, JournalEntry, MailboxStatus, SuggestedClient
from tui.cli.attach import attached, request
from tui.cli.members import member_json
from tui.cli.office import mailbox_json
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.i18n import _, ngettext
from tui.words import role_word, sync_word

JOURNAL_PAGE = 1000
_LINE_ENDS = ("Cc", "Zl", "Zp")  # categories of what parseaddr would drop or cut at in silence


async def client_add(options: argparse.Namespace, output: Output) -> None:
    """Add a client with its contacts; past mail is filed at once."""
    contacts = [_contact(text) for text in options.contact]
    async with attached(options) as desk:
        made = await desk.add_client(request(options), options.name, contacts)
    output.did(Done(done=True, affected=1, undo="add_client"), _("Added."), more=_client(made))


def _contact(text: str) -> NewContact:
    name, address = parseaddr(text)
    if "@" not in address or any(category(char) in _LINE_ENDS for char in text):
        raise BadRequest("bad_address", address=text)
    return NewContact(name=name or address, address=address)


def _client(client: Client) -> dict[str, Any]:
    return {"client": client.client, "name": client.name}


async def client_suggest(options: argparse.Namespace, output: Output) -> None:
    """Who could become a client, the most answered first."""
    need(options.limit > 0, "bad_value", field="--limit")
    async with attached(options) as desk:
        found = await desk.suggest_clients(limit=options.limit)
    for suggested in found:
        output.record(_suggested(suggested))
    if not output.json:
        output.table(
            (each.name, str(each.emails), local(each.last), ", ".join(one.address for one in each.addresses))
            for each in found
        )
        if not found:
            output.say(_("Nobody: everybody you write with both ways is a client or a colleague."))


def _suggested(suggested: SuggestedClient) -> dict[str, Any]:
    return {
        "name": suggested.name,
        "domain": suggested.domain,
        "addresses": [
            {
                "address": one.address,
                "name": one.name,
                "sent": one.sent,
                "received": one.received,
                "last": when(one.last),
            }
            for one in suggested.addresses
        ],
        "emails": suggested.emails,
        "last": when(suggested.last),
    }


async def client_from(options: argparse.Namespace, output: Output) -> None:
    """A client of an email's sender, or their address added to one; past mail is filed at once."""
    async with attached(options) as desk:
        made = await desk.client_from(
            request(options), EmailId(options.email), name=options.name, client=options.client
        )
    (client,) = made.clients
    done = Done(done=made.done, affected=made.affected, undo=made.undo)
    told = ngettext("{name}: {count} past email filed.", "{name}: {count} past emails filed.", made.emails)
    more = {"client": client.client, "name": client.name, "emails": made.emails}
    output.did(done, plain(told.format(name=client.name, count=made.emails)), more=more)


async def contact_add(options: argparse.Namespace, output: Output) -> None:
    """Add a contact, linked to a client if one is named."""
    first = _contact(options.contact)
    asked = request(options)
    async with attached(options) as desk:
        made = await desk.add_contact(type(asked)(f"{asked}/1"), first.name, (first.address, *options.addresses))
        for number, address in enumerate(made.addresses if options.client else (), 2):
            await desk.link(type(asked)(f"{asked}/{number}"), address, options.client)
    output.did(Done(done=True, affected=1, undo="add_contact"), _("Added."), more=_contact_json(made))


def _contact_json(contact: Contact) -> dict[str, Any]:
    return {
        "contact": contact.contact,
        "name": contact.name,
        "addresses": list(contact.addresses),
        "clients": list(contact.clients),
    }


async def contact_link(options: argparse.Namespace, output: Output) -> None:
    """Link an address's contact to a client; past mail is filed at once."""
    async with attached(options) as desk:
        done = await desk.link(request(options), options.address, options.client)
    output.did(done, _("Linked; {count} past emails filed.").format(count=done.affected))


async def contact_unlink(options: argparse.Namespace, output: Output) -> None:
    """Take the link away."""
    async with attached(options) as desk:
        done = await desk.unlink(request(options), options.address, options.client)
    output.did(done, _("Link taken away; {count} emails re-filed.").format(count=done.affected))


async def contact_sync(options: argparse.Namespace, output: Output) -> None:
    """The switch *email sync* of an address for one client."""
    on = options.switch == "on"
    async with attached(options) as desk:
        done = await desk.set_email_sync(request(options), options.address, client=options.client, on=on)
    output.did(done, _("Email sync is on.") if on else _("Email sync is off."))


async def member_add(options: argparse.Namespace, output: Output) -> None:
    """Add a member."""
    async with attached(options) as desk:
        made = await desk.add_member(request(options), options.name, role=MemberRole(options.role), user=options.user)
    output.record({**member_json(made), "done": True, "undo": None, "affected": 1})
    output.say(_("Added."))


async def member_list(options: argparse.Namespace, output: Output) -> None:
    """The members."""
    if options.sync:
        await _team(options, output)
        return
    async with attached(options) as desk:
        members = await desk.members()
    for member in members:
        output.record(member_json(member))
    if not output.json:
        output.table((member.member, member.name, role_word(member.role), member.user or "") for member in members)


async def _team(options: argparse.Namespace, output: Output) -> None:
    """How each member's mailboxes sync, and how old what they log in with is."""
    async with attached(options) as desk:
        team = await desk.team()
    lines = [(one, status) for one in team for status in one.mailboxes or (None,)]
    for one, status in lines:
        mailbox = None if status is None else mailbox_json(status)
        output.record({"member": one.member, "name": one.name, "role": one.role.value, "mailbox": mailbox})
    if not output.json:
        output.table(
            (one.name, _("not set up"), "", "", "")
            if status is None
            else (
                one.name,
                status.address,
                sync_word(status.state),
                local(status.last_success) or "",
                _token_words(status),
            )
            for one, status in lines
        )


def _token_words(status: MailboxStatus) -> str:
    """Since when it is signed in, and since when by this token."""
    if status.token_at is not None:
        return _("token of {time}").format(time=local(status.token_at))
    return "" if status.signed_in_at is None else _("signed in {time}").format(time=local(status.signed_in_at))


async def journal(options: argparse.Namespace, output: Output) -> int | None:
    """What was done, by whom; with --verify the first broken entry."""
    async with attached(options) as desk:
        if options.head:
            page = await desk.journal(limit=0)
            output.record({"hash": page.head}, page.head)
            return None
        broken = await _entries(desk, options, output)
    if not options.verify:
        return None
    if broken is not None:
        output.attention(_("The journal is broken at entry {seq}.").format(seq=broken))
        return DeskError.exit_code
    output.say(_("The journal is whole."))
    return None


async def _entries(desk: Desk, options: argparse.Namespace, output: Output) -> int | None:
    """Tell them, oldest first; the first broken one where that is asked."""
    if options.client is not None or options.member is not None:
        for entry in reversed(await _chosen(desk, options)):
            _tell_entry(entry, options, output)
    else:
        after = 0
        while True:
            page = await desk.journal(after=after, limit=JOURNAL_PAGE)
            for entry in page.entries:
                _tell_entry(entry, options, output)
            if len(page.entries) < JOURNAL_PAGE:
                break
            after = page.entries[-1].seq
    return await _broken(desk, output) if options.verify else None


async def _chosen(desk: Desk, options: argparse.Namespace) -> list[JournalEntry]:
    """A client's or a member's, newest first."""
    found: list[JournalEntry] = []
    before = 0
    while True:
        page = await desk.journal(before=before, client=options.client, member=options.member, limit=JOURNAL_PAGE)
        found += page.entries
        if len(page.entries) < JOURNAL_PAGE:
            return found
        before = page.entries[-1].seq


async def _broken(desk: Desk, output: Output) -> int | None:
    """Checked piece by piece, saying how far it is."""
    after = 0
    while True:
        told = await desk.check_journal(after=after)
        if told.broken is not None or told.checked >= told.total or told.checked == after:
            return told.broken
        after = told.checked
        output.say(_("checking… {done} of {count}").format(done=after, count=told.total))


def _tell_entry(entry: JournalEntry, options: argparse.Namespace, output: Output) -> None:
    output.record(
        {
            "seq": entry.seq,
            "at": when(entry.at),
            "member": entry.member,
            "as": entry.as_,
            "action": entry.action,
            "object": entry.object,
            "prev": entry.prev,
            "hash": entry.hash,
        },
        None if options.verify else f"{entry.seq:>6}  {when(entry.at)}  {entry.action:20}  {entry.object}",
    )
