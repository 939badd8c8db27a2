"""Announcements gathered into calm: many in a row become one look, and looks keep a distance. Idle, no timer runs."""

from collections.abc import Awaitable, Callable, Coroutine

from store.model.ids import ThreadId
from store.model.views import Announcement


class Feed:
    """`look` is called with the kinds told since the last look and the threads they named, one look at a time; `start`
    runs it beside everything else."""

    def __init__(
        self,
        look: Callable[[frozenset[str], frozenset[ThreadId]], Awaitable[None]],
        *,
        start: Callable[[Callable[[], Coroutine[None, None, None]]], object],
        gap: float,
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._look, self._start, self._gap, self._pause = look, start, gap, pause
        self._kinds: set[str] = set()
        self._threads: set[ThreadId] = set()
        self._running = False

    def told(self, announcement: Announcement) -> None:
        """Something changed."""
        if announcement.thread is not None:
            self._threads.add(announcement.thread)
        self.note(announcement.kind)

    def note(self, kind: str) -> None:
        """As if something of that kind had been announced."""
        self._kinds.add(kind)
        if not self._running:
            self._running = True
            self._start(self._run)

    async def _run(self) -> None:
        try:
            while self._kinds:
                kinds, threads = frozenset(self._kinds), frozenset(self._threads)
                self._kinds.clear()
                self._threads.clear()
                await self._look(kinds, threads)
                await self._pause(self._gap)
        finally:
            self._running = False
