"""What the desk answers: records made for one reader by the current Scope. Ids are opaque, text is not yet plain."""

from enum import StrEnum

import msgspec

from store.model.address import Person
from store.model.copy import Part
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.firm import MemberRole
from store.model.ids import ClientId, CommentId, EmailId, MemberId, NoticeId, ThreadId
from store.model.mailbox import SyncState
from store.model.record import Record
from store.model.thread import ThreadState


class View(StrEnum):
    """The places of [T2] that stand. Every client's folder is beside them."""

    ALL = "all"  # every thread one may see
    INBOX = "inbox"  # to answer: client mail and own mail
    WAITING = "waiting"
    CC = "cc"  # to answer, but only in copy to this reader ([T2c])
    ASSIGNED = "assigned"  # to this reader
    UNFILED = "unfiled"  # own mailboxes' mail without a client
    AMBIGUOUS = "ambiguous"
    SNOOZED = "snoozed"  # by this reader, until later
    DONE = "done"
    SENT = "sent"  # threads with mail from own addresses, by the newest such mail
    DELETED = "deleted"  # own copies that left their server in the last 30 days


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
    assigned: str | None = None  # the member's name
    snoozed_until: int | None = None  # the reader's own
    comments: int = 0


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
    labels: tuple[str, ...] = ()  # names of folders in which it is shown too, where a mailbox has labels


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
    last_contact_at: int | None = None  # the newest other email with these clients that the reader sees
    private: bool = False  # its mailboxes' members' alone, whatever it is filed with ([C8])


class Comment(Record, frozen=True, kw_only=True):
    """An internal word on a thread; never leaves the firm. Seen by those who see the email it was made on (Z2)."""

    comment: CommentId
    at: int
    by: str
    text: str
    email: EmailId


class MailFolder(Record, frozen=True, kw_only=True):
    """A folder of an own mailbox that mail can be moved to."""

    mailbox: str
    name: str
    special_use: str = ""


class SuggestedAddress(Record, frozen=True, kw_only=True):
    """An address that own mailboxes write with both ways."""

    address: str
    name: str
    sent: int  # mails to it
    received: int  # mails from it
    last: int


class SuggestedClient(Record, frozen=True, kw_only=True):
    """A client to be ([C5a]): the people of one domain, or one address of a public provider. Most answered first."""

    name: str
    domain: str
    addresses: tuple[SuggestedAddress, ...]
    emails: int
    last: int


class ClientMade(Record, frozen=True, kw_only=True):
    """Clients made or added to, and how many past emails that files (counted now; settled beside everything else)."""

    clients: tuple[ClientName, ...]
    emails: int
    done: bool = True
    undo: str | None = None
    affected: int = 0


class NextUndo(Record, frozen=True, kw_only=True):
    """What the next undo takes back: the word of the act, of how many things (and threads, if it was about some), and
    when it was done.
    """

    word: str
    affected: int
    threads: int = 0
    at: int


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
    """A mailbox in `status`. For others than its members only state, lag, ages and error code (Z14). `token_at`: when
    the access token that it logs in with was got, by an office that still runs.
    """

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
    signed_in_at: int | None = None
    token_at: int | None = None


class MemberSync(Record, frozen=True, kw_only=True):
    """A member's sync as owner and admins see it ([S13]); no mailbox: not set up."""

    member: MemberId
    name: str
    role: MemberRole
    mailboxes: tuple[MailboxStatus, ...] = ()


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
    ASSIGNED = "assigned"  # a thread was given to this member
    MENTIONED = "mentioned"  # in a comment
    SEND_FAILED = "send_failed"
    SEND_UNCERTAIN = "send_uncertain"
    IN_SPAM = "in_spam"  # [S4a]: client mail lies in a mailbox's spam folder
    NOT_SYNCED = "not_synced"  # this member has no mailbox
    MAILBOX_SHARED = "mailbox_shared"  # somebody joined one of this member's mailboxes, or gave them one
    MAILBOX_LEFT = "mailbox_left"
    ATTACHMENTS_WAIT = "attachments_wait"  # Z19: nobody vouches for their sender, so they were not saved by themselves
    DOCUMENT_TOO_LARGE = "document_too_large"
    OTHER_SIGNED_IN = "other_signed_in"  # Z24: another account finished a sign-in; to who began it, and to whose it is


class NoticeRow(Record, frozen=True, kw_only=True):
    """A notice in Inbox+, with its thread's subject. `seen_by` are colleagues who have read the email already."""

    notice: NoticeId
    kind: NoticeKind
    at: int
    client: ClientName | None = None
    thread: ThreadId | None = None
    email: EmailId | None = None
    subject: str = ""
    clients: tuple[ClientName, ...] = ()  # of the thread
    arguments: dict[str, str | int] = msgspec.field(default_factory=dict)
    seen: bool = False
    archived: bool = False
    seen_by: tuple[str, ...] = ()


class NoticeCount(Record, frozen=True, kw_only=True):
    """How many notices stand in Inbox+, and how many of them were not seen yet."""

    notices: int = 0
    unseen: int = 0


class Done(Record, frozen=True, kw_only=True):
    """The answer of a command: what it did, and the undo it left (a word of ours for the sentence)."""

    done: bool
    affected: int
    undo: str | None = None
    warning: str | None = None
    threads: int = 0  # that it was about; 0: it was about something else
    about: str = ""  # what the warning is about


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
    # emails_filed, threads_changed, mailbox_told, firm_changed, scope_changed, notices_kept, states_changed,
    # audit_told, comments_changed, outbox_changed, settings_changed
    kind: str
    email: EmailId | None = None
    thread: ThreadId | None = None
    client: ClientId | None = None
    count: int = 1
