"""The classifier between workers and desk: everything it is given is handed over once, whoever dies."""

from collections.abc import Callable, Iterator, Sequence

import pykka
import pytest

from actors.classifier import CHUNK, CHUNK_BYTES, FIRST_CHUNK, ClassifierActor, chunked
from actors.messages import BatchParsed, Classify, Deposit, Origin, RawCopy
from actors.switchboard import CLASSIFIER, DESK, Switchboard
from store.model.address import Person
from store.model.copy import Copy, Headers, Unreadable
from store.model.evidence import Role
from store.model.ids import DepositId, FolderKey, MailboxKey
from store.model.work import Item, Parsed
from tests.support.office import Deaths, Ear, ManualTime, ground

ORIGIN = Origin(mailbox=MailboxKey(1), incarnation=1, folder=FolderKey(2), uidvalidity=3, pass_=4)


class Readers:
    """Workers in a test's hands: they answer when told."""

    def __init__(self) -> None:
        self.jobs: list[tuple[list[Item], Callable[[Parsed], None]]] = []

    def submit(self, items: Sequence[Item], on_done: Callable[[Parsed], None]) -> None:
        self.jobs.append((list(items), on_done))

    def answer(self, number: int, *, unreadable: Sequence[int] = ()) -> None:
        items, on_done = self.jobs[number]
        on_done(
            Parsed(
                id=0,
                copies=tuple(read(item.uid) for item in items if item.uid not in unreadable),
                unreadable=tuple(Unreadable(uid=uid, reason="worker_died") for uid in unreadable),
            )
        )


def read(uid: int) -> Copy:
    return Copy(
        uid=uid,
        headers=Headers(from_=(Person(address="ada@byron.example"),)),
        header_block=b"",
        identity=b"i" * 16,
        content_hash=b"c" * 16,
    )


def raw(uid: int, size: int = 10) -> RawCopy:
    return RawCopy(uid=uid, raw=bytes(size), whole=True, flags=("\\Seen",), internaldate=uid, size=size)


def asked(name: str, uids: range, *, alone: bool = False) -> Classify:
    return Classify(
        id=DepositId(name),
        origin=ORIGIN,
        copies=tuple(map(raw, uids)),
        authserv_id="mx.firm.example",
        handing="90:99",
        alone=alone,
    )


class Bench:
    """A classifier with everything around it scripted."""

    def __init__(self) -> None:
        self.switchboard = Switchboard()
        self.desk = Ear()
        self.deaths = Deaths()
        self.readers = Readers()
        self.switchboard.connect(DESK, self.desk)
        self.start()

    def start(self) -> None:
        stand = ground(CLASSIFIER, self.switchboard, ManualTime(), died=self.deaths)
        self.ref: pykka.ActorRef[ClassifierActor] = ClassifierActor.start(stand, workers=self.readers)
        self.switchboard.connect(CLASSIFIER, self.ref)

    def tell(self, message: Classify | BatchParsed) -> None:
        self.ref.tell(message)
        self.settle()

    def settle(self) -> None:
        """Everything told so far has been handled."""
        self.ref.proxy().name.get()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.ref.stop()


def test_a_batch_becomes_one_deposit_with_its_evidence(bench: Bench) -> None:
    bench.tell(asked("d1", range(1, 4), alone=True))
    bench.readers.answer(0, unreadable=[2])
    (deposit,) = bench.desk.wait_for(Deposit)
    assert (deposit.id, deposit.origin, deposit.handing, deposit.alone) == ("d1", ORIGIN, "90:99", True)
    assert [seen.copy.uid for seen in deposit.copies] == [1, 2, 3]
    assert [(seen.flags, seen.internaldate) for seen in deposit.copies] == [(("\\Seen",), uid) for uid in (1, 2, 3)]
    assert deposit.copies[1].copy == Unreadable(uid=2, reason="worker_died")
    assert deposit.copies[1].evidence is None
    assert deposit.copies[0].evidence is not None
    assert deposit.copies[0].evidence.addresses == ((Role.FROM, "ada@byron.example"),)


def test_chunks_may_come_back_in_any_order(bench: Bench) -> None:
    bench.tell(asked("d1", range(1, 301)))
    assert [len(items) for items, _done in bench.readers.jobs] == [50, 125, 125]
    for number in (2, 0):
        bench.readers.answer(number)
        bench.settle()
        assert bench.desk.of(Deposit) == []
    bench.readers.answer(1)
    (deposit,) = bench.desk.wait_for(Deposit)
    assert [seen.copy.uid for seen in deposit.copies] == list(range(1, 301))


def test_a_repeat_while_it_is_read_is_read_once(bench: Bench) -> None:
    bench.tell(asked("d1", range(1, 4)))
    bench.tell(asked("d1", range(1, 4)))
    assert len(bench.readers.jobs) == 1
    bench.readers.answer(0)
    bench.desk.wait_for(Deposit)
    bench.tell(asked("d1", range(1, 4)))  # the answer was lost
    bench.readers.answer(1)
    assert len(bench.desk.wait_for(Deposit, count=2)) == 2


def test_an_empty_batch_still_says_what_it_carries(bench: Bench) -> None:
    bench.tell(asked("d1", range(0)))
    assert bench.desk.wait_for(Deposit)[0].handing == "90:99"
    assert bench.readers.jobs == []


def test_answers_to_the_one_before_are_not_believed(bench: Bench) -> None:
    bench.tell(asked("d1", range(1, 4)))
    bench.ref.stop()
    bench.start()
    bench.readers.answer(0)
    bench.settle()
    assert bench.desk.of(Deposit) == []
    bench.tell(asked("d1", range(1, 4)))
    bench.readers.answer(1)
    assert len(bench.desk.wait_for(Deposit)) == 1


def test_a_death_while_giving_evidence_names_that_deposit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def poisoned(*_given: object, **_named: object) -> None:
        raise ValueError

    bench.tell(asked("good", range(1, 2)))
    bench.tell(asked("poison", range(2, 3)))
    monkeypatch.setattr("actors.classifier.evidence", poisoned)
    bench.readers.answer(1)
    assert bench.deaths.wait_for(1)[0].in_hand == "poison"


def test_chunks_are_bounded_in_number_and_bytes() -> None:
    copies = [raw(uid, 1 << 20) for uid in range(1, 200)] + [raw(1000, CHUNK_BYTES + 1), raw(1001)]
    chunks = chunked(copies)
    assert [copy for chunk in chunks for copy in chunk] == copies
    for number, chunk in enumerate(chunks):
        assert 0 < len(chunk) <= (FIRST_CHUNK if number == 0 else CHUNK)
        assert len(chunk) == 1 or sum(len(copy.raw) for copy in chunk) <= CHUNK_BYTES
