"""A hundred thousand threads, mail that comes while one reads, windows that are slow: the list stays where it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from actors.desk.api import Desk
from store.model.errors import NotFound
from store.model.ids import EmailId, ThreadId
from store.model.thread import ThreadState
from store.model.views import FolderRow, ThreadPage, ThreadQuery, ThreadRow, View
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import mail_screen, opened, settled, shown
from tests.support.fake_calls import call
from tui.app import PostroomApp
from tui.widgets.thread_list import ThreadList
from tui.widgets.windows import SIZE

MANY = 100_000


class LongDesk(ShownDesk):
    """A list of many rows that are made when asked for. `above` threads have come since, newest first."""

    def __init__(self, total: int = MANY) -> None:
        super().__init__()
        self.total = total
        self.above: list[str] = []
        self.moved: list[str] = []

    @call
    async def folders(self) -> tuple[FolderRow, ...]:
        return (FolderRow(view=View.INBOX, threads=self.total),)

    @call
    async def threads(self, query: ThreadQuery, *, offset: int = 0, limit: int = 200) -> ThreadPage:
        total = self.total + len(self.above)
        rows = tuple(self._old_or_new(at) for at in range(offset, min(offset + limit, total)))
        return ThreadPage(rows=rows, offset=offset, total=total)

    def _old_or_new(self, at: int) -> ThreadRow:
        name = self.above[at] if at < len(self.above) else f"old{self._under(at - len(self.above))}"
        return ThreadRow(
            thread=ThreadId(name),
            newest=EmailId(f"e-{name}"),
            at=NOW - int(name.lstrip("newold")),
            subject=f"Subject {name}",
            people=("Somebody",),
            count=1,
            state=ThreadState.TO_ANSWER,
            unread=False,
            starred=False,
            clients=(),
        )

    def _under(self, at: int) -> int:
        """Old threads that got new mail stand above and are missing below."""
        gone = sorted(int(name[3:]) for name in self.above if name.startswith("old"))
        for number in gone:
            at += number <= at
        return at

    @call
    async def thread(self, thread: ThreadId) -> Any:  # noqa: ANN401 - never answers
        raise NotFound

    def comes(self, *names: str) -> None:
        """New mail."""
        self.above = [*reversed(names), *self.above]
        self.total -= sum(name.startswith("old") for name in names)
        self.announce("emails_filed")


@asynccontextmanager
async def listed(desk: Desk) -> AsyncIterator[tuple[PostroomApp, Pilot[Any], ThreadList]]:
    async with opened(desk, size=(80, 24)) as (app, pilot):
        await settled(app, pilot)
        yield app, pilot, mail_screen(app).query_one(ThreadList)


def chosen(threads: ThreadList) -> str:
    assert threads.chosen is not None
    return threads.chosen.thread


def offsets(desk: ShownDesk) -> list[int]:
    return [named["offset"] for name, _given, named in desk.calls if name == "threads"]


def screen_row(app: PostroomApp, words: str) -> int:
    return next(number for number, row in enumerate(shown(app)) if words in row)


async def test_of_a_hundred_thousand_only_what_is_seen_is_asked_for() -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        assert set(offsets(desk)) == {0}
        await pilot.press("G")
        await settled(app, pilot)
        assert chosen(threads) == f"old{MANY - 1}"
        assert f"{MANY}/{MANY}" in "\n".join(shown(app))
        await pilot.press(*"5000", "G")
        await settled(app, pilot)
        assert chosen(threads) == "old4999"
        assert set(offsets(desk)) == {0, MANY - SIZE, 4800, 5000}
        assert len(threads.windows._kept) <= 8  # noqa: SLF001 - memory stays flat


async def test_keys_are_not_held_up_by_a_window_on_its_way() -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        held = desk.hold("threads")
        await pilot.press("G", "k", "k")
        await pilot.pause()
        assert threads.cursor == MANY - 3
        assert "Subject" not in "\n".join(shown(app))
        assert "····" in "\n".join(shown(app))
        held.set()
        await settled(app, pilot)
        assert chosen(threads) == f"old{MANY - 3}"
        assert f"Subject old{MANY - 3}" in "\n".join(shown(app))


async def test_what_was_scrolled_past_is_not_asked_for() -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, _threads):
        held = desk.hold("threads")
        await pilot.press(*"1000", "j", *"1000", "j", *"1000", "j", "G")
        held.set()
        await settled(app, pilot)
        assert set(offsets(desk)) <= {0, 800, 1000, MANY - SIZE}


async def test_at_the_edge_the_view_jumps_by_half_a_page() -> None:
    async with listed(LongDesk()) as (_app, pilot, threads):
        page = threads.page
        await pilot.press(*str(page - 1), "j")
        assert threads.top == 0
        await pilot.press("j")
        assert threads.cursor == page
        assert threads.top == page - page // 2
        await pilot.press(*str(page), "k")
        assert threads.top == 0


async def test_half_pages() -> None:
    async with listed(LongDesk()) as (_app, pilot, threads):
        await pilot.press("ctrl+d")
        assert threads.cursor == threads.page // 2
        await pilot.press("3", "ctrl+d", "ctrl+u")
        assert threads.cursor == 3 * (threads.page // 2)


# ---------------------------------------------------------------- new mail


async def test_new_mail_at_the_top_is_counted_and_nothing_moves_until_it_is_asked_for() -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        before = shown(app)[1:-2]
        desk.comes("new1", "new2")
        await settled(app, pilot)
        assert chosen(threads) == "old0"
        assert shown(app)[2:-2] == before[1:]
        assert "2 new · gg shows them" in shown(app)[0]
        await pilot.press("g", "g")
        await settled(app, pilot)
        assert screen_row(app, "Subject new2") < screen_row(app, "Subject new1") < screen_row(app, "Subject old0")
        assert chosen(threads) == "new2"
        assert "new ·" not in shown(app)[0]


@pytest.mark.parametrize("at", [300, SIZE - 1, 5 * SIZE, MANY - 1])
async def test_further_down_nothing_moves_on_the_screen(at: int) -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        await pilot.press(*str(at + 1), "G", "k")
        await settled(app, pilot)
        thread, before = chosen(threads), shown(app)[1:-2]
        desk.comes(*(f"new{number}" for number in range(7)))
        await settled(app, pilot)
        assert chosen(threads) == thread
        assert threads.cursor == at - 1 + 7
        assert shown(app)[1:-2] == before


async def test_more_than_a_window_of_new_mail_still_finds_the_thread() -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        await pilot.press(*"1150", "G")
        await settled(app, pilot)
        desk.comes(*(f"new{number}" for number in range(SIZE)))
        await settled(app, pilot)
        assert chosen(threads) == "old1149"


@pytest.mark.parametrize("at", [5, 450])
async def test_a_thread_that_gets_new_mail_stays_under_the_cursor_in_its_place(at: int) -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        await pilot.press(*str(at + 1), "G")
        await settled(app, pilot)
        before = shown(app)[2:-2]
        desk.comes(f"old{at}")
        await settled(app, pilot)
        assert chosen(threads) == f"old{at}"
        assert shown(app)[2:-2] == before
        await pilot.press("j", "k")
        assert chosen(threads) == f"old{at}"
        await pilot.press("g", "g")
        await settled(app, pilot)
        assert chosen(threads) == f"old{at}"
        assert threads.cursor == 0
        await pilot.press("j")
        assert chosen(threads) == "old0"


async def test_news_is_counted_down_as_one_scrolls_to_it() -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        desk.comes(*(f"new{number}" for number in range(40)))
        await settled(app, pilot)
        assert "40 new" in shown(app)[0]
        await pilot.press(*"15", "k")
        await settled(app, pilot)
        assert f"{threads.top} new" in shown(app)[0]
        await pilot.press(*"25", "k", *"40", "j")
        await settled(app, pilot)
        assert chosen(threads) == "old0"
        assert "new ·" not in shown(app)[0]


async def test_a_short_list_makes_no_show_of_what_comes_either() -> None:
    desk = LongDesk(3)
    async with listed(desk) as (app, pilot, threads):
        await pilot.press("j")
        before = shown(app)[2:-2]
        desk.comes("new1")
        await settled(app, pilot)
        assert chosen(threads) == "old1"
        assert shown(app)[2:-2] == before
        await pilot.press("k", "k")
        assert chosen(threads) == "new1"
        assert "Subject new1" in "\n".join(shown(app))


async def test_a_thread_that_is_gone_leaves_the_cursor_in_its_place() -> None:
    desk = ShownDesk()
    desk.fill(10)
    async with listed(desk) as (app, pilot, threads):
        await pilot.press("4", "G")
        desk.made.pop(3)
        desk.announce("threads_changed")
        await settled(app, pilot)
        assert threads.cursor == 3
        assert threads.chosen is not None
        assert threads.chosen.subject == "Subject 4"


async def test_a_list_that_gets_short_keeps_its_cursor_inside() -> None:
    desk = LongDesk()
    async with listed(desk) as (app, pilot, threads):
        await pilot.press("G")
        await settled(app, pilot)
        desk.total = 3
        desk.announce("threads_changed")
        await settled(app, pilot)
        assert threads.cursor == 2
        assert "3/3" in "\n".join(shown(app))
        desk.total = 0
        desk.announce("threads_changed")
        await settled(app, pilot)
        assert threads.cursor == 0
        assert "Nothing to answer." in "\n".join(shown(app))
