"""Documents are found by their words, read behind: once for the same bytes, gone with the document, safe from kills."""

import asyncio
import signal
import uuid
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.desk import shelving
from actors.desk.actor import DeskActor
from actors.desk.file_words import MOST_BYTES
from actors.desk.local import LocalDesk
from actors.desk.reading import Readers, VaultReader
from actors.documents import DocumentsActor
from actors.messages import DocumentRead, FilesFound, FilesOpen, FilesRead, FoundFile, SavingStirred
from store.mime.compress import compress
from store.mime.worker import time_is_over
from store.model.document import Document
from store.model.ids import DocumentKey, RequestId
from tests.office import test_desk_erasing
from tests.office.test_desk_erasing import Firm as ErasingFirm
from tests.office.test_desk_erasing import firm as erasing  # noqa: F401 - a fixture
from tests.office.test_desk_saving import WORD, Firm, firm, mail, seen  # noqa: F401 - a fixture too
from tests.support.copies import DeskRig
from tests.support.documents import docx, pdf
from tests.support.hands import Hands
from tests.support.killing import Plan, arm
from tests.support.office import DEADLINE
from tests.support.rig import rig

DEED = docx("The quincunx clause of the deed")
DAYS = 3 * 86_400


@pytest.fixture(autouse=True)
def _alarm() -> None:
    """Where files are read without a worker's process."""
    signal.signal(signal.SIGALRM, time_is_over)


def add(hands: Hands, client: str, name: str, data: bytes) -> DocumentKey:
    """A file of the owner's becomes a client's document."""
    rig, token = hands.rig, uuid.uuid4().hex
    with rig.writer.turn() as turn:
        turn.vault.shelf.stage(token, at=0)
    file = shelving.stage_now(rig.vault.shelf.files, token, data)
    made = hands.ask(rig.owner, "add_document", client=client, name=name, token=token,
                     modified=file.modified, size=file.size, sha256=file.sha256)  # fmt: skip
    return rig.vault.ids.document_key(made.document)


def looked(rig: DeskRig, text: str, client: str | None = None) -> list[str]:
    """Names and snippets that the owner finds."""
    database = rig.vault.reader()
    try:
        reader: VaultReader = Readers().reader(database, rig.owner, int(rig.time.now()))
        return [f"{one.name}: {one.snippet}" for one in reader.find_documents(text, client=client, limit=50)]
    finally:
        database.close()


def opened(rig: DeskRig) -> FilesOpen:
    """What the desk gives to be read now."""
    rig.take_told(FilesOpen)
    rig.writer.open_files()
    ((_name, message),) = rig.take_told(FilesOpen)
    assert isinstance(message, FilesOpen)
    return message


def texts(rig: DeskRig) -> list[tuple[object, ...]]:
    return rig.rows("SELECT kind, code FROM document_texts")


# ---- With a worker's code, and the desk's own writer


def test_names_are_found_at_once_and_words_behind(firm: Firm) -> None:  # noqa: F811
    add(firm.hands, "Acme", "Deed of 2026.docx", DEED)
    assert looked(firm.rig, "deed") == ["Deed of 2026.docx: "]
    assert looked(firm.rig, "quincunx") == []
    firm.save()
    assert looked(firm.rig, "quincunx") == ["Deed of 2026.docx: The quincunx clause of the deed"]
    assert looked(firm.rig, "QUINC", "Acme") == ["Deed of 2026.docx: The quincunx clause of the deed"]
    assert looked(firm.rig, "quincunx", "Blum") == []
    assert looked(firm.rig, "2026 clause filename:deed") != []
    for nothing in ("quincunx -clause", "filename:quincunx", "quincunx zeugma", "has:attachment", "before:2001"):
        assert looked(firm.rig, nothing) == [], nothing
    assert len(looked(firm.rig, "zeugma OR quincunx after:2001")) == 1


