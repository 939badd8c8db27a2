"""The rows of the documents, and what they promise of their files ([A1]-[A3]).

A change is first a row (in the transaction of its act, with a promised move), then the file moves, then the promise
goes; what a kill leaves is done when the vault is opened, and doing it again changes nothing. So no row is ever without
its file, nor a file that came this way without its row. The owner is the writer's thread.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from store.model.file_names import folded, free_name
from store.model.ids import ClientKey, DocumentKey, EmailKey, MailboxKey, MemberKey
from store.vault.database import Database, Row
from store.vault.document_words import DocumentWords
from store.vault.files import ASIDE, Files

_log = logging.getLogger(__name__)

_IN: Final = "IN (SELECT value FROM carray(?1))"
_COLUMNS: Final = (
    "document, client, folder, name, size, sha256, modified, email, part, mailbox, by, at, touched, aside_at, waits"
)


@dataclass(slots=True)
class KeptDocument:
    """A row of `documents`."""

    document: DocumentKey
    client: ClientKey
    folder: str
    name: str
    size: int
    sha256: bytes
    modified: int
    email: EmailKey | None = None
    part: int | None = None
    mailbox: MailboxKey | None = None
    by: MemberKey | None = None
    at: int = 0
    touched: bool = False
    aside_at: int | None = None
    waits: bool = False

    @property
    def place(self) -> str:
        """Where its file is, or is promised to be."""
        return place_of(self.document, self.folder, self.name, aside=self.aside_at is not None)


def place_of(document: int, folder: str, name: str, *, aside: bool) -> str:
    """A document's place below the documents folder."""
    return f"{ASIDE}/d{document}" if aside else f"{folder}/{name}"


def staged_place(token: str) -> str:
    """Where a file on its way in is."""
    return f"{ASIDE}/{token}"


