"""The desk's side of sending: what is unfinished, and each transition that senders and mailboxes tell of.

Every change is a compare-and-set on (mail, state, attempt), committed before the step that it announces; a repeat finds
it done. What may follow what is said by store/rules/outbox.py. Must not touch a network.
"""

from collections.abc import Iterator
from typing import Final

from actors.desk.entitled import forbidden
from actors.desk.parcels import parcel
from actors.desk.turn import Turn
from actors.messages import (
    AppendDone,
    AppendNoted,
    AskSent,
    MailAnswered,
    MailSettled,
    MailStumbled,
    MailTaken,
    NoteKept,
    OutboxJob,
    OutboxOpen,
    OutboxStirred,
    TakeMail,
)
from actors.switchboard import OUTBOX, mailbox_name, sender_name
from providers.quirks import saves_sent
from store.model.ids import MailboxKey, OutboxKey
from store.model.outbox import OutboxState, RecipientState
from store.model.views import NoticeKind
from store.rules.outbox import (
    CANCELLED,
    Act,
    Heard,
    Judged,
    after,
    answered,
    died,
    is_out,
    recipients_after,
    retry_at,
    stumbled,
)
from store.vault.database import Value
from store.vault.following import NewAnnouncement
from store.vault.outbox import KeptOutbox

WAITING: Final = (OutboxState.HELD, OutboxState.SCHEDULED, OutboxState.QUEUED)
GOING: Final = (*WAITING, OutboxState.SENDING, OutboxState.UNCERTAIN, OutboxState.PAUSED)
WANTED, DONE, FAILED, UNNEEDED = "wanted", "done", "failed", "unneeded"  # our own copy in Sent


# ---- What is unfinished
def unfinished(turn: Turn) -> OutboxOpen:
    """All that somebody has to do something for, in the order in which it was written."""
    rows = {row.outbox: row for row in turn.vault.outbox.in_states(GOING)}
    rows |= {row.outbox: row for row in turn.vault.outbox.sent_unfinished()}
    return OutboxOpen(jobs=tuple(job for key in sorted(rows) for job in _jobs(turn, rows[key])))


def _jobs(turn: Turn, row: KeptOutbox) -> Iterator[OutboxJob]:
    mailbox = turn.book.mailboxes.get(row.mailbox)
    if mailbox is None or row.message_id is None:
        return
    if row.state in (OutboxState.HELD, OutboxState.SCHEDULED):
        yield OutboxJob(outbox=row.outbox, mailbox=row.mailbox, step="due", at=row.send_at or 0)
    if _out(row) and row.email is None:
        yield OutboxJob(outbox=row.outbox, mailbox=row.mailbox, step="keep")
    if mailbox.paused:
        return
    if row.state is OutboxState.QUEUED:
        yield OutboxJob(outbox=row.outbox, mailbox=row.mailbox, step="send", at=row.retry_at or 0, attempt=row.attempt)
    if _out(row) and row.append == WANTED:
        yield OutboxJob(outbox=row.outbox, mailbox=row.mailbox, step="append")


def _out(row: KeptOutbox) -> bool:
    return is_out(one.state for one in row.recipients)


def due(turn: Turn, outbox: OutboxKey) -> None:
    """Held mail leaves, if its member may still send from there."""
    row = turn.vault.outbox.get(outbox)
    if row is not None and row.state in (OutboxState.HELD, OutboxState.SCHEDULED) and (row.send_at or 0) <= turn.now:
        _leave(turn, row)
        stir(turn)


def _leave(turn: Turn, row: KeptOutbox) -> None:
    """Rights may have gone while it was held."""
    code = forbidden(turn, row)
    do(turn, row, Act.DUE if code is None else Act.FORBID, error=code)


def stir(turn: Turn) -> None:
    """Ask the outbox to look again, after the commit."""
    turn.tell(OUTBOX, OutboxStirred())


# ---- An attempt
def sender_started(turn: Turn, mailbox: MailboxKey, *, jitter: float) -> None:
    """The sender before is no more, nor are its attempts."""
    for row in turn.vault.outbox.in_states((OutboxState.SENDING,)):
        if row.mailbox == mailbox:
            judged = died(_states(row), begun=row.begun, tries=row.tries)
            _judge(turn, row, judged, jitter=jitter, at_once=True)
    stir(turn)


