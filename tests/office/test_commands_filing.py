"""Filing by hand: what it decides, for whom, and how it is taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.model.errors import BadRequest, Conflict, NotAllowed, NotFound
from store.model.filing import Reason
from store.model.firm import Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

ASKS = Letter(id="asks@x", at=NOW - 900)
ANSWERS = Letter(id="answers@x", at=NOW - 800, answers=("asks@x",), subject="Re: Annual accounts")
STRANGE = Letter(id="strange@x", sender="sue@strange.example", at=NOW - 700)


@dataclass
class Firm:
    """Olga owns it; Clara has a mailbox and sees Acme; Max sees Blum and has none."""

    rig: DeskRig
    hands: Hands
    acme: ClientKey
    blum: ClientKey
    clara: MemberKey
    max: MemberKey
    box: MailboxKey
    inbox: FolderRig

    def deposit(self, *letters: Letter) -> None:
        self.inbox.deposit(*(letter.seen(uid) for uid, letter in enumerate(letters, 1)))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme, blum = rig.client("Acme", "ana@client.example"), rig.client("Blum")
    clara = rig.member("Clara", acme, rights=(Right.DELETE_FILED, Right.MANAGE_CLIENTS))
    max_ = rig.member("Max", blum)
    box = rig.mailbox("clara@firm.example", clara)
    yield Firm(rig, Hands(rig), acme, blum, clara, max_, box, rig.folder(box))
    rig.close()


def test_an_email_is_filed_by_hand_and_taken_back(firm: Firm) -> None:
    firm.deposit(ASKS, STRANGE)
    done = firm.hands.do(firm.clara, "file", email=firm.hands.email("strange@x"), thread=None, client="acme")
    assert (done.affected, done.undo) == (1, "file")
    assert firm.rig.filings("strange@x") == {firm.acme: Reason.BY_HAND}
    taken = firm.hands.do(firm.clara, "undo")
    assert (taken.affected, taken.undo) == (1, "file")
    assert firm.rig.filings("strange@x") == {}
    assert firm.rig.filings("asks@x") == {firm.acme: Reason.ADDRESS}
    assert firm.hands.acts() == ["file", "undo"]


def test_by_hand_beats_the_address(firm: Firm) -> None:
    firm.deposit(ASKS)
    with_both = firm.rig.member("Both", firm.acme, firm.blum, rights=(Right.DELETE_FILED,))
    firm.hands.do(with_both, "file", email=firm.hands.email("asks@x"), thread=None, client=firm.hands.client(firm.blum))
    assert firm.rig.filings("asks@x") == {firm.blum: Reason.BY_HAND}
    firm.hands.do(with_both, "undo")
    assert firm.rig.filings("asks@x") == {firm.acme: Reason.ADDRESS}


def test_filing_away_needs_the_right_and_both_clients(firm: Firm) -> None:
    firm.deposit(ASKS)
    email = firm.hands.email("asks@x")
    without = firm.rig.member("Without", firm.acme, firm.blum)
    refused = firm.hands.refused(NotAllowed, without, "file", email=email, thread=None, client="Blum")
    assert refused.arguments == {"right": "file"}
    firm.hands.refused(NotAllowed, without, "file", email=email, thread=None, client=None)
    firm.hands.refused(NotFound, firm.clara, "file", email=email, thread=None, client="Blum")
    assert firm.hands.do(firm.clara, "file", email=email, thread=None, client=None).affected == 1
    assert firm.rig.filings("asks@x") == {}


def test_an_ambiguous_filing_is_settled_without_that_right(firm: Firm) -> None:
    firm.rig.link("two@client.example", firm.acme, firm.blum)
    both = firm.rig.member("Both", firm.acme, firm.blum)
    firm.deposit(Letter(id="two@x", sender="two@client.example"))
    assert firm.hands.clients_of("two@x") == {firm.acme, firm.blum}
    firm.hands.do(both, "file", email=firm.hands.email("two@x"), thread=None, client="Blum")
    assert firm.rig.filings("two@x") == {firm.blum: Reason.BY_HAND}


def test_a_thread_is_filed_as_far_as_its_maker_sees_it(firm: Firm) -> None:
    firm.deposit(
        Letter(id="1@x", sender="sue@strange.example", at=NOW - 900),
        Letter(id="2@x", sender="sue@strange.example", at=NOW - 800, answers=("1@x",)),
    )
    other = firm.rig.mailbox("max@firm.example", firm.max)
    firm.rig.folder(other).deposit(
        Letter(id="3@x", sender="sam@strange.example", to=("max@firm.example",), answers=("1@x",)).seen(1)
    )
    done = firm.hands.do(firm.clara, "file", email=None, thread=firm.hands.thread("1@x"), client="Acme")
    assert done.affected == 2
    assert firm.rig.filings("1@x") == firm.rig.filings("2@x") == {firm.acme: Reason.THREAD_BY_HAND}
    assert firm.rig.filings("3@x") == {}, "a decision reaches only what its maker could see (Z1)"
    firm.hands.do(firm.clara, "undo")
    assert firm.rig.filings("1@x") == firm.rig.filings("2@x") == {}


def test_a_thread_mark_reaches_what_answers_later_until_it_is_undone(firm: Firm) -> None:
    first = Letter(id="1@x", sender="sue@strange.example", at=NOW - 900)
    firm.deposit(first)
    firm.hands.do(firm.clara, "file", email=None, thread=firm.hands.thread("1@x"), client="Acme")
    firm.inbox.deposit(Letter(id="2@x", sender="sue@strange.example", answers=("1@x",)).seen(2))
    assert firm.rig.filings("2@x") == {firm.acme: Reason.THREAD_BY_HAND}
    firm.hands.do(firm.clara, "undo")
    assert firm.rig.filings("2@x") == {}


def test_always_for_a_sender_reaches_past_and_coming_mail(firm: Firm) -> None:
    firm.deposit(STRANGE, Letter(id="again@x", sender="sue@strange.example", at=NOW - 600))
    done = firm.hands.do(
        firm.clara, "file", email=firm.hands.email("strange@x"), thread=None, client="Acme", always=True
    )
    assert done.affected == 2
    firm.inbox.deposit(Letter(id="new@x", sender="sue@strange.example").seen(3))
    for name in ("strange@x", "again@x", "new@x"):
        assert firm.rig.filings(name) == {firm.acme: Reason.ALWAYS}
    firm.hands.do(firm.clara, "undo")
    assert [firm.rig.filings(name) for name in ("strange@x", "again@x", "new@x")] == [{}, {}, {}]


def test_always_is_for_senders_outside(firm: Firm) -> None:
    firm.deposit(Letter(id="own@x", sender="clara@firm.example", to=("sue@strange.example",)))
    named = {"email": firm.hands.email("own@x"), "thread": None, "client": "Acme", "always": True}
    assert firm.hands.refused(BadRequest, firm.clara, "file", **named).arguments == {"field": "always"}


def test_always_away_from_a_client_needs_the_right_too(firm: Firm) -> None:
    firm.deposit(ASKS)
    without = firm.rig.member("Without", firm.acme, firm.blum)
    named = {"email": firm.hands.email("asks@x"), "thread": None, "client": "Blum", "always": True}
    firm.hands.refused(NotAllowed, without, "file", **named)


@pytest.mark.parametrize("named", [{"email": None, "thread": None}, {"email": "e", "thread": "t"}])
def test_one_thing_is_filed(firm: Firm, named: dict[str, str | None]) -> None:
    firm.hands.refused(BadRequest, firm.clara, "file", client="Acme", **named)


def test_hidden_and_unknown_answer_the_same_bytes(firm: Firm) -> None:
    firm.deposit(STRANGE)
    hands, unknown = firm.hands, firm.rig.vault.ids
    hidden = hands.bytes_of(firm.max, "file", email=hands.email("strange@x"), thread=None, client="Blum")
    assert hidden == hands.bytes_of(firm.max, "file", email="nothing", thread=None, client="Blum")
    key = firm.rig.email("strange@x")
    never = unknown.email(type(key)(key + (1 << 40)))
    assert hidden == hands.bytes_of(firm.max, "file", email=never, thread=None, client="Blum")
    assert hidden == hands.bytes_of(firm.max, "done", thread=hands.thread("strange@x"))
    assert hidden == hands.bytes_of(firm.max, "done", thread="nothing")
    email = hands.email("strange@x")
    hidden_client = hands.bytes_of(firm.clara, "file", email=email, thread=None, client="Blum")
    assert hidden_client == hands.bytes_of(firm.clara, "file", email=email, thread=None, client="No such client")
    by_id = hands.bytes_of(firm.clara, "file", email=email, thread=None, client=hands.client(firm.blum))
    assert by_id == hidden_client


def test_undo_does_nothing_if_somebody_decided_since(firm: Firm) -> None:
    firm.deposit(STRANGE)
    email = firm.hands.email("strange@x")
    firm.hands.do(firm.clara, "file", email=email, thread=None, client="Acme")
    both = firm.rig.member("Both", firm.acme, firm.blum, rights=(Right.DELETE_FILED,))
    firm.hands.do(both, "file", email=email, thread=None, client="Blum")
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "undo_changed"
    assert firm.rig.filings("strange@x") == {firm.blum: Reason.BY_HAND}
    assert firm.hands.refused(BadRequest, firm.clara, "undo").code == "nothing_to_undo"


def test_undo_of_what_is_hidden_by_now_does_nothing(firm: Firm) -> None:
    firm.deposit(ASKS)
    both = firm.rig.member("Both", firm.acme, rights=(Right.DELETE_FILED,))
    firm.hands.do(both, "file", email=firm.hands.email("asks@x"), thread=None, client="Acme")
    firm.hands.do(firm.rig.owner, "set_access", member="Both", take=["Acme"])
    assert firm.hands.refused(Conflict, both, "undo").code == "undo_changed"


def test_undo_is_one_s_own_for_a_day(firm: Firm) -> None:
    firm.deposit(STRANGE)
    firm.hands.do(firm.clara, "file", email=firm.hands.email("strange@x"), thread=None, client="Acme")
    assert firm.hands.refused(BadRequest, firm.max, "undo").code == "nothing_to_undo"
    firm.rig.time.advance(24 * 3600 + 1)
    assert firm.hands.refused(BadRequest, firm.clara, "undo").code == "nothing_to_undo"


def test_undo_goes_back_fifty_acts(firm: Firm) -> None:
    firm.deposit(STRANGE)
    email = firm.hands.email("strange@x")
    for turn in range(60):
        firm.hands.do(firm.clara, "mark", emails=[email], starred=turn % 2 == 0)
    for _ in range(50):
        firm.hands.do(firm.clara, "undo")
    assert firm.hands.refused(BadRequest, firm.clara, "undo").code == "nothing_to_undo"


def test_what_a_maker_may_no_longer_see_their_always_no_longer_reaches(firm: Firm) -> None:
    firm.deposit(ASKS)
    other = firm.rig.member("Other", firm.acme, firm.blum, rights=(Right.DELETE_FILED,))
    firm.hands.do(other, "file", email=firm.hands.email("asks@x"), thread=None, client="Blum", always=True)
    assert firm.rig.filings("asks@x") == {firm.blum: Reason.ALWAYS}
    firm.hands.do(firm.rig.owner, "set_access", member="Other", take=["Acme", "Blum"])
    assert firm.rig.filings("asks@x") == {firm.acme: Reason.ADDRESS}
