"""Changes on their way to the server: what waits is given to the mailbox, and what became of it is kept.

What came from a server is never queued to one: only a person's act makes a change. What a server did not do is judged
in `conflicting`.
"""

from typing import Final

from actors.desk.conflicting import lost, refused, renewal_over, settle_at, stale
from actors.desk.flagging import DELETED, flags_text
from actors.desk.turn import Turn
from actors.messages import Carried, Carry, Change
from actors.switchboard import mailbox_name
from store.model.ids import FolderKey, MailboxKey
from store.model.labels import is_label
from store.vault.following import KeptChange
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import KeptFolder

_ALONE: Final = frozenset({"trash", "junk"})  # what is there bears no label


def give(turn: Turn, mailbox: MailboxKey) -> None:
    """What waits, oldest first. From now on only a counter-change takes it back. A copy that is on its way is left
    alone until it has arrived: what comes after a move has no place yet. So is one in a folder that has another
    UIDVALIDITY, until it was recognised there.
    """
    ready: list[KeptChange] = []
    leaving: set[int] = set()
    renewing = {one.folder: one for one in turn.vault.mailboxes.folders(mailbox) if not renewal_over(turn, one)}
    for change in turn.vault.changes.of_mailbox(mailbox):
        folder = renewing.get(change.folder)
        if change.sighting not in leaving and (folder is None or folder.uidvalidity == change.uidvalidity):
            ready.append(change)
        if change.moves:
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
    """What became of a change. A repeat finds nothing, and what was tried elsewhere is old news unless it was done."""
    change = turn.vault.changes.get(message.change)
    if change is None or change.mailbox != message.mailbox:
        return
    if message.outcome != "done" and message.place not in (None, change.place):
        return
    turn.queued.pop(change.sighting, None)
    email = turn.vault.sightings.emails_of((change.sighting,)).get(change.sighting)
    mail = None if email is None else turn.one(email)
    here = None if mail is None else next((s for s in mail.sightings if s.sighting == change.sighting), None)
    if mail is None or here is None:
        turn.vault.changes.remove((change.change,))
        if message.outcome != "done":
            refused(turn, None, change, cause="gone")
        return
    match message.outcome:
        case "done":
            turn.vault.changes.remove((change.change,))
            _done(turn, here, change, message)
        case "gone":
            lost(turn, mail, here, change, message)
        case "stale":
            stale(turn, mail, here, change)
        case _:
            _not_done(turn, mail, here, change, message)
    if message.outcome != "stale" and _waits(turn, change, here):
        give(turn, change.mailbox)


def give_renewed(turn: Turn, folder: KeptFolder) -> None:
    """Changes that were re-aimed in a folder with another UIDVALIDITY can go."""
    waiting = turn.vault.changes.of_mailbox(folder.mailbox)
    if any(c.folder == folder.folder and c.uidvalidity == folder.uidvalidity and not c.told for c in waiting):
        give(turn, folder.mailbox)


def _waits(turn: Turn, change: KeptChange, here: KeptSighting) -> bool:
    """Whether anything is left for this copy, or followed it."""
    kept = turn.vault.changes.get(change.change)
    left = turn.vault.changes.of_sightings((here.sighting,)) if change.moves or change.labels else ()
    return bool(left) or (kept is not None and not kept.told)


def _done(turn: Turn, here: KeptSighting, change: KeptChange, message: Carried) -> None:
    if not change.moves:
        flags = (set(here.flags.split()) | set(change.flags_add.split())) - set(change.flags_remove.split())
        here.flags, here.changed = flags_text(flags), True
        folder = turn.vault.mailboxes.folder(here.folder)
        if folder is not None and change.place == (here.folder, here.uidvalidity, here.uid):
            here.pass_ = max(here.pass_, folder.pass_ + 1)  # what the present look has read before may come after
        return
    aimed_on = any(later.moves for later in turn.vault.changes.of_sightings((here.sighting,)).get(here.sighting, ()))
    if not aimed_on:
        here.aim = None
    here.changed = True
    if change.target_use in _ALONE:
        here.flags = flags_text(flag for flag in here.flags.split() if not is_label(flag))
    if message.left:
        here.flags = flags_text({*here.flags.split(), DELETED})
        here.gone_at = here.gone_at or turn.now
    if message.new_folder is not None and message.new_uid:
        settle_at(turn, here, (message.new_folder, message.new_uidvalidity, message.new_uid))


def _not_done(turn: Turn, mail: KeptEmail, here: KeptSighting, change: KeptChange, message: Carried) -> None:
    """The server refused: what it holds is what counts, and who asked is told."""
    turn.vault.changes.remove((change.change,))
    if change.moves:
        here.aim, here.gone_at, here.changed = None, None, True
    refused(turn, mail, change, cause=message.code or message.outcome)


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
        again=change.told,
    )
