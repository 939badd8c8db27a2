"""Mail on its way out: drafts, held, queued, sent and failed ([W1], [W5], [W6])."""

from enum import StrEnum

from store.model.address import Person
from store.model.copy import Part
from store.model.ids import EmailId, OutboxId, ThreadId
from store.model.record import Record
from store.model.signature import Voice


class OutboxState(StrEnum):
    """From key to Sent; docs/architecture.md draws the ways between them."""

    DRAFT = "draft"
    HELD = "held"  # may still be taken back
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"  # nobody can know whether it went out: a person says
    CANCELLED = "cancelled"
    PAUSED = "paused"


class RecipientState(StrEnum):
    """What became of a mail for one recipient."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class Answering(StrEnum):
    """What a mail is to the one it was made from."""

    NEW = "new"
    REPLY = "reply"
    REPLY_ALL = "reply_all"
    FORWARD = "forward"


class Draft(Record, frozen=True, kw_only=True):
    """What a person writes. `text` is Markdown, the quoted text in it; `answers` is what it answers or forwards."""

    from_: str  # an own address
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    subject: str = ""
    text: str = ""
    how: Answering = Answering.NEW
    answers: EmailId | None = None
    plain: bool = False  # as text alone, without HTML
    zone: int = 0  # minutes east of UTC where it was sent from; the office's own, once it was
    signature: bool = True  # with that of its From address; it is not in `text`
    voice: Voice | None = None  # as whom it was sent; the office's own, once it was


class Attached(Record, frozen=True, kw_only=True):
    """A file that goes with a mail."""

    n: int
    name: str
    type: str
    size: int


class RecipientRow(Record, frozen=True, kw_only=True):
    """One recipient. `role` is to, cc or bcc; `code` says why it was refused."""

    address: str
    name: str = ""
    role: str = "to"
    state: RecipientState = RecipientState.WAITING
    code: str | None = None


class OutboxRow(Record, frozen=True, kw_only=True):
    """A line of drafts or outbox. `last_error` is a code. `email` is the mail it became, from its acceptance on."""

    outbox: OutboxId
    state: OutboxState
    from_: str
    subject: str
    recipients: tuple[RecipientRow, ...]
    at: int  # of its last change
    message_id: str | None = None
    send_at: int | None = None
    tries: int = 0
    last_error: str | None = None
    attachments: int = 0
    thread: ThreadId | None = None  # of what it answers
    email: EmailId | None = None
    snippet: str = ""


class OutboxDraft(Record, frozen=True, kw_only=True):
    """A mail as it is written on."""

    row: OutboxRow
    draft: Draft
    attachments: tuple[Attached, ...] = ()


class Sender(Record, frozen=True, kw_only=True):
    """An own address that mail can be written from. `code` says why it can't be sent from now: receive_only,
    needs_sign_in, paused, local; None if it can."""

    address: str
    name: str
    mailbox: str
    main: bool
    code: str | None = None
    signature: str = ""  # as the text part has it


class Proposal(Record, frozen=True, kw_only=True):
    """How an answer, a forwarded or a new mail begins. `parts` are a forwarded mail's attachments. Labels and
    attribution are the caller's language: {date} and {who} in `attribution` are filled in."""

    draft: Draft
    parts: tuple[Part, ...] = ()


class Completion(Record, frozen=True, kw_only=True):
    """Somebody that a mail could go to."""

    name: str
    address: str
    clients: tuple[str, ...] = ()
    away_until: int | None = None  # a colleague who is away
    deputy: str = ""  # who stands in
