"""The firm's people as a reader may know them: members, clients, contacts; and what one member's rights are made of."""

from dataclasses import dataclass
from typing import Any

from store.model.errors import NotFound
from store.model.firm import Client, ClientDetail, Contact, LinkedAddress, Member, MemberRole, Right
from store.model.ids import ClientKey, ContactKey, MailboxKey, MemberKey
from store.vault.database import Database
from store.vault.queries.lists import client_threads, special_threads
from store.vault.queries.names import client_key
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys


@dataclass(frozen=True, slots=True)
class Standing:
    """What rights are made of (rules.permissions)."""

    member: MemberKey
    role: MemberRole
    rights: tuple[Right, ...]
    clients: tuple[ClientKey, ...]
    walls: tuple[ClientKey, ...]
    mailboxes: tuple[MailboxKey, ...]


def standing(database: Database, member: MemberKey) -> Standing:
    """Of one member. Raises NotFound for nobody, and for who has left."""
    row = database.row("SELECT role, rights FROM members WHERE member = ? AND left_at IS NULL", (member,))
    if row is None:
        raise NotFound
    return Standing(
        member=member,
        role=MemberRole(row[0]),
        rights=tuple(Right(word) for word in row[1].split()),
        clients=_column(database, "SELECT client FROM access WHERE member = ?", member),
        walls=_column(database, "SELECT client FROM walls WHERE member = ?", member),
        mailboxes=_column(database, "SELECT mailbox FROM mailbox_members WHERE member = ?", member),
    )


def _column(database: Database, sql: str, member: MemberKey) -> tuple[Any, ...]:
    return tuple(row[0] for row in database.rows(sql, (member,)))


def members(sight: Sight) -> tuple[Member, ...]:
    """Everybody's name and role; more of oneself, and of all to who manages them."""
    access: dict[int, list[int]] = {}
    for member, client in sight.rows(f"SELECT member, client FROM access WHERE {sight.visible.allowed('client')}"):
        access.setdefault(member, []).append(client)
    walls: dict[int, list[int]] = {}
    if sight.scope.manages_members:
        for member, client in sight.rows(f"SELECT member, client FROM walls WHERE {sight.visible.allowed('client')}"):
            walls.setdefault(member, []).append(client)
    found = []
    for member, name, role, rights, login, uid, until, deputy in sight.rows(
        "SELECT member, name, role, rights, login, uid, iif(away_until > :now, away_until, NULL), deputy FROM members"
        " WHERE left_at IS NULL ORDER BY name"
    ):
        told = Member(
            member=sight.ids.member(member),
            name=name,
            role=MemberRole(role),
            away_until=until,
            deputy=None if until is None else sight.ids.member(MemberKey(deputy)),
        )
        if sight.scope.manages_members or member == sight.scope.member:
            told = Member(
                member=told.member,
                name=name,
                role=told.role,
                rights=tuple(Right(word) for word in rights.split()),
                user=login,
                uid=uid,
                clients=tuple(sight.ids.client(ClientKey(client)) for client in sorted(access.get(member, []))),
                walls=tuple(sight.ids.client(ClientKey(client)) for client in sorted(walls.get(member, []))),
                away_until=told.away_until,
                deputy=told.deputy,
            )
        found.append(told)
    return tuple(found)


def me(sight: Sight) -> Member:
    """The reader."""
    own = sight.ids.member(sight.scope.member)
    return next(member for member in members(sight) if member.member == own)


def clients(sight: Sight) -> tuple[Client, ...]:
    """Those that the reader may see, by name."""
    found = sight.rows(f"SELECT client, name FROM clients WHERE NOT merged AND {sight.visible.allowed('client')}")
    told = (Client(client=sight.ids.client(ClientKey(key)), name=name) for key, name in found)
    return tuple(sorted(told, key=lambda client: (client.name.casefold(), client.name)))


def client(sight: Sight, ref: str) -> ClientDetail:
    """One of them, with its contacts and what is filed there to this reader."""
    key = client_key(sight, ref)
    linked = contacts_where(sight, "contact IN (SELECT contact FROM links WHERE client = :client)", client=key)
    return ClientDetail(
        client=sight.ids.client(key),
        name=sight.value("SELECT name FROM clients WHERE client = :client", client=key),
        contacts=tuple((contact, switches(sight, number, key)) for number, contact in linked),
        emails=_filed(sight, key),
        threads=len(client_threads(sight, key).threads),
    )


