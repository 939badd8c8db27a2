"""Mailboxes as their members set them up: added with a login that the servers took, paused, resumed; local ones for
mail that is brought in.

A mailbox is (server, login), not an address (Z4). Secrets never come here.
"""

from typing import Final

from msgspec.structs import replace

from actors.desk.api import Imported
from actors.desk.commands.box_view import view
from actors.desk.commands.ground import Act
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import clean_address, clean_name, mailbox_of, member_of
from actors.desk.commands.sharing import join
from actors.messages import OutboxStirred, SettingsChanged
from actors.switchboard import OUTBOX, mailbox_name
from store.model.address import HeaderText
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest, NotFound
from store.model.ids import MailboxKey, MemberKey
from store.model.mailbox import MailboxScope, MailboxSettings, MailboxView, ServerSettings
from store.model.views import Done
from store.rules.permissions import Action, Target
from store.vault.database import ConstraintError
from store.vault.mailboxes import KeptMailbox

MAX_LOGIN: Final = 320


def add_mailbox(
    act: Act,
    *,
    address: str,
    login: str,
    imap: ServerSettings,
    smtp: ServerSettings | None,
    member: str | None = None,
    scope: MailboxScope = MailboxScope.WHOLE,
    history_from: int | None = None,
    authserv_id: str | None = None,
    joins: bool = False,
) -> MailboxView:
    """The record of a mailbox whose servers let us in. Mail that bears its address is settled again: it is a member's
    own from now on. `joins`: the servers that are stored took the login for a mailbox of others.
    """
    if joins:
        return join(act, key=server_key(imap, login))
    target = act.turn.book.members[act.actor] if member is None else member_of(act, member)
    act.need(Action.ADD_MAILBOX, target=Target(role=target.role, member=target.member))
    if history_from is not None and not 0 <= history_from <= act.now:
        raise BadRequest("bad_value", field="history")
    settings = MailboxSettings(
        address=clean_address(address),
        login=_header(login, "login"),
        imap=imap,
        smtp=smtp if smtp is None or smtp.login is None else replace(smtp, login=_header(smtp.login, "login")),
        scope=scope,
        history_from=history_from,
        authserv_id=None if authserv_id is None else _header(authserv_id, "authserv_id"),
    )
    key = server_key(imap, settings.login)
    _need_free(act, settings.address, key, target.member)
    number = act.vault.addresses.key(settings.address)
    mailbox = _add(act, settings, key=key, member=target.member, own=(number,))
    act.vault.partings.signed_in(mailbox, target.member, at=act.now)
    settle_past(act, act.vault.emails.bearing((number,)), kind="add_mailbox", expected=only_seen(act))
    act.about = f"mailbox {mailbox} member {target.member}"
    return view(act, mailbox)


def server_key(imap: ServerSettings, login: str) -> str:
    """What a mailbox is."""
    return f"{imap.host.strip().rstrip('.').lower()}/{login.casefold()}"


def _header(text: str, field: str) -> str:
    """What is sent to a server, or compared with a header."""
    try:
        line = str(HeaderText(text))
    except BadText:
        raise BadRequest("bad_value", field=field) from None
    if not line.strip() or len(line) > MAX_LOGIN:
        raise BadRequest("bad_value", field=field)
    return line


def _need_free(act: Act, address: str, key: str, member: MemberKey) -> None:
    """One sync for one mailbox, one server for one address; nobody's address is taken without the owner."""
    boxes = act.vault.mailboxes.all()
    if any(box.server_key == key for box in boxes.values()):
        raise BadRequest("mailbox_taken")
    for box in boxes.values():
        if box.address.casefold() == address:
            raise _known_address(box, address, key, member)
    number = act.vault.addresses.find((address,)).get(address)
    if number is None or act.scope.owner:
        return
    others = any(number in box.addresses and set(box.members) != {member} for box in boxes.values())
    if others or act.vault.firm.contact_of(number) is not None:
        raise BadRequest("address_taken", address=address)


def _known_address(box: KeptMailbox, address: str, key: str, member: MemberKey) -> BadRequest:
    """On its server by another login, or on another server."""
    if box.server_key.partition("/")[0] != key.partition("/")[0]:
        return BadRequest("other_server")
    if member in box.members:
        return BadRequest("mailbox_taken")
    return BadRequest("address_taken", address=address)


def _add(act: Act, settings: MailboxSettings, *, key: str, member: MemberKey, own: tuple[int, ...]) -> MailboxKey:
    try:
        mailbox = act.vault.mailboxes.add(settings, server_key=key, members=(member,), own=own, at=act.now)
    except ConstraintError:
        raise BadRequest("mailbox_taken") from None
    act.people_changed(rights=True)
    act.announce("mailbox_told", mailbox=mailbox)
    act.announce("scope_changed", member=member)
    return mailbox


def pause(act: Act, *, address: str) -> Done:
    """No more looks, and nothing is carried, until it is resumed."""
    return _set_paused(act, address, paused=True)


def resume(act: Act, *, address: str) -> Done:
    """It goes on where it was."""
    return _set_paused(act, address, paused=False)


def _set_paused(act: Act, address: str, *, paused: bool) -> Done:
    box = mailbox_of(act, address)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    if box.kind == "local":
        raise BadRequest("local_mailbox")
    if box.paused is paused:
        return Done(done=False, affected=0)
    act.vault.mailboxes.pause(box.mailbox, paused=paused)
    act.people_changed(rights=False)
    act.turn.tell(
        mailbox_name(box.mailbox),
        SettingsChanged(settings=box.settings, incarnation=box.incarnation, paused=paused),
    )
    act.turn.tell(OUTBOX, OutboxStirred())  # what waits may go on
    act.announce("mailbox_told", mailbox=box.mailbox)
    act.about = f"mailbox {box.mailbox}"
    return Done(done=True, affected=1)


def open_import(act: Act, *, mailbox: str) -> MailboxView:
    """A local mailbox of the actor's of that name, made if new."""
    name = clean_name(mailbox)
    own = [box for box in act.vault.mailboxes.all().values() if box.mailbox in act.scope.mailboxes]
    found = next((box for box in own if box.address.casefold() == name.casefold()), None)
    if found is not None:
        if found.kind != "local":
            raise BadRequest("name_taken", name=name)
        return view(act, found.mailbox)
    settings = MailboxSettings(address=name, login="", imap=None)
    try:
        made = _add(act, settings, key=f"local/{act.actor}/{name.casefold()}", member=act.actor, own=())
    except BadRequest:
        raise BadRequest("name_taken", name=name) from None
    act.about = f"mailbox {made}"
    return view(act, made)


def import_copies(act: Act, *, mailbox: str, added: int, known: int, failed: int) -> Imported:
    """What an import did, for the journal and for who repeats the call."""
    box = mailbox_of(act, mailbox)
    if box.mailbox not in act.scope.mailboxes:
        raise NotFound
    act.about = f"mailbox {box.mailbox} added {added} known {known} failed {failed}"
    return Imported(added=added, known=known, failed=failed)
