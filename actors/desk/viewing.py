"""An email as a person reads it, and a copy as it may be handed on: made here from what the vault keeps packed."""

from collections.abc import Iterable
from typing import Final

from store.mime.block import read_block
from store.mime.compress import TooLarge, decompress
from store.mime.headers import MIME_WANTED
from store.mime.limits import MAX_HEADER_BYTES, MAX_TEXT
from store.mime.links import suspicious
from store.mime.parts import attachment
from store.mime.quotes import blocks
from store.model.address import Person
from store.model.errors import Away
from store.model.evidence import Verified
from store.model.ids import key_seconds
from store.model.views import Block, EmailView, FilingView, Link
from store.vault.ids import Ids
from store.vault.queries.judging import Judged
from store.vault.queries.letters import Letter, RawCopy

MOST_BODY: Final = 64 << 20
_TEXT_BYTES: Final = 4 * MAX_TEXT
_SNIPPET: Final = 160
_BEFORE: Final = 40  # characters of a snippet before the word that was looked for

# What a sender wrote. Everything else is delivery's, or might be: it belongs to the copy's mailbox alone (Z16).
_SHARED: Final = frozenset(
    b"from sender reply-to to cc date subject message-id in-reply-to references comments keywords mime-version"
    b" content-type content-transfer-encoding content-disposition content-description content-language content-id"
    b" content-location list-id list-post list-help list-archive list-owner list-unsubscribe list-unsubscribe-post"
    b" list-subscribe auto-submitted precedence importance priority x-priority sensitivity organization user-agent"
    b" x-mailer disposition-notification-to thread-topic thread-index dkim-signature autocrypt".split()
)


def text_of(packed: bytes) -> str:
    """A content's text."""
    return unpacked(packed, limit=_TEXT_BYTES).decode("utf-8", "replace")


def unpacked(packed: bytes, *, limit: int) -> bytes:
    """What was packed. What cannot be read is away, whatever became of it."""
    try:
        return decompress(packed, limit=limit)
    except TooLarge:
        raise Away("body_unavailable") from None


def email_view(
    letter: Letter,
    state: Judged,
    *,
    filings: tuple[FilingView, ...],
    answered_by: str | None,
    last_contact_at: int | None,
    private: bool,
    ids: Ids,
) -> EmailView:
    """The letter opened."""
    mail, content, shape = letter.mail, letter.content, letter.shape
    headers = content.headers
    text = text_of(letter.text)
    return EmailView(
        email=ids.email(mail.email),
        thread=ids.thread(mail.thread),
        subject=content.subject,
        from_=headers.from_,
        to=headers.to,
        cc=headers.cc,
        bcc=letter.bcc,
        reply_to=headers.reply_to,
        date=mail.date,
        received=key_seconds(mail.email),
        message_id=mail.message_id,
        verified=mail.verified,
        versions=mail.versions,
        version=letter.version,
        whole=content.whole,
        text=text,
        blocks=tuple(Block(kind=kind, text=part) for kind, part in blocks(text)),
        links=tuple(Link(text=said, target=to, suspicious=suspicious(said, to)) for said, to in shape.links),
        attachments=shape.parts,
        warnings=tuple(_warnings(letter)),
        clients=filings,
        answered_by=answered_by,
        answered_at=state.at,
        last_contact_at=last_contact_at,
        private=private,
    )


def _warnings(letter: Letter) -> Iterable[str]:
    headers = letter.content.headers
    if letter.mail.verified is Verified.FAIL:
        yield "unverified"
    if letter.shape.hidden_text:
        yield "hidden_text"
    if letter.shape.cut or headers.cut:
        yield "cut"
    if headers.reply_to and not _domains(headers.reply_to) <= _domains(headers.from_):
        yield "reply_to_differs"
    if letter.mail.versions > 1:
        yield "versions"
    if not letter.content.whole:
        yield "body_missing"


def _domains(people: Iterable[Person]) -> set[str]:
    return {person.address.rpartition("@")[2].casefold() for person in people}


def snippet_around(text: str, words: Iterable[str]) -> str | None:
    """The stretch around the first of these words, on one line; None where none stands in the text as typed."""
    low = text.lower()
    found = [place for word in words if (place := low.find(word.lower())) >= 0]
    if not found or len(low) != len(text):
        return None
    start = max(0, min(found) - _BEFORE)
    if start:
        start = text.find(" ", start, min(found)) + 1 or start
    return " ".join(text[start : start + 2 * _SNIPPET].split())[:_SNIPPET]


def raw_bytes(copy: RawCopy) -> bytes:
    """The copy as it was received, or, for others than its mailbox's members, what its sender wrote of it."""
    block = unpacked(copy.header_block, limit=2 * MAX_HEADER_BYTES)
    body = unpacked(copy.body, limit=MOST_BODY)
    if copy.own:
        cut = len(block) >= MAX_HEADER_BYTES
        return block + (b"\r\n\r\n" if cut else b"") + body
    return shared_fields(block) + body


def part_bytes(copy: RawCopy, n: int) -> bytes:
    """One attachment of the copy, decoded. Whatever its bytes are, it is that part or away."""
    raw = raw_bytes(copy)
    try:
        found = attachment(raw, read_block(raw, wanted=MIME_WANTED), n)
    except Exception:  # noqa: BLE001 - whatever a sender can think of
        found = None
    if found is None:
        raise Away("body_unavailable")
    return found


def shared_fields(block: bytes) -> bytes:
    """The header fields that every reader of an email may have, and the empty line after them."""
    end = b"\r\n" if b"\r\n" in block else b"\n"
    kept: list[bytes] = []
    keeps = False
    for line in block.split(end):
        if line[:1] not in (b" ", b"\t"):
            keeps = line.partition(b":")[0].strip().lower() in _SHARED
        if keeps:
            kept.append(line)
    return end.join([*kept, b"", b""])
