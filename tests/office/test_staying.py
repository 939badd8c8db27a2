"""How long an office at one's side lives."""

import pytest

from actors.staying import Stay
from tests.support.office import ManualTime


class Work:
    """What is unfinished."""

    def __init__(self) -> None:
        self.left: tuple[str, ...] = ()

    def __call__(self) -> tuple[str, ...]:
        return self.left


@pytest.fixture
def time() -> ManualTime:
    return ManualTime()


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def stay(time: ManualTime, work: Work) -> Stay:
    return Stay(linger=60, clock=time, unfinished=work)


def test_it_goes_a_while_after_its_start_when_nobody_comes(stay: Stay, time: ManualTime) -> None:
    time.advance(59)
    assert not stay.is_over()
    time.advance(1)
    assert stay.is_over()


def test_it_stays_while_somebody_is_there_and_a_while_longer(stay: Stay, time: ManualTime) -> None:
    stay.came()
    stay.came()
    time.advance(1000)
    assert not stay.is_over()
    stay.went()
    time.advance(1000)
    assert not stay.is_over()
    stay.went()
    time.advance(59)
    assert not stay.is_over()
    time.advance(1)
    assert stay.is_over()


def test_unfinished_work_keeps_it(stay: Stay, time: ManualTime, work: Work) -> None:
    work.left = ("first_sync",)
    for _ in range(100):
        time.advance(30)
        assert not stay.is_over()
    work.left = ()
    time.advance(59)
    assert not stay.is_over()
    time.advance(1)
    assert stay.is_over()


def test_one_in_the_foreground_stays(time: ManualTime, work: Work) -> None:
    stay = Stay(linger=None, clock=time, unfinished=work)
    time.advance(10**9)
    assert not stay.is_over()
