"""A person's acts on the copies in their own mailboxes: known here at once, queued for the server, taken back if it was
not told yet. Copies in local mailboxes have no server: what is known here is all.
"""

from actors.desk.carrying import give, queue
from actors.desk.commands.ground import Act
from actors.desk.sent import in_outbox
from store.model.ids import MailboxKey
from store.model.mailbox import SyncState
from store.vault.following import KeptChange
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import KeptMailbox

_REACHED = frozenset({SyncState.SYNCING, SyncState.SYNCED})


def own_copies(act: Act, mail: KeptEmail) -> list[KeptSighting]:
    """Those that are present in the actor's own mailboxes, on a server or imported."""
    return [here for here in mail.present() if here.mailbox in act.scope.mailboxes and not in_outbox(here)]


def is_local(act: Act, mailbox: MailboxKey) -> bool:
    """Without a server."""
    return act.turn.book.mailboxes[mailbox].kind == "local"


def set_flag(act: Act, mail: KeptEmail, here: KeptSighting, flag: str, *, on: bool) -> bool:
    """Whether anything had to be done: what waits for the server already counts as done."""
    if is_local(act, here.mailbox):
        flags = set(here.flags.split())
        if (flag in flags) is on:
            return False
        here.flags, here.changed = " ".join(sorted(flags | {flag} if on else flags - {flag})), True
        return True
    waiting = act.turn.changes_for(here)
    if _becomes(here, waiting, flag) is on:
        return False
    opposite = (flag, "") if not on else ("", flag)
    untold = [c for c in waiting if not c.told and (c.flags_add, c.flags_remove) == opposite and c.change]
    if untold and (flag in here.flags.split()) is on:
        take_back(act, untold[-1])
        if _becomes(here, act.turn.changes_for(here), flag) is on:
            return True
    change = queue(act.turn, mail, here, maker=act.actor, add=flag if on else "", remove="" if on else flag)
    act.queued.setdefault(here.mailbox, []).append(change)
    return True


def _becomes(here: KeptSighting, waiting: list[KeptChange], flag: str) -> bool:
    """Whether the flag stands once all that waits is carried."""
    stands = flag in here.flags.split()
    for change in waiting:
        stands = (stands or flag in change.flags_add.split()) and flag not in change.flags_remove.split()
    return stands


def take_back(act: Act, change: KeptChange) -> None:
    """A change that no mailbox was told of never was."""
    act.vault.changes.remove((change.change,))
    act.turn.queued.pop(change.sighting, None)


def give_all(act: Act) -> None:
    """Tell the mailboxes whose servers are reached; the others ask when they are."""
    if not act.queued:
        return
    boxes = act.vault.mailboxes.all()  # not the book: how they do changes all the time
    for mailbox in sorted(act.queued):
        if reached(boxes[mailbox]):
            give(act.turn, mailbox)
    act.queued.clear()


def reached(mailbox: KeptMailbox) -> bool:
    """Whether its actor is at work, as far as is known."""
    if mailbox.kind == "local" or mailbox.paused:
        return False
    return mailbox.progress is None or mailbox.progress.state in _REACHED
