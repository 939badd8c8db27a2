"""What the fake desk keeps: mails as it was given them, clients, links; filing by hand and by address only."""

import email
import email.policy
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from store.mime.read import read_copy
from store.model.address import Address, NotAllowed, Person
from store.model.copy import Part
from store.model.evidence import Kind, Verified
from store.model.filing import CONFIDENCE, Reason
from store.model.firm import Client, Contact, Member, MemberRole, Right
from store.model.ids import ClientId, ContactId, EmailId, EmailKey, MemberId, ThreadId
from store.model.thread import DoneMark, SnoozeMark, StateEmail, ThreadState
from store.model.views import Block, ClientName, Comment, EmailRow, EmailView, FilingView, SightingView, ThreadRow
from store.rules.snooze import snoozed_until
from store.rules.thread_state import state

OWN_DOMAIN = "firm.example"
NOW = 1_764_000_000


@dataclass(slots=True)
class FakeMail:
    """One email."""

    id: EmailId
    key: EmailKey
    raw: bytes
    parsed: EmailMessage
    at: int
    mailbox: str
    folder: str
    thread: ThreadId
    read: bool = False
    starred: bool = False
    whole: bool = True
    hand: tuple[ClientId, ...] | None = None
    gone: bool = False
    private: bool = False

    def people(self, *fields: str) -> tuple[Person, ...]:
        """Those of some header fields."""
        values = [str(value) for name in fields for value in self.parsed.get_all(name, [])]
        return tuple(Person(name=name, address=address) for name, address in getaddresses(values) if address)

    @property
    def message_id(self) -> str | None:
        found = str(self.parsed.get("Message-ID", "")).strip().strip("<>")
        return found or None

    @property
    def subject(self) -> str:
        return str(self.parsed.get("Subject", ""))

    @property
    def text(self) -> str:
        body = self.parsed.get_body(("plain",))
        return "" if body is None or not self.whole else str(body.get_content())

    @property
    def from_member(self) -> bool:
        return any(person.address.endswith("@" + OWN_DOMAIN) for person in self.people("From"))

    def addresses(self) -> set[str]:
        """Everybody in it, normalised."""
        return set(normalised(person.address for person in self.people("From", "To", "Cc", "Reply-To", "Sender")))


