"""The fake desk's first clients: suggestions from its own mail, clients made from them or from a sender, with undo."""

from collections.abc import Callable, Iterable, Sequence

from actors.desk.api import NewClient, NewContact
from store.model.address import Address, Person
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest, Conflict
from store.model.firm import Client
from store.model.ids import ClientId, EmailId, RequestId
from store.model.views import ClientMade, SuggestedClient
from store.rules.suggesting import Correspondent, Together, client_name, group_of, order, person_name, suggestion
from tests.support.fake_calls import FakePart, call, command
from tests.support.fake_mail import OWN_DOMAIN, FakeMail, normalised


class FakeClients(FakePart):
    """See the module."""

    @call
    async def suggest_clients(self, *, limit: int = 200) -> tuple[SuggestedClient, ...]:
        groups: dict[str, list[Correspondent]] = {}
        for address in sorted({address for mail in self.firm.mails for address in mail.addresses()}):
            person = self._correspondent(address)
            if person.sent and person.received and not _own(address) and self.firm.contact_of(address) is None:
                groups.setdefault(group_of(address), []).append(person)
        together = {group: self._together(people) for group, people in groups.items()}
        ordered = sorted(groups, key=lambda group: order(group, together[group], groups[group]))
        return tuple(suggestion(group, together[group], groups[group]) for group in ordered[:limit])

    def _correspondent(self, address: str) -> Correspondent:
        sent, received = self._to((address,)), self._from((address,))
        names = [
            person.name
            for mail in reversed(self.firm.in_order(received))
            for person in mail.people("From")
            if person.name and normalised((person.address,)) == [address]
        ]
        return Correspondent(
            address=address,
            sent=len(sent),
            received=len(received),
            last=max((mail.at for mail in (*sent, *received)), default=0),
            names=tuple(names),
        )

    def _together(self, people: Sequence[Correspondent]) -> Together:
        addresses = [person.address for person in people]
        answered = len(self._to(addresses))
        return Together(emails=answered + len(self._from(addresses)), answered=answered)

    def _to(self, addresses: Iterable[str]) -> list[FakeMail]:
        wanted = set(addresses)
        return [m for m in self._personal() if m.from_member and wanted & _in(m, "To", "Cc")]

    def _from(self, addresses: Iterable[str]) -> list[FakeMail]:
        wanted = set(addresses)
        return [m for m in self._personal() if not m.from_member and wanted & _in(m, "From")]

    def _personal(self) -> list[FakeMail]:
        return [mail for mail in self.firm.mails if not _is_bulk(mail)]

    @call
    async def count_past(self, addresses: Sequence[str]) -> int:
        return len(self._unfiled(map(_clean, addresses)))

    def _unfiled(self, addresses: Iterable[str]) -> list[FakeMail]:
        wanted = set(addresses)
        return [m for m in self.firm.mails if wanted & _in(m, "From", "To", "Cc") and not self.firm.filings(m)]

    @command
    async def client_from(
        self, request: RequestId, email: EmailId, *, name: str | None = None, client: str | None = None
    ) -> ClientMade:
        mail = self.mail(email)
        sender = next(iter(mail.people("From")), Person(address=""))
        address = next(iter(normalised((sender.address,))), "")
        if not address:
            raise BadRequest("no_sender_address")
        if _own(address):
            raise BadRequest("sender_is_own")
        if mail.parsed["Auto-Submitted"] or address.startswith("mailer-daemon@"):
            raise BadRequest("sender_is_automatic")
        if client is None:
            has = [one.name for one in self.firm.clients if (address, one.client) in self.firm.links]
            if has:
                raise Conflict("sender_has_client", name=", ".join(has))
            named = client_name(address, (sender.name,)) if name is None else name
            contact = NewContact(name=person_name((sender.name,)), address=address)
            return self._make("client_from", (NewClient(name=named, contacts=(contact,)),))
        known = self._client(client)
        if (address, known.client) in self.firm.links:
            raise Conflict("already_there")
        filed = len(self._unfiled((address,)))
        back = self._link(known, person_name((sender.name,)), (address,))
        return self._made("client_from", [known], filed, [back])

    @command
    async def make_clients(self, request: RequestId, clients: Sequence[NewClient]) -> ClientMade:
        if not clients:
            raise BadRequest("bad_value", field="clients")
        return self._make("make_clients", clients)

    def _make(self, word: str, clients: Sequence[NewClient]) -> ClientMade:
        names = [name.strip().casefold() for name in (*(c.name for c in self.firm.clients), *(c.name for c in clients))]
        for each in clients:
            if not each.name.strip():
                raise BadRequest("bad_name")
            if names.count(each.name.strip().casefold()) > 1:
                raise BadRequest("name_taken", name=each.name)
        addresses = [_clean(contact.address) for each in clients for contact in each.contacts]
        if any(map(_own, addresses)):
            raise BadRequest("sender_is_own")
        filed = len(self._unfiled(addresses))
        made: list[Client] = []
        back: list[Callable[[], None]] = []
        for wanted in clients:
            client = Client(client=ClientId(f"c{next(self.firm.serial)}"), name=wanted.name.strip())
            self.firm.clients.append(client)
            made.append(client)
            back += [self._link(client, *contact) for contact in _contacts(wanted)]
        return self._made(word, made, filed, [*back, lambda: self._take_away(made)])

    def _link(self, client: Client, name: str, addresses: Sequence[str]) -> Callable[[], None]:
        """A contact's addresses; what takes it back."""
        strangers = tuple(address for address in addresses if self.firm.contact_of(address) is None)
        made = self.firm.add_contact(name, strangers) if strangers else None
        for address in addresses:
            self.firm.links[address, client.client] = True

        def back() -> None:
            for address in addresses:
                del self.firm.links[address, client.client]
            if made is not None:
                self.firm.contacts.remove(made)

        return back

    def _take_away(self, made: list[Client]) -> None:
        self.firm.clients[:] = [client for client in self.firm.clients if client not in made]

    def _made(self, word: str, clients: Sequence[Client], filed: int, back: list[Callable[[], None]]) -> ClientMade:
        def all_back() -> None:
            for each in back:
                each()

        done = self._did(word, filed, all_back, kind="firm_changed")
        named = tuple(self.firm.named(client.client) for client in clients)
        return ClientMade(clients=named, emails=filed, undo=done.undo, affected=filed)


def _contacts(client: NewClient) -> list[tuple[str, list[str]]]:
    """The addresses of one contact carry the same name; without a name each is alone."""
    found: dict[str, list[str]] = {}
    for contact in client.contacts:
        address = _clean(contact.address)
        found.setdefault(contact.name or address, []).append(address)
    return [(name if "@" not in name else "", addresses) for name, addresses in found.items()]


def _in(mail: FakeMail, *fields: str) -> set[str]:
    return set(normalised(person.address for person in mail.people(*fields)))


def _own(address: str) -> bool:
    return address.endswith("@" + OWN_DOMAIN)


def _is_bulk(mail: FakeMail) -> bool:
    return any(mail.parsed[field] for field in ("List-Id", "List-Unsubscribe", "Auto-Submitted"))


def _clean(text: str) -> str:
    try:
        return str(Address(text))
    except BadText:
        raise BadRequest("bad_address", address=text) from None
