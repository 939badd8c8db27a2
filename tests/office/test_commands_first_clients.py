"""First clients: who is suggested to whom, what making clients files and tells, the one undo ([C5a], Z3, Z4, Z5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors.desk.api import NewClient, NewContact
from actors.desk.commands import past
from actors.desk.reading import Readers
from store.model.errors import BadRequest, Conflict, NotAllowed, NotFound
from store.model.evidence import Kind
from store.model.filing import Reason
from store.model.firm import MemberRole, Right
from store.model.ids import EmailId, MailboxKey, MemberKey
from store.model.views import ClientMade, NoticeKind, SuggestedClient
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

MAX, OLGA = "max@firm.example", "olga@firm.example"


@dataclass
class Firm:
    """Olga owns it; Max has a mailbox and may manage clients, of which he sees those given to him."""

    rig: DeskRig
    hands: Hands
    max: MemberKey
    box: MailboxKey
    inbox: FolderRig
    olgas: FolderRig
    uid: int = 0

    @property
    def owner(self) -> MemberKey:
        return self.rig.owner

    def wrote(
        self, sender: str, *to: str, at: int = 0, kind: Kind | None = None, folder: FolderRig | None = None
    ) -> str:
        """A mail in Max's mailbox, or another; its Message-ID."""
        self.uid += 1
        id_ = f"m{self.uid}@x"
        letter = Letter(id=id_, sender=sender, to=to or (MAX,), at=NOW - 90_000 + 100 * self.uid + at, kind=kind)
        (folder or self.inbox).deposit(letter.seen(self.uid))
        return id_

    def both_ways(self, address: str) -> str:
        self.wrote(MAX, address)
        return self.wrote(address)

    def suggested(self, member: MemberKey | None = None) -> dict[str, SuggestedClient]:
        reader = Readers().reader(self.rig.vault.database, self.max if member is None else member, NOW)
        return {each.domain: each for each in reader.suggest_clients(limit=200)}

    def past(self, *addresses: str, member: MemberKey | None = None) -> int:
        reader = Readers().reader(self.rig.vault.database, self.max if member is None else member, NOW)
        return reader.count_past(addresses)

    def made(self, member: MemberKey, method: str, **named: Any) -> ClientMade:  # noqa: ANN401 - as Hands.ask
        answer = self.hands.ask(member, method, **named)
        assert isinstance(answer, ClientMade), answer
        return answer

    def make(self, member: MemberKey, *clients: NewClient) -> ClientMade:
        return self.made(member, "make_clients", clients=clients)

    def from_(self, member: MemberKey, id_: str, *, name: str | None = None, client: str | None = None) -> ClientMade:
        return self.made(member, "client_from", email=self.hands.email(id_), name=name, client=client)

    def settle_all(self) -> None:
        while self.rig.writer.settle_past():
            pass

    def clients(self) -> list[str]:
        return sorted(self.rig.vault.firm.clients().values())


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    max_ = rig.member("Max", rights=(Right.MANAGE_CLIENTS,))
    box, olgas = rig.mailbox(MAX, max_), rig.mailbox(OLGA)
    yield Firm(rig, Hands(rig), max_, box, rig.folder(box), rig.folder(olgas))
    rig.close()


def client(name: str, *contacts: tuple[str, str]) -> NewClient:
    return NewClient(name=name, contacts=tuple(NewContact(name=n, address=a) for n, a in contacts))


# ---- Who is suggested


def test_those_written_with_both_ways_grouped_by_domain_most_answered_first(firm: Firm) -> None:
    for _ in range(2):
        firm.both_ways("ana@olmo-bakery.example")
    firm.both_ways("luis@olmo-bakery.example")
    firm.both_ways("bea.blum@gmail.com")
    firm.both_ways("bo@gmail.com")
    firm.wrote("only.writes@us.example")
    firm.wrote(MAX, "never.answers@us.example")
    reader = Readers().reader(firm.rig.vault.database, firm.max, NOW)
    first, *rest = reader.suggest_clients(limit=200)
    assert (first.name, first.domain, first.emails) == ("Olmo Bakery", "olmo-bakery.example", 6)
    assert [(a.address, a.name, a.sent, a.received) for a in first.addresses] == [
        ("ana@olmo-bakery.example", "Ana", 2, 2),
        ("luis@olmo-bakery.example", "Luis", 1, 1),
    ]
    assert first.last == max(a.last for a in first.addresses)
    assert [(each.name, each.domain) for each in rest] == [("Bo", "gmail.com"), ("Bea.Blum", "gmail.com")], (
        "the newer first"
    )
    assert len(reader.suggest_clients(limit=1)) == 1


