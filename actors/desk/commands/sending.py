"""Mail leaves its writer's hands: sent (held first), taken back, tried again, or said to be sent ([W1], [W5], [W6]).

What may follow what is decided by `rules.outbox`, who may by `rules.permissions`. Each change is committed before
anybody acts on it. Must not send: the mailboxes' senders do.
"""

from collections.abc import Callable
from typing import Final

from msgspec import structs

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Sent
from actors.desk.commands.resolving import seen
from actors.desk.commands.settings import setting
from actors.desk.commands.undos import did, still, unchanged
from actors.desk.commands.writing import outbox_of, sender_of, told_again, way
from actors.desk.entitled import clients_concerned
from actors.desk.senders import obstacle
from actors.desk.sending import do
from store.mime.compose import ID_BYTES, message_id
from store.model.address import Address
from store.model.errors import BadRequest, Conflict
from store.model.ids import OutboxKey
from store.model.outbox import OutboxRow
from store.rules.outbox import Act as What
from store.rules.outbox import after, too_late
from store.rules.permissions import Action
from store.rules.settings import HOLD
from store.rules.voice import voice
from store.vault.database import Value
from store.vault.mailboxes import KeptMailbox
from store.vault.outbox import KeptOutbox

LONGEST_HOLD: Final = 24 * 3600
_SAID: Final = {"sent": What.SAY_SENT, "again": What.SAY_AGAIN}


def send(act: Act, *, outbox: str, hold: int | None = None, zone: int = 0, chance: Callable[[int], bytes]) -> OutboxRow:
    """From the draft on its way: held, or queued at once. `zone` is its writer's, in minutes east of UTC."""
    row = outbox_of(act, outbox)
    seconds = int(setting(act, HOLD)) if hold is None else hold
    if not 0 <= seconds <= LONGEST_HOLD:
        raise BadRequest("bad_value", field="hold")
    what = What.SEND if seconds else What.SEND_NOW
    way(row, what)
    box = _need_sendable(act, row)
    row = _spoken(act, _as_of_now(act, row, box), box, zone)
    act.vault.outbox.drop_uploads(row.outbox)
    domain = Address(row.draft.from_).domain
    _go(
        act,
        row,
        what,
        message_id=row.message_id or message_id(chance(ID_BYTES), domain),
        date=row.date or act.now,
        send_at=act.now + seconds if seconds else None,
    )
    if seconds:
        did(act, "send", 1, Sent(outbox=row.outbox))
    return told_again(act, row)


def _as_of_now(act: Act, row: KeptOutbox, box: KeptMailbox) -> KeptOutbox:
    """An address may be another mailbox's by now, and what is answered hidden from its writer: then it names it not."""
    answers = None if row.answers is None else act.vault.emails.resolve(row.answers)
    answers = answers if answers is not None and seen(act, (answers,), left=True) else None
    if (row.mailbox, row.answers) == (box.mailbox, answers):
        return row
    act.vault.outbox.rewrite(row.outbox, row.draft, mailbox=box.mailbox, answers=answers, at=act.now)
    return outbox_of(act, act.vault.ids.outbox(row.outbox))


def _spoken(act: Act, row: KeptOutbox, box: KeptMailbox, zone: int) -> KeptOutbox:
    """The zone of its Date, and as whom it is said: set with the Date and the Message-ID, once."""
    if row.message_id is not None:
        return row
    said = voice(box.settings, row.draft.from_, writer=act.turn.book.members[act.actor].name)
    said = said if row.draft.signature else structs.replace(said, signature=None)
    draft = structs.replace(row.draft, zone=zone, voice=said)
    act.vault.outbox.rewrite(row.outbox, draft, mailbox=row.mailbox, answers=row.answers, at=act.now)
    return outbox_of(act, act.vault.ids.outbox(row.outbox))


def _need_sendable(act: Act, row: KeptOutbox) -> KeptMailbox:
    """The mailbox it goes out from. Raises BadRequest (no_recipients, bad_sender, cannot_send) and NotAllowed."""
    if not row.recipients:
        raise BadRequest("no_recipients")
    box = sender_of(act, row.draft.from_)
    code = obstacle(box)
    if code is not None:
        raise BadRequest("cannot_send", cause=code, address=row.draft.from_)
    clients = clients_concerned(act.turn, act.actor, row)
    if clients:
        act.need(Action.SEND, clients=clients)
    return box


def cancel(act: Act, *, outbox: str) -> OutboxRow:
    """Take back what is not being sent. Where somebody has it already, nobody else gets it."""
    row = outbox_of(act, outbox)
    _go(act, row, What.CANCEL, send_at=None, retry_at=None)
    return told_again(act, row)


def retry(act: Act, *, outbox: str) -> OutboxRow:
    """Once more, for those who did not get it."""
    row = outbox_of(act, outbox)
    way(row, What.RETRY)
    _need_sendable(act, row)
    _go(act, row, What.RETRY, retry_at=None, tries=0)
    return told_again(act, row)


def resolve(act: Act, *, outbox: str, answer: str) -> OutboxRow:
    """A person says what nobody else can know."""
    row = outbox_of(act, outbox)
    what = _SAID.get(answer)
    if what is None:
        raise BadRequest("bad_value", field="answer")
    way(row, what)
    if what is What.SAY_AGAIN:
        _need_sendable(act, row)
    _go(act, row, what, retry_at=None, begun=0)
    return told_again(act, row)


def take_back(act: Act, inverse: Sent) -> int:
    """Undo of sending: a draft again, while it is held."""
    row = still(act.vault.outbox.get(OutboxKey(inverse.outbox)))
    states = [one.state for one in row.recipients]
    unchanged(row.member == act.actor)
    if after(row.state, What.TAKE_BACK, states) is None:
        raise Conflict(too_late(row.state, states), state=str(row.state))
    _go(act, row, What.TAKE_BACK, send_at=None)
    told_again(act, row)
    return 1


def _go(act: Act, row: KeptOutbox, what: What, **changes: Value) -> None:
    """From its state to the next, with all that belongs to it."""
    way(row, what)
    if do(act.turn, row, what, **changes) is None:
        raise Conflict("changed_since")
