"""A kept mail as a sender needs it: what its bytes are made from, for whom it is, and where it becomes an email.

Equal at every call for the same mail, so that what is tried again, filed and put into Sent is byte for byte the same.
Bcc is in the envelope alone (Z16). Must not decide whether it may be sent.
"""

from typing import Final

from actors.desk.turn import Turn
from actors.messages import Origin, Parcel
from store.model.address import Person
from store.model.ids import EmailKey, MailboxKey
from store.model.outbox import Answering, Draft, RecipientState
from store.model.outgoing import Enclosed, Outgoing
from store.model.signature import Voice
from store.rules.answering import Answered, thread_references
from store.vault.mailboxes import OUTBOX_VALIDITY
from store.vault.outbox import KeptOutbox

ONLY_LOOK: Final = 1


def parcel(turn: Turn, row: KeptOutbox) -> Parcel | None:
    """None where it has no mailbox any more, or was never sent."""
    mailbox = turn.book.mailboxes.get(row.mailbox)
    if mailbox is None or row.message_id is None or row.date is None:
        return None
    return Parcel(
        outbox=row.outbox,
        attempt=row.attempt,
        sender=row.draft.from_,
        recipients=tuple(one.address for one in row.recipients if one.state is RecipientState.WAITING),
        letter=_letter(turn, row, message_id=row.message_id, date=row.date),
        origin=origin(turn, row.mailbox, incarnation=mailbox.incarnation),
        uidnext=row.append_uidnext,
    )


def origin(turn: Turn, mailbox: MailboxKey, *, incarnation: int) -> Origin:
    """The place where what a mailbox sent is an email."""
    folder = turn.vault.mailboxes.outbox_folder(mailbox)
    return Origin(mailbox=mailbox, incarnation=incarnation, folder=folder, uidvalidity=OUTBOX_VALIDITY, pass_=ONLY_LOOK)


def _letter(turn: Turn, row: KeptOutbox, *, message_id: str, date: int) -> Outgoing:
    draft = row.draft
    answered = _answered(turn, draft, row.answers)
    replies = draft.how in (Answering.REPLY, Answering.REPLY_ALL)
    author = turn.book.members.get(row.member)
    said = draft.voice or Voice(name="" if author is None else author.name)
    return Outgoing(
        from_=Person(name=said.name, address=draft.from_),
        to=draft.to,
        cc=draft.cc,
        subject=draft.subject,
        text=draft.text,
        plain=draft.plain,
        date=date,
        zone=draft.zone,
        message_id=message_id,
        in_reply_to=answered.message_id if replies else None,
        references=thread_references(answered),
        signature=said.signature,
        attachments=tuple(
            Enclosed(name=part.name, type=part.type, data=turn.vault.outbox.data(row.outbox, part.n))
            for part in row.parts
        ),
    )


def _answered(turn: Turn, draft: Draft, answers: EmailKey | None) -> Answered:
    """The ids of what it answers or forwards, as far as it is still here."""
    key = None if answers is None or draft.how is Answering.NEW else turn.vault.emails.resolve(answers)
    headers = None if key is None else turn.vault.contents.first_headers(key)
    if headers is None:
        return Answered()
    return Answered(message_id=headers.message_id, in_reply_to=headers.in_reply_to, references=headers.references)