class Shelf:
    """The owner's side. Changes belong into a transaction, `carry_out` after it."""

    def __init__(self, database: Database, files: Files) -> None:
        self._db = database
        self.files = files
        self.words = DocumentWords(database)
        self.owing = True  # promises may wait

    # ---- Rows

    def get(self, document: DocumentKey) -> KeptDocument | None:
        row = self._db.row(f"SELECT {_COLUMNS} FROM documents WHERE document = ?", (document,))
        return None if row is None else _kept(row)

    def of_client(self, client: ClientKey) -> list[KeptDocument]:
        """All of them, those aside too."""
        rows = self._db.rows(f"SELECT {_COLUMNS} FROM documents WHERE client = ? ORDER BY document", (client,))
        return [_kept(row) for row in rows]

    def of_emails(self, emails: Iterable[EmailKey]) -> list[KeptDocument]:
        """What was saved from these."""
        sql = f"SELECT {_COLUMNS} FROM documents WHERE email {_IN} ORDER BY document"
        return [_kept(row) for row in self._db.of_keys(sql, emails)]

    def answers_ours(self, email: EmailKey, sender: int | None) -> bool:
        """Whether it names a mail that was sent from here to its sender (Z19)."""
        return (
            self._db.row(
                "SELECT 1 FROM email_names AS n JOIN emails AS o ON o.name = n.name"
                " JOIN outbox AS s ON s.email = o.email"
                " JOIN outbox_recipients AS r ON r.outbox = s.outbox JOIN addresses AS a ON a.text = r.address"
                " WHERE n.email = ? AND a.address = ? LIMIT 1",
                (email, sender),
            )
            is not None
        )

    def same(self, client: ClientKey, sha256: bytes) -> KeptDocument | None:
        """What the client has with these bytes."""
        row = self._db.row(
            f"SELECT {_COLUMNS} FROM documents WHERE client = ? AND sha256 = ? AND aside_at IS NULL"
            " ORDER BY document LIMIT 1",
            (client, sha256),
        )
        return None if row is None else _kept(row)

    def folder_of(self, client: ClientKey) -> str | None:
        """The client's own folder, once it has one: it stays when the client is called otherwise."""
        folder = self._db.value(
            "SELECT folder FROM documents WHERE client = ? ORDER BY document DESC LIMIT 1", (client,)
        )
        return None if folder is None else str(folder).partition("/")[0]

    def add(self, new: KeptDocument, *, token: str) -> KeptDocument:
        """A staged file becomes a document; its name is made free, its key is given."""
        new.name = self._free(new.folder, new.name)
        new.document = DocumentKey(
            self._db.insert(
                "INSERT INTO documents (client, folder, name, folded, size, sha256, modified, email, part, mailbox, by,"
                " at, touched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (new.client, new.folder, new.name, folded(new.name), new.size, new.sha256, new.modified, new.email,
                 new.part, new.mailbox, new.by, new.at, int(new.touched)),
            )
        )  # fmt: skip
        self.words.name(new.document, new.name)
        self.drop_staged(token)
        self._promise(new.document, staged_place(token), new.place)
        return new

    def adopt(self, new: KeptDocument) -> bool:
        """A file that is there already becomes a document; False where one has its place."""
        added = self._db.changed(
            "INSERT OR IGNORE INTO documents (client, folder, name, folded, size, sha256, modified, at, touched)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (new.client, new.folder, new.name, folded(new.name), new.size, new.sha256, new.modified, new.at,
             int(new.touched)),
        )  # fmt: skip
        if not added:
            return False
        new.document = DocumentKey(self._db.connection.last_insert_rowid())
        self.words.name(new.document, new.name)
        return True

    def put(self, kept: KeptDocument, *, was: str) -> KeptDocument:
        """A document as it is now, from its place before; in sight its name is made free."""
        if kept.aside_at is None and kept.place != was:
            kept.name = self._free(kept.folder, kept.name, but=kept.document)
        called = self._db.value("SELECT name FROM documents WHERE document = ?", (kept.document,))
        self._db.run(
            "UPDATE documents SET client = ?, folder = ?, name = ?, folded = ?, touched = ?, aside_at = ?, waits = ?"
            " WHERE document = ?",
            (kept.client, kept.folder, kept.name, folded(kept.name), int(kept.touched), kept.aside_at,
             int(kept.waits), kept.document),
        )  # fmt: skip
        if kept.name != called:
            self.words.name(kept.document, kept.name)
        if kept.place != was:
            self._promise(kept.document, was, kept.place)
        return kept

    def drop(self, documents: Iterable[KeptDocument]) -> None:
        """For good: the rows, and the files after them."""
        for kept in documents:
            self._db.run("DELETE FROM documents WHERE document = ?", (kept.document,))
            self.words.drop(kept.document, kept.sha256)
            self._promise(DocumentKey(0), kept.place, "")

    def aside_before(self, at: int, most: int) -> list[KeptDocument]:
        """What was deleted before that time, and can no longer be brought back."""
        sql = (
            f"SELECT {_COLUMNS} FROM documents WHERE aside_at < ? AND NOT waits"
            " AND client NOT IN (SELECT client FROM clients WHERE held_at > 0) ORDER BY aside_at LIMIT ?"
        )
        return [_kept(row) for row in self._db.rows(sql, (at, most))]

    def merge(self, source: EmailKey, target: EmailKey) -> None:
        """Two emails were found to be one."""
        self._db.run("UPDATE documents SET email = ? WHERE email = ?", (target, source))

    def is_touched(self, kept: KeptDocument) -> bool:
        """By somebody here, or by another program."""
        return kept.touched or self.files.modified(self._now(kept)) != kept.modified

    def _now(self, kept: KeptDocument) -> str:
        """Where its file is before what is promised is done."""
        first = self._db.value(
            "SELECT source FROM document_moves WHERE document = ? ORDER BY move LIMIT 1", (kept.document,)
        )
        return kept.place if first is None else str(first)

    def places_of(self, sha256: bytes, most: int) -> tuple[str, ...]:
        """Where files with these bytes are, before what is promised is done and after it."""
        sql = f"SELECT {_COLUMNS} FROM documents WHERE sha256 = ? ORDER BY document LIMIT ?"
        found = [_kept(row) for row in self._db.rows(sql, (sha256, most))]
        return tuple(dict.fromkeys(place for kept in found for place in (self._now(kept), kept.place)))

    def _free(self, folder: str, name: str, *, but: int = 0) -> str:
        rows = self._db.rows(
            "SELECT folded FROM documents WHERE folder = ? AND aside_at IS NULL AND document <> ?", (folder, but)
        )
        there = {folded(found) for found in self.files.names(folder)}
        own = self._db.value("SELECT folded FROM documents WHERE document = ? AND folder = ?", (but, folder))
        return free_name(name, {row[0] for row in rows} | (there - {own}))

    # ---- Files on their way in

    def stage(self, token: str, *, at: int) -> None:
        """A file comes: what is not known as such is swept away."""
        self._db.run("INSERT OR IGNORE INTO staged_files (token, at) VALUES (?, ?)", (token, at))

    def is_staged(self, token: str) -> bool:
        return self._db.row("SELECT 1 FROM staged_files WHERE token = ?", (token,)) is not None

    def drop_staged(self, token: str) -> None:
        self._db.run("DELETE FROM staged_files WHERE token = ?", (token,))

    def discard(self, token: str) -> None:
        """A file that is not wanted."""
        self.drop_staged(token)
        self._promise(DocumentKey(0), staged_place(token), "")

    def forget_staged(self, *, before: int) -> None:
        """Whose caller has gone: their files are swept away."""
        self._db.run("DELETE FROM staged_files WHERE at < ?", (before,))

    def sweep(self) -> None:
        """What lies aside and is nobody's. Only between transactions, with nothing promised."""
        if self._db.row("SELECT 1 FROM document_moves LIMIT 1") is not None:
            return
        known = {row[0] for row in self._db.rows("SELECT token FROM staged_files")}
        known |= {f"d{row[0]}" for row in self._db.rows("SELECT document FROM documents WHERE aside_at IS NOT NULL")}
        try:
            for name in self.files.names(ASIDE):
                if name not in known:
                    self.files.remove(f"{ASIDE}/{name}")
        except OSError as error:
            _log.warning("what lies aside cannot be swept: %s", error.strerror)

    # ---- What is promised

    def _promise(self, document: DocumentKey, source: str, target: str) -> None:
        self._db.run(
            "INSERT INTO document_moves (document, source, target) VALUES (?, ?, ?)", (document, source, target)
        )
        self.owing = True

    def carry_out(self) -> bool:
        """Move what is promised; whether all of it is done. What could not be is tried again."""
        for move, document, source, target in self._db.rows(
            "SELECT move, document, source, target FROM document_moves ORDER BY move"
        ):
            try:
                self._carry(DocumentKey(document), source, target)
            except OSError as error:
                _log.warning("a document cannot be moved: %s", error.strerror)
                self.owing = False  # not again with every act: with the next promise, and when the vault is opened
                return False
            with self._db.transaction():
                self._db.run("DELETE FROM document_moves WHERE move = ?", (move,))
        self.owing = False
        return True

    def _carry(self, document: DocumentKey, source: str, target: str) -> None:
        if not target:
            self.files.remove(source)
            self._tidy(source)
            return
        while True:
            try:
                self.files.put(source, target)
            except FileExistsError:  # another program's: it keeps its name
                target = self._another(document, target)
            else:
                self._tidy(source)
                return

    def _another(self, document: DocumentKey, target: str) -> str:
        """Another name, in the row and in whatever is promised from the old one."""
        folder, _slash, name = target.rpartition("/")
        taken = {folded(found) for found in self.files.names(folder)}
        rows = self._db.rows("SELECT folded FROM documents WHERE folder = ? AND aside_at IS NULL", (folder,))
        made = free_name(name, taken | {row[0] for row in rows})
        with self._db.transaction():
            renamed = self._db.changed(
                "UPDATE documents SET name = ?, folded = ? WHERE document = ? AND folder = ? AND name = ?",
                (made, folded(made), document, folder, name),
            )
            if renamed:
                self.words.name(document, made)
            for column in ("source", "target"):
                self._db.run(
                    f"UPDATE document_moves SET {column} = ? WHERE document = ? AND {column} = ?",
                    (f"{folder}/{made}", document, target),
                )
        return f"{folder}/{made}"

    def _tidy(self, source: str) -> None:
        """Folders that are empty now go; the year's first."""
        year = source.rpartition("/")[0]
        if year != ASIDE:
            self.files.remove_folder(year)
            self.files.remove_folder(year.partition("/")[0])


def strangers(database: Database, files: Files, most: int) -> list[str]:
    """Places of files that no document has, beside the owner. Hidden ones are other programs' own."""
    found: list[str] = []
    sql = "SELECT 1 FROM documents WHERE folder = ? AND folded = ? AND aside_at IS NULL"
    moving = {row[0] for row in database.rows("SELECT source FROM document_moves")}
    for place in files.places():
        folder, _slash, name = place.rpartition("/")
        if name.startswith(".") or place in moving:
            continue
        if database.row(sql, (folder, folded(name))) is None:
            found.append(place)
        if len(found) == most:
            break
    return found


def _kept(row: Row) -> KeptDocument:
    return KeptDocument(*[*row[:12], bool(row[12]), row[13], bool(row[14])])
