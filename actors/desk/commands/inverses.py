"""What takes an act back, as data: kept with the act, read by `undoing`. Keys of the vault only.

A record here is on disk for a day: fields may be added with a default, never changed.
"""

from collections.abc import Sequence

import msgspec

from store.model.firm import MemberRole, Right
from store.model.ids import (
    ClientKey,
    CommentKey,
    ContactKey,
    DocumentKey,
    EmailKey,
    FolderKey,
    MemberKey,
    NoteKey,
    OutboxKey,
    RuleKey,
    ThreadKey,
)
from store.vault.contacts import ContactState

State = tuple[bool, bool, bool, bool]  # unread, starred, read_said, star_said


class Decided(msgspec.Struct, frozen=True, kw_only=True, tag="decided"):
    """Decisions by hand were made: on these emails, or for all mail of an address."""

    serials: tuple[int, ...]
    emails: tuple[EmailKey, ...] = ()
    address: int | None = None
    clients: tuple[ClientKey, ...] = ()


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """A flag was set on (or taken from) a copy."""

    sighting: int
    email: EmailKey
    flag: str
    on: bool


class Marked(msgspec.Struct, frozen=True, kw_only=True, tag="marked"):
    """A member's own states: (email, before, after)."""

    states: tuple[tuple[EmailKey, State, State], ...]
    flags: tuple[Flagged, ...] = ()


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A copy was moved out of a folder; `change` is what waits for its server, 0 for a local mailbox."""

    sighting: int
    email: EmailKey
    origin: FolderKey
    target: FolderKey
    change: int
    deleted: bool = False
    was_gone: bool = False  # it had left before, as spam does
    left: tuple[FolderKey, int, int] | None = None  # the place on its server that it had left to
    labelled: bool = False  # it stayed, and its labels changed
    added: tuple[str, ...] = ()  # labels
    removed: tuple[str, ...] = ()  # by the act, or by its server when it left


class Transferred(msgspec.Struct, frozen=True, kw_only=True, tag="transferred"):
    """Copies were archived, deleted or moved."""

    moves: tuple[Moved, ...]


class Closed(msgspec.Struct, frozen=True, kw_only=True, tag="closed"):
    """A thread was said to be done; `before` is the mark that stood on the same email: (at, maker)."""

    thread: ThreadKey
    email: EmailKey
    at: int
    before: tuple[int, MemberKey] | None = None
    moves: tuple[Moved, ...] = ()


class Reopened(msgspec.Struct, frozen=True, kw_only=True, tag="reopened"):
    """Done marks were taken away: (email, at, maker)."""

    thread: ThreadKey
    marks: tuple[tuple[EmailKey, int, MemberKey], ...]


class Linked(msgspec.Struct, frozen=True, kw_only=True, tag="linked"):
    """A contact's link with a client: (address, email sync on) before and after, None for no link."""

    contact: ContactKey
    client: ClientKey
    before: tuple[tuple[int, bool], ...] | None
    after: tuple[tuple[int, bool], ...] | None
    made_contact: bool = False
    notified: tuple[int, ...] | None = None  # the addresses with *notify* on, before


Snooze = tuple[EmailKey, int, int]  # email, until, at
Assignment = tuple[EmailKey, MemberKey | None, int, MemberKey]  # email, member, at, maker


class Snoozed(msgspec.Struct, frozen=True, kw_only=True, tag="snoozed"):
    """A member's snoozes of a thread were changed; `after` None: it was brought back."""

    thread: ThreadKey
    before: tuple[Snooze, ...]
    after: Snooze | None


class Assigned(msgspec.Struct, frozen=True, kw_only=True, tag="assigned"):
    """A thread was given to somebody, or taken; `before` are the assignments that this one took the place of."""

    thread: ThreadKey
    before: tuple[Assignment, ...]
    after: Assignment


class Commented(msgspec.Struct, frozen=True, kw_only=True, tag="commented"):
    """A comment was made."""

    thread: ThreadKey
    comment: CommentKey


class Sent(msgspec.Struct, frozen=True, kw_only=True, tag="sent"):
    """A mail was held, to be sent."""

    outbox: OutboxKey


class MadeClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client as it was made: its contacts with their switches."""

    client: ClientKey
    name: str
    linked: tuple[tuple[ContactKey, tuple[tuple[int, bool], ...]], ...]
    access: tuple[MemberKey, ...] = ()


class MadeClients(msgspec.Struct, frozen=True, kw_only=True, tag="made_clients"):
    """Clients were made; `contacts` are those made with them: (key, name, addresses)."""

    clients: tuple[MadeClient, ...]
    contacts: tuple[tuple[ContactKey, str, tuple[int, ...]], ...] = ()


class SetUp(msgspec.Struct, frozen=True, kw_only=True, tag="set_up"):
    """A setting of the member's own; None: as it is at first."""

    key: str
    before: str | None
    after: str | None


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Where a document stands."""

    client: ClientKey
    folder: str
    name: str
    touched: bool
    aside: bool


class Noted(msgspec.Struct, frozen=True, kw_only=True, tag="noted"):
    """A note was written, worded otherwise (both), or taken away."""

    client: ClientKey
    before: NoteKey | None
    after: NoteKey | None


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, tag="rule_set"):
    """A rule was made, or taken away."""

    rule: RuleKey
    client: ClientKey
    on: bool


class Shelved(msgspec.Struct, frozen=True, kw_only=True, tag="shelved"):
    """A document was kept, renamed, moved or deleted."""

    document: DocumentKey
    before: Stand
    after: Stand


class RenamedClient(msgspec.Struct, frozen=True, kw_only=True, tag="renamed_client"):
    """A client was called otherwise."""

    client: ClientKey
    before: str
    after: str


class TagsSet(msgspec.Struct, frozen=True, kw_only=True, tag="tags_set"):
    """A client's tags."""

    client: ClientKey
    before: tuple[str, ...]
    after: tuple[str, ...]


