r"""Read and starred ([T2a]): a member's own state, and the flags of the copies in their own mailboxes.

In a mailbox that several share the first reader sets \Seen, and *unread* stays one's own.
"""

from collections.abc import Sequence

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Flagged, Marked, State, journalled
from actors.desk.commands.queueing import give_all, own_copies, set_flag
from actors.desk.commands.resolving import chosen_of, seen
from actors.desk.commands.undos import NOTHING, did, threads_of, unchanged
from actors.desk.flagging import FLAGGED, SEEN, say_read, say_starred
from store.model.errors import BadRequest
from store.model.ids import EmailKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.kept import KeptEmail, KeptState


def mark(
    act: Act,
    *,
    emails: Sequence[str],
    threads: Sequence[str] = (),
    read: bool | None = None,
    starred: bool | None = None,
    passing: bool = False,
) -> Done:
    """What is not said stays. In passing, as reading does, leaves no undo: that is for what somebody meant to do."""
    if read is None and starred is None:
        raise BadRequest("bad_value", field="read")
    act.need(Action.MARK)
    mails = act.turn.get(chosen_of(act, emails, threads))
    changed: list[tuple[EmailKey, State, State]] = []
    flags: list[Flagged] = []
    for mail in mails:
        before = state_of(act, mail)
        if read is not None:
            say_read(act.turn, mail, act.actor, read=read)
        if starred is not None:
            say_starred(act.turn, mail, act.actor, starred=starred)
        own = _flag(act, mail, read=read, starred=starred)
        if own or before[:2] != state_of(act, mail)[:2]:
            changed.append((mail.email, before, state_of(act, mail)))
            flags += own
    if not changed:
        return NOTHING
    give_all(act)
    _announce(act, [email for email, _before, _after in changed])
    act.about = journalled("email", [email for email, _before, _after in changed])
    if passing:
        return Done(done=True, affected=len(changed))
    inverse = Marked(states=tuple(changed), flags=tuple(flags))
    of_threads = threads_of(act, [email for email, _before, _after in changed])
    return did(act, "mark", len(changed), inverse, threads=of_threads)


def _flag(act: Act, mail: KeptEmail, *, read: bool | None, starred: bool | None) -> list[Flagged]:
    made = []
    for here in own_copies(act, mail):
        shared = len(act.turn.book.mailboxes[here.mailbox].members) > 1
        if read is not None and (read or not shared) and set_flag(act, mail, here, SEEN, on=read):
            made.append(Flagged(sighting=here.sighting, email=mail.email, flag=SEEN, on=read))
        if starred is not None and set_flag(act, mail, here, FLAGGED, on=starred):
            made.append(Flagged(sighting=here.sighting, email=mail.email, flag=FLAGGED, on=starred))
    return made


def state_of(act: Act, mail: KeptEmail) -> State:
    """The actor's own."""
    kept = mail.states.get(act.actor, KeptState())
    return (kept.unread, kept.starred, kept.read_said, kept.star_said)


def unmark(act: Act, inverse: Marked) -> int:
    """As it was before, on the servers too."""
    before = {act.vault.emails.resolve(email): (was, now) for email, was, now in inverse.states}
    mails = {mail.email: mail for mail in act.turn.get(email for email in before if email is not None)}
    unchanged(len(mails) == len(inverse.states) == len(seen(act, mails)))
    for key, mail in mails.items():
        unchanged(state_of(act, mail) == before[key][1])
    for key, mail in mails.items():
        state = act.turn.state_of(mail, act.actor)
        state.unread, state.starred, state.read_said, state.star_said = before[key][0]
    for flagged in inverse.flags:
        found = act.vault.emails.resolve(flagged.email)
        owner = None if found is None else mails.get(found)
        if owner is not None:
            for here in own_copies(act, owner):
                if here.sighting == flagged.sighting:
                    set_flag(act, owner, here, flagged.flag, on=not flagged.on)
    give_all(act)
    _announce(act, list(mails))
    act.about = journalled("email", list(mails))
    return len(mails)


def _announce(act: Act, emails: Sequence[EmailKey]) -> None:
    for thread in sorted({mail.thread for mail in act.turn.get(emails)}):
        act.announce("states_changed", thread=thread, member=act.actor)
