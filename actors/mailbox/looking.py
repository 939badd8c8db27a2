"""One look (pass) at one folder, from its opening to its end.

    OPENING ── Opened ──► TELLING ── steps of rules.sync_plan: list, announce, flags, close ──► FETCHING ──► over

Must not touch the connection: it holds what is known, the rounds do the work.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from actors.mailbox.chunks import Chunks
from actors.messages import Origin
from providers.protocols import FlagsOf, FolderStatus, ListedFolder, Selected
from store.model.ids import DepositId, FolderKey
from store.model.ledger import SkipReason
from store.model.uidset import UidSet
from store.rules.sync_plan import plan, skip_of
from store.rules.sync_steps import Known, Remote, Step, Wants


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
    origin: Origin | None = None  # once the pass is opened
    stage: Stage = Stage.OPENING
    steps: deque[Step] = field(default_factory=deque)
    flags: Iterator[list[FlagsOf]] | None = None
    chunks: Chunks = field(init=False)
    open: set[DepositId] = field(default_factory=set)
    listed_before: UidSet | None = None
    total: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self.chunks = Chunks(self.known, self.wants)

    @property
    def remote(self) -> Remote:
        """What the server said when the folder was selected."""
        told = self.selected
        return Remote(
            uidvalidity=told.uidvalidity, uidnext=told.uidnext, exists=told.exists, highestmodseq=told.highestmodseq
        )

    def plan(self, uids: UidSet | None = None) -> None:
        """Work out the steps; copies are cut from `chunks` as credit allows."""
        found = plan(self.known, self.remote, self.wants, uids=uids, listed_before=self.listed_before)
        self.listed_before = uids
        self.steps = deque(found)
