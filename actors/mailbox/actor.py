"""MailboxActor: one for each synced mailbox. It owns the IMAP sessions, looks at folders, carries people's changes.

Work is done in slices that the actor posts to itself (Continue), what a person asked for before any sync. It waits
for nobody: every answer is a message. Must not touch disk, and must not decide what is filed or who may see.
"""

import logging
from dataclasses import replace

from actors.base import Ground, PostroomActor
from actors.mailbox.appending import Appending
from actors.mailbox.auditing import Auditing
from actors.mailbox.carrying import Carrying
from actors.mailbox.door import MailboxDoor
from actors.mailbox.finding import Finding
from actors.mailbox.line import Line, Rest
from actors.mailbox.progress import Told
from actors.mailbox.requests import OpenRequests
from actors.mailbox.rounds import Rounds
from actors.messages import (
    AppendSent,
    AuditNow,
    Boot,
    Carry,
    Continue,
    Deposited,
    Finish,
    FolderStirred,
    NoteKept,
    Opened,
    Restarted,
    SeekAddresses,
    SettingsChanged,
    SyncDone,
    SyncNow,
    Tick,
    Wanted,
    WatchLost,
)
from actors.switchboard import CLASSIFIER, DESK, FRONT
from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable, Unsupported
from store.model.mailbox import SyncState

_log = logging.getLogger(__name__)

Message = (
    Boot | Continue | Tick | Opened | Deposited | Wanted | Carry | FolderStirred | WatchLost | SyncNow | AuditNow
    | AppendSent | NoteKept | SeekAddresses | SettingsChanged | Restarted | Finish
)  # fmt: skip


