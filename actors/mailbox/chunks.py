"""What is fetched next in a look, in the order of rules.sync_plan.

Must not hand over a pending UID before its tries are raised durably: they travel as `handing` with an earlier deposit,
and are ready once that is answered. A poison email that ends the whole office is then known at the next start.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from store.model.ids import DepositId
from store.model.uidset import UidSet
from store.rules.sync_plan import copies
from store.rules.sync_steps import NONE, FetchCopies, Known, Wants

FIRST: Final = 50  # so that the first screen is useful soon
CHUNK: Final = 125
AHEAD: Final = 12  # slices whose tries are raised beforehand: for as many as are open at the desk and on the wire


@dataclass(slots=True)
class Chunks:
    """The copies of one look; `known` shrinks as they are handed over."""

    known: Known
    wants: Wants
    ready: deque[FetchCopies] = field(default_factory=deque)
    raising: dict[DepositId, list[FetchCopies]] = field(default_factory=dict)
    begun: bool = False
    first: UidSet = NONE  # to be fetched before the rest
    bodies: UidSet = NONE  # handed over for their bodies: an answer under way may still name them as wanted

    def want(self, uids: UidSet) -> None:
        """The bodies of these are wanted too."""
        self.known = replace(self.known, wanting=self.known.wanting | (uids - self.bodies))

    def pend(self, uids: UidSet) -> None:
        """These were passed over, and are pending again. A request under way may have brought them already: then they
        come once more.
        """
        self.known = replace(self.known, pending=self.known.pending | (uids - self.raised))

    def raise_next(self, request: DepositId, *, count: int = 1) -> str:
        """UIDs whose tries this deposit raises, so that they are ready once it is answered. One that goes alone is
        raised alone: whatever it ends, no other is found guilty with it.
        """
        taken: list[FetchCopies] = []
        alone = any(chunk.alone for chunk in self._raised())
        while len(taken) < count and not alone and (chunk := self._cut(pending=True)) is not None:
            taken.append(chunk)
            alone = chunk.alone
        if taken:
            self.raising[request] = taken
        return str(UidSet(pair for chunk in taken for pair in chunk.uids.ranges))

    def raise_ahead(self, request: DepositId) -> str:
        """As `raise_next`, for as many slices as are used up: an end of the office should find few UIDs guilty."""
        return self.raise_next(request, count=AHEAD - self.waiting)

    @property
    def waiting(self) -> int:
        """Slices whose tries are raised, or will be by what is under way."""
        return len(self.ready) + sum(map(len, self.raising.values()))

    def _cut(self, *, pending: bool) -> FetchCopies | None:
        known = self._unread() if pending else replace(self.known, pending=NONE, due=NONE)
        wants = replace(self.wants, slices=1, slice_size=CHUNK if self.begun else FIRST)
        found = copies(known, wants)
        if not found:
            return None
        self.begun = True
        uids = found[0].uids
        if pending:
            self.known = replace(self.known, pending=self.known.pending - uids, due=self.known.due - uids)
        else:
            self.known = replace(self.known, wanting=self.known.wanting - uids)
            self.bodies |= uids
        return found[0]

    def _unread(self) -> Known:
        """What is pending or due; as long as there are some, those that come first."""
        known, first = replace(self.known, wanting=NONE), (self.known.pending | self.known.due) & self.first
        return replace(known, pending=known.pending & first, due=known.due & first) if first else known

    def answered(self, request: DepositId) -> None:
        """The tries raised with this deposit are durable."""
        for chunk in self.raising.pop(request, ()):
            (self.ready.appendleft if chunk.uids & self.first else self.ready.append)(chunk)

    def again(self, chunk: FetchCopies) -> None:
        """To be fetched next, instead of what could not be."""
        self.ready.appendleft(chunk)

    @property
    def raised(self) -> UidSet:
        """UIDs whose tries are raised, or will be by what is under way, and that were not handed over."""
        return UidSet(pair for chunk in self._raised() for pair in chunk.uids.ranges)

    def _raised(self) -> list[FetchCopies]:
        return [*self.ready, *(chunk for chunks in self.raising.values() for chunk in chunks)]

    def pop(self) -> FetchCopies | None:
        """The next slice: wanted bodies are clients' mail and go before copies that nobody waits for."""
        return self._cut(pending=False) or (self.ready.popleft() if self.ready else None)

    @property
    def stalled(self) -> bool:
        """Whether nothing is under way though something is left: tries are raised with a deposit of its own then."""
        return not (self.ready or self.raising) and bool(self.known.pending | self.known.due)

    @property
    def over(self) -> bool:
        """Whether everything was handed over."""
        return not (self.known.pending or self.known.due or self.known.wanting or self.ready or self.raising)

    @property
    def left(self) -> int:
        """How many copies are still to be handed over."""
        waiting = (
            len(self.known.pending | self.known.due) + len(self.known.wanting) + sum(len(c.uids) for c in self.ready)
        )
        return waiting + sum(len(chunk.uids) for chunks in self.raising.values() for chunk in chunks)
