"""Spam and no spam: own copies go to the spam folder of each mailbox, and come back to its inbox.

A copy in spam has left: nothing of it is shown but among the deleted. Its server is told, as of every move.
"""

from collections.abc import Sequence

import msgspec

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Moved
from actors.desk.commands.labelling import label
from actors.desk.commands.moving import ALL, INBOX, JUNK, Folders, move_copy, own_of, transferred
from actors.desk.commands.queueing import own_copies
from actors.desk.commands.resolving import chosen_of
from actors.desk.commands.undos import NOTHING
from store.model.errors import BadRequest
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.kept import KeptEmail, KeptSighting

_OWN_WORDS = frozenset({"sent", "drafts"})  # what one wrote oneself is no spam


def spam(act: Act, *, emails: Sequence[str], threads: Sequence[str] = ()) -> Done:
    """Away from where they are."""
    mails = own_of(act, emails, threads)
    folders = Folders(act)
    chosen = [(mail, here) for mail in mails for here in own_copies(act, mail) if _may_be_spam(here, folders)]
    moves = []
    for mail, here in chosen:
        target = folders.serving(here.mailbox, JUNK)
        if target is not None:
            moves.append(move_copy(act, mail, here, target, use=JUNK))
    if chosen and not moves:
        raise BadRequest("no_such_folder")
    return transferred(act, "spam", moves)


def _may_be_spam(here: KeptSighting, folders: Folders) -> bool:
    return folders.use(here) not in {*_OWN_WORDS, JUNK}


def unspam(act: Act, *, emails: Sequence[str], threads: Sequence[str] = ()) -> Done:
    """Back to the inbox, from wherever they came."""
    mails = act.turn.get(chosen_of(act, emails, threads, left=True))
    act.need(Action.CHANGE_SIGHTINGS)
    own = [(mail, here) for mail in mails for here in mail.sightings if here.mailbox in act.scope.mailboxes]
    if not own:
        raise BadRequest("not_in_your_mailbox")
    folders = Folders(act)
    moves = [move for mail, here in own if (move := _back(act, mail, here, folders)) is not None]
    return transferred(act, "unspam", moves) if moves else NOTHING


def _back(act: Act, mail: KeptEmail, here: KeptSighting, folders: Folders) -> Moved | None:
    """None: this copy is not in spam."""
    was_gone = here.gone_at is not None
    if was_gone and any(other.mailbox == here.mailbox for other in mail.present()):
        return None  # somebody brought it back already
    left = act.vault.sightings.left_at(here.sighting) if was_gone else None
    place = here.folder if here.aim is None else here.aim
    if left is not None:
        place = left[0]
    known = folders.of(here.mailbox).get(place)
    if known is None or known.special_use != JUNK:
        return None
    target = folders.serving(here.mailbox, INBOX) or folders.named(here.mailbox, "INBOX")
    if target is None:
        raise BadRequest("no_such_folder")
    inbox = target.label
    if inbox:
        target = folders.serving(here.mailbox, ALL) or target
    made = move_copy(act, mail, here, target, use=None)
    if inbox:
        label(act, mail, here, (inbox,))
        made = msgspec.structs.replace(made, added=(inbox,))
    if left is not None:
        act.vault.changes.aim(here.sighting, folder=left[0], uidvalidity=left[1], uid=left[2])
        act.vault.sightings.forget_place(here.sighting)
    return msgspec.structs.replace(made, origin=place, was_gone=was_gone, left=left)
