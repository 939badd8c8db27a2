"""Documents as a reader may know them: of clients that they may see; whence they came only if they see that too."""

from typing import Final

from store.model.document import Document, Export, Standing
from store.model.errors import NotFound
from store.model.ids import ClientKey, DocumentKey, EmailKey
from store.model.record import Record
from store.model.views import EmailRow
from store.vault.database import Row, Value
from store.vault.queries import mails
from store.vault.queries.names import client_key
from store.vault.queries.people import contacts_where
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys
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


class Words(Record, frozen=True, kw_only=True):
    """An FTS5 expression over `names` and `body`."""

    expression: str
    negated: bool = False


class WantedDocuments(Record, frozen=True, kw_only=True):
    """What is asked, already read and quoted by the rules: all of it together; of each group one is enough."""

    groups: tuple[tuple[Words, ...], ...] = ()
    before: int | None = None
    after: int | None = None
    nothing: bool = False  # of what no document has


def find(
    sight: Sight, wanted: WantedDocuments, client: str | None, *, limit: int
) -> tuple[list[Document], list[bytes | None]]:
    """Those that the reader may see and that meet it, the newest first; and the packed text of each."""
    given: dict[str, Value] = {"most": limit}
    sql = _select(sight)
    if client is not None:
        sql += " AND d.client = :client"
        given["client"] = client_key(sight, client)
    if wanted.before is not None:
        sql += " AND d.at < :before"
        given["before"] = wanted.before
    if wanted.after is not None:
        sql += " AND d.at >= :after"
        given["after"] = wanted.after
    if wanted.nothing:
        return [], []
    for group in wanted.groups:
        sql += f" AND ({' OR '.join(_matches(words, given) for words in group)})"
    rows = sight.rows(f"{sql} ORDER BY d.at DESC, d.document DESC LIMIT :most", **given)
    texts: dict[int, bytes | None] = dict(
        sight.rows(
            "SELECT d.document, t.text FROM documents AS d JOIN document_texts AS t"
            " ON t.sha256 = d.sha256 AND t.kind = d.kind WHERE d.document IN (SELECT value FROM json_each(:documents))",
            documents=keys(row[0] for row in rows),
        )
    )
    return [_told(sight, row) for row in rows], [texts.get(row[0]) for row in rows]


def _matches(words: Words, given: dict[str, Value]) -> str:
    name = f"words{len(given)}"
    given[name] = words.expression
    found = f"d.document IN (SELECT rowid FROM fts_documents WHERE fts_documents MATCH :{name})"
    return f"NOT {found}" if words.negated else found


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
