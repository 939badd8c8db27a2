"""Done and reopened ([T2b]): the firm's word on a thread. A mark hangs on the newest email that its maker saw."""

from collections.abc import Sequence

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Closed, Moved, Reopened
from actors.desk.commands.moving import Folders, archived, move_back
from actors.desk.commands.queueing import give_all
from actors.desk.commands.resolving import thread_of
from actors.desk.commands.settings import setting
from actors.desk.commands.undos import NOTHING, did, still, unchanged
from store.model.ids import EmailKey, MemberKey, ThreadKey
from store.model.views import Done
from store.rules.permissions import Action
from store.rules.settings import DONE_ARCHIVES

Mark = tuple[EmailKey, int, MemberKey]


def done(act: Act, *, thread: str) -> Done:
    """Nothing is left to do; the actor's own inbox copies are archived, unless they set it up otherwise."""
    key, emails = thread_of(act, thread)
    act.need(Action.DONE)
    before = {email: (at, maker) for email, at, maker in act.vault.threads.marks(key)}
    if emails[0] in before:
        return NOTHING
    act.vault.threads.mark_done(emails[0], key, at=act.now, by=act.actor)
    moves = _archive(act, emails)
    _judge_again(act, key)
    act.about = f"thread {key} at email {emails[0]}"
    inverse = Closed(thread=key, email=emails[0], at=act.now, moves=tuple(moves))
    return did(act, "done", 1, inverse, threads=1)


def _archive(act: Act, emails: Sequence[EmailKey]) -> list[Moved]:
    if not act.scope.mailboxes or setting(act, DONE_ARCHIVES) == "off":
        return []
    folders = Folders(act)
    moves = [move for mail in act.turn.get(emails) for move in archived(act, mail, folders, only_inbox=True)]
    give_all(act)
    return moves


def reopen(act: Act, *, thread: str) -> Done:
    """Take the marks away, as far as the actor sees what they hang on."""
    key, emails = thread_of(act, thread)
    act.need(Action.DONE)
    seen = set(emails)
    marks = tuple(mark for mark in act.vault.threads.marks(key) if mark[0] in seen)
    if not marks:
        return NOTHING
    act.vault.threads.unmark(email for email, _at, _maker in marks)
    _judge_again(act, key)
    act.about = f"thread {key}"
    return did(act, "reopen", 1, Reopened(thread=key, marks=marks), threads=1)


def undone(act: Act, inverse: Closed) -> int:
    """Take one's mark back, and the copies out of the archive."""
    key, emails = _now(act, inverse.thread)
    email = still(act.vault.emails.resolve(inverse.email))
    unchanged(email in emails and (email, inverse.at, act.actor) in act.vault.threads.marks(key))
    act.vault.threads.unmark((email,))
    if inverse.moves:
        move_back(act, inverse.moves)
    _judge_again(act, key)
    act.about = f"thread {key}"
    return 1


def redone(act: Act, inverse: Reopened) -> int:
    """Put the marks back, unless there are others."""
    key, emails = _now(act, inverse.thread)
    there = {email for email, _at, _maker in act.vault.threads.marks(key)}
    marks = [(still(act.vault.emails.resolve(email)), at, maker) for email, at, maker in inverse.marks]
    unchanged(there.isdisjoint(emails))
    for email, at, maker in marks:
        unchanged(email in emails)
        act.vault.threads.mark_done(email, key, at=at, by=maker)
    _judge_again(act, key)
    act.about = f"thread {key}"
    return 1


def _now(act: Act, thread: ThreadKey) -> tuple[ThreadKey, list[EmailKey]]:
    """As the thread stands; one that is hidden by now has changed."""
    key = still(act.vault.threads.resolve(thread))
    return thread_of(act, act.vault.ids.thread(key))


def _judge_again(act: Act, thread: ThreadKey) -> None:
    """The mark is part of the thread's state: its row is worked out at the turn's end."""
    kept = act.turn.threads.get(thread)
    fresh = act.vault.threads.load((thread,))[thread]
    if kept is None:
        kept = act.turn.threads[thread] = fresh
    kept.done, kept.moved = fresh.done, True
