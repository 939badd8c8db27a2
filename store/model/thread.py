"""What a thread is to the firm ([T2b])."""

from enum import StrEnum

from store.model.evidence import Kind
from store.model.ids import EmailKey
from store.model.record import Record


class ThreadState(StrEnum):
    """Exactly one for each thread and reader."""

    TO_ANSWER = "to_answer"
    WAITING = "waiting"
    DONE = "done"
    QUIET = "quiet"


class StateEmail(Record, frozen=True, kw_only=True):
    """One email as far as a thread's state depends on it. `at` is its sightings' earliest INTERNALDATE, then Date."""

    email: EmailKey
    at: int
    kind: Kind
    from_member: bool  # From is a member's own address
    outside: bool  # somebody outside the firm stands in From, To or Cc
    sender: str  # From address


class DoneMark(Record, frozen=True, kw_only=True):
    """A person said *done* having seen `email` as the newest; undone marks are not kept."""

    email: EmailKey
    at: int
    by: int


class SnoozeMark(Record, frozen=True, kw_only=True):
    """A member wants the thread out of sight until a moment, having seen `email` as the newest."""

    email: EmailKey
    at: int
    until: int
