"""The words of attachments become part of what their email is found by ([T4]), behind the mail itself.

The DocumentsActor has them read; here they are kept, and the email's row of the index written anew. Must not parse.
"""

from typing import Final

import msgspec

from actors.desk.turn import Turn
from actors.desk.viewing import text_of
from actors.messages import FilesOpen, FilesRead, FileWanted
from actors.switchboard import DOCUMENTS
from store.mime.limits import MAX_INDEX_BYTES
from store.model.copy import Headers
from store.model.errors import Away
from store.model.kept import Shape

AT_ONCE: Final = 8
MOST_WORDS: Final = 4 * MAX_INDEX_BYTES  # characters of an email with its files

_headers = msgspec.msgpack.Decoder(Headers).decode
_shape = msgspec.msgpack.Decoder(Shape).decode


def give(turn: Turn) -> None:
    """The next attachments to be read, the newest first."""
    wanted = turn.vault.contents.files_wanted(AT_ONCE)
    files = tuple(FileWanted(content=content, email=email, n=n, kind=kind) for content, email, n, kind in wanted)
    turn.tell(DOCUMENTS, FilesOpen(files=files))


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
