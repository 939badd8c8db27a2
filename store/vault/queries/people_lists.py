"""Clients and contacts in long lists, and one contact: for a reader, by name, a window at a time.

What is hidden is not found, and an address that is used with hidden clients alone is nobody's (Z5).
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from store.model.address import Address, NotAllowed
from store.model.errors import NotFound
from store.model.firm import ClientDetail, Contact, MemberRole, Right
from store.model.folding import folded
from store.model.ids import ClientKey, ContactKey, EmailKey, key_seconds
from store.model.people import ClientRow, ContactDetail, LinkedClient
from store.vault.queries.completing import beginnings
from store.vault.queries.lists import special_threads
from store.vault.queries.names import client_names
from store.vault.queries.people import contacts_where, known_contact, shown_address, switches
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

ABOUT_PEOPLE: Final = ("firm_changed", "scope_changed")  # kinds of announcements

Entry = TypeVar("Entry")


class Counts(Protocol):
    """What a reader sees in a client's folder."""

    @property
    def threads(self) -> int: ...
    @property
    def to_answer(self) -> int: ...
    @property
    def unread(self) -> int: ...
    @property
    def last(self) -> int | None: ...


class ContactEntry(NamedTuple):
    """A contact as far as it is looked for."""

    contact: int
    words: str  # see `beginnings`


def fitting(text: str, rows: Sequence[Entry], words: Callable[[Entry], Iterable[str]]) -> Sequence[Entry]:
    """Those in one of whose words each word of the text stands, case and accents ignored."""
    typed = folded(text).split()
    if not typed:
        return rows
    found = []
    for row in rows:
        known = [folded(word) for word in words(row)]
        if all(any(each in word for word in known) for each in typed):
            found.append(row)
    return found


def containing(text: str, entries: Sequence[ContactEntry]) -> Sequence[ContactEntry]:
    """The same of contacts, of which there may be many."""
    for word in folded(text).split():
        entries = [entry for entry in entries if word in entry.words]
    return entries


# ---- Clients


def client_rows(sight: Sight, counted: Mapping[ClientKey, Counts]) -> tuple[ClientRow, ...]:
    """All that the reader may see, by name."""
    tags = _grouped(sight.rows(f"SELECT client, tag FROM client_tags WHERE {_allowed(sight)} ORDER BY tag"))
    following = _grouped(
        sight.rows(
            "SELECT a.client, m.name FROM access AS a JOIN members AS m ON m.member = a.member AND m.left_at IS NULL"
            f" WHERE {sight.visible.allowed('a.client')}"
            " AND NOT EXISTS (SELECT 1 FROM walls AS w WHERE w.member = a.member AND w.client = a.client)"
            " ORDER BY m.name"
        )
    )
    rows = []
    for key, name in sight.rows(f"SELECT client, name FROM clients WHERE NOT merged AND {_allowed(sight)}"):
        counts = counted.get(key)
        rows.append(
            ClientRow(
                client=sight.ids.client(ClientKey(key)),
                name=name,
                tags=tuple(tags.get(key, ())),
                threads=0 if counts is None else counts.threads,
                to_answer=0 if counts is None else counts.to_answer,
                unread=0 if counts is None else counts.unread,
                last=None if counts is None else counts.last,
                followers=tuple(following.get(key, ())),
            )
        )
    return tuple(sorted(rows, key=lambda row: in_order(row.name)))


def in_order(name: str) -> tuple[str, str]:
    """By letters without case and accents, then as it is written."""
    return folded(name), unicodedata.normalize("NFC", name)


def last_mail(sight: Sight) -> dict[ClientKey, int]:
    """When the newest email of each client's folder came, of those that the reader sees."""
    special = keys(special_threads(sight))
    newest: dict[ClientKey, int] = dict(
        sight.rows(
            "SELECT holder, max(newest) FROM thread_holders"
            f" WHERE holder IN ({sight.visible.client_holders()}) AND newest > 0"
            " AND thread NOT IN (SELECT value FROM json_each(:special)) GROUP BY holder",
            special=special,
        )
    )
    for client, email in sight.rows(
        "SELECT c.client, max(e.email) FROM emails AS e JOIN filings AS c ON c.email = e.email"
        f" WHERE e.thread IN (SELECT value FROM json_each(:special)) AND {sight.visible.filing('c', 'e')}"
        f" AND {sight.visible.email('e')} GROUP BY c.client",
        special=special,
    ):
        newest[client] = max(email, newest.get(client, 0))
    return {client: key_seconds(EmailKey(email)) for client, email in newest.items()}


