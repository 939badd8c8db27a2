"""What the actors ask of the world outside. Each Protocol has one contract suite for its real and its scripted form."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from providers.errors import Refused
from store.model.record import Record
from store.model.uidset import UidSet

Reach = Literal["public", "any"]
Tls = Literal["ssl", "starttls", "none"]  # none on loopback only
RecipientAnswer = Literal["accepted", "deferred", "refused"]  # deferred: the same request may do later


class Server(Record, frozen=True, kw_only=True):
    """Where and how to reach a server. `authority` (PEM) is trusted for this server beside the system's. `reach`
    "public": not in the house of whoever runs the office (Z23).
    """

    host: str
    port: int
    tls: Tls = "ssl"
    authority: str | None = None
    reach: Reach = "any"


class Bearer(Record, frozen=True, kw_only=True):
    """An access token, to log in with instead of a password (RFC 6750). It says nothing of itself in a log."""

    token: str

    def __repr__(self) -> str:
        return "<Bearer>"


Secret = str | Bearer  # what a mailbox logs in with: a password or a token


class Capabilities(Record, frozen=True, kw_only=True):
    """What a session's server can do after login."""

    idle: bool = False
    move: bool = False
    uidplus: bool = False
    condstore: bool = False
    qresync: bool = False
    esearch: bool = False
    special_use: bool = False
    list_status: bool = False
    enable: bool = False
    literal_plus: bool = False
    gmail: bool = False
    namespace: bool = False


class FolderStatus(Record, frozen=True, kw_only=True):
    """STATUS of a folder that is not selected. 0 where the server did not say."""

    uidvalidity: int
    uidnext: int
    messages: int
    highestmodseq: int = 0


class ListedFolder(Record, frozen=True, kw_only=True):
    """A folder as LIST tells it. `name` is decoded text, `raw` the name as sent (RFC 3501, 5.1.3)."""

    name: str
    raw: bytes
    delimiter: str | None
    special_use: str = ""  # inbox, sent, drafts, junk, trash, archive, all, flagged, important or ""
    selectable: bool = True
    shared: bool = False  # another user's, or everybody's (RFC 2342)
    status: FolderStatus | None = None  # where it was asked for and the server has LIST-STATUS


class FlagsOf(Record, frozen=True, kw_only=True):
    """A UID's flags, Gmail's labels among them, and, with CONDSTORE, its modification sequence."""

    uid: int
    flags: tuple[str, ...]
    modseq: int = 0


class Changes(Record, frozen=True, kw_only=True):
    """What happened in a folder since the count of changes stood at `since` (QRESYNC), new mail included."""

    since: int
    vanished: UidSet
    told: UidSet  # new or with other flags
    flags: tuple[FlagsOf, ...] | None  # of those; None where they were too many to keep


class Selected(Record, frozen=True, kw_only=True):
    """A folder's state as SELECT or EXAMINE told it."""

    uidvalidity: int
    uidnext: int
    exists: int
    highestmodseq: int  # 0 without CONDSTORE
    read_only: bool = False
    changes: Changes | None = None  # where they were asked for and the server could tell


class Fetched(Record, frozen=True, kw_only=True):
    """One UID as fetched. `raw` is the header fields asked for, or the whole copy. Flags hold labels too, of Gmail's
    All Mail (store.model.labels).
    """

    uid: int
    raw: bytes
    whole: bool
    flags: tuple[str, ...]
    internaldate: int  # seconds since 1970 UTC
    size: int  # RFC822.SIZE
    modseq: int = 0
    msgid: int = 0  # Gmail's number of the mail, the same in all its folders; 0 elsewhere


class Arrived(Record, frozen=True, kw_only=True):
    """What a pipeline brings: a copy, or, without one, the end of a fetch and what was refused of it."""

    fetch: int  # as `add` numbered it
    copy: Fetched | None = None
    error: Refused | None = None


class Pipeline(Protocol):
    """Several fetches under way at once in the selected folder. Another command in the midst waits for all of them;
    after a SELECT nothing more comes (Refused: interrupted).
    """

    @property
    def under_way(self) -> int:
        """Fetches whose end was not read."""
        ...

    def add(self, uids: UidSet, *, whole: bool) -> int:
        """Send a fetch beside those that run; its number."""
        ...

    def read(self) -> Arrived:
        """The next copy of any of them, or the end of one; waits for the server."""
        ...


class Moved(Record, frozen=True, kw_only=True):
    """Where a move or copy put UIDs: source and target UIDs pairwise, empty where the server did not tell."""

    uidvalidity: int = 0
    source: tuple[int, ...] = ()
    target: tuple[int, ...] = ()


