"""A client is erased: nothing of it is found in the home's bytes, it does not come back, others' mail stays ([C10])."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard

from actors.desk.api import NewContact
from actors.messages import SeenCopy
from store.model.address import Person
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.firm import MemberRole
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.outbox import Draft
from tests.office.test_desk_saving import PDF, mail, seen
from tests.support.copies import DeskRig, FolderRig
from tests.support.hands import Hands

CLARA, ANA, BEA = "clara@firm.example", "anasecret@acme.example", "bea@blum.example"
JOINT = "joint@both.example"
# Planted wherever a client leaves words: in its name and contacts, in mail, names of files, comments, drafts.
WORDS = (b"acmesecret", b"anasecret", b"subjectsecret", b"bodysecret", b"filesecret", b"commentsecret", b"draftsecret")


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    inbox: FolderRig
    box: MailboxKey
    admin: MemberKey
    clara: MemberKey
    acme: ClientKey
    blum: ClientKey

    @property
    def owner(self) -> MemberKey:
        return self.rig.owner

    def slices(self, most: int = 10_000) -> None:
        writer = self.rig.writer
        for _ in range(most):
            if not (writer.settle_past() or writer.let_go() or writer.part() or writer.erase() or writer.idle()):
                break
        writer.idle()  # with the next tick: the log

    def exported(self) -> None:
        self.hands.do(self.owner, "end_export", client="Acmesecret", emails=1, documents=1, manifest="0" * 64)

    def found(self) -> set[bytes]:
        """The planted words that stand anywhere in the home: in files and their names, the database's file and log,
        and in every value of it, unpacked.
        """
        top = self.rig.path.parent
        bytes_ = [str(path).encode() for path in top.rglob("*")]
        bytes_ += [path.read_bytes() for path in top.rglob("*") if path.is_file()]
        for (table,) in self.rig.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'fts%'"):
            for row in self.rig.rows(f"SELECT * FROM {table}"):  # noqa: S608 - the schema's own names
                bytes_ += [unpacked(value) for value in row if isinstance(value, bytes | str)]
        low = [one.lower() for one in bytes_]
        return {word for word in WORDS if any(word in one for one in low)}

    def searched(self, word: str) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT rowid FROM fts WHERE fts MATCH ?", word)

    def ids(self) -> set[object]:
        return {row[0] for row in self.rig.rows("SELECT message_id FROM emails")}


def unpacked(value: bytes | str) -> bytes:
    if isinstance(value, str):
        return value.encode()
    try:
        return zstandard.ZstdDecompressor().decompress(value, max_output_size=1 << 24)
    except zstandard.ZstdError:
        return value


def letter(uid: int, id_: str, *, sender: str = ANA, to: str = CLARA) -> SeenCopy:
    raw = mail(id_, ("filesecret.pdf", *PDF[1:]), sender=sender, to=to)
    raw = raw.replace(f"About {id_}".encode(), f"Subjectsecret {id_}".encode()).replace(b"See the files", b"bodysecret")
    return seen(uid, raw)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """Mail of Acme's, one of it with Blum too, and Blum's own; a document, a comment, a draft."""
    (tmp_path / "home").mkdir()
    rig = DeskRig(tmp_path / "home" / "vault.db")
    hands = Hands(rig)
    acme, blum = rig.client("Acmesecret", ANA), rig.client("Blum", BEA)
    rig.link(JOINT, acme, blum)
    admin = hands.ask(rig.owner, "add_member", name="Adam", role=MemberRole.ADMIN)
    clara = rig.member("Clara", acme, blum)
    box = rig.mailbox(CLARA, clara, rig.owner)
    inbox = rig.folder(box)
    made = Firm(rig, hands, inbox, box, rig.vault.ids.member_key(admin.member), clara, acme, blum)
    inbox.deposit(
        letter(1, "one@x"), letter(2, "two@x", sender=CLARA, to=ANA),
        seen(3, mail("both@x", sender=JOINT)), seen(4, mail("blum@x", sender=BEA)),
    )  # fmt: skip
    draft = Draft(from_=CLARA, to=(Person(address=ANA),), subject="draftsecret", text="draftsecret")
    hands.ask(clara, "put_draft", draft=draft)
    hands.do(clara, "comment", thread=hands.thread("one@x"), text="commentsecret")
    yield made
    rig.close()


def test_it_needs_an_export_and_no_hold_and_who_manages(firm: Firm) -> None:
    assert firm.hands.refused(BadRequest, firm.owner, "erase_client", client="Acmesecret").code == "not_exported"
    firm.exported()
    firm.hands.refused(NotAllowed, firm.clara, "erase_client", client="Acmesecret")
    firm.hands.do(firm.owner, "hold_client", client="Acmesecret", on=True)
    assert firm.hands.refused(NotAllowed, firm.owner, "erase_client", client="Acmesecret").code == "on_hold"
    firm.hands.do(firm.owner, "hold_client", client="Acmesecret", on=False)
    firm.hands.do(firm.admin, "erase_client", client="Acmesecret")


def test_nothing_of_it_is_found_in_the_homes_bytes(firm: Firm) -> None:
    firm.rig.vault.shelf.stage("t", at=0)
    with firm.rig.vault.shelf.files.stage("t") as file:
        file.write(b"bodysecret")
        modified = firm.rig.vault.shelf.files.flush(file)
    firm.hands.ask(firm.owner, "add_document", client="Acmesecret", name="filesecret.pdf", token="t",
                   modified=modified, size=10, sha256=b"1" * 32)  # fmt: skip
    shutil.copy(firm.rig.path, firm.rig.path.with_name(firm.rig.path.name + ".before-2"))
    assert firm.found() == set(WORDS)
    firm.exported()
    done = firm.hands.do(firm.owner, "erase_client", client="Acmesecret")
    assert (done.affected, done.undo) == (3, None)
    firm.slices()
    assert firm.found() == set()
    assert firm.searched("bodysecret") == []
    assert firm.ids() == {"blum@x", "both@x"}
    firm.hands.refused(NotFound, firm.owner, "hold_client", client="Acmesecret", on=True)
    assert "erased" in [entry[2] for entry in firm.hands.journal()]  # whose chain is whole


def test_what_another_client_has_too_stays_there(firm: Firm) -> None:
    assert firm.hands.clients_of("both@x") == {firm.acme, firm.blum}
    firm.exported()
    firm.hands.do(firm.owner, "erase_client", client="Acmesecret")
    firm.slices()
    assert firm.hands.clients_of("both@x") == {firm.blum}
    assert firm.hands.clients_of("blum@x") == {firm.blum}
    texts = {row[0] for row in firm.rig.rows("SELECT text FROM addresses")}
    assert {JOINT, BEA, CLARA} <= texts
    assert ANA not in texts


def test_a_kill_between_slices_loses_no_work_and_ends_the_same(firm: Firm) -> None:
    firm.exported()
    firm.hands.do(firm.owner, "erase_client", client="Acmesecret")
    firm.rig.reopen()
    firm.rig.writer.erase()
    firm.rig.reopen()
    firm.slices()
    assert firm.found() == set()
    assert firm.rig.rows("SELECT 1 FROM erasing") == []
    assert firm.rig.vault.erasures.due() is None


def test_the_next_sync_does_not_bring_it_back_until_it_is_a_contact_again(firm: Firm) -> None:
    firm.exported()
    firm.hands.do(firm.owner, "erase_client", client="Acmesecret")
    firm.slices()
    firm.inbox.deposit(letter(5, "one@x"), letter(6, "new@x"), seen(7, mail("other@x", sender="z@z.example")))
    assert firm.ids() == {"blum@x", "both@x", "other@x"}
    assert firm.found() == set()
    firm.hands.ask(firm.owner, "add_client", name="Acme again", contacts=[NewContact(name="Ana", address=ANA)])
    firm.inbox.open()
    firm.inbox.deposit(letter(5, "one@x"), letter(6, "new@x"))
    assert firm.ids() == {"blum@x", "both@x", "other@x", "one@x", "new@x"}


def test_under_a_hold_no_mail_leaves_the_client(firm: Firm) -> None:
    firm.hands.do(firm.owner, "file", email=firm.hands.email("blum@x"), thread=None, client="Acmesecret")
    firm.hands.do(firm.owner, "hold_client", client="Acmesecret", on=True)
    email = firm.hands.email("one@x")
    acts: tuple[tuple[str, dict[str, object]], ...] = (
        ("undo", {}),
        ("file", {"email": email, "thread": None, "client": "Blum"}),
        ("file", {"email": email, "thread": None, "client": None}),
        ("unlink", {"address": ANA, "client": "Acmesecret"}),
        ("set_email_sync", {"address": ANA, "client": "Acmesecret", "on": False}),
    )
    for method, named in acts:
        assert firm.hands.refused(NotAllowed, firm.owner, method, **named).code == "on_hold", method
    assert firm.acme in firm.hands.clients_of("blum@x")
    assert firm.acme in firm.hands.clients_of("one@x")


def test_under_a_hold_no_address_domain_list_or_rule_takes_its_mail_away(firm: Firm) -> None:
    """By what files it, not by a word about the mail; nor by way of making it doubtful whose it is."""
    do, refused = firm.hands.do, firm.hands.refused
    do(firm.owner, "add_address", contact=ANA, address="ana2@acme.example")
    do(firm.owner, "set_domain", client="Acmesecret", domain="acme.example", on=True)
    do(firm.owner, "hold_client", client="Acmesecret", on=True)
    before = firm.hands.clients_of("one@x")
    acts: tuple[tuple[str, dict[str, object]], ...] = (
        ("undo", {}),
        ("remove_address", {"address": ANA}),
        ("set_domain", {"client": "Acmesecret", "domain": "acme.example", "on": False}),
        ("set_mailbox", {"address": CLARA, "never_sync": [ANA]}),
        ("set_mailbox", {"address": CLARA, "never_sync": ["*@acme.example"]}),
    )
    for method, named in acts:
        maker = firm.clara if method == "set_mailbox" else firm.owner
        assert refused(NotAllowed, maker, method, **named).code == "on_hold", (method, named)
        assert firm.hands.clients_of("one@x") == before, method
    do(firm.owner, "link", address=ANA, client="Blum")
    email = firm.hands.email("one@x")
    assert refused(NotAllowed, firm.owner, "file", email=email, thread=None, client="Blum").code == "on_hold"
    assert firm.acme in firm.hands.clients_of("one@x")


def test_a_hold_comes_before_the_undo_of_what_brought_mail_in(firm: Firm) -> None:
    contacts = [NewContact(name="Zoe", address="zoe@zoe.example")]
    firm.inbox.deposit(seen(9, mail("zoe@x", sender="zoe@zoe.example")))
    firm.hands.ask(firm.owner, "add_client", name="Zoe", contacts=contacts)
    firm.hands.do(firm.owner, "hold_client", client="Zoe", on=True)
    assert firm.hands.refused(NotAllowed, firm.owner, "undo").code == "on_hold"
    firm.hands.do(firm.owner, "hold_client", client="Zoe", on=False)
    firm.hands.do(firm.owner, "undo")
    assert not firm.hands.clients_of("zoe@x")
