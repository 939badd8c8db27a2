"""How long an office that was started at one's side lives: while somebody is attached or something is unfinished, then
a while longer. One in the foreground stays until it is stopped.

Only decides; office.py acts.
"""

import threading
from collections.abc import Callable

from actors.clock import Clock

LINGER_SECONDS = 60.0


class Stay:
    """Counts visitors. `unfinished` names what keeps the office; it is asked only while nobody is attached."""

    def __init__(self, *, linger: float | None, clock: Clock, unfinished: Callable[[], tuple[str, ...]]) -> None:
        self._linger = linger
        self._clock = clock
        self._unfinished = unfinished
        self._lock = threading.Lock()
        self._visitors = 0
        self._idle_since = clock.monotonic()

    def came(self) -> None:
        """A screen, command or stream attached."""
        with self._lock:
            self._visitors += 1

    def went(self) -> None:
        """One left."""
        with self._lock:
            self._visitors -= 1
            self._idle_since = self._clock.monotonic()

    @property
    def visited(self) -> bool:
        """Whether somebody is attached now."""
        with self._lock:
            return self._visitors > 0

    def is_over(self) -> bool:
        """Whether the office may go: nobody came and nothing was unfinished for the whole while."""
        if self._linger is None or self.visited:
            return False
        now = self._clock.monotonic()
        if self._unfinished():
            self._idle_since = now
            return False
        return now - self._idle_since >= self._linger
