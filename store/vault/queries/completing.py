"""Whom a mail could go to, while an address is typed: contacts, colleagues, then people of mail that the reader sees.

Must be quick on any number of emails: people are looked for in the newest that the index finds, within a deadline. What
a hidden client's contact is called is never told (Z5, Z28).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from store.model.address import Address, NotAllowed, Person
from store.model.copy import Headers
from store.model.folding import folded
from store.model.ids import ClientKey
from store.model.outbox import Completion
from store.vault.queries.names import client_names
from store.vault.queries.people import shown_address
from store.vault.queries.sight import Sight, TooSlow
from store.vault.queries.visible import keys

FEWEST_LETTERS: Final = 2  # of a word that is looked for in mail: shorter ones stand in nearly every one
NEWEST: Final = 120  # mails in which people are looked for
DEADLINE: Final = 0.1
AT_ONCE: Final = 50  # contacts that are looked up together
_headers = msgspec.msgpack.Decoder(Headers).decode
_WORDS: Final = re.compile(r"\w+")


def completions(sight: Sight, text: str, contacts: Iterable[tuple[int, str]], *, limit: int) -> tuple[Completion, ...]:
    """Those in whose name or address every word that is typed begins a word. `contacts` are all that the reader may
    know, in order, each with its `beginnings`.
    """
    typed = folded(text).split()
    if not typed:
        return ()
    found: dict[str, Completion] = {}
    for one in _everybody(sight, typed, contacts):
        found.setdefault(one.address, one)
        if len(found) >= limit:
            break
    return tuple(found.values())


def _everybody(sight: Sight, typed: list[str], contacts: Iterable[tuple[int, str]]) -> Iterator[Completion]:
    """Looked for as far as they are asked for."""
    for word in typed:
        contacts = [known for known in contacts if f"\n{word}" in known[1]]
    likely = (contact for contact, _words in contacts)
    while some := list(islice(likely, AT_ONCE)):
        yield from _contacts(sight, typed, some)
    yield from _colleagues(sight, typed)
    yield from _of_mail(sight, typed, {row[0] for row in sight.rows(_OWN)})


_OWN: Final = (
    "SELECT a.text FROM mailbox_addresses AS m JOIN addresses AS a ON a.address = m.address"
    " WHERE m.mailbox IN (SELECT value FROM json_each(:own))"
)


def fits(typed: Iterable[str], *, name: str, address: str) -> bool:
    """Whether each word that was typed begins a word of the name or of the address, or the address itself."""
    known, place = folded(name), folded(address)
    if not all(word in known or word in place for word in typed):  # the quick half of the answer
        return False
    places = [*known.split(), *_WORDS.findall(known), place, *_WORDS.findall(place)]
    return all(any(begun.startswith(word) for begun in places) for word in typed)


def beginnings(name: str, addresses: Iterable[str]) -> str:
    """Every word of them that may be begun with, each after a line's end: one text, quickly looked through."""
    known, places = folded(name), [folded(address) for address in addresses]
    words = [
        *known.split(),
        *_WORDS.findall(known),
        *places,
        *(word for place in places for word in _WORDS.findall(place)),
    ]
    return "\n" + "\n".join(dict.fromkeys(words))


def _contacts(sight: Sight, typed: list[str], contacts: list[int]) -> list[Completion]:
    """Of these those of the clients that the reader may see, in this order."""
    at = {contact: number for number, contact in enumerate(contacts)}
    rows = sight.rows(
        "SELECT c.contact, c.name, a.text FROM contact_addresses AS o JOIN contacts AS c ON c.contact = o.contact"
        " JOIN addresses AS a ON a.address = o.address WHERE o.contact IN (SELECT value FROM json_each(:contacts))"
        f" AND o.contact IN (SELECT contact FROM links WHERE {sight.visible.allowed('client')})"
        f" AND {shown_address(sight, 'o')} ORDER BY a.text",
        contacts=keys(contacts),
    )
    rows = sorted((row for row in rows if fits(typed, name=row[1], address=row[2])), key=lambda row: at[row[0]])
    linked: dict[int, list[ClientKey]] = {}
    for contact, client in sight.rows(
        "SELECT contact, client FROM links WHERE contact IN (SELECT value FROM json_each(:contacts))"
        f" AND {sight.visible.allowed('client')} ORDER BY client",
        contacts=keys({row[0] for row in rows}),
    ):
        linked.setdefault(contact, []).append(ClientKey(client))
    names = client_names(sight, (client for clients in linked.values() for client in clients))
    return [
        Completion(name=name, address=address, clients=tuple(names[client].name for client in linked[contact]))
        for contact, name, address in rows
    ]


