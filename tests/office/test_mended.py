"""What was once wrong at the desk and in the vault's reads: each test fails without its cure."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors.desk.api import NewContact
from actors.desk.reading import Readers, VaultReader
from actors.messages import EmailsFiled, ErrandDone, ErrandOpen
from store.model.errors import BadRequest, NotFound
from store.model.evidence import Kind
from store.model.filing import Reason
from store.model.firm import Contact, Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.mailbox import MailboxView, ServerSettings
from store.model.views import EmailRow, NoticeKind, NoticeRow, Why
from store.rules.notices import FiledMail, worth_telling
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

MAX = "max@firm.example"


@dataclass
class Firm:
    """Olga owns it; Clara manages clients and sees those given to her; Max has the mailbox."""

    rig: DeskRig
    hands: Hands
    clara: MemberKey
    max: MemberKey
    box: MailboxKey
    inbox: FolderRig

    def reading(self, member: MemberKey) -> VaultReader:
        connection = self.rig.vault.reader()
        self.open.append(connection)
        return Readers().reader(connection, member, int(self.rig.time.now()))

    def __post_init__(self) -> None:
        self.open: list[Any] = []

    def notices(self, member: MemberKey) -> tuple[NoticeRow, ...]:
        return self.reading(member).notices(archived=False)

    def contacts(self, member: MemberKey) -> list[Contact]:
        return list(self.reading(member).contacts())

    def why(self, member: MemberKey, message_id: str) -> Why:
        return self.reading(member).why(self.rig.vault.ids.email(self.rig.email(message_id)))

    def others(self, member: MemberKey, message_id: str) -> list[tuple[str, Reason, str | None]]:
        return [(one.client.name, one.reason, one.address) for one in self.why(member, message_id).alternatives]

    def row(self, member: MemberKey, message_id: str) -> EmailRow:
        (row,) = self.reading(member).thread(self.rig.vault.ids.thread(self.hands.thread_key(message_id)))
        return row

    def do_errands(self) -> None:
        """As the notifier does them."""
        for _name, message in self.rig.take_told(EmailsFiled):
            assert isinstance(message, EmailsFiled)
            for errand in message.errands:
                self.rig.writer.errand_done(ErrandDone(errand=errand.errand, tell=_told(errand)))


def _told(errand: ErrandOpen) -> tuple[tuple[MemberKey, str], ...]:
    mail = FiledMail(
        client=errand.client,
        kind=Kind(errand.mail_kind),
        from_member=errand.from_member,
        outside=errand.outside,
        to=errand.to,
        cc=errand.cc,
        followers=errand.followers,
        walled=errand.walled,
        cannot_see=errand.cannot_see,
        owner=errand.owner,
    )
    return tuple((one.member, str(one.kind)) for one in worth_telling(mail))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    clara, max_ = rig.member("Clara", rights=(Right.MANAGE_CLIENTS,)), rig.member("Max")
    box = rig.mailbox(MAX, max_)
    made = Firm(rig, Hands(rig), clara, max_, box, rig.folder(box))
    yield made
    for connection in made.open:
        connection.close()
    rig.close()


def client(firm: Firm, name: str, *addresses: str, to: MemberKey | None = None) -> ClientKey:
    key = firm.rig.client(name, *addresses)
    if to is not None:
        allow(firm, to, name)
    return key


def allow(firm: Firm, member: MemberKey, *names: str) -> None:
    names_of = {key: kept.name for key, kept in firm.rig.writer.book.members.items()}
    firm.hands.do(firm.rig.owner, "set_access", member=names_of[member], give=list(names))


# ---- Mail filed by somebody's link (Z3)


def link(firm: Firm, address: str, name: str) -> None:
    firm.hands.do(firm.rig.owner, "link", address=address, client=name)


def test_each_link_tells_whose_mail_it_files(firm: Firm) -> None:
    client(firm, "Acme", to=firm.max)
    firm.inbox.deposit(Letter(id="1@x", sender="ana@one.example").seen(1))
    for uid in (2, 3):
        firm.inbox.deposit(Letter(id=f"{uid}@x", sender="bea@two.example", at=NOW - uid).seen(uid))
    link(firm, "ana@one.example", "Acme")
    link(firm, "bea@two.example", "Acme")
    told = sorted((row.arguments["address"], row.arguments["count"]) for row in firm.notices(firm.max))
    assert told == [("ana@one.example", 1), ("bea@two.example", 2)]
    assert firm.rig.rows("SELECT * FROM causes") == []


def test_whose_mail_a_link_files_is_told_without_a_client_hidden_from_them(firm: Firm) -> None:
    client(firm, "Acme")
    firm.inbox.deposit(Letter(id="1@x", sender="ana@one.example").seen(1))
    link(firm, "ana@one.example", "Acme")
    (told,) = firm.notices(firm.max)
    assert (told.kind, told.client) == (NoticeKind.LINKED_FILED, None)
    assert told.arguments == {"count": 1, "act": "link", "by": "Olga Owner", "address": "ana@one.example"}
    allow(firm, firm.max, "Acme")
    (told,) = firm.notices(firm.max)
    assert told.client is not None
    assert told.client.name == "Acme"


# ---- Where else it could be


def test_the_address_that_a_hand_overruled_is_an_alternative_to_who_may_see_its_client(firm: Firm) -> None:
    client(firm, "Olmo", "ana@olmo.example")
    client(firm, "Pine", to=firm.max)
    firm.inbox.deposit(Letter(id="1@x", sender="ana@olmo.example").seen(1))
    assert firm.others(firm.rig.owner, "1@x") == []
    email = firm.hands.email("1@x")
    firm.hands.do(firm.rig.owner, "file", email=email, thread=None, client="Pine")
    assert firm.others(firm.rig.owner, "1@x") == [("Olmo", Reason.ADDRESS, "ana@olmo.example")]
    assert firm.others(firm.max, "1@x") == [], "Olmo is hidden from Max"
    allow(firm, firm.max, "Olmo")
    assert firm.others(firm.max, "1@x") == [("Olmo", Reason.ADDRESS, "ana@olmo.example")]
    firm.hands.do(firm.rig.owner, "file", email=email, thread=None, client=None)
    assert firm.others(firm.max, "1@x") == [("Olmo", Reason.ADDRESS, "ana@olmo.example")]


def test_whom_only_another_s_copy_names_is_no_alternative(firm: Firm) -> None:
    """Bcc belongs to the sighting (Z16)."""
    client(firm, "Olmo", "ana@olmo.example", to=firm.clara)
    client(firm, "Pine", to=firm.clara)
    secret = Letter(id="1@x", sender=MAX, to=("zoe@nowhere.example",), bcc=("ana@olmo.example",))
    firm.inbox.deposit(secret.seen(1))
    allow(firm, firm.max, "Olmo", "Pine")
    firm.hands.do(firm.rig.owner, "file", email=firm.hands.email("1@x"), thread=None, client="Pine")
    assert firm.others(firm.max, "1@x") == [("Olmo", Reason.ADDRESS, None)]
    assert firm.others(firm.clara, "1@x") == []


def test_an_email_that_one_does_not_see_gives_no_alternative(firm: Firm) -> None:
    """By thread Olmo would be told of a mail that Max does not see (Z5)."""
    client(firm, "Olmo", "ana@olmo.example", to=firm.max)
    hidden = client(firm, "Hidden", "eve@hidden.example")
    client(firm, "Pine", to=firm.max)
    firm.rig.link("both@client.example", ClientKey(1), hidden)
    other = firm.rig.folder(firm.rig.mailbox("olga@firm.example"))
    root = Letter(id="root@x", sender="both@client.example", to=("olga@firm.example", "zoe@nowhere.example"))
    other.deposit(root.seen(1))
    answer = Letter(id="2@x", sender="zoe@nowhere.example", to=(MAX,), answers=("root@x",), at=NOW - 5)
    firm.inbox.deposit(answer.seen(1))
    assert firm.hands.clients_of("2@x") == {1, hidden}
    firm.hands.do(firm.rig.owner, "file", email=firm.hands.email("2@x"), thread=None, client="Pine")
    assert {name for name, _, _ in firm.others(firm.rig.owner, "2@x")} == {"Olmo", "Hidden"}
    assert firm.others(firm.max, "2@x") == []


# ---- Contacts of hidden clients (Z5)


@pytest.mark.parametrize("method", ["link", "add_client"])
def test_a_hidden_contact_is_not_learnt_by_guessing_its_address(firm: Firm, method: str) -> None:
    client(firm, "Secret", "eve@secret.example", "eve@home.example")
    named: dict[str, Any] = {"address": "eve@secret.example", "client": "Mine"}
    if method == "add_client":
        named = {"name": "Other", "contacts": [NewContact(name="Eve", address="eve@secret.example")]}
    client(firm, "Mine", to=firm.clara)
    error = firm.hands.refused(BadRequest, firm.clara, method, **named)
    assert (error.code, error.arguments) == ("address_taken", {"address": "eve@secret.example"})
    assert firm.contacts(firm.clara) == []
    firm.hands.ask(firm.rig.owner, method, **named)
    assert firm.rig.rows("SELECT count(*) FROM links") == [(2,)], "the owner may"


def test_an_address_used_with_hidden_clients_alone_is_not_shown(firm: Firm) -> None:
    client(firm, "Mine", to=firm.clara)
    client(firm, "Secret", "eve@secret.example", "eve@home.example")
    link(firm, "eve@home.example", "Mine")
    (seen,) = firm.contacts(firm.clara)
    assert seen.addresses == ("eve@home.example",)
    detail = firm.reading(firm.clara).client("Mine")
    ((contact, switches),) = detail.contacts
    assert contact.addresses == ("eve@home.example",)
    assert [one.address for one in switches] == ["eve@home.example"]
    (whole,) = firm.contacts(firm.rig.owner)
    assert whole.addresses == ("eve@home.example", "eve@secret.example")
    guessed = {"address": "eve@secret.example", "client": "Mine"}
    assert firm.hands.refused(BadRequest, firm.clara, "link", **guessed).code == "address_taken"
    firm.hands.refused(NotFound, firm.clara, "set_email_sync", on=True, **guessed)
    firm.hands.refused(NotFound, firm.clara, "unlink", **guessed)


def test_a_switch_that_is_off_stays_in_sight(firm: Firm) -> None:
    client(firm, "Mine", "ana@mine.example", to=firm.clara)
    named = {"address": "ana@mine.example", "client": "Mine"}
    firm.hands.do(firm.clara, "set_email_sync", on=False, **named)
    assert [one.addresses for one in firm.contacts(firm.clara)] == [("ana@mine.example",)]
    firm.hands.do(firm.clara, "set_email_sync", on=True, **named)


# ---- Told once it is seen ([N3])


def test_a_follower_is_told_of_an_email_once_it_is_settled(firm: Firm) -> None:
    one, two = client(firm, "One", to=firm.clara), client(firm, "Two", to=firm.clara)
    allow(firm, firm.max, "Two")
    firm.rig.link("both@client.example", one, two)
    other = firm.rig.folder(firm.rig.mailbox("olga@firm.example"))
    other.deposit(Letter(id="1@x", sender="both@client.example", to=("olga@firm.example",)).seen(1))
    firm.do_errands()
    assert firm.notices(firm.max) == ()
    before = firm.notices(firm.clara)
    firm.hands.do(firm.clara, "file", email=firm.hands.email("1@x"), thread=None, client="Two")
    firm.do_errands()
    (told,) = firm.notices(firm.max)
    assert (told.kind, told.email) == (NoticeKind.CLIENT_WROTE, firm.hands.email("1@x"))
    assert firm.rig.rows("SELECT count(*) FROM notices WHERE member = ? AND client = ?", firm.clara, two) == [(1,)]
    assert {row.notice for row in firm.notices(firm.clara)} == {row.notice for row in before}, "she is not told again"


# ---- Mail to oneself ([T2b])


def test_mail_to_oneself_is_read(firm: Firm) -> None:
    firm.inbox.deposit(Letter(id="1@x", sender=MAX, to=(MAX,)).seen(1))
    assert firm.row(firm.max, "1@x").read
    firm.inbox.deposit(Letter(id="2@x", sender=MAX, to=(MAX, "ana@one.example"), at=NOW - 5).seen(2))
    assert not firm.row(firm.max, "2@x").read
    firm.inbox.deposit(Letter(id="3@x", sender="ana@one.example", to=(MAX,), at=NOW - 4).seen(3))
    assert not firm.row(firm.max, "3@x").read


def test_mail_to_a_shared_address_is_not_to_oneself(firm: Firm) -> None:
    firm.rig.mailbox("support@firm.example", firm.max, firm.clara)
    firm.inbox.deposit(Letter(id="1@x", sender=MAX, to=("support@firm.example",)).seen(1))
    assert not firm.row(firm.max, "1@x").read


# ---- Mailboxes


def _mailbox(login: str, host: str = "imap.firm.example") -> dict[str, Any]:
    imap = ServerSettings(host=host, port=993, tls="ssl")
    return {"address": "clara@firm.example", "login": login, "imap": imap, "smtp": None}


def test_another_login_on_the_same_server_is_not_another_server(firm: Firm) -> None:
    assert isinstance(firm.hands.ask(firm.clara, "add_mailbox", **_mailbox("clara")), MailboxView)
    same = firm.hands.refused(BadRequest, firm.clara, "add_mailbox", **_mailbox("clara@firm.example"))
    assert same.code == "mailbox_taken"
    theirs = firm.hands.refused(BadRequest, firm.max, "add_mailbox", **_mailbox("max", host="IMAP.firm.example."))
    assert (theirs.code, theirs.arguments) == ("address_taken", {"address": "clara@firm.example"})
    away = firm.hands.refused(BadRequest, firm.clara, "add_mailbox", **_mailbox("clara", host="evil.example"))
    assert away.code == "other_server"
