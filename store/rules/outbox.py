"""What becomes of mail on its way out, after each act of a person, of the office and of the server.

    DRAFT ──send──► HELD, SCHEDULED ──due──► QUEUED ──take──► SENDING ──► SENT
      │                                       ▲ ▲ ▲              │
      └──────────────send_now─────────────────┘ │ │              ├──► QUEUED   (some wait, or the server is away)
                                                │ └──retry───────├──► FAILED, PAUSED (sign in first)
                                                └────say_again───└──► UNCERTAIN ──say_sent, seen──► SENT

CANCELLED is reached from what is not being sent; CANCELLED, FAILED and PAUSED lead back to DRAFT while nobody got it.
An attempt that died before `begin` is queued again; after it, it is UNCERTAIN: never sent again by guess.

Invariants: a recipient who accepted is never written to again; where somebody accepted, the end is SENT and never
FAILED or CANCELLED; out of UNCERTAIN leads only what is known, or a person.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from store.model.outbox import OutboxState, RecipientState
from store.model.record import Record
from store.rules.backoff import delay

RETRY_BASE: Final = 60.0
RETRY_CAP: Final = 4 * 3600.0
MAX_TRIES: Final = 19  # 1, 2, 4 … minutes, then every 4 hours: two days of trying
GAVE_UP: Final = "gave_up"
CANCELLED: Final = "cancelled"


class Act(StrEnum):
    """What can happen to it."""

    EDIT = "edit"
    SEND = "send"  # held so many seconds
    SEND_NOW = "send_now"
    SCHEDULE = "schedule"
    TAKE_BACK = "take_back"  # undo, while held
    CANCEL = "cancel"
    RETRY = "retry"
    SAY_SENT = "say_sent"
    SAY_AGAIN = "say_again"
    DISCARD = "discard"  # it goes; `after` says where it is when it goes
    DUE = "due"  # its time has come
    FORBID = "forbid"  # its time has come, and its member may no longer
    STOP = "stop"  # its mailbox is synced no longer
    TAKE = "take"  # a sender begins an attempt
    BEGIN = "begin"  # DATA may begin
    SEEN = "seen"  # something proves that it went out


_S = OutboxState
_WAYS: Final[dict[Act, dict[OutboxState, OutboxState]]] = {
    Act.EDIT: dict.fromkeys((_S.DRAFT, _S.HELD, _S.SCHEDULED, _S.CANCELLED, _S.FAILED, _S.PAUSED), _S.DRAFT),
    Act.SEND: {_S.DRAFT: _S.HELD},
    Act.SEND_NOW: {_S.DRAFT: _S.QUEUED},
    Act.SCHEDULE: {_S.DRAFT: _S.SCHEDULED},
    Act.TAKE_BACK: dict.fromkeys((_S.HELD, _S.SCHEDULED), _S.DRAFT),
    Act.CANCEL: dict.fromkeys((_S.HELD, _S.SCHEDULED, _S.QUEUED, _S.FAILED, _S.PAUSED), _S.CANCELLED),
    Act.RETRY: dict.fromkeys((_S.FAILED, _S.PAUSED, _S.SENT), _S.QUEUED),
    Act.SAY_SENT: {_S.UNCERTAIN: _S.SENT},
    Act.SAY_AGAIN: {_S.UNCERTAIN: _S.QUEUED},
    Act.DISCARD: {state: state for state in (_S.DRAFT, _S.CANCELLED, _S.FAILED)},
    Act.DUE: dict.fromkeys((_S.HELD, _S.SCHEDULED), _S.QUEUED),
    Act.FORBID: dict.fromkeys((_S.HELD, _S.SCHEDULED, _S.QUEUED), _S.FAILED),
    Act.STOP: dict.fromkeys((_S.HELD, _S.SCHEDULED, _S.QUEUED), _S.PAUSED),
    Act.TAKE: {_S.QUEUED: _S.SENDING},
    Act.BEGIN: {_S.SENDING: _S.SENDING},
    Act.SEEN: {_S.UNCERTAIN: _S.SENT},
}
_NOBODY_GOT_IT: Final = frozenset((Act.EDIT, Act.DISCARD, Act.TAKE_BACK))
_RECIPIENTS: Final[dict[Act, dict[RecipientState, RecipientState]]] = {
    Act.EDIT: dict.fromkeys(RecipientState, RecipientState.WAITING),
    Act.RETRY: {RecipientState.REFUSED: RecipientState.WAITING},
    Act.SAY_SENT: {RecipientState.UNCERTAIN: RecipientState.ACCEPTED},
    Act.SEEN: {RecipientState.UNCERTAIN: RecipientState.ACCEPTED},
    Act.SAY_AGAIN: {RecipientState.UNCERTAIN: RecipientState.WAITING},
    Act.CANCEL: {RecipientState.WAITING: RecipientState.REFUSED},
    Act.FORBID: {RecipientState.WAITING: RecipientState.REFUSED},
}


def after(state: OutboxState, act: Act, recipients: Sequence[RecipientState] = ()) -> OutboxState | None:
    """The state after an act; None: it cannot be done now. `recipients` are as they stand before it."""
    to = _WAYS[act].get(state)
    if to is None:
        return None
    if is_out(recipients) and act in _NOBODY_GOT_IT:
        return None
    if act is Act.RETRY and state is _S.SENT and RecipientState.REFUSED not in recipients:
        return None
    if to in (_S.CANCELLED, _S.FAILED) and is_out(recipients):
        return _S.SENT
    return to


def too_late(state: OutboxState, recipients: Sequence[RecipientState]) -> str:
    """The code of why sending is not undone any more, where `after` says that it is not."""
    if state is _S.SENT or is_out(recipients):
        return "sent_already"
    return "undo_changed" if state in (_S.DRAFT, _S.CANCELLED) else "undo_late"


def recipients_after(act: Act, recipients: Sequence[RecipientState]) -> tuple[RecipientState, ...]:
    """How the recipients stand after an act that `after` allows."""
    if act in (Act.CANCEL, Act.FORBID) and not is_out(recipients):
        return tuple(recipients)
    ways = _RECIPIENTS.get(act, {})
    return tuple(ways.get(one, one) for one in recipients)


def is_out(recipients: Iterable[RecipientState]) -> bool:
    """Whether somebody got it: from then on it is an email, and a copy of it belongs into Sent."""
    return RecipientState.ACCEPTED in recipients


class Heard(Record, frozen=True, kw_only=True):
    """What the server said of one recipient: accepted, deferred or refused, and why."""

    answer: str
    code: str | None = None


class Judged(Record, frozen=True, kw_only=True):
    """What an attempt leads to. `again`: those who wait are tried again after a delay. `codes` are the recipients'."""

    state: OutboxState
    recipients: tuple[RecipientState, ...]
    codes: tuple[str | None, ...]
    error: str | None = None
    again: bool = False


