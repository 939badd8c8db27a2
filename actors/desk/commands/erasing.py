"""Erasing a client ([C10]): asked for here, done in slices (actors/desk/erasing.py). Not undone by anything.

Needs an export before, no hold, the owner or an admin. At once nothing is filed there any more, and its documents go.
"""

from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.resolving import client_of
from actors.desk.erasing import words_of
from store.model.errors import BadRequest
from store.model.views import Done
from store.rules.permissions import Action


def erase_client(act: Act, *, client: str) -> Done:
    """How many emails go; one that is filed with another client too stays with that."""
    key = client_of(act, client)
    act.need(Action.ERASE, clients=(key,))
    need_no_hold(act, (key,))
    vault = act.vault
    if not vault.firm.is_exported(key):
        raise BadRequest("not_exported")
    contacts = vault.erasures.own_contacts(key)
    addresses = {address for contact in contacts for address in vault.firm.addresses_of(contact)}
    texts = set(vault.addresses.texts(addresses).values())
    affected = vault.erasures.begin(key, addresses=addresses, at=act.now)
    vault.erasures.remember(addresses=texts)
    words = words_of(vault, key, contacts, texts)
    vault.shelf.drop(vault.shelf.of_client(key))
    for outbox in vault.erasures.written_to(texts):
        vault.outbox.remove(outbox)
    vault.erasures.cut_loose(key)
    vault.erasures.drop_contacts(contacts)
    vault.erasures.forget_words(words)
    act.people_changed(rights=True)
    for member in act.turn.book.members:
        act.announce("scope_changed", member=member)
    act.about = f"client {key}"
    return Done(done=True, affected=affected)
