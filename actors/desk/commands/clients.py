"""Clients, contacts and their links ([C1]): what they touch of past mail is settled again ([S5]), and whose mail a link
files is told (Z3).
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import ImportedPeople, Linked, MadeClient, MadeClients
from actors.desk.commands.past import settle_past
from actors.desk.commands.resolving import clean_address, clean_name, client_of
from actors.desk.commands.undos import NOTHING, did, still, unchanged
from store.model.errors import BadRequest, Conflict, NotFound
from store.model.firm import Client, Contact
from store.model.ids import ClientKey, ContactKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.contacts import digest
from store.vault.seen import Seen

if TYPE_CHECKING:
    from actors.desk.api import NewContact

Switches = tuple[tuple[int, bool], ...]


def add_client(act: Act, *, name: str, contacts: Sequence["NewContact"] = ()) -> Client:
    """A client, and its contacts with *email sync* on. Whoever makes one may see it."""
    act.need(Action.MANAGE_CLIENTS)
    clean = clean_name(name)
    people = [(clean_contact(one.name), clean_address(one.address)) for one in contacts]
    client = new_client(act, clean)
    keys = act.vault.addresses.keys(address for _name, address in people)
    made: list[tuple[ContactKey, str, tuple[int, ...]]] = []
    for contact_name, address in people:
        contact = known_contact(act, keys[address], address)
        if contact is None:
            contact = act.vault.firm.add_contact(contact_name, (keys[address],))
            made.append((contact, contact_name, (keys[address],)))
        switch_on(act, contact, client, keys[address])
    affected = settle_past(
        act, act.vault.emails.bearing(keys.values()), kind="add_client", client=client, expected=seen_by(act).fileable
    )
    did(act, "add_client", affected, MadeClients(clients=(made_client(act, client, clean),), contacts=tuple(made)))
    act.announce("firm_changed", client=client)
    act.about = f"client {client}"
    return Client(client=act.vault.ids.client(client), name=clean)


def made_client(act: Act, client: ClientKey, name: str) -> MadeClient:
    """As it was made."""
    linked = sorted(act.vault.firm.linked_with(client))
    return MadeClient(
        client=client,
        name=name,
        linked=tuple((contact, switches_of(act, contact, client) or ()) for contact in linked),
        access=tuple(act.vault.firm.with_access(client)),
    )


def new_client(act: Act, name: str) -> ClientKey:
    if _taken(act, name):
        raise BadRequest("name_taken", name=name)
    client = act.vault.firm.add_client(name, at=act.now)
    if act.scope.clients is not None:
        act.vault.firm.give_access(act.actor, client, at=act.now)
        act.people_changed(rights=True)
        act.announce("scope_changed", member=act.actor)
    return client


def _taken(act: Act, name: str) -> bool:
    """By a client that the actor may see: a hidden one is as if it were not (Z5)."""
    folded = name.casefold()
    known = act.vault.firm.clients()
    return any(other.casefold() == folded and act.scope.allows_client(key) for key, other in known.items())


def clean_contact(name: str) -> str:
    """A contact may have no name."""
    return clean_name(name) if name.strip() else ""


def add_contact(act: Act, *, name: str, addresses: Sequence[str]) -> Contact:
    """A contact without links: it files nothing yet."""
    act.need(Action.MANAGE_CLIENTS)
    clean = clean_contact(name)
    texts = list(dict.fromkeys(clean_address(address) for address in addresses))
    if not texts:
        raise BadRequest("bad_value", field="addresses")
    keys = act.vault.addresses.keys(texts)
    for text in texts:
        if act.vault.firm.contact_of(keys[text]) is not None:
            raise BadRequest("address_taken", address=text)
    contact = act.vault.firm.add_contact(clean, [keys[text] for text in texts])
    state = still(act.vault.contacts.state(contact))
    did(act, "add_contact", 1, ImportedPeople(made=((contact, digest(state)),)))
    act.announce("firm_changed")
    act.about = f"contact {contact}"
    return Contact(contact=act.vault.ids.contact(contact), name=clean, addresses=tuple(sorted(texts)))


def link(act: Act, *, address: str, client: str, name: str = "", word: str = "link") -> Done:
    """Link the address's contact, made if nobody has the address; its *email sync* is on."""
    act.need(Action.LINK)
    text, key = clean_address(address), client_of(act, client)
    number = act.vault.addresses.key(text)
    contact = known_contact(act, number, text)
    made = contact is None
    if contact is None:
        contact = act.vault.firm.add_contact(name, (number,))
    before, notified = switches_of(act, contact, key), notified_of(act, contact, key)
    if before is not None and (number, True) in before:
        raise Conflict("already_there")
    switch_on(act, contact, key, number)
    affected = _settle_linked(act, word, contact, key, address=text)
    after = switches_of(act, contact, key)
    inverse = Linked(contact=contact, client=key, before=before, after=after, made_contact=made, notified=notified)
    return did(act, word, affected, inverse)


def unlink(act: Act, *, address: str, client: str) -> Done:
    """The contact no longer belongs to the client."""
    contact, key, number = _linked(act, address, client)
    need_no_hold(act, (key,))
    before, notified = switches_of(act, contact, key), notified_of(act, contact, key)
    act.vault.firm.unlink(contact, key)
    affected = _settle_linked(act, "unlink", contact, key, also=(number,))
    inverse = Linked(contact=contact, client=key, before=before, after=None, notified=notified)
    return did(act, "unlink", affected, inverse)


