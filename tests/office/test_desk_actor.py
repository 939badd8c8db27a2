"""The DeskActor on its thread: answers before what follows, past mail in slices, a death that leaves no half deed."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.desk.actor import DeskActor, DeskParts, RunCommand
from actors.desk.writer import DeskWriter
from actors.messages import Announced, Command, Continue, Deposit, Deposited, EmailsFiled, GaveUp, Tick
from actors.switchboard import DESK, FRONT, NOTIFIER, Switchboard
from store.model.errors import NotFound
from store.model.ids import DepositId, MemberKey, RequestId
from store.vault.database import Database
from store.vault.vault import Vault
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.desk_state import check
from tests.support.office import Deaths, Ear, ManualTime, ground, wait_until

LETTER = Letter(id="a@x")


class Office:
    """A desk actor with ears around it, over a firm that was set up before."""

    def __init__(self, path: Path) -> None:
        rig = DeskRig(path)
        rig.client("Acme", "ana@client.example")
        self.folder: FolderRig = rig.folder(rig.mailbox("clara@firm.example"))
        rig.close()
        self.path = path
        self.switchboard = Switchboard()
        self.mailbox, self.notifier, self.front = Ear(), Ear(), Ear()
        self.switchboard.connect(f"mailbox-{self.folder.mailbox}", self.mailbox)
        self.switchboard.connect(NOTIFIER, self.notifier)
        self.switchboard.connect(FRONT, self.front)
        self.deaths = Deaths()
        self.threads: list[int] = []
        self.start()

    def start(self) -> None:
        parts = DeskParts(open_vault=self._open, commands=self._commands, jitter=lambda: 0.5)
        self.actor = DeskActor.start(ground(DESK, self.switchboard, ManualTime(NOW), died=self.deaths), parts)

    def _open(self) -> Vault:
        self.threads.append(threading.get_ident())
        return Vault.open(self.path)

    @staticmethod
    def _commands(writer: DeskWriter) -> RunCommand:
        def run(command: Command) -> object:
            if command.method == "wait":
                with writer.turn():
                    cause = writer.vault.hands.add_cause("link", maker=MemberKey(1), client=None, address=None, at=NOW)
                    rows = writer.vault.database.rows("SELECT email FROM emails")
                    writer.vault.hands.wait([row[0] for row in rows], cause)
                return len(rows)
            return NotFound()

        return run

    def deposit(self, *letters: Letter, id_: str = "d1") -> None:
        copies = tuple(letter.seen(n) for n, letter in enumerate(letters, 1))
        self.actor.tell(Deposit(id=DepositId(id_), origin=self.folder.origin, copies=copies))

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        database = Database(self.path, read_only=True)
        try:
            return database.rows(sql)
        finally:
            database.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "vault")
    yield made
    made.actor.stop()
    vault = Vault.open(made.path)
    check(vault)
    vault.close()


def test_a_deposit_is_answered_and_what_follows_is_posted_after_its_commit(office: Office) -> None:
    office.deposit(LETTER)
    assert office.mailbox.wait_for(Deposited) == [Deposited(id=DepositId("d1"), folder=office.folder.folder)]
    assert office.notifier.wait_for(EmailsFiled)[0].errands[0].client == 1
    office.front.wait_for(Announced)
    assert office.rows("SELECT message_id FROM emails") == [("a@x",)]
    assert office.threads == [office.threads[0]]
    assert office.threads[0] != threading.get_ident(), "the writer's connection belongs to the actor's thread"


def test_a_refusal_is_a_value_and_past_mail_is_settled_by_itself(office: Office) -> None:
    office.deposit(LETTER, Letter(id="b@x", sender="mum@home.example"))
    refused = office.actor.ask(command("nothing"), timeout=10)
    assert isinstance(refused, NotFound)
    assert office.actor.ask(command("wait"), timeout=10) == 2
    wait_until(lambda: office.rows("SELECT 1 FROM unsettled") == [])
    assert office.rows("SELECT 1 FROM causes") == []


def command(method: str) -> Command:
    return Command(id=RequestId(method), member=MemberKey(1), as_=None, method=method, arguments={})


def test_a_death_in_a_transaction_leaves_nothing_and_the_next_desk_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("store.vault.threads.Threads.save", _fails)
        office.deposit(LETTER)
        (death,) = office.deaths.wait_for(1)
    assert death.in_hand == DepositId("d1")
    assert office.rows("SELECT 1 FROM emails") == []
    assert office.mailbox.of(Deposited) == []
    office.start()
    office.deposit(LETTER)
    office.mailbox.wait_for(Deposited)
    assert len(office.rows("SELECT 1 FROM emails")) == 1
    assert len(office.rows("SELECT 1 FROM errands")) == 1


def _fails(*_arguments: object) -> None:
    raise ZeroDivisionError


def test_ticks_and_news_of_others_are_taken(office: Office) -> None:
    office.actor.tell(Tick(now=NOW, monotonic=0.0))
    office.actor.tell(Continue())
    office.actor.tell(GaveUp(name="mailbox-9", code="crashed"))
    office.deposit(LETTER)
    office.mailbox.wait_for(Deposited)
    assert office.rows("SELECT kind FROM notices") == [("actor_gave_up",)]
    assert office.deaths.all == []
