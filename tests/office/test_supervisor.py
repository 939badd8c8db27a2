"""The supervisor starts, watches, starts anew with growing delay, and gives up aloud."""

import threading
from collections.abc import Iterator

import pykka
import pytest

from actors.base import Ground, PostroomActor
from actors.messages import AskActors, Boot, ClosePass, Dismiss, Engage, GaveUp, Origin, Restarted, Tick
from actors.supervisor import Patience, Start, Supervisor, start_supervisor
from actors.switchboard import DESK, SUPERVISOR, Switchboard
from store.model.ids import DepositId, FolderKey, MailboxKey
from store.model.views import ActorStatus
from tests.support.office import DEADLINE, Ear, ManualTime

ORIGIN = Origin(mailbox=MailboxKey(1), incarnation=1, folder=FolderKey(1), uidvalidity=1, pass_=1)
POISON = ClosePass(id=DepositId("poison"), origin=ORIGIN, highestmodseq=1, uidnext=1)
PATIENCE = Patience(deaths=4, forgotten_after=100, base=1.0, cap=10.0)


class Mortal(PostroomActor):
    """Dies of a deposit; tells the ear of its boots and ticks."""

    def receive(self, message: object) -> None:
        match message:
            case Boot() | Tick():
                self.tell("ear", message)
            case ClosePass():
                raise RuntimeError
            case _:
                pass


class Office:
    """A supervisor in a test's hands."""

    def __init__(self) -> None:
        self.time = ManualTime()
        self.switchboard = Switchboard()
        self.ear = Ear()
        self.ended: list[str] = []
        self.ending = threading.Event()
        self.switchboard.connect("ear", self.ear)
        self.supervisor: pykka.ActorRef[Supervisor] = start_supervisor(
            self.switchboard,
            clock=self.time,
            later=self.time,
            jitter=lambda: 1.0,
            end_office=self.end,
            patience=PATIENCE,
        )

    def end(self, name: str) -> None:
        self.ended.append(name)
        self.ending.set()

    def engage(self, name: str, *, vital: bool = False, start: Start = Mortal.start) -> None:
        self.supervisor.tell(Engage(name=name, start=start, vital=vital))
        self.standing()  # an answer means that what was told before is done

    def kill(self, name: str, *, wait: float) -> None:
        """Let an actor die, and let the delay that must follow pass, to a hair."""
        self.switchboard.tell(name, POISON)
        self.time.wait_armed(within=wait)
        self.time.advance(wait)

    def standing(self) -> dict[str, ActorStatus]:
        told: tuple[ActorStatus, ...] = self.supervisor.ask(AskActors(), block=True)
        return {status.name: status for status in told}

    def stop(self) -> None:
        for ref in pykka.ActorRegistry.get_all():
            ref.stop(block=True, timeout=DEADLINE)


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    office.time.wait_armed(within=1)  # its first tick
    office.time.forget()  # ticks are tested apart
    yield office
    office.stop()


def test_an_actor_comes_back_and_everybody_hears_of_it(office: Office) -> None:
    office.engage("mortal")
    office.ear.wait_for(Boot)
    office.kill("mortal", wait=1.0)
    restarted = office.ear.wait_for(Restarted)[0]
    assert (restarted.name, restarted.generation, restarted.guilty) == ("mortal", 2, "poison")
    office.ear.wait_for(Boot, count=2)
    status = office.standing()["mortal"]
    assert status.restarts == 1
    assert status.last_error is not None
    assert status.last_error.startswith("RuntimeError at ")


def test_the_delay_grows(office: Office) -> None:
    office.engage("mortal")
    for number, wait in enumerate((1.0, 2.0, 4.0), start=1):
        office.switchboard.tell("mortal", POISON)
        office.time.wait_armed(within=wait)
        office.time.advance(wait - 0.01)
        assert len(office.ear.of(Restarted)) == number - 1
        office.time.advance(0.01)
        office.ear.wait_for(Restarted, count=number)


def test_a_quiet_while_forgives(office: Office) -> None:
    office.engage("mortal")
    for number in range(1, 7):
        office.kill("mortal", wait=1.0)
        office.ear.wait_for(Restarted, count=number)
        office.time.advance(101)
    assert not office.ended


def test_after_many_deaths_it_is_given_up_aloud(office: Office) -> None:
    desk = Ear()
    office.switchboard.connect(DESK, desk)
    office.engage("mortal")
    for number, wait in enumerate((1.0, 2.0, 4.0), start=1):
        office.kill("mortal", wait=wait)
        office.ear.wait_for(Restarted, count=number)
    office.switchboard.tell("mortal", POISON)
    gave_up = desk.wait_for(GaveUp)[0]
    assert (gave_up.name, gave_up.code) == ("mortal", "RuntimeError")
    assert not office.switchboard.tell("mortal", POISON)
    assert not office.ended


def test_a_vital_one_given_up_ends_the_office(office: Office) -> None:
    office.engage("vital", vital=True)
    for number, wait in enumerate((1.0, 2.0, 4.0), start=1):
        office.kill("vital", wait=wait)
        office.ear.wait_for(Restarted, count=number)
    office.switchboard.tell("vital", POISON)
    assert office.ending.wait(DEADLINE)
    assert office.ended == ["vital"]


def test_an_actor_that_cannot_be_made_counts_as_dead(office: Office) -> None:
    made = []

    def start(ground: Ground) -> pykka.ActorRef[Mortal]:
        made.append(ground.generation)
        if len(made) == 1:
            raise OSError
        return Mortal.start(ground)

    office.engage("late", start=start)
    office.time.wait_armed(within=1.0)
    office.time.advance(1.0)
    office.ear.wait_for(Boot)
    assert made == [1, 2]


def test_the_supervisor_s_own_death_ends_the_office(office: Office) -> None:
    office.switchboard.tell(SUPERVISOR, POISON)  # not in its vocabulary: a bug
    assert office.ending.wait(DEADLINE)
    assert office.ended == [SUPERVISOR]


def test_a_dismissed_actor_is_not_started_again(office: Office) -> None:
    office.engage("mortal")
    office.ear.wait_for(Boot)
    office.supervisor.tell(Dismiss(name="mortal"))
    assert office.standing() == {}
    assert not office.switchboard.tell("mortal", POISON)


def test_engaging_twice_starts_once(office: Office) -> None:
    office.engage("mortal")
    office.engage("mortal")
    assert len(office.ear.wait_for(Boot)) == 1


def test_time_is_told_to_every_actor() -> None:
    office = Office()
    try:
        office.engage("one")
        office.engage("two")
        for number in range(1, 4):
            office.time.wait_armed(within=1)
            office.time.advance(1)
            office.ear.wait_for(Tick, count=2 * number)
        assert {tick.monotonic for tick in office.ear.of(Tick)} == {1.0, 2.0, 3.0}
    finally:
        office.stop()
