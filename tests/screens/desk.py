"""A desk for the tests and pictures of screens: the fake one, answering from rows and emails that a test makes up."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from msgspec.structs import replace

from actors.desk.api import Welcome
from store.model.address import Person
from store.model.copy import Part
from store.model.errors import NotFound
from store.model.evidence import Verified
from store.model.filing import CONFIDENCE, Reason
from store.model.ids import ClientId, EmailId, NoticeId, ThreadId
from store.model.mailbox import SyncState
from store.model.thread import ThreadState
from store.model.views import (
    Block,
    ClientName,
    Comment,
    EmailRow,
    EmailView,
    FilingView,
    FolderRow,
    Link,
    MailboxStatus,
    NoticeKind,
    NoticeRow,
    OfficeStatus,
    SightingView,
    ThreadPage,
    ThreadQuery,
    ThreadRow,
    View,
    Why,
    WhyFiling,
)
from tests.screens.acts import ShownActs
from tests.support.fake_calls import call
from tests.support.fake_desk import FakeDesk

NOW = 1_764_000_000  # 24 November 2025, 16:00 UTC
HOUR = 3600


@dataclass(slots=True, kw_only=True)
class Mail:
    """One made-up email."""

    email: EmailId
    who: Person
    text: str
    at: int
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    read: bool = True
    whole: bool = True
    verified: Verified = Verified.UNKNOWN
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    parts: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()
    contents: dict[int, bytes] = field(default_factory=dict)  # of the parts
    last_contact_at: int | None = None


@dataclass(slots=True, kw_only=True)
class Made:
    """One made-up thread."""

    thread: ThreadId
    subject: str
    mails: list[Mail]
    state: ThreadState = ThreadState.TO_ANSWER
    client: ClientName | None = None
    also: tuple[ClientName, ...] = ()
    reason: Reason = Reason.ADDRESS
    answered_by: str | None = None
    answered_at: int | None = None
    starred: bool = False
    people: tuple[str, ...] = ()
    folder: str = "INBOX"
    gone: bool = False  # from every list but the deleted
    copied: bool = False  # only in copy to the reader
    sent: bool = False
    assigned: str | None = None
    snoozed_until: int | None = None
    comments: list[Comment] = field(default_factory=list)

    @property
    def clients(self) -> tuple[ClientName, ...]:
        return (self.client, *self.also) if self.client else ()


@dataclass
class ShownDesk(ShownActs, FakeDesk):
    """See the module. `made` is newest first."""

    made: list[Made] = field(default_factory=list)
    boxes_told: tuple[MailboxStatus, ...] = (
        MailboxStatus(address="ana@olmo.example", state=SyncState.SYNCED, done=420, total=420),
    )
    firm_name: str = "Olmo & Vega"

    def __post_init__(self) -> None:
        FakeDesk.__init__(self)
        self._serial = count(1)
        self.named: dict[str, ClientName] = {}
        self.undone = []
        self.kept_parts = set()
        self._reached: dict[str, asyncio.Event] = {}

    async def reached(self, method: str) -> None:
        """Return when the method has been called."""
        await self._reached.setdefault(method, asyncio.Event()).wait()

    async def called(self, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        self._reached.setdefault(name, asyncio.Event()).set()
        await FakeDesk.called(self, name, given, named)

    # ------------------------------------------------------------ making things up
    def named_client(self, name: str) -> ClientName:
        return self.named.setdefault(name, ClientName(client=ClientId(f"c{len(self.named) + 1}"), name=name))

    def add(
        self,
        subject: str,
        *mails: tuple[str, str] | Mail,
        client: str | None = None,
        also: Sequence[str] = (),
        at: int | None = None,
        state: ThreadState = ThreadState.TO_ANSWER,
        unread: bool = False,
        first: bool = True,
        **more: object,
    ) -> Made:
        """A thread; mails are (sender, text), oldest first, or made ready."""
        moment = NOW - HOUR * len(self.made) if at is None else at
        built = [
            mail if isinstance(mail, Mail) else self.mail_of(*mail, at=moment - 600 * (len(mails) - 1 - place))
            for place, mail in enumerate(mails)
        ]
        built[-1].read = not unread
        made = Made(
            thread=ThreadId(f"t{next(self._serial)}"),
            subject=subject,
            mails=built,
            state=state,
            client=self.named_client(client) if client else None,
            also=tuple(self.named_client(name) for name in also),
        )
        for name, value in more.items():
            setattr(made, name, value)
        self.made.insert(0 if first else len(self.made), made)
        return made

    def mail_of(self, who: str, text: str, *, at: int) -> Mail:
        name, _, address = who.partition(" <")
        person = Person(name=name if address else "", address=address.rstrip(">") or name)
        own = Person(name="Ana Olmo", address="ana@olmo.example")
        return Mail(email=EmailId(f"e{next(self._serial)}"), who=person, text=text, at=at, to=(own,))

    def fill(self, number: int) -> None:
        """Many threads of one email, to scroll in."""
        for place in range(number):
            self.add(f"Subject {place}", (f"Sender {place % 97} <s{place}@x.example>", f"Text {place}"), first=False)

    # ------------------------------------------------------------ answering
    def _in(self, query: ThreadQuery) -> list[Made]:
        states = {View.WAITING: ThreadState.WAITING, View.DONE: ThreadState.DONE, View.INBOX: ThreadState.TO_ANSWER}
        found = [made for made in self.made if made.gone is (query.view is View.DELETED)]
        asked: dict[View, Callable[[Made], bool]] = {
            View.CC: lambda made: made.copied,
            View.ASSIGNED: lambda made: made.assigned == "Ana Olmo",
            View.SNOOZED: lambda made: made.snoozed_until is not None,
            View.SENT: lambda made: made.sent,
            View.UNFILED: lambda made: made.client is None,
            View.AMBIGUOUS: lambda made: bool(made.also),
        }
        if query.client is not None:
            found = [made for made in found if query.client in {client.client for client in made.clients}]
        elif query.view in states:
            found = [made for made in found if made.state is states[query.view] and made.folder in ("INBOX", "Archive")]
            found = [made for made in found if made.snoozed_until is None and not made.copied]
        elif query.view in asked:
            found = [made for made in found if asked[query.view](made)]
        words = query.text.casefold().split()
        return [made for made in found if all(word in _all_text(made) for word in words)] if words else found

    @call
    async def welcome(self) -> Welcome:
        return replace(await FakeDesk.welcome(self), firm=self.firm_name, empty=False)

    @call
    async def folders(self) -> tuple[FolderRow, ...]:
        rows = [self._folder(ThreadQuery(view=view), view=view) for view in View]
        names = sorted(self.named.values(), key=lambda client: client.name.casefold())
        return (*rows, *(self._folder(ThreadQuery(client=client.client), client=client) for client in names))

    def _folder(self, query: ThreadQuery, *, view: View | None = None, client: ClientName | None = None) -> FolderRow:
        made = self._in(query)
        return FolderRow(
            view=view,
            client=client,
            to_answer=sum(each.state is ThreadState.TO_ANSWER for each in made),
            unread=any(not mail.read for each in made for mail in each.mails),
            threads=len(made),
        )

    @call
    async def threads(self, query: ThreadQuery, *, offset: int = 0, limit: int = 200) -> ThreadPage:
        if query.client is not None and query.client not in {client.client for client in self.named.values()}:
            raise NotFound
        found = self._in(query)
        rows = tuple(_thread_row(made) for made in found[offset : offset + limit])
        return ThreadPage(rows=rows, offset=offset, total=len(found), seq=len(self.kept))

    def made_of(self, thread: ThreadId) -> Made:
        for made in self.made:
            if made.thread == thread:
                return made
        raise NotFound

    def mail_by(self, email: EmailId) -> tuple[Made, Mail]:
        for made in self.made:
            for mail in made.mails:
                if mail.email == email:
                    return made, mail
        raise NotFound

    @call
    async def thread(self, thread: ThreadId) -> tuple[EmailRow, ...]:
        made = self.made_of(thread)
        return tuple(_email_row(made, mail) for mail in made.mails)

    @call
    async def email(self, email: EmailId, *, version: int = 0) -> EmailView:
        return _email_view(*self.mail_by(email))

    @call
    async def fetch_body(self, email: EmailId, *, timeout: float = 30) -> EmailView:
        made, mail = self.mail_by(email)
        mail.whole = True
        return _email_view(made, mail)

    @call
    async def why(self, email: EmailId) -> Why:
        made, mail = self.mail_by(email)
        address = mail.who.address if made.reason is Reason.ADDRESS else None
        filings = tuple(
            WhyFiling(
                client=client,
                reason=made.reason,
                confidence=CONFIDENCE[made.reason],
                address=address,
                since=mail.at,
                ambiguous=bool(made.also),
            )
            for client in made.clients
        )
        others = [client for client in self.named.values() if client not in made.clients][:1]
        alternatives = tuple(WhyFiling(client=client, reason=Reason.THREAD, confidence=40) for client in others)
        return Why(email=email, filings=filings, alternatives=alternatives)

    @call
    async def status(self, *, actors: bool = False, member: str | None = None) -> OfficeStatus:
        return OfficeStatus(pid=1, since=NOW, version="fake", firm=self.firm_name, mailboxes=self.boxes_told)

    def notice(self) -> None:
        """Something new in Inbox+."""
        number = len(self.told) + 1
        self.told.append(NoticeRow(notice=NoticeId(f"n{number}"), kind=NoticeKind.CLIENT_WROTE, at=NOW))
        self.announce("notices_kept")


def _all_text(made: Made) -> str:
    return " ".join([made.subject, *(f"{mail.who.name} {mail.text}" for mail in made.mails)]).casefold()


def _filings(made: Made) -> tuple[FilingView, ...]:
    return tuple(
        FilingView(client=client, reason=made.reason, confidence=CONFIDENCE[made.reason], ambiguous=bool(made.also))
        for client in made.clients
    )


def _thread_row(made: Made) -> ThreadRow:
    newest = made.mails[-1]
    people = dict.fromkeys(mail.who.name or mail.who.address for mail in reversed(made.mails))
    return ThreadRow(
        thread=made.thread,
        newest=newest.email,
        at=newest.at,
        subject=made.subject,
        people=made.people or tuple(people)[:4],
        count=len(made.mails),
        state=made.state,
        unread=any(not mail.read for mail in made.mails),
        starred=made.starred,
        clients=made.clients,
        ambiguous=bool(made.also),
        unverified=any(mail.verified is Verified.FAIL for mail in made.mails),
        attachments=any(mail.parts for mail in made.mails),
        snippet=" ".join(newest.text.split())[:160] if newest.whole else "",
        answered_by=made.answered_by,
        answered_at=made.answered_at,
        assigned=made.assigned,
        snoozed_until=made.snoozed_until,
        comments=len(made.comments),
    )


def _email_row(made: Made, mail: Mail) -> EmailRow:
    return EmailRow(
        email=mail.email,
        thread=made.thread,
        message_id=f"{mail.email}@x.example",
        subject=made.subject,
        from_=(mail.who,),
        date=mail.at,
        received=mail.at,
        read=mail.read,
        starred=made.starred,
        filings=_filings(made),
        verified=mail.verified,
        thread_state=made.state,
        answered_by=made.answered_by,
        attachments=len(mail.parts),
        mailboxes=("ana@olmo.example",),
        sightings=(
            SightingView(
                mailbox="ana@olmo.example", folder=made.folder, uidvalidity=1, uid=1, flags=(), gone=made.gone
            ),
        ),
        snippet=mail.text[:160],
        whole=mail.whole,
    )


def _email_view(made: Made, mail: Mail) -> EmailView:
    blocks = mail.blocks or (Block(kind="text", text=mail.text),)
    return EmailView(
        email=mail.email,
        thread=made.thread,
        subject=made.subject,
        from_=(mail.who,),
        to=mail.to,
        cc=mail.cc,
        bcc=(),
        reply_to=(),
        date=mail.at,
        received=mail.at,
        message_id=f"{mail.email}@x.example",
        verified=mail.verified,
        versions=1,
        version=1,
        whole=mail.whole,
        text=mail.text if mail.whole else "",
        blocks=blocks if mail.whole else (),
        links=mail.links if mail.whole else (),
        attachments=mail.parts if mail.whole else (),
        warnings=mail.warnings if mail.whole else ("body_missing",),
        clients=_filings(made),
        answered_by=made.answered_by,
        answered_at=made.answered_at,
        last_contact_at=mail.last_contact_at,
    )
