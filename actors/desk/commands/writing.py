"""Drafts and what goes with them ([W1], [W5]). A draft is its writer's alone: to everybody else it was never there.

Must not send. Files come in pieces from the caller's process (actors/desk/attaching.py); no path is ever opened here.
"""

from typing import Final

from actors.desk import drafts
from actors.desk.attaching import MOST_BYTES, PIECE
from actors.desk.commands.ground import Act
from actors.desk.commands.resolving import seen
from actors.desk.senders import addresses, own_boxes
from actors.messages import OutboxStirred
from actors.switchboard import OUTBOX
from store.model.errors import Away, BadRequest, Conflict, NotFound
from store.model.ids import EmailKey
from store.model.outbox import Draft, OutboxDraft, OutboxRow, OutboxState
from store.model.views import Done
from store.rules.outbox import Act as What
from store.rules.outbox import after
from store.vault.mailboxes import KeptMailbox
from store.vault.outbox import KeptOutbox, KeptPart
from store.vault.queries.outbox import Seen, draft_of, named, row_of

MOST_UNSENT: Final = 2_000  # mails of one member
MOST_UPLOADS: Final = 4  # files on their way into one draft
UPLOAD_SECONDS: Final = 600  # after which a file whose caller has gone is dropped
DONE: Final = Done(done=True, affected=1)


def put_draft(act: Act, *, draft: Draft, outbox: str | None = None) -> OutboxRow:
    """Keep a draft, new or in other words."""
    kept = drafts.clean(draft)
    answers = None if kept.answers is None else _answered(act, kept.answers)
    box = sender_of(act, kept.from_)
    if outbox is None:
        if act.vault.outbox.count(act.actor) >= MOST_UNSENT:
            raise BadRequest("too_many_drafts", most=MOST_UNSENT)
        key = act.vault.outbox.add(kept, member=act.actor, mailbox=box.mailbox, answers=answers, at=act.now)
    else:
        row = outbox_of(act, outbox)
        way(row, What.EDIT)
        key = row.outbox
        act.vault.outbox.rewrite(key, kept, mailbox=box.mailbox, answers=answers, at=act.now)
        if row.state is not OutboxState.DRAFT:
            act.turn.tell(OUTBOX, OutboxStirred())
    return _told(act, outbox_of(act, act.vault.ids.outbox(key)))


def _answered(act: Act, ref: str) -> EmailKey:
    key = act.vault.emails.resolve(act.vault.ids.email_key(ref))
    if key is None or not seen(act, (key,), left=True):  # deleted mail can be answered
        raise NotFound
    return key


def sender_of(act: Act, address: str) -> KeptMailbox:
    """The mailbox that an own address is written from. Raises BadRequest: no_sender ([S2]), bad_sender."""
    boxes = own_boxes(act.vault.mailboxes.all(), act.scope.mailboxes)
    own = addresses(boxes, act.vault.addresses.texts(key for box in boxes for key in box.addresses))
    if not own:
        raise BadRequest("no_sender")
    if address not in own:
        raise BadRequest("bad_sender", address=address)
    return own[address]


def outbox_of(act: Act, ref: str) -> KeptOutbox:
    """Only one's own."""
    kept = act.vault.outbox.get(act.vault.ids.outbox_key(ref))
    if kept is None or kept.member != act.actor:
        raise NotFound
    return kept


def way(row: KeptOutbox, what: What) -> OutboxState:
    """The state that an act leads to. Raises Conflict where it cannot be done now."""
    to = after(row.state, what, [one.state for one in row.recipients])
    if to is None:
        raise Conflict("outbox_state", state=str(row.state))
    return to


# ---- What goes with it


