"""When a thread is out of its reader's sight ([T2a], [T2b]): until a moment, or until somebody outside writes.

Invariant: mail of members, bulk and automatic mail wake nothing; older mail that comes late wakes nothing. Pass only
emails that the reader sees, and their own mark.
"""

from collections.abc import Iterable
from typing import Final

from store.model.ids import EmailKey
from store.model.thread import SnoozeMark, StateEmail
from store.rules.thread_state import counts

LONGEST_SECONDS: Final = 10 * 366 * 24 * 3600


def may_wait(until: int, *, now: int) -> bool:
    """Whether a thread may be snoozed until then."""
    return now < until <= now + LONGEST_SECONDS


def snoozed_until(emails: Iterable[StateEmail], mark: SnoozeMark | None, *, now: int) -> int | None:
    """Until when, as it is now; `mark` is that of the newest email that has one. None: it is in sight."""
    if mark is None or mark.until <= now:
        return None
    known = tuple(emails)
    seen = _marked_place(known, mark)
    return None if any(_wakes(email) and _place(email) > seen for email in known) else mark.until


def _wakes(email: StateEmail) -> bool:
    return counts(email) and not email.from_member


def _place(email: StateEmail) -> tuple[int, EmailKey]:
    return (email.at, email.email)


def _marked_place(emails: tuple[StateEmail, ...], mark: SnoozeMark) -> tuple[int, EmailKey]:
    """The place of the email that was the newest to its maker; if it is hidden or gone, that of the act."""
    return next((_place(email) for email in emails if email.email == mark.email), (mark.at, mark.email))
