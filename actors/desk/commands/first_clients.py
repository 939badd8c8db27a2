"""First clients ([C5a]): clients with their contacts and links in one act, and a client from an email's sender.

Past mail is settled as a link does it, and whose mail that files is told (Z3). One undo takes back all that was made.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from actors.desk.commands import past
from actors.desk.commands.clients import (
    Switches,
    clean_contact,
    known_contact,
    link,
    new_client,
    seen_by,
    switch_on,
    switches_of,
)
from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import MadeClient, MadeClients, journalled
from actors.desk.commands.resolving import clean_address, clean_name, client_of, emails_of
from actors.desk.commands.undos import did, unchanged
from store.model.address import Address
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest, Conflict
from store.model.evidence import Kind
from store.model.ids import ClientKey, ContactKey, EmailKey
from store.model.views import ClientMade, ClientName, Done
from store.rules.permissions import Action
from store.rules.suggesting import client_name, person_name

if TYPE_CHECKING:
    from actors.desk.api import NewClient, NewContact

MOST_CLIENTS: Final = 500
MOST_ADDRESSES: Final = 5_000
_NOBODY: Final = frozenset({Kind.AUTOMATIC, Kind.BOUNCE})

Contacts = Iterable[tuple[str, Sequence[str]]]  # name, addresses


def make_clients(act: Act, *, clients: Sequence["NewClient"]) -> ClientMade:
    """All of them or none."""
    act.need(Action.MANAGE_CLIENTS)
    if not clients:
        raise BadRequest("bad_value", field="clients")
    if len(clients) > MOST_CLIENTS or sum(len(client.contacts) for client in clients) > MOST_ADDRESSES:
        raise BadRequest("too_long")
    return _make(act, "make_clients", [(client.name, _people(client.contacts)) for client in clients])


def client_from(act: Act, *, email: str, name: str | None, client: str | None) -> ClientMade:
    """A new client of an email's sender, or their address added to a client."""
    if name is not None and client is not None:
        raise BadRequest("bad_value", field="name")
    act.need(Action.MANAGE_CLIENTS if client is None else Action.LINK)
    address, names = _sender(act, email)
    if client is None:
        _need_none(act, address)
        called = client_name(address, names) if name is None else name
        return _make(act, "client_from", [(called, [(person_name(names), (address,))])])
    key = client_of(act, client)
    done = link(act, address=address, client=client, name=person_name(names), word="client_from")
    return _made(act, [key], done)


def _need_none(act: Act, address: str) -> None:
    """Whoever has a client gets no second one by mistake. Only clients that the actor may see are named (Z5)."""
    contact = act.vault.firm.contact_of(act.vault.addresses.key(address))
    linked = () if contact is None else act.vault.firm.clients_of(contact)
    names = act.vault.firm.clients()
    has = sorted(names[key] for key in linked if act.scope.allows_client(key))
    if has:
        raise Conflict("sender_has_client", name=", ".join(has[:3]))


def _sender(act: Act, email: str) -> tuple[str, list[str]]:
    """Who wrote an email: their address, and the names in it that they wrote under."""
    (key,) = emails_of(act, (email,))
    mail = act.turn.one(key)
    if mail is None or mail.from_address is None:
        raise BadRequest("no_sender_address")
    if mail.from_address in act.turn.book.own_addresses:
        raise BadRequest("sender_is_own")
    if mail.kind in _NOBODY:
        raise BadRequest("sender_is_automatic")
    address = act.vault.addresses.texts((mail.from_address,))[mail.from_address]
    return address, [one.name for one in seen_by(act).senders(key) if _is(one.address, address)]


def _is(text: str, address: str) -> bool:
    try:
        return Address(text) == address
    except BadText:
        return False


def _people(contacts: Iterable["NewContact"]) -> Contacts:
    """The addresses of one contact carry the same name; of those without a name each is alone."""
    named: dict[str, list[str]] = {}
    alone = []
    for contact in contacts:
        name, address = clean_contact(contact.name), clean_address(contact.address)
        if name:
            named.setdefault(name, []).append(address)
        else:
            alone.append(("", (address,)))
    return (*named.items(), *alone)


def _make(act: Act, word: str, clients: Sequence[tuple[str, Contacts]]) -> ClientMade:
    """All links first, so that an email with people of two of them is settled with both at once."""
    contacts: list[tuple[ContactKey, str, tuple[int, ...]]] = []
    made = [_one(act, name, people, contacts) for name, people in clients]
    inverse = MadeClients(clients=tuple(made), contacts=tuple(contacts))
    done = did(act, word, _settle(act, word, made), inverse)
    act.announce("firm_changed")
    act.about = journalled("client", [each.client for each in made])
    return _made(act, [each.client for each in made], done)


