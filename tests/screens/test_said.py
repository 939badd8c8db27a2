"""What a person is told where something is otherwise than they meant, and that nothing is lost by it."""

from collections.abc import AsyncIterator

import pytest

from tests.screens.run import mail_screen, opened
from tests.screens.screens import NARROW, WIDE, Screens, firm


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
async def screens(request: pytest.FixtureRequest) -> AsyncIterator[Screens]:
    desk = firm()
    async with opened(desk, size=request.param) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        yield screens


async def test_a_name_that_no_member_has_is_said_and_the_comment_is_kept(screens: Screens) -> None:
    await screens.press("t", *"ask @nobody", "ctrl+s")
    assert "No member is called so: @nobody. The comment is kept" in screens.status
    assert [comment.text for comment in screens.desk.made[0].comments] == ["ask @nobody"]
    await screens.press("u")
    assert screens.desk.made[0].comments == []
    await screens.press("t", *"ask @Vera", "ctrl+s")
    assert "Comment kept inside the firm." in screens.status


async def test_a_moment_in_numbers_has_its_day_first(screens: Screens) -> None:
    await screens.press("s", *"12/31")
    assert "There is no such day: the day stands before its month" in screens.rows
    await screens.press("enter", "escape")
    assert screens.asked("snooze") == []
    await screens.press("s", *"31/12 9:00", "enter")
    assert "1 thread comes back Wed 31 Dec 2025, 09:00." in screens.status


async def test_where_nothing_can_be_opened_that_is_said(screens: Screens) -> None:
    await screens.press("o")
    assert "Nothing to open." in screens.status
    assert mail_screen(screens.app).place.value == "threads"
    await screens.press("j")
    assert screens.threads.cursor == 1


async def test_whose_the_mouse_is_now_is_said(screens: Screens) -> None:
    await screens.press("ctrl+g")
    assert "The mouse is the terminal's now, which selects text; ^g takes it." in screens.status
    await screens.press("ctrl+g")
    assert "The mouse works here now; ^g leaves it to the terminal." in screens.status
    await screens.press("g", "o", "ctrl+g")
    assert "The mouse is the terminal's now" in screens.rows