def test_a_saved_attachment_is_found_as_its_mail_is(firm: Firm) -> None:  # noqa: F811
    firm.inbox.deposit(seen(1, mail("one@x", ("Offer.docx", *WORD, DEED))))
    firm.save()
    assert len(looked(firm.rig, "quincunx", "Acme")) == 1
    assert firm.found("quincunx") == [firm.rig.email("one@x")]


def test_what_was_found_in_the_folder_is_read_too(firm: Firm) -> None:  # noqa: F811
    folder = f"Acme ({firm.hands.client(firm.acme)})/2026"
    place = firm.rig.vault.shelf.files.root / folder / "Deed.docx"
    place.parent.mkdir(parents=True)
    place.write_bytes(DEED)
    known = firm.actor._known_by(f"{folder}/Deed.docx")  # noqa: SLF001 - as it would tell
    assert isinstance(known, FoundFile)
    firm.rig.writer.files_found(FilesFound(files=(known, known)))
    firm.save()
    assert looked(firm.rig, "quincunx") == ["Deed.docx: The quincunx clause of the deed"]


def test_the_same_bytes_are_read_once(firm: Firm) -> None:  # noqa: F811
    for client, name in (("Acme", "Deed.docx"), ("Blum", "Other.docx")):
        add(firm.hands, client, name, DEED)
    (wanted,) = opened(firm.rig).documents
    assert len(wanted.places) == 2
    firm.save()
    assert len(looked(firm.rig, "quincunx")) == 2
    add(firm.hands, "Acme", "Deed again.docx", docx("zeugma"))
    (another,) = opened(firm.rig).documents
    assert another.sha256 != wanted.sha256
    firm.save()
    assert texts(firm.rig) == [("office", "")] * 2
    assert opened(firm.rig) == FilesOpen()


def test_renamed_it_is_found_by_its_new_name_and_still_by_its_words(firm: Firm) -> None:  # noqa: F811
    key = add(firm.hands, "Acme", "Deed.docx", DEED)
    firm.save()
    document = firm.rig.vault.ids.document(key)
    firm.hands.do(firm.rig.owner, "rename_document", document=document, name="Will.docx")
    assert looked(firm.rig, "will") == ["Will.docx: "]
    assert looked(firm.rig, "filename:deed") == []
    assert opened(firm.rig).documents == ()
    assert looked(firm.rig, "quincunx") == ["Will.docx: The quincunx clause of the deed"]


def test_deleted_it_is_not_found_until_it_is_taken_back_and_then_its_words_go(firm: Firm) -> None:  # noqa: F811
    document = firm.rig.vault.ids.document(add(firm.hands, "Acme", "Deed.docx", DEED))
    firm.save()
    firm.hands.do(firm.rig.owner, "delete_document", document=document)
    assert looked(firm.rig, "quincunx") == []
    firm.hands.do(firm.rig.owner, "undo")
    assert len(looked(firm.rig, "quincunx")) == 1
    firm.hands.do(firm.rig.owner, "delete_document", document=document)
    firm.rig.time.advance(DAYS)
    firm.rig.writer.tick()
    assert texts(firm.rig) == []
    assert firm.rig.rows("SELECT rowid FROM fts_documents WHERE fts_documents MATCH 'quincunx OR deed'") == []


def test_words_that_went_with_their_document_leave_the_file(firm: Firm) -> None:  # noqa: F811
    document = firm.rig.vault.ids.document(add(firm.hands, "Acme", "Deed.docx", DEED))
    firm.save()
    assert b"quincunx" in kept_bytes(firm)
    firm.hands.do(firm.rig.owner, "delete_document", document=document)
    firm.rig.time.advance(DAYS)
    firm.rig.writer.tick()
    assert b"quincunx" not in kept_bytes(firm)


def kept_bytes(firm: Firm) -> bytes:  # noqa: F811
    """The database's file and log, after all that is done when nothing else is on."""
    while firm.rig.writer.idle():
        pass
    firm.rig.writer.idle()
    return b"".join(path.read_bytes() for path in firm.rig.path.parent.glob("vault.db*"))


