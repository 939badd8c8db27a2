"""SenderActor: one for each mailbox that sends, so that a slow server holds up one mailbox and not the firm.

One thing at a time: it takes a mail at the desk, puts it together, hands it over, and tells what became of it until the
desk has kept that. For mail that is out it gives the bytes once more: to the classifier, as an email, and to the
mailbox's actor, for Sent. It keeps nothing that would be missed; an attempt that dies with it is judged by the desk.
The only wait between actors is `_may_begin`. Must not touch disk, and must not decide whether to try again.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final

import pykka

from actors.base import Ground, PostroomActor
from actors.messages import (
    AppendSent,
    AskSent,
    Boot,
    Classify,
    Finish,
    MailAnswered,
    MailBegun,
    MailSettled,
    MailStumbled,
    MailTaken,
    OutboxJob,
    Parcel,
    RawCopy,
    Restarted,
    SenderCleared,
    SenderStarted,
    SendJobs,
    TakeMail,
    Tick,
)
from actors.outbox.door import SenderDoor
from actors.switchboard import CLASSIFIER, DESK, mailbox_name
from providers.errors import ProviderError, Refused
from providers.protocols import MailSender
from store.mime.compose import Composed, compose
from store.model.ids import DepositId, OutboxKey
from store.model.record import Record
from store.rules.backoff import delay

_log = logging.getLogger(__name__)

BEGIN_SECONDS: Final = 30.0  # then it hangs up, before DATA
REPEAT_SECONDS: Final = 30.0
HANDED_CAP: Final = 600.0
IDLE_SECONDS: Final = 60.0
SEND, KEEP, APPEND = "send", "keep", "append"

Key = tuple[OutboxKey, str]


@dataclass(slots=True)
class _Handed:
    """What was given to another actor, who may be away for long: it is given again, ever more seldom."""

    times: int = 0
    at: float = 0.0

    def rests(self, now: float) -> bool:
        return self.times > 0 and now - self.at < delay(self.times, base=REPEAT_SECONDS, cap=HANDED_CAP, jitter=1.0)


class SenderActor(PostroomActor):
    """See the module."""

    def __init__(self, ground: Ground, door: SenderDoor) -> None:
        super().__init__(ground)
        self._door = door
        self._run = f"{door.nonce}.{ground.generation}"
        self._sender: MailSender | None = None
        self._jobs: tuple[OutboxJob, ...] = ()
        self._handed: dict[Key, _Handed] = {}
        self._open: Record = SenderStarted(mailbox=door.mailbox, run=self._run)  # asked, and not yet answered
        self._waits = True
        self._asked_at = 0.0
        self._used_at: float | None = None  # the line to the server, last
        self._finishing = False

    def receive(self, message: Any) -> None:  # noqa: ANN401 - narrowed by the match
        match message:
            case Boot():
                self._ask(self._open)
            case SenderCleared():
                self._cleared(message)
            case SendJobs():
                self._told(message)
            case MailTaken():
                self._taken(message)
            case MailSettled():
                self._settled(message)
            case Restarted():
                self._restarted(message)
            case Tick():
                self._tick(message)
            case Finish():
                self._finishing = True
            case _:
                raise TypeError(type(message).__name__)
        self._next()

    # ------------------------------------------------------------ what is asked of the desk
    def _ask(self, question: Record) -> None:
        self._open, self._waits = question, True
        self._asked_at = self.clock.monotonic()
        self.tell(DESK, question)

    def _tick(self, tick: Tick) -> None:
        if self._waits and tick.monotonic - self._asked_at >= REPEAT_SECONDS:
            self._ask(self._open)
        if self._used_at is not None and tick.monotonic - self._used_at >= IDLE_SECONDS and self._sender is not None:
            self._sender.hang_up()
            self._used_at = None

    def _restarted(self, message: Restarted) -> None:
        """Whoever was to do something for us may have lost it; a mail that was somebody's end is not hurried."""
        if message.name == DESK and self._waits:
            self._ask(self._open)
        steps = {CLASSIFIER: (KEEP,), DESK: (KEEP, APPEND), mailbox_name(self._door.mailbox): (APPEND,)}
        for (outbox, step), handed in self._handed.items():
            if step in steps.get(message.name, ()) and _deposit(outbox) != message.guilty:
                handed.times = 0

    def _cleared(self, message: SenderCleared) -> None:
        if message.run == self._run and isinstance(self._open, SenderStarted):
            self._waits = False

    # ------------------------------------------------------------ what is next
    def _told(self, message: SendJobs) -> None:
        self._jobs = message.jobs
        open_ = {(job.outbox, job.step) for job in message.jobs}
        self._handed = {key: handed for key, handed in self._handed.items() if key in open_}

    def _next(self) -> None:
        if self._waits or self._finishing:
            return
        job = self._due(self.clock.monotonic())
        if job is None:
            return
        if job.step == SEND:
            self._jobs = tuple(one for one in self._jobs if one is not job)
            self._ask(TakeMail(outbox=job.outbox, mailbox=self._door.mailbox, attempt=job.attempt))
        else:
            self._ask(AskSent(outbox=job.outbox, mailbox=self._door.mailbox, step=job.step))

    def _due(self, now: float) -> OutboxJob | None:
        """Of what is to be put into Sent one at a time is out of our hands, and none while another is being read: so a
        large mail is held once.
        """
        busy = any(key[1] == APPEND or one.rests(now) for key, one in self._handed.items())
        for job in self._jobs:
            handed = self._handed.get((job.outbox, job.step))
            first = handed is None and not (busy and job.step == APPEND)
            if first or (handed is not None and not handed.rests(now)):
                return job
        return None

    def _taken(self, message: MailTaken) -> None:
        match self._open:
            case TakeMail(outbox=outbox) if self._waits and message.step == SEND and outbox == message.outbox:
                self._waits = False
                if message.parcel is not None:
                    self._send(message.parcel)
            case AskSent(outbox=outbox, step=step) if self._waits and (outbox, step) == (message.outbox, message.step):
                self._waits = False
                self._give(message.outbox, step, message.parcel)
            case _:
                pass  # the answer to a repeat

    # ------------------------------------------------------------ an attempt
    def _send(self, parcel: Parcel) -> None:
        outbox, attempt = parcel.outbox, parcel.attempt
        try:
            heard = self._hand_over(parcel)
        except ProviderError as error:
            _log.info("mailbox %d: not sent: %s (%s)", self._door.mailbox, error.code, error.remedy)
            self._stumbled(parcel, remedy=error.remedy, code=error.code)
        else:
            answered = MailAnswered(outbox=outbox, mailbox=self._door.mailbox, attempt=attempt, heard=heard)
            self._ask(answered)

    def _stumbled(self, parcel: Parcel, *, remedy: str, code: str) -> None:
        self._ask(
            MailStumbled(
                outbox=parcel.outbox, mailbox=self._door.mailbox, attempt=parcel.attempt, remedy=remedy, code=code
            )
        )

    def _hand_over(self, parcel: Parcel) -> tuple[tuple[str, str | None], ...]:
        """Raises ProviderError."""
        server = self._door.server
        if server is None:
            raise Refused("receive_only")
        if self._sender is None:
            self._sender = self._door.open()
        self._used_at = self.clock.monotonic()
        results = self._sender.send(
            server,
            self._door.login,
            self._door.secret(),
            sender=parcel.sender,
            recipients=parcel.recipients,
            message=_composed(parcel),
            begin=lambda: self._may_begin(parcel.outbox, parcel.attempt),
        )
        return tuple((one.answer, one.code) for one in results)

    def _may_begin(self, outbox: OutboxKey, attempt: int) -> bool:
        """Whether the desk has kept that DATA may have begun. What it does not say in time is a no."""
        asked = self.ground.switchboard.ask(DESK, MailBegun(outbox=outbox, attempt=attempt))
        try:
            return asked.get(timeout=BEGIN_SECONDS) is True
        except (pykka.Timeout, pykka.ActorDeadError):
            return False

    def _settled(self, message: MailSettled) -> None:
        match self._open:
            case (MailAnswered() | MailStumbled()) as told if self._waits:
                if (told.outbox, told.attempt) == (message.outbox, message.attempt):
                    self._waits = False
            case _:
                pass

    # ------------------------------------------------------------ once it is out
    def _give(self, outbox: OutboxKey, step: str, parcel: Parcel | None) -> None:
        if parcel is None:  # done meanwhile
            self._jobs = tuple(job for job in self._jobs if (job.outbox, job.step) != (outbox, step))
            self._handed.pop((outbox, step), None)
            return
        handed = self._handed.setdefault((outbox, step), _Handed())
        handed.times, handed.at = handed.times + 1, self.clock.monotonic()
        if step == KEEP:
            self.tell(CLASSIFIER, _as_copy(parcel, compose(parcel.letter)))
        else:
            self.tell(
                mailbox_name(self._door.mailbox),
                AppendSent(outbox=outbox, letter=parcel.letter, uidnext=parcel.uidnext),
            )

    def on_stop(self) -> None:
        if self._sender is not None:
            self._sender.close()


def _composed(parcel: Parcel) -> Composed:
    """Raises Refused for what can stand in no mail."""
    try:
        return Composed(parcel.letter)
    except ValueError:
        raise Refused("not_composed") from None


def _deposit(outbox: OutboxKey) -> DepositId:
    return DepositId(f"outbox.{outbox}")


def _as_copy(parcel: Parcel, raw: bytes) -> Classify:
    """What was sent, read by its sender, as if a look had found it."""
    copy = RawCopy(
        uid=parcel.outbox, raw=raw, whole=True, flags=("\\Seen",), internaldate=parcel.letter.date, size=len(raw)
    )
    return Classify(id=_deposit(parcel.outbox), origin=parcel.origin, copies=(copy,), authserv_id=None)
