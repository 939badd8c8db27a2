"""Another account finished somebody's sign-in (Z24): both are told, once, and the desk is told even if it is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.insisting import TRIES, insist
from actors.messages import OtherSignedIn
from actors.switchboard import DESK, Switchboard
from store.model.ids import MemberKey
from store.rules.notices import told_other_signed_in
from tests.office.test_local_desk import ScriptedDesk
from tests.support.copies import DeskRig
from tests.support.office import ManualTime, ground

TOM, MAX, INFO = "tom@firm.example", "max@firm.example", "info@firm.example"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DeskRig]:
    made = DeskRig(tmp_path / "vault.db")
    yield made
    made.close()


def other(member: MemberKey, *accounts: str) -> OtherSignedIn:
    return OtherSignedIn(sign_in="s1", member=member, address=INFO, accounts=accounts)


def told(rig: DeskRig) -> list[object]:
    return [row[0] for row in rig.rows("SELECT member FROM notices WHERE kind = 'other_signed_in' ORDER BY member")]


def test_who_began_it_and_whose_account_it_was(rig: DeskRig) -> None:
    tom, max_ = rig.member("Tom"), rig.member("Max")
    rig.mailbox(MAX, max_)
    for _ in range(2):
        rig.writer.other_signed_in(other(tom, MAX))
    assert told(rig) == [tom, max_]
    assert len(rig.rows("SELECT 1 FROM journal WHERE action = 'other_signed_in'")) == 1


def test_a_stranger_s_account_is_told_to_who_began_it(rig: DeskRig) -> None:
    tom, max_ = rig.member("Tom"), rig.member("Max")
    rig.mailbox(MAX, max_)
    rig.writer.other_signed_in(other(tom, "somebody@elsewhere.example"))
    assert told(rig) == [tom]


def test_who_has_left_meanwhile_is_told_nothing(rig: DeskRig) -> None:
    rig.writer.other_signed_in(other(MemberKey(99), MAX))
    assert told(rig) == []


def test_one_s_own_other_account_is_one_notice() -> None:
    ana, ben = MemberKey(1), MemberKey(2)
    assert told_other_signed_in(ana, [ana]) == ((ana, True),)
    assert told_other_signed_in(ana, [ben, ben]) == ((ana, False), (ben, True))


def test_a_desk_that_is_away_is_told_when_it_is_there() -> None:
    switchboard, pauses = Switchboard(), list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            stand = ground(DESK, switchboard, ManualTime())
            switchboard.connect(DESK, ScriptedDesk.start(stand, [], []))

    assert insist(switchboard, other(MemberKey(1), MAX), pause=pause)
    assert pauses == [1, 2]
    ear = switchboard.get(DESK)
    assert ear is not None
    ear.stop(block=True)  # type: ignore[attr-defined]


def test_a_desk_that_stays_away_is_not_told_for_ever() -> None:
    pauses: list[float] = []
    assert not insist(Switchboard(), other(MemberKey(1), MAX), pause=pauses.append)
    assert len(pauses) == TRIES - 1
