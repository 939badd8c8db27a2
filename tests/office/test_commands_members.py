"""Members, access, mailboxes, notices: who may do what to whom, and what changes with it ([R1], Z4, Z6, Z12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors.desk.api import Imported
from actors.messages import SettingsChanged
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.firm import Member, MemberRole, Right
from store.model.ids import ClientKey, MemberKey, NoticeId
from store.model.mailbox import MailboxView, ServerSettings, SyncState
from store.model.views import NoticeKind
from tests.support.copies import NOW, DeskRig, Letter
from tests.support.hands import Hands

SERVER = ServerSettings(host="imap.firm.example", port=993, tls="ssl")


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    acme: ClientKey
    admin: MemberKey
    clara: MemberKey

    @property
    def owner(self) -> MemberKey:
        return self.rig.owner

    @property
    def generation(self) -> int:
        return self.rig.vault.meta.generation()

    def add_mailbox(self, caller: MemberKey, /, address: str = "clara@firm.example", **named: object) -> Any:  # noqa: ANN401 - whatever is answered
        return self.hands.ask(caller, "add_mailbox", **_mailbox(address, **named))


def _mailbox(address: str, **named: object) -> dict[str, Any]:
    return {"address": address, "login": address, "imap": SERVER, "smtp": None} | named


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    hands = Hands(rig)
    acme = rig.client("Acme", "ana@client.example")
    admin = hands.ask(rig.owner, "add_member", name="Admin", role=MemberRole.ADMIN)
    yield Firm(rig, hands, acme, rig.vault.ids.member_key(admin.member), rig.member("Clara"))
    rig.close()


# ---- Members


def test_a_member_with_a_login(firm: Firm) -> None:
    before = firm.generation
    member = firm.hands.ask(firm.owner, "add_member", name="Ana", rights=[Right.SEND], user="ana")
    assert isinstance(member, Member)
    assert (member.name, member.role, member.rights) == ("Ana", MemberRole.EMPLOYEE, (Right.SEND,))
    assert (member.user, member.uid) == ("ana", 1_001)
    assert firm.generation > before
    assert firm.hands.journal()[-1][:3] == (firm.owner, None, "add_member")


@pytest.mark.parametrize("user", ["root", "nobody", "office", "stranger"])
def test_logins_that_are_nobody(firm: Firm, user: str) -> None:
    error = firm.hands.refused(BadRequest, firm.owner, "add_member", name="New", user=user)
    assert (error.code, error.arguments) == ("bad_value", {"field": "user"})


def test_one_login_is_one_member(firm: Firm) -> None:
    firm.hands.ask(firm.owner, "add_member", name="Ana", user="ana")
    assert firm.hands.refused(BadRequest, firm.owner, "add_member", name="New", user="ana").code == "name_taken"
    assert firm.hands.refused(BadRequest, firm.owner, "add_member", name="ANA").code == "name_taken"


@pytest.mark.parametrize(
    ("who", "role", "may"),
    [
        ("owner", MemberRole.ADMIN, True),
        ("owner", MemberRole.OWNER, False),
        ("admin", MemberRole.EMPLOYEE, True),
        ("admin", MemberRole.ADMIN, False),
        ("clara", MemberRole.EMPLOYEE, False),
    ],
)
def test_who_may_add_whom(firm: Firm, who: str, role: MemberRole, *, may: bool) -> None:
    answer = firm.hands.ask(getattr(firm, who), "add_member", name="New", role=role)
    assert isinstance(answer, Member if may else NotAllowed)


# ---- Access


def test_access_is_given_and_taken(firm: Firm) -> None:
    firm.rig.folder(firm.rig.mailbox("olga@firm.example")).deposit(Letter(id="asks@x").seen(1))
    email = firm.hands.email("asks@x")
    firm.hands.refused(NotFound, firm.clara, "mark", emails=[email], starred=True)
    before = firm.generation
    assert firm.hands.do(firm.admin, "set_access", member="clara", give=["acme"]).affected == 1
    assert firm.generation > before
    firm.hands.do(firm.clara, "mark", emails=[email], starred=True)
    firm.hands.do(firm.admin, "set_access", member="Clara", take=["Acme"])
    firm.hands.refused(NotFound, firm.clara, "mark", emails=[email], starred=False)
    assert ("scope_changed", None, None, firm.clara) in firm.hands.announced()
    assert [act for act in firm.hands.acts() if act != "refused"][-3:] == ["set_access", "mark", "set_access"]


def test_access_that_is_so_already_is_no_act(firm: Firm) -> None:
    before = firm.generation
    assert not firm.hands.ask(firm.owner, "set_access", member="Clara", take=["Acme"]).done
    assert firm.generation == before


def test_rights_are_an_employee_s(firm: Firm) -> None:
    firm.hands.do(firm.owner, "set_access", member="Clara", rights=[Right.MANAGE_CLIENTS])
    firm.hands.ask(firm.clara, "add_client", name="Hers")
    assert firm.hands.acts()[-1] == "add_client"
    firm.hands.refused(BadRequest, firm.owner, "set_access", member="Admin", rights=[Right.SEND])
    firm.hands.refused(BadRequest, firm.owner, "set_access", member="Clara", give=["Acme"], take=["Acme"])


@pytest.mark.parametrize(
    ("who", "target", "may"),
    [("owner", "Admin", True), ("admin", "Clara", True), ("admin", "Olga Owner", False), ("clara", "Clara", False)],
)
def test_whose_access_one_may_change(firm: Firm, who: str, target: str, *, may: bool) -> None:
    firm.rig.vault.firm.give_access(firm.clara, firm.acme, at=NOW)
    with firm.rig.writer.turn() as turn:
        turn.book = type(turn.book)(firm.rig.vault)
    named: dict[str, Any] = {"take": ["Acme"]} if target == "Clara" else {"give": ["Acme"]}
    answer = firm.hands.ask(getattr(firm, who), "set_access", member=target, **named)
    assert isinstance(answer, NotAllowed) is not may


def test_a_client_that_one_does_not_see_cannot_be_given(firm: Firm) -> None:
    firm.rig.vault.database.run("INSERT INTO walls (member, client, since) VALUES (?, ?, 0)", (firm.admin, firm.acme))
    with firm.rig.writer.turn() as turn:
        turn.book = type(turn.book)(firm.rig.vault)
    hidden = firm.hands.bytes_of(firm.admin, "set_access", member="Clara", give=["Acme"])
    assert hidden == firm.hands.bytes_of(firm.admin, "set_access", member="Clara", give=["No such"])
    assert hidden == firm.hands.bytes_of(firm.owner, "set_access", member="Nobody", give=["Acme"])


# ---- Mailboxes


def test_a_mailbox_is_added_and_its_address_is_its_member_s_own(firm: Firm) -> None:
    box = firm.rig.mailbox("olga@firm.example")
    letter = Letter(id="own@x", sender="clara@firm.example", to=("ana@client.example",))
    firm.rig.folder(box).deposit(letter.seen(1))
    assert firm.hands.thread_state("own@x") == "to_answer", "nobody knows Clara's address yet"
    before = firm.generation
    view = firm.add_mailbox(firm.clara, "Clara@FIRM.example", history_from=NOW - 5)
    assert isinstance(view, MailboxView)
    assert (view.settings.address, view.members, view.state) == ("clara@firm.example", ("Clara",), SyncState.SYNCING)
    assert firm.generation > before
    assert firm.rig.rows("SELECT from_member FROM emails") == [(firm.clara,)]
    assert firm.hands.thread_state("own@x") == "waiting"


def test_one_sync_for_one_mailbox_and_one_server_for_one_address(firm: Firm) -> None:
    firm.add_mailbox(firm.clara)
    other = ServerSettings(host="evil.example", port=993, tls="ssl")
    again = _mailbox("other@firm.example", login="CLARA@firm.example")
    assert firm.hands.refused(BadRequest, firm.owner, "add_mailbox", **again).code == "mailbox_taken"
    elsewhere = _mailbox("clara@firm.example", imap=other)
    assert firm.hands.refused(BadRequest, firm.owner, "add_mailbox", **elsewhere).code == "other_server"


def test_an_address_of_a_contact_is_not_taken_without_the_owner(firm: Firm) -> None:
    for member in (firm.clara, firm.admin):
        error = firm.hands.refused(BadRequest, member, "add_mailbox", **_mailbox("ana@client.example"))
        assert error.code == "address_taken"
    assert isinstance(firm.add_mailbox(firm.owner, "ana@client.example"), MailboxView)


def test_an_alias_of_another_member_is_not_taken_without_the_owner(firm: Firm) -> None:
    box = firm.rig.mailbox("olga@firm.example")
    alias = firm.rig.vault.addresses.key("office@firm.example")
    firm.rig.vault.database.run("INSERT INTO mailbox_addresses VALUES (?, ?, 0)", (alias, box))
    error = firm.hands.refused(BadRequest, firm.clara, "add_mailbox", **_mailbox("office@firm.example"))
    assert error.code == "address_taken"


@pytest.mark.parametrize(("who", "may"), [("owner", True), ("admin", True), ("clara", False)])
def test_who_may_add_a_mailbox_for_another(firm: Firm, who: str, *, may: bool) -> None:
    firm.rig.member("Max")
    answer = firm.add_mailbox(getattr(firm, who), "max@firm.example", member="Max")
    assert isinstance(answer, MailboxView) is may
    assert isinstance(answer, NotAllowed) is not may
    assert getattr(answer, "members", ("Max",)) == ("Max",)


@pytest.mark.parametrize("login", ["", " ", "a\r\nb", "x" * 321])
def test_logins_that_cannot_be_sent(firm: Firm, login: str) -> None:
    firm.hands.refused(BadRequest, firm.clara, "add_mailbox", **_mailbox("clara@firm.example", login=login))


@pytest.mark.parametrize("history", [-1, NOW + 1, 2**63])
def test_history_begins_in_the_past(firm: Firm, history: int) -> None:
    firm.hands.refused(BadRequest, firm.clara, "add_mailbox", **_mailbox("clara@firm.example", history_from=history))


def test_pause_and_resume_tell_the_mailbox(firm: Firm) -> None:
    firm.add_mailbox(firm.clara)
    assert firm.hands.do(firm.clara, "pause", address="CLARA@firm.example").affected == 1
    assert not firm.hands.ask(firm.clara, "pause", address="clara@firm.example").done
    firm.hands.do(firm.clara, "resume", address="clara@firm.example")
    told = [message for _name, message in firm.rig.take_told(SettingsChanged)]
    assert [(one.paused, one.incarnation) for one in told if isinstance(one, SettingsChanged)] == [
        (True, 1),
        (False, 1),
    ]


def test_only_its_members_pause_a_mailbox(firm: Firm) -> None:
    firm.add_mailbox(firm.clara)
    firm.hands.refused(NotAllowed, firm.owner, "pause", address="clara@firm.example")
    other = firm.rig.member("Max")
    hidden = firm.hands.bytes_of(other, "pause", address="clara@firm.example")
    assert hidden == firm.hands.bytes_of(other, "pause", address="nobody@firm.example")


def test_a_local_mailbox_is_opened_once(firm: Firm) -> None:
    first = firm.hands.ask(firm.clara, "open_import", mailbox="Old mail")
    assert isinstance(first, MailboxView)
    assert first.settings.imap is None
    assert firm.hands.ask(firm.clara, "open_import", mailbox="old MAIL") == first
    assert firm.hands.refused(BadRequest, firm.owner, "open_import", mailbox="Old mail").code == "name_taken"
    assert firm.hands.refused(BadRequest, firm.clara, "pause", address="Old mail").code == "local_mailbox"
    told = firm.hands.ask(firm.clara, "import_copies", mailbox="Old mail", added=2, known=1, failed=0)
    assert told == Imported(added=2, known=1, failed=0)
    firm.hands.refused(NotFound, firm.owner, "import_copies", mailbox="Old mail", added=1, known=0, failed=0)
    assert str(firm.hands.journal()[-2][3]).endswith("added 2 known 1 failed 0")


# ---- Notices


def _notice(firm: Firm, member: MemberKey, about: str = "mailbox 1 login") -> NoticeId:
    firm.rig.vault.notices.add(member, NoticeKind.SYNC_BROKE, at=NOW, about=about)
    (row,) = firm.rig.rows("SELECT max(notice) FROM notices")
    return firm.rig.vault.ids.notice(row[0])  # type: ignore[arg-type]


def _kept(firm: Firm) -> tuple[object, ...]:
    (row,) = firm.rig.rows("SELECT seen_at, archived_at, later_until FROM notices")
    return row


def test_a_notice_is_seen_archived_or_hidden_for_a_day(firm: Firm) -> None:
    notice = _notice(firm, firm.clara)
    firm.hands.do(firm.clara, "see_notice", notice=notice)
    assert _kept(firm) == (NOW, None, None)
    firm.hands.do(firm.clara, "later_notice", notice=notice)
    assert _kept(firm) == (None, None, NOW + 24 * 3600)
    firm.hands.do(firm.clara, "archive_notice", notice=notice)
    assert _kept(firm) == (NOW, NOW, None)
    assert ("notices_kept", None, None, firm.clara) in firm.hands.announced()


def test_never_silences_this_mailbox_and_reason_only(firm: Firm) -> None:
    firm.hands.do(firm.clara, "never_notice", notice=_notice(firm, firm.clara))
    add = firm.rig.vault.notices.add
    assert not add(firm.clara, NoticeKind.SYNC_BROKE, at=NOW, about="mailbox 1 login")
    assert add(firm.clara, NoticeKind.SYNC_BROKE, at=NOW, about="mailbox 1 tls")
    assert add(firm.owner, NoticeKind.SYNC_BROKE, at=NOW, about="mailbox 1 login")


@pytest.mark.parametrize("method", ["see_notice", "archive_notice", "later_notice", "never_notice"])
def test_another_s_notice_is_like_none(firm: Firm, method: str) -> None:
    notice = _notice(firm, firm.clara)
    hidden = firm.hands.bytes_of(firm.owner, method, notice=notice)
    assert hidden == firm.hands.bytes_of(firm.owner, method, notice="nothing")
    assert _kept(firm) == (None, None, None)
