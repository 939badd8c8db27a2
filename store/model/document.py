"""Documents: files that are kept for a client, most of them saved attachments ([A1]-[A3])."""

from store.model.firm import Contact
from store.model.ids import ClientId, DocumentId, EmailId
from store.model.record import Record


class Document(Record, frozen=True, kw_only=True):
    """A client's document. `email` and `mailbox` say where it came from, as far as the reader may know."""

    document: DocumentId
    client: ClientId
    name: str
    size: int
    sha256: str
    at: int  # when it was saved
    year: str = ""  # the folder that it lies in, below the client's
    email: EmailId | None = None
    mailbox: str | None = None  # of those that the reader is a member of
    by: str | None = None  # the member's name; None: saved by itself
    known: bool = False  # the same file was there already: nothing was saved
    snippet: str = ""  # of its words around what was looked for, one line, not yet plain


class Export(Record, frozen=True, kw_only=True):
    """What an export of a client begins with ([C7])."""

    client: ClientId
    name: str
    firm: str
    by: str
    at: int
    contacts: tuple[Contact, ...] = ()
    documents: tuple[Document, ...] = ()
    emails: int = 0  # that the reader sees


class Standing(Record, frozen=True, kw_only=True):
    """What a client's removal depends on ([C10])."""

    held: bool = False
    exported_at: int | None = None
    erasing: bool = False


class Staged(Record, frozen=True, kw_only=True):
    """A file on its way into the documents: written and flushed, without a place yet."""

    token: str
    size: int
    sha256: bytes
    modified: int  # nanoseconds