def take(turn: Turn, message: TakeMail) -> None:
    """A sender begins an attempt. A repeat of the same is answered again."""
    row = turn.vault.outbox.get(message.outbox)
    repeat = (
        row is not None and row.state is OutboxState.SENDING and row.attempt == message.attempt + 1 and not row.begun
    )
    taken = row if repeat else None
    if row is not None and not repeat and row.attempt == message.attempt:
        taken = _take(turn, row)
    found = None if taken is None else parcel(turn, taken)
    turn.tell(sender_name(message.mailbox), MailTaken(outbox=message.outbox, step="send", parcel=found))


def _take(turn: Turn, row: KeptOutbox) -> KeptOutbox | None:
    if row.state is not OutboxState.QUEUED or (row.retry_at or 0) > turn.now:
        return None
    code = forbidden(turn, row)
    if code is not None:
        do(turn, row, Act.FORBID, error=code)
        return None
    if do(turn, row, Act.TAKE, begun=0, tries=row.tries + 1, retry_at=None) is None:
        return None
    turn.vault.outbox.note(row.outbox, at=turn.now, attempt=row.attempt + 1)
    return turn.vault.outbox.get(row.outbox)


def begin(turn: Turn, outbox: OutboxKey, attempt: int) -> bool:
    """Whether DATA may begin: from here on only what is known, or a person, says whether it went out."""
    row = turn.vault.outbox.get(outbox)
    if row is None or row.attempt != attempt or after(row.state, Act.BEGIN, _states(row)) is None:
        return False
    return turn.vault.outbox.move(
        outbox, state=row.state, attempt=attempt, to=OutboxState.SENDING, at=turn.now, begun=1
    )


def settle(turn: Turn, message: MailAnswered | MailStumbled, *, jitter: float) -> None:
    """An attempt is over. What is no longer this attempt's is only answered."""
    row = turn.vault.outbox.get(message.outbox)
    if row is not None and row.state is OutboxState.SENDING and row.attempt == message.attempt:
        states = _states(row)
        match message:
            case MailAnswered():
                heard = [Heard(answer=answer, code=code) for answer, code in message.heard]
                judged = answered(states, heard, tries=row.tries)
            case MailStumbled():
                judged = stumbled(states, remedy=message.remedy, code=message.code, tries=row.tries)
        _judge(turn, row, judged, jitter=jitter, at_once=_is_ours(message))
    turn.tell(sender_name(message.mailbox), MailSettled(outbox=message.outbox, attempt=message.attempt))
    stir(turn)


def _is_ours(message: MailAnswered | MailStumbled) -> bool:
    """Whether it stumbled over this office, and not over a server."""
    return isinstance(message, MailStumbled) and message.remedy == "none"


def _judge(turn: Turn, row: KeptOutbox, judged: Judged, *, jitter: float, at_once: bool = False) -> None:
    again = retry_at(row.tries, now=turn.now, jitter=jitter, at_once=at_once) if judged.again else None
    moved = turn.vault.outbox.move(
        row.outbox, state=row.state, attempt=row.attempt, to=judged.state, at=turn.now, begun=0, retry_at=again,
        error=judged.error,
    )  # fmt: skip
    if not moved:
        return
    told = {
        one.place: (state, code)
        for one, state, code in zip(row.recipients, judged.recipients, judged.codes, strict=True)
        if (state, code) != (one.state, None) and one.state is RecipientState.WAITING
    }
    turn.vault.outbox.tell_recipients(row.outbox, told)
    _went(turn, row, judged.recipients)
    changed(turn, row)
    _notice(turn, row, judged)


# ---- Acts
def do(turn: Turn, row: KeptOutbox, act: Act, *, error: str | None = None, **changes: Value) -> KeptOutbox | None:
    """One transition with what follows for recipients and for the copy in Sent. The row after it; None: not now."""
    states = _states(row)
    to = after(row.state, act, states)
    if to is None:
        return None
    changes["error"] = error
    if not turn.vault.outbox.move(row.outbox, state=row.state, attempt=row.attempt, to=to, at=turn.now, **changes):
        return None
    then = recipients_after(act, states)
    code = CANCELLED if act is Act.CANCEL else error
    told = {one.place: (state, code) for one, state in zip(row.recipients, then, strict=True) if state is not one.state}
    turn.vault.outbox.tell_recipients(row.outbox, told)
    _went(turn, row, then)
    changed(turn, row)
    if to is OutboxState.FAILED or act is Act.STOP:
        codes = tuple(error for _ in then)
        _notice(turn, row, Judged(state=to, recipients=then, codes=codes, error=error))
    return turn.vault.outbox.get(row.outbox)