@pytest.mark.parametrize("other", [True, False])
def test_words_stay_as_long_as_another_document_has_the_bytes(firm: Firm, *, other: bool) -> None:  # noqa: F811
    key = add(firm.hands, "Acme", "Deed.docx", DEED)
    if other:
        add(firm.hands, "Blum", "Deed.docx", DEED)
    firm.save()
    firm.hands.do(firm.rig.owner, "delete_document", document=firm.rig.vault.ids.document(key))
    firm.rig.time.advance(DAYS)
    firm.rig.writer.tick()
    assert texts(firm.rig) == [("office", "")] * other
    assert len(looked(firm.rig, "quincunx")) == other


def test_a_file_that_was_moved_meanwhile_is_asked_for_again(firm: Firm) -> None:  # noqa: F811
    key = add(firm.hands, "Acme", "Deed.docx", DEED)
    given = opened(firm.rig)
    firm.hands.do(firm.rig.owner, "move_document", document=firm.rig.vault.ids.document(key), client="Blum")
    firm.actor.receive(given)
    firm.actor.receive(firm.own.pop(0))
    assert looked(firm.rig, "quincunx", "Blum") == []
    firm.exchange()
    assert len(looked(firm.rig, "quincunx", "Blum")) == 1


def test_what_is_no_longer_there_or_another_file_has_no_words(firm: Firm) -> None:  # noqa: F811
    add(firm.hands, "Acme", "Deed.docx", DEED)
    key = add(firm.hands, "Acme", "Will.docx", docx("zeugma"))
    shelf = firm.rig.vault.shelf
    for name, data in (("Deed", None), ("Will", docx("the words of somebody else"))):
        (path,) = shelf.files.root.rglob(f"{name}.docx")
        path.unlink() if data is None else path.write_bytes(data)
    firm.save()
    assert texts(firm.rig) == [("office", "gone")] * 2
    assert looked(firm.rig, "somebody") == []
    (path,) = shelf.files.root.rglob("Will.docx")
    path.write_bytes(docx("zeugma"))  # and it is back
    firm.hands.do(firm.rig.owner, "rename_document", document=firm.rig.vault.ids.document(key), name="Back.docx")
    firm.save()
    assert looked(firm.rig, "zeugma") == ["Back.docx: zeugma"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("Damaged.pdf", b"%PDF-1.4 no more", "damaged"),
        ("Empty.txt", b" ", "no_text"),
        ("Picture.png", b"\x89PNG", None),
    ],
)
def test_what_cannot_be_read_is_found_by_its_name_and_not_read_again(
    firm: Firm,  # noqa: F811
    name: str,
    data: bytes,
    code: str | None,
) -> None:
    add(firm.hands, "Acme", name, data)
    firm.save()
    assert [row[1] for row in texts(firm.rig)] == ([] if code is None else [code])
    assert looked(firm.rig, name.partition(".")[0]) == [f"{name}: "]
    assert opened(firm.rig) == FilesOpen()


def test_what_is_too_large_is_not_read(firm: Firm) -> None:  # noqa: F811
    key = add(firm.hands, "Acme", "Deed.docx", DEED)
    firm.rig.vault.database.run("UPDATE documents SET size = ? WHERE document = ?", (MOST_BYTES + 1, key))
    first = opened(firm.rig)
    assert (first.documents, first.more) == ((), True)
    assert texts(firm.rig) == [("office", "too_large")]
    assert opened(firm.rig) == FilesOpen()


def test_many_with_the_same_bytes_are_indexed_in_portions(firm: Firm) -> None:  # noqa: F811
    for number in range(20):
        firm.hands.ask(firm.rig.owner, "add_client", name=f"Client {number}")
        add(firm.hands, f"Client {number}", "Deed.docx", DEED)
    firm.save()
    assert len(looked(firm.rig, "quincunx")) == 20


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.sampled_from(['"', "NEAR(a b)", "body : x", "subject:x", "-x", "a OR -b", "client:"]))
def test_nothing_typed_is_an_error(firm: Firm, text: str) -> None:  # noqa: F811
    looked(firm.rig, text)


# ---- Kills


