"""The whole vocabulary between actors, on one page. Requests are imperative, announcements past tense.

Every request that expects an answer carries an id and is repeated after 30 s and at once on `Restarted`; all are
idempotent. Deposits, gones and flags carry (mailbox incarnation, folder, UIDVALIDITY, pass): an older incarnation is
dropped, under an older UIDVALIDITY only contents are written, per UID the higher pass wins.
"""

from collections.abc import Callable
from typing import Any

from store.model.copy import Copy, Unreadable
from store.model.evidence import Evidence
from store.model.ids import (
    ClientKey,
    DepositId,
    EmailKey,
    FolderKey,
    MailboxKey,
    MemberKey,
    OutboxKey,
    RequestId,
    ThreadKey,
)
from store.model.ledger import AuditLine, Present
from store.model.mailbox import MailboxSettings, Progress
from store.model.outgoing import Outgoing
from store.model.record import Record
from store.model.work import Parsed

# ---- Everybody


class Boot(Record, frozen=True, kw_only=True):
    """Posted to itself by an actor's on_start; real work begins here."""


class Tick(Record, frozen=True, kw_only=True):
    """A second or more has passed, says the supervisor. `now` is seconds since 1970, `monotonic` is for delays."""

    now: float
    monotonic: float


class Restarted(Record, frozen=True, kw_only=True):
    """An actor was started anew: whoever waits for it repeats what is open. `guilty` was in hand at its death."""

    name: str
    generation: int
    guilty: DepositId | None = None


class Died(Record, frozen=True, kw_only=True):
    """To the supervisor: an actor ended by a bug. `error` is its type and place, `guilty` the deposit in its hand."""

    name: str
    generation: int
    error: str
    guilty: DepositId | None = None


class Engage(Record, frozen=True, kw_only=True):
    """To the supervisor: start an actor under this name (once) and keep it alive. `start` makes it from its Ground.
    If a vital one is given up, the office ends.
    """

    name: str
    start: Callable[..., Any]
    vital: bool = False


class Dismiss(Record, frozen=True, kw_only=True):
    """To the supervisor: stop this actor, after what is in its inbox, and forget it."""

    name: str


class Revive(Record, frozen=True, kw_only=True):
    """To the supervisor, from its own timer: the delay after a death is over."""

    name: str
    guilty: DepositId | None


class AskActors(Record, frozen=True, kw_only=True):
    """To the supervisor, by ask: tuple[ActorStatus, ...]."""


class Finish(Record, frozen=True, kw_only=True):
    """End well: finish the batch in hand, leave nothing half done."""


# ---- To a MailboxActor


class FolderStirred(Record, frozen=True, kw_only=True):
    """The watch saw something; coalesced."""


class WatchLost(Record, frozen=True, kw_only=True):
    """The watch's connection ended: code of the ProviderError and its remedy."""

    code: str
    remedy: str


class SyncNow(Record, frozen=True, kw_only=True):
    """A person asked to look for mail now. Answer to the front: SyncDone, after a whole look that began after this."""

    id: str


class Continue(Record, frozen=True, kw_only=True):
    """An actor's own next slice of work (at most 200 ms or 2 MB)."""


class Opened(Record, frozen=True, kw_only=True):
    """Answer to DeclareFolders (in the order declared) or OpenPass: what the ledger knows."""

    id: DepositId
    folders: tuple[Present, ...]


class Deposited(Record, frozen=True, kw_only=True):
    """Answer to Deposit, ClosePass and the like. `wanting` are UIDs of that folder whose bodies are wanted now,
    `pending` those of each folder that were passed over and are pending again.
    """

    id: DepositId
    folder: FolderKey
    wanting: str = ""
    pending: tuple[tuple[FolderKey, str], ...] = ()
    accepted: bool = True  # False: older incarnation; the actor that sent it is no longer the one


