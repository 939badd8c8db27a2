"""Attachments that save themselves, and documents that go along with their mail: a real desk, real mail and files."""

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from actors.documents import DocumentsActor, DocumentsParts
from actors.messages import (
    AskFiles,
    AskSaving,
    AttachmentsStaged,
    Boot,
    FilesFound,
    FilesOpen,
    FilesRead,
    SavingOpen,
    SavingStirred,
    SeenCopy,
)
from actors.switchboard import DESK, DOCUMENTS, Switchboard
from store.mime.read import read_copy
from store.mime.worker import answer_to, time_is_over
from store.model.evidence import Verified
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.views import NoticeKind
from store.model.work import Batch, Item, Parsed
from store.rules.evidence import evidence
from store.vault.database import Database
from store.vault.files import Files
from tests.support.copies import NOW, DeskRig, FolderRig
from tests.support.documents import docx, pdf
from tests.support.hands import Hands
from tests.support.office import Ear, ground

CLARA, ANA, BEA = "clara@firm.example", "ana@acme.example", "bea@blum.example"
PDF = ("Deed.pdf", "application", "pdf", b"%PDF-1.4 deed\n" * 100)
LOGO = ("logo.png", "image", "png", b"\x89PNG\r\n\x1a\n" + bytes(20_000))
WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
File = tuple[str, str, str, bytes]


def mail(id_: str, *files: File, sender: str = ANA, to: str = CLARA, answers: str = "") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, to, f"About {id_}", f"<{id_}>"
    made["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    if answers:
        made["In-Reply-To"] = f"<{answers}>"
    made.set_content("See the files.")
    for name, main, sub, data in files:
        made.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def seen(uid: int, raw: bytes, *, verified: Verified = Verified.PASS, whole: bool = True) -> SeenCopy:
    copy = read_copy(raw, uid=uid, whole=whole, size=len(raw))
    assert not hasattr(copy, "reason"), copy
    found = replace(evidence(copy.headers, copy.body, trusted_authserv=None), verified=verified)
    return SeenCopy(copy=copy, evidence=found, flags=(), internaldate=NOW - 500, size=len(raw), backfill=False)


class Readers:
    """A worker without a process."""

    def submit(self, items: Sequence[Item], on_done: Callable[[Parsed], None]) -> None:
        on_done(msgspec.msgpack.decode(answer_to(Batch(id=1, items=tuple(items))), type=Parsed))

    def stop(self) -> None:
        return


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    inbox: FolderRig
    box: MailboxKey
    clara: MemberKey
    acme: ClientKey
    blum: ClientKey
    actor: DocumentsActor
    desk: Ear
    own: list[object]

    def save(self) -> None:
        """The actor and the desk talk until nothing is left to save."""
        while stirred := self.rig.take_told(SavingStirred):
            for _name, message in stirred:
                self.actor.receive(message)
                self.exchange()

    def exchange(self) -> None:
        while heard := take(self.desk):
            for message in heard:
                match message:
                    case AskSaving():
                        self.rig.writer.open_saving()
                    case AttachmentsStaged():
                        self.rig.writer.attachments_staged(message)
                    case AskFiles():
                        self.rig.writer.open_files()
                    case FilesRead():
                        self.rig.writer.files_read(message)
            for kind in (SavingOpen, FilesOpen):
                for _name, message in self.rig.take_told(kind):
                    self.actor.receive(message)
            while self.own:
                self.actor.receive(self.own.pop(0))

    def found(self, word: str) -> list[int]:
        """Emails that the index has under a word."""
        rows = self.rig.rows(
            "SELECT c.email FROM fts JOIN contents AS c ON c.content = fts.rowid WHERE fts MATCH ?", word
        )
        return [int(str(row[0])) for row in rows]

    def names(self, client: ClientKey) -> list[str]:
        return sorted(one.name for one in self.rig.vault.shelf.of_client(client) if one.aside_at is None)

    def on_disk(self) -> dict[str, bytes]:
        """Every file of the documents folder, those aside too."""
        top = self.rig.vault.shelf.files.root
        return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}

    def notices(self) -> list[str]:
        return [str(row[0]) for row in self.rig.rows("SELECT kind FROM notices ORDER BY notice")]

    def file(self, id_: str, client: ClientKey | None) -> None:
        self.hands.do(self.rig.owner, "file", email=self.hands.email(id_), thread=None,
                      client=None if client is None else self.hands.client(client))  # fmt: skip


