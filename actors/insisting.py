"""What the desk must be told even if it is just being started anew: said again until it is kept.

For threads that may wait, never for actors. What is said must do no harm when it is said twice.
"""

import time
from collections.abc import Callable
from typing import Final

import pykka

from actors.switchboard import DESK, Switchboard
from store.model.record import Record

SECONDS: Final = 30.0
TRIES: Final = 10


def insist(switchboard: Switchboard, message: Record, *, pause: Callable[[float], object] = time.sleep) -> bool:
    """Whether it is kept. Blocks."""
    for tries in range(TRIES):
        if tries:
            pause(min(tries, 5))
        try:
            switchboard.ask(DESK, message).get(timeout=SECONDS)
        except (pykka.ActorDeadError, pykka.Timeout):
            continue
        return True
    return False
