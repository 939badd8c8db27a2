"""Two emails that were found to be one ([S7a]): the older key stays, the other is its alias for ever.

Decisions, states, marks and errands move in the same transaction. Must not decide that they are one: that is placing's.
"""

from actors.desk.turn import Turn
from store.model.ids import EmailKey
from store.vault.kept import KeptEmail, KeptState


def merge_emails(turn: Turn, one: KeptEmail, other: KeptEmail) -> KeptEmail:
    """The one that stays. Contents of the other go: theirs are equal, or of headers alone, and are written again."""
    kept, gone = sorted((one, other), key=lambda mail: (mail.new, mail.email))
    for seen in list(gone.sightings):
        seen.email, seen.content, seen.changed = kept.email, None, True
        kept.sightings.append(seen)
    gone.sightings = []
    for no in [content.no for content in gone.contents]:
        turn.drop_content(gone, no)
    kept.names = tuple(dict.fromkeys((*kept.names, *gone.names, gone.name)))
    turn.names = [(name, kept.email if email == gone.email else email) for name, email in turn.names]
    turn.names += [(name, kept.email) for name in gone.names]
    kept.private |= gone.private
    _move_states(turn, kept, gone)
    turn.remove(gone)
    if not gone.new:
        _move_rows(turn, gone.email, kept.email)
    return kept


def _move_states(turn: Turn, kept: KeptEmail, gone: KeptEmail) -> None:
    for member, state in gone.states.items():
        known = kept.states.get(member, KeptState())
        mine = turn.state_of(kept, member)
        said = known if known.read_said else state
        mine.unread = said.unread if known.read_said or state.read_said else known.unread and state.unread
        mine.starred = known.starred or state.starred
        mine.read_said = known.read_said or state.read_said
        mine.star_said = known.star_said or state.star_said
    turn.states = {(member, email) for member, email in turn.states if email != gone.email}


def _move_rows(turn: Turn, gone: EmailKey, kept: EmailKey) -> None:
    vault = turn.vault
    vault.hands.move(gone, kept)
    vault.errands.move(gone, kept)
    vault.notices.move(gone, kept)
    vault.threads.move_mark(gone, kept)
    vault.emails.add_alias(gone, kept)
