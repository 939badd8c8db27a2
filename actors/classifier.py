"""What a fetched mail is evidence of: has it read by the workers, gives the evidence, and hands all of it to the desk.

Keeps nothing that would be missed: what is under way when it dies, its mailbox repeats. Must not decide, and must not
touch network or disk.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from msgspec.structs import replace

from actors.base import Ground, PostroomActor
from actors.messages import BatchParsed, Boot, Classify, Deposit, Finish, RawCopy, Restarted, SeenCopy, Tick
from actors.switchboard import CLASSIFIER, DESK
from store.model.copy import Copy, Unreadable
from store.model.ids import DepositId
from store.model.work import Item, Parsed
from store.rules.evidence import evidence

FIRST_CHUNK = 50  # the first of a batch is quickly done, and seen
CHUNK = 125
CHUNK_BYTES = 8 << 20


class Readers(Protocol):
    """The workers, as far as the classifier needs them."""

    def submit(self, items: Sequence[Item], on_done: Callable[[Parsed], None]) -> None: ...


@dataclass(slots=True)
class _UnderWay:
    """A Classify whose chunks are being read."""

    asked: Classify
    open_chunks: set[int]
    read: list[Copy | Unreadable]


class ClassifierActor(PostroomActor):
    """See the module."""

    def __init__(self, ground: Ground, *, workers: Readers) -> None:
        super().__init__(ground)
        self._workers = workers
        self._under_way: dict[DepositId, _UnderWay] = {}
        self._serial = itertools.count()

    def receive(self, message: Any) -> None:  # noqa: ANN401 - narrowed by the match
        match message:
            case Classify():
                self._classify(message)
            case BatchParsed():
                self._parsed(message)
            case Boot() | Tick() | Restarted() | Finish():
                pass
            case _:
                raise TypeError(type(message).__name__)

    def _classify(self, asked: Classify) -> None:
        if asked.id in self._under_way:  # a repeat; the first is still being read
            return
        if not asked.copies:
            self._hand_over(asked, [])
            return
        chunks = list(chunked(asked.copies))
        numbers = [next(self._serial) for _ in chunks]
        self._under_way[asked.id] = _UnderWay(asked=_without_bytes(asked), open_chunks=set(numbers), read=[])
        for number, chunk in zip(numbers, chunks, strict=True):
            self._submit(asked.id, number, chunk)

    def _submit(self, deposit: DepositId, number: int, chunk: Sequence[RawCopy]) -> None:
        switchboard = self.ground.switchboard

        def done(parsed: Parsed) -> None:
            switchboard.tell(CLASSIFIER, BatchParsed(id=deposit, chunk=number, parsed=parsed))

        items = [Item(uid=copy.uid, raw=copy.raw, whole=copy.whole, size=copy.size) for copy in chunk]
        self._workers.submit(items, done)

    def _parsed(self, message: BatchParsed) -> None:
        under_way = self._under_way.get(message.id)
        if under_way is None or message.chunk not in under_way.open_chunks:  # submitted before a restart
            return
        under_way.open_chunks.remove(message.chunk)
        under_way.read += message.parsed.copies
        under_way.read += message.parsed.unreadable
        if not under_way.open_chunks:
            del self._under_way[message.id]
            self._hand_over(under_way.asked, under_way.read)

    def _hand_over(self, asked: Classify, read: Sequence[Copy | Unreadable]) -> None:
        by_uid = {one.uid: one for one in read}
        seen = tuple(self._seen(copy, by_uid[copy.uid], asked.authserv_id) for copy in asked.copies)
        self.tell(
            DESK,
            Deposit(id=asked.id, origin=asked.origin, copies=seen, handing=asked.handing, alone=asked.alone),
        )

    @staticmethod
    def _seen(raw: RawCopy, read: Copy | Unreadable, authserv_id: str | None) -> SeenCopy:
        judged = None
        if isinstance(read, Copy):
            judged = evidence(read.headers, read.body, trusted_authserv=authserv_id)
        return SeenCopy(
            copy=read,
            evidence=judged,
            flags=raw.flags,
            internaldate=raw.internaldate,
            size=raw.size,
            backfill=raw.backfill,
            msgid=raw.msgid,
        )


def _without_bytes(asked: Classify) -> Classify:
    """What is wanted once it is read: whoever reads it holds the mail meanwhile."""
    return replace(asked, copies=tuple(replace(copy, raw=b"") for copy in asked.copies))


def chunked(copies: Sequence[RawCopy]) -> list[list[RawCopy]]:
    """What a worker gets at a time, in the order given."""
    chunks: list[list[RawCopy]] = [[]]
    room = CHUNK_BYTES
    for copy in copies:
        full = len(chunks[-1]) >= (FIRST_CHUNK if len(chunks) == 1 else CHUNK)
        if chunks[-1] and (full or len(copy.raw) > room):
            chunks.append([])
            room = CHUNK_BYTES
        chunks[-1].append(copy)
        room -= len(copy.raw)
    return chunks