class Wanted(Record, frozen=True, kw_only=True):
    """More of these UIDs is wanted than is here (a filing, a link, a person). `pending`: nothing of them is here, and
    they were passed over before.
    """

    folder: FolderKey
    uidvalidity: int
    uids: str
    urgent: bool = False  # a person is waiting
    pending: bool = False


class SeekAddresses(Record, frozen=True, kw_only=True):
    """Mail of these may be a client's from now on: fetch it before the rest, where it has not been read."""

    addresses: tuple[str, ...]


class Change(Record, frozen=True, kw_only=True):
    """A person's act to be carried to the server. `flags_add`, `flags_remove` or `target` (a folder's key, or a use:
    archive, trash, junk, inbox). `again`: it was given before, and may be done already."""

    change: int
    folder: FolderKey
    uidvalidity: int
    uid: int
    message_id: str | None
    flags_add: tuple[str, ...] = ()
    flags_remove: tuple[str, ...] = ()
    target_folder: FolderKey | None = None
    target_use: str | None = None
    again: bool = False


class Carry(Record, frozen=True, kw_only=True):
    """Changes of this mailbox wait to be carried, oldest first."""

    changes: tuple[Change, ...]


class AuditNow(Record, frozen=True, kw_only=True):
    """Compare the server's UIDs with the ledger, folder by folder; answered with AuditTold to the desk."""

    id: str
    all_folders: bool


class SettingsChanged(Record, frozen=True, kw_only=True):
    """Settings, pause or scope of this mailbox changed; the incarnation may be higher."""

    settings: MailboxSettings
    incarnation: int
    paused: bool


class ImportCopies(Record, frozen=True, kw_only=True):
    """Copies for a local mailbox (raw, flags, seconds of its date or None). Answer to the front: CopiesImported."""

    id: str
    folder: str
    copies: tuple[tuple[bytes, tuple[str, ...], int | None], ...]


class AppendSent(Record, frozen=True, kw_only=True):
    """Put a copy of what was sent into the Sent folder, once. `uidnext` is what was noted of it before the first try.
    Answers to the desk: AppendNoted, then AppendDone. Repeated until the desk knows.
    """

    outbox: OutboxKey
    letter: Outgoing
    uidnext: int | None = None


class NoteKept(Record, frozen=True, kw_only=True):
    """Answer to AppendNoted: what was noted is kept, and the copy may be put there."""

    outbox: OutboxKey


# ---- To the ClassifierActor


class RawCopy(Record, frozen=True, kw_only=True):
    """One UID as fetched, with what the server says of it."""

    uid: int
    raw: bytes
    whole: bool
    flags: tuple[str, ...]
    internaldate: int
    size: int
    backfill: bool = False  # seen in a first pass over old mail: its Date may be truer than INTERNALDATE
    msgid: int = 0  # Gmail's number of the mail


class Origin(Record, frozen=True, kw_only=True):
    """Whose deposit it is; late news loses by it."""

    mailbox: MailboxKey
    incarnation: int
    folder: FolderKey
    uidvalidity: int
    pass_: int


class Classify(Record, frozen=True, kw_only=True):
    """A batch as fetched. `handing` are the UIDs that the mailbox will hand over next: their tries are raised with this
    deposit, durably, before it happens."""

    id: DepositId
    origin: Origin
    copies: tuple[RawCopy, ...]
    authserv_id: str | None
    handing: str = ""
    alone: bool = False


class BatchParsed(Record, frozen=True, kw_only=True):
    """From the workers: a chunk of the Classify with this id is read."""

    id: DepositId
    chunk: int
    parsed: Parsed


# ---- To the DeskActor


