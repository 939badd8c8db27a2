"""Which actors an office has: those that are always there, and for each mailbox its own and a sender.

Only engages and dismisses; the supervisor keeps them alive.
"""

import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pykka

from actors.base import Ground
from actors.classifier import ClassifierActor, Readers
from actors.documents import DocumentsActor, DocumentsParts
from actors.doors import RunMailbox
from actors.mailbox.actor import MailboxActor
from actors.mailbox.door import MailboxDoor
from actors.mailbox.local import LocalMailboxActor
from actors.messages import AskActors, Dismiss, Engage, Finish
from actors.notifier import NotifierActor
from actors.outbox.actor import OutboxActor
from actors.outbox.door import SenderDoor
from actors.outbox.sender import SenderActor
from actors.supervisor import Start
from actors.switchboard import CLASSIFIER, DESK, DOCUMENTS, NOTIFIER, OUTBOX, Switchboard, mailbox_name, sender_name

STOP_SECONDS = 20.0


class MailboxDoors(Protocol):
    """The ways to mail servers, as far as starting actors needs them."""

    def door(self, mailbox: RunMailbox) -> MailboxDoor: ...

    def sender(self, mailbox: RunMailbox) -> SenderDoor: ...

    def forget(self, former: Callable[[], Sequence[str]]) -> None:
        """Take out the secrets of these mailboxes, by server and login; asked while nobody can begin to use one."""


class Staffing:
    """See the module. `mailboxes` reads those that are set up, `former` whose secret is to go."""

    def __init__(
        self,
        switchboard: Switchboard,
        *,
        supervisor: pykka.ActorRef[Any],
        start_desk: Start,
        workers: Readers,
        doors: MailboxDoors,
        mailboxes: Callable[[], tuple[RunMailbox, ...]],
        former: Callable[[], Sequence[str]],
        documents: DocumentsParts,
    ) -> None:
        self._switchboard = switchboard
        self._supervisor = supervisor
        self._start_desk = start_desk
        self._workers = workers
        self._doors = doors
        self._mailboxes = mailboxes
        self._former = former
        self._documents = documents
        self._lock = threading.Lock()
        self._here: dict[str, int] = {}  # name → incarnation of its mailbox; 0: a sender, which serves all
        self._closed = False

    def open(self) -> None:
        """Start the actors that are always there. Returns when they answer to their names."""
        workers = self._workers
        self._engage(DESK, self._start_desk, vital=True)
        self._engage(CLASSIFIER, lambda ground: ClassifierActor.start(ground, workers=workers), vital=True)
        self._engage(NOTIFIER, NotifierActor.start)
        self._engage(DOCUMENTS, lambda ground: DocumentsActor.start(ground, self._documents))
        self._engage(OUTBOX, OutboxActor.start, vital=True)
        self._engaged()

    def staff(self) -> None:
        """Start the actors of mailboxes that have none, and let those go whose mailbox was stopped or begins anew; the
        secret of a stopped one goes too. Returns when all answer to their names.
        """
        with self._lock:
            if self._closed:
                return
            wanted = {}
            for mailbox in self._mailboxes():
                wanted[mailbox_name(mailbox.mailbox)] = mailbox.incarnation, self._start_of(mailbox)
                if mailbox.sends:
                    wanted[sender_name(mailbox.mailbox)] = 0, self._sender_of(mailbox)
            self._let_go({name: incarnation for name, (incarnation, _start) in wanted.items()})
            for name, (incarnation, start) in wanted.items():
                if name not in self._here:
                    self._here[name] = incarnation
                    self._engage(name, start)
            self._doors.forget(self._former)
        self._engaged()

    def _let_go(self, wanted: dict[str, int]) -> None:
        for name in [name for name, was in self._here.items() if wanted.get(name) != was]:
            del self._here[name]
            self._switchboard.tell(name, Finish())
            self._supervisor.tell(Dismiss(name=name))

    def _sender_of(self, mailbox: RunMailbox) -> Start:
        """An actor that is started tells the outbox, which then gives it what there is."""
        return lambda ground: SenderActor.start(ground, self._doors.sender(self._now(mailbox)))

    def _engaged(self) -> None:
        """An answer means that what was told before is done."""
        self._supervisor.ask(AskActors(), timeout=STOP_SECONDS)

    def _engage(self, name: str, start: Start, *, vital: bool = False) -> None:
        self._supervisor.tell(Engage(name=name, start=start, vital=vital))

    def _start_of(self, mailbox: RunMailbox) -> Start:
        """Starts with what is set up then: settings may have changed since the actor before."""

        def start(ground: Ground) -> pykka.ActorRef[Any]:
            now = self._now(mailbox)
            if now.settings.imap is None:
                return LocalMailboxActor.start(
                    ground, mailbox=now.mailbox, incarnation=now.incarnation, nonce=uuid.uuid4().hex
                )
            return MailboxActor.start(ground, self._doors.door(now))

        return start

    def _now(self, mailbox: RunMailbox) -> RunMailbox:
        return next((one for one in self._mailboxes() if one.mailbox == mailbox.mailbox), mailbox)

    def close(self) -> None:
        """Let every actor finish what it has in hand, those that bring mail first, the desk last."""
        with self._lock:
            self._closed = True
        mailboxes = sorted(self._here)
        for name in (OUTBOX, *mailboxes):
            self._switchboard.tell(name, Finish())
        for name in (OUTBOX, *mailboxes, NOTIFIER, DOCUMENTS, CLASSIFIER, DESK):
            self._stop(name)
        self._supervisor.stop(block=True, timeout=STOP_SECONDS)

    def _stop(self, name: str) -> None:
        ear = self._switchboard.get(name)
        self._supervisor.tell(Dismiss(name=name))
        if isinstance(ear, pykka.ActorRef):
            try:
                ear.stop(block=True, timeout=STOP_SECONDS)
            except pykka.Timeout:  # stuck in somebody's network: its work is repeated by the next office
                return
