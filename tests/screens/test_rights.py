"""What a member may see and do: each key asks the desk; who may not change it is told, and changes nothing."""

import pytest
from msgspec.structs import replace

from store.model.firm import MemberRole, Right
from tests.screens.run import shown
from tests.screens.test_clients import at, firm, new
from tests.support.fake_desk import FakeDesk
from tui.screens.rights import RightsScreen

TOM = ("g", "l", "G", "r")


async def with_tom(role: MemberRole = MemberRole.EMPLOYEE) -> FakeDesk:
    desk = await firm()
    await desk.add_member(new("tom"), "Tom Holt", role=role)
    desk.undos.clear()
    desk.calls.clear()
    return desk


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_rights_clients_and_walls_are_seen(size: tuple[int, int]) -> None:
    desk = await with_tom()
    await desk.set_access(new("a"), "Tom Holt", give=("Byron",), rights=(Right.SEND,))
    await desk.set_wall(new("w"), "Blum", "Tom Holt", on=True)
    async with at(desk, *TOM, size=size) as hand:
        assert isinstance(hand.app.screen, RightsScreen)
        assert "[x] send" in hand.rows
        assert "[ ] export" in hand.rows
        lines = [line.strip() for line in shown(hand.app)]
        assert lines.index("Byron") < lines.index("Walls  denied, whatever the role") < lines.index("Blum")


@pytest.mark.parametrize(
    ("keys", "method", "named"),
    [
        (("x",), "set_access", {"rights": [Right.VIEW_ALL_CLIENTS]}),
        (("r", *"admin", "enter"), "set_role", {}),
        (("plus", *"byron", "enter"), "set_access", {"give": ["c1"]}),
        (("W", *"blum", "enter"), "set_wall", {"on": True}),
    ],
)
async def test_each_key_asks_the_desk(keys: tuple[str, ...], method: str, named: dict[str, object]) -> None:
    desk = await with_tom()
    async with at(desk, *TOM, *keys) as hand:
        ((_given, more),) = hand.asked(method)
        assert more.keys() == named.keys()
        assert {name: value for name, value in more.items() if name != "give"} == {
            name: value for name, value in named.items() if name != "give"
        }


async def test_access_and_a_wall_are_taken_away_on_their_lines() -> None:
    desk = await with_tom()
    await desk.set_access(new("a"), "Tom Holt", give=("Byron",))
    await desk.set_wall(new("w"), "Blum", "Tom Holt", on=True)
    async with at(desk, *TOM, "G", "d") as hand:
        assert hand.asked("set_wall")[-1][1] == {"on": False}
        await hand.press("G", "d")
        assert len(hand.asked("set_access")[-1][1]["take"]) == 1  # type: ignore[arg-type]


async def test_handing_the_firm_over_is_asked_about() -> None:
    desk = await with_tom()
    async with at(desk, *TOM, "r", *"owner", "enter") as hand:
        assert "Hand the firm over to Tom Holt?" in hand.rows
        await hand.press("n")
        assert not hand.asked("set_role")


async def test_nobody_changes_their_own_and_no_admin_an_admin() -> None:
    desk = await with_tom(MemberRole.ADMIN)
    async with at(desk, "g", "l", "g", "g", "r", "x", "W") as hand:
        assert "Only owner and admins change this; nobody their own." in hand.rows
        assert not hand.asked("set_access")
        assert not hand.asked("set_wall")
    desk = await with_tom(MemberRole.ADMIN)
    desk.firm.owner = replace(desk.firm.owner, role=MemberRole.ADMIN)
    async with at(desk, *TOM, "r", "plus", "W") as hand:
        assert not [name for name in ("set_role", "set_access", "set_wall") if hand.asked(name)]