def take(desk: Ear) -> list[object]:
    """What it was told since the last time."""
    heard, desk.told = desk.told, []
    return heard


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme, blum = rig.client("Acme", ANA), rig.client("Blum", BEA)
    clara = rig.member("Clara", acme, blum)
    box = rig.mailbox(CLARA, clara, rig.owner)
    hands, desk, switchboard = Hands(rig), Ear(), Switchboard()
    switchboard.connect(DESK, desk)
    hands.do(clara, "set_mailbox", address=CLARA, save_attachments=True)
    parts = DocumentsParts(
        files=Files(tmp_path / "documents"),
        connect=lambda: Database(tmp_path / "vault.db", read_only=True),
        readers=Readers,
    )
    actor = DocumentsActor(ground(DOCUMENTS, switchboard, rig.time), parts)
    own: list[object] = []
    monkeypatch.setattr(actor, "post", own.append)
    yield Firm(rig, hands, rig.folder(box), box, clara, acme, blum, actor, desk, own)
    actor.on_stop()
    rig.close()


def test_a_clients_pdf_is_saved_in_the_year_of_its_mail(firm: Firm) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.save()
    assert firm.names(firm.acme) == ["Deed.pdf"]
    (place,) = firm.on_disk()
    assert place.endswith("/2026/Deed.pdf")
    assert firm.on_disk()[place] == PDF[3]
    (kept,) = firm.rig.vault.shelf.of_client(firm.acme)
    assert (kept.email, kept.mailbox, kept.by) == (firm.rig.email("one@x"), firm.box, None)
    assert firm.rig.vault.errands.ready("save", 9) == []


def test_a_body_that_comes_later_is_waited_for(firm: Firm) -> None:
    raw = mail("one@x", PDF)
    firm.inbox.deposit(seen(1, raw, whole=False))
    firm.save()
    assert firm.names(firm.acme) == []
    firm.inbox.deposit(seen(1, raw))
    firm.save()
    assert firm.names(firm.acme) == ["Deed.pdf"]


def test_nothing_saves_itself_where_the_switch_is_off(firm: Firm) -> None:
    firm.hands.do(firm.clara, "set_mailbox", address=CLARA, save_attachments=False)
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.save()
    assert firm.on_disk() == {}


@pytest.mark.parametrize("verified", [Verified.FAIL, Verified.UNKNOWN])
def test_a_sender_nobody_vouches_for_waits_for_a_persons_word(firm: Firm, verified: Verified) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF), verified=verified))
    firm.save()
    assert firm.on_disk() == {}
    assert set(firm.notices()) >= {NoticeKind.ATTACHMENTS_WAIT}


def test_ours_and_strangers_mail_is_left(firm: Firm) -> None:
    firm.inbox.deposit(
        seen(1, mail("one@x", PDF, sender=CLARA, to=ANA)), seen(2, mail("two@x", PDF, sender="x@y.example"))
    )
    firm.save()
    assert firm.on_disk() == {}
    assert NoticeKind.ATTACHMENTS_WAIT not in firm.notices()


def test_the_same_file_is_saved_once_and_another_of_its_name_gets_a_number(firm: Firm) -> None:
    other = ("deed.PDF", "application", "pdf", b"%PDF-1.4 other")
    firm.inbox.deposit(seen(1, mail("one@x", PDF)), seen(2, mail("two@x", PDF)), seen(3, mail("three@x", other)))
    firm.save()
    assert len(firm.names(firm.acme)) == 2
    assert {name.lower() for name in firm.names(firm.acme)} == {"deed.pdf", "deed (2).pdf"}
    assert len(firm.on_disk()) == 2


