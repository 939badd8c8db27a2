"""An email as the vault holds it, with all that hangs on it: what one transaction loads, changes and writes back.

Only data; what it means is decided above. `before` of each tells what is on disk.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from store.model.copy import Headers
from store.model.evidence import Kind, Role, Verified
from store.model.filing import Reason, Suggestion
from store.model.ids import ClientKey, EmailKey, FolderKey, MailboxKey, MemberKey, ThreadKey
from store.model.kept import OwnPart
from store.model.ledger import Depth


class KeptFiling(NamedTuple):
    """A row of `filings`."""

    client: ClientKey
    reason: Reason
    confidence: int
    ambiguous: bool
    address: str | None
    rule: str | None
    maker: MemberKey | None
    source: EmailKey | None
    since: int
    visible_from: int


@dataclass(slots=True)
class KeptContent:
    """A row of `contents` without its weight."""

    no: int
    hash: bytes
    heads: bytes
    whole: bool
    attachments: int


@dataclass(slots=True)
class KeptSighting:
    """A row of `sightings`; `sighting` is 0 until it is written."""

    sighting: int
    folder: FolderKey
    uidvalidity: int
    uid: int
    mailbox: MailboxKey
    email: EmailKey
    content: int | None
    flags: str
    internaldate: int
    size: int
    wanted: Depth
    here: Depth
    asked: bool
    pass_: int
    gone_at: int | None
    moved_to: int | None
    aim: FolderKey | None  # a person moved it there, the server does not know yet
    body: bytes | None
    own: OwnPart
    verified: Verified
    kind: Kind
    msgid: int = 0  # Gmail's number of the mail
    changed: bool = False
    place: tuple[FolderKey, int, int] | None = None  # as on disk


@dataclass(slots=True)
class KeptState:
    """A member's own state of an email ([T2a])."""

    unread: bool = False
    starred: bool = False
    read_said: bool = False
    star_said: bool = False

    @property
    def plain(self) -> bool:
        """Nothing that needs a row."""
        return not (self.unread or self.starred or self.read_said or self.star_said)


@dataclass(slots=True)
class KeptEmail:
    """A row of `emails` with its contents, sightings, filings and states."""

    email: EmailKey
    identity: bytes | None
    thread: ThreadKey
    name: bytes
    message_id: str | None
    date: int | None
    at: int
    people: tuple[tuple[Role, int], ...]
    from_address: int | None
    from_member: MemberKey | None
    outside: bool
    kind: Kind
    verified: Verified
    depends: bool
    private: bool
    filed: int
    mixed: bool
    versions: int
    whole: bool
    attachments: int
    passed: bytes | None
    names: tuple[bytes, ...] = ()  # that it names
    contents: list[KeptContent] = field(default_factory=list)
    sightings: list[KeptSighting] = field(default_factory=list)
    filings: dict[ClientKey, KeptFiling] = field(default_factory=dict)
    states: dict[MemberKey, KeptState] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    new: bool = False
    row: tuple[object, ...] = ()  # as on disk; () while new
    filing_rows: dict[ClientKey, KeptFiling] = field(default_factory=dict)  # as on disk

    @classmethod
    def fresh(
        cls,
        *,
        email: EmailKey,
        identity: bytes | None,
        name: bytes,
        headers: Headers,
        at: int,
        people: tuple[tuple[Role, int], ...],
        kind: Kind,
        verified: Verified,
    ) -> "KeptEmail":
        """One of which only a copy's headers are known: in no thread yet, filed with nobody."""
        return cls(
            email=email,
            identity=identity,
            thread=ThreadKey(0),
            name=name,
            message_id=headers.message_id,
            date=headers.date,
            at=at,
            people=people,
            from_address=next((address for role, address in people if role is Role.FROM), None),
            from_member=None,
            outside=False,
            kind=kind,
            verified=verified,
            depends=False,
            private=False,
            filed=0,
            mixed=False,
            versions=1,
            whole=False,
            attachments=0,
            passed=None,
            new=True,
        )

    def present(self) -> list[KeptSighting]:
        """The sightings that are on a server, as far as known."""
        return [seen for seen in self.sightings if seen.gone_at is None]

    def mailboxes(self) -> set[MailboxKey]:
        """The mailboxes through which their members see it."""
        return {seen.mailbox for seen in self.sightings if seen.gone_at is None}

    def as_on_disk(self) -> None:
        """What it is now is what the vault has."""
        self.row = self.as_row()
        self.filing_rows = dict(self.filings)

    def as_row(self) -> tuple[object, ...]:
        """For comparing with, and writing to, the disk; `people` aside, which never changes."""
        return (
            self.identity, self.thread, self.at, self.from_member, int(self.outside), self.kind, self.verified,
            int(self.depends), int(self.private), self.filed, int(self.mixed), self.versions, int(self.whole),
            self.attachments, self.passed,
        )  # fmt: skip
