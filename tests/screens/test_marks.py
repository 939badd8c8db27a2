"""Marks and ranges, acts on many with their progress, stopping, and one undo for all of it."""

from collections.abc import AsyncIterator

import pytest

from store.model.errors import NotAllowed, NotFound
from store.model.ids import ThreadId
from store.model.thread import ThreadState
from tests.screens.desk import ShownDesk
from tests.screens.run import Office, Pauses, opened
from tests.screens.screens import NARROW, WIDE, Screens

MANY = 500


def many(number: int = MANY) -> ShownDesk:
    desk = ShownDesk()
    desk.fill(number)
    return desk


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
async def screens(request: pytest.FixtureRequest) -> AsyncIterator[Screens]:
    desk = many()
    async with opened(desk, size=request.param) as (app, pilot):
        found = Screens(app, pilot, desk)
        await found.settle()
        yield found


def threads(screens: Screens, *numbers: int) -> list[ThreadId]:
    return [screens.desk.made[number].thread for number in numbers]


def given(screens: Screens, method: str) -> list[ThreadId]:
    """The threads of all calls, in order."""
    return [thread for _given, named in screens.asked(method) for thread in named["threads"]]


async def test_x_marks_and_goes_on_and_the_act_is_for_the_marked(screens: Screens) -> None:
    first, second, _third, fourth = threads(screens, 0, 1, 2, 3)
    await screens.press("x", "x", "j", "x")
    assert "3 marked" in screens.rows
    assert sum("◆" in row for row in screens.rows.split("\n")) == 3
    await screens.press("A")
    assert given(screens, "archive") == [first, second, fourth]
    assert "3 threads archived. u takes it back." in screens.status
    assert "marked" not in screens.rows


async def test_x_again_takes_the_mark_away_and_a_count_marks_so_many(screens: Screens) -> None:
    await screens.press("5", "x", "g", "g", "x")
    assert "4 marked" in screens.rows
    await screens.press("escape")
    assert "marked" not in screens.rows
    assert screens.app.is_running


async def test_a_range_grows_and_shrinks_with_the_cursor(screens: Screens) -> None:
    await screens.press("j", "V", "3", "j")
    assert screens.threads.marked == 4
    await screens.press("k")
    assert screens.threads.marked == 3
    await screens.press("V", "j", "j")
    assert set(screens.threads.marks) == set(threads(screens, 1, 2, 3))
    await screens.press("d")
    assert given(screens, "delete") == threads(screens, 1, 2, 3)


async def test_a_range_is_acted_on_before_it_is_ended_even_where_rows_are_not_here(screens: Screens) -> None:
    await screens.press("V", *"450", "j", "k")
    assert "450 marked" in screens.rows
    await screens.press("A")
    assert sorted(given(screens, "archive")) == sorted(threads(screens, *range(450)))
    assert "450 threads archived." in screens.status


async def test_a_long_range_becomes_marks(screens: Screens) -> None:
    await screens.press("V", "G", "x")
    assert len(screens.threads.marks) == MANY
    assert f"{MANY} marked" in screens.rows


async def test_one_undo_takes_all_of_it_back(screens: Screens) -> None:
    await screens.press(*"45", "x", "e")
    assert len(screens.asked("done")) == 45
    assert sum(made.state is ThreadState.DONE for made in screens.desk.made) == 45
    assert f"Inbox  {MANY - 45} threads" in screens.rows
    await screens.press("u")
    assert len(screens.asked("undo")) == 1
    assert "Undone: done (45 threads)." in screens.status
    assert " new " not in screens.rows
    assert f"Inbox  {MANY} threads" in screens.rows


async def test_the_cursor_goes_to_the_next_thread_that_stays(screens: Screens) -> None:
    (after,) = threads(screens, 3)
    await screens.press("x", "x", "x", "k", "e")
    assert screens.threads.chosen is not None
    assert screens.threads.chosen.thread == after


async def test_progress_is_shown_and_esc_stops_between_two(screens: Screens) -> None:
    await screens.press("V", "G")
    held = screens.desk.hold("archive")
    await screens.pilot.press("A")
    await screens.desk.reached("archive")
    await screens.pilot.pause()
    assert f"Archiving 0 of {MANY} · Esc stops" in screens.status
    await screens.pilot.press("escape")
    held.set()
    await screens.settle()
    assert len(given(screens, "archive")) == 20
    assert f"Stopped; {MANY - 20} are left. 20 threads archived. u takes it back." in screens.status


async def test_what_is_refused_in_the_middle_is_said_with_what_was_done(screens: Screens) -> None:
    await screens.press(*"60", "x")
    held = screens.desk.hold("archive")
    await screens.pilot.press("A")
    await screens.desk.reached("archive")
    screens.desk.fail("archive", NotFound())
    screens.desk.fail("archive", NotAllowed("not_allowed"))
    held.set()
    await screens.settle()
    assert len(screens.asked("archive")) == 2  # the first was gone meanwhile, the second refused
    assert "You may not do that." in screens.status


async def test_repeat_does_the_last_act_to_what_is_marked_now(screens: Screens) -> None:
    await screens.press("M", *"proj", "enter")
    first = threads(screens, 0)[0]
    assert screens.asked("move") == [(((), "Projects"), {"threads": [first]})]
    await screens.press("x", "x", "full_stop")
    assert len(given(screens, "move")) == 3
    assert "2 threads moved to Projects." in screens.status


async def test_marks_are_of_one_list(screens: Screens) -> None:
    await screens.press("x", "x", "g", "a")
    assert "marked" not in screens.rows


async def test_marks_stay_while_mail_arrives() -> None:
    desk = many(60)
    async with opened(desk, size=NARROW) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await screens.press("3", "x")
        marked = set(screens.threads.marks)
        desk.add("Brand new", ("Bob <bob@b.example>", "Hello"))
        desk.announce("emails_filed")
        await screens.settle()
        assert set(screens.threads.marks) == marked
        assert "3 marked" in screens.rows


async def test_the_office_goes_away_in_the_middle_and_each_is_done_once() -> None:
    desk, pauses = many(100), Pauses()
    office = Office(desk)
    async with opened(office, pauses=pauses) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await screens.press("V", "G")
        held = desk.hold("archive")
        await pilot.press("A")
        await desk.reached("archive")
        office.go_away()
        await pauses.begun.wait()
        held.set()
        pauses.end()
        await office.attached_again()
        await screens.settle()
        batches = [batch for _word, _affected, batch, _back in desk.undone]
        assert len(batches) == 5  # pieces
        assert len(set(batches)) == 1
        assert len(set(given(screens, "archive"))) == 100
        assert "100 threads archived." in screens.status