def _one(act: Act, name: str, people: Contacts, contacts: list[tuple[ContactKey, str, tuple[int, ...]]]) -> MadeClient:
    """A client with its contacts; those that are new are added to the list."""
    client = new_client(act, clean_name(name))
    for called, addresses in people:
        keys = act.vault.addresses.keys(addresses)
        if not act.turn.book.own_addresses.keys().isdisjoint(keys.values()):
            raise BadRequest("sender_is_own")
        known = {key: known_contact(act, key, text) for text, key in keys.items()}
        strangers = tuple(key for key, contact in known.items() if contact is None)
        if strangers:
            contact = act.vault.firm.add_contact(called, strangers)
            contacts.append((contact, called, strangers))
            known |= dict.fromkeys(strangers, contact)
        for key, whose in known.items():
            if whose is not None:
                switch_on(act, whose, client, key)
    return MadeClient(
        client=client,
        name=act.vault.firm.clients()[client],
        linked=_linked(act, client),
        access=tuple(act.vault.firm.with_access(client)),
    )


def _linked(act: Act, client: ClientKey) -> tuple[tuple[ContactKey, Switches], ...]:
    return tuple(
        (contact, switches_of(act, contact, client) or ()) for contact in sorted(act.vault.firm.linked_with(client))
    )


def _settle(act: Act, kind: str, made: Iterable[MadeClient], *, back: bool = False) -> int:
    """Past mail of each client's addresses, the first of it at once; how many emails that files otherwise."""
    counted: set[EmailKey] = set()
    affected, at_once = 0, past.AT_ONCE
    for each in made:
        addresses = [address for _contact, switches in each.linked for address, on in switches if on]
        emails = act.vault.emails.bearing(addresses)
        seen = seen_by(act)
        expected = partial(seen.in_folder, each.client) if back else seen.fileable
        texts = act.vault.addresses.texts(addresses)
        affected += past.settle_past(
            act,
            emails,
            kind=kind,
            client=each.client,
            address=next(iter(texts.values())) if len(texts) == 1 else None,
            expected=_each_once(expected, frozenset(counted)),
            at_once=at_once,
        )
        counted |= set(emails)
        at_once = max(0, at_once - len(emails))
    return affected


def _each_once(
    look: Callable[[Sequence[EmailKey]], int], counted: frozenset[EmailKey]
) -> Callable[[Sequence[EmailKey]], int]:
    """An email with people of two of the clients is one."""
    return lambda emails: look([email for email in emails if email not in counted])


def _made(act: Act, clients: Sequence[ClientKey], done: Done) -> ClientMade:
    names = act.vault.firm.clients()
    return ClientMade(
        clients=tuple(ClientName(client=act.vault.ids.client(key), name=names[key]) for key in clients),
        emails=done.affected,
        undo=done.undo,
        affected=done.affected,
    )


def unmake(act: Act, inverse: MadeClients) -> int:
    """Take the clients away again, unless somebody has changed or used one of them since. Each goes when its last
    email has left; a contact that was linked elsewhere meanwhile stays.
    """
    firm = act.vault.firm
    act.need(Action.MANAGE_CLIENTS, clients=[each.client for each in inverse.clients])
    need_no_hold(act, [each.client for each in inverse.clients])
    names = firm.clients()
    for each in inverse.clients:
        unchanged(names.get(each.client) == each.name)
        unchanged(_linked(act, each.client) == each.linked)
        unchanged(tuple(firm.with_access(each.client)) == each.access)
    for contact, name, addresses in inverse.contacts:
        unchanged(firm.contact_name(contact) == name and set(firm.addresses_of(contact)) == set(addresses))
    for each in inverse.clients:
        for linked, _switches in each.linked:
            firm.unlink(linked, each.client)
    affected = _settle(act, "undo", inverse.clients, back=True)
    for contact, _name, _addresses in inverse.contacts:
        if not firm.clients_of(contact):
            firm.remove_contact(contact)
    for each in inverse.clients:
        _give_up(act, each)
    act.announce("firm_changed")
    act.about = journalled("client", [each.client for each in inverse.clients])
    return affected


def _give_up(act: Act, made: MadeClient) -> None:
    """Nothing hangs on it but mail that the rules filed, which leaves beside everything else."""
    for member in made.access:
        act.vault.firm.take_access(member, made.client)
        act.people_changed(rights=True)
        act.announce("scope_changed", member=member)
    unchanged(not act.vault.firm.used(made.client))
    act.vault.firm.take_back(made.client)
