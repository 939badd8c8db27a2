"""OutboxActor: what happens next to mail on its way out, and when. The desk keeps it, each mailbox's sender does it.

It holds nothing that would be missed: what is unfinished is asked of the desk at every stir, at every restart, and
again while something is open. Must not touch a network, and must not decide what may follow what
(store/rules/outbox.py).
"""

from typing import Any

from actors.base import Ground, PostroomActor
from actors.messages import (
    AskOutbox,
    Boot,
    Finish,
    MailDue,
    OutboxJob,
    OutboxOpen,
    OutboxStirred,
    Restarted,
    SendJobs,
    Tick,
)
from actors.switchboard import DESK, sender_name
from store.model.ids import MailboxKey

REPEAT_SECONDS = 30.0
DUE = "due"


class OutboxActor(PostroomActor):
    """See the module."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._jobs: tuple[OutboxJob, ...] = ()
        self._told: set[MailboxKey] = set()  # whose sender has something to do
        self._asked_at: float | None = None  # an answer is awaited since then
        self._stirred = False  # while it was
        self._answered_at = 0.0
        self._handed_at = 0.0  # what was due then is handed out
        self._finishing = False

    def receive(self, message: Any) -> None:  # noqa: ANN401 - narrowed by the match
        match message:
            case Boot() | Restarted():
                self._ask()
            case OutboxStirred():
                self._stir()
            case OutboxOpen():
                self._open(message)
            case Tick():
                self._tick(message)
            case Finish():
                self._finishing = True
            case _:
                raise TypeError(type(message).__name__)

    def _ask(self) -> None:
        self._stirred = False
        self._asked_at = self.clock.monotonic()
        self.tell(DESK, AskOutbox())

    def _stir(self) -> None:
        if self._asked_at is None:
            self._ask()
        else:
            self._stirred = True

    def _open(self, message: OutboxOpen) -> None:
        self._asked_at = None
        self._answered_at = self.clock.monotonic()
        self._jobs = message.jobs
        if self._stirred:
            self._ask()
        else:
            self._hand_out(self.clock.now())

    def _tick(self, tick: Tick) -> None:
        if self._asked_at is not None:
            if tick.monotonic - self._asked_at >= REPEAT_SECONDS:
                self._ask()
        elif self._jobs and tick.monotonic - self._answered_at >= REPEAT_SECONDS:
            self._ask()
        elif any(job.at > self._handed_at and job.at <= tick.now for job in self._jobs):
            self._hand_out(tick.now)

    def _hand_out(self, now: float) -> None:
        """What is due: held mail to the desk, the rest to the senders, each all of its own in order."""
        self._handed_at = now
        if self._finishing:
            return
        ready: dict[MailboxKey, list[OutboxJob]] = {mailbox: [] for mailbox in self._told}
        for job in self._jobs:
            if job.at > now:
                continue
            if job.step == DUE:
                self.tell(DESK, MailDue(outbox=job.outbox))
            else:
                ready.setdefault(job.mailbox, []).append(job)
        for mailbox, jobs in ready.items():
            self.tell(sender_name(mailbox), SendJobs(jobs=tuple(jobs)))
        self._told = {mailbox for mailbox, jobs in ready.items() if jobs}
