"""What a person sets on clients and contacts: names, tags, domains, addresses, *notify*; two contacts made one; undo.

What it changes for past mail is settled again ([S5]), and whose mail a domain files is told (Z3). A contact that only
hidden clients have is not found (Z5).
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from actors.desk.commands.clients import clean_contact, files_now, is_hidden, seen_by
from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import ContactsSet, DomainSet, NotifySet, RenamedClient, TagsSet
from actors.desk.commands.past import settle_past
from actors.desk.commands.resolving import clean_address, clean_name, client_of
from actors.desk.commands.undos import NOTHING, did, unchanged
from store.model.address import Address
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest, NotFound
from store.model.ids import ClientKey, ContactKey
from store.model.plain import plain
from store.model.views import Done
from store.rules.permissions import Action
from store.rules.public_domains import is_public
from store.vault.contacts import ContactState

MOST_TAG: Final = 50  # characters
MOST_TAGS: Final = 50  # of one client

# ---- Clients


def rename_client(act: Act, *, client: str, name: str) -> Done:
    """Called otherwise from now on."""
    act.need(Action.MANAGE_CLIENTS)
    key, clean = client_of(act, client), clean_name(name)
    before = act.vault.firm.clients()[key]
    if clean == before:
        return NOTHING
    taken = {other for other, known in act.vault.firm.clients().items() if known.casefold() == clean.casefold()}
    if any(act.scope.allows_client(other) for other in taken - {key}):
        raise BadRequest("name_taken", name=clean)
    act.vault.clients.rename(key, clean)
    _client_changed(act, key)
    return did(act, "rename_client", 1, RenamedClient(client=key, before=before, after=clean))


def renamed_back(act: Act, inverse: RenamedClient) -> int:
    """The name as it was."""
    act.need(Action.MANAGE_CLIENTS, clients=(inverse.client,))
    unchanged(act.vault.clients.name(inverse.client) == inverse.after)
    act.vault.clients.rename(inverse.client, inverse.before)
    _client_changed(act, inverse.client)
    return 1


def tag_client(act: Act, *, client: str, add: Sequence[str], remove: Sequence[str]) -> Done:
    """Words on a client, case ignored."""
    act.need(Action.MANAGE_CLIENTS)
    key = client_of(act, client)
    more, less = [clean_tag(tag) for tag in add], {clean_tag(tag).casefold() for tag in remove}
    if not (more or less):
        raise BadRequest("bad_value", field="add")
    before = act.vault.clients.tags(key)
    known = {tag.casefold(): tag for tag in (*reversed(more), *before)}
    act.vault.clients.set_tags(key, [tag for folded, tag in known.items() if folded not in less])
    after = act.vault.clients.tags(key)
    if len(after) > MOST_TAGS:
        raise BadRequest("too_many_tags", most=MOST_TAGS)
    if after == before:
        return NOTHING
    _client_changed(act, key)
    return did(act, "tag_client", 1, TagsSet(client=key, before=before, after=after))


def tagged_back(act: Act, inverse: TagsSet) -> int:
    """The tags as they were."""
    act.need(Action.MANAGE_CLIENTS, clients=(inverse.client,))
    unchanged(act.vault.clients.name(inverse.client) is not None)
    unchanged(act.vault.clients.tags(inverse.client) == inverse.after)
    act.vault.clients.set_tags(inverse.client, inverse.before)
    _client_changed(act, inverse.client)
    return 1


def clean_tag(text: str) -> str:
    """One word of visible characters."""
    tag = text.strip()
    if not tag or len(tag) > MOST_TAG or plain(tag) != tag or len(tag.split()) > 1:
        raise BadRequest("bad_tag", name=plain(text[:MOST_TAG]))
    return tag


def _client_changed(act: Act, client: ClientKey) -> None:
    act.announce("firm_changed", client=client)
    act.about = f"client {client}"


# ---- Domains


def set_domain(act: Act, *, client: str, domain: str, on: bool) -> Done:
    """Mail of this domain is filed with the client where nothing stronger says where."""
    act.need(Action.LINK)
    key, clean = client_of(act, client), clean_domain(domain)
    if on:
        _need_private(act, clean)
    else:
        need_no_hold(act, (key,))
    if not act.vault.clients.set_domain(key, clean, on=on):
        return NOTHING
    affected = _settle_domain(act, key, clean, kind="set_domain")
    return did(act, "set_domain", affected, DomainSet(client=key, domain=clean, on=on))


def domain_back(act: Act, inverse: DomainSet) -> int:
    """As it was before."""
    act.need(Action.LINK, clients=(inverse.client,))
    unchanged(act.vault.clients.name(inverse.client) is not None)
    if inverse.on:
        need_no_hold(act, (inverse.client,))
    unchanged(act.vault.clients.set_domain(inverse.client, inverse.domain, on=not inverse.on))
    return _settle_domain(act, inverse.client, inverse.domain, kind="undo")


def clean_domain(text: str) -> str:
    """A domain in the form that is compared; what stands before an @ is not looked at."""
    name = text.strip().rpartition("@")[2].rstrip(".")
    try:
        domain = Address(f"x@{name}").domain
    except BadText:
        domain = ""
    if "." not in domain or len(domain) > 253:
        raise BadRequest("bad_domain", name=plain(text[:200]))
    return domain


def _need_private(act: Act, domain: str) -> None:
    if is_public(domain):
        raise BadRequest("domain_public", name=domain)
    if any(own.rpartition("@")[2] == domain for own in act.turn.book.own_texts):
        raise BadRequest("domain_is_own", name=domain)


def _settle_domain(act: Act, client: ClientKey, domain: str, *, kind: str) -> int:
    act.turn.linked_domains.add(domain)
    on = client in act.vault.clients.claims((domain,)).get(domain, ())
    expected = seen_by(act).fileable if on else partial(seen_by(act).in_folder, client)
    emails = act.vault.clients.of_domain(domain)
    affected = settle_past(act, emails, kind=kind, client=client, expected=expected)
    _client_changed(act, client)
    return affected


# ---- Switches


def set_notify(act: Act, *, address: str, client: str, on: bool) -> Done:
    """Whether an address gets the firm's system mail for a client."""
    act.need(Action.LINK)
    text, key = clean_address(address), client_of(act, client)
    number = act.vault.addresses.find((text,)).get(text)
    before = None if number is None else act.vault.contacts.notify(number, key)
    if number is None or before is None or _hides(act, number):
        raise NotFound
    if before is on:
        return NOTHING
    _notify(act, number, key, on=on)
    return did(act, "set_notify", 1, NotifySet(address=number, client=key, on=on))