class Command(Record, frozen=True, kw_only=True):
    """A person's command, by ask: the desk answers with the record that its method of the API returns, or with a
    DeskError as a value (it is not raised). `member` is who calls; `as_` the member that they act as, whose rights then
    count; both are journalled. A repeat of `id` gets the first answer. `arguments` are the method's own, by name,
    without `request`; `add_mailbox` comes without its password. Beside those of the API there are `open_import`
    (mailbox: the name; answers MailboxView: a local mailbox of the caller's, made if new) and `import_copies` (mailbox,
    added, known, failed; answers Imported: journalled and kept, so that a repeat gets the first counts).
    """

    id: RequestId
    member: MemberKey
    as_: MemberKey | None
    method: str
    arguments: dict[str, Any]


class WantBody(Record, frozen=True, kw_only=True):
    """A person waits for this email's body: its copies are wanted whole, their mailboxes are told (urgent). Answer to
    the front: BodyHere, at once if it is here, or BodyAway. Repeated until answered.
    """

    email: EmailKey


class AskErrands(Record, frozen=True, kw_only=True):
    """The notifier starts, or the desk was started anew: give it what is open. Answer: EmailsFiled (possibly empty)."""


class FolderSeen(Record, frozen=True, kw_only=True):
    """A folder as the server lists it."""

    name: str
    raw: bytes
    delimiter: str | None
    special_use: str
    label: str = ""  # it is shown for that label of a mailbox whose mail is all in one folder
    uidvalidity: int = 0


class DeclareFolders(Record, frozen=True, kw_only=True):
    """All folders of a mailbox; those not named are no longer listed. `offered` are others' that nobody has chosen:
    they are not looked at. Answer: Opened.
    """

    id: DepositId
    mailbox: MailboxKey
    incarnation: int
    folders: tuple[FolderSeen, ...]
    offered: tuple[FolderSeen, ...] = ()


class OpenPass(Record, frozen=True, kw_only=True):
    """A look at one folder begins under this UIDVALIDITY; raises the pass. Answer: Opened with one Present. `retry`: a
    person asks, so what has failed is due now.
    """

    id: DepositId
    mailbox: MailboxKey
    incarnation: int
    folder: FolderKey
    uidvalidity: int
    uidnext: int
    retry: bool = False


class SeenCopy(Record, frozen=True, kw_only=True):
    """A copy with what it is evidence of, and what the server says of this UID."""

    copy: Copy | Unreadable
    evidence: Evidence | None
    flags: tuple[str, ...]
    internaldate: int
    size: int
    backfill: bool = False
    msgid: int = 0


class Deposit(Record, frozen=True, kw_only=True):
    """Everything a batch has to say, written in one transaction. Any part may be empty. Answer: Deposited."""

    id: DepositId
    origin: Origin
    copies: tuple[SeenCopy, ...] = ()
    pending: str = ""  # announced and not yet in
    skipped: tuple[tuple[str, str], ...] = ()  # (uids, SkipReason)
    failed: tuple[tuple[str, str], ...] = ()  # (uids, FailReason)
    gone: str = ""
    flags: tuple[tuple[int, tuple[str, ...]], ...] = ()  # (uid, all its flags)
    handing: str = ""
    given_back: str = ""  # their tries were raised, but they were not handed over: the line broke, or the office ends
    alone: bool = False


class ClosePass(Record, frozen=True, kw_only=True):
    """Every UID has a row, every flag change and expunge is in: keep the opening SELECT's HIGHESTMODSEQ."""

    id: DepositId
    origin: Origin
    highestmodseq: int
    uidnext: int


class Carried(Record, frozen=True, kw_only=True):
    r"""What became of a change. outcome: done, gone (the UID is no longer there), stale (another UIDVALIDITY), refused
    (code). `place` is where it was tried: folder, UIDVALIDITY, UID. Of a move that is done, `new_*` is where it stands
    and `left` that its old place is only marked \Deleted; of one that is gone, `new_folder` is where it was to go.
    `found` are the places in the mailbox that bear its Message-ID.
    """

    mailbox: MailboxKey
    incarnation: int
    change: int
    outcome: str
    code: str | None = None
    place: tuple[FolderKey, int, int] | None = None
    new_folder: FolderKey | None = None
    new_uidvalidity: int = 0
    new_uid: int = 0
    left: bool = False
    found: tuple[tuple[FolderKey, int, int], ...] = ()


