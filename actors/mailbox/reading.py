"""Reading copies from the server into deposits: as they arrive, in batches of limited size, as far as credit goes.

Slices are asked for ahead, so that the server works while a batch is handed over; what is not read waits in the socket.
Must not hold more than one batch beside the open requests.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from actors.mailbox.looking import FolderWork, Look
from actors.messages import BodyFailed, Classify, Origin, RawCopy
from actors.switchboard import CLASSIFIER, DESK
from providers.errors import ProviderError, Refused
from providers.protocols import Fetched, Pipeline
from store.model.labels import DRAFT
from store.model.ledger import FailReason, SkipReason
from store.model.uidset import UidSet
from store.rules.sync_steps import FetchCopies

if TYPE_CHECKING:
    from actors.mailbox.rounds import Rounds

BATCH_BYTES: Final = 4 << 20
BATCH_COPIES: Final = 250
SLICE: Final = 0.2  # seconds until a batch is handed over as it is
PART_BYTES: Final = 4 << 20  # a larger copy is read in parts
AT_ONCE: Final = 3  # slices asked for
AHEAD_BYTES: Final = 6 << 20  # about so much is asked for at most, one slice aside
TYPICAL: Final = 16 << 10  # a copy's size, before one has come
DAY: Final = 86_400


@dataclass(slots=True, eq=False)
class _Slice:
    """A slice that was asked for, and what of it has come."""

    chunk: FetchCopies
    first: bool = False  # of its look
    got: set[int] = field(default_factory=set)
    error: Refused | None = None

    @property
    def left(self) -> UidSet:
        return self.chunk.uids - UidSet.of(self.got)


class Reading:
    """The fetches that are under way on the work connection, if any: so many that the server never waits for us."""

    def __init__(self, rounds: "Rounds") -> None:
        self._rounds = rounds
        self._look: Look | None = None
        self._pipeline: Pipeline | None = None
        self._slices: dict[int, _Slice] = {}  # by the pipeline's number
        self._short: list[_Slice] = []  # ended, and not all of it came
        self._begun: Look | None = None  # the look that the last slice was of
        self._size = TYPICAL  # of a copy, as they have come
        self._drafts: list[int] = []  # UIDs that came and are not copied

    @property
    def busy(self) -> bool:
        """Whether the connection is in the middle of a fetch."""
        return bool(self._slices or self._short)

    @property
    def room(self) -> bool:
        """Whether another slice may be asked for. The newest come before all others, what ended badly goes alone."""
        asked = sum(len(one.chunk.uids) - len(one.got) for one in self._slices.values())
        return (
            len(self._slices) < AT_ONCE
            and (not self._slices or asked * self._size < AHEAD_BYTES)
            and not any(one.first or one.chunk.alone for one in self._slices.values())
            and not self._short
        )

    @property
    def unread(self) -> UidSet:
        """UIDs of the fetches under way that have not come."""
        return UidSet(pair for one in (*self._slices.values(), *self._short) for pair in one.left.ranges)

    def stop(self) -> None:
        """The connection is gone, or the look is over."""
        self._look = self._pipeline = self._begun = None
        self._slices, self._short = {}, []

    def begin(self, look: Look, chunk: FetchCopies) -> None:
        """Ask for this slice; the copies are read in the slices to come."""
        rounds = self._rounds
        selected = look.selected if look.source is not None else rounds.line.select(look.work)
        if selected.uidvalidity != look.selected.uidvalidity:
            self.stop()
            rounds.look = None  # another mailbox lies under the name now: look anew
            rounds.look_at_all()
            return
        if self._pipeline is None or not self._slices:
            self._look, self._pipeline = look, rounds.at(look).pipeline(limit=PART_BYTES)
        one = _Slice(chunk, first=look is not self._begun)
        self._begun = look
        try:
            self._slices[self._pipeline.add(chunk.uids, whole=chunk.whole)] = one
        except Refused as error:
            one.error = error
            self._short.append(one)
            self._look = look
        except ProviderError:
            look.chunks.again(chunk)  # it was not asked for
            raise

    def slice(self) -> bool:
        """Read one batch and hand it over; False while there is no credit."""
        look = self._look
        if look is None or self._rounds.requests.credit <= 0:
            return False
        if self._slices:
            self._fill(look)
            self._batch(look)
        if self._short and not self._slices:
            short, self._short = self._short, []
            for one in short:
                self._settle(look, one)
        return True

    def _fill(self, look: Look) -> None:
        """Keep the server at work; a slice that must go alone waits until the others have come."""
        while self.room and not self._rounds.person_waits and (chunk := look.chunks.pop()) is not None:
            if chunk.alone:
                look.chunks.again(chunk)
                return
            self.begin(look, chunk)
            if self._rounds.look is None:
                return

    def _batch(self, look: Look) -> None:
        """What comes until a batch is full, or late. It is handed over whatever happens then."""
        batch: list[RawCopy] = []
        alone = any(one.chunk.alone for one in self._slices.values())
        try:
            self._gather(look, batch)
        finally:
            self._skip_drafts(look)
            if batch:
                size = sum(len(copy.raw) for copy in batch) // len(batch)
                self._size = max(1, (self._size + size) // 2)
            self._hand_over(look, batch, alone=alone)

    def _gather(self, look: Look, batch: list[RawCopy]) -> None:
        size, began = 0, self._rounds.clock.monotonic()
        while self._slices and self._pipeline is not None:
            arrived = self._pipeline.read()
            one = self._slices[arrived.fetch]
            if arrived.copy is not None and DRAFT in arrived.copy.flags:
                one.got.add(arrived.copy.uid)
                self._drafts.append(arrived.copy.uid)
            elif arrived.copy is not None:
                one.got.add(arrived.copy.uid)
                batch.append(self._raw(arrived.copy))
                size += len(arrived.copy.raw)
            else:
                del self._slices[arrived.fetch]
                self._ended(one, arrived.error)
                if one.first:
                    return
                self._fill(look)
            late = self._rounds.clock.monotonic() - began > SLICE
            if size >= BATCH_BYTES or len(batch) >= BATCH_COPIES or (late and batch):
                return

    def _skip_drafts(self, look: Look) -> None:
        """Where all mail is in one folder the drafts are among it."""
        drafts, self._drafts = UidSet.of(self._drafts), []
        if drafts and look.origin is not None:
            look.total -= len(drafts)
            self._rounds.deposit(look, skipped=((str(drafts), SkipReason.DRAFTS_FOLDER),))

    def _ended(self, one: _Slice, error: Refused | None) -> None:
        one.error = error
        if one.error is not None or one.left:
            self._short.append(one)

    def _hand_over(self, look: Look, batch: list[RawCopy], *, alone: bool) -> None:
        if not batch or look.origin is None:
            return
        rounds = self._rounds
        request = rounds.requests.new_id()
        look.open.add(request)
        classify = Classify(
            id=request,
            origin=look.origin,
            copies=tuple(batch),
            authserv_id=rounds.door.settings.authserv_id,
            handing=look.chunks.raise_ahead(request),
            alone=alone,
        )
        rounds.requests.send(CLASSIFIER, classify, now=rounds.clock.monotonic())

    def _raw(self, fetched: Fetched) -> RawCopy:
        return RawCopy(
            uid=fetched.uid,
            raw=fetched.raw,
            whole=fetched.whole,
            flags=fetched.flags,
            internaldate=fetched.internaldate,
            size=fetched.size,
            msgid=fetched.msgid,
            backfill=fetched.internaldate < self._rounds.clock.now() - DAY,
        )

    def _settle(self, look: Look, one: _Slice) -> None:
        if one.error is not None:
            self._refused(look, one.chunk, one.left, one.error)
        else:
            self._account_for(look, one.left)

    def _account_for(self, look: Look, missing: UidSet) -> None:
        """UIDs that were asked for and did not come: either they left meanwhile, or the server cannot give them."""
        there = missing & self._rounds.at(look).uids()
        gone = missing - there
        failed = ((str(there), FailReason.SERVER_GARBLED.value),) if there else ()
        self._rounds.deposit(look, gone=str(gone), failed=failed)

    def _refused(self, look: Look, chunk: FetchCopies, left: UidSet, error: Refused) -> None:
        """The server said NO to a slice: one by one the others come, and what is refused alone has failed."""
        too_large = error.arguments.get("uid") if error.code == "too_large" else None
        if isinstance(too_large, int) and too_large in left:
            self._rounds.deposit(look, failed=((str(too_large), FailReason.TOO_LARGE.value),))
            left = left - UidSet.of([too_large])
        elif len(left) == 1:
            self._rounds.deposit(look, failed=((str(left), FailReason.SERVER_REFUSED.value),))
            return
        for uid in left:  # ends with the newest in front
            look.chunks.again(FetchCopies(uids=UidSet.of([uid]), whole=chunk.whole, alone=chunk.alone))

    def urgent(self, work: FolderWork) -> None:
        """Bodies that a person waits for, in one go."""
        rounds = self._rounds
        uids, work.urgent = work.urgent, UidSet()
        selected = rounds.line.select(work)
        if selected.uidvalidity != work.known.uidvalidity:
            self._failed(work, uids, "changed")
            return
        origin = Origin(
            mailbox=rounds.door.mailbox,
            incarnation=rounds.door.incarnation,
            folder=work.folder,
            uidvalidity=selected.uidvalidity,
            pass_=work.pass_,
        )
        try:
            copies = tuple(self._raw(one) for one in rounds.line.source.fetch(uids, whole=True, limit=PART_BYTES))
        except Refused as error:
            self._failed(work, uids, error.code)
            return
        if copies:
            request = Classify(
                id=rounds.requests.new_id(), origin=origin, copies=copies, authserv_id=rounds.door.settings.authserv_id
            )
            rounds.requests.send(CLASSIFIER, request, now=rounds.clock.monotonic())
        self._failed(work, uids - UidSet.of(copy.uid for copy in copies), "gone")

    def _failed(self, work: FolderWork, uids: UidSet, code: str) -> None:
        for uid in uids:
            self._rounds.tell(DESK, BodyFailed(folder=work.folder, uid=uid, code=code))
