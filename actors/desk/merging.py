"""Two emails that were found to be one ([S7a]): the older key stays, the other is its alias for ever.

Decisions, states, marks and errands move in the same transaction. Must not decide that they are one: that is placing's.
"""

from actors.desk.turn import Turn
from store.model.ids import EmailKey, MemberKey, ThreadKey
from store.vault.kept import KeptEmail, KeptState


def merge_emails(turn: Turn, one: KeptEmail, other: KeptEmail) -> KeptEmail:
    """The one that stays. Contents of the other go: theirs are equal, or of headers alone, and are written again."""
    kept, gone = sorted((one, other), key=lambda mail: (mail.new, mail.email))
    own = (_members(turn, kept), _members(turn, gone))
    for seen in list(gone.sightings):
        seen.email, seen.content, seen.changed = kept.email, None, True
        kept.sightings.append(seen)
    gone.sightings = []
    for no in [content.no for content in gone.contents]:
        turn.drop_content(gone, no)
    kept.names = tuple(dict.fromkeys((*kept.names, *gone.names)))
    turn.joins.setdefault(kept.email, []).extend((gone.name, *turn.joins.pop(gone.email, ())))
    turn.names = [(name, kept.email if email == gone.email else email) for name, email in turn.names]
    turn.names += [(name, kept.email) for name in gone.names]
    kept.private |= gone.private
    _move_states(turn, kept, gone, own=own)
    turn.remove(gone)
    if not gone.new:
        _move_rows(turn, gone.email, kept.email, thread=kept.thread)
    return kept


def _move_states(turn: Turn, kept: KeptEmail, gone: KeptEmail, *, own: tuple[set[MemberKey], set[MemberKey]]) -> None:
    """A person's word counts, kept's before the other's; else what a mailbox of theirs says, read if either does.

    `own`: the members of the mailboxes that hold each.
    """
    for member in {*kept.states, *gone.states}:
        one, other = kept.states.get(member, KeptState()), gone.states.get(member, KeptState())
        mine = KeptState(
            unread=_unread(one, other, own=(member in own[0], member in own[1])),
            starred=one.starred or other.starred,
            read_said=one.read_said or other.read_said,
            star_said=one.star_said or other.star_said,
        )
        kept.states[member] = mine
        turn.states.add((member, kept.email))
    turn.states = {(member, email) for member, email in turn.states if email != gone.email}


def _unread(one: KeptState, other: KeptState, *, own: tuple[bool, bool]) -> bool:
    if one.read_said or other.read_said:
        return one.unread if one.read_said else other.unread
    if own[0] == own[1]:
        return one.unread and other.unread
    return one.unread if own[0] else other.unread


def _members(turn: Turn, mail: KeptEmail) -> set[MemberKey]:
    boxes = turn.book.mailboxes
    return {member for seen in mail.sightings if seen.mailbox in boxes for member in boxes[seen.mailbox].members}


def _move_rows(turn: Turn, gone: EmailKey, kept: EmailKey, *, thread: ThreadKey) -> None:
    vault = turn.vault
    vault.hands.move(gone, kept)
    vault.errands.move(gone, kept)
    vault.notices.move(gone, kept)
    vault.threads.move_mark(gone, kept)
    vault.marks.move(gone, kept, thread=thread)
    vault.shelf.merge(gone, kept)
    vault.emails.add_alias(gone, kept)
