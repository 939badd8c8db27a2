"""What becomes of each line of a file of contacts ([C7]): made, joined to a contact that is known, known already, or
refused and why. Nothing is looked up and nothing written here.

Invariant: no line is believed before it is cleaned; whoever shares an address is one contact; applied, and planned
again, a plan adds nothing. What a person had said before (a name, a switch) stays as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from store.model.address import Address, NotAllowed
from store.model.people import NewPerson, PeopleImported, PlannedLine
from store.model.plain import plain
from store.model.record import Record

MOST_NAME: Final = 200
MOST_ADDRESSES: Final = 100  # of one line
MOST_CLIENTS: Final = 100  # of one line
MOST_PEOPLE: Final = 100_000
MADE, JOINED, KNOWN, REFUSED = "made", "joined", "known", "refused"


class CleanPerson(Record, frozen=True, kw_only=True):
    """A line as it can be kept: one line of visible characters for a name, addresses in the form that is compared.
    `code`: why it cannot.
    """

    line: int
    name: str = ""
    addresses: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    code: str = ""
    about: str = ""


class KnownPeople(Record, frozen=True, kw_only=True):
    """What the firm knows of what a file names, as far as who imports may know it."""

    owners: dict[str, int] = msgspec.field(default_factory=dict)  # address → contact
    hidden: frozenset[str] = frozenset()  # addresses whose contact only hidden clients have
    own: frozenset[str] = frozenset()  # members' addresses
    names: dict[int, str] = msgspec.field(default_factory=dict)  # contact → name
    clients: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)  # folded name → clients of that name
    links: frozenset[tuple[str, int]] = frozenset()  # address, client: switches that there are


class PlannedContact(Record, frozen=True, kw_only=True):
    """A contact to be made (`contact` None) or added to. `clients` are places in the plan's `clients`."""

    contact: int | None
    name: str
    addresses: tuple[str, ...]  # new to it
    clients: tuple[tuple[str, int], ...]  # (address, client's place): switches that are new, on
    named: bool = False  # it had no name and gets this one


class PlannedClient(Record, frozen=True, kw_only=True):
    """A client that lines name: known, or (`client` None) to be made."""

    client: int | None
    name: str


class Plan(Record, frozen=True, kw_only=True):
    """What an import does, and what it tells of each line."""

    contacts: tuple[PlannedContact, ...] = ()
    clients: tuple[PlannedClient, ...] = ()
    lines: tuple[PlannedLine, ...] = ()

    def told(self) -> PeopleImported:
        """In numbers and lines."""
        counts = {outcome: sum(line.outcome == outcome for line in self.lines) for outcome in (KNOWN, REFUSED)}
        return PeopleImported(
            made=sum(one.contact is None for one in self.contacts),
            joined=sum(one.contact is not None for one in self.contacts),
            known=counts[KNOWN],
            refused=counts[REFUSED],
            clients=sum(one.client is None for one in self.clients),
            lines=self.lines,
        )


# ---- Cleaning


def cleaned(people: Iterable[NewPerson]) -> tuple[CleanPerson, ...]:
    """Every line by itself."""
    return tuple(map(_cleaned, people))


def _cleaned(person: NewPerson) -> CleanPerson:
    name, clients = clean_text(person.name), tuple(dict.fromkeys(filter(None, map(clean_text, person.clients))))
    addresses: list[str] = []
    for text in person.addresses:
        if not text.strip():
            continue
        try:
            addresses.append(str(Address(text.strip().removeprefix("mailto:"))))
        except NotAllowed:
            return CleanPerson(line=person.line, name=name, code="bad_address", about=clean_text(text)[:80])
    if len(addresses) > MOST_ADDRESSES or len(clients) > MOST_CLIENTS:
        return CleanPerson(line=person.line, name=name, code="too_long")
    if not addresses and not clients:
        return CleanPerson(line=person.line, name=name, code="no_address")
    return CleanPerson(line=person.line, name=name, addresses=tuple(dict.fromkeys(addresses)), clients=clients)


def clean_text(text: str) -> str:
    """Foreign text as a name: visible characters on one line. What looks like a formula is text like any other."""
    whole = " ".join(text[: MOST_NAME * 4].split())
    if plain(whole) != whole:
        whole = " ".join("".join(char for char in whole if plain(char) == char or char == "\u200d").split())
    whole = whole[:MOST_NAME].strip()
    return whole if plain(whole) == whole else plain(whole)[:MOST_NAME].strip()


# ---- Planning


class _Group:
    """The lines of one contact."""

    __slots__ = ("addresses", "clients", "contact", "lines", "name")

    def __init__(self, contact: int | None) -> None:
        self.contact = contact
        self.name = ""
        self.addresses: dict[str, None] = {}
        self.clients: dict[tuple[str, int], None] = {}
        self.lines: list[int] = []


