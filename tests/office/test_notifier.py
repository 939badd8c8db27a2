"""The notifier tells what the desk gives it, asks again for what may be lost, and is told the truth by nobody twice."""

from collections.abc import Iterator

import pykka
import pytest

from actors.messages import AskErrands, EmailsFiled, ErrandDone, ErrandOpen, Restarted, Tick
from actors.notifier import REPEAT_SECONDS, NotifierActor
from actors.switchboard import CLASSIFIER, DESK, NOTIFIER, Switchboard
from store.model.ids import ClientKey, EmailKey, MemberKey, ThreadKey
from tests.support.office import Ear, ManualTime, ground

OLGA, ED, WALLED = MemberKey(1), MemberKey(2), MemberKey(3)


def errand(number: int, *, kind: str = "personal") -> ErrandOpen:
    return ErrandOpen(
        errand=number,
        kind="notify",
        email=EmailKey(10 + number),
        client=ClientKey(5),
        thread=ThreadKey(6),
        mail_kind=kind,
        from_member=None,
        to=(ED,),
        cc=(),
        followers=(ED, WALLED),
        walled=(WALLED,),
        owner=OLGA,
    )


class Bench:
    """A notifier and a scripted desk."""

    def __init__(self) -> None:
        self.time = ManualTime()
        self.desk = Ear()
        self.switchboard = Switchboard()
        self.switchboard.connect(DESK, self.desk)
        self.ref: pykka.ActorRef[NotifierActor] = NotifierActor.start(ground(NOTIFIER, self.switchboard, self.time))

    def tick(self, seconds: float) -> None:
        self.time.advance(seconds)
        self.ref.tell(Tick(now=self.time.now(), monotonic=self.time.monotonic()))
        self.ref.proxy().name.get()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    bench.desk.wait_for(AskErrands)
    yield bench
    bench.ref.stop()


def test_each_errand_is_closed_with_whom_it_tells(bench: Bench) -> None:
    bench.ref.tell(EmailsFiled(errands=(errand(1), errand(2, kind="bulk"))))
    first, second = bench.desk.wait_for(ErrandDone, count=2)
    assert (first.errand, first.tell) == (1, ((ED, "client_wrote"),))
    assert (second.errand, second.tell) == (2, ())


def test_a_new_desk_is_asked_for_what_is_open(bench: Bench) -> None:
    bench.ref.tell(Restarted(name=CLASSIFIER, generation=2))
    bench.ref.tell(Restarted(name=DESK, generation=2))
    assert len(bench.desk.wait_for(AskErrands, count=2)) == 2


def test_an_unanswered_question_is_repeated(bench: Bench) -> None:
    bench.tick(REPEAT_SECONDS - 1)
    assert len(bench.desk.of(AskErrands)) == 1
    bench.tick(1)
    bench.desk.wait_for(AskErrands, count=2)
    bench.ref.tell(EmailsFiled(errands=()))
    bench.tick(REPEAT_SECONDS * 2)
    assert len(bench.desk.of(AskErrands)) == 2
