"""Documents as a reader may know them: of clients that they may see; whence they came only if they see that too."""

from typing import Final

from store.model.document import Document
from store.model.errors import NotFound
from store.model.ids import ClientKey, DocumentKey, EmailKey
from store.vault.database import Row
from store.vault.queries.names import client_key
from store.vault.queries.sight import Sight
from store.vault.shelf import place_of

_SQL: Final = (
    "SELECT d.document, d.client, d.name, d.size, d.sha256, d.at, d.folder,"
    " (SELECT e.email FROM emails AS e WHERE e.email = d.email AND {seen}),"
    " (SELECT b.address FROM mailboxes AS b WHERE b.mailbox = d.mailbox"
    " AND b.mailbox IN (SELECT value FROM json_each(:own))),"
    " (SELECT m.name FROM members AS m WHERE m.member = d.by)"
    " FROM documents AS d WHERE d.aside_at IS NULL AND {allowed}"
)


def of_client(sight: Sight, ref: str) -> tuple[Document, ...]:
    """A client's, the newest first."""
    client = client_key(sight, ref)
    rows = sight.rows(f"{_select(sight)} AND d.client = :client ORDER BY d.at DESC, d.document DESC", client=client)
    return tuple(_told(sight, row) for row in rows)


def one(sight: Sight, key: DocumentKey) -> Document | None:
    """One of them; None where the reader sees none."""
    row = sight.row(f"{_select(sight)} AND d.document = :document", document=key)
    return None if row is None else _told(sight, row)


def name(sight: Sight, word: str) -> str:
    """What it is called."""
    found = one(sight, sight.ids.document_key(word))
    if found is None:
        raise NotFound
    return found.name


def places(sight: Sight, word: str) -> tuple[str, ...]:
    """Where its file is: before a promised move is done at the first of these, after it at the last."""
    key = sight.ids.document_key(word)
    if one(sight, key) is None:
        raise NotFound
    moves = sight.rows("SELECT source FROM document_moves WHERE document = :document ORDER BY move", document=key)
    rows = sight.rows("SELECT folder, name FROM documents WHERE document = :document", document=key)
    return (*(move[0] for move in moves), *(place_of(key, folder, name, aside=False) for folder, name in rows))


def _select(sight: Sight) -> str:
    return _SQL.format(seen=sight.visible.email("e"), allowed=sight.visible.allowed("d.client"))


def _told(sight: Sight, row: Row) -> Document:
    document, client, name, size, sha256, at, folder, email, mailbox, by = row
    return Document(
        document=sight.ids.document(DocumentKey(document)),
        client=sight.ids.client(ClientKey(client)),
        name=name,
        size=size,
        sha256=sha256.hex(),
        at=at,
        year=folder.rpartition("/")[2],
        email=None if email is None else sight.ids.email(EmailKey(email)),
        mailbox=mailbox,
        by=by,
    )
