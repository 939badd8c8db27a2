"""What screens and commands can ask of an office. One async Protocol: LocalDesk (in the office), RemoteDesk (over the
socket) and the tests' fake implement it, one contract suite runs on all, and the wire's table is read off it.

Reads answer what the caller's Scope shows. Commands take `request`, an id made by the caller: a repeat gets the first
answer. `ref` is an opaque id or, for clients, members and mailboxes, a name (unique, case ignored). Every method may
raise DeskError.
Nothing here names a path: files are read and written by the caller's process and streamed. One call names a program,
`begin_sign_in`: at home the owner's own, on a server one of the administrator's file.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import msgspec

from store.model.document import Document, Export, Standing
from store.model.filing_rules import Conditions, FilingRule, RuleTrial
from store.model.firm import Client, ClientDetail, Contact, Member, MemberRole, Right
from store.model.found import Found
from store.model.ids import DocumentId, EmailId, NoteId, NoticeId, OutboxId, RequestId, ThreadId
from store.model.ledger import AuditLine
from store.model.mailbox import Ending, MailboxScope, MailboxView, ServerSettings
from store.model.note import Note, NoteMade
from store.model.outbox import Answering, Completion, Draft, OutboxDraft, OutboxRow, Proposal, Sender
from store.model.people import ClientPage, ContactDetail, ContactPage, PeopleBatch, PeopleImported
from store.model.preview import Preview
from store.model.record import Record
from store.model.secrets import SecretKind, SecretsView
from store.model.sign_in import ProviderApp, SignIn, SignInWay
from store.model.views import (
    Announcement,
    ClientMade,
    Comment,
    Done,
    EmailRow,
    EmailView,
    FolderRow,
    JournalEntry,
    MailFolder,
    MemberSync,
    NextUndo,
    NoticeCount,
    NoticeRow,
    OfficeStatus,
    SuggestedClient,
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
    time_zone: str = "UTC"  # a name, or an offset as +0130
    act_as: str | None = None


class Welcome(Record, frozen=True, kw_only=True):
    """The office's answer: who the caller is to it."""

    protocol: int
    version: str
    pid: int
    firm: str
    member: Member
    empty: bool  # no mailbox yet
    language: str = "auto"  # as the member has set it


class NewContact(Record, frozen=True, kw_only=True):
    """A contact to be made with a client."""

    name: str
    address: str


class NewClient(Record, frozen=True, kw_only=True):
    """A client to be made with its contacts; the addresses of one contact carry the same name."""

    name: str
    contacts: tuple[NewContact, ...] = ()


class Wording(Record, frozen=True, kw_only=True):
    """The words of an answer in the caller's language. {date} and {who} in `wrote` are filled in by the office.
    `moment` is the answered mail's date as the caller's clock shows it, else the office says it.
    """

    wrote: str = "On {date}, {who} wrote:"
    forwarded: str = "Forwarded message"
    from_: str = "From"
    to: str = "To"
    cc: str = "Cc"
    date: str = "Date"
    subject: str = "Subject"
    moment: str = ""


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


