"""What the screens get from outside, so that a test can give them others: time, chance, pauses, colours."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tui import theme

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Pauses in seconds: before a search and before a look in passing, and between looks at what was announced."""

    typing: float = 0.15
    passing: float = 0.08
    news: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """See the module. `retry` is the sleep between attempts to reach the office, `sleep` all others."""

    clock: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    sleep: Sleep = asyncio.sleep
    retry: Sleep = asyncio.sleep
    pace: Pace = field(default_factory=Pace)
    theme: str = theme.DARK