class Planning:
    """Lines one after the other, each judged by what is known and by the lines before it."""

    def __init__(self, known: KnownPeople) -> None:
        self._known = known
        self._groups: list[_Group] = []
        self._of_address: dict[str, _Group] = {}
        self._of_contact: dict[int, _Group] = {}
        self._clients: list[PlannedClient] = []
        self._places: dict[str, int] = {}
        self._lines: list[PlannedLine] = []

    def plan(self, people: Sequence[CleanPerson]) -> Plan:
        """See the module."""
        for person in people:
            self._lines.append(self._line(person))
        contacts = tuple(made for group in self._groups if (made := self._contact(group)) is not None)
        return Plan(contacts=contacts, clients=tuple(self._clients), lines=tuple(self._lines))

    def _line(self, person: CleanPerson) -> PlannedLine:
        code, about = self._refusal(person)
        if code:
            return PlannedLine(line=person.line, outcome=REFUSED, name=person.name, code=code, about=about)
        before = len(self._clients)
        places = [self._place(name) for name in person.clients]
        if not person.addresses:
            outcome = MADE if len(self._clients) > before else KNOWN
            return PlannedLine(line=person.line, outcome=outcome, name=person.name)
        group, outcome = self._group(person.addresses)
        if self._add(group, person, places) and outcome == KNOWN:
            outcome = JOINED
        return PlannedLine(line=person.line, outcome=outcome, name=person.name)

    def _refusal(self, person: CleanPerson) -> tuple[str, str]:
        if person.code:
            return person.code, person.about
        for address in person.addresses:
            if address in self._known.own:
                return "sender_is_own", address
            if address in self._known.hidden:
                return "address_taken", address
        if len({id(group) for group in self._groups_of(person.addresses)}) > 1:
            return "several_contacts", ", ".join(person.addresses[:3])
        for name in person.clients:
            if len(self._known.clients.get(name.casefold(), ())) > 1:
                return "ambiguous_name", name
        return "", ""

    def _groups_of(self, addresses: Iterable[str]) -> list[_Group]:
        """Those that these addresses are of, whether known or of a line before."""
        found = []
        for address in addresses:
            group, owner = self._of_address.get(address), self._known.owners.get(address)
            if group is None and owner is not None:
                group = self._of_contact.get(owner)
                if group is None:
                    group = self._of_contact[owner] = _Group(owner)
                    self._groups.append(group)
                self._of_address[address] = group
            if group is not None:
                found.append(group)
        return found

    def _group(self, addresses: Sequence[str]) -> tuple[_Group, str]:
        groups = self._groups_of(addresses)
        if groups:
            return groups[0], KNOWN
        group = _Group(None)
        self._groups.append(group)
        return group, MADE

    def _place(self, name: str) -> int:
        folded = name.casefold()
        if folded not in self._places:
            keys = self._known.clients.get(folded, ())
            self._places[folded] = len(self._clients)
            self._clients.append(PlannedClient(client=keys[0] if keys else None, name=name))
        return self._places[folded]

    def _add(self, group: _Group, person: CleanPerson, places: Sequence[int]) -> bool:
        """Whether the line brings anything new."""
        new = False
        for address in person.addresses:
            self._of_address[address] = group
            if self._known.owners.get(address) is None and address not in group.addresses:
                group.addresses[address] = None
                new = True
            for place in places:
                client = self._clients[place].client
                if (address, place) not in group.clients and (
                    client is None or (address, client) not in self._known.links
                ):
                    group.clients[address, place] = None
                    new = True
        had = self._known.names.get(group.contact, "") if group.contact is not None else ""
        if person.name and not had and not group.name:
            group.name = person.name
            new = True
        return new

    def _contact(self, group: _Group) -> PlannedContact | None:
        if group.contact is not None and not (group.addresses or group.clients or group.name):
            return None
        return PlannedContact(
            contact=group.contact,
            name=group.name,
            addresses=tuple(group.addresses),
            clients=tuple(group.clients),
            named=group.contact is not None and bool(group.name),
        )


def plan(people: Sequence[CleanPerson], known: KnownPeople) -> Plan:
    """What an import of these lines does."""
    return Planning(known).plan(people)


def names_of(people: Iterable[CleanPerson]) -> tuple[set[str], Mapping[str, str]]:
    """All addresses that lines name, and clients' names by their folded form."""
    listed = list(people)
    addresses = {address for person in listed for address in person.addresses}
    return addresses, {name.casefold(): name for person in listed for name in person.clients}
