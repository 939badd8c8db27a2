"""System notices on the clock ([S12]): who is told, once, when again, and when no longer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.messages import MailboxTold
from store.model.ids import MailboxKey, MemberKey
from store.model.mailbox import Progress, SyncState
from tests.support.copies import DeskRig
from tests.support.hands import Hands

TOM = "tom@firm.example"
DAY = 86_400


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    tom: MemberKey
    box: MailboxKey

    def told(self, state: SyncState, code: str | None = None) -> None:
        progress = Progress(state=state, error_code=code)
        self.rig.writer.told(MailboxTold(mailbox=self.box, incarnation=1, progress=progress))

    def notices(self, kind: str = "sync_broke") -> list[tuple[object, object]]:
        sql = "SELECT member, about FROM notices WHERE kind = ? ORDER BY member"
        return [(row[0], row[1]) for row in self.rig.rows(sql, kind)]

    def later(self, seconds: int) -> None:
        self.rig.time.advance(seconds)
        self.rig.writer.tick()


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    tom = rig.member("Tom")
    yield Firm(rig, Hands(rig), tom, rig.mailbox(TOM, tom))
    rig.close()


def test_a_network_failure_is_told_to_nobody(firm: Firm) -> None:
    firm.told(SyncState.OFFLINE, "unreachable")
    assert firm.notices() == []


def test_owner_and_admins_are_told_after_a_day(firm: Firm) -> None:
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    firm.later(DAY - 1)
    assert [member for member, _about in firm.notices()] == [firm.tom]
    firm.later(1)
    assert [member for member, _about in firm.notices()] == [firm.rig.owner, firm.tom]


def test_a_network_failure_takes_no_reason_s_place(firm: Firm) -> None:
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    firm.told(SyncState.OFFLINE, "unreachable")
    firm.later(DAY)
    assert firm.notices() == [(firm.tom, f"mailbox {firm.box} login")]
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    assert [member for member, _about in firm.notices()] == [firm.rig.owner, firm.tom]


def test_who_needs_sign_in_is_not_offline_in_the_next_office(firm: Firm) -> None:
    def state() -> SyncState:
        progress = firm.rig.vault.mailboxes.progress(firm.box)
        assert progress is not None
        return progress.state

    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    firm.told(SyncState.OFFLINE, "login")
    assert state() is SyncState.NEEDS_SIGN_IN
    firm.told(SyncState.OFFLINE, "unreachable")
    assert state() is SyncState.OFFLINE
    firm.told(SyncState.OFFLINE, "login")
    assert state() is SyncState.OFFLINE


def test_another_reason_takes_the_place_of_the_one_before(firm: Firm) -> None:
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    firm.told(SyncState.BROKEN, "disk")
    assert firm.notices() == [(firm.tom, f"mailbox {firm.box} disk")]


def test_it_is_over_when_mail_comes_again_and_told_anew_the_next_time(firm: Firm) -> None:
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    firm.told(SyncState.SYNCED)
    assert firm.notices() == []
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    assert len(firm.notices()) == 1


def test_never_silences_this_mailbox_and_this_reason_only(firm: Firm) -> None:
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    notice = firm.rig.vault.ids.notice(firm.rig.rows("SELECT notice FROM notices WHERE kind = 'sync_broke'")[0][0])  # type: ignore[arg-type]
    firm.hands.do(firm.tom, "never_notice", notice=notice)
    firm.told(SyncState.SYNCED)
    firm.told(SyncState.NEEDS_SIGN_IN, "login")
    assert firm.notices() == []
    firm.told(SyncState.BROKEN, "disk")
    assert len(firm.notices()) == 1


def test_who_has_no_mailbox_is_told_once_and_no_longer_when_they_have_one(firm: Firm) -> None:
    firm.rig.writer.tick()
    assert firm.notices("not_synced") == [(firm.rig.owner, "own")]
    firm.rig.writer.tick()
    assert len(firm.notices("not_synced")) == 1
    firm.rig.mailbox("olga@firm.example", firm.rig.owner)
    firm.rig.writer.tick()
    assert firm.notices("not_synced") == []
