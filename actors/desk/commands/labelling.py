r"""Acts on a copy whose places are labels (Gmail): it stays where it is, in All Mail, and its labels change.

Archived is without the inbox's label, moved is with the target's. Like flags they are carried once and come back as
nobody's act; only Trash and Spam are moves.
"""

from collections.abc import Sequence

from actors.desk.carrying import queue
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Moved
from actors.desk.commands.queueing import set_flag
from actors.desk.commands.undos import unchanged
from store.model import labels
from store.model.errors import BadRequest
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import KeptFolder

_NOT_PUT = frozenset({"sent", "drafts", "flagged"})  # Gmail says itself what was sent; starring is another act
_SYSTEM = "%\\"


def labels_of(act: Act, here: KeptSighting) -> frozenset[str]:
    """As they are once all that waits is carried."""
    found = set(here.flags.split())
    for change in act.turn.changes_for(here):
        found = (found | set(change.flags_add.split())) - set(change.flags_remove.split())
    return frozenset(labels.labels_in(found))


def use_of(act: Act, here: KeptSighting) -> str:
    """What the folder that people see it in serves for; "" if no label says so."""
    bears = labels_of(act, here)
    return "inbox" if labels.INBOX in bears else "sent" if labels.SENT in bears else ""


def out_of_inbox(act: Act, mail: KeptEmail, here: KeptSighting) -> Moved | None:
    return _relabelled(act, mail, here, remove=(labels.INBOX,))


def put_under(act: Act, mail: KeptEmail, here: KeptSighting, target: KeptFolder) -> Moved | None:
    """As Gmail moves: it gets the target's label, and leaves the inbox, or else the labels that it had."""
    if target.special_use in _NOT_PUT:
        raise BadRequest("no_such_folder")
    bears = labels_of(act, here)
    leaves: tuple[str, ...] = ()
    if labels.INBOX in bears:
        leaves = (labels.INBOX,)
    elif target.label != labels.INBOX:
        leaves = tuple(sorted(label for label in bears if not label.startswith(_SYSTEM)))
    return _relabelled(act, mail, here, add=(target.label,), remove=[one for one in leaves if one != target.label])


def label(act: Act, mail: KeptEmail, here: KeptSighting, wanted: Sequence[str]) -> None:
    """Once it has come where it was moved to: there it has none."""
    for one in wanted:
        made = queue(act.turn, mail, here, maker=act.actor, add=one)
        act.queued.setdefault(here.mailbox, []).append(made)


def _relabelled(
    act: Act, mail: KeptEmail, here: KeptSighting, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> Moved | None:
    """None: it is so already. What is added goes first, so that it is somewhere at any moment."""
    added = tuple(one for one in add if set_flag(act, mail, here, one, on=True))
    removed = tuple(one for one in remove if set_flag(act, mail, here, one, on=False))
    if not (added or removed):
        return None
    place = here.folder if here.aim is None else here.aim
    return Moved(
        sighting=here.sighting, email=mail.email, origin=place, target=place, change=0, labelled=True,
        added=added, removed=removed,
    )  # fmt: skip


def label_back(act: Act, mail: KeptEmail, here: KeptSighting, move: Moved) -> None:
    """Unless somebody has changed these labels meanwhile."""
    bears = labels_of(act, here)
    unchanged(bears.issuperset(move.added) and bears.isdisjoint(move.removed))
    for one in move.removed:
        set_flag(act, mail, here, one, on=True)
    for one in move.added:
        set_flag(act, mail, here, one, on=False)
