"""Ambiguous mail ([C3]): who sees it until somebody decides, by the firm's setting, and how it is settled."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.desk.reading import Readers
from store.model.errors import NotAllowed, NotFound
from store.model.ids import EmailId, MemberKey
from store.model.views import ThreadQuery, View
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

TOM = "tom@firm.example"


@dataclass
class Firm:
    """An accountant of two clients writes to Tom; Eva may see one of them, Max both, Zoe none."""

    rig: DeskRig
    hands: Hands
    tom: MemberKey
    eva: MemberKey
    max: MemberKey
    zoe: MemberKey
    inbox: FolderRig

    def sees(self, member: MemberKey) -> bool:
        reader = Readers().reader(self.rig.vault.database, member, NOW)
        found = bool(reader.search("accounts", limit=5, before=None))
        try:
            reader.email(self.id(), version=0)
        except NotFound:
            assert not found
            return False
        assert found
        return True

    def id(self) -> EmailId:
        return self.rig.vault.ids.email(self.rig.email("m@x"))

    def listed(self, member: MemberKey) -> int:
        reader = Readers().reader(self.rig.vault.database, member, NOW)
        return len(reader.threads(ThreadQuery(view=View.AMBIGUOUS), offset=0, limit=10).rows)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    olmo, row = rig.client("Olmo"), rig.client("Row")
    rig.link("books@account.example", olmo, row)
    tom, eva, both, zoe = (
        rig.member("Tom", olmo, row),
        rig.member("Eva", olmo),
        rig.member("Max", olmo, row),
        rig.member("Zoe"),
    )
    inbox = rig.folder(rig.mailbox(TOM, tom))
    inbox.deposit(Letter(id="m@x", sender="books@account.example", to=(TOM,), subject="accounts").seen(1))
    yield Firm(rig, Hands(rig), tom, eva, both, zoe, inbox)
    rig.close()


def test_until_somebody_decides_it_is_seen_by_who_may_see_every_candidate(firm: Firm) -> None:
    assert [firm.sees(one) for one in (firm.tom, firm.eva, firm.max, firm.zoe)] == [True, False, True, False]
    assert (firm.listed(firm.tom), firm.listed(firm.eva)) == (1, 0)


def test_the_owner_can_let_one_candidate_be_enough_and_take_it_back(firm: Firm) -> None:
    generation = firm.rig.vault.meta.generation()
    firm.hands.do(firm.rig.owner, "set_setting", key="filing.ambiguous", value="any")
    assert firm.rig.vault.meta.generation() > generation
    assert [firm.sees(one) for one in (firm.tom, firm.eva, firm.max, firm.zoe)] == [True, True, True, False]
    assert firm.listed(firm.eva) == 1
    firm.hands.do(firm.rig.owner, "undo")
    assert [firm.sees(one) for one in (firm.tom, firm.eva, firm.max, firm.zoe)] == [True, False, True, False]


def test_a_wall_on_a_candidate_beats_the_setting(firm: Firm) -> None:
    firm.hands.do(firm.rig.owner, "set_setting", key="filing.ambiguous", value="any")
    firm.hands.do(firm.rig.owner, "set_wall", client="Row", member="Eva", on=True)
    assert not firm.sees(firm.eva)


def test_nobody_else_sets_it(firm: Firm) -> None:
    assert isinstance(firm.hands.ask(firm.tom, "set_setting", key="filing.ambiguous", value="any"), NotAllowed)


def test_a_person_settles_it(firm: Firm) -> None:
    firm.hands.do(firm.tom, "file", email=firm.id(), thread=None, client="Olmo")
    assert [firm.sees(one) for one in (firm.tom, firm.eva, firm.max, firm.zoe)] == [True, True, True, False]
    assert (firm.listed(firm.tom), firm.listed(firm.eva)) == (0, 0)
