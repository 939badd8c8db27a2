"""Contacts and clients from a file ([C7]): all that is not refused, in one transaction, with one undo.

The lines were cleaned beside the writer (`store.rules.importing`); what they join is decided here again, on what the
vault holds at this moment, so that a plan told a minute ago cannot be half true.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from actors.desk.book import Book
from actors.desk.commands.clients import files_now, seen_by
from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import ImportedPeople
from actors.desk.commands.past import settle_past
from actors.desk.commands.undos import did, unchanged
from store.model.errors import BadRequest
from store.model.ids import ClientKey, ContactKey
from store.model.people import PeopleImported
from store.model.scope import Scope
from store.rules.importing import MOST_PEOPLE, REFUSED, CleanPerson, KnownPeople, Plan, PlannedContact, names_of, plan
from store.rules.permissions import Action
from store.vault.contacts import ContactState, Switch, digest
from store.vault.vault import Vault

TOLD_LINES: Final = 1_000  # refused lines that the answer names
# Announcements that change nothing of what a plan is made from.
ABOUT_MAIL: Final = frozenset({"emails_filed", "threads_changed", "states_changed", "notices_kept", "comments_changed"})


def planned(vault: Vault, book: Book, scope: Scope, people: Sequence[CleanPerson]) -> Plan:
    """What an import of these lines would do now, for a member."""
    addresses, names = names_of(people)
    keys = vault.addresses.find(addresses)
    texts = {key: text for text, key in keys.items()}
    owners = vault.contacts.owners(keys.values())
    states = vault.contacts.states(set(owners.values()))
    hidden = {texts[address] for address, contact in owners.items() if _is_hidden(states.get(contact), address, scope)}
    clients: dict[str, list[int]] = {}
    for key, name in vault.firm.clients().items():
        if name.casefold() in names and scope.allows_client(key):
            clients.setdefault(name.casefold(), []).append(key)
    return plan(
        people,
        KnownPeople(
            owners={texts[address]: contact for address, contact in owners.items()},
            hidden=frozenset(hidden),
            own=book.own_texts & addresses,
            names={contact: state.name for contact, state in states.items()},
            clients={folded: tuple(sorted(found)) for folded, found in clients.items()},
            links=frozenset(
                (texts[switch[0]], switch[1])
                for state in states.values()
                for switch in state.switches
                if switch[0] in texts
            ),
        ),
    )


def _is_hidden(state: ContactState | None, address: int, scope: Scope) -> bool:
    """Whether the address is used, or else its contact linked, with clients hidden from the member alone."""
    if state is None:
        return False
    clients = {switch[1] for switch in state.switches if switch[0] == address and (switch[2] or switch[3])}
    clients = clients or set(state.clients)
    return bool(clients) and not any(scope.allows_client(client) for client in clients)


def import_people(
    act: Act, *, people: Sequence[CleanPerson], made: Plan | None = None, since: int = 0
) -> PeopleImported:
    """See the module. `made` is the plan as of the announcement `since`: it holds while only mail came since."""
    act.need(Action.MANAGE_CLIENTS)
    if len(people) > MOST_PEOPLE:
        raise BadRequest("too_many_people", most=MOST_PEOPLE)
    if made is None or not act.vault.announcements.only_of(ABOUT_MAIL, since=since):
        made = planned(act.vault, act.turn.book, act.scope, people)
    refused = tuple(line for line in made.lines if line.outcome == REFUSED)[:TOLD_LINES]
    told = msgspec.structs.replace(made.told(), lines=refused)
    if not (made.contacts or told.clients):
        return told
    inverse, addresses = _Applying(act, made).apply()
    expected = seen_by(act).fileable
    affected = settle_past(act, act.vault.emails.bearing(addresses), kind="import_people", expected=expected)
    count = told.made + told.joined + told.clients
    done = did(act, "import_people", count, inverse)
    act.announce("firm_changed")
    act.about = f"{told.made} contacts {told.joined} joined {told.clients} clients"
    return msgspec.structs.replace(told, emails=affected, done=True, undo=done.undo, affected=count)


class _Applying:
    """A plan brought into the vault, with a few statements for all of its lines."""

    def __init__(self, act: Act, made: Plan) -> None:
        self._act = act
        self._plan = made

    def apply(self) -> tuple[ImportedPeople, set[int]]:
        """What takes it back, and the addresses that file now."""
        contacts, plan_ = self._act.vault.contacts, self._plan
        clients, new = self._make_clients()
        keys = self._keys()
        fresh = [one for one in plan_.contacts if one.contact is None]
        known = {ContactKey(one.contact): one for one in plan_.contacts if one.contact is not None}
        before = contacts.states(known)
        whose = dict(zip(contacts.add([one.name for one in fresh]), fresh, strict=True))
        left = {contact: _left(one, None, keys, clients) for contact, one in whose.items()}
        left |= {contact: _left(one, before[contact], keys, clients) for contact, one in known.items()}
        contacts.own((keys[address], contact) for contact, one in (*whose.items(), *known.items())
                     for address in one.addresses)  # fmt: skip
        contacts.links((contact, client) for contact, state in left.items() for client in state.clients)
        contacts.switch(switch for state in left.values() for switch in state.switches)
        for contact, one in known.items():
            if one.named:
                contacts.rename(contact, one.name)
        on = {keys[address] for one in plan_.contacts for address, _place in one.clients}
        files_now(self._act, on)
        inverse = ImportedPeople(
            clients=tuple(new),
            made=tuple((contact, digest(left[contact])) for contact in whose),
            joined=tuple(_added(contact, before[contact], left[contact]) for contact in known),
            named=tuple((contact, one.name) for contact, one in known.items() if one.named),
            access=self._act.scope.clients is not None and bool(new),
        )
        return inverse, on

    def _keys(self) -> dict[str, int]:
        named = {address for one in self._plan.contacts for address in one.addresses}
        named |= {address for one in self._plan.contacts for address, _place in one.clients}
        return self._act.vault.addresses.keys(named)

    def _make_clients(self) -> tuple[list[ClientKey], list[tuple[ClientKey, str]]]:
        """The plan's clients by place, and those that were made."""
        act, planned_ = self._act, self._plan.clients
        names = [one.name for one in planned_ if one.client is None]
        new = act.vault.clients.add(names, at=act.now)
        fresh = iter(new)
        keys = [next(fresh) if one.client is None else ClientKey(one.client) for one in planned_]
        if new and act.scope.clients is not None:
            for key in new:
                act.vault.firm.give_access(act.actor, key, at=act.now)
            act.people_changed(rights=True)
            act.announce("scope_changed", member=act.actor)
        return keys, list(zip(new, names, strict=True))


