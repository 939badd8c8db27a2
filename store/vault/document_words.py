"""What documents are found by ([T4]): an index of their names and words, and the words, once for the same bytes.

Names are in the index with the document's row; words come behind, by actors/desk/file_words.py. A document whose words
are still to be looked at is not `worded`, so that a kill loses none. Must not read a file, or unpack a text.
"""

from dataclasses import dataclass
from typing import Final

from store.model.file_types import readable_as
from store.model.ids import ClientKey, DocumentKey
from store.vault.database import Database

GONE: Final = "gone"  # no file with these bytes was where it should be


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document whose words are known and not in the index yet; `text` is packed, None: there are none."""

    document: DocumentKey
    client: ClientKey
    name: str
    text: bytes | None


class DocumentWords:
    """The tables `document_texts` and `fts_documents`. Changes belong into a transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.stirred = False  # a document has come whose words are to be looked at

    # ---- With a document's row

    def name(self, document: DocumentKey, name: str) -> None:
        """It is called so from now on; what its bytes are read as hangs on that."""
        kind = readable_as("", name) or ""
        self.index(document, name=name, body="")
        self._db.run("UPDATE documents SET kind = ?, worded = ? WHERE document = ?", (kind, int(not kind), document))
        if kind:
            self._db.run(  # it may be there by now
                "DELETE FROM document_texts WHERE code = ? AND sha256 = (SELECT sha256 FROM documents"
                " WHERE document = ?)",
                (GONE, document),
            )
            self.stirred = True

    def drop(self, document: DocumentKey, sha256: bytes) -> None:
        """It has gone; the words of its bytes too, unless another document has the same."""
        self._db.run("DELETE FROM fts_documents WHERE rowid = ?", (document,))
        self._db.run(
            "DELETE FROM document_texts WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM documents WHERE sha256 = ?1)",
            (sha256,),
        )

    # ---- Behind

    def wanted(self, most: int) -> list[tuple[bytes, str, int]]:
        """(sha256, kind, size) of bytes that are still to be read, each once, those of the newest documents first."""
        rows = self._db.rows(
            "SELECT d.sha256, d.kind, d.size FROM documents AS d WHERE d.worded = 0 AND NOT EXISTS (SELECT 1"
            " FROM document_texts AS t WHERE t.sha256 = d.sha256 AND t.kind = d.kind) ORDER BY d.document DESC LIMIT ?",
            (most,),
        )
        return list(dict.fromkeys((bytes(row[0]), str(row[1]), int(row[2])) for row in rows))

    def keep(self, sha256: bytes, kind: str, *, code: str, text: bytes | None) -> None:
        """What was read of these bytes, as long as a document has them."""
        self._db.run(
            "INSERT OR REPLACE INTO document_texts (sha256, kind, code, text) SELECT ?1, ?2, ?3, ?4"
            " WHERE EXISTS (SELECT 1 FROM documents WHERE sha256 = ?1)",
            (sha256, kind, code, text),
        )

    def read(self, most: int) -> list[ReadDocument]:
        """Documents whose bytes were read."""
        rows = self._db.rows(
            "SELECT d.document, d.client, d.name, t.text FROM documents AS d JOIN document_texts AS t"
            " ON t.sha256 = d.sha256 AND t.kind = d.kind WHERE d.worded = 0 ORDER BY d.document LIMIT ?",
            (most,),
        )
        return [ReadDocument(DocumentKey(row[0]), ClientKey(row[1]), row[2], row[3]) for row in rows]

    def worded(self, document: DocumentKey) -> None:
        """All that can be found of it is in the index."""
        self._db.run("UPDATE documents SET worded = 1 WHERE document = ?", (document,))

    def index(self, document: DocumentKey, *, name: str, body: str) -> None:
        """Its row of the index."""
        self._db.run("DELETE FROM fts_documents WHERE rowid = ?", (document,))
        self._db.run("INSERT INTO fts_documents (rowid, names, body) VALUES (?, ?, ?)", (document, name, body))

    def fold(self, pages: int, *, begin: bool) -> bool:
        """A slice of merging the index, as `Contents.fold`."""
        before = self._db.connection.total_changes()
        self._db.run(
            "INSERT INTO fts_documents (fts_documents, rank) VALUES ('merge', ?)", (-pages if begin else pages,)
        )
        return self._db.connection.total_changes() - before >= 2
