"""What synced mail tells of mail that was sent from here: that it is an email now, that its copy stands in Sent, and
that mail of which nobody knew did go out.

A bounce never settles doubt (Z20): only a copy that the server itself put into Sent, or an answer from a recipient,
whom nobody but a recipient could have told the id that it names. Must not send anything again.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from actors.desk.naming import name_of
from actors.desk.sending import UNNEEDED, changed, do, stir
from actors.desk.turn import Turn
from actors.messages import Origin
from store.model.address import Address
from store.model.evidence import Kind
from store.model.ids import EmailKey, OutboxKey
from store.model.labels import SENT as SENT_LABEL
from store.model.outbox import Answering, OutboxState, RecipientState
from store.rules.outbox import Act, is_out
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import OUTBOX_VALIDITY, KeptFolder
from store.vault.outbox import KeptOutbox

SENT = "sent"
_REPLIES: Final = (Answering.REPLY, Answering.REPLY_ALL)


def in_outbox(seen: KeptSighting) -> bool:
    """Whether this is the place of what was sent, which no server knows."""
    return seen.uidvalidity == OUTBOX_VALIDITY


def notice_sent(turn: Turn, origin: Origin, folder: KeptFolder, emails: Iterable[EmailKey]) -> None:
    """After copies were placed in this folder."""
    mails = [turn.mails[key] for key in emails if key in turn.mails]
    if origin.uidvalidity == OUTBOX_VALIDITY:
        _became(turn, mails, origin)
    else:
        for mail in mails:
            _stands_in_sent(turn, mail, folder)
    if origin.uidvalidity != OUTBOX_VALIDITY and mails:
        _settle_doubt(turn, mails, folder)


def with_answered(turn: Turn, origin: Origin, emails: Iterable[EmailKey]) -> list[EmailKey]:
    """Those that were sent as answers, before they get their threads: they stand with what they answer, even if that
    bears no id that they could name.
    """
    if origin.uidvalidity != OUTBOX_VALIDITY:
        return []
    return [key for key in emails if key in turn.mails and _names_answered(turn, turn.mails[key], origin)]


def _names_answered(turn: Turn, mail: KeptEmail, origin: Origin) -> bool:
    rows = [turn.vault.outbox.get(OutboxKey(seen.uid)) for seen in mail.sightings if seen.folder == origin.folder]
    asked = [row.answers for row in rows if row is not None and row.answers is not None and row.draft.how in _REPLIES]
    known = [key for key in map(turn.vault.emails.resolve, asked) if key is not None]
    turn.joins.setdefault(mail.email, []).extend(answered.name for answered in turn.get(known))
    return bool(known)


def _became(turn: Turn, mails: Sequence[KeptEmail], origin: Origin) -> None:
    """What was sent is an email; if its copy in Sent was seen before, that is its place."""
    sent = {one.folder for one in turn.vault.mailboxes.folders(origin.mailbox) if one.special_use == SENT}
    for mail in mails:
        for seen in mail.sightings:
            row = turn.vault.outbox.get(OutboxKey(seen.uid)) if seen.folder == origin.folder else None
            if row is not None and row.email != mail.email:
                turn.vault.outbox.note(row.outbox, at=row.changed_at, email=mail.email)
                changed(turn, row)
                stir(turn)  # its copy in Sent is next
        own = (s for s in mail.present() if s.mailbox == origin.mailbox)
        there = next((s for s in own if s.folder in sent or SENT_LABEL in s.flags.split()), None)
        if there is not None:
            _moves(turn, mail, there)


def _stands_in_sent(turn: Turn, mail: KeptEmail, folder: KeptFolder) -> None:
    there = _in_sent(mail, folder)
    if there is not None:
        _moves(turn, mail, there)


def _in_sent(mail: KeptEmail, folder: KeptFolder) -> KeptSighting | None:
    """Its copy in this folder, if that is Sent, or if the copy bears that label."""
    copies = (seen for seen in mail.present() if seen.folder == folder.folder)
    return next((s for s in copies if folder.special_use == SENT or SENT_LABEL in s.flags.split()), None)


def _moves(turn: Turn, mail: KeptEmail, there: KeptSighting) -> None:
    """From the outbox to Sent."""
    for seen in mail.present():
        if in_outbox(seen) and seen.mailbox == there.mailbox:
            seen.gone_at, seen.changed = turn.now, True
            turn.came_after.append((seen, there))


def _settle_doubt(turn: Turn, mails: Sequence[KeptEmail], folder: KeptFolder) -> None:
    for row in turn.vault.outbox.in_states((OutboxState.UNCERTAIN,)):
        if row.message_id is not None and any(_proves(turn, row, mail, folder) for mail in mails):
            do(turn, row, Act.SEEN)
            stir(turn)


def _proves(turn: Turn, row: KeptOutbox, mail: KeptEmail, folder: KeptFolder) -> bool:
    """A copy in Sent proves it only if we put none there ourselves for those who got it before."""
    if mail.message_id == row.message_id:
        ours = row.append not in ("", UNNEEDED) or is_out(one.state for one in row.recipients)
        return _in_sent(mail, folder) is not None and folder.mailbox == row.mailbox and not ours
    return (
        mail.kind is Kind.PERSONAL
        and name_of(row.message_id or "") in mail.names
        and turn.texts.get(mail.from_address or 0) in _doubted(row)
    )


def _doubted(row: KeptOutbox) -> set[str]:
    """The addresses of those who may have got it, as they are compared."""
    return {
        str(Address(one.address)) for one in row.recipients if one.state is RecipientState.UNCERTAIN and one.address
    }
