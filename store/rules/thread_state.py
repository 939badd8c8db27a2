"""What a thread is to the firm, for one reader: computed from the emails that they may see ([T2b]).

Invariant: exactly one state; only personal mail with somebody outside counts; the newest is the newest by `at`, then
by key. Pass only emails and marks that the reader may see.
"""

from collections.abc import Iterable

from store.model.evidence import Kind
from store.model.ids import EmailKey
from store.model.thread import DoneMark, StateEmail, ThreadState


def state(emails: Iterable[StateEmail], done: DoneMark | None) -> ThreadState:
    """`done` is the mark on the newest email that has one."""
    known = tuple(emails)
    newest = newest_counting(known)
    if done is not None and (newest is None or _place(newest) <= _done_place(known, done)):
        return ThreadState.DONE
    if newest is None:
        return ThreadState.QUIET
    return ThreadState.WAITING if newest.from_member else ThreadState.TO_ANSWER


def answered_by(emails: Iterable[StateEmail]) -> StateEmail | None:
    """The member's mail that answers the thread; None if somebody outside spoke last, or nobody did."""
    newest = newest_counting(emails)
    return newest if newest is not None and newest.from_member else None


def newest_counting(emails: Iterable[StateEmail]) -> StateEmail | None:
    """The email that decides."""
    return max((email for email in emails if counts(email)), key=_place, default=None)


def counts(email: StateEmail) -> bool:
    """Bulk, automatic, bounces and calendar answers don't; nor does mail to oneself or among members."""
    return email.kind is Kind.PERSONAL and (email.outside or not email.from_member)


def _place(email: StateEmail) -> tuple[int, EmailKey]:
    return (email.at, email.email)


def _done_place(emails: tuple[StateEmail, ...], done: DoneMark) -> tuple[int, EmailKey]:
    """The place of the email that the mark's maker saw as the newest; if it is hidden or gone, that of the act."""
    return next((_place(email) for email in emails if email.email == done.email), (done.at, done.email))
