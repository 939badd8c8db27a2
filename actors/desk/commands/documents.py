"""Documents ([A1]-[A3]): kept, renamed, moved and deleted by people, with undo. A hold forbids what removes.

What is deleted lies aside until undo is past. The bytes were staged before (actors/desk/shelving.py).
"""

from collections.abc import Iterable
from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Shelved, Stand
from actors.desk.commands.resolving import client_of, emails_of, seen
from actors.desk.commands.undos import NOTHING, did, still, unchanged
from actors.desk.shelving import folder_name, year_of
from store.mime.names import file_name
from store.model.document import Document
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.ids import ClientKey, DocumentKey, EmailKey, MailboxKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.shelf import KeptDocument, Shelf

DONE: Final = Done(done=True, affected=1)


def stage_document(act: Act, *, token: str, client: str | None = None, email: str | None = None) -> Done:
    """Bytes come: whoever may not add them there is refused before."""
    if client is not None:
        client_of(act, client)
    if email is not None:
        emails_of(act, (email,))
    act.vault.shelf.stage(token, at=act.now)
    return DONE


def add_document(act: Act, *, client: str, name: str, token: str, modified: int, size: int, sha256: bytes) -> Document:
    """A file of the caller's."""
    key = client_of(act, client)
    new = KeptDocument(DocumentKey(0), key, "", _clean(name), size, sha256, modified, by=act.actor, at=act.now)
    return _keep(act, new, token=token, seconds=act.now)


def save_attachment(
    act: Act, *, email: str, n: int, client: str | None, name: str, token: str, modified: int, size: int, sha256: bytes
) -> Document:  # fmt: skip
    """An attachment of a mail, into the documents of a client: named, or the one that the mail is filed with."""
    (mail_key,) = emails_of(act, (email,))
    key = _client_for(act, mail_key, client)
    new = KeptDocument(
        DocumentKey(0), key, "", _clean(name), size, sha256, modified,
        email=mail_key, part=n, mailbox=_mailbox(act, mail_key), by=act.actor, at=act.now,
    )  # fmt: skip
    return _keep(act, new, token=token, seconds=_date(act, mail_key))


def _client_for(act: Act, email: EmailKey, client: str | None) -> ClientKey:
    if client is not None:
        return client_of(act, client)
    mail = act.turn.one(email)
    filed = [] if mail is None else [key for key in sorted(mail.filings) if act.scope.allows_client(key)]
    if not filed:
        raise BadRequest("not_filed")
    if len(filed) > 1:
        raise BadRequest("which_client")
    return filed[0]


def _mailbox(act: Act, email: EmailKey) -> MailboxKey | None:
    """One's own that holds it, else any."""
    mail = act.turn.one(email)
    boxes = [] if mail is None else [seen.mailbox for seen in mail.sightings]
    return next((box for box in boxes if box in act.scope.mailboxes), boxes[0] if boxes else None)


def _date(act: Act, email: EmailKey) -> int:
    mail = act.turn.one(email)
    return act.now if mail is None else mail.date or mail.at


def _keep(act: Act, new: KeptDocument, *, token: str, seconds: int) -> Document:
    shelf = act.vault.shelf
    if not shelf.is_staged(token):
        raise BadRequest("attachment_broken")
    known = shelf.same(new.client, new.sha256)
    if known is not None:
        shelf.discard(token)
        act.about = _about(known)
        return _view(act, known, known=True)
    new.folder = place_for(shelf, new.client, _folder(act, new.client), year_of(seconds))
    made = shelf.add(new, token=token)
    act.announce("documents_changed", client=made.client)
    act.about = _about(made)
    before = Stand(client=made.client, folder=made.folder, name=made.name, touched=False, aside=True)
    did(act, "document", 1, Shelved(document=made.document, before=before, after=_stand(made)))
    return _view(act, made)


def place_for(shelf: Shelf, client: ClientKey, otherwise: str, year: str) -> str:
    """A year's folder of a client: in the one that the client has, else in a new one."""
    return f"{shelf.folder_of(client) or otherwise}/{year}"


def _folder(act: Act, client: ClientKey) -> str:
    return folder_name(act.vault.firm.clients()[client], act.vault.ids.client(client))


def _clean(name: str) -> str:
    if not name.strip():
        raise BadRequest("bad_name")
    return file_name(name)


