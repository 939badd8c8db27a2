"""Undo: the last act of the member within a day, taken back by what was kept with it.

If somebody changed the same thing since, nothing is done. Rights are judged again as of now.
"""

from actors.desk.commands.clients import relink
from actors.desk.commands.closing import redone, undone
from actors.desk.commands.filing import unfile
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import (
    Closed,
    Decided,
    Inverse,
    Linked,
    Marked,
    Reopened,
    SetUp,
    Transferred,
    unpacked,
)
from actors.desk.commands.marking import unmark
from actors.desk.commands.moving import transfer_back
from actors.desk.commands.settings import set_back
from actors.desk.commands.undos import KEPT_SECONDS
from store.model.errors import BadRequest, Conflict, NotFound
from store.model.ids import MemberKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.acts import KeptUndo
from store.vault.vault import Vault


def undo(act: Act) -> Done:
    """Take the last act back."""
    kept = last_undo(act.vault, act.actor, now=act.now)
    if kept is None:
        raise BadRequest("nothing_to_undo")
    act.need(Action.UNDO)
    try:
        affected = _take_back(act, unpacked(kept.inverse))
    except NotFound:  # hidden by now: for the actor it has changed
        raise Conflict("undo_changed") from None
    act.vault.undos.remove(kept.undo)
    act.about = f"{kept.word}: {act.about}"
    return Done(done=True, affected=affected, undo=kept.word)


def last_undo(vault: Vault, member: MemberKey, *, now: int) -> KeptUndo | None:
    """What would be taken back."""
    return vault.undos.last(member, since=now - KEPT_SECONDS)


def _take_back(act: Act, inverse: Inverse) -> int:
    match inverse:
        case Decided():
            return unfile(act, inverse)
        case Marked():
            return unmark(act, inverse)
        case Transferred():
            return transfer_back(act, inverse)
        case Closed():
            return undone(act, inverse)
        case Reopened():
            return redone(act, inverse)
        case Linked():
            return relink(act, inverse)
        case SetUp():
            return set_back(act, inverse)
