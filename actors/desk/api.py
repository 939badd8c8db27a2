"""What screens and commands can ask of an office. One async Protocol: LocalDesk (in the office), RemoteDesk (over the
socket) and the tests' fake implement it, one contract suite runs on all, and the wire's table is read off it.

Reads answer what the caller's Scope shows. Commands take `request`, an id made by the caller: a repeat gets the first
answer. `ref` is an opaque id or, for clients, members and mailboxes, a name (unique, case ignored). Every method may
raise DeskError.
Nothing here names a path or a command: files are read and written by the caller's process and streamed.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import msgspec

from store.model.firm import Client, ClientDetail, Contact, Member, MemberRole, Right
from store.model.ids import EmailId, NoticeId, RequestId, ThreadId
from store.model.ledger import AuditLine
from store.model.mailbox import MailboxScope, MailboxView, ServerSettings
from store.model.record import Record
from store.model.views import (
    Announcement,
    Done,
    EmailRow,
    EmailView,
    FolderRow,
    JournalEntry,
    NoticeRow,
    OfficeStatus,
    ThreadPage,
    ThreadQuery,
    Why,
)

PROTOCOL_VERSION = 1


class Hello(Record, frozen=True, kw_only=True):
    """The first frame of a caller. `act_as` is refused on a server."""

    protocol: int
    version: str
    language: str = "en"
    time_zone: str = "UTC"
    act_as: str | None = None


class Welcome(Record, frozen=True, kw_only=True):
    """The office's answer: who the caller is to it."""

    protocol: int
    version: str
    pid: int
    firm: str
    member: Member
    empty: bool  # no mailbox yet


class NewContact(Record, frozen=True, kw_only=True):
    """A contact to be made with a client."""

    name: str
    address: str


class NewMailbox(Record, frozen=True, kw_only=True):
    """A mailbox to be synced. `password` is kept sealed and never given back."""

    address: str
    login: str
    password: str
    imap: ServerSettings
    smtp: ServerSettings | None
    member: str | None = None  # None: the caller
    scope: MailboxScope = MailboxScope.WHOLE
    history_from: int | None = None
    authserv_id: str | None = None  # whose Authentication-Results are believed ([C9]); None: nobody's


class LocalCopy(Record, frozen=True, kw_only=True):
    """A piece of a raw mail to import. A mail longer than a frame comes in several pieces, `last` on its final one."""

    folder: str
    data: bytes
    last: bool = True
    flags: tuple[str, ...] = ()
    at: int | None = None  # seconds of the mbox line or file


class Imported(Record, frozen=True, kw_only=True):
    """What an import did."""

    added: int
    known: int
    failed: int


class SyncResult(Record, frozen=True, kw_only=True):
    """What `sync` found; codes of mailboxes that failed or are offline by address."""

    synced: tuple[str, ...]
    failed: dict[str, str]
    offline: dict[str, str]


class AuditResult(Record, frozen=True, kw_only=True):
    """A line for each folder that was compared; codes of the mailboxes that could not be, by address."""

    lines: tuple[AuditLine, ...]
    failed: dict[str, str] = msgspec.field(default_factory=dict)


class JournalPage(Record, frozen=True, kw_only=True):
    """Entries, oldest first, and the first broken one if asked to verify."""

    entries: tuple[JournalEntry, ...]
    broken: int | None = None
    head: str = ""


Sink = Callable[[Announcement], None]


