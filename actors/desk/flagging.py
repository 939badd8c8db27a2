r"""What servers say of flags, and what follows for people's states ([T2a]).

Invariant: a sighting keeps the server's last known flags. Only a difference from them, with no change of ours queued
for that flag, is somebody else's act, and sets the state of that mailbox's members. Nothing that came from a server is
ever queued to a server.
"""

from collections.abc import Iterable

from actors.desk.turn import Turn
from store.model.evidence import PEOPLE_ROLES
from store.model.ids import MemberKey
from store.model.labels import MOST_LABELS, is_label
from store.vault.kept import KeptEmail, KeptSighting

SEEN, FLAGGED, DELETED = "\\Seen", "\\Flagged", "\\Deleted"
MAX_FLAGS = 100


def flags_text(flags: Iterable[str]) -> str:
    """As kept: sorted, with blanks between; what cannot be a flag is left out."""
    sound = {flag for flag in flags if flag.isascii() and flag.isprintable() and " " not in flag and flag != "\\Recent"}
    labels = set(filter(is_label, sound))
    return " ".join([*sorted(labels)[:MOST_LABELS], *sorted(sound - labels)[:MAX_FLAGS]])


def notice_flags(turn: Turn, mail: KeptEmail, here: KeptSighting, flags: str, *, pass_: int) -> None:
    r"""The server says that this copy is there with these flags. Late news loses. One that was moved away from a server
    which does not expunge stands there still, \Deleted: for people it is gone.
    """
    if pass_ < here.pass_:
        return
    left = DELETED in flags.split() or any(change.moves for change in turn.changes_for(here))
    if here.gone_at is not None and here.aim is None and not left:
        here.gone_at, here.moved_to, here.changed = None, None, True  # listed again
    if pass_ != here.pass_:
        here.pass_, here.changed = pass_, True
    if here.flags == flags:
        return
    different = set(here.flags.split()) ^ set(flags.split())
    ours = {
        flag for change in turn.changes_for(here) for flag in (*change.flags_add.split(), *change.flags_remove.split())
    }
    here.flags, here.changed = flags, True
    for flag in different - ours:
        _said_elsewhere(turn, mail, here, flag, on=flag in flags.split())


def _said_elsewhere(turn: Turn, mail: KeptEmail, here: KeptSighting, flag: str, *, on: bool) -> None:
    members = turn.book.members_of(here.mailbox)
    for member in members:
        if flag == SEEN:
            say_read(turn, mail, member, read=on)
        elif flag == FLAGGED:
            say_starred(turn, mail, member, starred=on)


def say_read(turn: Turn, mail: KeptEmail, member: MemberKey, *, read: bool) -> None:
    """A person said so, here or elsewhere."""
    state = turn.state_of(mail, member)
    state.unread, state.read_said = not read, True


def say_starred(turn: Turn, mail: KeptEmail, member: MemberKey, *, starred: bool) -> None:
    state = turn.state_of(mail, member)
    state.starred, state.star_said = starred, True


def arrive(turn: Turn, mail: KeptEmail, here: KeptSighting) -> None:
    r"""A copy came into a mailbox: it is read to its members if \\Seen stands on any copy there, or if they wrote it to
    themselves ([T2b]), unless they said.
    """
    flags = here.flags.split()
    for member in turn.book.members_of(here.mailbox):
        known = mail.states.get(member)
        seen = SEEN in flags or _to_oneself(turn, mail, member) or _seen_elsewhere(turn, mail, here, member)
        if (known is None or not known.read_said) and (known is not None and known.unread) is seen:
            turn.state_of(mail, member).unread = not seen
        if FLAGGED in flags and (known is None or not (known.star_said or known.starred)):
            turn.state_of(mail, member).starred = True


def _to_oneself(turn: Turn, mail: KeptEmail, member: MemberKey) -> bool:
    """Whether a member's own address is From, and nobody else's stands in To or Cc."""
    own = turn.book.own_addresses
    people = [address for role, address in mail.people if role in PEOPLE_ROLES]
    return mail.from_address is not None and all(own.get(address) == member for address in (mail.from_address, *people))


def _seen_elsewhere(turn: Turn, mail: KeptEmail, here: KeptSighting, member: MemberKey) -> bool:
    """Whether another copy in a mailbox of this member was there, and read."""
    others = [s for s in mail.sightings if s is not here and member in turn.book.members_of(s.mailbox)]
    if not others:
        return False
    known = mail.states.get(member)
    return known is None or not known.unread
