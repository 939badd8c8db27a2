"""What copies say: contents, their raw bodies once by hash, and the index over their words. One index row a content, so
that who may not read a content does not find by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from store.model.copy import Copy, Headers
from store.model.file_types import readable_as
from store.model.ids import EmailKey
from store.model.kept import Shape
from store.vault.database import Database

MAX_CONTENTS: Final = 255
LARGE: Final = 1 << 20  # bytes of a body that is written in place

_IN = "IN (SELECT value FROM carray(?1))"
_pack = msgspec.msgpack.Encoder().encode
_headers = msgspec.msgpack.Decoder(Headers).decode


@dataclass(frozen=True, slots=True)
class NewContent:
    """A content to be written under its number; `replaces`: one of headers alone stood there."""

    email: EmailKey
    no: int
    heads: bytes
    attachments: int
    copy: Copy
    replaces: bool


class Contents:
    """The tables of contents and bodies, and the index."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def save(self, contents: Sequence[NewContent]) -> None:
        """Write these, in ascending order of the index's rows (descending triples its time)."""
        ordered = sorted(contents, key=lambda one: one.email + one.no)
        replaced = [(one.email + one.no,) for one in ordered if one.replaces]
        self._db.many("DELETE FROM fts WHERE rowid = ?", replaced)
        self._db.many("DELETE FROM contents WHERE content = ?", replaced)
        self._db.many(
            "INSERT INTO contents (content, email, no, hash, heads, whole, subject, headers, text, shape, snippet,"
            " attachments, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_row(one) for one in ordered],
        )
        self._db.many(
            "INSERT INTO fts (rowid, subject, people, names, body) VALUES (?, ?, ?, ?, ?)",
            [_indexed(one) for one in ordered],
        )

        self._db.many("DELETE FROM file_texts WHERE content = ?", replaced)
        self._db.many(
            "INSERT OR REPLACE INTO file_texts (content, n, kind, name) VALUES (?, ?, ?, ?)",
            [row for one in ordered for row in _files(one)],
        )

    # ---- The words of attachments

    def files_wanted(self, most: int) -> list[tuple[int, EmailKey, int, str]]:
        """(content, its email, n, kind) of attachments whose words are still to be read, the newest first."""
        rows = self._db.rows(
            "SELECT t.content, c.email, t.n, t.kind FROM file_texts AS t JOIN contents AS c ON c.content = t.content"
            " WHERE t.code IS NULL ORDER BY t.content DESC LIMIT ?",
            (most,),
        )
        return [(row[0], EmailKey(row[1]), row[2], row[3]) for row in rows]

    def has_files_wanted(self, contents: Iterable[int]) -> bool:
        sql = f"SELECT 1 FROM file_texts WHERE content {_IN} AND code IS NULL LIMIT 1"
        return bool(self._db.of_keys(sql, contents))

    def keep_file(self, content: int, n: int, *, code: str, text: bytes | None) -> bool:
        """What was read of one; False where its content has gone."""
        sql = "UPDATE file_texts SET code = ?, text = ? WHERE content = ? AND n = ?"
        return self._db.changed(sql, (code, text, content, n)) > 0

    def to_index(self, content: int) -> tuple[str, bytes, bytes | None, bytes | None, list[bytes]] | None:
        """(subject, packed headers, packed text, packed shape, packed texts of its files)."""
        row = self._db.row("SELECT subject, headers, text, shape FROM contents WHERE content = ?", (content,))
        if row is None:
            return None
        texts = self._db.rows(
            "SELECT text FROM file_texts WHERE content = ? AND text IS NOT NULL ORDER BY n", (content,)
        )
        return row[0], row[1], row[2], row[3], [text[0] for text in texts]

    def index_again(self, content: int, *, subject: str, headers: Headers, names: str, body: str) -> None:
        """Its row of the index, in other words."""
        self._db.run("DELETE FROM fts WHERE rowid = ?", (content,))
        self._db.run(
            "INSERT INTO fts (rowid, subject, people, names, body) VALUES (?, ?, ?, ?, ?)",
            (content, subject, _people(headers), names, body),
        )

    def save_bodies(self, bodies: Iterable[tuple[bytes, bytes]]) -> None:
        """Raw bodies, each once."""
        small: list[tuple[bytes, bytes]] = []
        for digest, raw in bodies:
            if len(raw) < LARGE:
                small.append((digest, raw))
            elif self._db.changed(
                "INSERT OR IGNORE INTO bodies (hash, raw) VALUES (?, zeroblob(?))", (digest, len(raw))
            ):
                self._db.pour("bodies", "raw", raw)
        self._db.many("INSERT OR IGNORE INTO bodies (hash, raw) VALUES (?, ?)", small)

    def shown(self, email: EmailKey) -> tuple[str, str, str, str]:
        """(subject, snippet, name of From, address of From) of the content that a list shows: the first whole one."""
        row = self._db.row(
            "SELECT subject, snippet, headers FROM contents WHERE email = ? ORDER BY whole DESC, no LIMIT 1", (email,)
        )
        if row is None:
            return "", "", "", ""
        headers = msgspec.msgpack.decode(row[2], type=Headers)
        sender = headers.from_[0] if headers.from_ else None
        return row[0], row[1], sender.name if sender else "", sender.address if sender else ""

    def shape(self, email: EmailKey, no: int) -> bytes | None:
        """A content's packed Shape; None while its body is not here."""
        found = self._db.value("SELECT shape FROM contents WHERE content = ?", (email + no,))
        return None if found is None else bytes(found)

    def shapes_from(self, sender: int | None, *, but: EmailKey, most: int) -> list[bytes]:
        """Those of a sender's other emails, the newest of them."""
        rows = self._db.rows(
            "SELECT c.shape FROM (SELECT DISTINCT email FROM email_addresses WHERE address = ? AND role = 'from'"
            " AND email <> ? ORDER BY email DESC LIMIT ?) AS e"
            " JOIN contents AS c ON c.email = e.email WHERE c.shape IS NOT NULL",
            (sender, but, most),
        )
        return [row[0] for row in rows]

    def copy(self, email: EmailKey, no: int) -> tuple[bytes, bytes] | None:
        """Packed header fields and body of a copy with this content."""
        row = self._db.row(
            "SELECT h.block, b.raw FROM sightings AS s JOIN bodies AS b ON b.hash = s.body"
            " JOIN header_blocks AS h ON h.sighting = s.sighting WHERE s.email = ? AND s.content = ?"
            " ORDER BY s.sighting LIMIT 1",
            (email, no),
        )
        return None if row is None else (row[0], row[1])

    def first_headers(self, email: EmailKey) -> Headers | None:
        """Those of its first content: whatever threads depend on is equal in all."""
        found = self._db.value("SELECT headers FROM contents WHERE email = ? ORDER BY no LIMIT 1", (email,))
        return None if found is None else _headers(found)

    def remove(self, email: EmailKey, numbers: Iterable[int]) -> None:
        """Take contents out, and their words."""
        keys = [(email + no,) for no in numbers]
        self._db.many("DELETE FROM fts WHERE rowid = ?", keys)
        self._db.many("DELETE FROM file_texts WHERE content = ?", keys)
        self._db.many("DELETE FROM contents WHERE content = ?", keys)

    def move(self, email: EmailKey, no: int, target: EmailKey, number: int) -> None:
        """A content belongs to another email from now on; its words are indexed anew by the caller if it has them."""
        self._db.run(
            "UPDATE contents SET content = ?, email = ?, no = ? WHERE content = ?",
            (target + number, target, number, email + no),
        )
        self._db.run("DELETE FROM file_texts WHERE content = ?", (target + number,))
        self._db.run(  # its words are indexed anew, so theirs are too
            "UPDATE file_texts SET content = ?, code = NULL, text = NULL WHERE content = ?",
            (target + number, email + no),
        )

    def drop_unused_bodies(self, hashes: Iterable[bytes]) -> None:
        """Raw bodies that no sighting names any more."""
        self._db.many(
            "DELETE FROM bodies WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM sightings WHERE body = ?1)",
            [(one,) for one in hashes],
        )

    def fold(self, pages: int, *, begin: bool) -> bool:
        """Merge a slice of the index; whether anything was left to do. `begin` takes in all of it, so that deleted
        words really leave the file.
        """
        before = self._db.connection.total_changes()
        self._db.run("INSERT INTO fts (fts, rank) VALUES ('merge', ?)", (-pages if begin else pages,))
        return self._db.connection.total_changes() - before >= 2


