"""What holds for every command: first answers, refusals, the journal, acting as another, one transaction."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.desk.api import Desk, NewContact
from actors.desk.commands import clients
from actors.desk.commands.answers import packed, unpacked
from actors.desk.commands.commands import METHODS
from actors.desk.commands.refusals import Refusals
from actors.messages import Announced
from store.model.errors import BadRequest, DeskError, NotAllowed, NotFound
from store.model.ids import MemberKey
from store.model.mailbox import MailboxScope, MailboxView, ServerSettings
from store.model.views import Done
from tests.support.copies import NOW, DeskRig, Letter
from tests.support.hands import Hands


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DeskRig]:
    rig = DeskRig(tmp_path / "vault.db")
    yield rig
    rig.close()


@pytest.fixture
def hands(rig: DeskRig) -> Hands:
    return Hands(rig)


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("add_client", {"name": "New"}),
    ("add_contact", {"name": "New", "addresses": ["new@x.example"]}),
    ("link", {"address": "new@x.example", "client": "Acme"}),
    ("unlink", {"address": "ana@client.example", "client": "Acme"}),
    ("set_email_sync", {"address": "ana@client.example", "client": "Acme", "on": False}),
    ("add_member", {"name": "New"}),
    ("set_access", {"member": "Clara", "give": ["Acme"]}),
    ("open_import", {"mailbox": "Old mail"}),
    ("pause", {"address": "olga@firm.example"}),
]


@pytest.mark.parametrize(("method", "named"), CALLS)
def test_a_repeat_gets_the_first_answer_and_changes_nothing(
    rig: DeskRig, hands: Hands, method: str, named: dict[str, Any]
) -> None:
    rig.client("Acme", "ana@client.example")
    rig.member("Clara")
    rig.mailbox("olga@firm.example")
    first = hands.ask(rig.owner, method, request="once", **named)
    assert not isinstance(first, DeskError)
    before, entries = hands.state(), hands.journal()
    assert hands.ask(rig.owner, method, request="once", **named) == first
    rig.reopen()
    again = Hands(rig)
    assert again.ask(rig.owner, method, request="once", **named) == first
    assert (again.state(), again.journal()) == (before, entries)
    assert len(entries) == 1


def test_a_repeated_refusal_is_the_same_even_if_it_would_go_now(rig: DeskRig, hands: Hands) -> None:
    first = hands.ask(rig.owner, "link", request="once", address="a@x.example", client="Acme")
    assert isinstance(first, NotFound)
    rig.client("Acme")
    assert isinstance(hands.ask(rig.owner, "link", request="once", address="a@x.example", client="Acme"), NotFound)
    assert isinstance(hands.ask(rig.owner, "link", request="twice", address="a@x.example", client="Acme"), Done)


def test_an_id_is_one_member_s_and_for_one_method(rig: DeskRig, hands: Hands) -> None:
    clara = rig.member("Clara")
    hands.ask(rig.owner, "add_client", request="once", name="Acme")
    other_method = hands.ask(rig.owner, "add_contact", request="once", name="A", addresses=["a@x.example"])
    assert isinstance(other_method, BadRequest)
    assert other_method.code == "id_reused"
    assert isinstance(hands.ask(clara, "add_client", request="once", name="Acme"), NotAllowed)


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Bolt"},
        {"name": "Acme", "contacts": (NewContact(name="A", address="a@x.example"),)},
        {"as_": MemberKey(1)},
    ],
)
def test_an_id_with_another_question_is_refused(rig: DeskRig, hands: Hands, other: dict[str, Any]) -> None:
    named: dict[str, Any] = {"name": "Acme", "contacts": ()}
    first = hands.ask(rig.owner, "add_client", request="once", **named)
    before, entries = hands.state(), hands.journal()
    told = hands.ask(rig.owner, "add_client", request="once", **{**named, **other})
    assert isinstance(told, BadRequest)
    assert told.code == "id_reused"
    assert (hands.state(), hands.journal()) == (before, entries)
    assert hands.ask(rig.owner, "add_client", request="once", **named) == first


def test_what_is_of_the_moment_makes_no_other_question(rig: DeskRig, hands: Hands) -> None:
    """An import's own counts, and how far back a mailbox is copied, as reckoned when it was said."""
    hands.ask(rig.owner, "open_import", mailbox="Old mail")
    first = hands.ask(rig.owner, "import_copies", request="once", mailbox="Old mail", added=5, known=0, failed=0)
    assert first == hands.ask(
        rig.owner, "import_copies", request="once", mailbox="Old mail", added=0, known=5, failed=0
    )
    mailbox: dict[str, Any] = {
        "address": "a@firm.example",
        "login": "a",
        "member": None,
        "scope": MailboxScope.WHOLE,
        "imap": ServerSettings(host="h", port=1, tls="ssl"),
        "smtp": None,
        "authserv_id": None,
    }
    made = hands.ask(rig.owner, "add_mailbox", request="box", history_from=NOW - 5, **mailbox)
    assert isinstance(made, MailboxView)
    assert hands.ask(rig.owner, "add_mailbox", request="box", history_from=NOW, **mailbox) == made