def contacts(sight: Sight) -> tuple[Contact, ...]:
    """Those of the clients that the reader may see; those without a client to who sees all clients or manages them."""
    return tuple(contact for _, contact in contacts_where(sight, known_contact(sight)))


def known_contact(sight: Sight, contact: str = "contact") -> str:
    """The reader may know the contact in this column."""
    where = f"{contact} IN (SELECT contact FROM links WHERE {sight.visible.allowed('client')})"
    if sight.scope.clients is None or Right.MANAGE_CLIENTS in sight.scope.rights:
        where += f" OR {contact} NOT IN (SELECT contact FROM links)"
    return where


def contacts_where(sight: Sight, where: str, **more: Any) -> list[tuple[int, Contact]]:  # noqa: ANN401 - bound values
    """Contacts as the reader may know them, by key and in order of their names."""
    named = sight.rows(
        f"SELECT contact, name FROM contacts WHERE NOT merged AND ({where}) ORDER BY name, contact", **more
    )
    wanted = keys([row[0] for row in named])
    of_them = "contact IN (SELECT value FROM json_each(:contacts))"
    addresses: dict[int, list[str]] = {}
    for contact, text in sight.rows(
        "SELECT c.contact, a.text FROM contact_addresses AS c JOIN addresses AS a ON a.address = c.address"
        f" WHERE c.{of_them} AND {shown_address(sight, 'c')} ORDER BY a.text",
        contacts=wanted,
    ):
        addresses.setdefault(contact, []).append(text)
    linked: dict[int, list[int]] = {}
    for contact, client in sight.rows(
        f"SELECT contact, client FROM links WHERE {of_them} AND {sight.visible.allowed('client')} ORDER BY client",
        contacts=wanted,
    ):
        linked.setdefault(contact, []).append(client)
    return [
        (
            contact,
            Contact(
                contact=sight.ids.contact(ContactKey(contact)),
                name=name,
                addresses=tuple(addresses.get(contact, ())),
                clients=tuple(sight.ids.client(ClientKey(client)) for client in linked.get(contact, ())),
            ),
        )
        for contact, name in named
    ]


def switches(sight: Sight, contact: int, client: ClientKey) -> tuple[LinkedAddress, ...]:
    """Of a contact's addresses those that the reader may know, as they stand with one client."""
    found = sight.rows(
        "SELECT t.text, s.email_sync, s.notify FROM link_switches AS s"
        " JOIN contact_addresses AS a ON a.address = s.address JOIN addresses AS t ON t.address = s.address"
        f" WHERE s.client = :client AND a.contact = :contact AND {shown_address(sight, 'a')} ORDER BY t.text",
        client=client,
        contact=contact,
    )
    return tuple(
        LinkedAddress(address=text, email_sync=bool(sync), notify=bool(notify)) for text, sync, notify in found
    )


def shown_address(sight: Sight, owned: str) -> str:
    """An address of a contact that they see is shown to the reader, unless it is used with hidden clients alone."""
    used = f"SELECT 1 FROM link_switches AS u WHERE u.address = {owned}.address AND (u.email_sync OR u.notify)"
    return f"(NOT EXISTS ({used}) OR EXISTS ({used} AND {sight.visible.allowed('u.client')}))"


def _filed(sight: Sight, client: ClientKey) -> int:
    """How many emails filed there the reader sees."""
    special = keys(special_threads(sight))
    plain = sight.value(
        "SELECT sum(emails) FROM thread_holders WHERE holder = :client"
        " AND thread NOT IN (SELECT value FROM json_each(:special))",
        client=client,
        special=special,
    )
    worked_out = sight.value(
        "SELECT count(*) FROM emails AS e JOIN filings AS c ON c.email = e.email AND c.client = :client"
        f" WHERE e.thread IN (SELECT value FROM json_each(:special)) AND {sight.visible.filing('c', 'e')}"
        f" AND {sight.visible.email('e')}",
        client=client,
        special=special,
    )
    return int(plain or 0) + int(worked_out)
