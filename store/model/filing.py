"""Filings and what they are decided from ([C2]). Keys, not ids: this never leaves the office as it is."""

from enum import StrEnum

from store.model.evidence import Evidence
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey
from store.model.record import Record


class Reason(StrEnum):
    """Why an email is filed, strongest first ([C2])."""

    BY_HAND = "by_hand"  # for this email
    THREAD_BY_HAND = "thread_by_hand"
    ALWAYS = "always"  # always for this sender
    ADDRESS = "address"
    BOUNCE = "bounce"  # a mail of ours to them came back
    THREAD = "thread"
    DOMAIN = "domain"
    RULE = "rule"
    FORWARDED = "forwarded"  # suggested only: what is forwarded is from them
    NAME = "name"  # suggested only: a contact there is called so
    TOGETHER = "together"  # suggested only: its people stood in mail that is filed there
    LEARNED = "learned"  # suggested only: mail like it is filed there


CONFIDENCE: dict[Reason, int] = {
    Reason.BY_HAND: 100,
    Reason.THREAD_BY_HAND: 100,
    Reason.ALWAYS: 100,
    Reason.ADDRESS: 100,
    Reason.BOUNCE: 100,
    Reason.THREAD: 90,
    Reason.DOMAIN: 70,
    Reason.RULE: 80,
    Reason.FORWARDED: 30,
    Reason.NAME: 30,
    Reason.TOGETHER: 30,
    Reason.LEARNED: 40,
}


class Filed(Record, frozen=True, kw_only=True):
    """One client an email is filed with, as `settle` decides it. `address` is the address that decided, if one did;
    `by` the member whose decision it was; `source` the email whose filing was followed (thread)."""

    client: ClientKey
    reason: Reason
    confidence: int
    address: str | None = None
    rule: str | None = None
    by: MemberKey | None = None
    source: EmailKey | None = None
    ambiguous: bool = False


class Suggestion(Record, frozen=True, kw_only=True):
    """Shown, never applied ([C5])."""

    client: ClientKey
    reason: Reason
    to_mailboxes: tuple[MailboxKey, ...] = ()  # whose members see it; () is everybody who sees the email


class Settled(Record, frozen=True, kw_only=True):
    """The outcome of settling one email. `files` is sorted by client; empty means unfiled."""

    files: tuple[Filed, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


class HandDecision(Record, frozen=True, kw_only=True):
    """A person's decision: for an email ([C2] 1), for the thread as marked on an email, or for all mail of a sender.
    `clients` empty means: filed nowhere."""

    maker: MemberKey
    clients: tuple[ClientKey, ...]
    at: int  # seconds; the later of two of one kind holds
    serial: int = 0  # breaks ties of `at`


class AddressLinks(Record, frozen=True, kw_only=True):
    """What the firm knows of one address: its contact's clients whose switch *email sync* is on; the client whose
    domain it is; whether it is a member's own."""

    address: str
    clients: tuple[ClientKey, ...] = ()
    contact: int | None = None
    member: bool = False


class Seen(Record, frozen=True, kw_only=True):
    """One sighting's part in deciding: its mailbox, that mailbox's members, the addresses that only this copy has
    (Bcc, Delivered-To), and whether the mailbox's never-sync list covers the email."""

    mailbox: MailboxKey
    members: tuple[MemberKey, ...]
    evidence: Evidence
    never_sync: bool = False
