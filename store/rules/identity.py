"""When an email is from, and the key that follows from it (docs/architecture.md, "Emails in order").

Invariant: keys grow with time, one to an email, given once; no time lies before 1970 or after both the clock and the
newest key, so that a forged date cannot push a mail to the top for ever.
"""

from collections.abc import Callable
from typing import Final

from store.model.ids import SEQUENCE_BITS, EmailKey, email_key

TWO_DAYS: Final = 2 * 24 * 3600
LAST_SEQUENCE: Final = (1 << SEQUENCE_BITS) - 1


def email_seconds(*, internaldate: int, date: int | None, backfill: bool, clock: int, newest: int) -> int:
    """The time of a mail that a server holds. In a backfill its Date counts where INTERNALDATE is more than two days
    later: a migrated mailbox has one INTERNALDATE for everything.
    """
    migrated = backfill and date is not None and internaldate - date > TWO_DAYS
    return clamped(date if migrated and date is not None else internaldate, clock=clock, newest=newest)


def local_seconds(*, date: int | None, line: int | None, clock: int, newest: int) -> int:
    """The time of an imported mail: its Date, else that of its mbox line or file, else now."""
    known = date if date is not None else line
    return clamped(clock if known is None else known, clock=clock, newest=newest)


def clamped(seconds: int, *, clock: int, newest: int) -> int:
    """Within 1970 and the later of the clock and the newest key's time."""
    return max(0, min(seconds, max(clock, newest)))


def next_key(*, seconds: int, last_taken: Callable[[int], int | None]) -> EmailKey:
    """The first free key from that second on. `last_taken` gives a second's highest sequence, None if it has none."""
    while True:
        taken = last_taken(seconds)
        if taken is None or taken < LAST_SEQUENCE:
            return email_key(seconds=seconds, sequence=0 if taken is None else taken + 1)
        seconds += 1
