"""What the desk must be told even if it is just being started anew: said again until it is kept.

For threads that may wait, never for actors. What is said must do no harm when it is said twice.
"""

import threading
from typing import Final

import pykka

from actors.switchboard import DESK, Switchboard
from store.model.record import Record

SECONDS: Final = 30.0
TRIES: Final = 10


def insist(switchboard: Switchboard, message: Record) -> bool:
    """Whether it is kept. Blocks."""
    for tries in range(TRIES):
        if tries:
            threading.Event().wait(min(tries, 5))
        try:
            switchboard.ask(DESK, message).get(timeout=SECONDS)
        except (pykka.ActorDeadError, pykka.Timeout):
            continue
        return True
    return False
