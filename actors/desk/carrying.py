"""Changes on their way to the server: what waits is given to the mailbox, and what became of it is kept.

What came from a server is never queued to one: only a person's act makes a change.
"""

from actors.desk.flagging import flags_text
from actors.desk.turn import Turn
from actors.messages import Carried, Carry, Change
from actors.switchboard import mailbox_name
from store.model.ids import FolderKey, MailboxKey
from store.model.ledger import Depth
from store.model.uidset import UidSet
from store.model.views import NoticeKind
from store.vault.following import KeptChange, NewAnnouncement
from store.vault.kept import KeptEmail, KeptSighting


def give(turn: Turn, mailbox: MailboxKey) -> None:
    """What waits, oldest first. From now on only a counter-change takes it back. A copy that is on its way is left
    alone until it has arrived: what comes after a move has no place yet.
    """
    ready: list[KeptChange] = []
    leaving: set[int] = set()
    for change in turn.vault.changes.of_mailbox(mailbox):
        if change.sighting not in leaving:
            ready.append(change)
        if _moves(change):
            leaving.add(change.sighting)
    turn.vault.changes.mark_told([change.change for change in ready])
    turn.tell(mailbox_name(mailbox), Carry(changes=tuple(_told(change) for change in ready)))


def queue(
    turn: Turn, mail: KeptEmail, here: KeptSighting, *, maker: int, add: str = "", remove: str = "",
    target_folder: FolderKey | None = None, target_use: str | None = None,
) -> KeptChange:  # fmt: skip
    """A person's act on one copy. Its mailbox is told after the commit."""
    change = KeptChange(
        change=0,
        mailbox=here.mailbox,
        sighting=here.sighting,
        folder=here.folder,
        uidvalidity=here.uidvalidity,
        uid=here.uid,
        message_id=mail.message_id,
        flags_add=add,
        flags_remove=remove,
        target_folder=target_folder,
        target_use=target_use,
        maker=maker,  # type: ignore[arg-type]  # a member's key
        made_at=turn.now,
    )
    turn.vault.changes.add(change)
    turn.queued.pop(here.sighting, None)
    return change


def carried(turn: Turn, message: Carried) -> None:
    """What became of a change. A repeat finds nothing."""
    change = turn.vault.changes.get(message.change)
    if change is None or change.mailbox != message.mailbox:
        return
    turn.vault.changes.remove((change.change,))
    turn.queued.pop(change.sighting, None)
    email = turn.vault.sightings.emails_of((change.sighting,)).get(change.sighting)
    mail = None if email is None else turn.one(email)
    here = None if mail is None else next((s for s in mail.sightings if s.sighting == change.sighting), None)
    if mail is None or here is None:
        return
    if message.outcome != "done":
        _dropped(turn, mail, here, change, message, moves=_moves(change))
    elif _moves(change):
        _moved(turn, here, message)
    else:
        flags = (set(here.flags.split()) | set(change.flags_add.split())) - set(change.flags_remove.split())
        here.flags, here.changed = flags_text(flags), True
    if _moves(change) and turn.vault.changes.of_sightings((change.sighting,)):
        give(turn, change.mailbox)


def _moves(change: KeptChange) -> bool:
    return change.target_folder is not None or change.target_use is not None


def _dropped(
    turn: Turn, mail: KeptEmail, here: KeptSighting, change: KeptChange, message: Carried, *, moves: bool
) -> None:
    """The server did not do it: what it holds is what counts, and who asked is told."""
    if moves:
        here.aim, here.changed = None, True
        if message.outcome == "refused":
            here.gone_at = None
    arguments: dict[str, str | int] = {"cause": message.code or message.outcome}
    told = turn.vault.notices.add(
        change.maker, NoticeKind.CHANGE_DROPPED, at=turn.now, email=mail.email, about=f"change {change.change}",
        mailbox=change.mailbox, arguments=arguments,
    )  # fmt: skip
    if told:
        turn.told.append(NewAnnouncement("notices_kept", member=change.maker))


def _moved(turn: Turn, here: KeptSighting, message: Carried) -> None:
    """It is where the person wanted it. Where that is not told, the next look at both folders finds out."""
    here.aim, here.changed = None, True
    if message.new_folder is None or not message.new_uid:
        return
    target = turn.vault.mailboxes.folder(message.new_folder)
    if target is None:
        return
    place = (message.new_folder, message.new_uidvalidity, message.new_uid)
    turn.get(turn.vault.sightings.emails_at(place[0], place[1], (place[2],)).values())
    there = turn.at(*place)
    if there is not None or here.gone_at is not None or place[1] != target.uidvalidity:
        if here.gone_at is None:
            here.gone_at = turn.now
            here.moved_to = there.sighting if there is not None and there is not here else None
        turn.vault.sightings.leave_at(here.sighting, place)
        turn.vault.changes.aim(here.sighting, folder=place[0], uidvalidity=place[1], uid=place[2])
        return
    turn.move(here, folder=place[0], uidvalidity=place[1], uid=place[2])
    here.pass_ = target.pass_
    turn.vault.ledger.put(place[0], place[1], UidSet.of((place[2],)), None)
    if here.here is Depth.HEADERS and here.wanted is Depth.WHOLE:
        turn.want(here)


def _told(change: KeptChange) -> Change:
    return Change(
        change=change.change,
        folder=change.folder,
        uidvalidity=change.uidvalidity,
        uid=change.uid,
        message_id=change.message_id,
        flags_add=tuple(change.flags_add.split()),
        flags_remove=tuple(change.flags_remove.split()),
        target_folder=change.target_folder,
        target_use=change.target_use,
    )
