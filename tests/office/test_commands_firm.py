"""Clients, contacts, links: what they file of past mail, who is told, and the way back ([C1], [S5], Z3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors.desk.api import NewContact
from actors.desk.commands import past
from actors.messages import Wanted
from store.model.errors import BadRequest, Conflict, NotAllowed, NotFound
from store.model.filing import Reason
from store.model.firm import Client, Right
from store.model.ids import MailboxKey, MemberKey
from store.model.mailbox import MailboxScope
from store.model.views import NoticeKind
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

ASKS = Letter(id="asks@x", at=NOW - 900)
STRANGE = Letter(id="strange@x", sender="sue@strange.example", at=NOW - 700)


@dataclass
class Firm:
    """Olga owns it; Clara manages clients and sees those given to her; Max has the mailbox."""

    rig: DeskRig
    hands: Hands
    clara: MemberKey
    max: MemberKey
    box: MailboxKey
    inbox: FolderRig

    @property
    def owner(self) -> MemberKey:
        return self.rig.owner

    def notices(self) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT member, kind FROM notices")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    clara, max_ = rig.member("Clara", rights=(Right.MANAGE_CLIENTS,)), rig.member("Max")
    box = rig.mailbox("max@firm.example", max_, scope=MailboxScope.HEADERS)
    yield Firm(rig, Hands(rig), clara, max_, box, rig.folder(box))
    rig.close()


def test_a_client_with_contacts_files_past_mail_and_wants_its_body(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1, whole=False), STRANGE.seen(2, whole=False))
    firm.rig.take_told(Wanted)
    contacts = [NewContact(name="Ana", address="Ana@CLIENT.example")]
    client = firm.hands.ask(firm.owner, "add_client", name="Acme", contacts=contacts)
    assert isinstance(client, Client)
    assert client.name == "Acme"
    key = firm.rig.vault.ids.client_key(client.client)
    assert firm.rig.filings("asks@x") == {key: Reason.ADDRESS}
    assert firm.rig.filings("strange@x") == {}
    ((_name, wanted),) = firm.rig.take_told(Wanted)
    assert isinstance(wanted, Wanted)
    assert wanted.uids == "1"
    assert firm.hands.acts() == ["add_client"]


def test_whoever_makes_a_client_may_see_it(firm: Firm) -> None:
    generation = firm.rig.vault.meta.generation()
    firm.hands.ask(firm.clara, "add_client", name="Acme")
    assert firm.rig.vault.meta.generation() > generation
    assert firm.hands.do(firm.clara, "link", address="ana@client.example", client="Acme").undo == "link"


def test_nothing_is_half_done(firm: Firm) -> None:
    contacts = [NewContact(name="Ana", address="ana@client.example"), NewContact(name="Bo", address="b@x\r\nCc: y")]
    error = firm.hands.refused(BadRequest, firm.owner, "add_client", name="Acme", contacts=contacts)
    assert error.code == "bad_address"


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 201, "\u202ereversed", "nul\x00"])
def test_names_that_cannot_be_used(firm: Firm, name: str) -> None:
    assert firm.hands.refused(BadRequest, firm.owner, "add_client", name=name).code == "bad_name"


@pytest.mark.parametrize(("name", "again"), [("Acme", "acme"), ("Ñandú", "ñandú"), ("Straße", "STRASSE")])
def test_a_name_is_taken_once_whatever_its_case(firm: Firm, name: str, again: str) -> None:
    firm.hands.ask(firm.owner, "add_client", name=name)
    assert firm.hands.refused(BadRequest, firm.owner, "add_client", name=again).code == "name_taken"


def test_a_known_address_keeps_its_contact(firm: Firm) -> None:
    firm.hands.ask(
        firm.owner, "add_client", name="Acme", contacts=[NewContact(name="Ana", address="ana@client.example")]
    )
    firm.hands.ask(
        firm.owner, "add_client", name="Blum", contacts=[NewContact(name="Other", address="ana@client.example")]
    )
    assert firm.rig.rows("SELECT name FROM contacts") == [("Ana",)]
    firm.inbox.deposit(ASKS.seen(1))
    assert firm.rig.rows("SELECT count(*), min(ambiguous) FROM filings") == [(2, 1)]


def test_a_contact_s_address_is_its_own(firm: Firm) -> None:
    firm.hands.ask(firm.owner, "add_contact", name="Ana", addresses=["ana@client.example", "ANA@client.example"])
    error = firm.hands.refused(
        BadRequest, firm.owner, "add_contact", name="Bo", addresses=["b@x.example", "ana@client.example"]
    )
    assert (error.code, error.arguments) == ("address_taken", {"address": "ana@client.example"})
    firm.hands.refused(BadRequest, firm.owner, "add_contact", name="Nobody", addresses=[])


def test_a_link_files_tells_whose_mail_it_was_and_is_taken_back(firm: Firm) -> None:
    client = firm.rig.client("Acme")
    firm.inbox.deposit(ASKS.seen(1), Letter(id="more@x", at=NOW - 600).seen(2))
    done = firm.hands.do(firm.owner, "link", address="ana@client.example", client="acme")
    assert (done.affected, done.undo) == (2, "link")
    assert firm.rig.filings("asks@x") == {client: Reason.ADDRESS}
    assert firm.notices() == [(firm.max, NoticeKind.LINKED_FILED)], "not the maker"
    (told,) = firm.rig.rows("SELECT client, arguments FROM notices")
    assert told[0] == client
    assert b"Olga Owner" in bytes(told[1])  # type: ignore[call-overload]
    firm.hands.do(firm.owner, "undo")
    assert firm.rig.filings("asks@x") == {}
    assert firm.rig.rows("SELECT * FROM contacts") == []


def test_linking_twice_is_already_there(firm: Firm) -> None:
    firm.rig.client("Acme", "ana@client.example")
    assert (
        firm.hands.refused(Conflict, firm.owner, "link", address="ana@client.example", client="Acme").code
        == "already_there"
    )


def test_unlinked_and_taken_back(firm: Firm) -> None:
    client = firm.rig.client("Acme", "ana@client.example", "ana@home.example")
    firm.inbox.deposit(ASKS.seen(1))
    switches = firm.rig.rows("SELECT * FROM link_switches")
    assert firm.hands.do(firm.owner, "unlink", address="ana@client.example", client="Acme").affected == 1
    assert firm.rig.filings("asks@x") == {}
    firm.hands.refused(NotFound, firm.owner, "unlink", address="ana@client.example", client="Acme")
    firm.hands.do(firm.owner, "undo")
    assert firm.rig.filings("asks@x") == {client: Reason.ADDRESS}
    assert firm.rig.rows("SELECT * FROM link_switches") == switches


def test_a_link_that_changed_since_is_not_undone(firm: Firm) -> None:
    firm.rig.client("Acme")
    firm.hands.do(firm.owner, "link", address="ana@client.example", client="Acme")
    other = firm.rig.member("Admin", rights=(Right.MANAGE_CLIENTS, Right.VIEW_ALL_CLIENTS))
    firm.hands.do(other, "set_email_sync", address="ana@client.example", client="Acme", on=False)
    assert firm.hands.refused(Conflict, firm.owner, "undo").code == "undo_changed"


def test_the_switch(firm: Firm) -> None:
    client = firm.rig.client("Acme", "ana@client.example")
    firm.inbox.deposit(ASKS.seen(1))
    named: dict[str, Any] = {"address": "ana@client.example", "client": "Acme"}
    assert firm.hands.do(firm.owner, "set_email_sync", on=False, **named).affected == 1
    assert firm.rig.filings("asks@x") == {}
    assert not firm.hands.ask(firm.owner, "set_email_sync", on=False, **named).done
    assert firm.hands.do(firm.owner, "set_email_sync", on=True, **named).affected == 1
    assert firm.rig.filings("asks@x") == {client: Reason.ADDRESS}
    firm.hands.do(firm.owner, "undo")
    assert firm.rig.filings("asks@x") == {}
    assert firm.hands.do(firm.owner, "link", **named).affected == 1, "off is not linked enough"


def test_more_past_mail_than_a_turn_takes_is_settled_in_slices(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "AT_ONCE", 3)
    client = firm.rig.client("Acme")
    firm.inbox.deposit(*(Letter(id=f"{n}@x", at=NOW - 900 + n).seen(n) for n in range(1, 9)))
    assert firm.hands.do(firm.owner, "link", address="ana@client.example", client="Acme").affected == 8
    assert [name for name in range(1, 9) if firm.rig.filings(f"{name}@x")] == [6, 7, 8], "the newest first"
    assert firm.notices() == []
    while firm.rig.writer.settle_past():
        pass
    assert all(firm.rig.filings(f"{n}@x") == {client: Reason.ADDRESS} for n in range(1, 9))
    (told,) = firm.rig.rows("SELECT member, kind, arguments FROM notices")
    assert told[:2] == (firm.max, NoticeKind.LINKED_FILED)
    assert b"count\x08" in bytes(told[2]), "all eight are said once"  # type: ignore[call-overload]


def test_what_waits_is_counted_only_as_far_as_it_may_be_known(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "AT_ONCE", 1)
    firm.rig.client("Acme")
    never = firm.rig.mailbox("never@firm.example", firm.max)
    firm.rig.vault.database.run("INSERT INTO never_sync VALUES (?, 'client.example')", (never,))
    with firm.rig.writer.turn() as turn:
        turn.book = type(turn.book)(firm.rig.vault)
    firm.rig.folder(never).deposit(*(Letter(id=f"never{n}@x", at=NOW - 900 + n).seen(n) for n in range(1, 4)))
    firm.inbox.deposit(*(Letter(id=f"{n}@x", at=NOW - 800 + n).seen(n) for n in range(1, 4)))
    assert firm.hands.do(firm.owner, "link", address="ana@client.example", client="Acme").affected == 3
    while firm.rig.writer.settle_past():
        pass
    assert firm.rig.rows("SELECT count(*) FROM filings") == [(3,)]
    assert firm.hands.do(firm.owner, "unlink", address="ana@client.example", client="Acme").affected == 3


def test_never_sync_beats_the_link(firm: Firm) -> None:
    firm.rig.client("Acme")
    with firm.rig.writer.turn() as turn:
        firm.rig.vault.mailboxes.never_sync(firm.box, "ana@client.example", on=True)
        turn.book = type(turn.book)(firm.rig.vault)
    firm.inbox.deposit(ASKS.seen(1))
    assert firm.hands.do(firm.owner, "link", address="ana@client.example", client="Acme").affected == 0
    assert firm.rig.filings("asks@x") == {}
    assert firm.notices() == []


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("add_client", {"name": "New"}),
        ("add_contact", {"name": "New", "addresses": ["new@x.example"]}),
        ("link", {"address": "new@x.example", "client": "Acme"}),
        ("unlink", {"address": "ana@client.example", "client": "Acme"}),
        ("set_email_sync", {"address": "ana@client.example", "client": "Acme", "on": False}),
    ],
)
def test_the_firm_s_people_need_the_right(firm: Firm, method: str, named: dict[str, object]) -> None:
    client = firm.rig.client("Acme", "ana@client.example")
    plain = firm.rig.member("Plain", client)
    error = firm.hands.refused(NotAllowed, plain, method, **named)
    assert error.exit_code == 4


@pytest.mark.parametrize("method", ["link", "unlink", "set_email_sync"])
def test_hidden_and_unknown_clients_answer_the_same_bytes(firm: Firm, method: str) -> None:
    firm.rig.client("Secret", "ana@client.example")
    named: dict[str, Any] = {"address": "ana@client.example"} | ({"on": True} if method == "set_email_sync" else {})
    hidden = firm.hands.bytes_of(firm.clara, method, client="Secret", **named)
    assert hidden == firm.hands.bytes_of(firm.clara, method, client="No such", **named)


def test_several_of_one_name_are_told_apart_by_id(firm: Firm) -> None:
    one, other = firm.rig.client("Ñu"), firm.rig.client("ñu")
    error = firm.hands.refused(BadRequest, firm.owner, "link", address="ana@client.example", client="ÑU")
    assert error.code == "ambiguous_name"
    firm.hands.do(firm.owner, "link", address="ana@client.example", client=firm.hands.client(other))
    assert firm.rig.rows("SELECT client FROM links") == [(other,)]
    assert one != other
