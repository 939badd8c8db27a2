"""What the desk answers: records made for one reader by the current Scope. Ids are opaque, text is not yet plain."""

from enum import StrEnum

import msgspec

from store.model.address import Person
from store.model.copy import Part
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.ids import ClientId, EmailId, MemberId, NoticeId, ThreadId
from store.model.mailbox import SyncState
from store.model.record import Record
from store.model.thread import ThreadState


class View(StrEnum):
    """The places of [T2] that stand. Every client's folder is beside them."""

    ALL = "all"  # every thread one may see
    INBOX = "inbox"  # to answer: client mail and own mail
    WAITING = "waiting"
    UNFILED = "unfiled"  # own mailboxes' mail without a client
    AMBIGUOUS = "ambiguous"
    DONE = "done"


class ClientName(Record, frozen=True, kw_only=True):
    """A client as the reader may see it."""

    client: ClientId
    name: str


class FolderRow(Record, frozen=True, kw_only=True):
    """A line of the left pane: a view or a client's folder. `to_answer` is the count; `unread` makes it bold."""

    view: View | None = None
    client: ClientName | None = None
    to_answer: int = 0
    unread: bool = False
    threads: int = 0


class ThreadQuery(Record, frozen=True, kw_only=True):
    """Which threads, newest first. `text` is the search language ([T4])."""

    view: View = View.ALL
    client: ClientId | None = None
    text: str = ""


class ThreadRow(Record, frozen=True, kw_only=True):
    """A thread as its reader sees it: only of the emails that they may see ([T2b])."""

    thread: ThreadId
    newest: EmailId
    at: int  # seconds, of the newest
    subject: str
    people: tuple[str, ...]  # names or addresses of the outside people and members, newest first, at most four
    count: int
    state: ThreadState
    unread: bool
    starred: bool
    clients: tuple[ClientName, ...]
    ambiguous: bool = False
    unverified: bool = False
    attachments: bool = False
    snippet: str = ""
    answered_by: str | None = None  # the member's name
    answered_at: int | None = None
    versions: int = 1
    assigned: str | None = None


class ThreadPage(Record, frozen=True, kw_only=True):
    """A window of a list. `seq` is the announcement number it was read at."""

    rows: tuple[ThreadRow, ...]
    offset: int
    total: int
    seq: int = 0


class FilingView(Record, frozen=True, kw_only=True):
    """A filing in lists."""

    client: ClientName
    reason: Reason
    confidence: int
    ambiguous: bool = False


class SightingView(Record, frozen=True, kw_only=True):
    """A place where a copy was seen; only of the reader's own mailboxes."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    flags: tuple[str, ...]
    gone: bool


class EmailRow(Record, frozen=True, kw_only=True):
    """One email in a thread or a search result."""

    email: EmailId
    thread: ThreadId
    message_id: str | None
    subject: str
    from_: tuple[Person, ...]
    date: int | None
    received: int
    read: bool
    starred: bool
    filings: tuple[FilingView, ...]
    verified: Verified
    thread_state: ThreadState
    answered_by: str | None
    attachments: int
    mailboxes: tuple[str, ...]  # the reader's own
    sightings: tuple[SightingView, ...]
    snippet: str
    whole: bool  # its body is here


class Block(Record, frozen=True, kw_only=True):
    """A stretch of a body's text."""

    kind: str  # text, quote, signature, forward
    text: str


class Link(Record, frozen=True, kw_only=True):
    """A link with its true target. Suspicious: its text names another host than its target."""

    text: str
    target: str
    suspicious: bool = False


class EmailView(Record, frozen=True, kw_only=True):
    """One email as a person reads it. Bcc and delivery headers only for the mailbox's members (Z16)."""

    email: EmailId
    thread: ThreadId
    subject: str
    from_: tuple[Person, ...]
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    bcc: tuple[Person, ...]
    reply_to: tuple[Person, ...]
    date: int | None
    received: int
    message_id: str | None
    verified: Verified
    versions: int
    version: int  # which of them this is, from 1
    whole: bool
    text: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]
    attachments: tuple[Part, ...]
    warnings: tuple[str, ...]  # codes: unverified, hidden_text, cut, reply_to_differs, versions, body_missing
    clients: tuple[FilingView, ...]
    answered_by: str | None = None
    answered_at: int | None = None


