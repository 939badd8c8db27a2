"""Records that the vault keeps packed in a column: written by the desk's writer, read by the queries. Keys, not ids."""

from store.model.address import Person
from store.model.copy import Part
from store.model.evidence import Role
from store.model.ids import EmailKey, MemberKey
from store.model.record import Record
from store.model.thread import StateEmail


class OwnPart(Record, frozen=True, kw_only=True):
    """What only this copy has, beside its content: for its mailbox's members alone (Z16), but for Sender and Reply-To,
    which are the content's and stand here so that deciding can leave a copy out (never-sync)."""

    addresses: tuple[tuple[Role, int], ...] = ()  # SENDER, REPLY_TO, BCC, DELIVERED_TO; keys of `addresses`
    bcc: tuple[Person, ...] = ()
    delivered_to: tuple[str, ...] = ()


class Shape(Record, frozen=True, kw_only=True):
    """A whole content beside its text."""

    html: bool = False
    hidden_text: bool = False
    links: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    calendar: bool = False
    report: bool = False
    cut: tuple[str, ...] = ()  # of Body and of Headers


class Voice(Record, frozen=True, kw_only=True):
    """Somebody heard in a thread: the newest email From them."""

    email: EmailKey
    address: str
    name: str


class Answer(Record, frozen=True, kw_only=True):
    """A member's newest email to somebody outside."""

    email: EmailKey
    at: int
    member: MemberKey  # 0: one of several who share that address


class ThreadSummary(Record, frozen=True, kw_only=True):
    """A thread as a reader of all of it sees it. Each field is a sum or a maximum over its emails, so that one more
    email costs the same in a long thread.
    """

    newest: EmailKey  # its subject and snippet are shown
    subject: str = ""
    snippet: str = ""
    count: int = 0
    voices: tuple[Voice, ...] = ()  # newest first, each address once, at most four
    counting: StateEmail | None = None  # the newest email that counts for the state ([T2b])
    answer: Answer | None = None
    attachments: int = 0  # emails with any
    unverified: int = 0  # emails whose sender failed
    versions: int = 1  # the most that one of its emails has
