"""Clients and contacts at the desk: who may, what is hidden, whose mail moves, what an undo brings back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors.desk.book import Book
from actors.desk.commands import past
from actors.desk.settling import GRACE_SECONDS
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.filing import Reason
from store.model.firm import Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.mailbox import MailboxScope
from store.model.people import NewPerson, PeopleImported
from store.rules.importing import CleanPerson, cleaned
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.desk_state import check
from tests.support.hands import Hands

ANA, BEA, SUE = "ana@acme.example", "bea@blum.example", "sue@acme.example"
ASKS = Letter(id="asks@x", sender=ANA, at=NOW - 900)
ANSWERED = Letter(id="answered@x", sender="helper@nowhere.example", to=(ANA,), answers=("asks@x",), at=NOW - 850)
OTHER = Letter(id="other@x", sender=BEA, at=NOW - 800)
STRANGE = Letter(id="strange@x", sender=SUE, at=NOW - 700)
MAIL = (ASKS, ANSWERED, OTHER, STRANGE)


@dataclass
class Firm:
    """Olga owns it; Clara manages clients and sees both; Max has the mailbox and sees neither."""

    rig: DeskRig
    hands: Hands
    acme: ClientKey
    blum: ClientKey
    clara: MemberKey
    max: MemberKey
    box: MailboxKey
    inbox: FolderRig

    def people(self) -> list[list[tuple[object, ...]]]:
        """All that a merge moves, and how everything is filed."""
        tables = ("contacts", "contact_addresses", "links", "link_switches", "access", "walls", "client_tags",
                  "client_domains", "hand_decisions")  # fmt: skip
        found = [self.rig.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608 - named above
        found.append(self.rig.rows("SELECT client, name, merged FROM clients"))
        found.append(self.rig.rows("SELECT email, client, reason, confidence, ambiguous, address, maker FROM filings"))
        return found

    def wall(self, member: MemberKey, client: ClientKey) -> None:
        with self.rig.writer.turn() as turn:
            self.rig.vault.clients.set_walls(client, ((member, NOW),))
            self.rig.vault.meta.raise_generation()
            turn.book = Book(self.rig.vault)

    def settle(self) -> None:
        while self.rig.writer.settle_past():
            pass


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme, blum = rig.client("Acme", ANA), rig.client("Blum", BEA)
    clara = rig.member("Clara", acme, blum, rights=(Right.MANAGE_CLIENTS, Right.DELETE_FILED))
    max_ = rig.member("Max")
    box = rig.mailbox("max@firm.example", max_, scope=MailboxScope.WHOLE)
    inbox = rig.folder(box)
    inbox.deposit(*(letter.seen(uid) for uid, letter in enumerate(MAIL, 1)))
    yield Firm(rig, Hands(rig), acme, blum, clara, max_, box, inbox)
    rig.close()


def lines(*people: NewPerson) -> tuple[CleanPerson, ...]:
    return cleaned(people)


def person(number: int, name: str, *addresses: str, clients: tuple[str, ...] = ()) -> NewPerson:
    return NewPerson(line=number, name=name, addresses=addresses, clients=clients)


# ---- Who may

ACTS: list[tuple[str, dict[str, Any]]] = [
    ("rename_client", {"client": "Acme", "name": "New"}),
    ("tag_client", {"client": "Acme", "add": ("vip",), "remove": ()}),
    ("set_domain", {"client": "Acme", "domain": "acme.example", "on": True}),
    ("merge_clients", {"client": "Acme", "into": "Blum"}),
    ("set_notify", {"address": ANA, "client": "Acme", "on": False}),
    ("rename_contact", {"contact": ANA, "name": "New"}),
    ("add_address", {"contact": ANA, "address": "new@x.example"}),
    ("remove_address", {"address": "ana@home.example"}),
    ("merge_contacts", {"contact": ANA, "into": BEA}),
    ("remove_contact", {"contact": ANA}),
    ("import_people", {"people": lines(person(1, "New", "new@x.example"))}),
]


@pytest.mark.parametrize(("method", "named"), ACTS)
def test_it_needs_the_right(firm: Firm, method: str, named: dict[str, Any]) -> None:
    plain = firm.rig.member("Plain", firm.acme, firm.blum)
    assert firm.hands.refused(NotAllowed, plain, method, **named).exit_code == 4


@pytest.mark.parametrize(("method", "named"), [one for one in ACTS if one[0] != "import_people"])
def test_hidden_and_unknown_answer_the_same_bytes(firm: Firm, method: str, named: dict[str, Any]) -> None:
    stranger = firm.rig.member("Nora", rights=(Right.MANAGE_CLIENTS, Right.DELETE_FILED))
    unknown = {"Acme": "No such", "Blum": "No such either", ANA: "no@such.example", BEA: "no2@such.example"}
    other = {key: unknown.get(value, value) if isinstance(value, str) else value for key, value in named.items()}
    assert firm.hands.bytes_of(stranger, method, **named) == firm.hands.bytes_of(stranger, method, **other)
    assert isinstance(firm.hands.ask(stranger, method, **named), NotFound)


@pytest.mark.parametrize(
    ("method", "named"), [one for one in ACTS if one[0] not in ("remove_address", "remove_contact")]
)
def test_an_act_is_journalled_told_and_undone(firm: Firm, method: str, named: dict[str, Any]) -> None:
    before = firm.people()
    answer = firm.hands.ask(firm.rig.owner, method, **named)
    assert answer.done, answer
    assert firm.hands.acts() == [method]
    assert "firm_changed" in {kind for kind, *_ in firm.hands.announced()}
    assert firm.people() != before
    assert firm.hands.do(firm.rig.owner, "undo").undo == method
    assert firm.people() == before
    check(firm.rig.vault)


# ---- Domains


def test_whose_mail_a_domain_files_is_told(firm: Firm) -> None:
    done = firm.hands.do(firm.rig.owner, "set_domain", client="Acme", domain="acme.example", on=True)
    assert done.affected == 1
    assert firm.rig.filings("strange@x") == {firm.acme: Reason.DOMAIN}
    assert (firm.max, "linked_filed") in firm.rig.rows("SELECT member, kind FROM notices")


def test_a_domain_of_two_clients_is_ambiguous_and_an_address_beats_it(firm: Firm) -> None:
    for client in ("Acme", "Blum"):
        firm.hands.do(firm.rig.owner, "set_domain", client=client, domain="acme.example", on=True)
    assert set(firm.rig.filings("strange@x")) == {firm.acme, firm.blum}
    assert firm.rig.rows("SELECT DISTINCT ambiguous FROM filings WHERE reason = 'domain'") == [(1,)]
    assert firm.rig.filings("asks@x") == {firm.acme: Reason.ADDRESS}


def test_the_firm_s_own_domain_is_no_client_s(firm: Firm) -> None:
    error = firm.hands.refused(BadRequest, firm.rig.owner, "set_domain", client="Acme", domain="firm.example", on=True)
    assert error.code == "domain_is_own"


def test_a_domain_brings_in_what_was_passed_over(tmp_path: Path) -> None:
    rig = DeskRig(tmp_path / "other.db")
    rig.client("Acme")
    inbox = rig.folder(rig.mailbox("olga@firm.example", scope=MailboxScope.CLIENTS))
    inbox.deposit(pending="1:2")
    inbox.deposit(STRANGE.seen(1), Letter(id="g@x", sender="mum@gmail.com").seen(2))
    assert (rig.emails(), inbox.now().pending) == ([], "")
    Hands(rig).do(rig.owner, "set_domain", client="Acme", domain="acme.example", on=True)
    assert inbox.now().pending == "1"
    rig.close()


# ---- Merging clients


def test_a_merge_takes_decisions_threads_tags_domains_access_and_walls(firm: Firm) -> None:
    hands, owner, rig = firm.hands, firm.rig.owner, firm.rig
    tom = rig.member("Tom", firm.acme)
    walled = rig.member("Walled", firm.blum)
    firm.wall(walled, firm.acme)
    hands.do(owner, "tag_client", client="Acme", add=("VIP", "tax"), remove=())
    hands.do(owner, "tag_client", client="Blum", add=("vip",), remove=())
    hands.do(owner, "set_domain", client="Acme", domain="acme.example", on=True)
    own = rig.folder(rig.mailbox("olga@firm.example"))
    own.deposit(Letter(id="own@x", sender="pat@post.example", at=NOW - 600).seen(1))
    hands.do(owner, "file", email=hands.email("own@x"), thread=None, client="Acme", always=True)
    before, acme_id = firm.people(), hands.client(firm.acme)
    hands.do(owner, "merge_clients", client="Acme", into="Blum")
    assert rig.rows("SELECT DISTINCT client FROM filings") == [(firm.blum,)]
    assert {row[0] for row in rig.rows("SELECT clients FROM hand_decisions")} == {str(firm.blum)}
    assert rig.vault.clients.domains(firm.blum) == ("acme.example",)
    assert {tag.casefold() for tag in rig.vault.clients.tags(firm.blum)} == {"vip", "tax"}
    book = Book(rig.vault)
    assert book.scopes[tom].allows_client(firm.blum)
    assert not book.scopes[walled].allows_client(firm.blum)
    assert hands.do(owner, "tag_client", client=acme_id, add=("alias",), remove=()).done, "its id is the other's"
    hands.do(owner, "undo")
    hands.do(owner, "undo")
    assert firm.people() == before
    check(rig.vault)


def test_a_merge_of_much_mail_is_settled_in_slices_and_back(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "AT_ONCE", 1)
    before = firm.people()
    firm.hands.do(firm.rig.owner, "merge_clients", client="Acme", into="Blum")
    firm.settle()
    assert firm.rig.rows("SELECT DISTINCT client FROM filings") == [(firm.blum,)]
    firm.hands.do(firm.rig.owner, "undo")
    firm.settle()
    assert firm.people() == before
    check(firm.rig.vault)


def test_what_was_shown_before_a_merge_is_shown_after_it_without_grace(firm: Firm) -> None:
    with firm.rig.writer.turn():
        firm.rig.vault.meta.put(GRACE_SECONDS, 3_600)
    firm.hands.do(firm.rig.owner, "merge_clients", client="Acme", into="Blum")
    assert firm.rig.rows("SELECT DISTINCT visible_from FROM filings") == [(0,)]
    firm.hands.do(firm.rig.owner, "undo")
    assert firm.rig.rows("SELECT DISTINCT visible_from FROM filings") == [(0,)]
    told = firm.rig.rows("SELECT client FROM notices WHERE member = ? ORDER BY notice", firm.max)
    assert told == [(firm.blum,), (firm.acme,)], "whose mail is filed elsewhere is told with whom"


def test_a_merge_that_lets_others_see_more_is_for_managers(firm: Firm) -> None:
    firm.rig.member("Tom", firm.acme)
    error = firm.hands.refused(NotAllowed, firm.clara, "merge_clients", client="Acme", into="Blum")
    assert error.arguments == {"right": "change_access"}
    without = firm.rig.member("Dan", firm.acme, firm.blum, rights=(Right.MANAGE_CLIENTS,))
    assert isinstance(firm.hands.refused(NotAllowed, without, "merge_clients", client="Acme", into="Blum"), NotAllowed)


def test_a_held_client_does_not_become_another(firm: Firm) -> None:
    with firm.rig.writer.turn():
        firm.rig.vault.database.run("UPDATE clients SET held_at = 1 WHERE client = ?", (firm.acme,))
    firm.hands.refused(NotAllowed, firm.rig.owner, "merge_clients", client="Acme", into="Blum")
    firm.hands.do(firm.rig.owner, "merge_clients", client="Blum", into="Acme")


def test_what_was_changed_since_is_not_unmerged(firm: Firm) -> None:
    owner = firm.rig.owner
    firm.hands.do(owner, "merge_clients", client="Acme", into="Blum")
    firm.hands.do(firm.clara, "tag_client", client="Blum", add=("new",), remove=())
    after = firm.people()
    assert firm.hands.ask(owner, "undo").code == "undo_changed"
    assert firm.people() == after


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("unlink", {"address": ANA, "client": "Acme"}),
        ("link", {"address": SUE, "client": "Acme"}),
        ("tag_client", {"client": "Acme", "add": (), "remove": ("old",)}),
        ("set_domain", {"client": "Acme", "domain": "acme.example", "on": True}),
        ("set_notify", {"address": ANA, "client": "Acme", "on": False}),
        ("rename_client", {"client": "Acme", "name": "Acme & Co"}),
        ("add_client", {"name": "Third"}),
    ],
)
def test_nothing_is_brought_back_to_a_client_that_became_another(
    firm: Firm, method: str, named: dict[str, Any]
) -> None:
    admin = firm.rig.member("Ada", rights=(Right.MANAGE_CLIENTS, Right.VIEW_ALL_CLIENTS))
    firm.hands.do(firm.rig.owner, "tag_client", client="Acme", add=("old",), remove=())
    firm.hands.ask(admin, method, **named)
    source = named.get("name", "Acme")
    firm.hands.do(firm.rig.owner, "merge_clients", client=source, into="Blum")
    after = firm.people()
    assert firm.hands.ask(admin, "undo").code == "undo_changed"
    assert firm.people() == after


# ---- Contacts


def test_an_address_that_hidden_clients_use_stays_theirs(firm: Firm) -> None:
    hidden = firm.rig.client("Hidden")
    firm.hands.do(firm.rig.owner, "add_address", contact=ANA, address="ana@home.example")
    firm.hands.do(firm.rig.owner, "link", address="ana@home.example", client="Hidden")
    firm.hands.do(firm.rig.owner, "set_email_sync", address="ana@home.example", client="Acme", on=True)
    firm.hands.do(firm.clara, "remove_address", address="ana@home.example")
    assert firm.rig.rows(
        "SELECT s.client FROM link_switches AS s JOIN addresses AS a ON a.address = s.address WHERE a.text = ?",
        "ana@home.example",
    ) == [(hidden,)]


def test_a_merge_of_contacts_is_not_undone_over_what_came_since(firm: Firm) -> None:
    owner = firm.rig.owner
    firm.hands.do(owner, "merge_contacts", contact=ANA, into=BEA)
    firm.hands.do(firm.clara, "unlink", address=ANA, client="Acme")
    assert firm.hands.ask(owner, "undo").code == "undo_changed"


def test_notify_outlives_a_link_that_was_taken_and_undone(firm: Firm) -> None:
    owner = firm.rig.owner
    firm.hands.do(owner, "set_notify", address=ANA, client="Acme", on=False)
    before = firm.people()
    firm.hands.do(owner, "unlink", address=ANA, client="Acme")
    firm.hands.do(owner, "undo")
    assert firm.people() == before


# ---- Import


def bring(firm: Firm, member: MemberKey, *people: NewPerson) -> PeopleImported:
    told = firm.hands.ask(member, "import_people", people=lines(*people))
    assert isinstance(told, PeopleImported)
    return told


def test_an_import_files_the_past_with_people_of_two_clients_at_once(firm: Firm) -> None:
    firm.inbox.deposit(Letter(id="both@x", sender="b1@two.example", to=("b2@two.example",), at=NOW - 500).seen(9))
    told = bring(firm, firm.rig.owner, person(1, "One", "b1@two.example", clients=("Two A",)),
                 person(2, "Other", "b2@two.example", clients=("Two B",)))  # fmt: skip
    assert (told.made, told.clients, told.emails) == (2, 2, 1)
    assert len(firm.rig.filings("both@x")) == 2


def test_a_hidden_client_of_the_same_name_is_not_found_and_a_hidden_address_is_refused(firm: Firm) -> None:
    nora = firm.rig.member("Nora", rights=(Right.MANAGE_CLIENTS,))
    told = bring(firm, nora, person(1, "New", "new@x.example", clients=("acme",)), person(2, "Ana", ANA))
    assert (told.made, told.clients, told.refused) == (1, 1, 1)
    assert [(line.code, line.about) for line in told.lines] == [("address_taken", ANA)]
    assert Book(firm.rig.vault).scopes[nora].clients == frozenset({max(firm.rig.vault.firm.clients())})
    firm.hands.do(nora, "undo")
    assert Book(firm.rig.vault).scopes[nora].clients == frozenset()
    assert set(firm.rig.vault.firm.clients()) == {firm.acme, firm.blum}


def test_a_switch_that_somebody_turned_off_stays_off(firm: Firm) -> None:
    firm.hands.do(firm.rig.owner, "set_email_sync", address=ANA, client="Acme", on=False)
    told = bring(firm, firm.rig.owner, person(1, "Ana", ANA, clients=("Acme",)))
    assert (told.joined, told.done) == (0, False)
    assert firm.rig.filings("asks@x") == {}


def test_the_undo_of_an_import_leaves_what_was_built_on_it(firm: Firm) -> None:
    owner = firm.rig.owner
    bring(firm, owner, person(1, "Kept", "kept@x.example", clients=("Used",)), person(2, "Gone", "gone@x.example"),
          person(3, "Ana", ANA, "ana@home.example"))  # fmt: skip
    firm.hands.do(firm.rig.member("Admin2", rights=(Right.MANAGE_CLIENTS, Right.VIEW_ALL_CLIENTS)),
                  "rename_contact", contact="kept@x.example", name="Renamed")  # fmt: skip
    firm.hands.do(owner, "undo")
    assert {row[0] for row in firm.rig.rows("SELECT name FROM contacts")} == {"Acme", "Blum", "Renamed"}
    assert firm.rig.rows("SELECT count(*) FROM contact_addresses") == [(3,)]
    assert "Used" in firm.rig.vault.firm.clients().values()


def test_a_client_that_was_used_since_is_not_taken_back_with_its_import(firm: Firm) -> None:
    owner = firm.rig.owner
    bring(firm, owner, person(1, "", clients=("Tagged",)), person(2, "", clients=("Unused",)))
    firm.hands.do(firm.rig.member("Vera", rights=(Right.MANAGE_CLIENTS, Right.VIEW_ALL_CLIENTS)), "tag_client",
                  client="Tagged", add=("vip",), remove=())  # fmt: skip
    firm.hands.do(owner, "undo")
    assert sorted(firm.rig.vault.firm.clients().values()) == ["Acme", "Blum", "Tagged"]


def test_too_many_lines_are_refused(firm: Firm) -> None:
    one = lines(person(1, "A", "a@x.example"))[0]
    error = firm.hands.refused(BadRequest, firm.rig.owner, "import_people", people=(one,) * 100_001)
    assert error.code == "too_many_people"