def test_a_mail_to_three_of_a_firm_is_one(firm: Firm) -> None:
    people = ("ana@olmo.example", "luis@olmo.example", "eva@olmo.example")
    firm.wrote(MAX, *people)
    for person in people:
        firm.wrote(person)
    assert firm.suggested()["olmo.example"].emails == 4


def test_bulk_automatic_colleagues_and_contacts_are_left_out(firm: Firm) -> None:
    for kind in (Kind.BULK, Kind.AUTOMATIC, Kind.BOUNCE):
        firm.wrote(MAX, f"{kind}@robot.example")
        firm.wrote(f"{kind}@robot.example", kind=kind)
    firm.both_ways(OLGA)
    firm.both_ways("trainee@firm.example")
    firm.both_ways("known@client.example")
    firm.both_ways("new@client.example")
    firm.rig.client("Known", "known@client.example")
    firm.hands.ask(firm.owner, "set_access", member="Max", give=["Known"], take=[], rights=None)
    (only,) = firm.suggested().values()
    assert [a.address for a in only.addresses] == ["new@client.example"]
    assert firm.suggested(firm.owner) == {}, "not from a colleague's mailbox"


def test_a_hidden_contact_is_a_stranger_like_any_other(firm: Firm) -> None:
    """Leaving it out would tell whose it is (Z5); who is shown the client is not offered it again."""
    firm.rig.client("Hidden", "known@client.example")
    firm.both_ways("known@client.example")
    assert [a.address for a in firm.suggested()["client.example"].addresses] == ["known@client.example"]
    assert firm.past("known@client.example") == 2, "not filed, as far as he knows"
    firm.hands.ask(firm.owner, "set_access", member="Max", give=["Hidden"], take=[], rights=None)
    assert firm.suggested() == {}
    assert firm.past("known@client.example") == 0


def test_past_mail_is_counted_within_sight(firm: Firm) -> None:
    firm.both_ways("ana@olmo.example")
    firm.wrote("other@x.example", "ana@olmo.example", MAX)
    firm.wrote("ana@olmo.example", OLGA, folder=firm.olgas)
    assert firm.past("ANA@olmo.example", "nobody@x.example") == 3
    assert firm.past("ana@olmo.example", member=firm.owner) == 1
    with pytest.raises(BadRequest):
        firm.past("no address")


# ---- Making them


def test_clients_contacts_and_links_at_once(firm: Firm) -> None:
    ana, bea = firm.both_ways("ana@olmo.example"), firm.both_ways("bea@blum.example")
    made = firm.make(
        firm.owner,
        client("Olmo", ("Ana Olmo", "Ana@OLMO.example"), ("Ana Olmo", "ana@home.example"), ("", "luis@olmo.example")),
        client("Blum", ("Bea", "bea@blum.example")),
    )
    assert [each.name for each in made.clients] == ["Olmo", "Blum"]
    assert (made.emails, made.affected, made.undo, made.done) == (4, 4, "make_clients", True)
    assert set(firm.rig.filings(ana).values()) == set(firm.rig.filings(bea).values()) == {Reason.ADDRESS}
    assert firm.rig.rows("SELECT name FROM contacts ORDER BY name") == [("",), ("Ana Olmo",), ("Bea",)]
    assert firm.rig.rows("SELECT min(email_sync), count(*) FROM link_switches") == [(1, 4)]
    assert firm.rig.rows("SELECT member, kind FROM notices") == [(firm.max, NoticeKind.LINKED_FILED)] * 2
    assert firm.hands.acts() == ["make_clients"]


def test_one_undo_takes_all_of_it_back(firm: Firm) -> None:
    ana = firm.both_ways("ana@olmo.example")
    firm.make(firm.owner, client("Olmo", ("Ana", "ana@olmo.example")), client("Blum", ("Bea", "bea@blum.example")))
    undone = firm.hands.do(firm.owner, "undo")
    assert (undone.undo, undone.affected) == ("make_clients", 2)
    assert firm.rig.filings(ana) == {}
    assert firm.clients() == []
    assert firm.rig.rows("SELECT * FROM contacts") == firm.rig.rows("SELECT * FROM links") == []
    assert "ana@olmo.example" in {a.address for each in firm.suggested().values() for a in each.addresses}


def test_a_key_that_was_taken_back_is_never_given_again(firm: Firm) -> None:
    first = firm.make(firm.owner, client("Olmo")).clients[0].client
    firm.hands.do(firm.owner, "undo")
    assert firm.make(firm.owner, client("Olmo")).clients[0].client != first
    assert firm.hands.ask(firm.owner, "add_client", name="Next").client != first