class AskChanges(Record, frozen=True, kw_only=True):
    """A mailbox has come online: give it what waits. Answer: Carry (possibly empty)."""

    mailbox: MailboxKey
    incarnation: int


class MailboxTold(Record, frozen=True, kw_only=True):
    """State and progress of a mailbox, for status and notices."""

    mailbox: MailboxKey
    incarnation: int
    progress: Progress


class AuditTold(Record, frozen=True, kw_only=True):
    """The server's side of an audit: (folder, uidvalidity, uids) for each folder, or a failure."""

    id: str
    mailbox: MailboxKey
    folders: tuple[tuple[FolderKey | None, str, int, str], ...]  # key (None: unknown), name, uidvalidity, uids
    error_code: str | None = None


class BodyFailed(Record, frozen=True, kw_only=True):
    """A wanted body could not be had now; whoever waits for it gets a sentence."""

    folder: FolderKey
    uid: int
    code: str


class LocalUids(Record, frozen=True, kw_only=True):
    """A local mailbox asks for UIDs of raw copies by hash; a known hash keeps its UID. Answer: LocalUidsGiven."""

    id: DepositId
    mailbox: MailboxKey
    folder: str
    hashes: tuple[bytes, ...]


class LocalUidsGiven(Record, frozen=True, kw_only=True):
    """UIDs in the order asked; `known` says which are in already."""

    id: DepositId
    origin: Origin
    uids: tuple[int, ...]
    known: tuple[bool, ...]


class AskOutbox(Record, frozen=True, kw_only=True):
    """The outbox starts, was stirred, or the desk was started anew: tell it what is unfinished. Answer: OutboxOpen."""


class MailDue(Record, frozen=True, kw_only=True):
    """The time of held mail has come: it is queued, if its member may still send it. The outbox is stirred."""

    outbox: OutboxKey


class SenderStarted(Record, frozen=True, kw_only=True):
    """A mailbox has a sender, which has begun nothing yet: attempts of the one before are over. Answer: SenderCleared.
    A repeat has the same `run`.
    """

    mailbox: MailboxKey
    run: str


class TakeMail(Record, frozen=True, kw_only=True):
    """A sender begins an attempt, the one after `attempt`. Answer: MailTaken."""

    outbox: OutboxKey
    mailbox: MailboxKey
    attempt: int


class AskSent(Record, frozen=True, kw_only=True):
    """A sender needs what was sent, for one of the steps that follow. Answer: MailTaken."""

    outbox: OutboxKey
    mailbox: MailboxKey
    step: str


class MailBegun(Record, frozen=True, kw_only=True):
    """By ask: may DATA of this attempt begin? True once it is kept that it may have."""

    outbox: OutboxKey
    attempt: int


class MailAnswered(Record, frozen=True, kw_only=True):
    """The server answered for each recipient of the attempt: (accepted, deferred or refused; code). Answer:
    MailSettled.
    """

    outbox: OutboxKey
    mailbox: MailboxKey
    attempt: int
    heard: tuple[tuple[str, str | None], ...]


class MailStumbled(Record, frozen=True, kw_only=True):
    """The attempt ended before an answer; what remedies it (providers/errors.py). Answer: MailSettled."""

    outbox: OutboxKey
    mailbox: MailboxKey
    attempt: int
    remedy: str
    code: str


class AppendNoted(Record, frozen=True, kw_only=True):
    """The UIDNEXT of Sent before a copy is put there for the first time. Answer: NoteKept."""

    outbox: OutboxKey
    mailbox: MailboxKey
    uidnext: int


class AppendDone(Record, frozen=True, kw_only=True):
    """A copy is in Sent, or (with a code) the server will not have it."""

    outbox: OutboxKey
    code: str | None = None


