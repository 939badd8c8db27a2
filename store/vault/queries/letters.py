"""One email with its text, or as it was received, for one reader: packed, as it is kept; the floor above reads it.

Bcc, Delivered-To and what else a copy alone has go to its mailbox's members only (Z16).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from store.model.address import Person
from store.model.errors import Away, NotFound
from store.model.ids import EmailKey, ThreadKey
from store.model.kept import OwnPart, Shape
from store.vault.queries.mails import Content, SeenEmail, hang, of_keys
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

_shape = msgspec.msgpack.Decoder(Shape).decode
_own = msgspec.msgpack.Decoder(OwnPart).decode


@dataclass(frozen=True, slots=True)
class Letter:
    """A content of an email, and the email. `text` is packed."""

    mail: SeenEmail
    content: Content
    version: int  # from 1
    text: bytes
    shape: Shape
    bcc: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class RawCopy:
    """Packed header fields and body of one copy. `own`: it may be shown as it was received."""

    own: bool
    header_block: bytes
    body: bytes


def email_key(sight: Sight, word: str) -> EmailKey:
    """The email that an id stands for now, if the reader sees it."""
    return seen_email(sight, word).email


def is_private(sight: Sight, email: EmailKey) -> bool:
    """Of an email that the reader sees."""
    return bool(sight.value("SELECT private FROM emails WHERE email = :email", email=email))


def thread_key(sight: Sight, word: str) -> ThreadKey:
    """The thread that an id stands for now; whether anything of it is seen is another question."""
    asked = sight.ids.thread_key(word)
    found = sight.value(
        "SELECT thread FROM threads WHERE thread = :thread"
        " UNION ALL SELECT thread FROM merged_threads WHERE merged = :thread",
        thread=asked,
    )
    if found is None:
        raise NotFound
    return ThreadKey(found)


def seen_email(sight: Sight, word: str) -> SeenEmail:
    """An email by its id, or by one that it had before."""
    asked = sight.ids.email_key(word)
    alias = sight.value("SELECT email FROM aliases WHERE alias = :email", email=asked)
    found = of_keys(sight, (asked if alias is None else alias,))
    if not found:
        raise NotFound
    return found[0]


def letter(sight: Sight, word: str, *, version: int) -> Letter:
    """The email in one of its versions; 0 is the one that lists show."""
    mail = seen_email(sight, word)
    hang(sight, [mail])
    versions = mail.told_apart()
    if not 0 <= version <= max(1, len(versions)):
        raise NotFound
    shown = versions[version - 1] if version else mail.shown
    if shown is None:
        raise Away("body_unavailable")
    row = sight.row("SELECT text, shape FROM contents WHERE content = :content", content=mail.email + shown.no)
    text, shape = row if row is not None else (None, None)
    return Letter(
        mail=mail,
        content=shown,
        version=next((place for place, one in enumerate(versions, 1) if one.no == shown.no), 1),
        text=text or b"",
        shape=Shape() if shape is None else _shape(shape),
        bcc=_bcc(sight, mail.email, shown.no) or _sent_to(sight, mail),
    )


def texts(sight: Sight, contents: Iterable[int]) -> dict[int, bytes]:
    """The packed texts of contents that were found visible."""
    return dict(
        sight.rows(
            "SELECT content, text FROM contents WHERE content IN (SELECT value FROM json_each(:contents))"
            " AND text IS NOT NULL",
            contents=keys(contents),
        )
    )


def file_texts(sight: Sight, content: int) -> list[tuple[str, bytes]]:
    """(name, packed text) of the attachments of a content that was found visible."""
    sql = "SELECT name, text FROM file_texts WHERE content = :content AND text IS NOT NULL ORDER BY n"
    return [(row[0], row[1]) for row in sight.rows(sql, content=content)]


def raw_copy(sight: Sight, word: str) -> RawCopy:
    """One's own copy if there is one, else any of a filed email."""
    mail = seen_email(sight, word)
    hang(sight, [mail])
    mine = sight.visible.copy("s")
    contents = [content.no for content in mail.contents]
    row = sight.row(
        f"SELECT h.block, b.raw, {mine} FROM sightings AS s JOIN bodies AS b ON b.hash = s.body"
        " JOIN header_blocks AS h ON h.sighting = s.sighting"
        f" WHERE s.email = :email AND ({mine} OR :filed)"
        " AND (s.content IS NULL OR s.content IN (SELECT value FROM json_each(:contents)))"
        f" ORDER BY {mine} DESC, s.content IS :shown DESC, s.sighting LIMIT 1",
        email=mail.email,
        filed=int(mail.by_filing),
        contents=keys(contents),
        shown=mail.shown.no if mail.shown else None,
    )
    if row is None:
        raise Away("body_unavailable")
    return RawCopy(own=bool(row[2]), header_block=row[0], body=row[1])


def part_copy(sight: Sight, word: str, *, version: int, n: int) -> RawCopy:
    """A copy of that version with its attachment `n`: whose copy does not matter, a content is the same in all."""
    found = letter(sight, word, version=version)
    if not found.content.whole:
        raise Away("body_unavailable")
    if all(part.n != n for part in found.shape.parts):
        raise NotFound
    row = sight.row(
        "SELECT h.block, b.raw FROM sightings AS s JOIN bodies AS b ON b.hash = s.body"
        " JOIN header_blocks AS h ON h.sighting = s.sighting WHERE s.email = :email AND s.content = :content"
        " ORDER BY s.sighting LIMIT 1",
        email=found.mail.email,
        content=found.content.no,
    )
    if row is None:
        raise Away("body_unavailable")
    return RawCopy(own=True, header_block=row[0], body=row[1])


def _bcc(sight: Sight, email: EmailKey, content: int) -> tuple[Person, ...]:
    """Of the reader's own copies, those with this content first."""
    found: dict[str, Person] = {}
    for (packed,) in sight.rows(
        f"SELECT s.own FROM sightings AS s WHERE s.email = :email AND s.own IS NOT NULL AND {sight.visible.copy('s')}"
        " ORDER BY s.content IS :content DESC, s.sighting",
        email=email,
        content=content,
    ):
        for person in _own(packed).bcc:
            found.setdefault(person.address, person)
    return tuple(found.values())


def _sent_to(sight: Sight, mail: SeenEmail) -> tuple[Person, ...]:
    """Bcc of what the reader sent from here: told to its writer alone, since no copy says it."""
    ids = {mail.message_id, *(content.headers.message_id for content in mail.contents)} - {None}
    rows = sight.rows(
        "SELECT r.name, r.address FROM outbox AS o JOIN outbox_recipients AS r ON r.outbox = o.outbox"
        " WHERE o.message_id IN (SELECT value FROM json_each(:ids)) AND o.member = :member"
        " AND coalesce((SELECT email FROM aliases WHERE alias = o.email), o.email) = :email AND r.role = 'bcc'"
        " ORDER BY r.place",
        ids=msgspec.json.encode(sorted(map(str, ids))).decode(),
        email=mail.email,
    )
    return tuple(Person(name=name, address=address) for name, address in rows)
