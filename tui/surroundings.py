"""What the screens get from outside, so that a test can give them others: time, chance, pauses, colours."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from store.model.record import Record
from tui import theme
from tui.outside import Outside
from tui.unfinished import Unfinished

Sleep = Callable[[float], Awaitable[None]]


class Pace(Record, frozen=True, kw_only=True):
    """Pauses in seconds: before a search and a look in passing, between looks at what was announced, before keeping."""

    typing: float = 0.15
    passing: float = 0.08
    news: float = 0.4
    keeping: float = 1.5  # after a key, before a draft is kept


class KeepRunning(Protocol):
    """The office as a service of the person's own, so that mail is fetched while no screen is open."""

    def wanted(self) -> bool:
        """Whether it can be offered: there are services here, and none runs this office."""
        ...

    def install(self) -> str:
        """Do it; what is returned says what is so now. Raises DeskError."""
        ...


class Surroundings(Record, frozen=True, kw_only=True):
    """See the module. `retry` is the sleep between attempts to reach the office, `sleep` all others."""

    clock: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    sleep: Sleep = asyncio.sleep
    retry: Sleep = asyncio.sleep
    pace: Pace = msgspec.field(default_factory=Pace)
    theme: str = theme.DARK
    plain: bool = False  # letters for signs, one pane at a time, no boxes
    outside: Outside = msgspec.field(default_factory=Outside)
    editor: Callable[[str], str] | None = None  # a text through the person's own editor; raises editor.NoEditor
    demo: Callable[[], object] | None = None  # the demo firm, in this terminal
    keep_running: KeepRunning | None = None
    unfinished: Unfinished = msgspec.field(default_factory=Unfinished)  # what was entered to sync, and left half-way