@pytest.mark.parametrize("heard", [False, True])
def test_a_desk_that_is_killed_in_between_has_them_read_later(firm: Firm, *, heard: bool) -> None:  # noqa: F811
    add(firm.hands, "Acme", "Deed.docx", DEED)
    given = opened(firm.rig)
    if heard:  # the words are kept, and their document was not reached
        (wanted,) = given.documents
        with firm.rig.writer.turn() as turn:
            turn.vault.shelf.words.keep(wanted.sha256, wanted.kind, code="", text=compress(b"quincunx"))
    firm.rig.reopen()
    assert looked(firm.rig, "quincunx") == []
    firm.actor.receive(SavingStirred())
    firm.exchange()
    assert len(looked(firm.rig, "quincunx")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("name", "kind", "nth"),
    [
        ("documents", "FilesOpen", 2),  # the first is the office's start
        ("documents", "FilesParsed", 1),
        ("desk", "AskFiles", 2),
        ("desk", "FilesRead", 1),
    ],
)
async def test_whoever_dies_they_are_found_in_the_end(
    name: str, kind: str, nth: int, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(name=name, kind=kind, when=when, nth=nth)
    arm(monkeypatch, plan, (DeskActor, DocumentsActor))
    async with rig() as office, asyncio.timeout(DEADLINE):
        desk = await office.desk()
        await desk.add_client(new(), "Acme")
        await desk.add_document(new(), "Acme", "Deed.docx", pieces(DEED))
        assert [one.name for one in await found(desk, "quincunx")] == ["Deed.docx"]
        await asyncio.to_thread(plan.struck.wait, DEADLINE)


# ---- A whole office, its worker a process


def new() -> RequestId:
    return RequestId(uuid.uuid4().hex)


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def found(desk: LocalDesk, text: str, *, client: str | None = None) -> tuple[Document, ...]:
    """As soon as there are any."""
    async for event in desk.announcements(since=0):
        if event.kind == "documents_changed" and (told := await desk.find_documents(text, client=client)):
            return told
    raise AssertionError


async def test_word_and_pdf_are_found_with_what_stands_around() -> None:
    async with rig() as office, asyncio.timeout(DEADLINE):
        desk = await office.desk()
        for client in ("Acme", "Blum"):
            await desk.add_client(new(), client)
        await desk.add_document(new(), "Acme", "Deed.docx", pieces(DEED))
        await desk.add_document(new(), "Blum", "Offer.pdf", pieces(pdf("an offer", "with a zeugma in it")))
        (deed,) = await found(desk, "quincunx")
        (offer,) = await found(desk, "zeugma", client="Blum")
        assert (deed.name, deed.snippet) == ("Deed.docx", "The quincunx clause of the deed")
        assert (offer.name, "a zeugma in" in offer.snippet) == ("Offer.pdf", True)
        assert await desk.find_documents("zeugma", client="Acme") == ()


# ---- Erasing


def test_no_word_of_an_erased_clients_documents_is_in_the_homes_bytes(
    erasing: ErasingFirm,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(test_desk_erasing, "WORDS", (b"docsecret", b"namesecret"))
    rig = erasing.rig
    add(erasing.hands, "Acmesecret", "Namesecret.docx", docx("docsecret"))
    late = read(opened(rig), b"docsecret")
    rig.writer.files_read(late)
    assert looked(rig, "docsecret") == ["Namesecret.docx: docsecret"]
    assert erasing.found() == {b"docsecret", b"namesecret"}
    erasing.exported()
    erasing.hands.do(erasing.owner, "erase_client", client="Acmesecret")
    rig.writer.files_read(late)  # and a worker's answer that comes now
    erasing.slices()
    assert erasing.found() == set()
    assert texts(rig) == []
    for word in ("docsecret", "namesecret"):
        assert rig.rows("SELECT rowid FROM fts_documents WHERE fts_documents MATCH ?", word) == []


def read(given: FilesOpen, text: bytes) -> FilesRead:
    return FilesRead(
        files=(), documents=tuple(DocumentRead(wanted=one, text=compress(text)) for one in given.documents)
    )
