"""Documents, in memory."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from actors.desk.shelving import PIECE
from store.mime.names import file_name
from store.model.document import Document, Export, Standing
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.file_names import folded, free_name
from store.model.ids import ClientId, DocumentId, EmailId, RequestId
from store.model.views import Done, EmailRow
from tests.support.fake_calls import FakePart, call, command
from tests.support.fake_writing import parts_of

NOW = 1_764_000_000
MOST = 25 << 20


@dataclass
class FakeShelf:
    """What clients have: each document with its bytes."""

    documents: dict[DocumentId, tuple[Document, bytes]] = field(default_factory=dict)
    held: set[ClientId] = field(default_factory=set)
    exported: set[ClientId] = field(default_factory=set)


class FakeDocuments(FakePart):
    """See the module."""

    def __init__(self) -> None:
        self.shelf = FakeShelf()

    @call
    async def documents(self, client: str) -> tuple[Document, ...]:
        key = self._client(client).client
        return tuple(one for one, _data in reversed(self.shelf.documents.values()) if one.client == key)

    @call
    async def find_documents(self, text: str, *, client: str | None = None, limit: int = 50) -> tuple[Document, ...]:
        key = None if client is None else self._client(client).client
        words, found = text.lower().split(), []
        for one, data in reversed(self.shelf.documents.values()):
            said = data.decode("utf-8", "replace") if one.name.endswith(".txt") else ""
            low = said.lower()
            if key in (None, one.client) and all(word in f"{one.name.lower()} {low}" for word in words):
                shown = any(word in low for word in words)
                found.append(replace(one, snippet=" ".join(said.split())[:160] if shown else ""))
        return tuple(found[: max(1, limit)])

    @call
    async def document_name(self, document: DocumentId) -> str:
        return self._kept(document)[0].name

    async def document(self, document: DocumentId) -> AsyncIterator[bytes]:
        await self.called("document", (document,), {})
        yield self._kept(document)[1]

    def _kept(self, document: DocumentId) -> tuple[Document, bytes]:
        found = self.shelf.documents.get(document)
        if found is None:
            raise NotFound
        return found

    @command
    async def add_document(self, request: RequestId, client: str, name: str, pieces: AsyncIterator[bytes]) -> Document:
        key, data = self._client(client).client, b""
        async for piece in pieces:
            if len(piece) > PIECE:
                raise BadRequest("too_long")
            data += piece
            if len(data) > MOST:
                raise BadRequest("document_too_large", most=MOST >> 20)
        return self._keep(key, name, data, None)

    @command
    async def save_attachment(
        self, request: RequestId, email: EmailId, n: int, *, client: str | None = None
    ) -> Document:
        mail = self.mail(email)
        part, data = next(((part, data) for part, data in parts_of(mail) if part.n == n), (None, b""))
        if part is None:
            raise NotFound
        filed = [one.client.client for one in self.firm.filings(mail)]
        if client is None and len(filed) != 1:
            raise BadRequest("which_client" if filed else "not_filed")
        key = filed[0] if client is None else self._client(client).client
        return self._keep(key, part.name, data, email)

    def _keep(self, client: ClientId, name: str, data: bytes, email: EmailId | None) -> Document:
        if not name.strip():
            raise BadRequest("bad_name")
        digest = hashlib.sha256(data).hexdigest()
        for one, _data in self.shelf.documents.values():
            if (one.client, one.sha256) == (client, digest):
                return replace(one, known=True)
        made = Document(
            document=DocumentId(f"d{next(self.firm.serial)}"),
            client=client,
            name=self._free(client, file_name(name)),
            size=len(data),
            sha256=digest,
            at=NOW,
            year="2025",
            email=email,
            by=self.firm.owner.name,
        )
        self.shelf.documents[made.document] = made, data
        self._did("document", 1, lambda: self._forget(made), kind="documents_changed")
        return made

    def _forget(self, made: Document) -> None:
        self.shelf.documents.pop(made.document, None)

    def _free(self, client: ClientId, name: str) -> str:
        return free_name(name, {folded(one.name) for one, _ in self.shelf.documents.values() if one.client == client})

    def _change(self, word: str, document: DocumentId, after: Document | None) -> Done:
        before = self._kept(document)
        if after is None:
            del self.shelf.documents[document]
        else:
            self.shelf.documents[document] = after, before[1]
        return self._did(word, 1, self._back(document, before), kind="documents_changed")

    def _back(self, document: DocumentId, before: tuple[Document, bytes]) -> Callable[[], None]:
        return lambda: self.shelf.documents.update({document: before})

    @command
    async def begin_export(self, request: RequestId, client: str) -> Export:
        found = self._client(client)
        linked = {address for address, key in self.firm.links if key == found.client}
        return Export(
            client=found.client,
            name=found.name,
            firm="Owner & Co",
            by=self.firm.owner.name,
            at=NOW,
            contacts=tuple(one for one in self.firm.contacts if not linked.isdisjoint(one.addresses)),
            documents=await self.documents(client),
            emails=sum(self.firm.is_filed(mail, found.client) for mail in self.firm.mails),
        )

    async def client_emails(self, client: str) -> AsyncIterator[EmailRow]:
        await self.called("client_emails", (client,), {})
        key = self._client(client).client
        for mail in self.firm.in_order():
            if self.firm.is_filed(mail, key):
                yield self.firm.email_row(mail)

    @command
    async def end_export(self, request: RequestId, client: str, *, emails: int, documents: int, manifest: str) -> Done:
        if len(manifest) != 64 or min(emails, documents) < 0:
            raise BadRequest("bad_value", field="manifest")
        self.shelf.exported.add(self._client(client).client)
        return Done(done=True, affected=emails + documents)

    @call
    async def client_standing(self, client: str) -> Standing:
        key = self._client(client).client
        return Standing(held=key in self.shelf.held, exported_at=NOW if key in self.shelf.exported else None)

    @command
    async def hold_client(self, request: RequestId, client: str, *, on: bool) -> Done:
        key = self._client(client).client
        if (key in self.shelf.held) is on:
            return Done(done=False, affected=0)
        (self.shelf.held.add if on else self.shelf.held.discard)(key)
        self.announce("firm_changed", client=key)
        return Done(done=True, affected=1)

    @command
    async def erase_client(self, request: RequestId, client: str) -> Done:
        found = self._client(client)
        if found.client in self.shelf.held:
            raise NotAllowed("on_hold")
        if found.client not in self.shelf.exported:
            raise BadRequest("not_exported")
        mails = [mail for mail in self.firm.mails if self.firm.is_filed(mail, found.client)]
        self.firm.mails = [mail for mail in self.firm.mails if mail not in mails]
        self.firm.clients.remove(found)
        for key in [key for key, (one, _data) in self.shelf.documents.items() if one.client == found.client]:
            del self.shelf.documents[key]
        self.announce("firm_changed")
        return Done(done=True, affected=len(mails))

    @command
    async def rename_document(self, request: RequestId, document: DocumentId, name: str) -> Done:
        kept = self._kept(document)[0]
        if not name.strip():
            raise BadRequest("bad_name")
        if file_name(name) == kept.name:
            return Done(done=False, affected=0)
        return self._change("rename_document", document, replace(kept, name=self._free(kept.client, file_name(name))))

    @command
    async def move_document(self, request: RequestId, document: DocumentId, client: str) -> Done:
        kept, key = self._kept(document)[0], self._client(client).client
        if kept.client == key:
            return Done(done=False, affected=0)
        self._need_no_hold(kept)
        after = replace(kept, client=key, name=self._free(key, kept.name))
        return self._change("move_document", document, after)

    @command
    async def delete_document(self, request: RequestId, document: DocumentId) -> Done:
        self._need_no_hold(self._kept(document)[0])
        return self._change("delete_document", document, None)

    def _need_no_hold(self, kept: Document) -> None:
        if kept.client in self.shelf.held:
            raise NotAllowed("on_hold")
