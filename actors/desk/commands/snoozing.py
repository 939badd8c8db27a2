"""Snooze ([T2a]): a member wants a thread out of their own sight until later. The mark hangs on the newest email that
they see; when it ends is said by rules.snooze.
"""

from collections.abc import Sequence

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Snooze, Snoozed
from actors.desk.commands.resolving import latest, thread_now, thread_of
from actors.desk.commands.undos import NOTHING, did, still, unchanged
from store.model.errors import BadRequest
from store.model.ids import EmailKey, ThreadKey
from store.model.views import Done
from store.rules.permissions import Action
from store.rules.snooze import may_wait
from store.vault.marks import KeptSnooze


def snooze(act: Act, *, thread: str, until: int | None) -> Done:
    """None: back into sight."""
    if until is not None and not may_wait(until, now=act.now):
        raise BadRequest("bad_value", field="until")
    key, emails = thread_of(act, thread)
    act.need(Action.SNOOZE)
    before = _own(act, key, emails)
    if until is None and not before:
        return NOTHING
    after = None if until is None else (latest(act, emails), until, act.now)
    _put(act, key, before, () if after is None else (after,))
    word = "unsnooze" if after is None else "snooze"
    return did(act, word, 1, Snoozed(thread=key, before=before, after=after), threads=1)


def snoozed_back(act: Act, inverse: Snoozed) -> int:
    """As it was before, unless it was snoozed again, or its time has come."""
    key, emails = thread_now(act, still(act.vault.threads.resolve(inverse.thread)))
    there = _own(act, key, emails)
    unchanged(there == (() if inverse.after is None else (_now(act, inverse.after),)))
    before = [_now(act, one) for one in inverse.before if one[1] > act.now]
    unchanged({email for email, _until, _at in before} <= set(emails))
    _put(act, key, there, before)
    return 1


def _own(act: Act, thread: ThreadKey, emails: Sequence[EmailKey]) -> tuple[Snooze, ...]:
    """The actor's own snoozes of a thread, as far as they see what those hang on."""
    seen = set(emails)
    kept = act.vault.marks.snoozes(act.actor, thread)
    return tuple((one.email, one.until, one.at) for one in kept if one.email in seen)


def _now(act: Act, one: Snooze) -> Snooze:
    return (still(act.vault.emails.resolve(one[0])), one[1], one[2])


def _put(act: Act, thread: ThreadKey, before: Sequence[Snooze], after: Sequence[Snooze]) -> None:
    act.vault.marks.wake(act.actor, [email for email, _until, _at in before])
    for email, until, at in after:
        act.vault.marks.snooze(act.actor, thread, KeptSnooze(email=email, until=until, at=at))
    act.announce("states_changed", thread=thread, member=act.actor)
    act.about = f"thread {thread}"
