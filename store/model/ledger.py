"""The ledger of UIDs ([S8]): what became of each, what is wanted of it, what is here; and the lines of an audit."""

from enum import IntEnum, StrEnum

from store.model.ids import FolderKey
from store.model.record import Record


class Depth(IntEnum):
    """How much of a copy: of what is wanted, and of what is here."""

    NOTHING = 0
    HEADERS = 1
    WHOLE = 2


class Outcome(StrEnum):
    """Exactly one for each (mailbox, folder, UIDVALIDITY, UID)."""

    PENDING = "pending"
    FILED = "filed"
    UNFILED = "unfiled"
    SKIPPED = "skipped"
    FAILED = "failed"
    GONE = "gone"


class SkipReason(StrEnum):
    """Why a UID is not copied."""

    SPAM_FOLDER = "spam_folder"
    TRASH_FOLDER = "trash_folder"
    DRAFTS_FOLDER = "drafts_folder"
    BEFORE_HISTORY = "before_history"
    NEVER_SYNC = "never_sync"
    NOTICE_MAIL = "notice_mail"
    NOT_A_CLIENT = "not_a_client"  # scope *clients*
    DELETED = "deleted"  # gone for people, and not yet taken away by the server; an audit says so, no ledger row


class FailReason(StrEnum):
    """Why a UID failed; each is retried with growing delay."""

    WORKER_DIED = "worker_died"
    WORKER_TIMEOUT = "worker_timeout"
    WORKER_GARBAGE = "worker_garbage"
    TOO_LARGE = "too_large"
    SERVER_REFUSED = "server_refused"
    SERVER_GARBLED = "server_garbled"
    CRASHED = "crashed"


class Present(Record, frozen=True, kw_only=True):
    """What the ledger knows of the UIDs of one folder under its current UIDVALIDITY. Each value is a UID set in
    IMAP's form, since a record crosses threads and the wire alike."""

    folder: FolderKey
    uidvalidity: int = 0
    highestmodseq: int = 0
    uidnext: int = 0
    pass_: int = 0
    here: str = ""  # sightings that are present
    wanting: str = ""  # of `here`: body wanted and not here
    pending: str = ""
    skipped: str = ""
    failed: str = ""
    due: str = ""  # of `failed`: to be tried again now
    alone: str = ""  # of `pending` and `due`: to be handled one by one after unclean ends
    left: str = ""  # sightings that are gone for people and not known to have left the server
    renewing: bool = False  # copies under an older UIDVALIDITY are not all recognised yet


class AuditLine(Record, frozen=True, kw_only=True):
    """One folder. store = filed + unfiled + skipped + failed; server = store - extra + pending + missing."""

    mailbox: str
    folder: str
    uidvalidity: int
    server: int
    store: int
    filed: int
    unfiled: int
    skipped: int
    skipped_by: dict[str, int]
    failed: int
    pending: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    bodies_missing: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether store and server agree."""
        return not (self.missing or self.extra or self.bodies_missing)