class MailSource(Protocol):
    """One logged-in IMAP connection for work. Not thread-safe: one owner. Every method may raise ProviderError."""

    @property
    def capabilities(self) -> Capabilities: ...

    def folders(self, *, status: bool = False) -> list[ListedFolder]:
        """All folders, INBOX first; SPECIAL-USE, else well-known names, give the use. With `status` each has its STATUS
        from the same answer, where the server has LIST-STATUS.
        """
        ...

    def status(self, folder: ListedFolder) -> FolderStatus: ...

    def select(
        self, folder: ListedFolder, *, writable: bool = False, qresync: tuple[int, int] | None = None
    ) -> Selected:
        """EXAMINE unless writable, with CONDSTORE where there is one. `qresync` is the known (UIDVALIDITY,
        HIGHESTMODSEQ): where the server has QRESYNC it tells what happened since.
        """
        ...

    def still(self) -> bool:
        """Asked by NOOP: whether nothing can have happened in the selected folder since it was opened. False also where
        that cannot be known, since the server's news may have come among the answers to a fetch.
        """
        ...

    def uids(self, *, since: int | None = None) -> UidSet:
        """All UIDs of the selected folder: ESEARCH ranges where there are, else UID SEARCH ALL; of a list that claims
        far more than EXISTS, those that FETCH gives a line for. With `since` (seconds since 1970) those whose
        INTERNALDATE is not before the day before it: SEARCH SINCE knows only days, of the server's zone.
        """
        ...

    def flags(self, uids: UidSet | None = None, *, changed_since: int = 0) -> Iterator[list[FlagsOf]]:
        """Flags of those UIDs (None: all), in chunks; with changed_since only what changed (CONDSTORE)."""
        ...

    def fetch(self, uids: UidSet, *, whole: bool, limit: int) -> Iterator[Fetched]:
        r"""BODY.PEEK of header fields or whole copies. A copy larger than `limit` bytes is read by partial fetches.
        Answers come as the server sends them, attributed by UID. Never sets \Seen.
        """
        ...

    def pipeline(self, *, limit: int) -> Pipeline:
        """As `fetch`, for several at once. Nothing is read ahead of `read`."""
        ...

    def store_flags(self, uids: UidSet, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> list[FlagsOf]: ...

    def move(self, uids: UidSet, target: ListedFolder) -> Moved:
        r"""MOVE, else COPY + \Deleted + UID EXPUNGE; without UIDPLUS \Deleted only. Never a bare EXPUNGE."""
        ...

    def expunge(self, uids: UidSet) -> bool:
        r"""UID EXPUNGE of those that bear \Deleted; False, and nothing, without UIDPLUS. Never a bare EXPUNGE."""
        ...

    def append(
        self,
        folder: ListedFolder,
        raw: "bytes | Content",
        *,
        flags: Sequence[str] = (),
        internaldate: int | None = None,
    ) -> Moved: ...

    def create(self, raw: bytes) -> None:
        """Make a folder of this name, as it is sent."""
        ...

    def search_message_id(self, message_id: str) -> UidSet:
        """UIDs in the selected folder that bear this Message-ID, verified on their header fields."""
        ...

    def search_address(self, address: str, *, since: int | None = None) -> UidSet:
        """UIDs in the selected folder with this address in From, To or Cc, as the server finds them: others too, whose
        address holds it. `since` as with `uids`.
        """
        ...

    def noop(self) -> None: ...

    def close(self) -> None:
        """Never raises."""
        ...


class MailWatch(Protocol):
    """Tells when a folder stirs. One hub serves all mailboxes; the callback runs on the hub's thread and only posts."""

    def watch(
        self,
        server: Server,
        login: str,
        secret: Secret,
        folder: str,
        *,
        on_stir: Callable[[], None],
        on_lost: Callable[[BaseException], None],
    ) -> "Watching": ...

    def stop(self) -> None: ...


class Glance(NamedTuple):
    """The watched folder, on the connection that watches it. Of `selected` the modseq is the watch's first."""

    source: MailSource
    selected: Selected
    uids: UidSet  # all that are there


class Watching(Protocol):
    """One watched mailbox. All but `cancel` is for its owner's thread."""

    def cancel(self) -> None: ...

    def glance(self) -> Glance | None:
        """Look at what came, where it was heard of: a server has it at hand for the session that it told, and nothing
        must be opened there. None where something else than arrivals was heard since the last call, or the watch is
        busy: then the folder is to be looked at otherwise. Until `give_back` nothing is watched.
        """
        ...

    def give_back(self) -> None:
        """Watch on. What came meanwhile is told as a stir."""
        ...


class RecipientResult(Record, frozen=True, kw_only=True):
    """What the server said of one recipient, by codes. `status` is its number: 2xx, 4xx, 5xx.

    Codes: None (accepted); of a deferred one later, mailbox_full; of a refused one unknown_recipient, mailbox_full,
    too_large, policy, smtputf8, no.
    """

    address: str  # as it was given
    answer: RecipientAnswer
    status: int = 250
    code: str | None = None


class Content(Protocol):
    """A mail in pieces, the same whenever it is gone over, so that nobody need hold it whole."""

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...


class MailSender(Protocol):
    """Submission. Not thread-safe: one owner."""

    def check(self, server: Server, login: str, secret: Secret) -> None:
        """Connect, secure, log in, quit. Raises ProviderError; `code` names the failing step."""
        ...

    def send(
        self,
        server: Server,
        login: str,
        secret: Secret,
        *,
        sender: str,
        recipients: Sequence[str],
        message: bytes | Content,
        begin: Callable[[], bool],
    ) -> tuple[RecipientResult, ...]:
        """Hand a mail over, on the line of the last one if that still stands; a result for each recipient, in order.

        `begin` is called once, right before DATA, and only if a recipient was accepted; False or an error from it ends
        the mail. Whatever comes before the server's 354 means that nothing was sent (ProviderError: Unavailable,
        AuthRefused, Refused, NotBegun…); after it, no clear answer is `Uncertain`, and nothing else is.
        """
        ...

    def hang_up(self) -> None:
        """Let the kept line go; the next mail makes another. Never raises."""
        ...

    def close(self) -> None: ...


class SecretBox(Protocol):
    """Keeps secrets by name. What goes in comes out byte for byte or not at all."""

    def put(self, name: str, secret: bytes) -> None: ...

    def get(self, name: str) -> bytes | None: ...

    def remove(self, name: str) -> None: ...

    def names(self) -> tuple[str, ...]: ...
