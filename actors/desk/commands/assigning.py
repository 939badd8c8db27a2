"""Assign: who answers for a thread. It is the firm's; a reader is shown that of the newest such email that they see.

It hangs on the newest email that both see, who gives it and who gets it, so that it is nobody's who cannot know of it.
"""

from collections.abc import Sequence

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Assigned, Assignment
from actors.desk.commands.notices import tell
from actors.desk.commands.resolving import latest, member_of, thread_now, thread_of
from actors.desk.commands.undos import NOTHING, did, still, unchanged
from store.model.errors import BadRequest
from store.model.ids import EmailKey, MemberKey, ThreadKey
from store.model.plain import plain
from store.model.views import Done, NoticeKind
from store.rules.notices import told_assigned
from store.rules.permissions import Action
from store.vault.firm import KeptMember
from store.vault.marks import KeptAssignment
from store.vault.seen import Seen


def assign(act: Act, *, thread: str, member: str | None) -> Done:
    """None: nobody answers for it."""
    key, emails = thread_of(act, thread)
    act.need(Action.ASSIGN)
    to = None if member is None else member_of(act, member)
    there = _seen(act, key, emails)
    assignee = None if to is None else to.member
    if (there[-1][1] if there else None) == assignee:
        return NOTHING
    on = latest(act, emails if to is None else _shared(act, emails, to))
    after = (on, assignee, act.now, act.actor)
    before = tuple(one for one in there if one[0] >= on)
    _put(act, key, before, (after,))
    for told in told_assigned(assignee, maker=act.actor):
        tell(act, told, email=on, about=_about(after))
    return did(act, "assign", 1, Assigned(thread=key, before=before, after=after), threads=1)


def assigned_back(act: Act, inverse: Assigned) -> int:
    """As it was before, unless it was given to somebody since."""
    key, emails = thread_now(act, still(act.vault.threads.resolve(inverse.thread)))
    mine = _now(act, inverse.after)
    there = _seen(act, key, emails)
    unchanged(there and there[-1] == mine)
    before = [_now(act, one) for one in inverse.before]
    unchanged({one[0] for one in before} <= set(emails))
    _put(act, key, (mine,), before)
    for member in act.vault.notices.withdraw(NoticeKind.ASSIGNED, _about(inverse.after)):
        act.announce("notices_kept", member=member)
    return 1


def _seen(act: Act, thread: ThreadKey, emails: Sequence[EmailKey]) -> list[Assignment]:
    """A thread's assignments, as far as the actor sees what they hang on; the last one is what they are shown."""
    seen = set(emails)
    kept = act.vault.marks.assignments(thread)
    return [(one.email, one.member, one.at, one.maker) for one in kept if one.email in seen]


def _shared(act: Act, emails: Sequence[EmailKey], member: KeptMember) -> list[EmailKey]:
    """Of these the ones that the member sees too."""
    found = Seen(act.vault.database, act.turn.book.scopes[member.member], now=act.now).among(emails)
    if not found:
        raise BadRequest("assignee_cannot_see", name=plain(member.name))
    return found


def _now(act: Act, one: Assignment) -> Assignment:
    return (still(act.vault.emails.resolve(one[0])), *one[1:])


def _put(act: Act, thread: ThreadKey, before: Sequence[Assignment], after: Sequence[Assignment]) -> None:
    """Announced by email: who sees none of these learns nothing (Z5)."""
    act.vault.marks.unassign([one[0] for one in before])
    for email, member, at, maker in after:
        act.vault.marks.assign(thread, KeptAssignment(email=email, member=member, at=at, maker=maker))
    for on in sorted({one[0] for one in (*before, *after)}):
        act.announce("threads_changed", thread=thread, email=on)
    act.about = f"thread {thread}{_to(after[-1][1] if after else None)}"


def _to(member: MemberKey | None) -> str:
    return " to nobody" if member is None else f" to member {member}"


def _about(one: Assignment) -> str:
    """Each assignment is told once."""
    return f"assigned {one[2]}"
