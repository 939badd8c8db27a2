"""What one copy is evidence of, before anybody knows clients: addresses with their roles, ids, sort of mail, verdict.

Invariant: a function of the copy alone; addresses are normalised, each (role, address) once; what is no address or id
is left out. Nothing here looks anything up.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from store.model.address import Address, NotAllowed, Person
from store.model.copy import Body, Headers
from store.model.evidence import Evidence, Kind, Role
from store.rules.authentication import topmost, verdict

MAX_ADDRESSES: Final = 1_000
DAEMONS: Final = frozenset({"mailer-daemon", "mail-daemon"})
AUTOMATIC_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply", "autoreply"})
FORWARDS: Final = re.compile(r"\s*(?:re\s*:\s*)?(?:fwd?|wg|rv|tr|i|reenv|enc|doorst)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
BULK_PRECEDENCE: Final = frozenset({"bulk", "list", "junk"})


def evidence(headers: Headers, body: Body | None, *, trusted_authserv: str | None) -> Evidence:
    """Of a copy with these headers, and its body if it is here. `trusted_authserv` is the mailbox's own provider's
    authserv-id; None where no header is trusted.
    """
    addresses = _addresses(headers)
    kind = _kind(headers, body, [address for role, address in addresses if role is Role.FROM])
    if body is not None and len(addresses) < MAX_ADDRESSES:
        addresses += _told(headers, body, kind)
    senders = [address for role, address in addresses if role is Role.FROM]
    domains = [sender.rpartition("@")[2] for sender in senders]
    return Evidence(
        addresses=tuple(addresses),
        names=_names(headers, body.returned if body is not None and kind is Kind.BOUNCE else ""),
        kind=kind,
        verified=verdict(headers.authentication_results, trusted=trusted_authserv, from_domains=domains),
        server=topmost(headers.authentication_results),
    )


def _addresses(headers: Headers) -> list[tuple[Role, str]]:
    """Each once in its role, From first; at most 1,000 (Z15)."""
    found: dict[tuple[Role, str], None] = {}
    for role, texts in _fields(headers):
        for text in texts:
            address = _normal(text)
            if address is not None:
                found[role, address] = None
            if len(found) == MAX_ADDRESSES:
                return list(found)
    return list(found)


def _told(headers: Headers, body: Body, kind: Kind) -> list[tuple[Role, str]]:
    """What its text says of others: whom a bounce names, and who wrote what is forwarded."""
    if kind is Kind.BOUNCE:
        return [(Role.FAILED, address) for address in body.failed]
    if body.forwarded and kind is Kind.PERSONAL and FORWARDS.match(headers.subject):
        return [(Role.FORWARDED, body.forwarded)]
    return []


def _fields(headers: Headers) -> Iterator[tuple[Role, Iterable[str]]]:
    yield Role.FROM, _of(headers.from_)
    yield Role.SENDER, _of(headers.sender)
    yield Role.REPLY_TO, _of(headers.reply_to)
    yield Role.TO, _of(headers.to)
    yield Role.CC, _of(headers.cc)
    yield Role.BCC, _of(headers.bcc)
    yield Role.DELIVERED_TO, headers.delivered_to


def _of(people: tuple[Person, ...]) -> Iterable[str]:
    return [person.address for person in people]


@lru_cache(maxsize=8192)
def _normal(text: str) -> str | None:
    """The same people write again and again. A plain str, since records on the wire hold no subclasses of it."""
    try:
        return str(Address(text))
    except NotAllowed:
        return None


def _names(headers: Headers, returned: str) -> tuple[str, ...]:
    """The ids that the reply headers name, its own left out (some programs name it), and what a bounce gives back."""
    if not headers.in_reply_to and not headers.references and not returned:
        return ()
    named = dict.fromkeys((*headers.references, *headers.in_reply_to, returned))
    named.pop("", None)
    named.pop(headers.message_id or "", None)
    return tuple(named)


def _kind(headers: Headers, body: Body | None, senders: list[str]) -> Kind:
    media, parameters = _media(headers.content_type)
    if _is_bounce(headers, body, senders, media, parameters):
        return Kind.BOUNCE
    if media == "text/calendar" and parameters.get("method") == "reply":
        return Kind.CALENDAR_ANSWER
    precedence = headers.precedence.strip().casefold()
    submitted = headers.auto_submitted.partition(";")[0].partition("(")[0].strip().casefold()
    if submitted not in {"", "no"} or precedence in AUTOMATIC_PRECEDENCE or media == "multipart/report":
        return Kind.AUTOMATIC
    if headers.list_id or headers.list_unsubscribe or precedence in BULK_PRECEDENCE:
        return Kind.BULK
    return Kind.PERSONAL


def _is_bounce(headers: Headers, body: Body | None, senders: list[str], media: str, parameters: dict[str, str]) -> bool:
    """A delivery report: from the null path with a report in it, or from the server's own mail program."""
    local_parts = {sender.rpartition("@")[0] for sender in senders}
    if not local_parts.isdisjoint(DAEMONS):
        return True
    report = media == "multipart/report" or (body is not None and body.report)
    if report and parameters.get("report-type") == "disposition-notification":
        return False
    if "postmaster" in local_parts and (report or headers.return_path == ""):
        return True
    if headers.return_path is None:  # local mail keeps no path
        return report and parameters.get("report-type") == "delivery-status"
    return report and headers.return_path == ""


def _media(content_type: str) -> tuple[str, dict[str, str]]:
    """Media type and parameters, lower case. Good enough for the words looked for: none holds a semicolon."""
    if ";" not in content_type:
        return content_type.strip().casefold(), {}
    media, *rest = content_type.casefold().split(";")
    pairs = (part.partition("=") for part in rest)
    return media.strip(), {name.strip(): value.strip().strip('"') for name, _, value in pairs}