# ---- Changes


def rename_document(act: Act, *, document: str, name: str) -> Done:
    """Called otherwise from now on; a name that is taken gets a number."""
    kept = document_of(act, document)
    was, before, clean = kept.place, _stand(kept), _clean(name)
    if clean == kept.name:
        return NOTHING
    kept.name, kept.touched = clean, True
    return _put(act, "rename_document", kept, was, before)


def move_document(act: Act, *, document: str, client: str) -> Done:
    """To another client: away from the one that it is with (Z21)."""
    kept, target = document_of(act, document), client_of(act, client)
    if target == kept.client:
        return NOTHING
    act.need(Action.DELETE_FILED, clients=(kept.client, target))
    need_no_hold(act, (kept.client,))
    was, before, left = kept.place, _stand(kept), kept.client
    kept.folder = place_for(act.vault.shelf, target, _folder(act, target), kept.folder.rpartition("/")[2])
    kept.client, kept.touched = target, True
    act.announce("documents_changed", client=left)
    return _put(act, "move_document", kept, was, before)


def delete_document(act: Act, *, document: str) -> Done:
    """Out of sight, and gone when undo is past."""
    kept = document_of(act, document)
    act.need(Action.DELETE_FILED, clients=(kept.client,))
    need_no_hold(act, (kept.client,))
    was, before = kept.place, _stand(kept)
    kept.aside_at, kept.touched, kept.waits = act.now, True, False
    return _put(act, "delete_document", kept, was, before)


def _put(act: Act, word: str, kept: KeptDocument, was: str, before: Stand) -> Done:
    put = act.vault.shelf.put(kept, was=was)
    act.announce("documents_changed", client=put.client)
    act.about = _about(put)
    return did(act, word, 1, Shelved(document=put.document, before=before, after=_stand(put)))


def shelved_back(act: Act, inverse: Shelved) -> int:
    """As it was before, unless somebody changed it since."""
    kept = still(act.vault.shelf.get(inverse.document))
    unchanged(_stand(kept) == inverse.after)
    before, was = inverse.before, kept.place
    act.need(Action.READ, clients=(kept.client, before.client))
    if before.aside or before.client != kept.client:
        need_no_hold(act, (kept.client,))
    left = kept.client
    kept.client, kept.folder, kept.name, kept.touched = before.client, before.folder, before.name, before.touched
    kept.aside_at = act.now if before.aside else None
    act.vault.shelf.put(kept, was=was)
    for client in sorted({left, kept.client}):
        act.announce("documents_changed", client=client)
    act.about = _about(kept)
    return 1


# ---- What holds


def need_no_hold(act: Act, clients: Iterable[ClientKey]) -> None:
    """A legal hold forbids every removal ([C10])."""
    if act.vault.firm.held(clients):
        raise NotAllowed("on_hold")


def document_of(act: Act, ref: str) -> KeptDocument:
    """One that is in sight, of a client that the actor may see."""
    kept = act.vault.shelf.get(act.vault.ids.document_key(ref))
    if kept is None or kept.aside_at is not None or not act.scope.allows_client(kept.client):
        raise NotFound
    return kept


def _stand(kept: KeptDocument) -> Stand:
    return Stand(
        client=kept.client, folder=kept.folder, name=kept.name, touched=kept.touched, aside=kept.aside_at is not None
    )


def _about(kept: KeptDocument) -> str:
    return f"document {kept.document} client {kept.client}"


def _view(act: Act, kept: KeptDocument, *, known: bool = False) -> Document:
    ids, email = act.vault.ids, kept.email
    shown = email is not None and bool(seen(act, (email,)))
    own = kept.mailbox is not None and kept.mailbox in act.scope.mailboxes
    box = act.turn.book.mailboxes.get(kept.mailbox) if own and kept.mailbox is not None else None
    by = None if kept.by is None else act.turn.book.members.get(kept.by)
    return Document(
        document=ids.document(kept.document),
        client=ids.client(kept.client),
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256.hex(),
        at=kept.at,
        year=kept.folder.rpartition("/")[2],
        email=ids.email(email) if shown and email is not None else None,
        mailbox=None if box is None else box.address,
        by=None if by is None else by.name,
        known=known,
    )