def test_an_email_with_people_of_two_new_clients_is_filed_with_both_and_counts_once(firm: Firm) -> None:
    both = firm.wrote(MAX, "ana@olmo.example", "bea@blum.example")
    made = firm.make(firm.owner, client("Olmo", ("", "ana@olmo.example")), client("Blum", ("", "bea@blum.example")))
    assert made.emails == 1
    assert len(firm.rig.filings(both)) == 2


@pytest.mark.parametrize("at_once", [0, 3, 5])
def test_more_than_a_turn_takes_is_filed_and_taken_back_beside_the_sync(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(past, "AT_ONCE", at_once)
    for _ in range(4):
        firm.both_ways("ana@olmo.example")
    firm.both_ways("bea@blum.example")
    firm.wrote(MAX, "ana@olmo.example", "bea@blum.example")
    made = firm.make(firm.owner, client("Olmo", ("", "ana@olmo.example")), client("Blum", ("", "bea@blum.example")))
    assert made.emails == 11
    assert len(firm.rig.rows("SELECT DISTINCT email FROM filings")) < 11
    firm.settle_all()
    assert firm.rig.rows("SELECT count(DISTINCT email), count(*) FROM filings") == [(11, 12)]
    firm.hands.do(firm.owner, "undo")
    assert firm.clients() == ["Blum", "Olmo"], "until their last email has left"
    firm.settle_all()
    assert firm.clients() == []
    assert firm.rig.rows("SELECT * FROM filings") == []


def test_a_client_on_its_way_out_that_is_used_again_stays(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "AT_ONCE", 0)
    ana = firm.both_ways("ana@olmo.example")
    firm.make(firm.owner, client("Olmo", ("", "ana@olmo.example")))
    firm.settle_all()
    firm.hands.do(firm.owner, "undo")
    firm.hands.do(firm.owner, "file", email=firm.hands.email(ana), thread=None, client="Olmo")
    firm.settle_all()
    assert firm.clients() == ["Olmo"]
    firm.hands.do(firm.owner, "undo")
    assert firm.clients() == ["Olmo"], "somebody has decided to use it"


@pytest.mark.parametrize(
    "change",
    [
        ("link", {"address": "more@olmo.example", "client": "Olmo"}),
        ("set_email_sync", {"address": "ana@olmo.example", "client": "Olmo", "on": False}),
        ("set_access", {"member": "Max", "give": ["Olmo"], "take": [], "rights": None}),
    ],
)
def test_what_was_changed_since_is_not_undone(firm: Firm, change: tuple[str, dict[str, Any]]) -> None:
    adam = firm.rig.member("Adam", role=MemberRole.ADMIN)
    firm.make(firm.owner, client("Olmo", ("Ana", "ana@olmo.example")))
    method, named = change
    firm.hands.do(adam, method, **named)
    assert firm.hands.refused(Conflict, firm.owner, "undo").code == "undo_changed"
    assert firm.clients() == ["Olmo"]


def test_what_was_used_since_is_not_undone(firm: Firm) -> None:
    firm.make(firm.max, client("Olmo", ("Ana", "ana@olmo.example")))
    firm.hands.ask(firm.owner, "set_access", member="Max", give=["Olmo"], take=[], rights=None)
    other = firm.wrote("joe@strange.example", OLGA, folder=firm.olgas)
    firm.hands.do(firm.owner, "file", email=firm.hands.email(other), thread=None, client="Olmo")
    assert firm.hands.refused(Conflict, firm.max, "undo").code == "undo_changed"


def test_a_contact_that_was_linked_elsewhere_meanwhile_stays(firm: Firm) -> None:
    firm.rig.client("Old")
    adam = firm.rig.member("Adam", rights=tuple(Right))
    firm.make(firm.owner, client("Olmo", ("Ana", "ana@olmo.example")))
    firm.hands.do(adam, "link", address="ana@olmo.example", client="Old")
    firm.hands.do(firm.owner, "undo")
    assert firm.clients() == ["Old"]
    assert firm.rig.rows("SELECT name FROM contacts") == [("Ana",)]


def test_whoever_makes_clients_sees_them_and_no_longer_after_the_undo(firm: Firm) -> None:
    firm.both_ways("ana@olmo.example")
    generation = firm.rig.vault.meta.generation()
    firm.make(firm.max, client("Olmo", ("Ana", "ana@olmo.example")))
    assert firm.hands.do(firm.max, "link", address="x@olmo.example", client="Olmo").done
    firm.hands.do(firm.max, "undo")
    seen = firm.rig.vault.meta.generation()
    assert seen > generation
    firm.hands.do(firm.max, "undo")
    assert firm.rig.vault.meta.generation() > seen
    assert firm.clients() == []
    assert firm.rig.rows("SELECT * FROM access") == []


# ---- Refusals


def test_nothing_is_half_made(firm: Firm) -> None:
    firm.rig.client("Taken")
    good = client("Olmo", ("Ana", "ana@olmo.example"))
    for bad, code in (
        (client("taken"), "name_taken"),
        (client("olmo"), "name_taken"),
        (client("  "), "bad_name"),
        (client("Blum", ("Bea", "nowhere")), "bad_address"),
        (client("Blum", ("Max", MAX)), "sender_is_own"),
    ):
        assert firm.hands.refused(BadRequest, firm.owner, "make_clients", clients=(good, bad)).code == code
    firm.hands.refused(BadRequest, firm.owner, "make_clients", clients=())
    assert firm.hands.refused(BadRequest, firm.owner, "make_clients", clients=(good,) * 501).code == "too_long"


def test_a_known_contact_is_linked_and_a_hidden_one_is_taken(firm: Firm) -> None:
    firm.rig.client("Old", "ana@olmo.example")
    error = firm.hands.refused(
        BadRequest, firm.max, "make_clients", clients=(client("Olmo", ("Ana", "ana@olmo.example")),)
    )
    assert (error.code, error.arguments) == ("address_taken", {"address": "ana@olmo.example"})
    firm.make(firm.owner, client("Olmo", ("Other name", "ana@olmo.example")))
    assert firm.rig.rows("SELECT name FROM contacts") == [("Old",)]
    assert firm.rig.rows("SELECT count(*) FROM links") == [(2,)]
    firm.hands.do(firm.owner, "undo")
    assert firm.clients() == ["Old"]
    assert firm.rig.rows("SELECT count(*) FROM links") == [(1,)]


def test_without_the_right_there_are_no_new_clients(firm: Firm) -> None:
    nils = firm.rig.member("Nils")
    strange = firm.wrote("sue@strange.example")
    firm.hands.refused(NotAllowed, nils, "make_clients", clients=(client("Olmo"),))
    hidden = {"name": None, "client": None}
    assert isinstance(firm.hands.ask(nils, "client_from", email=firm.hands.email(strange), **hidden), NotAllowed)
    assert isinstance(firm.hands.ask(firm.owner, "client_from", email=firm.hands.email(strange), **hidden), NotFound)


# ---- From an email


def test_a_client_of_the_sender_files_their_past_and_is_undone(firm: Firm) -> None:
    first, second = firm.both_ways("sue.strange@strange.example"), firm.wrote("sue.strange@strange.example")
    made = firm.from_(firm.max, second)
    assert ([each.name for each in made.clients], made.emails, made.undo) == (["Sue.Strange"], 3, "client_from")
    assert len(firm.rig.filings(first)) == 1
    assert firm.rig.rows("SELECT name FROM contacts") == [("Sue.Strange",)]
    assert firm.hands.do(firm.max, "undo").undo == "client_from"
    assert (firm.clients(), firm.rig.filings(first)) == ([], {})


def test_a_name_of_one_s_own(firm: Firm) -> None:
    email = firm.wrote("sue@strange.example")
    assert [each.name for each in firm.from_(firm.max, email, name="Strange & Co").clients] == ["Strange & Co"]


def test_the_sender_is_added_to_a_client(firm: Firm) -> None:
    email = firm.wrote("sue@strange.example")
    key = firm.rig.client("Olmo")
    made = firm.from_(firm.owner, firm.wrote("sue@strange.example", OLGA, folder=firm.olgas), client="olmo")
    assert ([each.name for each in made.clients], made.emails) == (["Olmo"], 2)
    assert firm.rig.filings(email) == {key: Reason.ADDRESS}
    assert firm.rig.rows("SELECT name FROM contacts") == [("Sue",)]
    firm.hands.do(firm.owner, "undo")
    assert firm.rig.filings(email) == {}
    assert firm.clients() == ["Olmo"]


def test_who_is_no_client_to_be(firm: Firm) -> None:
    cases = {
        "sender_is_own": firm.wrote(MAX, "sue@strange.example"),
        "sender_is_automatic": firm.wrote("robot@strange.example", kind=Kind.AUTOMATIC),
        "no_sender_address": firm.wrote(""),
    }
    for code, email in cases.items():
        named = {"email": EmailId(firm.hands.email(email)), "name": "X", "client": None}
        assert firm.hands.refused(BadRequest, firm.max, "client_from", **named).code == code


def test_the_first_answer_is_given_again(firm: Firm) -> None:
    email = firm.hands.email(firm.wrote("sue@strange.example"))
    named: dict[str, Any] = {"email": email, "name": "Sue", "client": None}
    first = firm.hands.ask(firm.max, "client_from", request="same", **named)
    assert isinstance(first, ClientMade)
    assert firm.hands.ask(firm.max, "client_from", request="same", **named) == first
    assert firm.clients() == ["Sue"]
