"""Undo: the last act of the member within a day, taken back by what was kept with it; acts of one batch together.

What somebody changed since is left as it is: of one act nothing is done, of a batch the rest. Rights are judged again
as of now.
"""

from actors.desk.commands.assigning import assigned_back
from actors.desk.commands.away import away_back
from actors.desk.commands.clients import relink
from actors.desk.commands.closing import redone, undone
from actors.desk.commands.commenting import uncomment
from actors.desk.commands.documents import shelved_back
from actors.desk.commands.filing import unfile
from actors.desk.commands.first_clients import unmake
from actors.desk.commands.ground import Act
from actors.desk.commands.importing import unimport
from actors.desk.commands.inverses import (
    AccessSet,
    Assigned,
    AwaySet,
    Closed,
    Commented,
    ContactsSet,
    Decided,
    DomainSet,
    ImportedPeople,
    Inverse,
    KeptPrivate,
    Linked,
    MadeClients,
    Marked,
    MemberInverse,
    MergedClients,
    Noted,
    NotifySet,
    RenamedClient,
    Reopened,
    RoleSet,
    RuleSet,
    Sent,
    SetUp,
    Shelved,
    Snoozed,
    TagsSet,
    Transferred,
    WallSet,
    unpacked,
)
from actors.desk.commands.marking import unmark
from actors.desk.commands.merging_clients import unmerge
from actors.desk.commands.moving import transfer_back
from actors.desk.commands.noting import noted_back
from actors.desk.commands.people import contacts_back, domain_back, notify_back, renamed_back, tagged_back
from actors.desk.commands.privacy import public_again
from actors.desk.commands.rights import access_back, role_back, wall_back
from actors.desk.commands.ruling import ruled_back
from actors.desk.commands.sending import take_back
from actors.desk.commands.settings import set_back
from actors.desk.commands.snoozing import snoozed_back
from actors.desk.commands.undos import KEPT_SECONDS
from actors.desk.turn import Turn
from store.model.errors import BadRequest, Conflict, DeskError, NotAllowed, NotFound
from store.model.ids import MemberKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.acts import KeptUndo
from store.vault.vault import Vault


def undo(act: Act) -> Done:
    """Take the last act back; of a batch each act that has not changed since."""
    batch = last_acts(act.vault, act.actor, now=act.now)
    if not batch:
        raise BadRequest("nothing_to_undo")
    act.need(Action.UNDO)
    refused: list[DeskError] = []
    affected, threads, abouts = 0, 0, []
    for kept in batch:
        try:
            affected += _attempt(act, kept)
            threads += kept.threads
            abouts.append(act.about)
        except NotFound:  # hidden by now: for the actor it has changed
            refused.append(Conflict("undo_changed"))
        except (Conflict, NotAllowed) as why:
            refused.append(why)
    if not abouts:
        raise refused[0]
    for kept in batch:
        act.vault.undos.remove(kept.undo)
    word = batch[0].word
    act.about = f"{word}: {abouts[0]}" + (f" ({len(abouts)} acts)" if len(batch) > 1 else "")
    warning = "some_changed" if refused else None
    return Done(done=True, affected=affected, undo=word, warning=warning, threads=threads)


def last_acts(vault: Vault, member: MemberKey, *, now: int) -> list[KeptUndo]:
    """What would be taken back, newest first: one act, or those of a batch."""
    return vault.undos.last(member, since=now - KEPT_SECONDS)


def _attempt(act: Act, kept: KeptUndo) -> int:
    """Whole, or as if it had not been tried: a turn of its own, inside the act's transaction."""
    part = Turn(act.vault, act.turn.book, act.now)
    inner = Act(part, act.member, act.as_)
    with act.vault.attempt():
        affected = _take_back(inner, unpacked(kept.inverse))
        part.finish()
    act.turn.book = part.book
    act.turn.told += part.told
    act.turn.tells += part.tells
    act.about = inner.about
    return affected


def _take_back(act: Act, inverse: Inverse) -> int:  # noqa: PLR0911 - one for each
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
        case Snoozed():
            return snoozed_back(act, inverse)
        case Assigned():
            return assigned_back(act, inverse)
        case Commented():
            return uncomment(act, inverse)
        case Linked():
            return relink(act, inverse)
        case MadeClients():
            return unmake(act, inverse)
        case Sent():
            return take_back(act, inverse)
        case SetUp():
            return set_back(act, inverse)
        case Noted():
            return noted_back(act, inverse)
        case RuleSet():
            return ruled_back(act, inverse)
        case Shelved():
            return shelved_back(act, inverse)
        case RoleSet() | WallSet() | AccessSet() | KeptPrivate() | AwaySet():
            return _members_back(act, inverse)
        case _:
            return _people_back(act, inverse)


def _members_back(act: Act, inverse: MemberInverse) -> int:
    match inverse:
        case RoleSet():
            return role_back(act, inverse)
        case WallSet():
            return wall_back(act, inverse)
        case AccessSet():
            return access_back(act, inverse)
        case KeptPrivate():
            return public_again(act, inverse)
        case AwaySet():
            return away_back(act, inverse)


def _people_back(
    act: Act,
    inverse: RenamedClient | TagsSet | DomainSet | NotifySet | ContactsSet | MergedClients | ImportedPeople,
) -> int:
    match inverse:
        case RenamedClient():
            return renamed_back(act, inverse)
        case TagsSet():
            return tagged_back(act, inverse)
        case DomainSet():
            return domain_back(act, inverse)
        case NotifySet():
            return notify_back(act, inverse)
        case ContactsSet():
            return contacts_back(act, inverse)
        case MergedClients():
            return unmerge(act, inverse)
        case ImportedPeople():
            return unimport(act, inverse)
