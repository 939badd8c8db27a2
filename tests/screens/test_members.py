"""Settings › Team › Members: what it tells of each, and how somebody leaves the firm."""

import pytest
from msgspec.structs import replace

from store.model.firm import MemberRole
from store.model.ids import MemberId, RequestId
from store.model.mailbox import SyncState
from store.model.views import MailboxStatus, MemberSync
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import settled, shown
from tests.screens.test_mailboxes import desk_with_one, page
from tui.i18n import language, set_language
from tui.plain import cells_of
from tui.screens.chooser import Chooser
from tui.screens.members import member_facts, member_heads, member_row, token_words

TOM = MemberSync(member=MemberId("tom"), name="Tom Holt", role=MemberRole.EMPLOYEE)
BOX = MailboxStatus(
    address="tom@firm.example",
    state=SyncState.NEEDS_SIGN_IN,
    last_success=NOW - 7200,
    last_error="login",
    token_at=NOW - 5400,
)


async def text(desk: ShownDesk, *keys: str, size: tuple[int, int] = (80, 24)) -> str:
    async with page(desk, key="l", size=size) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await settled(app, pilot)
        return " ".join("\n".join(shown(app)).split())


async def with_tom() -> ShownDesk:
    desk = await desk_with_one()
    await desk.add_member(RequestId("e"), "Eva Blum", role=MemberRole.ADMIN)
    return desk


def of(desk: ShownDesk, method: str) -> list[tuple[tuple[object, ...], dict[str, object]]]:
    return [(given, named) for name, given, named in desk.calls if name == method]


async def test_somebody_leaves_and_another_takes_over() -> None:
    desk = await with_tom()
    async with page(desk, key="l") as (app, pilot):
        for key in ("G", "d"):
            await pilot.press(key)
            await settled(app, pilot)
        assert isinstance(app.screen, Chooser)
        assert "Who takes over from Tom Holt" in "\n".join(shown(app))
        await pilot.press(*"eva", "enter")
        await settled(app, pilot)
        words = " ".join("\n".join(shown(app)).replace("│", " ").split())
        assert "pass to Eva Blum" in words
        await pilot.press("n")
        await settled(app, pilot)
        assert not of(desk, "leave_firm")
        for key in ("d", *"eva", "enter", "y"):
            await pilot.press(key)
            await settled(app, pilot)
        assert len(of(desk, "leave_firm")) == 1
        assert "Tom Holt" not in [one.name for one in desk.firm.members]
        assert "Eva Blum takes over" in "\n".join(shown(app))


async def test_the_owner_does_not_leave() -> None:
    desk = await with_tom()
    async with page(desk, key="l") as (app, pilot):
        rows = [one.name for one in desk.firm.members if one.role is MemberRole.OWNER]
        for _ in range(4):
            if rows[0] in str(app.screen._rows.chosen):  # type: ignore[attr-defined]  # noqa: SLF001 - the page's
                break
            await pilot.press("j")
            await settled(app, pilot)
        await pilot.press("d")
        await settled(app, pilot)
        assert "somebody else becomes owner first" in "\n".join(shown(app))
        assert not of(desk, "leave_firm")


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_enter_tells_all_of_one(size: tuple[int, int]) -> None:
    words = await text(await with_tom(), "enter", size=size)
    for said in ("role", "sync"):
        assert said in words


@pytest.mark.parametrize("in_language", ["en", "es"])
@pytest.mark.parametrize("cells", [80, 95, 96, 160])
def test_rows_fit_and_columns_stand_below_their_heads(cells: int, in_language: str) -> None:
    before = language()
    set_language(in_language)
    try:
        row, heads = member_row((TOM, BOX), cells, now=NOW), member_heads(cells)
        empty = member_row((TOM, MailboxStatus(address="", state=SyncState.NOT_SET_UP)), cells, now=NOW)
        assert cells_of(row) <= cells
        assert cells_of(row) == cells_of(heads) == cells_of(empty)
        assert ("1 h" in "".join(span.text for span in row)) is (cells >= 96)
    finally:
        set_language(before)


def test_nothing_private_is_told() -> None:
    words = "".join(span.text for row in member_facts((TOM, BOX), 60, now=NOW) for span in row)
    assert "tom@firm.example" in words
    assert "1 h" in words


@pytest.mark.parametrize(
    ("age", "words"), [(None, ""), (0, "0 min"), (3599, "59 min"), (3600, "1 h"), (86_400 * 3, "3 d"), (-9, "0 min")]
)
def test_the_age_of_a_token(age: int | None, words: str) -> None:
    assert token_words(replace(BOX, token_at=None if age is None else NOW - age), now=NOW) == words
