"""A mailbox actor on a real connection to the rehearsal server, with a desk that only keeps a ledger."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import pytest
from pykka import ActorRef

from actors.base import Ground
from actors.mailbox.actor import MailboxActor
from actors.mailbox.door import MailboxDoor
from actors.messages import FolderStirred, SyncDone, SyncNow
from actors.switchboard import CLASSIFIER, DESK, FRONT, Switchboard, mailbox_name
from providers.imap.session import connect
from providers.protocols import Server
from providers.rehearsal import CAPABILITIES, Account, Fault, Rehearsal
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxScope, MailboxSettings, ServerSettings
from tests.office.test_mailbox import LedgerDesk, mail
from tests.support.office import ManualTime

LOGIN = "ana"
Through = Callable[[Rehearsal], Server]


class Unwatched:
    """A watch that sees nothing: the tests say when a folder stirs."""

    def cancel(self) -> None:
        return

    def glance(self) -> None:
        return

    def give_back(self) -> None:
        return


@dataclass
class Office:
    """Mailbox actors by turns on one desk, and what they said to the server."""

    server: Rehearsal
    desk: LedgerDesk
    switchboard: Switchboard
    stack: ExitStack
    time: ManualTime
    actor: ActorRef[MailboxActor] | None = None
    runs: int = 0
    patience: float = 10
    syncs: int = 0
    door: Server | None = None  # where the server is reached, if not on its port in clear

    def start(self) -> None:
        """The actor of a new run of the office."""
        self.stop()
        self.runs += 1
        settings = MailboxSettings(
            address="a@x.example",
            login=LOGIN,
            imap=ServerSettings(host=self.server.host, port=self.server.port, tls="none"),
            scope=MailboxScope.WHOLE,
        )
        to = self.door or Server(host=self.server.host, port=self.server.port, tls="none")
        door = MailboxDoor(
            mailbox=MailboxKey(1),
            settings=settings,
            incarnation=1,
            paused=False,
            connect=lambda: connect(to, LOGIN, "pass", timeout=self.patience),
            watch=lambda *_: Unwatched(),
            jitter=lambda: 0.5,
            nonce=f"run{self.runs}",
        )
        ground = Ground(
            name=mailbox_name(1),
            generation=self.runs,
            switchboard=self.switchboard,
            clock=self.time,
            died=lambda death: pytest.fail(repr(death)),
        )
        self.actor = MailboxActor.start(ground, door)
        self.stack.callback(self.stop)

    def stop(self) -> None:
        if self.actor is not None:
            self.actor.stop()
            self.actor = None

    def sync(self) -> list[str]:
        """A whole look; the commands that it cost."""
        before = len(self.server.heard)
        self.syncs += 1
        name = f"s{self.syncs}"
        self.switchboard.tell(mailbox_name(1), SyncNow(id=name))
        self.desk.wait(lambda desk: done(desk, name))
        assert done(self.desk, name)[0].code is None
        return verbs(self.server, before)

    def mended(self) -> None:
        """Whole looks until one goes well: after a broken connection the actor rests, which a person's asking ends."""
        for _ in range(4):
            self.syncs += 1
            name = f"s{self.syncs}"
            self.switchboard.tell(mailbox_name(1), SyncNow(id=name))
            self.desk.wait(lambda desk, name=name: done(desk, name))  # type: ignore[misc]
            if done(self.desk, name)[0].code is None:
                return
        raise AssertionError("it does not mend")

    def stirred(self, holds: Callable[[LedgerDesk], object]) -> list[str]:
        """The watch saw something in the inbox; the commands until that holds."""
        before = len(self.server.heard)
        self.switchboard.tell(mailbox_name(1), FolderStirred())
        self.desk.wait(holds)
        return verbs(self.server, before)


def done(desk: LedgerDesk, name: str) -> list[SyncDone]:
    return [one for one in desk.heard if isinstance(one, SyncDone) and one.id == name]


def verbs(server: Rehearsal, start: int) -> list[str]:
    """The commands since then, each with what it asks for by an extension."""
    extras = {"EXAMINE": "QRESYNC", "UID FETCH": "CHANGEDSINCE", "LIST": "STATUS"}
    found = []
    for heard in server.heard[start:]:
        extra = extras.get(heard.verb, "")
        found.append(f"{heard.verb} {extra}".strip() if extra.encode() in heard.line else heard.verb)
    return found


class Make(Protocol):
    def __call__(
        self,
        capabilities: frozenset[str] = CAPABILITIES,
        *,
        count: int = 40,
        faults: Iterable[Fault] = (),
        patience: float = 10,
        through: Through | None = None,
    ) -> Office: ...


def office_maker(stack: ExitStack) -> Make:
    """Offices that have not synced, with so many mails in the inbox and one each in Sent and Junk."""

    def make(
        capabilities: frozenset[str] = CAPABILITIES,
        *,
        count: int = 40,
        faults: Iterable[Fault] = (),
        patience: float = 10,
        through: Through | None = None,
    ) -> Office:
        account = Account(login=LOGIN, password="pass")
        server = stack.enter_context(Rehearsal([account], capabilities=capabilities, faults=faults))
        for number in range(1, count + 1):
            server.deliver(LOGIN, mail(number))
        server.deliver(LOGIN, mail(900), "Sent")
        server.deliver(LOGIN, mail(901), "Junk")
        switchboard = Switchboard()
        desk = LedgerDesk(switchboard)
        for name in (DESK, CLASSIFIER, FRONT):
            switchboard.connect(name, desk)
        made = Office(server, desk, switchboard, stack, ManualTime(), patience=patience)
        made.door = None if through is None else through(server)
        made.start()
        return made

    return make