class DomainSet(msgspec.Struct, frozen=True, kw_only=True, tag="domain_set"):
    """A domain became a client's, or is no longer."""

    client: ClientKey
    domain: str
    on: bool


class NotifySet(msgspec.Struct, frozen=True, kw_only=True, tag="notify_set"):
    """The switch *notify* of an address for a client."""

    address: int
    client: ClientKey
    on: bool


class ContactsSet(msgspec.Struct, frozen=True, kw_only=True, tag="contacts_set"):
    """Contacts as they stood, and as they stand now; None: no more."""

    before: tuple[tuple[ContactKey, ContactState], ...]
    after: tuple[tuple[ContactKey, ContactState | None], ...]


class ClientParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the firm set on a client, and who has to do with it: (member, since)."""

    tags: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    access: tuple[tuple[MemberKey, int], ...] = ()
    walls: tuple[tuple[MemberKey, int], ...] = ()


class MovedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document went with its client: (folder, name) before and after."""

    document: DocumentKey
    client: ClientKey
    before: tuple[str, str]
    after: tuple[str, str]


class MergedClients(msgspec.Struct, frozen=True, kw_only=True, tag="merged_clients"):
    """A client became another: both as they were, and what moved as it was and is; decisions as (serial, clients)."""

    client: ClientKey
    into: ClientKey
    parts: tuple[ClientParts, ClientParts]
    merged: ClientParts
    contacts: tuple[tuple[ContactKey, ContactState], ...] = ()
    moved: tuple[tuple[ContactKey, ContactState], ...] = ()
    decisions: tuple[tuple[int, str], ...] = ()
    decided: tuple[tuple[int, str], ...] = ()
    documents: tuple[MovedDocument, ...] = ()


class ImportedPeople(msgspec.Struct, frozen=True, kw_only=True, tag="imported_people"):
    """An import: clients that it made, contacts that it made (with a digest of how it left them), and contacts that it
    added to: (contact, addresses, clients, switches that are new).
    """

    clients: tuple[tuple[ClientKey, str], ...] = ()
    made: tuple[tuple[ContactKey, bytes], ...] = ()
    joined: tuple[
        tuple[ContactKey, tuple[int, ...], tuple[ClientKey, ...], tuple[tuple[int, ClientKey], ...]], ...
    ] = ()
    named: tuple[tuple[ContactKey, str], ...] = ()  # contacts that had no name
    access: bool = False  # whoever imported was given access to the clients


class RoleSet(msgspec.Struct, frozen=True, kw_only=True, tag="role_set"):
    """A member has another role."""

    member: MemberKey
    before: MemberRole
    after: MemberRole


class WallSet(msgspec.Struct, frozen=True, kw_only=True, tag="wall_set"):
    """A wall was set or lifted."""

    member: MemberKey
    client: ClientKey
    on: bool


class AccessSet(msgspec.Struct, frozen=True, kw_only=True, tag="access_set"):
    """Clients were given and taken (client, since); `rights` before and after, None where they stayed."""

    member: MemberKey
    given: tuple[ClientKey, ...] = ()
    taken: tuple[tuple[ClientKey, int], ...] = ()
    rights: tuple[tuple[Right, ...], tuple[Right, ...]] | None = None


class KeptPrivate(msgspec.Struct, frozen=True, kw_only=True, tag="kept_private"):
    """Emails were made private, or not any more."""

    emails: tuple[EmailKey, ...]
    on: bool


class AwaySet(msgspec.Struct, frozen=True, kw_only=True, tag="away_set"):
    """A member is away, or back: (until, deputy), None for neither."""

    member: MemberKey
    before: tuple[int, MemberKey] | None
    after: tuple[int, MemberKey] | None


MemberInverse = RoleSet | WallSet | AccessSet | KeptPrivate | AwaySet

Inverse = (
    Decided
    | Marked
    | Transferred
    | Closed
    | Reopened
    | Snoozed
    | Assigned
    | Commented
    | Linked
    | MadeClients
    | Sent
    | SetUp
    | Noted
    | RuleSet
    | Shelved
    | RenamedClient
    | TagsSet
    | DomainSet
    | NotifySet
    | ContactsSet
    | MergedClients
    | ImportedPeople
    | RoleSet
    | WallSet
    | AccessSet
    | KeptPrivate
    | AwaySet
)

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Inverse] = msgspec.msgpack.Decoder(Inverse)


def packed(inverse: Inverse) -> bytes:
    """As it is kept."""
    return _encode(inverse)


def unpacked(raw: bytes) -> Inverse:
    """As it was."""
    return _decoder.decode(raw)


def journalled(kind: str, keys: Sequence[int]) -> str:
    """What the journal says of many things: how many, and the first few."""
    shown = " ".join(map(str, keys[:8]))
    return f"{kind} {shown}" if len(keys) <= 8 else f"{len(keys)} {kind}s {shown} …"