def attach_piece(act: Act, *, outbox: str, upload: str, piece: int, data: bytes) -> Done:
    """The next bytes of a file on its way."""
    row = _draft(act, outbox)
    if not piece:
        act.vault.outbox.drop_uploads(row.outbox, before=act.now - UPLOAD_SECONDS)
        if act.vault.outbox.uploads(row.outbox) >= MOST_UPLOADS:
            raise Away("busy")
    n = act.vault.outbox.upload(row.outbox, upload, at=act.now)
    _add(act, row, n, piece=piece, data=data)
    return DONE


def attach(act: Act, *, outbox: str, upload: str, piece: int, data: bytes, name: str, type_: str) -> OutboxDraft:
    """The last bytes: the file is whole, and part of the draft."""
    row = _draft(act, outbox)
    if len(row.parts) >= drafts.MOST_PARTS:
        raise BadRequest("too_many_attachments", most=drafts.MOST_PARTS)
    n = act.vault.outbox.upload(row.outbox, upload, at=act.now)
    size = _add(act, row, n, piece=piece, data=data)
    part = KeptPart(n, drafts.part_name(name), drafts.part_type(type_), size)
    act.vault.outbox.add_part(row.outbox, part, upload=upload)
    return _whole(act, row)


def _add(act: Act, row: KeptOutbox, n: int, *, piece: int, data: bytes) -> int:
    """The bytes that the file then has."""
    pieces, size = act.vault.outbox.pieces(row.outbox, n)
    if piece != pieces:
        raise BadRequest("attachment_broken")
    if len(data) > PIECE:
        raise BadRequest("too_long")
    if sum(part.size for part in row.parts) + size + len(data) > MOST_BYTES:
        raise BadRequest("attachments_too_large", most=MOST_BYTES >> 20)
    act.vault.outbox.add_piece(row.outbox, n, piece, data)
    return size + len(data)


def detach(act: Act, *, outbox: str, n: int) -> OutboxDraft:
    """Take a file out again."""
    row = _draft(act, outbox)
    if not act.vault.outbox.remove_part(row.outbox, n):
        raise NotFound
    return _whole(act, row)


def discard(act: Act, *, outbox: str) -> Done:
    """Without a trace, with its files."""
    row = outbox_of(act, outbox)
    way(row, What.DISCARD)
    act.vault.outbox.remove(row.outbox)
    act.announce("outbox_changed", member=act.actor)
    act.about = f"outbox {row.outbox}"
    return DONE


def _draft(act: Act, ref: str) -> KeptOutbox:
    """What is held has to become a draft again before its files change."""
    row = outbox_of(act, ref)
    if row.state is not OutboxState.DRAFT:
        raise Conflict("outbox_state", state=str(row.state))
    return row


# ---- As it is told


def _whole(act: Act, row: KeptOutbox) -> OutboxDraft:
    act.vault.outbox.touch(row.outbox, at=act.now)
    fresh = outbox_of(act, act.vault.ids.outbox(row.outbox))
    act.announce("outbox_changed", member=act.actor)
    return draft_of(fresh, ids=act.vault.ids, seen=_seen(act, fresh))


def _told(act: Act, row: KeptOutbox) -> OutboxRow:
    act.announce("outbox_changed", member=act.actor)
    return row_of(row, ids=act.vault.ids, seen=_seen(act, row))


def told_again(act: Act, row: KeptOutbox) -> OutboxRow:
    """As it stands after this act, which its sender has to hear of."""
    act.turn.tell(OUTBOX, OutboxStirred())
    act.about = f"outbox {row.outbox}"
    return _told(act, outbox_of(act, act.vault.ids.outbox(row.outbox)))


def _seen(act: Act, row: KeptOutbox) -> Seen:
    """The emails that it names, as far as the actor sees them."""
    now = {key: act.vault.emails.resolve(EmailKey(key)) for key in named((row,))}
    shown = set(seen(act, [key for key in now.values() if key is not None], left=True))
    mails = {mail.email: mail for mail in act.turn.get(shown)}
    return {asked: (key, mails[key].thread) for asked, key in now.items() if key is not None and key in mails}
