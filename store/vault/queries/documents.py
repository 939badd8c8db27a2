"""Documents as a reader may know them: of clients that they may see; whence they came only if they see that too."""

from typing import Final

from store.model.document import Document, Export, Standing
from store.model.errors import NotFound
from store.model.ids import ClientKey, DocumentKey, EmailKey
from store.model.views import EmailRow
from store.vault.database import Row
from store.vault.queries import mails
from store.vault.queries.names import client_key
from store.vault.queries.people import contacts_where
from store.vault.queries.sight import Sight
from store.vault.shelf import place_of

_FILED: Final = "filings AS c JOIN emails AS e ON e.email = c.email"
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


def export(sight: Sight, ref: str, *, firm: str, by: str) -> Export:
    """What an export of a client begins with."""
    client = client_key(sight, ref)
    linked = contacts_where(sight, "contact IN (SELECT contact FROM links WHERE client = :client)", client=client)
    count = sight.value(f"SELECT count(*) FROM {_FILED} {_filed(sight)}", client=client)
    return Export(
        client=sight.ids.client(client),
        name=sight.value("SELECT name FROM clients WHERE client = :client", client=client),
        firm=firm,
        by=by,
        at=sight.now,
        contacts=tuple(contact for _key, contact in linked),
        documents=of_client(sight, ref),
        emails=count,
    )


def emails_of(sight: Sight, ref: str, *, after: int, limit: int) -> tuple[tuple[EmailRow, ...], int]:
    """A client's emails that the reader sees, the oldest first, from the one after; and the last one's key."""
    found = sight.rows(
        f"SELECT e.email FROM {_FILED} {_filed(sight)} AND e.email > :after ORDER BY e.email LIMIT :most",
        client=client_key(sight, ref),
        after=after,
        most=limit,
    )
    seen = mails.of_keys(sight, (row[0] for row in found))
    mails.hang(sight, seen)
    return mails.email_rows(sight, seen)[::-1], found[-1][0] if found else 0


def standing(sight: Sight, ref: str) -> Standing:
    """Whether a hold lies on a client, when it was exported, whether it is being erased."""
    row = sight.row(
        "SELECT held_at, exported_at, erasing_at FROM clients WHERE client = :client", client=client_key(sight, ref)
    )
    held, exported, erasing = row if row is not None else (None, None, None)
    return Standing(held=held is not None, exported_at=exported, erasing=erasing is not None)


def _filed(sight: Sight) -> str:
    return f"WHERE c.client = :client AND {sight.visible.filing('c', 'e')} AND {sight.visible.email('e')}"


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
