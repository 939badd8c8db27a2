"""Mailboxes that end or begin anew ([S11]): stop, reset, and whoever leaves one that is shared ([S7]).

What was private to it leaves in slices after the act (actors/desk/parting.py). Secrets never come here.
"""

from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.resolving import mailbox_of
from actors.desk.sending import do, stir
from store.model.errors import BadRequest
from store.model.ids import MailboxKey, MemberKey
from store.model.outbox import OutboxState
from store.model.views import Done
from store.rules.outbox import Act as What
from store.rules.permissions import Action
from store.vault.mailboxes import KeptMailbox
from store.vault.outbox import KeptOutbox

STOPPED: Final = "mailbox_stopped"
_WAITS: Final = (OutboxState.HELD, OutboxState.SCHEDULED, OutboxState.QUEUED)


def stop_mailbox(act: Act, *, address: str) -> Done:
    """Its sync ends; what was filed stays with its client."""
    box = mailbox_of(act, address)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    held = end(act, box)
    act.about = f"mailbox {box.mailbox}"
    return Done(done=True, affected=1, warning="outbox_held" if held else None)


def reset_mailbox(act: Act, *, address: str) -> Done:
    """What it privately holds goes, and is synced afresh; address, settings and filed mail stay."""
    box = mailbox_of(act, address)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    if box.kind == "local":
        raise BadRequest("local_mailbox")
    act.vault.partings.reset(box.mailbox, at=act.now)
    act.people_changed(rights=True)
    act.announce("mailbox_told", mailbox=box.mailbox)
    act.announce("threads_changed", mailbox=box.mailbox)
    act.about = f"mailbox {box.mailbox}"
    return Done(done=True, affected=1)


def end(act: Act, box: KeptMailbox) -> int:
    """Stop it, whoever asks; how much mail on its way is held now. Raises BadRequest("mail_going_out")."""
    waiting = _waiting(act, box.mailbox)
    for row in waiting:
        do(act.turn, row, What.STOP, error=STOPPED, send_at=None, retry_at=None)
    stir(act.turn)
    act.vault.partings.remember(box.addresses, box.members[0] if len(box.members) == 1 else MemberKey(0))
    act.vault.partings.stop(box.mailbox, at=act.now)
    act.people_changed(rights=True)
    for member in box.members:
        act.announce("scope_changed", member=member)
        act.announce("mailbox_told", member=member)
    return len(waiting)


def _waiting(act: Act, mailbox: MailboxKey) -> list[KeptOutbox]:
    """What has not begun to go out. What is going out now, or is no email yet, must not lose its mailbox."""
    rows = [row for row in act.vault.outbox.in_states((*_WAITS, OutboxState.SENDING)) if row.mailbox == mailbox]
    unkept = [row for row in act.vault.outbox.sent_unfinished() if row.mailbox == mailbox]
    if any(row.state is OutboxState.SENDING for row in rows) or any(row.email is None for row in unkept):
        raise BadRequest("mail_going_out")
    for row in unkept:  # its copy will not come into Sent any more
        act.vault.outbox.note(row.outbox, at=row.changed_at, append="unneeded")
    return rows
