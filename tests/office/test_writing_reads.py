"""What a writer is told: whom a mail could go to, how it begins, what stands in the outbox; never what is hidden."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.desk.api import Wording
from actors.desk.reading import Readers, VaultReader
from store.model.address import Person
from store.model.errors import BadRequest, NotFound
from store.model.firm import Right
from store.model.folding import folded
from store.model.ids import ClientKey, EmailId, MemberKey, OutboxId
from store.model.mailbox import ServerSettings
from store.model.outbox import Answering, Draft, OutboxRow, OutboxState
from store.vault.database import Database
from store.vault.queries.completing import fits
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

SMTP = ServerSettings(host="smtp.firm.example", port=465, tls="ssl")
SUE = Person(name="Sue", address="sue@strange.example")


@dataclass
class Firm:
    """Clara sees Acme, Max sees Blum; each has a mailbox, and Olga owns it all."""

    rig: DeskRig
    hands: Hands
    connection: Database
    acme: ClientKey
    clara: MemberKey
    max: MemberKey
    inbox: FolderRig
    max_inbox: FolderRig

    def reader(self, who: MemberKey) -> VaultReader:
        return Readers().reader(self.connection, who, int(self.rig.time.now()))

    def completed(self, who: MemberKey, text: str) -> list[tuple[str, str, tuple[str, ...]]]:
        found = self.reader(who).complete(text, limit=8)
        return [(one.name, one.address, one.clients) for one in found]

    def begins(self, who: MemberKey, how: Answering, message_id: str) -> Draft:
        email = EmailId(self.hands.email(message_id))
        return self.reader(who).propose(how=how, answers=email, to="", wording=Wording()).draft

    def put(self, draft: Draft, who: MemberKey | None = None) -> OutboxRow:
        row = self.hands.ask(self.clara if who is None else who, "put_draft", draft=draft)
        assert isinstance(row, OutboxRow), row
        return row


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme Ánchor", "anna@acme.example")
    blum = rig.client("Blum", "bea@blum.example")
    clara = rig.member("Clara", acme, rights=(Right.SEND,))
    max_ = rig.member("Max", blum)
    box = rig.mailbox("clara@firm.example", clara, smtp=SMTP)
    other = rig.mailbox("max@firm.example", max_, smtp=SMTP)
    connection = rig.vault.reader()
    yield Firm(rig, Hands(rig), connection, acme, clara, max_, rig.folder(box), rig.folder(other))
    connection.close()
    rig.close()


# ---- Whom it could go to


def test_contacts_come_with_their_clients_to_who_may_see_them(firm: Firm) -> None:
    told = [("Acme Ánchor", "anna@acme.example", ("Acme Ánchor",))]
    assert firm.completed(firm.clara, "anchor") == firm.completed(firm.clara, "ANNA") == told
    assert firm.completed(firm.max, "anchor") == firm.completed(firm.max, "anna") == []
    assert firm.completed(firm.rig.owner, "acme anchor") == told


def test_a_hidden_contact_in_ones_own_mail_is_who_the_mail_says(firm: Firm) -> None:
    firm.max_inbox.deposit(Letter(id="a@x", sender="anna@acme.example", to=("max@firm.example",)).seen(1))
    assert firm.completed(firm.max, "anna") == [("Anna", "anna@acme.example", ())]
    assert firm.completed(firm.max, "anchor") == []


def test_people_of_mail_that_is_seen_the_newest_first(firm: Firm) -> None:
    firm.inbox.deposit(
        Letter(id="1@x", sender="sara@old.example", at=NOW - 900).seen(1),
        Letter(id="2@x", sender="sam@new.example", at=NOW - 100, cc=("clara@firm.example", "sandra@cc.example")).seen(
            2
        ),
    )
    assert [address for _name, address, _clients in firm.completed(firm.clara, "sa")] == [
        "sam@new.example", "sandra@cc.example", "sara@old.example",
    ]  # fmt: skip
    assert firm.completed(firm.max, "sa") == [], "another's unfiled mail"


def test_colleagues_are_offered_and_oneself_is_not(firm: Firm) -> None:
    assert firm.completed(firm.max, "cla") == [("Clara", "clara@firm.example", ())]
    assert firm.completed(firm.clara, "clara") == []


@pytest.mark.parametrize("text", ['"', "people:", "NEAR(a b)", "*", "a*", "sue OR max", "(", "\x00", "  "])
def test_nothing_that_is_typed_is_read_as_a_query(firm: Firm, text: str) -> None:
    firm.inbox.deposit(Letter(id="1@x", sender="sue@strange.example").seen(1))
    assert firm.completed(firm.clara, text) == []


@given(name=st.text(max_size=30), word=st.text(min_size=1, max_size=6))
def test_what_fits_holds_what_was_typed(name: str, word: str) -> None:
    typed = folded(word).split()
    if fits(typed, name=name, address="a@x.example"):
        assert all(one in folded(f"{name} a@x.example") for one in typed)


# ---- How it begins


def test_an_answer_leaves_the_other_s_signature_out(firm: Firm) -> None:
    text = "Is it ready?\n\n> It was not.\n\n-- \nSue\nDirector"
    firm.inbox.deposit(Letter(id="1@x", sender="sue@strange.example", to=("clara@firm.example",), text=text).seen(1))
    lines = firm.begins(firm.clara, Answering.REPLY, "1@x").text.splitlines()
    assert "> Is it ready?" in lines
    assert ">> It was not." in lines
    assert "Director" not in "\n".join(lines)
    assert "Director" in firm.begins(firm.clara, Answering.FORWARD, "1@x").text


def test_a_name_fills_nothing(firm: Firm) -> None:
    firm.inbox.deposit(Letter(id="1@x", sender="{date}@strange.example", to=("clara@firm.example",)).seen(1))
    draft = firm.begins(firm.clara, Answering.REPLY, "1@x")
    assert any(line.casefold().endswith("{date} wrote:") for line in draft.text.splitlines())


def test_hidden_mail_is_not_answered(firm: Firm) -> None:
    firm.inbox.deposit(Letter(id="1@x", sender="sue@strange.example").seen(1))
    email = EmailId(firm.hands.email("1@x"))
    with pytest.raises(NotFound):
        firm.reader(firm.max).propose(how=Answering.REPLY, answers=email, to="", wording=Wording())
    with pytest.raises(BadRequest) as refused:
        firm.reader(firm.rig.owner).propose(how=Answering.NEW, answers=None, to="", wording=Wording())
    assert refused.value.code == "no_sender"


def test_a_new_mail_goes_out_from_the_address_last_used_with_them(firm: Firm) -> None:
    second = firm.rig.mailbox("second@firm.example", firm.clara, smtp=SMTP)
    sent = firm.rig.folder(second, "Sent", use="sent")
    sent.deposit(Letter(id="1@x", sender="second@firm.example", to=("sue@strange.example",)).seen(1))

    def from_(to: str) -> str:
        proposal = firm.reader(firm.clara).propose(how=Answering.NEW, answers=None, to=to, wording=Wording())
        return proposal.draft.from_

    assert from_("SUE@strange.example") == "second@firm.example"
    assert from_("jo@else.example") == "clara@firm.example"
    assert [sender.address for sender in firm.reader(firm.clara).senders()] == [
        "clara@firm.example", "second@firm.example",
    ]  # fmt: skip


# ---- The outbox


def test_nobody_else_sees_what_is_on_its_way(firm: Firm) -> None:
    row = firm.put(Draft(from_="clara@firm.example", to=(SUE,), subject="Secret"))
    assert [one.subject for one in firm.reader(firm.clara).outbox()] == ["Secret"]
    for who in (firm.rig.owner, firm.max):
        assert firm.reader(who).outbox() == ()
        for outbox in (row.outbox, OutboxId("o9")):
            with pytest.raises(NotFound):
                firm.reader(who).draft(outbox)


def test_what_was_sent_stands_there_for_a_day(firm: Firm) -> None:
    row = firm.put(Draft(from_="clara@firm.example", to=(SUE,)))
    key = firm.rig.vault.ids.outbox_key(row.outbox)
    with firm.rig.writer.turn():
        firm.rig.vault.outbox.move(key, state=OutboxState.DRAFT, attempt=0, to=OutboxState.SENT, at=NOW)
    assert len(firm.reader(firm.clara).outbox()) == 1
    firm.rig.time.advance(24 * 3600 + 1)
    assert firm.reader(firm.clara).outbox() == ()


def test_what_is_answered_is_not_named_once_it_is_hidden(firm: Firm) -> None:
    firm.max_inbox.deposit(Letter(id="1@x", sender="anna@acme.example", to=("max@firm.example",)).seen(1))
    email = EmailId(firm.hands.email("1@x"))
    row = firm.put(Draft(from_="clara@firm.example", to=(SUE,), how=Answering.REPLY, answers=email))
    assert row.thread == firm.hands.thread("1@x")
    assert firm.reader(firm.clara).draft(row.outbox).draft.answers == email
    firm.hands.do(firm.rig.owner, "set_access", member="Clara", take=("Acme Ánchor",))
    (hidden,) = firm.reader(firm.clara).outbox()
    assert hidden.thread is None
    assert firm.reader(firm.clara).draft(row.outbox).draft.answers is None
    assert isinstance(firm.hands.ask(firm.clara, "send", outbox=row.outbox), OutboxRow)
    assert firm.rig.rows("SELECT answers FROM outbox") == [(None,)]
