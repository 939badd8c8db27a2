"""Deposits that wait for the desk together are written in one transaction, each answered, none guilty of another."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from actors.desk.actor import DeskActor, DeskParts
from actors.desk.bundling import MOST_COPIES, Bundle, may_join
from actors.messages import Announced, ClosePass, Deposit, Deposited
from actors.switchboard import DESK, FRONT, Switchboard
from store.model.ids import DepositId
from store.vault.database import Database
from store.vault.emails import Emails
from store.vault.kept import KeptEmail
from store.vault.vault import Vault
from tests.support.copies import NOW, DeskRig, Letter
from tests.support.desk_state import check
from tests.support.office import Deaths, Ear, ManualTime, ground


class Waiting:
    """A desk that begins when `begin` is called; what was posted before waits for it."""

    def __init__(self, path: Path) -> None:
        rig = DeskRig(path)
        self.folder = rig.folder(rig.mailbox("clara@firm.example"))
        rig.close()
        self.path = path
        self.mailbox, self.front, self.deaths = Ear(), Ear(), Deaths()
        self._begun = threading.Event()
        switchboard = Switchboard()
        switchboard.connect(f"mailbox-{self.folder.mailbox}", self.mailbox)
        switchboard.connect(FRONT, self.front)
        parts = DeskParts(open_vault=self._open, commands=lambda _writer: lambda _command: None, jitter=lambda: 0.5)
        self.actor = DeskActor.start(ground(DESK, switchboard, ManualTime(NOW), died=self.deaths), parts)

    def _open(self) -> Vault:
        assert self._begun.wait(10)
        return Vault.open(self.path)

    def begin(self) -> None:
        self._begun.set()

    def deposit(self, number: int, *letters: Letter, **more: str) -> Deposit:
        copies = tuple(letter.seen(number * 10 + n) for n, letter in enumerate(letters))
        made = Deposit(id=DepositId(f"d{number}"), origin=self.folder.origin, copies=copies, **more)  # type: ignore[arg-type]
        self.actor.tell(made)
        return made

    def ids(self) -> set[object]:
        database = Database(self.path, read_only=True)
        try:
            return {row[0] for row in database.rows("SELECT message_id FROM emails")}
        finally:
            database.close()


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    made = Waiting(tmp_path / "vault")
    yield made
    made.begin()
    made.actor.stop()
    vault = Vault.open(made.path)
    check(vault)
    vault.close()


def test_what_waits_together_is_written_at_once_and_each_is_answered(waiting: Waiting) -> None:
    for number in range(1, 5):
        waiting.deposit(number, Letter(id=f"{number}@x"))
    waiting.begin()
    answers = waiting.mailbox.wait_for(Deposited, count=4)
    assert [answer.id for answer in answers] == ["d1", "d2", "d3", "d4"]
    assert all(answer.accepted for answer in answers)
    assert waiting.ids() == {"1@x", "2@x", "3@x", "4@x"}
    assert len(waiting.front.of(Announced)) == 1, "one transaction"


def test_an_answer_to_a_look_that_ended_comes_after_its_deposits(waiting: Waiting) -> None:
    waiting.deposit(1, Letter(id="1@x"))
    waiting.actor.tell(ClosePass(id=DepositId("end"), origin=waiting.folder.origin, highestmodseq=3, uidnext=9))
    waiting.begin()
    answers = waiting.mailbox.wait_for(Deposited, count=2)
    assert [answer.id for answer in answers] == ["d1", "end"]


def test_only_the_guilty_one_is_missing_and_named(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    save = Emails.save

    def fails(self: Emails, mails: Sequence[KeptEmail]) -> None:
        if any(mail.message_id == "bad@x" for mail in mails):
            raise ZeroDivisionError
        save(self, mails)

    monkeypatch.setattr(Emails, "save", fails)
    waiting.deposit(1, Letter(id="1@x"))
    waiting.deposit(2, Letter(id="bad@x"))
    waiting.deposit(3, Letter(id="3@x"))
    waiting.begin()
    (death,) = waiting.deaths.wait_for(1)
    assert death.in_hand == DepositId("d2")
    assert [answer.id for answer in waiting.mailbox.of(Deposited)] == ["d1"]
    assert waiting.ids() == {"1@x"}


def test_what_says_more_than_copies_and_what_is_alone_keeps_to_itself(waiting: Waiting) -> None:
    assert may_join(waiting.deposit(1, Letter(id="1@x"), handing="7"))
    assert not may_join(waiting.deposit(2, Letter(id="2@x"), pending="5:9"))
    assert not may_join(waiting.deposit(3, gone="5"))


def test_a_bundle_is_bounded(waiting: Waiting) -> None:
    bundle = Bundle()
    letters = [Letter(id=f"{n}@x") for n in range(9)]
    while bundle.takes(one := waiting.deposit(1, *letters)):
        bundle.add(one)
    assert MOST_COPIES - len(letters) < sum(len(one.copies) for one in bundle.deposits) <= MOST_COPIES
    assert not bundle.full
    assert len(bundle.take()) == MOST_COPIES // len(letters)
    assert bundle.deposits == []
