"""Scope and history of a mailbox changed later ([S4], [S5]): what is fetched again, what goes, what stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from actors.messages import SettingsChanged, Wanted
from store.model.errors import NotAllowed
from store.model.ids import MailboxKey, MemberKey
from store.model.mailbox import MailboxScope
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

DAY = 86_400
TOM = "tom@firm.example"
ASKS = Letter(id="asks@x", to=(TOM,), at=NOW - 900)
MUM = Letter(id="mum@x", sender="mumsecret@home.example", to=(TOM,), subject="Subjectsecret", at=NOW - 800)
OLD = replace(MUM, id="old@x", at=NOW - 50 * DAY)
OLD_ASKS = replace(ASKS, id="oldasks@x", at=NOW - 60 * DAY)


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    tom: MemberKey
    box: MailboxKey
    inbox: FolderRig

    def put(self, **named: object) -> None:
        self.hands.do(self.tom, "set_mailbox", address=TOM, **named)
        while self.rig.writer.settle_past() or self.rig.writer.let_go():
            pass

    def outcomes(self) -> dict[str, str]:
        rows = self.rig.rows("SELECT first, last, outcome, reason FROM ledger ORDER BY first")
        return {"here": self.inbox.now().here} | {f"{a}:{b}": f"{outcome} {why}".strip() for a, b, outcome, why in rows}

    def ids(self) -> set[object]:
        return {row[0] for row in self.rig.rows("SELECT message_id FROM emails")}


@pytest.fixture(params=[MailboxScope.HEADERS])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    rig.client("Acme", "ana@client.example")
    tom = rig.member("Tom")
    box = rig.mailbox(TOM, tom, scope=request.param)
    yield Firm(rig, Hands(rig), tom, box, rig.folder(box))
    rig.close()


def test_the_mailbox_is_told(firm: Firm) -> None:
    firm.put(scope=MailboxScope.WHOLE, history_from=NOW - DAY)
    ((name, told),) = firm.rig.take_told(SettingsChanged)
    assert isinstance(told, SettingsChanged)
    assert (name, told.paused, told.incarnation) == (f"mailbox-{firm.box}", False, 1)
    assert (told.settings.scope, told.settings.history_from) == (MailboxScope.WHOLE, NOW - DAY)


def test_nobody_but_its_members_sets_it(firm: Firm) -> None:
    firm.hands.refused(NotAllowed, firm.rig.owner, "set_mailbox", address=TOM, history_from=9)
    other = firm.rig.member("Max")
    hidden = firm.hands.bytes_of(other, "set_mailbox", address=TOM, history_from=9)
    assert hidden == firm.hands.bytes_of(other, "set_mailbox", address="nobody@firm.example", history_from=9)


@pytest.mark.parametrize("firm", [MailboxScope.WHOLE, MailboxScope.HEADERS], indirect=True)
def test_to_clients_only_the_rest_goes_at_once_and_leaves_hashes(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2), OLD_ASKS.seen(3))
    firm.put(scope=MailboxScope.CLIENTS)
    assert firm.outcomes() == {"here": "1,3", "2:2": "skipped not_a_client"}
    assert firm.ids() == {"asks@x", "oldasks@x"}
    assert firm.rig.rows("SELECT * FROM addresses WHERE text LIKE '%mumsecret%'") == []
    assert firm.rig.rows("SELECT * FROM contents WHERE subject LIKE '%secret%'") == []
    firm.hands.do(firm.rig.owner, "link", address="mumsecret@home.example", client="Acme")
    assert firm.inbox.open().pending == "2"


def test_an_act_that_its_server_does_not_know_yet_is_waited_for(firm: Firm) -> None:
    firm.inbox.deposit(MUM.seen(1))
    firm.hands.do(firm.tom, "mark", emails=(firm.hands.email("mum@x"),), read=None, starred=True)
    firm.put(scope=MailboxScope.CLIENTS)
    assert firm.outcomes() == {"here": "1"}
    firm.rig.vault.database.run("DELETE FROM changes")
    firm.rig.time.advance(DAY + 1)
    while firm.rig.writer.let_go():
        pass
    assert firm.outcomes() == {"here": "", "1:1": "skipped not_a_client"}


@pytest.mark.parametrize("firm", [MailboxScope.CLIENTS], indirect=True)
@pytest.mark.parametrize("scope", [MailboxScope.WHOLE, MailboxScope.HEADERS])
def test_from_clients_only_the_rest_is_fetched(firm: Firm, scope: MailboxScope) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2))
    firm.put(scope=scope)
    assert firm.outcomes() == {"here": "1", "2:2": "pending"}
    assert firm.rig.rows("SELECT * FROM skipped_hashes") == []
    firm.inbox.deposit(MUM.seen(2))
    assert firm.outcomes() == {"here": "1:2"}


def test_to_the_whole_mailbox_the_bodies_of_the_rest_are_wanted(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2, whole=False))
    firm.rig.take_told(Wanted)
    firm.put(scope=MailboxScope.WHOLE)
    assert [told for _name, told in firm.rig.take_told(Wanted)] == [
        Wanted(folder=firm.inbox.folder, uidvalidity=7, uids="2")
    ]


@pytest.mark.parametrize("firm", [MailboxScope.WHOLE], indirect=True)
def test_to_headers_what_is_here_stays_and_no_more_bodies_are_fetched(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1, whole=False), MUM.seen(2, whole=False), OLD.seen(3))
    firm.put(scope=MailboxScope.HEADERS)
    assert firm.inbox.now().wanting == "1"
    assert firm.rig.rows("SELECT whole FROM emails WHERE message_id = 'old@x'") == [(1,)]


def test_a_deeper_history_makes_what_was_too_old_pending(firm: Firm) -> None:
    firm.put(history_from=NOW - 20 * DAY)
    firm.inbox.deposit(ASKS.seen(9), skipped=(("1:8", "before_history"),))
    firm.put(history_from=NOW - 30 * DAY)
    assert firm.outcomes() == {"here": "9", "1:8": "pending"}
    firm.inbox.deposit(skipped=(("1:2", "before_history"),))  # the look has asked the server
    firm.put(history_from=0)
    assert firm.outcomes() == {"here": "9", "1:8": "pending"}


def test_a_shorter_history_lets_go_of_old_mail_that_is_nobodys(firm: Firm) -> None:
    """Old client mail stays, and so does what somebody decided on by hand."""
    by_hand = replace(OLD, id="hand@x")
    firm.inbox.deposit(OLD.seen(1), OLD_ASKS.seen(2), MUM.seen(3), by_hand.seen(4))
    firm.hands.do(firm.tom, "file", email=firm.hands.email("hand@x"), thread=None, client=None)
    firm.put(history_from=NOW - 20 * DAY)
    assert firm.outcomes() == {"here": "2:4", "1:1": "skipped before_history"}
    assert firm.ids() == {"oldasks@x", "mum@x", "hand@x"}
    firm.put(history_from=0)
    assert firm.outcomes() == {"here": "2:4", "1:1": "pending"}


def test_what_a_colleague_has_too_stays_theirs(firm: Firm) -> None:
    clara = firm.rig.folder(firm.rig.mailbox("clara@firm.example", firm.rig.member("Clara")))
    clara.deposit(MUM.seen(1))
    firm.inbox.deposit(MUM.seen(1))
    firm.put(scope=MailboxScope.CLIENTS)
    assert (firm.outcomes()["here"], clara.now().here) == ("", "1")
    assert firm.rig.rows("SELECT mailbox FROM sightings") == [(clara.mailbox,)]
