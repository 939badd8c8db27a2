"""An office's parts for tests: time that a test advances, and an ear that keeps what it is told.

Nothing here sleeps: `Ear.wait_for` returns when the message is there, and fails when its deadline is over.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from actors.base import Death, Ground
from actors.clock import Clock
from actors.switchboard import Switchboard
from store.model.record import Record

Message = TypeVar("Message", bound=Record)
DEADLINE = 20.0


class ManualTime:
    """Clock and Later in one: time stands still until the test advances it."""

    def __init__(self, now: float = 1_764_000_000.0) -> None:
        self._now = now
        self._passed = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._changed = threading.Condition()

    def now(self) -> float:
        return self._now + self._passed

    def monotonic(self) -> float:
        return self._passed

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call when the test has advanced so far."""
        with self._changed:
            number = next(self._number)
            heapq.heappush(self._due, (self._passed + seconds, number, call))
            self._changed.notify_all()
        return lambda: self._cancel(number)

    def _cancel(self, number: int) -> None:
        with self._changed:
            self._due = [entry for entry in self._due if entry[1] != number]
            heapq.heapify(self._due)

    def forget(self) -> None:
        """Nothing is due any more."""
        with self._changed:
            self._due.clear()

    def wait_armed(self, count: int = 1, *, within: float) -> None:
        """Return when so many calls are due within so many seconds of manual time."""

        def armed() -> bool:
            return sum(1 for due, _number, _call in self._due if due <= self._passed + within) >= count

        with self._changed:
            assert self._changed.wait_for(armed, DEADLINE), "no timer was set"

    def advance(self, seconds: float) -> None:
        """Let time pass, and call what is due on this thread."""
        with self._changed:
            target = self._passed + seconds
        while True:
            with self._changed:
                if not self._due or self._due[0][0] > target:
                    self._passed = target
                    return
                due, _number, call = heapq.heappop(self._due)
                self._passed = max(self._passed, due)
            call()


class Ear:
    """Stands on a switchboard in somebody's place and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self._changed = threading.Condition()

    def tell(self, message: Record) -> None:
        with self._changed:
            self.told.append(message)
            self._changed.notify_all()

    def of(self, kind: type[Message]) -> list[Message]:
        """The messages of one kind, so far."""
        with self._changed:
            return [message for message in self.told if isinstance(message, kind)]

    def wait_for(
        self, kind: type[Message], *, count: int = 1, such: Callable[[Message], bool] = lambda _message: True
    ) -> list[Message]:
        """The messages of a kind, as soon as there are so many such."""

        def found() -> list[Message]:
            return [message for message in self.told if isinstance(message, kind) and such(message)]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, DEADLINE), (
                f"{len(found())} of {count} {kind.__name__} came; told: {[type(m).__name__ for m in self.told]}"
            )
            return found()


class Deaths:
    """Keeps the deaths that actors report."""

    def __init__(self) -> None:
        self.all: list[Death] = []
        self._changed = threading.Condition()

    def __call__(self, death: Death) -> None:
        with self._changed:
            self.all.append(death)
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[Death]:
        """The deaths, as soon as there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.all) >= count, DEADLINE), f"{len(self.all)} deaths"
            return list(self.all)


def ground(
    name: str,
    switchboard: Switchboard,
    clock: Clock,
    *,
    died: Callable[[Death], None] = lambda _death: None,
    generation: int = 1,
) -> Ground:
    """What an actor stands on."""
    return Ground(name=name, generation=generation, switchboard=switchboard, clock=clock, died=died)


def wait_until(true: Callable[[], bool], *, seconds: float = DEADLINE) -> None:
    """For what gives no event (another process): look often, fail after the deadline."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        pause.wait(0.01)
