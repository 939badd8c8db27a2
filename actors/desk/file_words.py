"""The words of attachments become part of what their email is found by ([T4]), behind the mail itself; those of
documents what the document is found by.

The DocumentsActor has them read; here they are kept, and the row of the index written anew. Must not parse.
"""

from typing import Final

import msgspec

from actors.desk.turn import Turn
from actors.desk.viewing import text_of
from actors.messages import DocumentRead, DocumentWanted, FilesOpen, FilesRead, FileWanted
from actors.switchboard import DOCUMENTS
from store.mime.limits import MAX_INDEX_BYTES
from store.model.copy import Headers
from store.model.errors import Away
from store.model.kept import Shape
from store.vault.document_words import GONE
from store.vault.following import NewAnnouncement

AT_ONCE: Final = 8
MOST_BYTES: Final = 32 << 20  # of a document that is read, and of several that are given together
MOST_PLACES: Final = 4  # where a document's bytes are looked for
MOST_WORDS: Final = 4 * MAX_INDEX_BYTES  # characters of an email with its files

_headers = msgspec.msgpack.Decoder(Headers).decode
_shape = msgspec.msgpack.Decoder(Shape).decode


def give(turn: Turn) -> None:
    """The next attachments to be read, the newest first."""
    wanted = turn.vault.contents.files_wanted(AT_ONCE)
    files = tuple(FileWanted(content=content, email=email, n=n, kind=kind) for content, email, n, kind in wanted)
    more = _index_documents(turn)
    documents, large = _documents(turn)
    turn.tell(DOCUMENTS, FilesOpen(files=files, documents=documents, more=more or large))


def _documents(turn: Turn) -> tuple[tuple[DocumentWanted, ...], bool]:
    """Bytes of documents to be read, the newest first; and whether one was passed over because it is too large."""
    shelf, given, size, large = turn.vault.shelf, list[DocumentWanted](), 0, False
    for sha256, kind, bytes_ in shelf.words.wanted(AT_ONCE):
        if bytes_ > MOST_BYTES:
            shelf.words.keep(sha256, kind, code="too_large", text=None)
            large = True
        elif not given or size + bytes_ <= MOST_BYTES:
            size += bytes_
            given.append(DocumentWanted(sha256=sha256, kind=kind, places=shelf.places_of(sha256, MOST_PLACES)))
    return tuple(given), large


def keep(turn: Turn, message: FilesRead) -> None:
    """Keep what was read. A repeat writes the same."""
    kept = turn.vault.contents
    changed = {
        one.content
        for one in message.files
        if kept.keep_file(one.content, one.n, code=one.code, text=one.text) and one.text is not None
    }
    for content in sorted(changed):
        _index(turn, content)
    for document in message.documents:
        _keep_document(turn, document)
    _index_documents(turn)


def _keep_document(turn: Turn, read: DocumentRead) -> None:
    """A file that was moved meanwhile is asked for again."""
    wanted, shelf = read.wanted, turn.vault.shelf
    if read.code != GONE or shelf.places_of(wanted.sha256, MOST_PLACES) == wanted.places:
        shelf.words.keep(wanted.sha256, wanted.kind, code=read.code, text=read.text)


def _index_documents(turn: Turn) -> bool:
    """Some documents whose bytes were read; whether there may be more. Searches that are open look again."""
    words = turn.vault.shelf.words
    due = words.read(AT_ONCE)
    for one in due:
        if one.text is not None:
            words.index(one.document, name=one.name, body=_words(one.text))
        words.worded(one.document)
    for client in sorted({one.client for one in due if one.text is not None}):
        turn.told.append(NewAnnouncement("documents_changed", client=client))
    return len(due) == AT_ONCE


def _index(turn: Turn, content: int) -> None:
    found = turn.vault.contents.to_index(content)
    if found is None:
        return
    subject, headers, text, shape, files = found
    names = " ".join(part.name for part in _shape(shape).parts) if shape is not None else ""
    words = [_words(packed) for packed in ((text or b""), *files)]
    body = "\n".join([names, *words])[:MOST_WORDS]
    turn.vault.contents.index_again(content, subject=subject, headers=_headers(headers), names=names, body=body)


def _words(packed: bytes) -> str:
    try:
        return text_of(packed)
    except Away:
        return ""
