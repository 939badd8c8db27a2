"""What actors stand on: Pykka as we bend it. These tests fail when a new Pykka changes what we rely on."""

import asyncio
import logging
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pykka
import pytest

from actors.base import BridgedFuture, PostroomActor
from actors.messages import Boot, ClosePass, Origin
from actors.switchboard import Switchboard
from store.model.ids import DepositId, FolderKey, MailboxKey
from store.model.record import Record
from tests.support.office import Deaths, Ear, ManualTime, ground

ORIGIN = Origin(mailbox=MailboxKey(1), incarnation=1, folder=FolderKey(1), uidvalidity=1, pass_=1)


class Say(Record, frozen=True, kw_only=True):
    word: str


class Raise(Record, frozen=True, kw_only=True):
    error: Any


class Hold(Record, frozen=True, kw_only=True):
    until: Any


class Obedient(PostroomActor):
    """Does what a test tells it."""

    def receive(self, message: object) -> object:
        match message:
            case Say():
                return message.word
            case Raise():
                raise message.error
            case Hold():
                message.until.wait(10)
                return "held"
            case ClosePass():
                raise KeyError("a secret subject")
            case Boot():
                self.tell("ear", Say(word="booted"))
        return None


@pytest.fixture
def deaths() -> Deaths:
    return Deaths()


@pytest.fixture
def switchboard() -> Switchboard:
    return Switchboard()


@pytest.fixture(autouse=True)
def ear(switchboard: Switchboard) -> Ear:
    ear = Ear()
    switchboard.connect("ear", ear)
    return ear


@pytest.fixture
def actor(switchboard: Switchboard, deaths: Deaths) -> Iterator[pykka.ActorRef[Obedient]]:
    ref = Obedient.start(ground("obedient", switchboard, ManualTime(), died=deaths))
    switchboard.connect("obedient", ref)
    yield ref
    ref.stop()


@pytest.mark.usefixtures("actor")
def test_boot_is_posted_by_the_start(ear: Ear) -> None:
    assert ear.wait_for(Say)[0].word == "booted"


@pytest.mark.usefixtures("actor")
async def test_await_leaves_the_loop_free(switchboard: Switchboard) -> None:
    until = threading.Event()
    waiting = asyncio.ensure_future(_awaited(switchboard.ask("obedient", Hold(until=until))))
    for _ in range(20):  # a blocked loop would never come here
        await asyncio.sleep(0)
    assert not waiting.done()
    until.set()
    assert await waiting == "held"


async def _awaited(future: BridgedFuture) -> object:
    return await future


@pytest.mark.usefixtures("actor")
async def test_many_awaits_get_their_own_answers(switchboard: Switchboard) -> None:
    words = [str(number) for number in range(200)]
    answers = await asyncio.gather(*(_awaited(switchboard.ask("obedient", Say(word=word))) for word in words))
    assert answers == words


@pytest.mark.usefixtures("actor")
async def test_an_answer_that_is_there_already_is_awaited(switchboard: Switchboard) -> None:
    future = switchboard.ask("obedient", Say(word="quick"))
    assert future.get(timeout=10) == "quick"
    assert await future == "quick"


async def test_nobody_there_is_an_error_at_once(switchboard: Switchboard) -> None:
    with pytest.raises(pykka.ActorDeadError):
        await switchboard.ask("nobody", Say(word="hello"))


@pytest.mark.parametrize("error", [ValueError("subject"), KeyboardInterrupt(), SystemExit(3), MemoryError()])
async def test_any_exception_ends_this_actor_alone(
    error: BaseException, actor: pykka.ActorRef[Obedient], switchboard: Switchboard, deaths: Deaths
) -> None:
    other = Obedient.start(ground("other", switchboard, ManualTime()))
    with pytest.raises(pykka.ActorDeadError):
        await switchboard.ask("obedient", Raise(error=error))
    assert deaths.wait_for(1)[0].name == "obedient"
    assert not actor.is_alive()
    assert other.ask(Say(word="alive")) == "alive"
    assert other.stop()


async def test_messages_after_a_death_are_not_handled(
    actor: pykka.ActorRef[Obedient], switchboard: Switchboard, deaths: Deaths
) -> None:
    until = threading.Event()
    actor.tell(Hold(until=until))
    actor.tell(Raise(error=ValueError()))
    late = switchboard.ask("obedient", Say(word="late"))
    until.set()
    with pytest.raises(pykka.ActorDeadError):
        await late
    deaths.wait_for(1)
    assert not switchboard.tell("obedient", Say(word="dead"))


def test_a_death_names_the_deposit_in_hand_and_no_foreign_word(
    actor: pykka.ActorRef[Obedient], deaths: Deaths, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    actor.tell(ClosePass(id=DepositId("d7"), origin=ORIGIN, highestmodseq=1, uidnext=1))
    death = deaths.wait_for(1)[0]
    assert death.in_hand == "d7"
    assert death.error.startswith("KeyError at tests/office/test_base.py:")
    assert "secret" not in caplog.text
    assert "Traceback" not in caplog.text


def test_a_death_without_a_deposit_accuses_nobody(actor: pykka.ActorRef[Obedient], deaths: Deaths) -> None:
    actor.tell(Raise(error=ValueError()))
    assert deaths.wait_for(1)[0].in_hand is None


def test_a_message_that_is_handled_is_let_go(actor: pykka.ActorRef[Obedient]) -> None:
    until, gone = threading.Event(), threading.Event()
    until.set()
    weakref.finalize(until, gone.set)
    assert actor.ask(Hold(until=until)) == "held"
    del until
    assert gone.wait(10), "though no other one has come"
