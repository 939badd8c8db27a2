"""What is written of a sign-in: that a mailbox was signed in again, that the firm has another registration, and that
secrets are kept elsewhere.

Secrets never come here.
"""

from typing import Final

from actors.desk.commands.box_view import view
from actors.desk.commands.ground import Act
from actors.desk.commands.resolving import mailbox_of
from actors.messages import OutboxStirred
from actors.switchboard import OUTBOX
from store.model.errors import BadRequest
from store.model.mailbox import MailboxView
from store.model.plain import plain
from store.model.secrets import SecretKind
from store.model.views import Done
from store.rules.permissions import Action

LONGEST: Final = 40


def signed_in(act: Act, *, address: str) -> MailboxView:
    """One of its members has signed it in again; what waits for that may go on."""
    box = mailbox_of(act, address)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    if box.kind == "local":
        raise BadRequest("local_mailbox")
    act.vault.partings.signed_in(box.mailbox, act.actor, at=act.now)
    act.turn.tell(OUTBOX, OutboxStirred())
    act.announce("mailbox_told", mailbox=box.mailbox)
    act.about = f"mailbox {box.mailbox}"
    return view(act, box.mailbox)


def set_provider(act: Act, *, provider: str) -> Done:
    """The firm's registration with a provider is another one, or none."""
    act.need(Action.SET_PROVIDER)
    act.about = f"provider {plain(provider[:LONGEST])}"
    return Done(done=True, affected=1)


def keep_secrets(act: Act, *, kind: SecretKind) -> Done:
    """They have been moved."""
    act.need(Action.KEEP_SECRETS)
    act.about = f"secrets {kind}"
    return Done(done=True, affected=1)