def test_a_logo_that_comes_with_every_mail_is_no_document(firm: Firm) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", LOGO)), seen(2, mail("two@x", LOGO, PDF)))
    firm.save()
    assert firm.names(firm.acme) == ["Deed.pdf"]


def test_what_is_too_large_is_said(firm: Firm) -> None:
    firm.hands.do(firm.rig.owner, "set_setting", key="documents.limit", value="1")
    large = ("Large.pdf", "application", "pdf", bytes(1_100_000))
    firm.inbox.deposit(seen(1, mail("one@x", large, PDF)))
    firm.save()
    assert firm.names(firm.acme) == ["Deed.pdf"]
    assert NoticeKind.DOCUMENT_TOO_LARGE in firm.notices()


def test_types_can_be_set(firm: Firm) -> None:
    firm.hands.do(firm.rig.owner, "set_setting", key="documents.types", value="text")
    note = ("note.txt", "text", "plain", b"a note")
    firm.inbox.deposit(seen(1, mail("one@x", PDF, note)))
    firm.save()
    assert firm.names(firm.acme) == ["note.txt"]


def test_a_document_goes_along_when_its_mail_is_filed_otherwise(firm: Firm) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.save()
    firm.file("one@x", firm.blum)
    firm.save()
    assert (firm.names(firm.acme), firm.names(firm.blum)) == ([], ["Deed.pdf"])
    (place,) = firm.on_disk()
    assert place.startswith("Blum (")
    firm.hands.do(firm.rig.owner, "undo")
    firm.save()
    assert (firm.names(firm.acme), firm.names(firm.blum)) == (["Deed.pdf"], [])


def test_filed_nowhere_it_lies_aside_until_it_is_filed_again(firm: Firm) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.save()
    firm.file("one@x", None)
    assert firm.names(firm.acme) == []
    assert [place.split("/")[0] for place in firm.on_disk()] == [".aside"]
    firm.rig.time.advance(3 * 86_400)
    firm.rig.writer.tick()
    firm.file("one@x", firm.blum)
    firm.save()
    assert firm.names(firm.blum) == ["Deed.pdf"]


@pytest.mark.parametrize("how", ["renamed", "changed by another program"])
def test_what_somebody_touched_stays(firm: Firm, how: str) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.save()
    (kept,) = firm.rig.vault.shelf.of_client(firm.acme)
    if how == "renamed":
        firm.hands.do(firm.clara, "rename_document", document=firm.rig.vault.ids.document(kept.document), name="A.pdf")
    else:
        (firm.rig.vault.shelf.files.root / kept.place).write_bytes(b"%PDF-1.4 signed")
    firm.file("one@x", firm.blum)
    assert len(firm.names(firm.acme)) == 1


def test_a_desk_that_was_killed_in_between_gives_it_again_and_nothing_is_saved_twice(firm: Firm) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.rig.writer.open_saving()
    ((_name, opened),) = firm.rig.take_told(SavingOpen)
    firm.actor.receive(opened)  # staged, and the desk dies before it hears of it
    take(firm.desk)
    firm.rig.reopen()
    assert len(firm.on_disk()) == 1
    firm.actor.receive(SavingStirred())
    firm.exchange()
    assert firm.names(firm.acme) == ["Deed.pdf"]
    assert len(firm.on_disk()) == 1


# ---- The words of attachments


def test_the_words_of_attachments_are_found_behind_the_mail(firm: Firm) -> None:
    signal.signal(signal.SIGALRM, time_is_over)
    files = ("Deed.pdf", "application", "pdf", pdf("quincunx clause")), ("Offer.docx", *WORD, docx("zeugma offer"))
    firm.inbox.deposit(seen(1, mail("one@x", *files)), seen(2, mail("two@x", PDF)))
    assert firm.found("quincunx") == []
    firm.save()
    for word in ("quincunx", "zeugma", "files", "deed"):
        assert firm.rig.email("one@x") in firm.found(word), word
    codes = firm.rig.rows("SELECT name, code FROM file_texts ORDER BY content, n")
    assert codes == [("Deed.pdf", ""), ("Offer.docx", ""), ("Deed.pdf", "damaged")]