def kept_headers(headers: Headers) -> Headers:
    """Without what delivery added and Bcc: these are the copy's own (Z16)."""
    return msgspec.structs.replace(headers, bcc=(), delivered_to=(), authentication_results=(), return_path=None)


def _row(one: NewContent) -> tuple[object, ...]:
    copy, body = one.copy, one.copy.body
    text, shape = None, None
    if body is not None:
        text = copy.text_body
        shape = _pack(
            Shape(
                html=body.html,
                hidden_text=body.hidden_text,
                links=body.links,
                parts=body.parts,
                calendar=body.calendar,
                report=body.report,
                cut=(*copy.headers.cut, *body.cut),
            )
        )
    return (
        one.email + one.no, one.email, one.no, copy.content_hash, one.heads, int(body is not None),
        copy.headers.subject, _pack(kept_headers(copy.headers)), text, shape, copy.snippet, one.attachments, copy.size,
    )  # fmt: skip


def _people(headers: Headers) -> str:
    return " ".join(f"{p.name} {p.address}" for p in (*headers.from_, *headers.to, *headers.cc))


def _files(one: NewContent) -> list[tuple[object, ...]]:
    """Its attachments that have words."""
    parts = () if one.copy.body is None else one.copy.body.parts
    kinds = ((part, readable_as(part.type, part.name)) for part in parts)
    return [(one.email + one.no, part.n, kind, part.name) for part, kind in kinds if kind is not None]


def _indexed(one: NewContent) -> tuple[object, ...]:
    headers, body = one.copy.headers, one.copy.body
    people = _people(headers)
    names = " ".join(part.name for part in body.parts) if body is not None else ""
    return one.email + one.no, headers.subject, people, names, one.copy.index_text if body is not None else ""
