"""How long to wait before trying again.

Invariant: the delay grows twofold with each attempt up to its cap, never falls below half of that, and two that fail
together do not come back together (`jitter` is chance from 0 up to 1).
"""

from typing import Final

FAILED_UID_BASE: Final = 60.0
FAILED_UID_CAP: Final = 24 * 3600.0
RESTART_BASE: Final = 0.1
RESTART_CAP: Final = 30.0
RECONNECT_BASE: Final = 1.0
RECONNECT_CAP: Final = 60.0  # new mail is seen within a minute of the server's return
_DOUBLINGS: Final = 60  # more would leave the range of a float


def delay(attempt: int, *, base: float, cap: float, jitter: float) -> float:
    """Seconds to wait after the failed `attempt`, counted from 1."""
    full = min(cap, base * 2.0 ** min(max(attempt, 1) - 1, _DOUBLINGS))
    return full * (0.5 + 0.5 * jitter)


def retry_at(attempt: int, *, now: int, jitter: float) -> int:
    """When a failed UID is to be tried again."""
    return now + int(delay(attempt, base=FAILED_UID_BASE, cap=FAILED_UID_CAP, jitter=jitter))