def _left(
    one: PlannedContact, before: ContactState | None, keys: Mapping[str, int], clients: Sequence[ClientKey]
) -> ContactState:
    """A contact as the import leaves it: switches on for what the lines name, off for its other addresses there."""
    had = () if before is None else before.switches
    switches: dict[tuple[int, ClientKey], Switch] = {(switch[0], switch[1]): switch for switch in had}
    for address, place in one.clients:
        switches.setdefault((keys[address], clients[place]), (keys[address], clients[place], 1, 1))
    numbers = sorted({*(keys[text] for text in one.addresses), *(() if before is None else before.addresses)})
    linked = sorted({clients[place] for _address, place in one.clients} | set(() if before is None else before.clients))
    for client in linked:
        for number in numbers:
            switches.setdefault((number, client), (number, client, 0, 0))
    name = one.name if before is None or one.named else before.name
    return ContactState(
        name=name,
        addresses=tuple(numbers),
        clients=tuple(linked),
        switches=tuple(sorted(switches.values())),
        merged=0 if before is None else before.merged,
    )


Added = tuple[ContactKey, tuple[int, ...], tuple[ClientKey, ...], tuple[tuple[int, ClientKey], ...]]


def _added(contact: ContactKey, before: ContactState, after: ContactState) -> Added:
    """What an import added to a contact."""
    had = {(switch[0], switch[1]) for switch in before.switches}
    return (
        contact,
        tuple(address for address in after.addresses if address not in before.addresses),
        tuple(client for client in after.clients if client not in before.clients),
        tuple((switch[0], switch[1]) for switch in after.switches if (switch[0], switch[1]) not in had),
    )


# ---- Undo


def unimport(act: Act, inverse: ImportedPeople) -> int:
    """Take back what nobody has changed since; the rest stays."""
    act.need(Action.MANAGE_CLIENTS)
    vault = act.vault
    states = vault.contacts.states(contact for contact, _digest in inverse.made)
    gone = [key for key, left in inverse.made if key in states and digest(states[key]) == left]
    joined = vault.contacts.states(contact for contact, *_ in inverse.joined)
    back = [(each[0], _without(joined[each[0]], each, inverse)) for each in inverse.joined if each[0] in joined]
    names = vault.clients
    clients = [key for key, name in inverse.clients if names.name(key) == name]
    unchanged(gone or back or clients)
    need_no_hold(act, {*clients, *(client for key in gone for client in states[key].clients)})
    need_no_hold(act, {one[1] for key, state in back for one in {*joined[key].switches} - {*state.switches} if one[2]})
    addresses = {address for key in gone for address in states[key].addresses}
    addresses |= {address for key, _state in back for address in joined[key].addresses}
    vault.contacts.remove(gone)
    vault.contacts.restore(back)
    affected = settle_past(act, vault.emails.bearing(addresses), kind="undo", expected=seen_by(act).fileable)
    for client in clients:
        if inverse.access:
            vault.firm.take_access(act.actor, client)
        if not vault.firm.used(client):
            vault.firm.take_back(client)
    if inverse.access and clients:
        act.people_changed(rights=True)
        act.announce("scope_changed", member=act.actor)
    act.announce("firm_changed")
    act.about = f"{len(gone)} contacts {len(back)} joined {len(clients)} clients"
    return affected


def _without(state: ContactState, added: Added, inverse: ImportedPeople) -> ContactState:
    """A contact without what an import added, as far as nobody built on it: a link that got other switches stays."""
    contact, addresses, clients, switches = added
    less = set(switches)
    left = tuple(one for one in state.switches if (one[0], one[1]) not in less and one[0] not in addresses)
    used = {one[1] for one in left}
    name = "" if (contact, state.name) in inverse.named else state.name
    return ContactState(
        name=name,
        addresses=tuple(one for one in state.addresses if one not in addresses),
        clients=tuple(one for one in state.clients if one not in clients or one in used),
        switches=left,
        merged=state.merged,
    )
