"""One look (pass) at one folder, from its opening to its end.

    OPENING ── Opened ──► TELLING ── steps of rules.sync_plan: list, announce, flags, close ──► FETCHING ──► over

Must not touch the connection: it holds what is known, the rounds do the work.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from actors.mailbox.chunks import Chunks
from actors.messages import Origin
from providers.protocols import FlagsOf, FolderStatus, ListedFolder, MailSource, Selected
from store.model.ids import DepositId, FolderKey
from store.model.ledger import SkipReason
from store.model.uidset import UidSet
from store.rules.sync_plan import plan, skip_of
from store.rules.sync_steps import Announce, Known, ListUids, Remote, Renew, Step, Wants

FLAGS_AT_ONCE: Final = 1000


class Stage(StrEnum):
    """See the module."""

    OPENING = "opening"
    TELLING = "telling"
    FETCHING = "fetching"


@dataclass(slots=True, eq=False)
class FolderWork:
    """A folder as the actor knows it between looks."""

    folder: FolderKey
    listed: ListedFolder
    known: Known
    pass_: int = 0
    urgent: UidSet = field(default_factory=UidSet)  # bodies that a person waits for
    first: UidSet = field(default_factory=UidSet)  # to be fetched before the rest
    told: FolderStatus | None = None  # what the round's LIST said of it; nothing has been heard of it since
    stirred: bool = False  # the watch saw something in it
    label: str = ""  # it shows what bears that label: everything in it is looked at in All Mail
    headers_first: bool = False  # its bodies may be here already

    @property
    def skip(self) -> SkipReason | None:
        """Why the folder is not copied, if it isn't."""
        return skip_of(self.listed.special_use)

    def unchanged(self, status: FolderStatus) -> bool:
        """Whether a look would find nothing. Without a count of changes only a look can tell."""
        known = self.known
        if self.skip is not None:
            counted = status.highestmodseq in (0, known.highestmodseq)
        else:
            counted = status.highestmodseq != 0 and status.highestmodseq == known.highestmodseq
        return (
            counted
            and status.uidvalidity == known.uidvalidity
            and status.uidnext == known.uidnext
            and status.messages == len(known.listed)
            and not (known.pending or known.due or known.wanting)
        )


def as_status(selected: Selected) -> FolderStatus:
    """What SELECT told, as STATUS would tell it."""
    return FolderStatus(
        uidvalidity=selected.uidvalidity,
        uidnext=selected.uidnext,
        messages=selected.exists,
        highestmodseq=selected.highestmodseq,
    )


@dataclass(slots=True)
class Look:
    """A pass in progress."""

    work: FolderWork
    selected: Selected
    known: Known
    wants: Wants
    source: MailSource | None = None  # where the folder is open, if not on the work connection
    uids: UidSet | None = None  # all that are there, where they were asked for before it began
    origin: Origin | None = None  # once the pass is opened
    stage: Stage = Stage.OPENING
    steps: deque[Step] = field(default_factory=deque)
    flags: Iterator[list[FlagsOf]] | None = None
    chunks: Chunks = field(init=False)
    open: set[DepositId] = field(default_factory=set)
    planned: bool = False
    listed_before: UidSet | None = None
    total: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self.chunks = Chunks(self.known, self.wants)

    @property
    def remote(self) -> Remote:
        """What the server said when the folder was selected."""
        told, changes = self.selected, self.selected.changes
        remote = Remote(
            uidvalidity=told.uidvalidity, uidnext=told.uidnext, exists=told.exists, highestmodseq=told.highestmodseq
        )
        if changes is None:
            return remote
        return replace(
            remote,
            since=changes.since,
            vanished=changes.vanished,
            told=changes.told,
            flags_told=changes.flags is not None,
        )

    @property
    def new(self) -> UidSet:
        """UIDs that are known to be there before any is asked for, and that have no row."""
        if self.uids is not None:
            return self.uids - self.known.listed
        changes = self.selected.changes
        return UidSet() if changes is None else changes.told - self.known.listed

    @property
    def all_told(self) -> bool:
        """Whether no step to come says that there are more copies."""
        return not any(isinstance(one, (Announce, ListUids, Renew)) for one in self.steps)

    def begin_chunks(self) -> None:
        """Cut what is known to be wanted; what was cut before stays cut."""
        chunks, known = self.chunks, self.known
        before = chunks.raised
        chunks.known = replace(known, pending=known.pending - before, due=known.due - before)
        chunks.wants, chunks.first = self.wants, self.work.first

    def told_flags(self) -> Iterator[list[FlagsOf]]:
        """The flags that came with the opening, in chunks."""
        told = list((self.selected.changes and self.selected.changes.flags) or ())
        return (told[at : at + FLAGS_AT_ONCE] for at in range(0, len(told), FLAGS_AT_ONCE))

    def plan(self, uids: UidSet | None = None) -> None:
        """Work out the steps; copies are cut from `chunks` as credit allows."""
        found = plan(self.known, self.remote, self.wants, uids=uids, listed_before=self.listed_before)
        self.listed_before, self.planned = uids, True
        self.steps = deque(found)
