"""A synced mail account: (server, login), its members and its settings ([S1], [S7])."""

from enum import StrEnum

import msgspec

from store.model.ids import MailboxId
from store.model.record import Record
from store.model.signature import OwnAddress


class MailboxScope(StrEnum):
    """What is copied of a mailbox ([S4])."""

    WHOLE = "whole"
    HEADERS = "headers"
    CLIENTS = "clients"


class SyncState(StrEnum):
    """As docs/cli.md's status tells it."""

    NOT_SET_UP = "not_set_up"
    SYNCING = "syncing"
    SYNCED = "synced"
    OFFLINE = "offline"
    NEEDS_SIGN_IN = "needs_sign_in"
    PAUSED = "paused"
    BROKEN = "broken"


class ServerSettings(Record, frozen=True, kw_only=True):
    """Where a mailbox's mail comes from or goes to."""

    host: str
    port: int
    tls: str  # ssl, starttls, none
    authority: str | None = None  # PEM of a certificate authority that is trusted for this server alone
    login: str | None = None  # where it is another than the mailbox's


class MailboxSettings(Record, frozen=True, kw_only=True):
    """What is kept of a mailbox beside its secret. `imap` is None for a local (imported) mailbox."""

    address: str  # or the name of a local mailbox
    login: str
    imap: ServerSettings | None
    smtp: ServerSettings | None = None  # None: receive only
    scope: MailboxScope = MailboxScope.WHOLE
    history_from: int | None = None  # seconds since 1970 UTC; None is everything
    authserv_id: str | None = None
    shared: tuple[str, ...] = ()  # names of others' folders that are synced too
    save_attachments: bool = False  # of clients' mail: Office documents, PDFs and images ([A1])
    on_behalf: bool = False  # members with access to the client may send as it ([W4])
    signature: str = ""  # Markdown, or HTML ([W3])
    signature_html: bool = False
    own: tuple[OwnAddress, ...] = ()  # of those addresses that have a name or a signature of their own ([W9])


class Progress(Record, frozen=True, kw_only=True):
    """What a mailbox actor last told of its sync ([S10])."""

    state: SyncState = SyncState.SYNCING
    done: int = 0
    total: int = 0
    rate: float = 0.0  # emails a second
    error_code: str | None = None
    error_arguments: dict[str, str | int] = msgspec.field(default_factory=dict)
    last_success: int | None = None
    folder: str = ""


class MailboxView(Record, frozen=True, kw_only=True):
    """A mailbox as one of its members sees it."""

    mailbox: MailboxId
    settings: MailboxSettings
    members: tuple[str, ...]
    paused: bool
    state: SyncState
    offered: tuple[str, ...] = ()  # others' folders that its server shows, chosen or not
    aliases: tuple[str, ...] = ()  # its members' own addresses beside the main one ([W9])
    never_sync: tuple[str, ...] = ()  # patterns ([C8])
    last_success: int | None = None
    done: int = 0  # of a first sync
    total: int = 0
    last_error: str | None = None
    broke_at: int | None = None  # since when it needs somebody
    authserv_proposed: str | None = None  # whose word most of its mail bears, while nobody's is believed ([C9])


class Ending(Record, frozen=True, kw_only=True):
    """What stopping a mailbox means: what pauses with it, how much of its mail on its way is held, who shares it."""

    address: str
    pauses: tuple[str, ...] = ()  # automations that send mail through it
    outbox: int = 0
    others: tuple[str, ...] = ()