class Desk(Protocol):
    """See the module."""

    # ---- Reading
    async def welcome(self) -> Welcome: ...
    async def folders(self) -> tuple[FolderRow, ...]: ...
    async def threads(self, query: ThreadQuery, *, offset: int = 0, limit: int = 200) -> ThreadPage: ...
    async def thread(self, thread: ThreadId) -> tuple[EmailRow, ...]: ...
    async def email(self, email: EmailId, *, version: int = 0) -> EmailView: ...
    async def fetch_body(self, email: EmailId, *, timeout: float = 30) -> EmailView:
        """As `email`, after the body has been fetched from the server if it is not here."""
        ...

    def raw(self, email: EmailId) -> AsyncIterator[bytes]:
        """The copy as received (own mailboxes), or without delivery headers and Bcc (others), in chunks."""
        ...

    async def search(self, text: str, *, limit: int = 50, before: EmailId | None = None) -> tuple[EmailRow, ...]: ...
    async def why(self, email: EmailId) -> Why: ...
    async def status(self, *, actors: bool = False, member: str | None = None) -> OfficeStatus: ...
    async def mailboxes(self) -> tuple[MailboxView, ...]: ...
    async def audit(
        self, addresses: Sequence[str] = (), *, all_folders: bool = False, timeout: float = 600
    ) -> AuditResult: ...
    async def clients(self) -> tuple[Client, ...]: ...
    async def client(self, ref: str) -> ClientDetail: ...
    async def contacts(self) -> tuple[Contact, ...]: ...
    async def members(self) -> tuple[Member, ...]: ...
    async def notices(self, *, archived: bool = False) -> tuple[NoticeRow, ...]: ...
    async def journal(self, *, verify: bool = False, after: int = 0, limit: int = 1000) -> JournalPage: ...
    def announcements(self, *, since: int | None = None) -> AsyncIterator[Announcement]:
        """Those of the last days after `since`, then as they come; coalesced, ids only, by the caller's Scope."""
        ...

    async def subscribe(self, sink: Sink) -> Callable[[], None]:
        """Like `announcements` from now on; returns what ends it. The sink must return at once."""
        ...

    # ---- Mail
    async def file(
        self,
        request: RequestId,
        *,
        email: EmailId | None = None,
        thread: ThreadId | None = None,
        client: str | None,
        always: bool = False,
    ) -> Done:
        """File by hand an email or a thread; client None files it nowhere."""
        ...

    async def mark(
        self,
        request: RequestId,
        emails: Sequence[EmailId],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        passing: bool = False,
    ) -> Done:
        """What is not said stays. In passing, as reading does, leaves no undo."""
        ...

    async def archive(self, request: RequestId, emails: Sequence[EmailId]) -> Done: ...
    async def delete(self, request: RequestId, emails: Sequence[EmailId]) -> Done: ...
    async def move(self, request: RequestId, emails: Sequence[EmailId], folder: str) -> Done: ...
    async def done(self, request: RequestId, thread: ThreadId) -> Done: ...
    async def reopen(self, request: RequestId, thread: ThreadId) -> Done: ...
    async def undo(self, request: RequestId) -> Done: ...

    # ---- Mailboxes
    async def add_mailbox(self, request: RequestId, mailbox: NewMailbox) -> MailboxView: ...
    async def pause(self, request: RequestId, address: str) -> Done: ...
    async def resume(self, request: RequestId, address: str) -> Done: ...
    async def sync(
        self, addresses: Sequence[str] = (), *, wait: bool = False, timeout: float | None = None
    ) -> SyncResult: ...
    async def import_copies(self, request: RequestId, mailbox: str, copies: AsyncIterator[LocalCopy]) -> Imported:
        """Bring raw mails into a local mailbox, made if new; those already in are not added again."""
        ...

    # ---- Firm
    async def add_client(self, request: RequestId, name: str, contacts: Sequence[NewContact] = ()) -> Client: ...
    async def add_contact(self, request: RequestId, name: str, addresses: Sequence[str]) -> Contact: ...
    async def link(self, request: RequestId, address: str, client: str) -> Done: ...
    async def unlink(self, request: RequestId, address: str, client: str) -> Done: ...
    async def set_email_sync(self, request: RequestId, address: str, *, client: str, on: bool) -> Done: ...
    async def add_member(
        self,
        request: RequestId,
        name: str,
        *,
        role: MemberRole = MemberRole.EMPLOYEE,
        rights: Sequence[Right] = (),
        user: str | None = None,
    ) -> Member: ...
    async def set_access(
        self,
        request: RequestId,
        member: str,
        *,
        give: Sequence[str] = (),
        take: Sequence[str] = (),
        rights: Sequence[Right] | None = None,
    ) -> Done: ...

    # ---- Notices
    async def see_notice(self, request: RequestId, notice: NoticeId) -> Done: ...
    async def archive_notice(self, request: RequestId, notice: NoticeId) -> Done: ...
    async def later_notice(self, request: RequestId, notice: NoticeId) -> Done: ...
    async def never_notice(self, request: RequestId, notice: NoticeId) -> Done: ...

    # ---- Office
    async def stop_office(self) -> None:
        """Finish the batch in hand and end. Only the home's own user."""
