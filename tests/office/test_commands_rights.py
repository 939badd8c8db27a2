"""Roles, walls, private threads and who is away: what follows for mail, at the desk itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.messages import EmailsFiled
from store.model.errors import BadRequest, Conflict, NotAllowed, NotFound
from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, MemberKey, ThreadKey
from store.rules.away import stands_in, told_too
from store.vault.seen import Seen
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

CLARA, DAVE = "clara@firm.example", "dave@firm.example"
DAY = 86_400


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    acme: ClientKey
    clara: MemberKey  # the client's mail comes to her mailbox
    dave: MemberKey
    inbox: FolderRig
    uids: Iterator[int]

    @property
    def owner(self) -> MemberKey:
        return self.rig.owner

    def comes(self, id_: str, **said: object) -> None:
        self.inbox.deposit(Letter(id=id_, **said).seen(next(self.uids)))  # type: ignore[arg-type]

    def sees(self, member: MemberKey, *ids: str) -> list[bool]:
        scope = self.rig.writer.book.scopes[member]
        keys = [self.rig.email(id_) for id_ in ids]
        found = Seen(self.rig.vault.database, scope, now=NOW).among(keys)
        return [key in found for key in keys]

    def thread(self, id_: str) -> ThreadKey:
        (row,) = self.rig.rows("SELECT thread FROM emails WHERE email = ?", self.rig.email(id_))
        return ThreadKey(row[0])  # type: ignore[arg-type]

    def named(self, id_: str) -> str:
        return self.rig.vault.ids.thread(self.thread(id_))

    def assigned(self, id_: str) -> list[object]:
        return [row[0] for row in self.rig.rows("SELECT member FROM assignments WHERE thread = ?", self.thread(id_))]


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme", "ana@client.example")
    clara = rig.member("Clara", acme, rights=[Right.DELETE_FILED])
    dave = rig.member("Dave", acme)
    inbox = rig.folder(rig.mailbox(CLARA, clara))
    rig.mailbox(DAVE, dave)
    yield Firm(rig, Hands(rig), acme, clara, dave, inbox, iter(range(1, 1000)))
    rig.close()


# ---- Roles


def test_a_right_is_kept_while_its_member_is_an_admin(firm: Firm) -> None:
    firm.hands.do(firm.owner, "set_role", member="Clara", role=MemberRole.ADMIN)
    assert firm.rig.writer.book.scopes[firm.clara].rights == frozenset(Right)
    firm.hands.do(firm.owner, "set_role", member="Clara", role=MemberRole.EMPLOYEE)
    assert firm.rig.writer.book.scopes[firm.clara].rights == {Right.DELETE_FILED}


def test_only_the_owner_gives_roles_and_the_new_owner_alone_can_give_the_firm_back(firm: Firm) -> None:
    firm.hands.do(firm.owner, "set_role", member="Clara", role=MemberRole.ADMIN)
    firm.hands.refused(NotAllowed, firm.clara, "set_role", member="Dave", role=MemberRole.ADMIN)
    before = firm.rig.vault.meta.generation()
    firm.hands.do(firm.owner, "set_role", member="Dave", role=MemberRole.OWNER)
    assert firm.rig.vault.meta.generation() > before
    assert firm.rig.writer.book.owner == firm.dave
    firm.hands.refused(NotAllowed, firm.owner, "set_role", member="Dave", role=MemberRole.EMPLOYEE)
    firm.hands.do(firm.dave, "set_role", member=firm.rig.writer.book.members[firm.owner].name, role=MemberRole.OWNER)
    assert firm.rig.writer.book.owner == firm.owner


def test_undo_of_a_role_is_judged_by_who_may_now(firm: Firm) -> None:
    firm.hands.do(firm.owner, "set_role", member="Clara", role=MemberRole.ADMIN)
    firm.hands.do(firm.owner, "set_role", member="Dave", role=MemberRole.OWNER)
    firm.hands.refused(NotAllowed, firm.owner, "undo")
    assert firm.rig.writer.book.members[firm.clara].role is MemberRole.ADMIN


# ---- Walls


def test_a_wall_ends_sight_and_following_and_lifted_gives_them_back(firm: Firm) -> None:
    firm.comes("a")
    assert firm.sees(firm.dave, "a") == [True]
    firm.rig.take_told(EmailsFiled)
    firm.hands.do(firm.owner, "set_wall", client="Acme", member="Dave", on=True)
    assert firm.sees(firm.dave, "a") == [False]
    firm.comes("b")
    (filed,) = (one for _name, told in firm.rig.take_told(EmailsFiled) for one in told.errands)  # type: ignore[attr-defined]
    assert firm.dave in filed.walled
    firm.hands.refused(NotFound, firm.dave, "done", thread=firm.named("a"))
    firm.hands.do(firm.owner, "undo")
    assert firm.sees(firm.dave, "a", "b") == [True, True]


def test_a_wall_beats_the_owner_and_their_own_mailbox(firm: Firm) -> None:
    firm.comes("a")
    firm.hands.do(firm.owner, "set_role", member="Dave", role=MemberRole.OWNER)
    firm.hands.do(firm.dave, "set_wall", client="Acme", member="Clara", on=True)
    assert firm.sees(firm.clara, "a") == [False]
    firm.hands.refused(NotAllowed, firm.owner, "set_wall", client="Acme", member="Dave", on=True)


def test_taken_access_is_given_back_since_when_it_was(firm: Firm) -> None:
    sql = "SELECT since FROM access WHERE member = ?"
    before = firm.rig.rows(sql, firm.dave)
    firm.hands.do(firm.owner, "set_access", member="Dave", take=["Acme"])
    assert firm.rig.rows(sql, firm.dave) == []
    firm.hands.do(firm.owner, "undo")
    assert firm.rig.rows(sql, firm.dave) == before
    firm.hands.do(firm.owner, "set_access", member="Dave", take=["Acme"])
    firm.hands.do(firm.owner, "set_access", member="Dave", give=["Acme"])
    firm.hands.do(firm.owner, "undo")
    firm.hands.do(firm.owner, "undo")
    assert len(firm.rig.rows(sql, firm.dave)) == 1


# ---- Private threads


def test_what_comes_to_a_private_thread_in_its_mailbox_is_private_too(firm: Firm) -> None:
    firm.comes("a")
    firm.hands.do(firm.clara, "set_private", thread=firm.named("a"), on=True)
    firm.comes("b", answers=("a",))
    assert firm.sees(firm.dave, "a", "b") == [False, False]
    assert firm.sees(firm.owner, "a", "b") == [False, False]
    assert firm.sees(firm.clara, "a", "b") == [True, True]
    daves = firm.rig.folder(firm.rig.mailbox("dave2@firm.example", firm.dave))
    daves.deposit(Letter(id="c", answers=("a",), to=("dave2@firm.example",)).seen(1))
    assert firm.sees(firm.dave, "c") == [True]
    firm.comes("d", subject="Another")
    assert firm.sees(firm.dave, "d") == [True]
    firm.hands.do(firm.clara, "set_private", thread=firm.named("a"), on=False)
    firm.comes("e", answers=("a",))
    assert firm.sees(firm.dave, "a", "b", "e") == [True, True, True]


def test_filed_mail_is_made_private_by_who_may_delete_it_and_holds_forbid_it(firm: Firm) -> None:
    firm.comes("a")
    thread = firm.named("a")
    firm.hands.refused(NotAllowed, firm.dave, "set_private", thread=thread, on=True)  # not in a mailbox of his
    firm.hands.do(firm.owner, "set_access", member="Clara", rights=[])
    firm.hands.refused(NotAllowed, firm.clara, "set_private", thread=thread, on=True)
    firm.hands.do(firm.owner, "undo")
    firm.hands.do(firm.owner, "hold_client", client="Acme", on=True)
    assert firm.hands.refused(NotAllowed, firm.clara, "set_private", thread=thread, on=True).code == "on_hold"
    assert firm.sees(firm.dave, "a") == [True]


def test_mail_that_is_nobodys_client_needs_no_right_to_be_private(firm: Firm) -> None:
    firm.hands.do(firm.owner, "set_access", member="Clara", rights=[])
    firm.comes("x", sender="jo@elsewhere.example")
    firm.hands.do(firm.clara, "set_private", thread=firm.named("x"), on=True)
    firm.rig.link("jo@elsewhere.example", firm.acme)
    firm.comes("y", sender="jo@elsewhere.example", answers=("x",))
    assert firm.sees(firm.dave, "x", "y") == [False, False]


def test_undo_of_private_is_refused_when_it_is_shared_already(firm: Firm) -> None:
    firm.comes("a")
    firm.hands.do(firm.clara, "set_private", thread=firm.named("a"), on=True)
    (row,) = firm.rig.rows("SELECT private FROM emails")
    assert row == (1,)
    with firm.rig.writer.turn() as turn:
        (mail,) = turn.get((firm.rig.email("a"),))
        mail.private = False
    firm.hands.refused(Conflict, firm.clara, "undo")


# ---- Away


def test_a_new_thread_is_the_deputys_and_both_are_told(firm: Firm) -> None:
    firm.hands.do(firm.clara, "set_away", member="Clara", until=NOW + 9 * DAY, deputy="Dave")
    firm.comes("a", at=NOW)
    assert firm.assigned("a") == [firm.dave]
    (filed,) = (one for _name, told in firm.rig.take_told(EmailsFiled) for one in told.errands)  # type: ignore[attr-defined]
    assert set(filed.to) == {firm.clara, firm.dave}
    firm.comes("b", answers=("a",), at=NOW)
    assert firm.assigned("b") == [firm.dave]


@pytest.mark.parametrize(
    "said",
    [
        {"to": (CLARA, DAVE)},  # somebody whom it is for is there
        {"to": (DAVE,), "cc": (CLARA,)},
        {"sender": "news@client.example", "list_id": "news.client.example"},
        {"sender": "jo@elsewhere.example"},  # the deputy does not see it
        {"at": NOW - 200_000},  # it was there before
    ],
)
def test_what_is_not_the_deputys(firm: Firm, said: dict[str, object]) -> None:
    firm.hands.do(firm.clara, "set_away", member="Clara", until=NOW + 9 * DAY, deputy="Dave")
    firm.comes("a", **said)
    assert firm.assigned("a") == []


def test_what_somebody_answers_for_stays_theirs_and_it_ends_by_itself(firm: Firm) -> None:
    firm.comes("a", at=NOW)
    firm.hands.do(firm.owner, "assign", thread=firm.named("a"), member="Clara")
    firm.hands.do(firm.owner, "set_away", member="Clara", until=NOW + DAY, deputy="Dave")
    firm.comes("b", answers=("a",), at=NOW)
    assert firm.assigned("b") == [firm.clara]
    firm.rig.time.advance(DAY + 1)
    firm.comes("c", at=NOW + DAY + 1, subject="Other")
    assert firm.assigned("c") == []


def test_only_oneself_or_a_manager_says_who_is_away(firm: Firm) -> None:
    firm.hands.refused(NotAllowed, firm.dave, "set_away", member="Clara", until=NOW + DAY, deputy="Dave")
    for until in (NOW, NOW - 5, NOW + 5000 * DAY):
        firm.hands.refused(BadRequest, firm.clara, "set_away", member="Clara", until=until, deputy="Dave")
    firm.hands.do(firm.owner, "set_away", member="Clara", until=NOW + DAY, deputy="Dave")
    firm.hands.do(firm.clara, "set_away", member="Clara", until=None, deputy=None)
    firm.hands.do(firm.clara, "undo")
    assert firm.rig.writer.book.members[firm.clara].away == (NOW + DAY, firm.dave)


def test_a_deputy_who_leaves_has_an_heir(firm: Firm) -> None:
    firm.hands.do(firm.owner, "set_away", member="Clara", until=NOW + DAY, deputy="Dave")
    owner = firm.rig.writer.book.members[firm.owner].name
    firm.hands.do(firm.owner, "leave_firm", member="Dave", pass_to=owner)
    assert firm.rig.writer.book.members[firm.clara].away == (NOW + DAY, firm.owner)


PEOPLE = st.integers(1, 6).map(MemberKey)
AWAY = st.dictionaries(PEOPLE, st.tuples(st.sampled_from([50, 150]), PEOPLE), max_size=6)


@given(PEOPLE, AWAY)
def test_who_stands_in_is_there_or_nobody_does(member: MemberKey, away: dict[MemberKey, tuple[int, MemberKey]]) -> None:
    deputy = stands_in(member, away, now=100)
    is_away = deputy in away and away[deputy][0] > 100
    assert not is_away or deputy == member
    assert set(told_too((member,), away, now=100)) == {member, deputy}


# ---- Threads on the never-sync list ([C8])


def test_a_thread_on_the_never_sync_list_is_filed_nowhere_through_that_mailbox(firm: Firm) -> None:
    firm.comes("a")
    firm.comes("b", answers=("a",))
    firm.comes("z", subject="Another")
    thread = firm.named("a")
    firm.hands.do(firm.clara, "set_mailbox", address=CLARA, never_sync=[thread, "home.example"])
    assert (firm.rig.filings("a"), firm.rig.filings("b")) == ({}, {})
    assert list(firm.rig.filings("z")) == [firm.acme]
    assert firm.sees(firm.dave, "a", "b", "z") == [False, False, True]
    firm.comes("c", answers=("b",))
    assert firm.rig.filings("c") == {}
    daves = firm.rig.folder(firm.rig.mailbox("dave2@firm.example", firm.dave))
    daves.deposit(Letter(id="a").seen(1))  # another mailbox's copy of it says what it says
    assert list(firm.rig.filings("a")) == [firm.acme]
    firm.hands.do(firm.clara, "set_mailbox", address=CLARA, never_sync=["home.example"])
    assert firm.sees(firm.dave, "a", "b", "c") == [True, True, True]


def test_what_threads_become_of_stays_on_the_list(firm: Firm) -> None:
    firm.comes("a")
    firm.comes("c", answers=("b",))  # joined with the first only when what stands between comes
    firm.hands.do(firm.clara, "set_mailbox", address=CLARA, never_sync=[firm.named("a"), firm.named("c")])
    firm.comes("b", answers=("a",))
    assert firm.thread("a") == firm.thread("c")
    assert [firm.rig.filings(id_) for id_ in ("a", "b", "c")] == [{}, {}, {}]
    (row,) = firm.rig.rows("SELECT pattern FROM never_sync")
    assert row == (f"thread {firm.thread('a')}",)


def test_only_a_thread_that_one_sees_and_may_take_away_is_put_there(firm: Firm) -> None:
    firm.comes("a")
    thread, box = firm.named("a"), "dave@firm.example"
    firm.hands.do(firm.owner, "set_wall", client="Acme", member="Dave", on=True)
    hidden = firm.hands.refused(NotFound, firm.dave, "set_mailbox", address=box, never_sync=[thread])
    unused = firm.rig.vault.ids.thread(ThreadKey(9_999))
    assert firm.hands.refused(NotFound, firm.dave, "set_mailbox", address=box, never_sync=[unused]).code == hidden.code
    firm.hands.do(firm.owner, "set_access", member="Clara", rights=[])
    firm.hands.refused(NotAllowed, firm.clara, "set_mailbox", address=CLARA, never_sync=[thread])