def test_a_bug_in_a_command_leaves_nothing_behind(rig: DeskRig, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.folder(rig.mailbox("olga@firm.example")).deposit(Letter(id="asks@x").seen(1))
    rig.client("Acme")
    rig.take_told(Announced)
    before = hands.state()

    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(clients, "_settle_linked", broken)
    with pytest.raises(ZeroDivisionError):
        hands.ask(rig.owner, "link", request="once", address="ana@client.example", client="Acme")
    monkeypatch.undo()
    assert (hands.state(), hands.journal(), rig.take_told(Announced)) == (before, [], [])
    done = hands.ask(rig.owner, "link", request="once", address="ana@client.example", client="Acme")
    assert done.affected == 1


def test_what_is_announced_is_told_after_the_commit(rig: DeskRig, hands: Hands) -> None:
    rig.take_told(Announced)
    hands.ask(rig.owner, "add_client", name="Acme")
    ((name, told),) = rig.take_told(Announced)
    assert name == "front"
    assert rig.rows("SELECT max(seq) FROM announcements") == [(told.seq,)]  # type: ignore[attr-defined]


def test_acting_as_another_has_their_rights_and_both_are_journalled(rig: DeskRig, hands: Hands) -> None:
    clara = rig.member("Clara")
    assert isinstance(hands.ask(rig.owner, "add_client", as_=clara, name="Acme"), NotAllowed)
    hands.ask(rig.owner, "open_import", as_=clara, mailbox="Old mail")
    assert hands.journal()[-1][:3] == (rig.owner, clara, "open_import")
    assert isinstance(hands.ask(rig.owner, "add_client", as_=MemberKey(99), name="Acme"), NotFound)
    assert isinstance(hands.ask(MemberKey(99), "add_client", name="Acme"), NotFound)


def test_refusals_are_journalled_once_a_minute_and_counted(rig: DeskRig, hands: Hands) -> None:
    clara = rig.member("Clara")
    for name in ("A", "B", "C"):
        hands.ask(clara, "add_client", name=name)
    assert hands.journal() == [(clara, None, "refused", "add_client 1")]
    rig.time.advance(60)
    hands.ask(clara, "add_client", name="D")
    hands.ask(clara, "add_member", name="D")
    assert [entry[3] for entry in hands.journal()] == ["add_client 1", "add_client 3", "add_member 1"]


def test_a_refused_look_into_the_journal_is_journalled(rig: DeskRig, hands: Hands) -> None:
    clara = rig.member("Clara")
    assert isinstance(hands.ask(clara, "journal"), NotAllowed)
    assert hands.journal() == [(clara, None, "refused", "journal 1")]
    assert hands.ask(rig.owner, "journal") == Done(done=False, affected=0)
    assert len(hands.journal()) == 1


def test_the_journal_holds_keys_only(rig: DeskRig, hands: Hands) -> None:
    rig.client("Planted client")
    rig.folder(rig.mailbox("olga@firm.example")).deposit(Letter(id="planted@x", sender="planted@mail.example").seen(1))
    hands.ask(rig.owner, "link", address="planted@mail.example", client="Planted client")
    hands.ask(rig.owner, "file", email=hands.email("planted@x"), thread=None, client=None)
    hands.ask(rig.owner, "open_import", mailbox="planted mailbox")
    hands.ask(rig.owner, "add_member", name="planted member")
    assert len(hands.acts()) == 4
    assert all("planted" not in str(entry).casefold() for entry in hands.journal())


def test_unknown_methods_are_refused(rig: DeskRig, hands: Hands) -> None:
    assert isinstance(hands.ask(rig.owner, "erase_everything"), BadRequest)


def test_every_command_of_the_desk_is_known() -> None:
    with_request = {
        name
        for name, method in vars(Desk).items()
        if callable(method) and "request" in getattr(method, "__annotations__", {})
    }
    read_beside = {"attach_part", "finish_sign_in"}  # then attached like a file; then told as `signed_in`
    assert with_request - read_beside | {
        "open_import",
        "journal",
        "attach_piece",
        "signed_in",
        "stage_document",
    } == set(METHODS)


@given(
    answer=st.builds(
        Done,
        done=st.booleans(),
        affected=st.integers(min_value=0, max_value=2**40),
        undo=st.none() | st.text(),
        warning=st.none() | st.text(),
    )
)
def test_answers_are_kept_as_they_were(answer: Done) -> None:
    assert unpacked("mark", packed(answer)) == answer


@given(code=st.text(), arguments=st.dictionaries(st.sampled_from(["name", "field"]), st.text() | st.integers(0, 9)))
def test_refusals_are_kept_as_they_were(code: str, arguments: dict[str, str | int]) -> None:
    kept = unpacked("mark", packed(BadRequest(code, **arguments)))
    assert isinstance(kept, BadRequest)
    assert (kept.code, kept.arguments) == (code, arguments)


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=60))
def test_no_refusal_is_lost_or_said_twice(gaps: list[int]) -> None:
    refusals, now, written, minutes = Refusals(), NOW, 0, set[int]()
    for gap in gaps:
        now += gap
        count = refusals.count(MemberKey(1), "file", now=now)
        assert (count == 0) is (now // 60 in minutes)
        minutes.add(now // 60)
        written += count
    last = refusals.count(MemberKey(1), "file", now=now + 60)
    assert written + last == len(gaps) + 1