class ErrandDone(Record, frozen=True, kw_only=True):
    """A notifier's effect for an errand, to be written with its closing: (member, kind, seen already)."""

    errand: int
    tell: tuple[tuple[MemberKey, str], ...]


class GaveUp(Record, frozen=True, kw_only=True):
    """The supervisor gave an actor up after many deaths."""

    name: str
    code: str


class OtherSignedIn(Record, frozen=True, kw_only=True):
    """Another account than the expected one has finished a sign-in (Z24): nothing of it was kept. `accounts` are the
    names under which the provider knows it. Said again until it is kept; the answer is empty.
    """

    sign_in: str
    member: MemberKey
    address: str
    accounts: tuple[str, ...]


# ---- To the OutboxActor


class OutboxStirred(Record, frozen=True, kw_only=True):
    """Mail was held, queued, taken back, or is to be tried again: ask what is unfinished. Coalesced."""


class OutboxJob(Record, frozen=True, kw_only=True):
    """What is next for a mail, not before `at`. `step`: due (held), send, keep (as an email), append (into Sent)."""

    outbox: OutboxKey
    mailbox: MailboxKey
    step: str
    at: int = 0
    attempt: int = 0


class OutboxOpen(Record, frozen=True, kw_only=True):
    """Answer to AskOutbox: all that is unfinished, in the order in which it is to be done."""

    jobs: tuple[OutboxJob, ...]


# ---- To a SenderActor


class SenderCleared(Record, frozen=True, kw_only=True):
    """Answer to SenderStarted: it may begin."""

    run: str


class SendJobs(Record, frozen=True, kw_only=True):
    """All that this mailbox has to do now, in order; what was told before holds no longer."""

    jobs: tuple[OutboxJob, ...]


class Parcel(Record, frozen=True, kw_only=True):
    """A mail as its sender needs it. `recipients` are those of this attempt, Bcc among them; `origin` is where it is an
    email from its acceptance on; `uidnext` what was noted of Sent.
    """

    outbox: OutboxKey
    attempt: int
    sender: str
    recipients: tuple[str, ...]
    letter: Outgoing
    origin: Origin
    uidnext: int | None = None


class MailTaken(Record, frozen=True, kw_only=True):
    """Answer to TakeMail and AskSent; without a parcel it is no longer to be done."""

    outbox: OutboxKey
    step: str
    parcel: Parcel | None = None


class MailSettled(Record, frozen=True, kw_only=True):
    """Answer to MailAnswered and MailStumbled: it is kept."""

    outbox: OutboxKey
    attempt: int


# ---- To and from the DocumentsActor


class SavingStirred(Record, frozen=True, kw_only=True):
    """Attachments wait to be saved."""


class AskSaving(Record, frozen=True, kw_only=True):
    """To the desk: what is there to save? Answered by SavingOpen, in portions."""


class SavePart(Record, frozen=True, kw_only=True):
    """An attachment to be staged under `token`."""

    n: int
    name: str
    token: str


class SaveErrand(Record, frozen=True, kw_only=True):
    """Attachments of one content of an email."""

    errand: int
    email: EmailKey
    content: int
    parts: tuple[SavePart, ...]


class SavingOpen(Record, frozen=True, kw_only=True):
    """The next errands; none: all is done."""

    errands: tuple[SaveErrand, ...]


class StagedPart(Record, frozen=True, kw_only=True):
    """An attachment that lies aside, flushed."""

    n: int
    name: str
    token: str
    size: int
    sha256: bytes
    modified: int


class AttachmentsStaged(Record, frozen=True, kw_only=True):
    """To the desk: what could be read of an errand's attachments lies aside."""

    errand: int
    files: tuple[StagedPart, ...]


class FoundFile(Record, frozen=True, kw_only=True):
    """A file that another program put into a client's folder."""

    place: str
    size: int
    sha256: bytes
    modified: int