def whole_detail(sight: Sight, detail: ClientDetail, client: ClientKey, counts: Counts | None) -> ClientDetail:
    """A client's page, with what the firm set on it and who has to do with it."""
    followers = {row[0]: row[1] for row in sight.rows(_FOLLOWERS, client=client)}
    return ClientDetail(
        client=detail.client,
        name=detail.name,
        contacts=detail.contacts,
        emails=detail.emails,
        threads=detail.threads,
        tags=_column(sight, "SELECT tag FROM client_tags WHERE client = :client ORDER BY tag", client),
        domains=_column(sight, "SELECT domain FROM client_domains WHERE client = :client ORDER BY domain", client),
        followers=tuple(sorted(followers.values(), key=in_order)),
        access=tuple(
            name
            for member, name, role, rights in sight.rows(_UNWALLED, client=client)
            if member in followers or role != MemberRole.EMPLOYEE or Right.VIEW_ALL_CLIENTS in rights.split()
        ),
        to_answer=0 if counts is None else counts.to_answer,
        unread=0 if counts is None else counts.unread,
        last=None if counts is None else counts.last,
    )


_NO_WALL: Final = "NOT EXISTS (SELECT 1 FROM walls AS w WHERE w.member = m.member AND w.client = :client)"
_FOLLOWERS: Final = (
    "SELECT m.member, m.name FROM access AS a JOIN members AS m ON m.member = a.member AND m.left_at IS NULL"
    f" WHERE a.client = :client AND {_NO_WALL}"
)
_UNWALLED: Final = (
    "SELECT m.member, m.name, m.role, m.rights FROM members AS m"
    f" WHERE m.left_at IS NULL AND {_NO_WALL} ORDER BY m.name"
)


def _column(sight: Sight, sql: str, client: ClientKey) -> tuple[str, ...]:
    return tuple(row[0] for row in sight.rows(sql, client=client))


def _allowed(sight: Sight) -> str:
    return sight.visible.allowed("client")


def _grouped(rows: Iterable[Sequence[object]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key, text in rows:
        found.setdefault(int(str(key)), []).append(str(text))
    return found


# ---- Contacts


def contact_entries(sight: Sight) -> tuple[ContactEntry, ...]:
    """All that the reader may know, by name, with the addresses that they may know."""
    addresses = _grouped(
        sight.rows(
            "SELECT c.contact, a.text FROM contact_addresses AS c JOIN addresses AS a ON a.address = c.address"
            f" WHERE {shown_address(sight, 'c')} ORDER BY a.text"
        )
    )
    named = sight.rows(f"SELECT contact, name FROM contacts WHERE NOT merged AND ({known_contact(sight)})")
    return tuple(
        ContactEntry(contact, beginnings(name, addresses.get(contact, ())))
        for contact, name in sorted(named, key=lambda row: (*in_order(row[1]), row[0]))
    )


def same_people(sight: Sight, *, since: int) -> bool:
    """Whether nothing was announced since that changes who is known to whom."""
    kinds = ", ".join(f"'{kind}'" for kind in ABOUT_PEOPLE)
    sql = f"SELECT 1 FROM announcements WHERE seq > :since AND kind IN ({kinds}) LIMIT 1"
    return sight.value(sql, since=since) is None


def linked_with(sight: Sight, client: ClientKey) -> frozenset[int]:
    """The contacts of a client that the reader may see."""
    return frozenset(row[0] for row in sight.rows("SELECT contact FROM links WHERE client = :client", client=client))


def contacts(sight: Sight, wanted: Sequence[int]) -> tuple[Contact, ...]:
    """These in this order, as far as the reader may know them."""
    known = dict(
        contacts_where(
            sight,
            f"contact IN (SELECT value FROM json_each(:wanted)) AND ({known_contact(sight)})",
            wanted=keys(wanted),
        )
    )
    return tuple(known[key] for key in wanted if key in known)


def contact(sight: Sight, ref: str) -> ContactDetail:
    """By id, or by one of the addresses that the reader may know."""
    key = _by_address(sight, ref) if "@" in ref else _resolved(sight, sight.ids.contact_key(ref))
    found = contacts_where(sight, f"contact = :contact AND ({known_contact(sight)})", contact=key)
    if not found:
        raise NotFound
    ((_, told),) = found
    linked = [
        ClientKey(row[0])
        for row in sight.rows(f"SELECT client FROM links WHERE contact = :contact AND {_allowed(sight)}", contact=key)
    ]
    names = client_names(sight, linked)
    there = [LinkedClient(client=names[each], addresses=switches(sight, key, each)) for each in linked]
    return ContactDetail(
        contact=told.contact,
        name=told.name,
        addresses=told.addresses,
        clients=tuple(sorted(there, key=lambda link: in_order(link.client.name))),
    )


def _by_address(sight: Sight, ref: str) -> ContactKey:
    try:
        text = str(Address(ref))
    except NotAllowed:
        raise NotFound from None
    key = sight.value(
        "SELECT c.contact FROM addresses AS a JOIN contact_addresses AS c ON c.address = a.address"
        f" WHERE a.text = :text AND {shown_address(sight, 'c')}",
        text=text,
    )
    if key is None:
        raise NotFound
    return ContactKey(key)


def _resolved(sight: Sight, key: ContactKey) -> ContactKey:
    """The contact that this one became."""
    seen = {key}
    while target := sight.value("SELECT merged FROM contacts WHERE contact = :contact", contact=key):
        if target in seen:
            break
        key = ContactKey(target)
        seen.add(key)
    return key