def answered(recipients: Sequence[RecipientState], heard: Sequence[Heard], *, tries: int) -> Judged:
    """The server answered: `heard` is for those who waited, in their order."""
    said = iter(heard)
    states: list[RecipientState] = []
    codes: list[str | None] = []
    for one in recipients:
        told = next(said, None) if one is RecipientState.WAITING else None
        state, code = (one, None) if told is None else _heard(told, tries=tries)
        states.append(state)
        codes.append(code)
    waits = RecipientState.WAITING in states
    end = _S.QUEUED if waits else _S.SENT if is_out(states) else _S.FAILED
    return Judged(
        state=end,
        recipients=tuple(states),
        codes=tuple(codes),
        error=next((code for code in codes if code is not None), None),
        again=waits,
    )


def _heard(told: Heard, *, tries: int) -> tuple[RecipientState, str | None]:
    match told.answer:
        case "accepted":
            return RecipientState.ACCEPTED, None
        case "deferred" if tries < MAX_TRIES:
            return RecipientState.WAITING, told.code or "later"
        case "deferred":
            return RecipientState.REFUSED, GAVE_UP
        case _:
            return RecipientState.REFUSED, told.code or "no"


def stumbled(recipients: Sequence[RecipientState], *, remedy: str, code: str, tries: int) -> Judged:
    """The attempt ended before an answer, by its remedy (providers/errors.py). Only `ask` means that it may be out."""
    if remedy == "ask":
        return _all_waiting(recipients, RecipientState.UNCERTAIN, state=_S.UNCERTAIN, code=code)
    if remedy == "sign_in":
        return _all_waiting(recipients, RecipientState.WAITING, state=_S.PAUSED, code=code)
    if remedy in ("later", "reconnect", "none") and tries < MAX_TRIES:
        judged = _all_waiting(recipients, RecipientState.WAITING, state=_S.QUEUED, code=code)
        return Judged(
            state=judged.state, recipients=judged.recipients, codes=judged.codes, error=judged.error, again=True
        )
    end = _S.SENT if is_out(recipients) else _S.FAILED
    return _all_waiting(recipients, RecipientState.REFUSED, state=end, code=code)


def died(recipients: Sequence[RecipientState], *, begun: bool, tries: int) -> Judged:
    """The attempt's sender is no more, and how far it came is not known: not past `begin`, if that was not allowed."""
    if begun:
        return stumbled(recipients, remedy="ask", code="interrupted", tries=tries)
    return stumbled(recipients, remedy="later", code="interrupted", tries=tries)


def _all_waiting(recipients: Sequence[RecipientState], to: RecipientState, *, state: OutboxState, code: str) -> Judged:
    waited = tuple(one is RecipientState.WAITING for one in recipients)
    return Judged(
        state=state,
        recipients=tuple(to if waits else one for one, waits in zip(recipients, waited, strict=True)),
        codes=tuple(code if waits else None for waits in waited),
        error=code,
    )


def retry_at(tries: int, *, now: int, jitter: float, at_once: bool = False) -> int:
    """When it is tried again after that many tries. A first attempt that died untried may go at once."""
    if at_once and tries <= 1:
        return now
    return now + int(delay(tries, base=RETRY_BASE, cap=RETRY_CAP, jitter=jitter))
