"""LocalMailboxActor: mail that was imported. It has no server; copies come from a person's own files, by the desk.

Must not open a file: the caller's process reads, this actor hands on.
"""

import hashlib
from collections import deque
from dataclasses import dataclass, field

from actors.base import Ground, PostroomActor
from actors.mailbox.requests import OpenRequests
from actors.messages import (
    Boot,
    Classify,
    Continue,
    CopiesImported,
    Deposit,
    Deposited,
    Finish,
    ImportCopies,
    LocalUids,
    LocalUidsGiven,
    MailboxTold,
    RawCopy,
    Restarted,
    Tick,
)
from actors.switchboard import CLASSIFIER, DESK, FRONT
from store.model.ids import DepositId, MailboxKey
from store.model.ledger import FailReason
from store.model.mailbox import Progress, SyncState

HASH_BYTES = 32
Message = Boot | Continue | Tick | ImportCopies | LocalUidsGiven | Deposited | Restarted | Finish


@dataclass(slots=True)
class _Import:
    """One ImportCopies under way; its copies are kept until the vault has them."""

    asked: ImportCopies
    added: int = 0
    known: int = 0
    failed: int = 0
    open: set[DepositId] = field(default_factory=set)


class LocalMailboxActor(PostroomActor):
    """See the module. Imports are done one after the other: UIDs follow the order of files."""

    def __init__(self, ground: Ground, *, mailbox: MailboxKey, incarnation: int, nonce: str) -> None:
        super().__init__(ground)
        self._mailbox = mailbox
        self._incarnation = incarnation
        self._requests = OpenRequests(self.tell, prefix=f"{mailbox}.{incarnation}.{nonce}.{ground.generation}")
        self._waiting: deque[ImportCopies] = deque()
        self._now: _Import | None = None

    def receive(self, message: Message) -> None:
        match message:
            case Boot():
                self._say()
            case ImportCopies():
                if not self._is_known(message.id):
                    self._waiting.append(message)
            case LocalUidsGiven():
                self._given(message)
            case Deposited():
                self._deposited(message)
            case Restarted():
                if message.name in (DESK, CLASSIFIER):
                    self._blame(message)
                    self._requests.repeat_all(self.clock.monotonic())
            case Tick():
                self._requests.repeat_late(message.monotonic)
            case Continue():
                pass
            case Finish():
                self.stop()
                return
        self._next()

    def _is_known(self, asked: str) -> bool:
        return any(one.id == asked for one in self._waiting) or (self._now is not None and self._now.asked.id == asked)

    def _next(self) -> None:
        if self._now is not None or not self._waiting:
            return
        self._now = _Import(self._waiting.popleft())
        request = LocalUids(
            id=self._requests.new_id(),
            mailbox=self._mailbox,
            folder=self._now.asked.folder,
            hashes=tuple(hashlib.blake2b(raw, digest_size=HASH_BYTES).digest() for raw, _, _ in self._now.asked.copies),
        )
        self._requests.send(DESK, request, now=self.clock.monotonic())

    def _given(self, message: LocalUidsGiven) -> None:
        """UIDs are given: what is not in yet is handed over."""
        if self._requests.answered(message.id) is None or self._now is None:
            return
        current = self._now
        copies = []
        seen: set[int] = set()
        for (raw, flags, at), uid, known in zip(current.asked.copies, message.uids, message.known, strict=True):
            if known or uid in seen:
                current.known += 1
                continue
            seen.add(uid)
            copies.append(
                RawCopy(uid=uid, raw=raw, whole=True, flags=flags, internaldate=at or 0, size=len(raw), backfill=True)
            )
        if not copies:
            self._finish()
            return
        request = Classify(id=self._requests.new_id(), origin=message.origin, copies=tuple(copies), authserv_id=None)
        current.open.add(request.id)
        self._requests.send(CLASSIFIER, request, now=self.clock.monotonic())

    def _deposited(self, message: Deposited) -> None:
        request = self._requests.answered(message.id)
        current = self._now
        if current is None or message.id not in current.open:
            return
        current.open.discard(message.id)
        if isinstance(request, Classify):
            current.added += len(request.copies)
        if not current.open:
            self._finish()

    def _blame(self, message: Restarted) -> None:
        """What ends badly twice is handed over copy by copy; what ends badly twice alone has failed."""
        found = self._requests.blame(message.guilty) if message.guilty is not None else None
        if found is None or self._now is None or not isinstance(found[1], Classify) or found[0] < 2:
            return
        request = found[1]
        self._requests.answered(request.id)
        self._now.open.discard(request.id)
        if len(request.copies) == 1:
            self._now.failed += 1
            failed = ((str(request.copies[0].uid), FailReason.CRASHED.value),)
            self._send(DESK, Deposit(id=self._requests.new_id(), origin=request.origin, failed=failed))
            return
        for copy in request.copies:
            alone = Classify(
                id=self._requests.new_id(), origin=request.origin, copies=(copy,), authserv_id=None, alone=True
            )
            self._send(CLASSIFIER, alone)

    def _send(self, to: str, request: Classify | Deposit) -> None:
        if self._now is not None:
            self._now.open.add(request.id)
        self._requests.send(to, request, now=self.clock.monotonic())

    def _finish(self) -> None:
        if self._now is None:
            return
        told = CopiesImported(
            id=self._now.asked.id, added=self._now.added, known=self._now.known, failed=self._now.failed
        )
        self._now = None
        self.tell(FRONT, told)
        self._say()

    def _say(self) -> None:
        progress = Progress(state=SyncState.SYNCED, last_success=int(self.clock.now()))
        self.tell(DESK, MailboxTold(mailbox=self._mailbox, incarnation=self._incarnation, progress=progress))