def _colleagues(sight: Sight, typed: list[str]) -> list[Completion]:
    """The main address of each mailbox that is one other member's alone."""
    rows = sight.rows(
        "SELECT min(m.name), a.text, min(x.member) FROM mailbox_members AS x JOIN members AS m ON m.member = x.member"
        " JOIN mailboxes AS b ON b.mailbox = x.mailbox AND b.stopped_at IS NULL"
        " JOIN mailbox_addresses AS o ON o.mailbox = b.mailbox AND o.main JOIN addresses AS a ON a.address = o.address"
        " WHERE m.left_at IS NULL GROUP BY b.mailbox, a.text HAVING count(*) = 1 ORDER BY 1"
    )
    away = {
        member: (until, deputy)
        for member, until, deputy in sight.rows(
            "SELECT m.member, m.away_until, d.name FROM members AS m JOIN members AS d ON d.member = m.deputy"
            " WHERE m.away_until > :now"
        )
    }
    return [
        Completion(name=name, address=address, away_until=until, deputy=deputy)
        for name, address, member in rows
        for until, deputy in (away.get(member, (None, "")),)
        if member != sight.scope.member and fits(typed, name=name, address=address)
    ]


def _of_mail(sight: Sight, typed: list[str], own: set[str]) -> Iterator[Completion]:
    """The newest mail's people first."""
    expression = _expression(typed)
    if expression is None:
        return
    try:
        with sight.deadline(DEADLINE):
            rows = sight.rows(
                "SELECT c.headers FROM fts CROSS JOIN contents AS c ON c.content = fts.rowid"
                " CROSS JOIN emails AS e ON e.email = c.email WHERE fts MATCH :words"
                f" AND {sight.visible.email('e')} AND {sight.visible.content('c', 'e')}"
                " ORDER BY fts.rowid DESC LIMIT :most",
                words=expression,
                most=NEWEST,
            )
    except TooSlow:
        return
    for (packed,) in rows:
        for person in _people(_headers(packed)):
            address = _address(person)
            if address is not None and address not in own and fits(typed, name=person.name, address=address):
                yield Completion(name=person.name, address=address)


def _expression(typed: list[str]) -> str | None:
    """For the index of people: every word quoted, so that nothing that is typed is read as its language (Z28)."""
    words = [word for text in typed for word in _WORDS.findall(text)]
    if not words or max(map(len, words)) < FEWEST_LETTERS:
        return None
    return "people : (" + " AND ".join(f'"{word}"*' for word in words) + ")"


def _people(headers: Headers) -> Iterable[Person]:
    return (*headers.from_, *headers.to, *headers.cc)


def _address(person: Person) -> str | None:
    try:
        return str(Address(person.address))
    except NotAllowed:
        return None


def last_used(sight: Sight, address: str, own: Iterable[str]) -> str | None:
    """The own address that the reader last wrote from to a client of this one's contact, else to this one ([W9])."""
    named = {"text": address, "from": msgspec.json.encode(list(own)).decode()}
    client = sight.row(
        "SELECT a.text, f.email FROM contact_addresses AS c JOIN links AS l ON l.contact = c.contact"
        f" AND {sight.visible.allowed('l.client')} JOIN filings AS f ON f.client = l.client"
        " JOIN emails AS e ON e.email = f.email JOIN addresses AS a ON a.address = e.from_address"
        " WHERE c.address = (SELECT address FROM addresses WHERE text = :text)"
        " AND a.text IN (SELECT value FROM json_each(:from))"
        f" AND {sight.visible.email('e')} ORDER BY f.email DESC LIMIT 1",
        **named,
    )
    itself = sight.row(
        "SELECT a.text, e.email FROM email_addresses AS x JOIN emails AS e ON e.email = x.email"
        " JOIN addresses AS a ON a.address = e.from_address"
        " WHERE x.address = (SELECT address FROM addresses WHERE text = :text) AND x.role IN ('to', 'cc')"
        " AND a.text IN (SELECT value FROM json_each(:from))"
        f" AND {sight.visible.email('e')} ORDER BY x.email DESC LIMIT 1",
        **named,
    )
    newest = max((row for row in (client, itself) if row is not None), key=lambda row: row[1], default=None)
    return None if newest is None else str(newest[0])