def set_email_sync(act: Act, *, address: str, client: str, on: bool) -> Done:
    """Whether mail of this address is filed with the client."""
    contact, key, number = _linked(act, address, client)
    if not on:
        need_no_hold(act, (key,))
    before, notified = switches_of(act, contact, key), notified_of(act, contact, key)
    if not act.vault.firm.set_email_sync(number, key, on=on):
        return NOTHING
    if on:
        files_now(act, (number,))
    affected = _settle_linked(act, "email_sync_on" if on else "email_sync_off", contact, key, only=number)
    after = switches_of(act, contact, key)
    inverse = Linked(contact=contact, client=key, before=before, after=after, notified=notified)
    return did(act, "set_email_sync", affected, inverse)


def relink(act: Act, inverse: Linked) -> int:
    """The link as it was before."""
    act.need(Action.LINK, clients=(inverse.client,))
    contact, client = inverse.contact, inverse.client
    unchanged(act.vault.clients.name(client) is not None)
    unchanged(switches_of(act, contact, client) == inverse.after)
    addresses = act.vault.firm.addresses_of(contact)
    unchanged(addresses)
    if {address for address, on in inverse.after or () if on} - {address for address, on in inverse.before or () if on}:
        need_no_hold(act, (client,))
    act.vault.firm.unlink(contact, client)
    if inverse.before is not None:
        act.vault.firm.link(contact, client, on=[address for address, on in inverse.before if on])
        for address, _on in inverse.before if inverse.notified is not None else ():
            act.vault.contacts.set_notify(address, client, on=address in (inverse.notified or ()))
        files_now(act, [address for address, on in inverse.before if on])
    affected = _settle_linked(act, "undo", contact, client, also=addresses)
    if inverse.made_contact and not act.vault.firm.clients_of(contact):
        act.vault.firm.remove_contact(contact)
    return affected


def _linked(act: Act, address: str, client: str) -> tuple[ContactKey, ClientKey, int]:
    """A link that there is."""
    act.need(Action.LINK)
    text, key = clean_address(address), client_of(act, client)
    number = act.vault.addresses.find((text,)).get(text)
    contact = None if number is None else act.vault.firm.contact_of(number)
    if number is None or contact is None or not act.vault.firm.is_linked(contact, key):
        raise NotFound
    if is_hidden(act, contact, number):
        raise NotFound
    return contact, key, number


def known_contact(act: Act, number: int, address: str) -> ContactKey | None:
    """Whose address it is. One that is hidden from the actor is not theirs to link: it would show them whose it is, and
    what else that contact has (Z5).
    """
    contact = act.vault.firm.contact_of(number)
    if contact is not None and is_hidden(act, contact, number):
        raise BadRequest("address_taken", address=address)
    return contact


def is_hidden(act: Act, contact: ContactKey, address: int) -> bool:
    """Whether the address is used, or else its contact linked, with clients hidden from the actor alone."""
    clients = act.vault.firm.used_by(address) or act.vault.firm.clients_of(contact)
    return bool(clients) and not any(act.scope.allows_client(client) for client in clients)


def switch_on(act: Act, contact: ContactKey, client: ClientKey, address: int) -> None:
    act.vault.firm.link(contact, client, on=(address,))
    act.vault.firm.set_email_sync(address, client, on=True)
    files_now(act, (address,))


def files_now(act: Act, addresses: Iterable[int]) -> None:
    """Mail of these is looked for where it was passed over, or has not come yet."""
    act.turn.linked |= set(act.vault.addresses.texts(addresses).values())


def switches_of(act: Act, contact: ContactKey, client: ClientKey) -> Switches | None:
    """None: not linked."""
    if not act.vault.firm.is_linked(contact, client):
        return None
    return tuple(sorted(act.vault.firm.switches(contact, client).items()))


def notified_of(act: Act, contact: ContactKey, client: ClientKey) -> tuple[int, ...]:
    """Which of its addresses get the firm's system mail there."""
    state = act.vault.contacts.state(contact)
    return () if state is None else tuple(one[0] for one in state.switches if one[1] == client and one[3])


def _settle_linked(
    act: Act, kind: str, contact: ContactKey, client: ClientKey, *, address: str | None = None,
    also: Iterable[int] = (), only: int | None = None,
) -> int:  # fmt: skip
    """Settle what bears the contact's addresses, or only one of them."""
    addresses = {only} if only is not None else {*act.vault.firm.addresses_of(contact), *also}
    emails = act.vault.emails.bearing(addresses)
    expected = seen_by(act).fileable if _links(act, addresses, client) else partial(seen_by(act).in_folder, client)
    affected = settle_past(act, emails, kind=kind, client=client, address=address, expected=expected)
    act.announce("firm_changed", client=client)
    act.about = f"contact {contact} client {client}"
    return affected


def _links(act: Act, addresses: Iterable[int], client: ClientKey) -> bool:
    """Whether any of these files with the client now: else mail can only leave its folder."""
    return any(client in clients for _contact, clients in act.vault.firm.known(addresses).values())


def seen_by(act: Act) -> Seen:
    return Seen(act.vault.database, act.scope, now=act.now)
