"""Copies that their mailbox keeps no longer: its scope or history changed, or what was a client's is nobody's ([S4],
[S5]). They leave this store, never their server; their UIDs are skipped from then on.

Must not let go of what is filed, what somebody decided on by hand, or what was sent from here.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from actors.desk.settling import is_filed
from actors.desk.turn import KEPT_AFTER, Turn
from store.model.ids import EmailKey
from store.model.ledger import Outcome, SkipReason
from store.model.uidset import UidSet
from store.rules.copying import let_go
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.ledger import Entry
from store.vault.mailboxes import OUTBOX_VALIDITY
from store.vault.skipped import Trace

AT_ONCE: Final = 100


def let_go_due(turn: Turn) -> set[int]:
    """A slice of what is due. The addresses that stood in what went: nobody may need them any more."""
    due = turn.vault.skipped.due(turn.now, AT_ONCE)
    mails = turn.get(due)
    turn.know_texts(mails)
    held = _held(turn, mails)
    turn.vault.skipped.looked_at(due)
    gone: set[int] = set()
    for mail in mails:
        copies = [(seen, why) for seen in mail.sightings if (why := _why(turn, mail, seen, held)) is not None]
        if any(turn.changes_for(seen) for seen, _why_ in copies):
            turn.vault.skipped.release((mail.email,), due=turn.now + KEPT_AFTER)  # its server is to know them first
            continue
        gone |= addresses_in(mail) if copies else set()
        for seen, why in copies:
            skip_copy(turn, mail, seen, why)
            turn.take_out(mail, seen)
    return gone


def _held(turn: Turn, mails: Sequence[KeptEmail]) -> set[EmailKey]:
    """Decided on by hand, or sent from here."""
    decided = {kept.email for kept in turn.vault.hands.of_emails([mail.email for mail in mails])}
    ids = {mail.message_id for mail in mails if mail.message_id is not None}
    sent = {row.email for row in turn.vault.outbox.by_message_ids(ids)}
    return {mail.email for mail in mails if mail.email in decided | sent or any(map(_in_outbox, mail.sightings))}


def _in_outbox(seen: KeptSighting) -> bool:
    return seen.uidvalidity == OUTBOX_VALIDITY


def _why(turn: Turn, mail: KeptEmail, seen: KeptSighting, held: set[EmailKey]) -> SkipReason | None:
    mailbox = turn.book.mailboxes.get(seen.mailbox)
    if mailbox is None:
        return None
    return let_go(
        mailbox.scope,
        mailbox.settings.history_from,
        internaldate=seen.internaldate,
        filed=is_filed(turn, mail, mailbox),
        held=mail.email in held,
    )


def skip_copy(turn: Turn, mail: KeptEmail, seen: KeptSighting, why: SkipReason) -> None:
    """Its UID has a row still, while it is on the server."""
    folder = turn.vault.mailboxes.folder(seen.folder)
    if seen.gone_at is not None or folder is None or folder.uidvalidity != seen.uidvalidity:
        return
    turn.vault.ledger.put(seen.folder, seen.uidvalidity, UidSet.of((seen.uid,)), Entry(Outcome.SKIPPED, why))
    if why is SkipReason.NOT_A_CLIENT:
        turn.vault.skipped.keep(seen.folder, seen.uidvalidity, {seen.uid: _trace(turn, mail)})


def _trace(turn: Turn, mail: KeptEmail) -> Trace:
    return Trace(
        bears=None if mail.message_id is None else mail.name,
        names=mail.names,
        addresses=frozenset(turn.texts[address] for address in addresses_in(mail)),
    )


def addresses_in(mail: KeptEmail) -> set[int]:
    """Whose keys may be nobody's once it has gone."""
    own: Iterable[int] = (address for seen in mail.sightings for _role, address in seen.own.addresses)
    return {address for _role, address in mail.people} | set(own)