def changed(turn: Turn, row: KeptOutbox) -> None:
    """Its member's screens look again."""
    turn.told.append(NewAnnouncement("outbox_changed", member=row.member))


def _went(turn: Turn, row: KeptOutbox, states: tuple[RecipientState, ...]) -> None:
    """Somebody got it: from now on a copy belongs into Sent, unless the server puts it there."""
    if row.append or not is_out(states):
        return
    mailbox = turn.book.mailboxes.get(row.mailbox)
    smtp = None if mailbox is None else mailbox.settings.smtp
    copied = smtp is not None and saves_sent(smtp.host)
    turn.vault.outbox.note(row.outbox, at=turn.now, append=UNNEEDED if copied else WANTED)


def _notice(turn: Turn, row: KeptOutbox, judged: Judged) -> None:
    """Its member is told what did not go out, or may not have: once for each attempt."""
    new = [
        (one, code)
        for one, state, code in zip(row.recipients, judged.recipients, judged.codes, strict=True)
        if one.state is RecipientState.WAITING and state in (RecipientState.REFUSED, RecipientState.UNCERTAIN)
    ]
    stuck = judged.state in (OutboxState.FAILED, OutboxState.PAUSED)
    if not new and not stuck:
        return
    kind = NoticeKind.SEND_UNCERTAIN if judged.state is OutboxState.UNCERTAIN else NoticeKind.SEND_FAILED
    arguments: dict[str, str | int] = {
        "cause": next((code for _, code in new if code), None) or judged.error or "no",
        "address": new[0][0].address if new else row.recipients[0].address if row.recipients else "",
        "count": len(new),
        "outbox": turn.vault.ids.outbox(row.outbox),
    }
    _keep_notice(turn, row, kind, about="outbox", arguments=arguments)


def _keep_notice(turn: Turn, row: KeptOutbox, kind: NoticeKind, *, about: str, arguments: dict[str, str | int]) -> None:
    told = turn.vault.notices.add(
        row.member, kind, at=turn.now, email=row.email, about=f"{about} {row.outbox} {row.attempt}",
        mailbox=row.mailbox, arguments=arguments,
    )  # fmt: skip
    if told:
        turn.told.append(NewAnnouncement("notices_kept", member=row.member))


def _states(row: KeptOutbox) -> tuple[RecipientState, ...]:
    return tuple(one.state for one in row.recipients)


# ---- What follows once it is out
def give_sent(turn: Turn, message: AskSent) -> None:
    """What was sent, for the step that is still to be done."""
    row = turn.vault.outbox.get(message.outbox)
    open_step = (
        row is not None and _out(row) and (row.email is None if message.step == "keep" else row.append == WANTED)
    )
    found = parcel(turn, row) if open_step and row is not None else None
    turn.tell(sender_name(message.mailbox), MailTaken(outbox=message.outbox, step=message.step, parcel=found))


def append_noted(turn: Turn, message: AppendNoted) -> None:
    """Sent's UIDNEXT before the first try; what was noted first stays."""
    row = turn.vault.outbox.get(message.outbox)
    if row is not None and row.append_uidnext is None:
        turn.vault.outbox.note(message.outbox, at=row.changed_at, append_uidnext=message.uidnext)
    turn.tell(mailbox_name(message.mailbox), NoteKept(outbox=message.outbox))


def append_done(turn: Turn, message: AppendDone) -> None:
    """The copy is in Sent, or never will be. A repeat changes nothing."""
    row = turn.vault.outbox.get(message.outbox)
    if row is not None and row.append == WANTED:
        state = DONE if message.code is None else FAILED
        turn.vault.outbox.note(message.outbox, at=row.changed_at, append=state)
        changed(turn, row)
        if message.code is not None:
            _keep_notice(turn, row, NoticeKind.CHANGE_DROPPED, about="append", arguments={"cause": message.code})
    stir(turn)