def test_words_go_with_their_mail(firm: Firm) -> None:
    signal.signal(signal.SIGALRM, time_is_over)
    firm.inbox.deposit(
        seen(1, mail("one@x", ("Deed.pdf", "application", "pdf", pdf("quincunx")), sender="x@y.example"))
    )
    firm.save()
    assert len(firm.found("quincunx")) == 1
    with firm.rig.writer.turn() as turn:
        turn.remove(turn.get((firm.rig.email("one@x"),))[0])
    assert firm.found("quincunx") == []
    assert firm.rig.rows("SELECT 1 FROM file_texts") == []


# ---- Files of other programs


def test_what_another_program_puts_into_a_clients_folder_becomes_a_document(firm: Firm) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.save()
    (place,) = firm.on_disk()
    folder = (firm.rig.vault.shelf.files.root / place).parent
    (folder / "Signed.pdf").write_bytes(b"%PDF signed")
    (folder / ".hidden").write_bytes(b"a program's own")
    (folder / "link.pdf").symlink_to("/etc/passwd")
    stranger = firm.rig.vault.shelf.files.root / "Nobody (c0)" / "2026"
    stranger.mkdir(parents=True)
    (stranger / "x.pdf").write_bytes(b"x")
    for _ in range(2):
        firm.actor.receive(Boot())
        for message in take(firm.desk):
            if isinstance(message, FilesFound):
                firm.rig.writer.files_found(message)
    assert firm.names(firm.acme) == ["Deed.pdf", "Signed.pdf"]
    assert len(firm.rig.rows("SELECT 1 FROM documents")) == 2
    assert (stranger / "x.pdf").exists()


def test_what_was_deleted_is_gone_when_undo_is_past_but_not_under_a_hold(firm: Firm) -> None:
    firm.inbox.deposit(seen(1, mail("one@x", PDF)))
    firm.save()
    (kept,) = firm.rig.vault.shelf.of_client(firm.acme)
    firm.hands.do(firm.rig.owner, "delete_document", document=firm.rig.vault.ids.document(kept.document))
    firm.rig.writer.tick()
    assert len(firm.on_disk()) == 1
    firm.hands.do(firm.rig.owner, "hold_client", client="Acme", on=True)
    firm.rig.time.advance(2 * 86_400)
    firm.rig.writer.tick()
    assert len(firm.on_disk()) == 1
    firm.hands.do(firm.rig.owner, "hold_client", client="Acme", on=False)
    firm.rig.time.advance(86_400)
    firm.rig.writer.tick()
    assert firm.on_disk() == {}
    assert firm.rig.rows("SELECT 1 FROM documents") == []


# ---- Who answers us is vouched for


@pytest.mark.parametrize(("sender", "wanted"), [(ANA, ["Deed.pdf"]), ("eve@acme.example", [])])
def test_an_answer_from_whom_we_wrote_to_needs_no_other_word(firm: Firm, sender: str, wanted: list[str]) -> None:
    firm.rig.link("eve@acme.example", firm.acme)
    firm.inbox.deposit(seen(1, mail("ours@x", sender=CLARA, to=ANA)))
    with firm.rig.writer.turn():
        database = firm.rig.vault.database
        database.run(
            "INSERT INTO outbox (outbox, member, mailbox, state, draft, email, made_at, changed_at)"
            " VALUES (1, ?, ?, 'sent', x'', ?, 0, 0)",
            (firm.clara, firm.box, firm.rig.email("ours@x")),
        )
        database.run("INSERT INTO outbox_recipients VALUES (1, 0, 'to', '', ?, 'sent', NULL)", (ANA,))
    raw = mail("answer@x", PDF, sender=sender, answers="ours@x")
    firm.inbox.deposit(seen(2, raw, verified=Verified.UNKNOWN))
    firm.save()
    assert firm.names(firm.acme) == wanted
