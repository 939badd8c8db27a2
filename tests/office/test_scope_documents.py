"""Documents, exports and standing under Scope: what is hidden is as if it had never been, and rights may end."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from actors.desk import shelving
from actors.desk.reading import Readers, VaultReader
from store.mime.compress import compress
from store.model.errors import DeskError, ErrorFrame, NotAllowed, NotFound
from store.model.firm import Right
from store.model.ids import ClientKey, DocumentId, MemberKey
from store.vault.database import Database
from tests.office.test_desk_saving import PDF, mail, seen
from tests.support.copies import DeskRig
from tests.support.hands import Hands

CLARA, ANA = "clara@firm.example", "ana@acme.example"
NO_ID = DocumentId("d0000000000000")


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    database: Database
    clara: MemberKey
    max: MemberKey
    acme: ClientKey
    document: DocumentId

    def reader(self, member: MemberKey) -> VaultReader:
        return Readers().reader(self.database, member, int(self.rig.time.now()))

    def wall(self, member: MemberKey) -> None:
        with self.rig.writer.turn() as turn:
            self.rig.vault.database.run("INSERT INTO walls VALUES (?, ?, 0)", (member, self.acme))
            turn.vault.meta.raise_generation()
        self.rig.reopen()
        self.hands = Hands(self.rig)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """Acme's document is an attachment of Clara's mail. Clara may see Acme, Max may not."""
    rig = DeskRig(tmp_path / "vault.db")
    acme, blum = rig.client("Acme", ANA), rig.client("Blum")
    clara = rig.member("Clara", acme, blum, rights=[Right.DELETE_FILED])
    max_ = rig.member("Max", blum, rights=[Right.DELETE_FILED, Right.EXPORT])
    inbox = rig.folder(rig.mailbox(CLARA, clara))
    hands = Hands(rig)
    inbox.deposit(seen(1, mail("one@x", PDF)))
    with rig.writer.turn() as turn:
        turn.vault.shelf.stage("t", at=0)
    file = shelving.stage_now(rig.vault.shelf.files, "t", PDF[3])
    made = hands.ask(clara, "save_attachment", email=hands.email("one@x"), n=1, client="Acme", name="Deed.pdf",
                     token="t", modified=file.modified, size=file.size, sha256=file.sha256)  # fmt: skip
    database = rig.vault.reader()
    yield Firm(rig, hands, database, clara, max_, acme, made.document)
    database.close()
    rig.close()


def frame(work: Callable[[], object]) -> bytes:
    with pytest.raises(DeskError) as caught:
        work()
    return msgspec.msgpack.encode(ErrorFrame.of(caught.value))


READS: list[Callable[[VaultReader, str, DocumentId], object]] = [
    lambda reader, client, _document: reader.documents(client),
    lambda reader, client, _document: reader.find_documents("deed", client=client, limit=9),
    lambda reader, client, _document: reader.client_standing(client),
    lambda reader, client, _document: reader.export(client),
    lambda reader, client, _document: reader.client_emails(client, after=0, limit=9),
    lambda reader, _client, document: reader.document_name(document),
    lambda reader, _client, document: reader.document_places(document),
]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("walled", [False, True])
def test_a_hidden_one_answers_as_one_that_never_was(
    firm: Firm, read: Callable[[VaultReader, str, DocumentId], object], *, walled: bool
) -> None:
    member = firm.max
    if walled:
        member = firm.rig.owner
        firm.wall(member)
    hidden = frame(lambda: read(firm.reader(member), "Acme", firm.document))
    assert hidden == frame(lambda: read(firm.reader(member), "Nobody", NO_ID))


@pytest.mark.parametrize("walled", [False, True])
def test_a_word_of_a_hidden_one_is_not_found(firm: Firm, *, walled: bool) -> None:
    with firm.rig.writer.turn() as turn:
        key, words = turn.vault.ids.document_key(firm.document), turn.vault.shelf.words
        (wanted,) = words.wanted(9)
        words.keep(wanted[0], wanted[1], code="", text=compress(b"quincunx"))
        words.index(key, name="Deed.pdf", body="quincunx")
    for text in ("deed", "quincunx", ""):
        (told,) = firm.reader(firm.clara).find_documents(text, client=None, limit=9)
        assert (told.document, told.snippet) == (firm.document, "quincunx" if text == "quincunx" else "")
    member = firm.max
    if walled:
        member = firm.rig.owner
        firm.wall(member)
    for text in ("deed", "quincunx", ""):
        assert firm.reader(member).find_documents(text, client=None, limit=9) == ()


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("rename_document", {"name": "x"}),
        ("move_document", {"client": "Blum"}),
        ("delete_document", {}),
    ],
)
def test_acts_on_a_hidden_one_answer_as_on_one_that_never_was(
    firm: Firm, method: str, named: dict[str, object]
) -> None:
    hidden = firm.hands.bytes_of(firm.max, method, document=firm.document, **named)
    assert hidden == firm.hands.bytes_of(firm.max, method, document=NO_ID, **named)


@pytest.mark.parametrize("method", ["begin_export", "hold_client", "erase_client", "end_export"])
def test_acts_on_a_hidden_client_answer_as_on_one_that_never_was(firm: Firm, method: str) -> None:
    more: dict[str, object] = {
        "hold_client": {"on": True},
        "end_export": {"emails": 0, "documents": 0, "manifest": "0" * 64},
    }.get(method, {})  # type: ignore[assignment]
    hidden = firm.hands.bytes_of(firm.max, method, client="Acme", **more)
    assert hidden == firm.hands.bytes_of(firm.max, method, client="Nobody", **more)


def test_it_is_not_moved_to_a_hidden_client(firm: Firm) -> None:
    with firm.rig.writer.turn() as turn:
        secret = firm.rig.vault.firm.add_client("Secret", at=0)
        firm.rig._read_anew(turn)  # noqa: SLF001 - one rig
    named = {"document": firm.document, "client": firm.rig.vault.ids.client(secret)}
    firm.hands.refused(NotFound, firm.clara, "move_document", **named)


def test_an_export_needs_its_right_and_says_so(firm: Firm) -> None:
    firm.hands.refused(NotAllowed, firm.clara, "begin_export", client="Acme")
    with pytest.raises(NotAllowed):
        firm.reader(firm.clara).export("Acme")
    with pytest.raises(NotAllowed):
        firm.reader(firm.clara).client_emails("Acme", after=0, limit=9)


def test_whence_it_came_is_told_to_who_may_see_that(firm: Firm) -> None:
    (own,) = firm.reader(firm.clara).documents("Acme")
    assert (own.email, own.mailbox, own.by) == (firm.hands.email("one@x"), CLARA, "Clara")
    (others,) = firm.reader(firm.rig.owner).documents("Acme")
    assert (others.email, others.mailbox) == (firm.hands.email("one@x"), None)
    with firm.rig.writer.turn() as turn:
        turn.get((firm.rig.email("one@x"),))[0].private = True
    (private,) = firm.reader(firm.rig.owner).documents("Acme")
    assert (private.document, private.email) == (firm.document, None)


async def test_a_stream_ends_when_the_right_to_see_it_has_gone(firm: Firm) -> None:
    async def places() -> tuple[str, ...]:
        return firm.reader(firm.clara).document_places(firm.document)

    path = firm.rig.vault.shelf.files.root / (await places())[-1]
    path.write_bytes(bytes(3 * shelving.CHUNK))
    told: AsyncIterator[bytes] = shelving.told(firm.rig.vault.shelf.files, places)
    assert len(await anext(told)) == shelving.CHUNK
    firm.hands.do(firm.rig.owner, "set_access", member="Clara", take=("Acme",))
    with pytest.raises(NotFound):
        await anext(told)
