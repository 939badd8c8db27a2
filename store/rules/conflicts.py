"""What becomes of a person's act whose copy is no longer where it was: followed, done, or left as the server has it.

    a flag    ── exactly one copy of the mail in that mailbox ─► FOLLOWS it
              └─ none, or several that it could be            ─► DROPPED
    a move    ── it stands where it was to go                 ─► DONE (carried before, or wished by somebody else too)
    or delete ├─ deleted here, and nowhere any more           ─► DONE
              └─ elsewhere, or nowhere                        ─► DROPPED: of two moves the server's stands

Invariant: never guessed. Of several copies only the one that the ledger saw come after it, or the only one that had not
been known beside it, is taken for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from store.model.ids import FolderKey


class End(StrEnum):
    """See the module."""

    FOLLOWS = "follows"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in the same mailbox where a copy of the mail stands. `known`: as another copy; `after`: seen to come when
    the lost one left.
    """

    folder: FolderKey
    uidvalidity: int
    uid: int
    known: bool = False
    after: bool = False


def only(spots: Sequence[Spot]) -> Spot | None:
    """The one that it is, if only one can be."""
    for chosen in ([s for s in spots if s.after], [*spots], [s for s in spots if not s.known]):
        if len(chosen) == 1:
            return chosen[0]
    return None


def after_loss(
    spots: Sequence[Spot], *, moves: bool, deletes: bool, target: FolderKey | None
) -> tuple[End, Spot | None]:
    """The end of an act on a copy that has left its place, and where that stands now, if that is known."""
    if not moves:
        found = only(spots)
        return (End.DROPPED if found is None else End.FOLLOWS), found
    there = [s for s in spots if s.folder == target]
    came = [s for s in there if s.after or not s.known]
    elsewhere = [s for s in spots if s.folder != target and not s.known]
    if came or (there and not elsewhere):
        return End.DONE, only(there)
    if deletes and not spots:
        return End.DONE, None
    return End.DROPPED, only(spots)
