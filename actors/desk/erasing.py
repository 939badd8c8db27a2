"""What is left of a client that is erased goes in slices ([C10]), also after a kill: mail, with its bodies, words and
marks. Its UIDs are skipped, and hashes of it stay, so that no look brings it back.

Must not touch what is filed with another client too: that leaves this one alone.
"""

from collections.abc import Iterable
from typing import Final

from actors.desk.book import Book
from actors.desk.following import journal
from actors.desk.letting_go import addresses_in, skip_copy
from actors.desk.turn import Turn
from store.model.ids import ClientKey, ContactKey
from store.model.ledger import SkipReason
from store.vault.following import NewAnnouncement
from store.vault.mailboxes import OUTBOX_VALIDITY
from store.vault.vault import Vault

AT_ONCE: Final = 100


def erase_due(turn: Turn, client: ClientKey) -> set[int]:
    """A slice; the addresses that stood in what went."""
    erasures = turn.vault.erasures
    due = erasures.next(client, AT_ONCE)
    mails = turn.get(due)
    turn.know_texts(mails)
    gone: set[int] = set()
    for mail in mails:
        mail.filings.pop(client, None)
        turn.vault.errands.withdraw(mail.email, client)
        if mail.filings:
            continue
        gone |= addresses_in(mail)
        erasures.remember(names=() if mail.message_id is None else (mail.name,))
        for seen in mail.sightings:
            if seen.uidvalidity != OUTBOX_VALIDITY:  # which no server lists
                skip_copy(turn, mail, seen, SkipReason.NOT_A_CLIENT)
        for outbox in erasures.sent((mail.email,)):
            turn.vault.outbox.remove(outbox)
        turn.remove(mail)
    erasures.gone(due)
    if not due:
        _finish(turn, client)
    return gone


def _finish(turn: Turn, client: ClientKey) -> None:
    """Nothing of its mail is left."""
    turn.vault.erasures.forget_words(words_of(turn.vault, client, (), ()))
    turn.vault.erasures.cut_loose(client)
    turn.vault.erasures.finish(client)
    turn.vault.meta.raise_generation()
    turn.book = Book(turn.vault)
    turn.told.append(NewAnnouncement("firm_changed"))
    journal(turn, "erased", f"client {client}")


def words_of(vault: Vault, client: ClientKey, contacts: Iterable[ContactKey], texts: Iterable[str]) -> set[str]:
    """What first answers and ways back may say of a client."""
    database = vault.database
    names = {row[0] for row in database.of_keys(
        "SELECT name FROM clients WHERE client IN (SELECT value FROM carray(?1))", vault.erasures.names(client)
    )}  # fmt: skip
    people = {vault.firm.contact_name(contact) or "" for contact in contacts}
    return {*names, *people, *texts, *(kept.name for kept in vault.shelf.of_client(client))}