class FilesFound(Record, frozen=True, kw_only=True):
    """To the desk: to be documents from now on."""

    files: tuple[FoundFile, ...]


class AskFiles(Record, frozen=True, kw_only=True):
    """To the desk: which attachments and documents are still to be read? Answered by FilesOpen, in portions."""


class FileWanted(Record, frozen=True, kw_only=True):
    """An attachment of a content, and what it is to be read as."""

    content: int
    email: EmailKey
    n: int
    kind: str


class DocumentWanted(Record, frozen=True, kw_only=True):
    """Bytes of documents, and what they are to be read as: a file that has them is at one of the places."""

    sha256: bytes
    kind: str
    places: tuple[str, ...]


class FilesOpen(Record, frozen=True, kw_only=True):
    """The next ones; none, and no `more`: all are read."""

    files: tuple[FileWanted, ...] = ()
    documents: tuple[DocumentWanted, ...] = ()
    more: bool = False


class FilesParsed(Record, frozen=True, kw_only=True):
    """To the DocumentsActor itself: a worker has read them, in the order they were given."""

    files: tuple[FileWanted, ...]
    documents: tuple[DocumentWanted, ...] = ()
    parsed: Parsed


class FileRead(Record, frozen=True, kw_only=True):
    """The words of one; else why there are none."""

    content: int
    n: int
    text: bytes | None = None  # zstd
    code: str = ""


class DocumentRead(Record, frozen=True, kw_only=True):
    """The words of a document's bytes; else why there are none."""

    wanted: DocumentWanted
    text: bytes | None = None  # zstd
    code: str = ""


class FilesRead(Record, frozen=True, kw_only=True):
    """To the desk: to be looked for from now on."""

    files: tuple[FileRead, ...]
    documents: tuple[DocumentRead, ...] = ()


# ---- Announcements


class Announced(Record, frozen=True, kw_only=True):
    """To the front, after a commit: announcements up to `seq` are kept. Each reader reads them by their own Scope."""

    seq: int


class SyncDone(Record, frozen=True, kw_only=True):
    """To the front: the look that a SyncNow asked for has ended. `code` says what is wrong, `offline` that the server
    was not reached; everything wanted is in where neither is set.
    """

    id: str
    mailbox: MailboxKey
    code: str | None = None
    offline: bool = False


class CopiesImported(Record, frozen=True, kw_only=True):
    """To the front: the copies of an ImportCopies are in the vault."""

    id: str
    added: int
    known: int
    failed: int


class BodyHere(Record, frozen=True, kw_only=True):
    """To the front: the body of this email is in the vault now."""

    email: EmailKey


class BodyAway(Record, frozen=True, kw_only=True):
    """To the front: the body of this email could not be had now."""

    email: EmailKey
    code: str


class EmailsFiled(Record, frozen=True, kw_only=True):
    """Errands wait for these emails and clients."""

    errands: tuple["ErrandOpen", ...]


class ErrandOpen(Record, frozen=True, kw_only=True):
    """What the notifier needs to decide who is told; the desk read it in the transaction that wrote the errand."""

    errand: int
    kind: str
    email: EmailKey
    client: ClientKey
    thread: ThreadKey
    mail_kind: str
    from_member: MemberKey | None
    to: tuple[MemberKey, ...]
    cc: tuple[MemberKey, ...]
    followers: tuple[MemberKey, ...]
    walled: tuple[MemberKey, ...]
    owner: MemberKey
    outside: bool = True  # somebody outside the firm stands in From, To or Cc
    cannot_see: tuple[MemberKey, ...] = ()  # of all these, who may not see this email for another reason than a wall


class AuditDone(Record, frozen=True, kw_only=True):
    """The desk compared: lines for whoever asked."""

    id: str
    lines: tuple[AuditLine, ...]
    error_code: str | None = None