class JournalCheck(Record, frozen=True, kw_only=True):
    """How far the chain was checked (`checked` is the last entry's number), of how many, and the first broken entry."""

    checked: int
    total: int
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
    def part(self, email: EmailId, n: int, *, version: int = 0) -> AsyncIterator[bytes]:
        """One attachment, decoded, in chunks. Away("body_unavailable") where the body is not here."""
        ...

    async def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        """Oldest first; those made on emails that the reader may see."""
        ...

    async def mail_folders(self) -> tuple[MailFolder, ...]:
        """Of the reader's own mailboxes, those that mail can be moved to."""
        ...

    async def next_undo(self) -> NextUndo | None: ...
    async def suggest_clients(self, *, limit: int = 200) -> tuple[SuggestedClient, ...]:
        """The people whom own mailboxes write with both ways and who are no contacts yet ([C5a])."""
        ...

    async def count_past(self, addresses: Sequence[str]) -> int:
        """How many emails of one's own sight have one of these addresses in From, To or Cc and are not filed."""
        ...

    async def settings(self) -> dict[str, str]:
        """What the reader has set up, defaults included; keys as docs/cli.md lists them."""
        ...

    async def oldest_announcement(self) -> int:
        """From which number on they are kept: that of the oldest, or of the next one if there is none."""
        ...

    async def status(self, *, actors: bool = False, member: str | None = None) -> OfficeStatus: ...
    async def mailboxes(self) -> tuple[MailboxView, ...]: ...
    async def audit(
        self, addresses: Sequence[str] = (), *, all_folders: bool = False, timeout: float = 600
    ) -> AuditResult: ...
    async def clients(self) -> tuple[Client, ...]: ...
    async def client(self, ref: str) -> ClientDetail: ...
    async def contacts(self) -> tuple[Contact, ...]: ...
    async def client_page(self, *, text: str = "", offset: int = 0, limit: int = 200) -> ClientPage:
        """The clients one may see, by name: those in whose name or tags every word of the text stands."""
        ...

    async def contact_page(
        self, *, text: str = "", client: str | None = None, offset: int = 0, limit: int = 200
    ) -> ContactPage:
        """The contacts one may see, by name: a client's alone, or those in whose name or addresses all words stand."""
        ...

    async def contact(self, ref: str) -> ContactDetail:
        """By id, or by one of its addresses."""
        ...

    async def plan_import(self, people: AsyncIterator[PeopleBatch]) -> PeopleImported:
        """What `import_people` would do, line by line; nothing is kept."""
        ...

    async def members(self) -> tuple[Member, ...]: ...
    async def team(self) -> tuple[MemberSync, ...]:
        """Every member's sync, for owner and admins; to others their own."""
        ...

    async def notices(self, *, archived: bool = False) -> tuple[NoticeRow, ...]: ...
    async def notice_count(self) -> NoticeCount:
        """Of those that are not archived."""
        ...

    async def journal(
        self,
        *,
        verify: bool = False,
        after: int = 0,
        limit: int = 1000,
        before: int | None = None,
        client: str | None = None,
        member: str | None = None,
    ) -> JournalPage:
        """Oldest first, of those after a number. With `before` newest first, of those before it (0: of all), and then a
        client's or a member's alone.
        """
        ...

    async def check_journal(self, *, after: int = 0, limit: int = 5000) -> JournalCheck:
        """Check the chain from the entry after that number on, so many entries at a time."""
        ...

    async def activity(self, client: str, *, before: int = 0, limit: int = 100) -> tuple[JournalEntry, ...]:
        """What was done for a client, newest first, before an entry's number (0: of all): to who may see it, and of
        each act only what they see.
        """
        ...

    async def rules(self) -> tuple[FilingRule, ...]:
        """The caller's own, in their order."""
        ...

    async def try_rule(self, conditions: Conditions, client: str, *, limit: int = 10) -> RuleTrial:
        """What such a rule would have done to past mail; nothing is changed."""
        ...

    async def notes(self, client: str) -> tuple[Note, ...]:
        """What the firm wrote down about a client, the newest first."""
        ...

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
        threads: Sequence[ThreadId] = (),
        read: bool | None = None,
        starred: bool | None = None,
        passing: bool = False,
    ) -> Done:
        """What is not said stays. In passing, as reading does, leaves no undo."""
        ...

    async def archive(
        self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()
    ) -> Done: ...
    async def delete(
        self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()
    ) -> Done: ...
    async def move(
        self, request: RequestId, emails: Sequence[EmailId], folder: str, *, threads: Sequence[ThreadId] = ()
    ) -> Done: ...
    async def spam(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        """Own copies go to the spam folder."""
        ...

    async def unspam(
        self,
        request: RequestId,
        emails: Sequence[EmailId] = (),
        *,
        threads: Sequence[ThreadId] = (),
        notices: Sequence[NoticeId] = (),
    ) -> Done:
        """Own copies come back from the spam folder to the inbox; or what these notices say lies there ([S4a])."""
        ...

    async def done(self, request: RequestId, thread: ThreadId) -> Done: ...
    async def reopen(self, request: RequestId, thread: ThreadId) -> Done: ...
    async def snooze(self, request: RequestId, thread: ThreadId, until: int | None) -> Done:
        """Out of one's own sight until then (seconds since 1970), or until mail from outside comes; None: no longer."""
        ...

    async def assign(self, request: RequestId, thread: ThreadId, member: str | None) -> Done:
        """Who answers for the thread; None: nobody."""
        ...

    async def comment(self, request: RequestId, thread: ThreadId, text: str) -> Done:
        """An internal word on it; @name tells that member, if they may see it."""
        ...

    async def undo(self, request: RequestId) -> Done:
        """Take the last act back; a batch (requests `batch/1`, `batch/2`, …) as one."""
        ...

    # ---- Writing
    async def senders(self) -> tuple[Sender, ...]:
        """Own addresses, the default first."""
        ...

    async def propose(
        self,
        *,
        how: Answering = Answering.NEW,
        answers: EmailId | None = None,
        to: str = "",
        wording: Wording = Wording(),  # noqa: B008 - frozen
    ) -> Proposal:
        """How an answer (or a mail to somebody) begins: From, recipients, subject, quoted text. NotFound, or
        BadRequest("no_sender") where one has no mailbox ([S2]).
        """
        ...

    async def complete(self, text: str, *, limit: int = 8) -> tuple[Completion, ...]:
        """Contacts, then people written with, whose name or address has a word that begins so."""
        ...

    async def outbox(self) -> tuple[OutboxRow, ...]:
        """One's own mail that is not sent, and what was sent in the last day; newest first."""
        ...

    async def draft(self, outbox: OutboxId) -> OutboxDraft: ...
    async def put_draft(self, request: RequestId, draft: Draft, *, outbox: OutboxId | None = None) -> OutboxRow:
        """Keep a draft, new or again. Held, cancelled and failed mail of which nobody got anything becomes a draft."""
        ...

    async def attach(
        self, request: RequestId, outbox: OutboxId, name: str, type_: str, pieces: AsyncIterator[bytes]
    ) -> OutboxDraft:
        """Add a file, streamed by the caller in pieces of at most 512 KiB. At most 50 MB in all."""
        ...

    async def attach_part(self, request: RequestId, outbox: OutboxId, email: EmailId, n: int) -> OutboxDraft: ...
    async def detach(self, request: RequestId, outbox: OutboxId, n: int) -> OutboxDraft: ...
    async def send(self, request: RequestId, outbox: OutboxId, *, hold: int | None = None) -> OutboxRow:
        """Send a draft: held so many seconds (None: as set up), then queued. Undo takes it back while held."""
        ...

    async def cancel(self, request: RequestId, outbox: OutboxId) -> OutboxRow:
        """Take back what is not being sent."""
        ...

    async def retry(self, request: RequestId, outbox: OutboxId) -> OutboxRow:
        """Try failed mail again, for those who did not get it."""
        ...

    async def resolve(self, request: RequestId, outbox: OutboxId, answer: str) -> OutboxRow:
        """A person says of uncertain mail: `sent`, or `again`."""
        ...

    async def discard(self, request: RequestId, outbox: OutboxId) -> Done:
        """Throw away a draft, or cancelled or failed mail."""
        ...

    # ---- Mailboxes
    async def begin_sign_in(
        self,
        *,
        way: SignInWay,
        mailbox: NewMailbox | None = None,
        address: str = "",
        provider: str = "",
        account: str = "",
        command: Sequence[str] = (),
    ) -> SignIn:
        """For a new mailbox (its `password` is not looked at), or again for one of one's own by its address; then the
        provider that it was signed in with need not be named. `account`: who signs in, where that is not the login.
        """
        ...

    async def wait_sign_in(self, sign_in: str, *, timeout: float = 25) -> bool:
        """Whether the person is done with what they do elsewhere; False: not yet. SignInRefused as soon as it has
        failed, another account's among it: nothing of it is kept.
        """
        ...

    async def finish_sign_in(self, request: RequestId, sign_in: str, *, answer: str = "") -> MailboxView:
        """Try both servers with what it brought, seal it, and sync. `answer`: the password, or the address at which the
        browser ended. An office that ended meanwhile knows nothing of it: NotFound.
        """
        ...

    async def cancel_sign_in(self, sign_in: str) -> Done:
        """Nothing comes of it."""
        ...

    async def providers(self) -> tuple[ProviderApp, ...]:
        """The firm's registrations with providers."""
        ...

    async def set_provider(self, request: RequestId, app: ProviderApp, *, client_secret: str | None = None) -> Done:
        """For owner and admins. No client id: there is none any more. A secret is never given back."""
        ...

    async def secrets(self) -> SecretsView:
        """Where they are kept and why; never one of them."""
        ...

    async def keep_secrets(self, request: RequestId, kind: SecretKind, *, passphrase: str | None = None) -> Done:
        """For owner and admins: keep all of them in another place, or nothing is changed. On a server only `file`."""
        ...

    async def unlock_secrets(self, passphrase: str) -> Done:
        """Open what is sealed by a passphrase, until the office ends; mailboxes that waited for it go on."""
        ...

    async def find_servers(self, address: str) -> tuple[Found, ...]:
        """What is known of the address's servers, the most reliable first; empty where nobody knows. No secret is said
        to anybody.
        """
        ...

    def preview(self, mailbox: NewMailbox, *, sign_in: str = "", answer: str = "") -> AsyncIterator[Preview]:
        """What syncing it would bring: how far the look at its headers is, again and again, and the counts at the end.
        Signed in with its password, or with what a sign-in (and its `answer`) brings, which stays to be finished.
        Nothing is kept. Whoever leaves ends it.
        """
        ...

    async def add_mailbox(self, request: RequestId, mailbox: NewMailbox) -> MailboxView: ...
    async def pause(self, request: RequestId, address: str) -> Done: ...
    async def resume(self, request: RequestId, address: str) -> Done: ...
    async def set_mailbox(
        self,
        request: RequestId,
        address: str,
        *,
        scope: MailboxScope | None = None,
        history_from: int | None = None,
        shared: Sequence[str] | None = None,
        save_attachments: bool | None = None,
        on_behalf: bool | None = None,
        signature: str | None = None,
        signature_html: bool = False,
        aliases: Sequence[str] | None = None,
        never_sync: Sequence[str] | None = None,
        no_send: bool = False,
        authserv_id: str | None = None,
    ) -> Done:
        """What is copied of it from now on, and how far back (seconds since 1970, 0: everything); which of others'
        folders that its server shows (MailboxView.offered); all its aliases and never-sync patterns; whose word on a
        sender is believed of mail that comes from now on ("": nobody's). What is not said stays.
        """
        ...

    async def set_own_address(
        self,
        request: RequestId,
        mailbox: str,
        address: str,
        *,
        name: str | None = None,
        signature: str | None = None,
        html: bool = False,
    ) -> Done:
        """The name and the signature of one of a mailbox's addresses; empty: as its other addresses have them."""
        ...

    async def ending(self, address: str) -> Ending:
        """What stopping it means, said before it is done."""
        ...

    async def stop_mailbox(self, request: RequestId, address: str) -> Done:
        """Its sync ends; its secret and what it privately holds go, what is filed stays."""
        ...

    async def reset_mailbox(self, request: RequestId, address: str) -> Done:
        """What it privately holds goes, and is synced afresh."""
        ...

    async def share(self, request: RequestId, address: str, member: str) -> Done:
        """Another member syncs it too: one sync, one copy."""
        ...

    async def unshare(self, request: RequestId, address: str, member: str) -> Done:
        """A member of it leaves; the last one's leaving stops it."""
        ...

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
    async def set_notify(self, request: RequestId, address: str, *, client: str, on: bool) -> Done:
        """Whether this address gets the firm's system mail for this client."""
        ...

    async def rename_client(self, request: RequestId, client: str, name: str) -> Done: ...
    async def tag_client(
        self, request: RequestId, client: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Done: ...
    async def set_domain(self, request: RequestId, client: str, domain: str, *, on: bool) -> Done:
        """Whether mail of this domain is filed with the client where nothing stronger says where ([C2] 4)."""
        ...

    async def merge_clients(self, request: RequestId, client: str, *, into: str) -> Done:
        """Everything of the first becomes the other's; its id stays an alias. Undo brings it back as it was."""
        ...

    async def rename_contact(self, request: RequestId, contact: str, name: str) -> Done: ...
    async def add_address(self, request: RequestId, contact: str, address: str) -> Done:
        """One more address of a contact, its switches off."""
        ...

    async def remove_address(self, request: RequestId, address: str) -> Done:
        """It is nobody's any more. The last one stays while its contact does."""
        ...

    async def merge_contacts(self, request: RequestId, contact: str, *, into: str) -> Done: ...
    async def remove_contact(self, request: RequestId, contact: str) -> Done:
        """One that is linked to no client."""
        ...

    async def import_people(self, request: RequestId, people: AsyncIterator[PeopleBatch]) -> PeopleImported:
        """Make, join and link all that is not refused, at once, with one undo; files the past."""
        ...

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

    async def set_role(self, request: RequestId, member: str, role: MemberRole) -> Done:
        """For the owner. Whom they make owner has the firm from then on, and they are an admin."""
        ...

    async def set_wall(self, request: RequestId, client: str, member: str, *, on: bool) -> Done:
        """Deny a member a client, whatever their role; never oneself."""
        ...

    async def set_private(self, request: RequestId, thread: ThreadId, *, on: bool) -> Done:
        """A thread, as far as one's own mailboxes hold it: seen by their members alone, what comes to it too."""
        ...

    async def set_away(self, request: RequestId, member: str, until: int | None, *, deputy: str | None = None) -> Done:
        """Away until then (seconds since 1970) with a deputy; None: back."""
        ...

    async def leave_firm(self, request: RequestId, member: str, *, pass_to: str) -> Done:
        """A member leaves; what they answered for and followed passes to another."""
        ...

    async def client_from(
        self, request: RequestId, email: EmailId, *, name: str | None = None, client: str | None = None
    ) -> ClientMade:
        """Make a client from an email's sender (name None: theirs), or add their address to a client."""
        ...

    async def make_clients(self, request: RequestId, clients: Sequence[NewClient]) -> ClientMade:
        """Clients with contacts and links, at once, with one undo; files the past."""
        ...

    async def set_setting(self, request: RequestId, key: str, value: str | None) -> Done:
        """None: as it was at first."""
        ...

    async def add_rule(
        self, request: RequestId, name: str, client: str, conditions: Conditions, *, place: int | None = None
    ) -> Done:
        """Mail in the caller's mailboxes that meets it, and that nothing stronger files, is filed with the client
        ([C2] 5); past mail at once. `place` among the caller's rules, from 1; without it behind them. Raises
        BadRequest: bad_rule, bad_name, name_taken.
        """
        ...

    async def remove_rule(self, request: RequestId, name: str) -> Done: ...
    async def put_note(self, request: RequestId, client: str, text: str, *, note: NoteId | None = None) -> NoteMade:
        """Write down something about a client, or word a note otherwise; plain text or Markdown."""
        ...

    async def remove_note(self, request: RequestId, note: NoteId) -> Done: ...

    # ---- Documents
    async def documents(self, client: str) -> tuple[Document, ...]:
        """A client's, the newest first."""
        ...

    async def find_documents(self, text: str, *, client: str | None = None, limit: int = 50) -> tuple[Document, ...]:
        """Those with these words in their name or text ([T4]), of one client or of all, the newest first; with the
        stretch around the first word as `snippet`. Text is found once it was read, behind.
        """
        ...

    async def document_name(self, document: DocumentId) -> str:
        """What it is called."""
        ...

    def document(self, document: DocumentId) -> AsyncIterator[bytes]:
        """Its bytes, in chunks. Away("document_missing") where somebody took the file away."""
        ...

    async def add_document(self, request: RequestId, client: str, name: str, pieces: AsyncIterator[bytes]) -> Document:
        """Keep a file of the caller's, streamed in pieces of at most 512 KiB. What is there already is `known`."""
        ...

    async def save_attachment(
        self, request: RequestId, email: EmailId, n: int, *, client: str | None = None
    ) -> Document:
        """Keep an attachment; client None: the one that the email is filed with ([A1])."""
        ...

    async def rename_document(self, request: RequestId, document: DocumentId, name: str) -> Done: ...
    async def move_document(self, request: RequestId, document: DocumentId, client: str) -> Done:
        """To another client's."""
        ...

    async def delete_document(self, request: RequestId, document: DocumentId) -> Done: ...
    async def begin_export(self, request: RequestId, client: str) -> Export:
        """What an export of a client begins with ([C7]); the caller writes it, from what it reads here."""
        ...

    def client_emails(self, client: str) -> AsyncIterator[EmailRow]:
        """A client's emails that one sees, the oldest first."""
        ...

    async def end_export(self, request: RequestId, client: str, *, emails: int, documents: int, manifest: str) -> Done:
        """It is whole; `manifest` is the SHA-256 of its list of files."""
        ...

    async def client_standing(self, client: str) -> Standing:
        """Whether a hold lies on it, when it was exported."""
        ...

    async def hold_client(self, request: RequestId, client: str, *, on: bool) -> Done:
        """A legal hold forbids erasing and every removal ([C10]). For owner and admins."""
        ...

    async def erase_client(self, request: RequestId, client: str) -> Done:
        """Mail, documents, contacts that nobody else has, and all that names them; after an export, for owner and
        admins. It goes on in slices; nothing takes it back.
        """
        ...

    # ---- Notices
    async def see_notice(self, request: RequestId, notice: NoticeId) -> Done: ...
    async def archive_notice(self, request: RequestId, notice: NoticeId) -> Done: ...
    async def later_notice(self, request: RequestId, notice: NoticeId) -> Done: ...
    async def never_notice(self, request: RequestId, notice: NoticeId) -> Done: ...

    # ---- Office
    async def stop_office(self) -> None:
        """Finish the batch in hand and end. Only the home's own user."""
