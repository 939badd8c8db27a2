"""Running the screens in a test: on a made-up desk, without pauses, and waiting for events instead of for time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.worker import WorkerState

from actors.desk.api import Desk
from store.model.errors import DeskError
from tests.screens.desk import NOW
from tui import theme
from tui.app import PostroomApp
from tui.link import Attachment
from tui.outside import Outside
from tui.screens.mail import MailScreen
from tui.surroundings import Pace, Surroundings

RUNNING = (WorkerState.PENDING, WorkerState.RUNNING)
NO_PAUSE = Pace(typing=0, passing=0, news=0, keeping=0)


class Office:
    """An office that a test takes away and brings back. `refuse` makes the next attachments fail."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.refuse: list[DeskError] = []
        self.attached = 0
        self._gone = asyncio.Event()
        self._again = asyncio.Event()

    async def __call__(self) -> Attachment:
        if self.refuse:
            raise self.refuse.pop(0)
        gone = self._gone = asyncio.Event()
        self.attached += 1
        if self.attached > 1:
            self._again.set()

        async def wait_gone() -> None:
            await gone.wait()

        async def close() -> None:
            gone.set()

        return Attachment(desk=self.desk, gone=wait_gone, close=close)

    async def attached_again(self) -> None:
        """Return when the screens are attached for the second time."""
        await self._again.wait()

    def go_away(self) -> None:
        """As if the connection was lost."""
        self._gone.set()


class Pauses:
    """Stands for sleeping between attempts: each pause is kept, and lasts until the test ends it."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.begun = asyncio.Event()
        self._over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self._over.clear()
        self.begun.set()
        await self._over.wait()
        self.begun.clear()

    def end(self) -> None:
        self._over.set()


@asynccontextmanager
async def opened(
    desk: Desk | Office,
    *,
    size: tuple[int, int] = (120, 40),
    look: str = theme.DARK,
    pauses: Pauses | None = None,
    outside: Outside | None = None,
    plain: bool = False,
) -> AsyncIterator[tuple[PostroomApp, Pilot[DeskError]]]:
    """The screens on a desk."""
    around = Surroundings(
        clock=lambda: NOW,
        chance=lambda: 0.5,
        retry=pauses or asyncio.sleep,
        pace=NO_PAUSE,
        theme=look,
        outside=outside or Outside(),
        plain=plain,
    )
    app = PostroomApp(desk if isinstance(desk, Office) else Office(desk), surroundings=around)
    async with app.run_test(size=size) as pilot:
        yield app, pilot


async def settled(app: PostroomApp, pilot: Pilot[DeskError]) -> None:
    """Return when nothing is on its way any more but the line to the office."""
    while True:
        await pilot.pause()
        busy = [worker for worker in app.workers if worker.group != "link" and worker.state in RUNNING]
        if not busy:
            return
        await app.workers.wait_for_complete(busy)


def mail_screen(app: PostroomApp) -> MailScreen:
    """The screen that is open, which must be the mail."""
    screen = app.screen
    assert isinstance(screen, MailScreen)
    return screen


def shown(app: PostroomApp) -> list[str]:
    """The rows of the terminal as text."""
    return ["".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()]  # noqa: SLF001 - Textual has no public way