@dataclass(slots=True)
class FakeFirm:
    """The whole state."""

    owner: Member = field(
        default_factory=lambda: Member(
            member=MemberId("m1"), name="Olga Owner", role=MemberRole.OWNER, rights=tuple(Right)
        )
    )
    members: list[Member] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    links: dict[tuple[str, ClientId], bool] = field(default_factory=dict)
    tags: dict[ClientId, tuple[str, ...]] = field(default_factory=dict)
    domains: dict[ClientId, frozenset[str]] = field(default_factory=dict)
    quiet: frozenset[tuple[str, ClientId]] = frozenset()  # links without *notify*
    aliases: dict[str, str] = field(default_factory=dict)  # ids of what became another
    mails: list[FakeMail] = field(default_factory=list)
    done: dict[ThreadId, DoneMark] = field(default_factory=dict)
    snoozed: dict[ThreadId, SnoozeMark] = field(default_factory=dict)
    assigned: dict[ThreadId, str] = field(default_factory=dict)  # member's name
    comments: dict[ThreadId, list[Comment]] = field(default_factory=dict)
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_mail(self, raw: bytes, *, mailbox: str, folder: str, read: bool, whole: bool) -> FakeMail:
        """Take a mail; its thread is that of a mail it names."""
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        number = next(self.serial)
        at = int(parsedate_to_datetime(str(parsed["Date"])).timestamp()) if parsed["Date"] else number
        named = f"{parsed.get('In-Reply-To', '')} {parsed.get('References', '')}"
        thread = next((m.thread for m in self.mails if m.message_id and m.message_id in named), ThreadId(f"t{number}"))
        mail = FakeMail(
            id=EmailId(f"e{number}"),
            key=EmailKey(number),
            raw=raw,
            parsed=parsed,
            at=at,
            mailbox=mailbox,
            folder=folder,
            thread=thread,
            read=read,
            whole=whole,
        )
        self.mails.append(mail)
        return mail

    # ---- Looking up

    def in_order(self, mails: Iterable[FakeMail] | None = None) -> list[FakeMail]:
        """Oldest first."""
        return sorted(self.mails if mails is None else mails, key=lambda mail: (mail.at, mail.key))

    def of_thread(self, thread: ThreadId) -> list[FakeMail]:
        """A thread's mails, oldest first."""
        return self.in_order(mail for mail in self.mails if mail.thread == thread)

    def filings(self, mail: FakeMail) -> tuple[FilingView, ...]:
        """Where it is filed."""
        if mail.hand is not None:
            return tuple(self._filing(client, Reason.BY_HAND) for client in mail.hand)
        found = {client for (address, client), on in self.links.items() if on and address in mail.addresses()}
        ambiguous = len(found) > 1
        if not found:
            return tuple(self._filing(client, Reason.DOMAIN) for client in self._by_domain(mail))
        return tuple(self._filing(client, Reason.ADDRESS, ambiguous=ambiguous) for client in sorted(found))

    def _by_domain(self, mail: FakeMail) -> list[ClientId]:
        borne = {address.rpartition("@")[2] for address in mail.addresses()}
        return sorted(client for client, domains in self.domains.items() if borne & domains)

    def _filing(self, client: ClientId, reason: Reason, *, ambiguous: bool = False) -> FilingView:
        return FilingView(client=self.named(client), reason=reason, confidence=CONFIDENCE[reason], ambiguous=ambiguous)

    def named(self, client: ClientId) -> ClientName:
        """A client with its name."""
        return ClientName(client=client, name=next(c.name for c in self.clients if c.client == client))

    def is_filed(self, mail: FakeMail, client: ClientId) -> bool:
        """Whether it is filed with a client."""
        return any(filing.client.client == client for filing in self.filings(mail))

    def state(self, thread: ThreadId) -> ThreadState:
        """What a thread is to the firm."""
        return state((self._state_email(mail) for mail in self.of_thread(thread)), self.done.get(thread))

    def snoozed_until(self, thread: ThreadId) -> int | None:
        """Until when it is out of sight."""
        return snoozed_until(map(self._state_email, self.of_thread(thread)), self.snoozed.get(thread), now=NOW)

    @staticmethod
    def _state_email(mail: FakeMail) -> StateEmail:
        outside = any(not address.endswith("@" + OWN_DOMAIN) for address in mail.addresses())
        sender = next(iter(mail.people("From")), Person(address="")).address
        return StateEmail(
            email=mail.key,
            at=mail.at,
            kind=_kind(mail),
            from_member=mail.from_member,
            outside=outside,
            sender=sender,
        )

    # ---- Showing

    def thread_row(self, thread: ThreadId) -> ThreadRow:
        """A line of a list."""
        mails = self.of_thread(thread)
        newest = mails[-1]
        people = dict.fromkeys(
            person.name or person.address for mail in reversed(mails) for person in mail.people("From")
        )
        clients = {filing.client.client: filing.client for mail in mails for filing in self.filings(mail)}
        return ThreadRow(
            thread=thread,
            newest=newest.id,
            at=newest.at,
            subject=newest.subject,
            people=tuple(people)[:4],
            count=len(mails),
            state=self.state(thread),
            unread=any(not mail.read for mail in mails),
            starred=any(mail.starred for mail in mails),
            clients=tuple(clients[key] for key in sorted(clients)),
            ambiguous=any(filing.ambiguous for mail in mails for filing in self.filings(mail)),
            attachments=any(list(mail.parsed.iter_attachments()) for mail in mails),
            snippet=newest.text.strip()[:160],
            assigned=self.assigned.get(thread),
            snoozed_until=self.snoozed_until(thread),
            comments=len(self.comments.get(thread, ())),
        )

    def email_row(self, mail: FakeMail) -> EmailRow:
        """A line of a thread or of a search."""
        sighting = SightingView(
            mailbox=mail.mailbox,
            folder=mail.folder,
            uidvalidity=1,
            uid=mail.key,
            flags=("\\Seen",) if mail.read else (),
            gone=mail.gone,
        )
        return EmailRow(
            email=mail.id,
            thread=mail.thread,
            message_id=mail.message_id,
            subject=mail.subject,
            from_=mail.people("From"),
            date=mail.at,
            received=mail.at,
            read=mail.read,
            starred=mail.starred,
            filings=self.filings(mail),
            verified=Verified.UNKNOWN,
            thread_state=self.state(mail.thread),
            answered_by=None,
            attachments=len(list(mail.parsed.iter_attachments())),
            mailboxes=(mail.mailbox,),
            sightings=(sighting,),
            snippet=mail.text.strip()[:160],
            whole=mail.whole,
        )

    def email_view(self, mail: FakeMail) -> EmailView:
        """One email as a person reads it."""
        return EmailView(
            email=mail.id,
            thread=mail.thread,
            subject=mail.subject,
            from_=mail.people("From"),
            to=mail.people("To"),
            cc=mail.people("Cc"),
            bcc=mail.people("Bcc"),
            reply_to=mail.people("Reply-To"),
            date=mail.at,
            received=mail.at,
            message_id=mail.message_id,
            verified=Verified.UNKNOWN,
            versions=1,
            version=1,
            whole=mail.whole,
            text=mail.text,
            blocks=(Block(kind="text", text=mail.text),) if mail.whole else (),
            links=(),
            attachments=self._parts(mail),
            warnings=() if mail.whole else ("body_missing",),
            clients=self.filings(mail),
            private=mail.private,
        )

    @staticmethod
    def _parts(mail: FakeMail) -> tuple[Part, ...]:
        body = read_copy(mail.raw, uid=1, whole=True).body if mail.whole else None
        return () if body is None else body.parts

    def contact_of(self, address: str) -> Contact | None:
        """Whose address it is."""
        return next((contact for contact in self.contacts if address in contact.addresses), None)

    def add_contact(self, name: str, addresses: tuple[str, ...]) -> Contact:
        """A new contact."""
        contact = Contact(contact=ContactId(f"k{next(self.serial)}"), name=name, addresses=addresses)
        self.contacts.append(contact)
        return contact


def normalised(addresses: Iterable[str]) -> list[str]:
    """Those that are addresses, in the form that is compared."""
    good = []
    for address in addresses:
        try:
            good.append(str(Address(address)))
        except NotAllowed:
            continue
    return good


def _kind(mail: FakeMail) -> Kind:
    return Kind.BULK if mail.parsed["List-Id"] or mail.parsed["List-Unsubscribe"] else Kind.PERSONAL