class MailboxActor(PostroomActor):
    """See the module."""

    def __init__(self, ground: Ground, door: MailboxDoor) -> None:
        super().__init__(ground)
        self.door = door
        self.paused = door.paused
        self.finishing = False
        self._continuing = False
        self._asked: list[str] = []  # SyncNow waiting for the next whole look
        self._running: list[str] = []  # SyncNow that the present look answers
        self._begin()

    def _begin(self) -> None:
        door = self.door
        self.requests = OpenRequests(
            self.tell, prefix=f"{door.mailbox}.{door.incarnation}.{door.nonce}.{self.ground.generation}"
        )
        self.told = Told(door, self.tell, self.clock)
        self.line = Line(door, self.clock, stirred=lambda: self.post(FolderStirred()), lost=self._watch_lost)
        self.rounds = Rounds(door, self.line, self.requests, told=self.told, clock=self.clock, tell=self.tell)
        self.carrying = Carrying(door, self.line, self.rounds, self.tell)
        self.appending = Appending(door, self.line, self.rounds, self.tell)
        self.finding = Finding(self.line, self.rounds)
        self.auditing = Auditing(door, self.line, self.rounds, self.tell)

    def receive(self, message: Message) -> None:
        match message:
            case Boot():
                self.told.state(SyncState.PAUSED if self.paused else SyncState.SYNCING)
                self.rounds.look_at_all()
            case Continue():
                self._continuing = False
                self._slice()
                return
            case Tick():
                self.requests.repeat_late(message.monotonic)
                self.rounds.tick(message.monotonic)
                self.told.tick()
            case Opened():
                self.rounds.opened(message)
            case Deposited():
                if not message.accepted:
                    self._superseded()
                    return
                self.rounds.deposited(message)
            case Wanted():
                self.rounds.wanted(message)
            case Carry() | AppendSent() | NoteKept() | SeekAddresses():
                self._asked_of_it(message)
            case FolderStirred():
                self.rounds.stirred()
            case WatchLost():
                self.line.watch_lost()
                self.rounds.look_at_all()  # whether the server is there at all
            case SyncNow():
                self._asked.append(message.id)
                self.line.rest.wake()
                self.rounds.look_at_all()
            case AuditNow():
                self.line.rest.wake()
                self.auditing.ask(message)
            case SettingsChanged():
                self._settings(message)
            case Restarted():
                self._restarted(message)
            case Finish():
                self.finishing = True
                self.rounds.went_offline()
                self.line.close()
                self.stop()
                return
        self._go_on()

    def _asked_of_it(self, message: Carry | AppendSent | NoteKept | SeekAddresses) -> None:
        match message:
            case Carry():
                self.carrying.add(message)
            case AppendSent():
                self.appending.add(message)
            case NoteKept():
                self.appending.kept(message)
            case SeekAddresses():
                self.finding.ask(message.addresses)

    # ------------------------------------------------------------ slices
    def _go_on(self) -> None:
        if not (self._continuing or self.finishing):
            self._continuing = True
            self.post(Continue())

    def _slice(self) -> None:
        if self.paused or self.line.rest.resting(self.clock.monotonic()):
            self._answer_asked_while_away()
            return
        try:
            more = self._work()
        except AuthRefused as error:
            self._away(error, needs_person=self.line.rest.refused())
        except (Unavailable, Garbled) as error:
            self._away(error, needs_person=False)
        except (Refused, Unsupported) as error:
            self.rounds.abandon(error.code)
            self._go_on()
        else:
            if more:
                self._go_on()

    def _work(self) -> bool:
        """One slice; whether there is more to do at once."""
        if not self.line.up:
            self.line.open()
            self.rounds.came_online()
            self.carrying.came_online()
            return True
        self.line.watch()
        return self.rounds.urgent() or self._asked_by_people() or self.auditing.slice() or self._rest()

    def _rest(self) -> bool:
        return self.finding.slice() or self._look()

    def _asked_by_people(self) -> bool:
        return self.carrying.slice() or self.appending.slice()

    def _look(self) -> bool:
        if self.rounds.starting:
            self.rounds.retry = bool(self._asked)
            self._running += self._asked
            self._asked.clear()
        more = self.rounds.slice()
        if not more and self.rounds.over and self.rounds.looked:
            self.rounds.looked = False  # said once, on the evidence of this look
            self.line.rest.succeeded()
            self.told.synced(self.rounds.trouble)
            self._answer(self._running, code=self.rounds.trouble)
            if self._asked:
                self.rounds.look_at_all()
                return True
        return more

    # ------------------------------------------------------------ trouble
    def _away(self, error: ProviderError, *, needs_person: bool) -> None:
        _log.info("mailbox %d: %s (%s)", self.door.mailbox, error.code, error.remedy)
        self.line.close()
        self.rounds.went_offline()
        self.line.rest.failed(self.clock.monotonic(), self.door.jitter())
        self.carrying.went_offline()
        self.auditing.went_offline(error.code)
        refused = isinstance(error, AuthRefused)
        self.told.away(SyncState.NEEDS_SIGN_IN if needs_person else SyncState.OFFLINE, error)
        self._answer(self._running, code=error.code, offline=not refused)
        self._answer(self._asked, code=error.code, offline=not refused)
        self.rounds.look_at_all()

    def _answer_asked_while_away(self) -> None:
        code = "paused" if self.paused else self.told.error_code or "closed"
        self._answer(self._asked, code=code, offline=True)
        self.auditing.went_offline(code)
        self.carrying.went_offline()

    def _answer(self, asked: list[str], *, code: str | None, offline: bool = False) -> None:
        for request in asked:
            self.tell(FRONT, SyncDone(id=request, mailbox=self.door.mailbox, code=code, offline=offline))
        asked.clear()

    def _watch_lost(self, error: BaseException) -> None:
        lost = error if isinstance(error, ProviderError) else Unavailable("closed")
        self.post(WatchLost(code=lost.code, remedy=lost.remedy))

    def _restarted(self, message: Restarted) -> None:
        if message.name not in (DESK, CLASSIFIER):
            return
        if message.guilty is not None:
            self.rounds.blamed(message.guilty)
        self.requests.repeat_all(self.clock.monotonic())
        if message.name == DESK and self.line.up:
            self.carrying.came_online()

    def _superseded(self) -> None:
        """A newer incarnation has taken over: this one ends."""
        self.line.close()
        self.requests.drop()
        self.stop()

    def _settings(self, message: SettingsChanged) -> None:
        was_paused, was = self.paused, self.door.settings
        self.paused = message.paused
        self.door = self.rounds.door = replace(self.door, settings=message.settings)
        if message.paused:
            self.line.close()
            self.rounds.went_offline()
            self.told.state(SyncState.PAUSED)
            self._answer(self._running + self._asked, code="paused", offline=True)
        elif was_paused:
            self.line.rest = Rest()
            self.told.state(SyncState.SYNCING)
            self.rounds.look_at_all()
        elif message.settings != was:
            self.rounds.look_at_all()

    def on_stop(self) -> None:
        self.line.close()
