"""Spam and no spam: own copies go to the spam folder of each mailbox, and come back to its inbox.

A copy in spam has left: nothing of it is shown but among the deleted. Its server is told, as of every move.
"""

from collections.abc import Sequence

import msgspec

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Moved
from actors.desk.commands.labelling import label
from actors.desk.commands.moving import ALL, INBOX, JUNK, Folders, move_copy, own_of, transferred
from actors.desk.commands.queueing import give_all, own_copies
from actors.desk.commands.resolving import chosen_of, notice_of
from actors.desk.commands.undos import NOTHING
from actors.desk.watching import place_in
from store.model.errors import BadRequest, NotFound
from store.model.views import Done, NoticeKind
from store.rules.permissions import Action
from store.vault.following import KeptChange, KeptNotice
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


def unspam(act: Act, *, emails: Sequence[str], threads: Sequence[str] = (), notices: Sequence[str] = ()) -> Done:
    """Back to the inbox, from wherever they came; and what notices say lies in spam and is a client's ([S4a])."""
    if notices:
        if emails or threads:
            raise BadRequest("bad_value", field="notices")
        return _rescue(act, [notice_of(act, ref) for ref in dict.fromkeys(notices)])
    mails = act.turn.get(chosen_of(act, emails, threads, left=True))
    act.need(Action.CHANGE_SIGHTINGS)
    own = [(mail, here) for mail in mails for here in mail.sightings if here.mailbox in act.scope.mailboxes]
    if not own:
        raise BadRequest("not_in_your_mailbox")
    folders = Folders(act)
    moves = [move for mail, here in own if (move := _back(act, mail, here, folders)) is not None]
    return transferred(act, "unspam", moves) if moves else NOTHING


def _rescue(act: Act, notices: list[KeptNotice]) -> Done:
    """Its server is told to move it to the inbox, where it comes in and is filed like any other."""
    act.need(Action.CHANGE_SIGHTINGS)
    for notice in notices:
        place = place_in(notice.about) if notice.kind == NoticeKind.IN_SPAM else None
        if place is None or notice.mailbox is None or notice.mailbox not in act.scope.mailboxes:
            raise NotFound
        folder, uidvalidity, uid = place
        change = KeptChange(
            change=0,
            mailbox=notice.mailbox,
            sighting=-notice.notice,  # no copy of it is here
            folder=folder,
            uidvalidity=uidvalidity,
            uid=uid,
            message_id=None,
            flags_add="",
            flags_remove="",
            target_folder=None,
            target_use=INBOX,
            maker=act.actor,
            made_at=act.now,
        )
        act.vault.changes.add(change)
        act.queued.setdefault(notice.mailbox, []).append(change)
        act.vault.notices.end_about(NoticeKind.IN_SPAM, (notice.about,))
        act.announce("notices_kept", mailbox=notice.mailbox)
    give_all(act)
    act.about = f"notice {','.join(str(one.notice) for one in notices)}"
    return Done(done=True, affected=len(notices))


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
