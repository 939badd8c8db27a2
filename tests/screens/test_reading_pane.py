"""What the reading pane holds stays one thread's, in whatever order the office answers."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from actors.desk.api import Desk
from store.model.ids import ThreadId
from store.model.views import EmailRow
from tests.support.fake_desk import FakeDesk
from tui.screens.reading import Reading
from tui.widgets.letter import Letter


def mail(name: str) -> bytes:
    return (
        f"From: {name} <{name}@{name}.example>\r\nTo: olga@firm.example\r\nSubject: Of {name}\r\n"
        f"Message-ID: <1@{name}.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello.\r\n"
    ).encode()


@dataclass
class Late:
    """A desk that answers about one thread only when it is let."""

    desk: FakeDesk
    slow: ThreadId | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def thread(self, thread: ThreadId) -> tuple[EmailRow, ...]:
        found = await self.desk.thread(thread)
        if thread == self.slow:
            self.asked.set()
            await self.go.wait()
        return found

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the desk has
        return getattr(self.desk, name)


@pytest.fixture
async def late() -> tuple[Late, ThreadId, ThreadId]:
    desk = FakeDesk()
    first, second = [(await desk.email(desk.deliver(mail(name)))).thread for name in ("ada", "bob")]
    return Late(desk), first, second


async def test_a_late_look_at_the_thread_before_changes_nothing(late: tuple[Late, ThreadId, ThreadId]) -> None:
    desk, first, second = late
    shown: list[Letter | None] = []
    reading = Reading(desk=lambda: cast("Desk", desk), show=lambda letter, _same: shown.append(letter))
    await reading.open(first)
    desk.slow = first
    again = asyncio.create_task(reading.again())
    await desk.asked.wait()
    await reading.open(second)
    desk.go.set()
    await again
    assert reading.thread == second
    assert reading.email is not None
    assert reading.email.thread == second
    assert shown[-1] is not None
    assert shown[-1].view.subject == "Of bob"