def notify_back(act: Act, inverse: NotifySet) -> int:
    """The switch as it was."""
    act.need(Action.LINK, clients=(inverse.client,))
    unchanged(act.vault.contacts.notify(inverse.address, inverse.client) is inverse.on)
    _notify(act, inverse.address, inverse.client, on=not inverse.on)
    return 1


def _notify(act: Act, address: int, client: ClientKey, *, on: bool) -> None:
    act.vault.contacts.set_notify(address, client, on=on)
    act.announce("firm_changed", client=client)
    act.about = f"address {address} client {client}"


def _hides(act: Act, address: int) -> bool:
    contact = act.vault.firm.contact_of(address)
    return contact is None or is_hidden(act, contact, address)


# ---- Contacts


def contact_of(act: Act, ref: str) -> tuple[ContactKey, ContactState]:
    """By id, or by one of its addresses that the actor may know."""
    if "@" in ref:
        number = act.vault.addresses.find((text := clean_address(ref),)).get(text)
        key = None if number is None or _hides(act, number) else act.vault.firm.contact_of(number)
    else:
        key = act.vault.contacts.resolve(act.vault.ids.contact_key(ref))
    state = None if key is None else act.vault.contacts.state(key)
    if key is None or state is None or not _known(act, state):
        raise NotFound
    return key, state


def _known(act: Act, state: ContactState) -> bool:
    return not state.clients or any(act.scope.allows_client(client) for client in state.clients)


def rename_contact(act: Act, *, contact: str, name: str) -> Done:
    """A contact may have no name."""
    act.need(Action.MANAGE_CLIENTS)
    key, before = contact_of(act, contact)
    clean = clean_contact(name)
    if clean == before.name:
        return NOTHING
    act.vault.contacts.rename(key, clean)
    return _did(act, "rename_contact", ((key, before),), settle=False)


def add_address(act: Act, *, contact: str, address: str) -> Done:
    """One more, with its switches off."""
    act.need(Action.MANAGE_CLIENTS)
    key, before = contact_of(act, contact)
    text = clean_address(address)
    number = act.vault.addresses.key(text)
    if number in before.addresses and not _hides(act, number):
        raise BadRequest("address_taken", address=text)
    if act.vault.firm.contact_of(number) is not None:
        raise BadRequest("address_taken", address=text)
    if number in act.turn.book.own_addresses:
        raise BadRequest("sender_is_own")
    act.vault.contacts.own(((number, key),))
    act.vault.contacts.switch((number, client, 0, 0) for client in before.clients)
    return _did(act, "add_address", ((key, before),), settle=False)


