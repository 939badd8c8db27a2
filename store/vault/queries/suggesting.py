"""The people whom a reader's own mailboxes write with both ways ([C5a]), and how much of their mail is not filed.

Only personal mail in own mailboxes counts. A contact that the reader cannot know of is a stranger to them (Z5).
Groups and names are the caller's to decide.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from store.model.address import Address, NotAllowed
from store.model.copy import Headers
from store.model.ids import EmailKey, key_seconds
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

_headers = msgspec.msgpack.Decoder(Headers).decode
NAMED_BY = 5  # of somebody's newest mails
_OWN = "SELECT address FROM mailbox_addresses WHERE mailbox IN (SELECT value FROM json_each(:own))"
_CHOSEN = "IN (SELECT value FROM json_each(:chosen))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Somebody that own mailboxes write with both ways."""

    key: int
    address: str
    sent_in: Collection[EmailKey]
    received_in: Sequence[EmailKey]  # oldest first
    last: int


def own_addresses(sight: Sight) -> tuple[str, ...]:
    """The reader's own."""
    return tuple(row[0] for row in sight.rows(f"SELECT text FROM addresses WHERE address IN ({_OWN})"))


def met(sight: Sight) -> list[Met]:
    """All of them, members left out, and contacts that the reader knows. Reads the emails in their own order: looking
    them up by address takes three times as long.
    """
    sent = _sent(sight)
    strangers = _strangers(sight, sent)
    received: dict[int, list[EmailKey]] = {}
    for key, email in sight.rows(
        f"SELECT e.from_address, e.email FROM emails AS e WHERE e.from_address {_CHOSEN} AND {_counts(sight)}"
        " ORDER BY e.email",
        chosen=keys(strangers),
    ):
        received.setdefault(key, []).append(email)
    return [
        Met(
            key=key,
            address=strangers[key],
            sent_in=sent[key],
            received_in=emails,
            last=key_seconds(max(emails[-1], *sent[key])),
        )
        for key, emails in received.items()
    ]


def _sent(sight: Sight) -> dict[int, set[EmailKey]]:
    """Address → the personal mails to it from own addresses in own mailboxes."""
    found: dict[int, set[EmailKey]] = {}
    for address, email in sight.rows(
        "WITH mine AS MATERIALIZED"
        f" (SELECT e.email FROM emails AS e WHERE e.from_address IN ({_OWN}) AND {_counts(sight)})"
        " SELECT address, email FROM email_addresses WHERE role IN ('to', 'cc') AND email IN (SELECT email FROM mine)"
    ):
        found.setdefault(address, set()).add(email)
    return found


def _counts(sight: Sight) -> str:
    return f"e.kind = 'personal' AND NOT {sight.visible.walled('e')} AND {sight.visible.own('e')}"


def _strangers(sight: Sight, addresses: Iterable[int]) -> dict[int, str]:
    """Of these the texts of those that are nobody's here, as far as the reader knows."""
    allowed = sight.visible.allowed
    used = "SELECT 1 FROM link_switches AS u WHERE u.address = a.address AND (u.email_sync OR u.notify)"
    linked = "SELECT 1 FROM links AS l WHERE l.contact = c.contact"
    known = (
        f"CASE WHEN EXISTS ({used}) THEN EXISTS ({used} AND {allowed('u.client')})"
        f" WHEN EXISTS ({linked}) THEN EXISTS ({linked} AND {allowed('l.client')}) ELSE 1 END"
    )
    return dict(
        sight.rows(
            f"SELECT a.address, a.text FROM addresses AS a WHERE a.address {_CHOSEN}"
            " AND a.address NOT IN (SELECT address FROM mailbox_addresses)"
            f" AND NOT EXISTS (SELECT 1 FROM contact_addresses AS c WHERE c.address = a.address AND {known})",
            chosen=keys(addresses),
        )
    )


def names(sight: Sight, people: Iterable[Met]) -> dict[int, tuple[str, ...]]:
    """Those that each wrote under last, newest first, in contents that the reader may see."""
    of_email = {email: person for person in people for email in person.received_in[-NAMED_BY:]}
    found: dict[int, list[str]] = {}
    for email, packed in sight.rows(
        "SELECT c.email, c.headers FROM contents AS c JOIN emails AS e ON e.email = c.email"
        f" WHERE c.email {_CHOSEN} AND {sight.visible.content('c', 'e')} ORDER BY c.email DESC",
        chosen=keys(of_email),
    ):
        person = of_email[email]
        written = [one.name for one in _headers(packed).from_ if one.name and _same(one.address, person.address)]
        found.setdefault(person.key, []).extend(written)
    return {key: tuple(written) for key, written in found.items()}


def _same(address: str, text: str) -> bool:
    try:
        return Address(address) == text
    except NotAllowed:
        return False


def past(sight: Sight, addresses: Iterable[str]) -> int:
    """How many emails that the reader sees bear one of these in From, To or Cc, and are filed with no client that they
    may see.
    """
    filed = sight.visible.filing("f", "e")
    return int(
        sight.value(
            "SELECT count(DISTINCT a.email) FROM addresses AS t"
            " CROSS JOIN email_addresses AS a ON a.address = t.address AND a.role IN ('from', 'to', 'cc')"
            " CROSS JOIN emails AS e ON e.email = a.email"
            " WHERE t.text IN (SELECT value FROM json_each(:texts))"
            f" AND NOT EXISTS (SELECT 1 FROM filings AS f WHERE f.email = e.email AND {filed})"
            f" AND {sight.visible.email('e')}",
            texts=msgspec.json.encode(list(addresses)).decode(),
        )
    )
