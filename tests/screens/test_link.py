"""The line to the office: back-off, coming back, and commands that are done once whatever goes away."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from actors.desk.api import Desk
from store.model.errors import Away, DeskError, NotAllowed
from store.model.ids import RequestId
from store.model.views import Announcement, Done
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import Office, Pauses
from tui.feed import Feed
from tui.link import RETRY_CAP, Changed, Link


class Ran:
    """A link that runs, and what it told."""

    def __init__(self, office: Office) -> None:
        self.office, self.pauses = office, Pauses()
        self.told: asyncio.Queue[Changed] = asyncio.Queue()
        self.announced: list[Announcement] = []
        self.link = Link(
            office,
            changed=self.told.put_nowait,
            sink=self.announced.append,
            chance=lambda: 1.0,
            pause=self.pauses,
        )
        self.task = asyncio.get_running_loop().create_task(self.link.run())

    async def next_pause(self) -> float:
        await self.pauses.begun.wait()
        return self.pauses.asked[-1]


@pytest.fixture
async def ran() -> Ran:
    return Ran(Office(ShownDesk()))


async def test_it_attaches_and_hears(ran: Ran) -> None:
    assert (await ran.told.get()).attached
    assert ran.link.here
    assert isinstance(ran.office.desk, ShownDesk)
    ran.office.desk.announce("mailbox_told")
    assert [announcement.kind for announcement in ran.announced] == ["mailbox_told"]
    ran.task.cancel()


async def test_lost_it_comes_back_by_itself_with_growing_pauses(ran: Ran) -> None:
    await ran.told.get()
    ran.office.refuse = [Away("no_office")] * 8
    ran.office.go_away()
    pauses = []
    for _attempt in range(9):
        lost = await ran.told.get()
        assert not lost.attached
        assert not lost.first
        assert not ran.link.here
        pauses.append(await ran.next_pause())
        ran.pauses.end()
        await asyncio.sleep(0)
    assert pauses == sorted(pauses)
    assert pauses[0] < 1
    assert pauses[-1] == RETRY_CAP
    assert (await ran.told.get()).attached
    ran.office.go_away()
    await ran.told.get()
    assert await ran.next_pause() == pauses[0]  # begun anew
    ran.task.cancel()


async def test_while_it_is_away_reads_fail_at_once(ran: Ran) -> None:
    await ran.told.get()
    ran.office.go_away()
    await ran.told.get()
    with pytest.raises(Away):
        _ = ran.link.desk
    ran.task.cancel()


async def test_a_refusal_before_the_first_attachment_ends_it() -> None:
    office = Office(ShownDesk())
    office.refuse = [NotAllowed("unknown_caller")]
    ran = Ran(office)
    await ran.task
    told = await ran.told.get()
    assert told.first
    assert told.error is not None
    assert told.error.code == "unknown_caller"


async def test_a_refusal_later_is_told_and_tried_again(ran: Ran) -> None:
    await ran.told.get()
    ran.office.refuse = [Away("version", ours="1", theirs="2")]
    ran.office.go_away()
    assert (await ran.told.get()).error is not None
    await ran.next_pause()
    ran.pauses.end()
    told = await ran.told.get()
    assert isinstance(told.error, DeskError)
    assert told.error.code == "version"
    assert not told.first
    await asyncio.sleep(0)
    await ran.next_pause()
    ran.pauses.end()
    assert (await ran.told.get()).attached
    ran.task.cancel()


async def test_a_command_is_repeated_on_the_next_office_with_its_own_id(ran: Ran) -> None:
    await ran.told.get()
    desk = ran.office.desk
    assert isinstance(desk, ShownDesk)
    thread = desk.add("Subject", ("A <a@x.example>", "text")).thread
    seen: list[RequestId] = []

    async def act(on: Desk) -> Done:
        seen.append(RequestId("r1"))
        answer = await on.done(RequestId("r1"), thread)
        if len(seen) == 1:  # done, but the answer got lost
            ran.office.go_away()
            raise Away("office_gone")
        return answer

    acting = asyncio.get_running_loop().create_task(ran.link.command(act))
    await ran.told.get()
    await ran.next_pause()
    assert not acting.done()
    ran.pauses.end()
    assert (await acting).done
    assert len(seen) == 2
    assert sum(kept.kind == "threads_changed" for kept in desk.kept) == 1
    ran.task.cancel()


async def test_a_command_s_refusal_is_its_answer(ran: Ran) -> None:
    await ran.told.get()
    desk = ran.office.desk
    assert isinstance(desk, ShownDesk)
    desk.fail("undo", NotAllowed("not_allowed"))
    with pytest.raises(NotAllowed):
        await ran.link.command(lambda on: on.undo(RequestId("r")))
    ran.task.cancel()


# ---------------------------------------------------------------- announcements


def news(kind: str) -> Announcement:
    return Announcement(seq=1, at=NOW, kind=kind)


async def test_many_announcements_are_one_look_and_looks_keep_a_distance() -> None:
    looks: list[frozenset[str]] = []
    pauses = Pauses()
    looked = asyncio.Event()

    async def look(kinds: frozenset[str], _threads: object) -> None:
        looks.append(kinds)
        looked.set()

    tasks: list[asyncio.Task[None]] = []

    def start(looking: Callable[[], Coroutine[None, None, None]]) -> None:
        tasks.append(asyncio.get_running_loop().create_task(looking()))

    feed = Feed(look, start=start, gap=0.4, pause=pauses)
    for kind in ("emails_filed", "emails_filed", "mailbox_told"):
        feed.told(news(kind))
    await pauses.begun.wait()
    assert looks == [frozenset({"emails_filed", "mailbox_told"})]
    feed.told(news("states_changed"))
    feed.told(news("states_changed"))
    await asyncio.sleep(0)
    assert len(looks) == 1  # not before the pause is over
    looked.clear()
    pauses.end()
    await looked.wait()
    assert looks[1:] == [frozenset({"states_changed"})]
    assert len(tasks) == 1
    await pauses.begun.wait()
    pauses.end()
    await tasks[0]
    feed.told(news("emails_filed"))  # quiet since: it begins anew
    assert len(tasks) == 2
    tasks[1].cancel()
