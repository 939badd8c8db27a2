"""Documents on every Desk: kept from mail and from the caller's files, told, renamed, moved, deleted and taken back."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, LocalCopy, NewContact
from actors.desk.shelving import PIECE
from store.model.document import Document
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.ids import DocumentId, EmailId, RequestId
from tests.contract.test_desk import WORLDS, emails, new, refused

CONTENT = b"%PDF-1.4 the deed\n" * 40_000
LETTER = (
    b"From: Ada Byron <ada@byron.example>\r\nTo: olga@firm.example\r\nSubject: Deed\r\nMessage-ID: <1@mail.example>\r\n"
    b"Date: Mon, 02 Mar 2026 10:01:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nAttached.\r\n--b\r\nContent-Type: application/pdf\r\n"
    b'Content-Disposition: attachment; filename="Deed: draft.pdf"\r\n\r\n%PDF-1.4 attached\r\n--b--\r\n'
)


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
        await desk.add_client(new(), "Blum")
        yield desk


async def cut(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, max(1, len(data)), PIECE):
        yield data[start : start + PIECE]


async def add(
    desk: Desk,
    name: str = "Deed.pdf",
    data: bytes = b"deed",
    *,
    client: str = "Byron",
    request: RequestId | None = None,
) -> Document:
    return await desk.add_document(request or new(), client, name, cut(data))


async def whole(desk: Desk, document: DocumentId) -> bytes:
    return b"".join([piece async for piece in desk.document(document)])


async def names(desk: Desk, client: str = "Byron") -> list[str]:
    return sorted(one.name for one in await desk.documents(client))


async def letter(desk: Desk) -> EmailId:
    async def copies() -> AsyncIterator[LocalCopy]:
        yield LocalCopy(folder="INBOX", data=LETTER)

    await desk.import_copies(new(), "Old mail", copies())
    return (await emails(desk))[1].email


async def test_a_file_is_kept_and_told_as_it_came(desk: Desk) -> None:
    made = await add(desk, data=CONTENT)
    assert (made.name, made.size, made.sha256) == ("Deed.pdf", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert (made.email, made.known) == (None, False)
    assert await desk.documents("byron") == (made,)
    assert await whole(desk, made.document) == CONTENT
    assert await desk.document_name(made.document) == "Deed.pdf"
    assert await desk.documents("Blum") == ()


async def test_an_empty_file_is_a_file(desk: Desk) -> None:
    made = await add(desk, data=b"")
    assert made.size == 0
    assert await whole(desk, made.document) == b""


async def test_the_same_content_is_not_kept_twice(desk: Desk) -> None:
    made = await add(desk)
    again = await add(desk, "Another name.pdf")
    assert (again.document, again.name, again.known) == (made.document, "Deed.pdf", True)
    assert await names(desk) == ["Deed.pdf"]
    assert not (await add(desk, client="Blum")).known


async def test_the_same_name_gets_a_number(desk: Desk) -> None:
    await add(desk)
    assert (await add(desk, "DEED.pdf", b"other")).name == "DEED (2).pdf"
    assert (await add(desk, "deed.pdf", b"third")).name == "deed (3).pdf"


async def test_a_name_is_made_safe(desk: Desk) -> None:
    assert (await add(desk, "../../etc/pass\u202ewd.pdf")).name == "_.._etc_passwd.pdf"
    assert (await add(desk, "CON.pdf", b"2")).name == "_CON.pdf"
    error = await refused(add(desk, "  ", b"3"))
    assert isinstance(error, BadRequest)
    assert error.code == "bad_name"


async def test_a_repeat_gets_the_first_answer(desk: Desk) -> None:
    request = new()
    made = await add(desk, request=request)
    assert await add(desk, request=request) == made
    assert len(await desk.documents("Byron")) == 1


async def test_too_large_a_file_is_refused_and_leaves_nothing(desk: Desk) -> None:
    error = await refused(add(desk, data=bytes((25 << 20) + 1)))
    assert isinstance(error, BadRequest)
    assert (error.code, error.arguments["most"]) == ("document_too_large", 25)
    assert await desk.documents("Byron") == ()


async def test_an_attachment_is_saved_with_its_mails_client(desk: Desk) -> None:
    email = await letter(desk)
    (part,) = (await desk.email(email)).attachments
    made = await desk.save_attachment(new(), email, part.n)
    assert (made.name, made.email, made.known) == ("Deed_ draft.pdf", email, False)
    assert await whole(desk, made.document) == b"%PDF-1.4 attached"
    assert (await desk.save_attachment(new(), email, part.n)).known
    other = await desk.save_attachment(new(), email, part.n, client="Blum")
    assert await names(desk, "Blum") == [other.name]
    assert isinstance(await refused(desk.save_attachment(new(), email, part.n + 7)), NotFound)


async def test_an_unfiled_mail_needs_a_client(desk: Desk) -> None:
    email = await letter(desk)
    await desk.file(new(), email=email, client=None)
    (part,) = (await desk.email(email)).attachments
    error = await refused(desk.save_attachment(new(), email, part.n))
    assert isinstance(error, BadRequest)
    assert error.code == "not_filed"
    assert (await desk.save_attachment(new(), email, part.n, client="Blum")).name == "Deed_ draft.pdf"


async def test_it_is_renamed_and_named_back(desk: Desk) -> None:
    made = await add(desk)
    await add(desk, "Will.pdf", b"will")
    done = await desk.rename_document(new(), made.document, "Will.pdf")
    assert (done.done, done.undo) == (True, "rename_document")
    assert await names(desk) == ["Will (2).pdf", "Will.pdf"]
    assert await whole(desk, made.document) == b"deed"
    assert not (await desk.rename_document(new(), made.document, "Will (2).pdf")).done
    assert (await desk.undo(new())).done
    assert await names(desk) == ["Deed.pdf", "Will.pdf"]


async def test_it_goes_to_another_client_and_back(desk: Desk) -> None:
    made = await add(desk)
    assert (await desk.move_document(new(), made.document, "Blum")).done
    assert (await names(desk), await names(desk, "Blum")) == ([], ["Deed.pdf"])
    assert await whole(desk, made.document) == b"deed"
    assert (await desk.undo(new())).done
    assert (await names(desk), await names(desk, "Blum")) == (["Deed.pdf"], [])


async def test_deleted_it_is_gone_until_undone(desk: Desk) -> None:
    made = await add(desk)
    assert (await desk.delete_document(new(), made.document)).done
    assert await desk.documents("Byron") == ()
    assert isinstance(await refused(whole(desk, made.document)), NotFound)
    assert isinstance(await refused(desk.rename_document(new(), made.document, "x")), NotFound)
    await desk.undo(new())
    assert await whole(desk, made.document) == b"deed"


async def test_undone_it_was_never_kept(desk: Desk) -> None:
    await add(desk)
    assert (await desk.undo(new())).undo == "document"
    assert await desk.documents("Byron") == ()
    assert not (await add(desk)).known


async def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    nobody = DocumentId("d0000000000000")
    assert isinstance(await refused(desk.documents("Nobody")), NotFound)
    assert isinstance(await refused(add(desk, client="Nobody")), NotFound)
    assert isinstance(await refused(whole(desk, nobody)), NotFound)
    assert isinstance(await refused(desk.document_name(nobody)), NotFound)
    for act in (
        desk.rename_document(new(), nobody, "x"),
        desk.move_document(new(), nobody, "Blum"),
        desk.delete_document(new(), nobody),
        desk.move_document(new(), (await add(desk)).document, "Nobody"),
    ):
        assert isinstance(await refused(act), NotFound)


async def test_a_hold_forbids_what_removes_until_it_is_lifted(desk: Desk) -> None:
    made = await add(desk)
    assert not (await desk.client_standing("Byron")).held
    assert (await desk.hold_client(new(), "Byron", on=True)).done
    assert not (await desk.hold_client(new(), "Byron", on=True)).done
    assert (await desk.client_standing("Byron")).held
    for act in (desk.delete_document(new(), made.document), desk.move_document(new(), made.document, "Blum")):
        error = await refused(act)
        assert (type(error), error.code) == (NotAllowed, "on_hold")
    assert (await desk.rename_document(new(), made.document, "Will.pdf")).done
    assert (await desk.hold_client(new(), "Byron", on=False)).done
    assert (await desk.delete_document(new(), made.document)).done
    assert isinstance(await refused(desk.hold_client(new(), "Nobody", on=True)), NotFound)


async def test_an_export_is_told_from_its_beginning_to_its_end(desk: Desk) -> None:
    email = await letter(desk)
    made = await add(desk)
    begun = await desk.begin_export(new(), "byron")
    assert (begun.name, begun.emails, begun.documents) == ("Byron", 1, (made,))
    assert [(one.name, one.addresses) for one in begun.contacts] == [("Ada", ("ada@byron.example",))]
    assert [row.email async for row in desk.client_emails("Byron")] == [email]
    assert [row.email async for row in desk.client_emails("Blum")] == []
    assert (await desk.client_standing("Byron")).exported_at is None
    error = await refused(desk.end_export(new(), "Byron", emails=1, documents=1, manifest="x"))
    assert isinstance(error, BadRequest)
    assert (await desk.end_export(new(), "Byron", emails=1, documents=1, manifest="0" * 64)).affected == 2
    assert (await desk.client_standing("Byron")).exported_at is not None
    assert isinstance(await refused(desk.begin_export(new(), "Nobody")), NotFound)


async def test_erased_it_is_no_more(desk: Desk) -> None:
    email = await letter(desk)
    made = await add(desk)
    error = await refused(desk.erase_client(new(), "Byron"))
    assert (type(error), error.code) == (BadRequest, "not_exported")
    await desk.end_export(new(), "Byron", emails=1, documents=1, manifest="0" * 64)
    await desk.hold_client(new(), "Byron", on=True)
    assert (await refused(desk.erase_client(new(), "Byron"))).code == "on_hold"
    await desk.hold_client(new(), "Byron", on=False)
    done = await desk.erase_client(new(), "Byron")
    assert (done.done, done.affected, done.undo) == (True, 1, None)
    async for _event in desk.announcements(since=0):
        if [one.name for one in await desk.clients()] == ["Blum"]:
            break
    assert isinstance(await refused(whole(desk, made.document)), NotFound)
    assert isinstance(await refused(desk.email(email)), NotFound)
    assert isinstance(await refused(desk.documents("Byron")), NotFound)


async def test_it_is_announced_with_its_client(desk: Desk) -> None:
    made = await add(desk)
    async for event in desk.announcements(since=0):
        if event.kind == "documents_changed":
            assert event.client in (made.client, None)
            break
