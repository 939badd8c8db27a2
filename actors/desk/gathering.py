"""Gathers what rules.filing decides from, for many emails in a few queries. Decides nothing.

What the firm knows is looked up by the addresses at hand, never the other way: fifty thousand contacts cost no more
than five hundred.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from actors.desk.ruling import Met, rules_met
from actors.desk.turn import Turn
from store.model.address import base
from store.model.evidence import COMMON_ROLES, Evidence
from store.model.filing import AddressLinks, HandDecision, Seen
from store.model.ids import ClientKey, ContactKey, EmailKey, MailboxKey, MemberKey, ThreadKey
from store.model.never_sync import of_thread
from store.rules.facts import Facts, Named
from store.rules.never_sync import covers
from store.vault.kept import KeptEmail

_unpack_named = msgspec.msgpack.Decoder(Named).decode


@dataclass(slots=True)
class Gathered:
    """What one look at the vault brought for some emails."""

    known: dict[int, tuple[ContactKey, tuple[ClientKey, ...]]] = field(default_factory=dict)
    by_hand: dict[EmailKey, list[HandDecision]] = field(default_factory=dict)
    thread_hand: dict[EmailKey, list[HandDecision]] = field(default_factory=dict)
    always: dict[int, list[HandDecision]] = field(default_factory=dict)
    named: dict[bytes, list[tuple[EmailKey, bytes]]] = field(default_factory=dict)  # on disk
    rules: dict[EmailKey, list[Met]] = field(default_factory=dict)  # that are met
    domains: dict[str, list[ClientKey]] = field(default_factory=dict)  # clients'


def gather(turn: Turn, mails: Sequence[KeptEmail]) -> Gathered:
    """One query each for contacts, decisions and named emails."""
    vault, found = turn.vault, Gathered()
    turn.know_texts(mails)
    addresses = _addresses(mails)
    found.known = vault.firm.known(addresses)
    found.domains = vault.clients.claims(turn.texts[address].rpartition("@")[2] for address in addresses)
    for kept in vault.hands.of_emails([mail.email for mail in mails if not mail.new]):
        group = found.by_hand if kept.kind == "email" else found.thread_hand
        if kept.email is not None:
            group.setdefault(kept.email, []).append(kept.decision)
    senders = {mail.from_address for mail in mails if mail.from_address is not None}
    for kept in vault.hands.of_addresses(senders):
        if kept.address is not None:
            found.always.setdefault(kept.address, []).append(kept.decision)
    if turn.book.rules:
        found.rules = rules_met(turn, mails)
    for name, email, passed in vault.emails.passing({name for mail in mails for name in mail.names}):
        found.named.setdefault(name, []).append((email, passed))
    return found


def facts_of(turn: Turn, found: Gathered, mail: KeptEmail, bearing: dict[bytes, list[KeptEmail]]) -> Facts:
    """Everything about one email. `bearing` are the emails at hand by their own name."""
    hands = (found.by_hand.get(mail.email, ()), found.thread_hand.get(mail.email, ()))
    always = () if mail.from_address is None else found.always.get(mail.from_address, ())
    named = _named(turn, found, mail, bearing) if mail.names else ()
    decided = any(hands) or bool(always) or any(one.basis.holds for one in named)
    return Facts(
        email=mail.email,
        copies=_copies(turn, mail),
        addresses=_links(turn, found, mail),
        by_hand=tuple(hands[0]),
        thread_hand=tuple(hands[1]),
        always=tuple(always),
        named=named,
        private=mail.private,
        may_see=turn.book.may_see if decided else (),
        walls=turn.book.walls if decided else (),
        domains=_domains(turn, found, mail) if found.domains else (),
        rules=tuple(found.rules.get(mail.email, ())),
    )


def _domains(turn: Turn, found: Gathered, mail: KeptEmail) -> tuple[tuple[str, ClientKey], ...]:
    """Of the domains that it bears those that are clients'."""
    borne = {turn.texts[address].rpartition("@")[2] for address in _addresses((mail,))}
    return tuple((domain, client) for domain in borne for client in found.domains.get(domain, ()))


def _addresses(mails: Iterable[KeptEmail]) -> set[int]:
    common = {address for mail in mails for _, address in mail.people}
    return common | {address for mail in mails for seen in mail.sightings for _, address in seen.own.addresses}


def _links(turn: Turn, found: Gathered, mail: KeptEmail) -> tuple[AddressLinks, ...]:
    bases, texts = turn.book.own_bases, turn.texts
    addresses = _addresses((mail,))
    own = {address for address in addresses if base(texts[address]) in bases}
    return tuple(
        AddressLinks(
            address=turn.texts[address],
            clients=found.known[address][1] if address in found.known else (),
            contact=found.known[address][0] if address in found.known else None,
            member=address in own,
        )
        for address in addresses
        if address in found.known or address in own
    )


def _copies(turn: Turn, mail: KeptEmail) -> tuple[Seen, ...]:
    """What each copy is evidence of, once for copies that say the same in the same mailbox."""
    people = tuple((role, turn.texts[address]) for role, address in mail.people)
    names = ("names some",) if mail.names else ()  # that it names any is all that is asked here
    copies: dict[tuple[object, ...], Seen] = {}
    for seen in mail.sightings:
        key = (seen.mailbox, seen.own.addresses, seen.verified, seen.kind)
        if key in copies:
            continue
        own = tuple((role, turn.texts[address]) for role, address in seen.own.addresses)
        evidence = Evidence(addresses=people + own, names=names, kind=seen.kind, verified=seen.verified)
        members, never = _of_mailbox(turn, seen.mailbox, evidence, mail.thread)
        copies[key] = Seen(mailbox=seen.mailbox, members=members, evidence=evidence, never_sync=never)
    return tuple(copies.values())


def _of_mailbox(
    turn: Turn, mailbox: MailboxKey, evidence: Evidence, thread: ThreadKey
) -> tuple[tuple[MemberKey, ...], bool]:
    kept = turn.book.mailboxes.get(mailbox)
    if kept is None:  # stopped: nobody's any more
        return (), False
    if not kept.never_sync:
        return kept.members, False
    if of_thread(thread) in kept.never_sync:
        return kept.members, True
    own = turn.book.own_texts
    common = [text for role, text in evidence.addresses if role in COMMON_ROLES and text not in own]
    return kept.members, covers(kept.never_sync, common)


def _named(turn: Turn, found: Gathered, mail: KeptEmail, bearing: dict[bytes, list[KeptEmail]]) -> tuple[Named, ...]:
    """What the emails that it names pass on, those of this turn as they stand now."""
    passed: dict[EmailKey, bytes] = {}
    for name in mail.names:
        passed.update(found.named.get(name, ()))
        for other in bearing.get(name, ()):
            if other.passed is not None:
                passed[other.email] = other.passed
            else:
                passed.pop(other.email, None)
    passed.pop(mail.email, None)
    return tuple(_unpack_named(raw) for key, raw in passed.items() if key not in turn.removed)


def named_raw(named: Named) -> bytes | None:
    """As it is kept with its email: None where it passes on nothing."""
    return msgspec.msgpack.encode(named) if named.basis.addressed or named.basis.holds else None
