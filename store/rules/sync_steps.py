"""The steps of a sync plan, and what it is made from. Records only; UIDs are ranges end to end (Z30)."""

from dataclasses import dataclass, field

from store.model.ledger import Present, SkipReason
from store.model.uidset import UidSet

NONE = UidSet()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A folder as SELECT or STATUS told it. 0 where the server did not say. `exists` is the latest that it said.

    By QRESYNC: what `vanished`, and what is new or has other flags (`told`), since the count of changes was `since`.
    """

    uidvalidity: int
    uidnext: int = 0
    exists: int = 0
    highestmodseq: int = 0
    since: int = 0  # 0: the server did not tell
    vanished: UidSet = NONE
    told: UidSet = NONE
    flags_told: bool = False  # with all flags of those


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A ledger's `Present`, read."""

    uidvalidity: int = 0
    highestmodseq: int = 0
    uidnext: int = 0
    here: UidSet = NONE
    wanting: UidSet = NONE
    pending: UidSet = NONE
    skipped: UidSet = NONE
    failed: UidSet = NONE
    due: UidSet = NONE
    alone: UidSet = NONE
    left: UidSet = NONE

    @classmethod
    def of(cls, present: Present) -> "Known":
        """Raises ValueError where a set is none."""
        return cls(
            uidvalidity=present.uidvalidity,
            highestmodseq=present.highestmodseq,
            uidnext=present.uidnext,
            here=UidSet.parse(present.here),
            wanting=UidSet.parse(present.wanting),
            pending=UidSet.parse(present.pending),
            skipped=UidSet.parse(present.skipped),
            failed=UidSet.parse(present.failed),
            due=UidSet.parse(present.due),
            alone=UidSet.parse(present.alone),
            left=UidSet.parse(present.left),
        )

    @property
    def listed(self) -> UidSet:
        """The UIDs that have a row and stand on the server, as far as is known."""
        sets = (self.here, self.left, self.pending, self.skipped, self.failed)
        return UidSet(pair for uids in sets for pair in uids.ranges)

    @property
    def flagged(self) -> UidSet:
        """The UIDs whose flags are kept: copies here, and those that are gone for people only, until their flags say
        otherwise.
        """
        return self.here | self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    """The folder has another UIDVALIDITY: nothing of the ledger's rows holds for it; copied mail stays ([S9])."""

    uidvalidity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUids:
    """Ask the server for all its UIDs, then plan again with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Give every UID a row: new ones pending or skipped, vanished ones gone."""

    pending: UidSet = NONE
    skipped: tuple[tuple[SkipReason, UidSet], ...] = ()
    gone: UidSet = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFlags:
    """Read the flags of `uids`; with `changed_since` only those changed since (CONDSTORE)."""

    uids: UidSet
    changed_since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellFlags:
    """The opening SELECT has told the flags of these: nothing is asked."""

    uids: UidSet


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePass:
    """Every UID has a row, every flag change and every vanished UID is told: keep where the server stood."""

    highestmodseq: int
    uidnext: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCopies:
    """Fetch these, newest first, in one slice. `alone`: one UID that has ended badly before, by itself."""

    uids: UidSet
    whole: bool
    alone: bool = False


Step = Renew | ListUids | Announce | FetchFlags | TellFlags | ClosePass | FetchCopies


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What is copied of a folder: nothing (`skip`), or pending copies whole or as headers, at most so many a slice."""

    skip: SkipReason | None = None
    whole: bool = True
    slice_size: int = 125
    slices: int = 8  # so many a plan; the next plan brings the next
    outside_history: UidSet = field(default_factory=UidSet)  # not yet copied, and older than the mailbox's history
    watched: UidSet = NONE  # of what is skipped: the header fields are looked at ([S4a])

    @property
    def fetches(self) -> bool:
        """Whether anything of it is fetched."""
        return self.skip is None or bool(self.watched)
