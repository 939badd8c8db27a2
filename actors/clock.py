"""Time for the actors: what the clock says and calling back later. Tests put their own in their place.

Must not be used by rules: there time comes in as an argument.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """`now` is seconds since 1970, `monotonic` only grows and is for delays."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class Later(Protocol):
    """Calls back after a while, on a thread of its own; the call must only post. Returns what cancels it."""

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class TimerThread:
    """`Later` by one thread for all; it sleeps until the next call is due."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="later", daemon=True)
        self._thread.start()

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call once in so many seconds."""
        with self._changed:
            number = next(self._number)
            heapq.heappush(self._due, (time.monotonic() + seconds, number, call))
            self._changed.notify()
        return lambda: self._cancel(number)

    def stop(self) -> None:
        """Call nothing any more."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _cancel(self, number: int) -> None:
        with self._changed:
            self._due = [entry for entry in self._due if entry[1] != number]
            heapq.heapify(self._due)

    def _run(self) -> None:
        while (call := self._next()) is not None:
            call()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._ended:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None