class WhyFiling(Record, frozen=True, kw_only=True):
    """One filing explained ([C4])."""

    client: ClientName
    reason: Reason
    confidence: int
    rule: str | None = None
    address: str | None = None
    since: int | None = None
    by: str | None = None
    ambiguous: bool = False


class Why(Record, frozen=True, kw_only=True):
    """Why an email is where it is; hidden clients are left out and not counted (Z5)."""

    email: EmailId
    filings: tuple[WhyFiling, ...]
    alternatives: tuple[WhyFiling, ...]


class FolderAudit(Record, frozen=True, kw_only=True):
    """The last audit's sums for a mailbox."""

    server: int
    store: int
    missing: int
    failed: int


class MailboxStatus(Record, frozen=True, kw_only=True):
    """A mailbox in `status`. For others than its members only state, lag, age and error code (Z14)."""

    address: str
    state: SyncState
    done: int = 0
    total: int = 0
    rate: float = 0.0
    eta_s: int | None = None
    last_success: int | None = None
    lag_s: int | None = None
    last_error: str | None = None
    audit: FolderAudit | None = None
    paused: bool = False


class ActorStatus(Record, frozen=True, kw_only=True):
    """An actor in `status --actors`."""

    name: str
    restarts: int
    inbox: int
    last_error: str | None


class OfficeStatus(Record, frozen=True, kw_only=True):
    """The office and the mailboxes one may see."""

    pid: int
    since: int
    version: str
    firm: str
    mailboxes: tuple[MailboxStatus, ...]
    actors: tuple[ActorStatus, ...] = ()


class NoticeKind(StrEnum):
    """Events of [N1] and [S12] whose doers exist."""

    CLIENT_WROTE = "client_wrote"
    MEMBER_ANSWERED = "member_answered"
    BULK_FILED = "bulk_filed"  # history or a link: one notice with a count
    LINKED_FILED = "linked_filed"  # Z3: mail of one's own mailbox filed by somebody's link
    MAIL_GONE = "mail_gone"  # hundreds gone at once
    SYNC_BROKE = "sync_broke"
    ACTOR_GAVE_UP = "actor_gave_up"
    CHANGE_DROPPED = "change_dropped"


class NoticeRow(Record, frozen=True, kw_only=True):
    """A notice in Inbox+. `seen_by` are colleagues who have read the email already."""

    notice: NoticeId
    kind: NoticeKind
    at: int
    client: ClientName | None = None
    thread: ThreadId | None = None
    email: EmailId | None = None
    arguments: dict[str, str | int] = msgspec.field(default_factory=dict)
    seen: bool = False
    archived: bool = False
    seen_by: tuple[str, ...] = ()


class Done(Record, frozen=True, kw_only=True):
    """The answer of a command: what it did, and the undo it left (a word of ours for the sentence)."""

    done: bool
    affected: int
    undo: str | None = None
    warning: str | None = None


class JournalEntry(Record, frozen=True, kw_only=True):
    """One entry of the journal ([R3]): ids, never contents."""

    seq: int
    at: int
    member: MemberId | None
    as_: MemberId | None
    action: str
    object: str
    prev: str
    hash: str


class Announcement(Record, frozen=True, kw_only=True):
    """Something changed. Ids only; `about` says in which lists to look."""

    seq: int
    at: int
    # emails_filed, threads_changed, mailbox_told, firm_changed, scope_changed, notices_kept, states_changed, audit_told
    kind: str
    email: EmailId | None = None
    thread: ThreadId | None = None
    client: ClientId | None = None
    count: int = 1