def remove_address(act: Act, *, address: str) -> Done:
    """It is nobody's any more. Where clients that the actor does not see use it, it stays theirs."""
    act.need(Action.MANAGE_CLIENTS)
    key, before = contact_of(act, clean_address(address))
    number = act.vault.addresses.key(clean_address(address))
    if len(before.addresses) == 1:
        raise BadRequest("last_address")
    need_no_hold(act, {switch[1] for switch in before.switches if switch[0] == number and switch[2]})
    hidden = {client for client in act.vault.firm.used_by(number) if not act.scope.allows_client(client)}
    after = ContactState(
        name=before.name,
        addresses=tuple(one for one in before.addresses if hidden or one != number),
        clients=before.clients,
        switches=tuple(one for one in before.switches if one[0] != number or one[1] in hidden),
    )
    act.vault.contacts.remove((key,))
    act.vault.contacts.restore(((key, after),))
    return _did(act, "remove_address", ((key, before),), addresses=(number,))


def remove_contact(act: Act, *, contact: str) -> Done:
    """One that no client has."""
    act.need(Action.MANAGE_CLIENTS)
    key, before = contact_of(act, contact)
    if before.clients:
        raise BadRequest("contact_linked")
    act.vault.contacts.remove((key,))
    return _did(act, "remove_contact", ((key, before),), settle=False)


def merge_contacts(act: Act, *, contact: str, into: str) -> Done:
    """Two that are one person: addresses and links of the first are the other's, each address keeps its switches."""
    act.need(Action.MANAGE_CLIENTS)
    (source, one), (target, other) = contact_of(act, contact), contact_of(act, into)
    if source == target:
        raise BadRequest("bad_value", field="into")
    clients = tuple(sorted({*one.clients, *other.clients}))
    switches = {(address, client): (address, client, 0, 0) for address in (*one.addresses, *other.addresses)
                for client in clients}  # fmt: skip
    switches |= {(switch[0], switch[1]): switch for switch in (*one.switches, *other.switches)}
    whole = ContactState(
        name=other.name or one.name,
        addresses=tuple(sorted((*one.addresses, *other.addresses))),
        clients=clients,
        switches=tuple(sorted(switches.values())),
    )
    act.vault.contacts.restore(((source, ContactState(name=one.name, merged=target)),))
    act.vault.contacts.restore(((target, whole),))
    return _did(act, "merge_contacts", ((source, one), (target, other)))


def _did(
    act: Act,
    word: str,
    before: tuple[tuple[ContactKey, ContactState], ...],
    *,
    settle: bool = True,
    addresses: Iterable[int] = (),
) -> Done:
    """The answer of an act on contacts, which its undo brings back as they stood."""
    keys = [key for key, _state in before]
    now = act.vault.contacts.states(keys)
    after = tuple((key, now.get(key)) for key in keys)
    wanted = addresses or [address for _key, state in before for address in state.addresses]
    affected = _settle(act, word, wanted) if settle else 0
    _contacts_changed(act, keys)
    return did(act, word, affected, ContactsSet(before=before, after=after))


def contacts_back(act: Act, inverse: ContactsSet) -> int:
    """Contacts exactly as they stood, unless somebody changed one since."""
    act.need(Action.MANAGE_CLIENTS)
    keys = [key for key, _state in inverse.before]
    now = act.vault.contacts.states(keys)
    unchanged(all(now.get(key) == state for key, state in inverse.after))
    taken = [address for _key, state in inverse.before for address in state.addresses]
    owners = {contact for address in taken if (contact := act.vault.firm.contact_of(address)) is not None}
    unchanged(owners <= set(keys))
    names = act.vault.firm.clients()
    unchanged(all(client in names for _key, state in inverse.before for client in state.clients))
    left = [address for _key, state in inverse.after if state is not None for address in state.addresses]
    need_no_hold(act, _filing_less(now.values(), (state for _key, state in inverse.before)))
    act.vault.contacts.remove([key for key in keys if key in now])
    act.vault.contacts.restore(inverse.before)
    files_now(act, [switch[0] for _key, state in inverse.before for switch in state.switches if switch[2]])
    affected = _settle(act, "undo", {*taken, *left})
    _contacts_changed(act, keys)
    return affected


def _filing_less(now: Iterable[ContactState], then: Iterable[ContactState]) -> set[ClientKey]:
    """The clients with which an address files now, and would not."""
    on, stays = ({(one[0], one[1]) for state in states for one in state.switches if one[2]} for states in (now, then))
    return {client for _address, client in on - stays}


def _settle(act: Act, kind: str, addresses: Iterable[int]) -> int:
    return settle_past(act, act.vault.emails.bearing(addresses), kind=kind, expected=seen_by(act).fileable)


def _contacts_changed(act: Act, contacts: Sequence[ContactKey]) -> None:
    act.announce("firm_changed")
    act.about = f"contact {' '.join(map(str, contacts))}"
