"""The fake desk's clients and contacts: pages of them, what is set on them, merging and import, each with its undo."""

import copy
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from msgspec.structs import replace

from actors.desk.commands.people import MOST_TAGS, clean_domain, clean_tag
from actors.desk.commands.resolving import clean_address, clean_name
from actors.desk.local_people import gathered
from store.model.errors import BadRequest, NotFound
from store.model.firm import Client, ClientDetail, Contact, LinkedAddress
from store.model.ids import ClientId, RequestId
from store.model.people import (
    ClientPage,
    ClientRow,
    ContactDetail,
    ContactPage,
    LinkedClient,
    PeopleBatch,
    PeopleImported,
)
from store.model.thread import ThreadState
from store.model.views import Done
from store.rules.importing import REFUSED, KnownPeople, Plan, cleaned, plan
from store.rules.public_domains import is_public
from store.vault.queries.people_lists import fitting, in_order
from tests.support.fake_calls import FakePart, call, command
from tests.support.fake_mail import OWN_DOMAIN

_KEPT = ("clients", "contacts", "links", "tags", "domains", "quiet", "aliases")


class FakePeople(FakePart):
    """See the module."""

    # ---- Reading

    @call
    async def client_page(self, *, text: str = "", offset: int = 0, limit: int = 200) -> ClientPage:
        rows = [self._row(client) for client in sorted(self.firm.clients, key=lambda one: in_order(one.name))]
        found = fitting(text, rows, lambda row: (row.name, *row.tags))
        return ClientPage(rows=tuple(found[offset : offset + limit]), total=len(found))

    def _row(self, client: Client) -> ClientRow:
        mails = [mail for mail in self.firm.mails if self.firm.is_filed(mail, client.client)]
        threads = {mail.thread: self.firm.thread_row(mail.thread) for mail in mails}
        return ClientRow(
            client=client.client,
            name=client.name,
            tags=self.firm.tags.get(client.client, ()),
            threads=len(threads),
            to_answer=sum(row.state is ThreadState.TO_ANSWER for row in threads.values()),
            unread=sum(row.unread for row in threads.values()),
            last=max((mail.at for mail in mails), default=None),
            followers=tuple(sorted(m.name for m in self.firm.members if client.client in m.clients)),
        )

    def _whole(self, detail: ClientDetail) -> ClientDetail:
        """A client's page with what is set on it."""
        row = self._row(self._client(detail.client))
        seers = [m.name for m in self.firm.members if m.role != "employee" or detail.client in m.clients]
        return replace(
            detail,
            tags=row.tags,
            domains=tuple(sorted(self.firm.domains.get(detail.client, ()))),
            followers=row.followers,
            access=tuple(sorted(seers)),
            to_answer=row.to_answer,
            unread=row.unread,
            last=row.last,
        )

    @call
    async def contact_page(
        self, *, text: str = "", client: str | None = None, offset: int = 0, limit: int = 200
    ) -> ContactPage:
        known = [self._linked(one) for one in sorted(self.firm.contacts, key=lambda one: in_order(one.name))]
        if client is not None:
            key = self._client(client).client
            known = [one for one in known if key in one.clients]
        found = fitting(text, known, lambda one: (one.name, *one.addresses))
        return ContactPage(rows=tuple(found[offset : offset + limit]), total=len(found))

    def _linked(self, contact: Contact) -> Contact:
        linked = {client for address, client in self.firm.links if address in contact.addresses}
        return replace(contact, addresses=tuple(sorted(contact.addresses)), clients=tuple(sorted(linked)))

    @call
    async def contact(self, ref: str) -> ContactDetail:
        contact = self._linked(self._contact(ref))
        names = sorted((self.firm.named(client) for client in contact.clients), key=lambda one: in_order(one.name))
        return ContactDetail(
            contact=contact.contact,
            name=contact.name,
            addresses=contact.addresses,
            clients=tuple(LinkedClient(client=name, addresses=self._switches(contact, name.client)) for name in names),
        )

    def _switches(self, contact: Contact, client: ClientId) -> tuple[LinkedAddress, ...]:
        return tuple(
            LinkedAddress(
                address=address,
                email_sync=self.firm.links.get((address, client), False),
                notify=(address, client) in self.firm.links and (address, client) not in self.firm.quiet,
            )
            for address in sorted(contact.addresses)
        )

    def _contact(self, ref: str) -> Contact:
        ref = self.firm.aliases.get(ref, ref)
        for contact in self.firm.contacts:
            if ref == contact.contact or ("@" in ref and clean_address(ref) in contact.addresses):
                return contact
        raise NotFound

    # ---- Acts

    def _doing(self, word: str, change: Callable[[], int]) -> Done:
        """Do it; its undo puts all people back as they were, unless they changed since."""
        before = self._people()
        try:
            affected = change()
        except BadRequest:
            self._put_people(before)
            raise
        return self._did(word, affected, lambda: self._put_people(before), kind="firm_changed")

    def _people(self) -> dict[str, Any]:
        return {name: copy.copy(getattr(self.firm, name)) for name in _KEPT}

    def _put_people(self, kept: dict[str, Any]) -> None:
        for name, value in kept.items():
            setattr(self.firm, name, copy.copy(value))

    @command
    async def rename_client(self, request: RequestId, client: str, name: str) -> Done:
        known, clean = self._client(client), clean_name(name)
        if any(clean.casefold() == one.name.casefold() for one in self.firm.clients if one != known):
            raise BadRequest("name_taken", name=clean)
        if clean == known.name:
            return Done(done=False, affected=0)

        def change() -> int:
            self.firm.clients = [replace(one, name=clean) if one == known else one for one in self.firm.clients]
            return 1

        return self._doing("rename_client", change)

    @command
    async def tag_client(
        self, request: RequestId, client: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Done:
        key = self._client(client).client
        more, less = [clean_tag(tag) for tag in add], {clean_tag(tag).casefold() for tag in remove}
        if not (more or less):
            raise BadRequest("bad_value", field="add")
        before = self.firm.tags.get(key, ())
        known = {tag.casefold(): tag for tag in (*reversed(more), *before)}
        after = tuple(sorted((tag for folded, tag in known.items() if folded not in less), key=str.casefold))
        if len(after) > MOST_TAGS:
            raise BadRequest("too_many_tags", most=MOST_TAGS)
        if after == before:
            return Done(done=False, affected=0)

        def change() -> int:
            self.firm.tags[key] = after
            return 1

        return self._doing("tag_client", change)

    @command
    async def set_domain(self, request: RequestId, client: str, domain: str, *, on: bool) -> Done:
        key, clean = self._client(client).client, clean_domain(domain)
        if on and is_public(clean):
            raise BadRequest("domain_public", name=clean)
        if on and clean == OWN_DOMAIN:
            raise BadRequest("domain_is_own", name=clean)
        known = self.firm.domains.get(key, frozenset())
        if (clean in known) is on:
            return Done(done=False, affected=0)

        def change() -> int:
            before = self._filed()
            self.firm.domains[key] = known ^ {clean}
            return self._refiled(before)

        return self._doing("set_domain", change)

    @command
    async def merge_clients(self, request: RequestId, client: str, *, into: str) -> Done:
        source, target = self._client(client), self._client(into)
        if source == target:
            raise BadRequest("bad_value", field="into")

        def change() -> int:
            firm, before = self.firm, self._filed()
            for (address, key), on in list(firm.links.items()):
                if key == source.client:
                    del firm.links[address, key]
                    firm.links[address, target.client] = on or firm.links.get((address, target.client), False)
            firm.tags[target.client] = tuple(
                sorted({*firm.tags.pop(source.client, ()), *firm.tags.get(target.client, ())})
            )
            firm.domains[target.client] = firm.domains.get(target.client, frozenset()) | firm.domains.pop(
                source.client, frozenset()
            )
            firm.aliases[source.client] = target.client
            firm.clients = [one for one in firm.clients if one != source]
            return self._refiled(before)

        return self._doing("merge_clients", change)

    @command
    async def set_notify(self, request: RequestId, address: str, *, client: str, on: bool) -> Done:
        key = (clean_address(address), self._client(client).client)
        if key not in self.firm.links:
            raise NotFound
        if (key not in self.firm.quiet) is on:
            return Done(done=False, affected=0)

        def change() -> int:
            self.firm.quiet = self.firm.quiet ^ {key}
            return 1

        return self._doing("set_notify", change)

    @command
    async def rename_contact(self, request: RequestId, contact: str, name: str) -> Done:
        known, clean = self._contact(contact), clean_name(name) if name.strip() else ""
        if clean == known.name:
            return Done(done=False, affected=0)
        return self._doing("rename_contact", lambda: self._put(known, replace(known, name=clean)))

    @command
    async def add_address(self, request: RequestId, contact: str, address: str) -> Done:
        known, clean = self._contact(contact), clean_address(address)
        if self.firm.contact_of(clean) is not None:
            raise BadRequest("address_taken", address=clean)
        if clean.endswith("@" + OWN_DOMAIN):
            raise BadRequest("sender_is_own")

        def change() -> int:
            for client in self._linked(known).clients:
                self.firm.links[clean, client] = False
                self.firm.quiet = self.firm.quiet | {(clean, client)}
            return self._put(known, replace(known, addresses=(*known.addresses, clean)))

        return self._doing("add_address", change)

    @command
    async def remove_address(self, request: RequestId, address: str) -> Done:
        known, clean = self._contact(address), clean_address(address)
        if len(known.addresses) == 1:
            raise BadRequest("last_address")

        def change() -> int:
            before = self._filed()
            self.firm.links = {key: on for key, on in self.firm.links.items() if key[0] != clean}
            self._put(known, replace(known, addresses=tuple(one for one in known.addresses if one != clean)))
            return self._refiled(before)

        return self._doing("remove_address", change)

    @command
    async def merge_contacts(self, request: RequestId, contact: str, *, into: str) -> Done:
        source, target = self._contact(contact), self._contact(into)
        if source == target:
            raise BadRequest("bad_value", field="into")

        def change() -> int:
            firm, before = self.firm, self._filed()
            linked = {*self._linked(source).clients, *self._linked(target).clients}
            for key in ((address, one) for address in (*source.addresses, *target.addresses) for one in linked):
                if key not in firm.links:
                    firm.links[key] = False
                    firm.quiet = firm.quiet | {key}
            name = target.name or source.name
            self._put(target, replace(target, name=name, addresses=(*target.addresses, *source.addresses)))
            firm.contacts = [one for one in firm.contacts if one != source]
            firm.aliases[source.contact] = target.contact
            return self._refiled(before)

        return self._doing("merge_contacts", change)

    @command
    async def remove_contact(self, request: RequestId, contact: str) -> Done:
        known = self._contact(contact)
        if self._linked(known).clients:
            raise BadRequest("contact_linked")

        def change() -> int:
            self.firm.contacts = [one for one in self.firm.contacts if one != known]
            return 1

        return self._doing("remove_contact", change)

    def _put(self, known: Contact, made: Contact) -> int:
        self.firm.contacts = [made if one.contact == known.contact else one for one in self.firm.contacts]
        return 0

    def _filed(self) -> list[object]:
        return [self.firm.filings(mail) for mail in self.firm.mails]

    def _refiled(self, before: list[object]) -> int:
        return sum(one != other for one, other in zip(before, self._filed(), strict=True))

    # ---- Import

    @call
    async def plan_import(self, people: AsyncIterator[PeopleBatch]) -> PeopleImported:
        return self._plan(await gathered(people)).told()

    def _plan(self, lines: Sequence[Any]) -> Plan:
        firm = self.firm
        numbers = {contact.contact: number for number, contact in enumerate(firm.contacts, 1)}
        places = {client.client: number for number, client in enumerate(firm.clients, 1)}
        clean = cleaned(lines)
        own = {a for person in clean for a in person.addresses if a.endswith("@" + OWN_DOMAIN)}
        return plan(
            clean,
            KnownPeople(
                owners={a: numbers[contact.contact] for contact in firm.contacts for a in contact.addresses},
                own=frozenset(own),
                names={numbers[contact.contact]: contact.name for contact in firm.contacts},
                clients={client.name.casefold(): (places[client.client],) for client in firm.clients},
                links=frozenset((address, places[client]) for address, client in firm.links),
            ),
        )

    @command
    async def import_people(self, request: RequestId, people: AsyncIterator[PeopleBatch]) -> PeopleImported:
        made = self._plan(await gathered(people))
        refused = tuple(line for line in made.lines if line.outcome == REFUSED)
        told = replace(made.told(), lines=refused)
        count = told.made + told.joined + told.clients
        if not count:
            return told
        mails = 0

        def change() -> int:
            nonlocal mails
            before, known, keys = self._filed(), list(self.firm.contacts), list[ClientId]()
            clients = list(self.firm.clients)
            for one in made.clients:
                if one.client is None:
                    self.firm.clients.append(Client(client=ClientId(f"c{next(self.firm.serial)}"), name=one.name))
                keys.append(self.firm.clients[-1].client if one.client is None else clients[one.client - 1].client)
            for each in made.contacts:
                if each.contact is None:
                    self.firm.add_contact(each.name, each.addresses)
                else:
                    had = known[each.contact - 1]
                    name = each.name if each.named else had.name
                    self._put(had, replace(had, name=name, addresses=(*had.addresses, *each.addresses)))
                for address, place in each.clients:
                    self.firm.links[address, keys[place]] = True
            mails = self._refiled(before)
            return count

        done = self._doing("import_people", change)
        return replace(told, emails=mails, done=True, undo=done.undo, affected=count)
