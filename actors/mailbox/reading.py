"""Reading copies from the server into deposits: as they arrive, in batches of limited size, as far as credit goes.

Must not hold more than one batch beside the open requests.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from actors.mailbox.looking import FolderWork, Look
from actors.messages import BodyFailed, Classify, Origin, RawCopy
from actors.switchboard import CLASSIFIER, DESK
from providers.errors import Refused
from providers.protocols import Fetched
from store.model.ledger import FailReason
from store.model.uidset import UidSet
from store.rules.sync_steps import FetchCopies

if TYPE_CHECKING:
    from actors.mailbox.rounds import Rounds

BATCH_BYTES: Final = 2 << 20
PART_BYTES: Final = 4 << 20  # a larger copy is read in parts
DAY: Final = 86_400


class Reading:
    """The fetch that is under way on the work connection, if any."""

    def __init__(self, rounds: "Rounds") -> None:
        self._rounds = rounds
        self._copies: Iterator[Fetched] | None = None
        self._look: Look | None = None
        self._chunk: FetchCopies | None = None
        self._got: set[int] = set()

    @property
    def busy(self) -> bool:
        """Whether the connection is in the middle of a fetch."""
        return self._copies is not None

    @property
    def unread(self) -> UidSet:
        """UIDs of the fetch under way that have not come."""
        return UidSet() if self._chunk is None or self._copies is None else self._chunk.uids - UidSet.of(self._got)

    def stop(self) -> None:
        """The connection is gone."""
        self._copies = self._look = self._chunk = None

    def begin(self, look: Look, chunk: FetchCopies) -> None:
        """Fetch this slice; the copies are read in the slices to come."""
        rounds = self._rounds
        selected = rounds.line.select(look.work)
        if selected.uidvalidity != look.selected.uidvalidity:
            rounds.look = None  # another mailbox lies under the name now: look anew
            rounds.look_at_all()
            return
        self._look, self._chunk, self._got = look, chunk, set()
        try:
            self._copies = rounds.line.source.fetch(chunk.uids, whole=chunk.whole, limit=PART_BYTES)
        except Refused as error:
            self._refused(look, chunk, error)

    def slice(self) -> bool:
        """Read one batch and hand it over; False while there is no credit."""
        look, chunk, copies = self._look, self._chunk, self._copies
        if look is None or chunk is None or copies is None or self._rounds.requests.credit <= 0:
            return False
        batch: list[RawCopy] = []
        size = 0
        try:
            while size < BATCH_BYTES:
                fetched = next(copies, None)
                if fetched is None:
                    self._copies = None
                    break
                self._got.add(fetched.uid)
                batch.append(self._raw(fetched))
                size += len(fetched.raw)
        except Refused as error:
            self._copies = None
            self._hand_over(look, chunk, batch)
            self._refused(look, chunk, error)
            return True
        self._hand_over(look, chunk, batch)
        if self._copies is None:
            self._account_for(look, chunk)
        return True

    def _hand_over(self, look: Look, chunk: FetchCopies, batch: list[RawCopy]) -> None:
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
            handing=look.chunks.raise_next(request),
            alone=chunk.alone,
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
            backfill=fetched.internaldate < self._rounds.clock.now() - DAY,
        )

    def _account_for(self, look: Look, chunk: FetchCopies) -> None:
        """UIDs that were asked for and did not come: either they left meanwhile, or the server cannot give them."""
        missing = chunk.uids - UidSet.of(self._got)
        if not missing:
            return
        there = missing & self._rounds.line.source.uids()
        gone = missing - there
        failed = ((str(there), FailReason.SERVER_GARBLED.value),) if there else ()
        self._rounds.deposit(look, gone=str(gone), failed=failed)

    def _refused(self, look: Look, chunk: FetchCopies, error: Refused) -> None:
        """The server said NO to a slice: one by one the others come, and what is refused alone has failed."""
        left = chunk.uids - UidSet.of(self._got)
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
