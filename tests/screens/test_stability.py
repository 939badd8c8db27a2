"""While mail pours in, nothing moves under the reader: cursor, screen row, the line one reads, marks, half-typed text.

The same through a resize and a reconnect; on a made-up desk, and on a real office over its socket.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from actors.desk.api import Desk, LocalCopy
from actors.desk.remote import RemoteDesk
from actors.paths import find
from store.model.ids import RequestId, ThreadId
from store.model.views import ThreadQuery, View
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import Office, Pauses, mail_screen, opened, shown
from tests.screens.screens import NARROW, WIDE, Screens
from tests.support.home import empty_home, short_folder
from tui.cli.attach import reached
from tui.link import Attachment
from tui.widgets.letter_pane import LetterPane

ARRIVE = 500
READ = 14  # the thread that is read


@dataclass(frozen=True)
class Held:
    """What must not change."""

    thread: str
    line: int
    text: tuple[str, ...]
    marks: frozenset[ThreadId]


def held(screens: Screens) -> Held:
    threads = screens.threads
    assert threads.chosen is not None
    letter = mail_screen(screens.app).query_one(LetterPane).text
    rows = ["".join(segment.text for segment in letter.render_line(y)).rstrip() for y in range(letter.size.height)]
    return Held(threads.chosen.thread, threads.cursor - threads.top, tuple(rows), frozenset(threads.marks))


def mailboxful() -> ShownDesk:
    desk = ShownDesk()
    desk.fill(60)
    texts = ["\n".join(f"line {line:03} of {number}" for line in range(200)) for number in range(3)]
    desk.made[READ].mails = [
        desk.mail_of("Ada <ada@a.example>", text, at=NOW - 9000 + number) for number, text in enumerate(texts)
    ]
    return desk


def pour(desk: ShownDesk, number: int = ARRIVE) -> None:
    """New threads, mail in threads above and below, and in the one that is read."""
    read = desk.made[READ]
    others = [made for made in desk.made if made is not read]
    for count in range(number):
        if count % 5 == 0:
            made = read
        elif count % 3 == 0:
            made = others[count % len(others)]
        else:
            made = desk.add(f"New {count}", ("Bob <bob@b.example>", f"Hello {count}"))
        made.mails.append(desk.mail_of("Bob <bob@b.example>", f"More {count}", at=NOW + count))
        desk.made.remove(made)
        desk.made.insert(0, made)
        desk.announce("emails_filed", thread=made.thread)


async def reading(screens: Screens) -> Held:
    """Marks above, a thread opened and read on to its middle."""
    await screens.press("j", "x", "x", *str(READ - 3), "j", "enter")
    await screens.press("3", "0", "j")
    assert screens.threads.cursor == READ
    return held(screens)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_nothing_moves_while_five_hundred_arrive(size: tuple[int, int]) -> None:
    desk = mailboxful()
    async with opened(desk, size=size) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        before = await reading(screens)
        await screens.press("t", *"half typed")
        pour(desk)
        await screens.settle()
        assert "half typed" in screens.rows
        await screens.press("escape")
        assert held(screens) == before
        await screens.press("h")
        assert "new · gg shows them" in screens.rows
        await screens.press("g", "g")
        assert screens.threads.cursor == 0
        assert screens.threads.chosen is not None
        assert screens.threads.chosen.thread == desk.made[0].thread
        assert "new · gg" not in screens.rows


async def test_the_rows_around_the_cursor_stay_too() -> None:
    desk = mailboxful()
    async with opened(desk, size=NARROW) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await screens.press(*"20", "j")
        before = subjects(screens)
        for count in range(40):
            desk.add(f"New {count}", ("Bob <bob@b.example>", "Hello"))
            desk.announce("emails_filed")
        await screens.settle()
        assert subjects(screens) == before


def subjects(screens: Screens) -> list[str]:
    threads = screens.threads
    found = [threads.windows.row(index) for index in range(threads.top, threads.top + threads.page)]
    return [row.subject for row in found if row is not None]


async def test_a_half_typed_search_stays() -> None:
    desk = mailboxful()
    async with opened(desk, size=NARROW) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await screens.press("slash", *"subj")
        pour(desk, 50)
        await screens.settle()
        assert screens.place == "search"
        assert "/ subj" in screens.rows
        await screens.press(*"ect", "enter")
        assert "Search: subject" in screens.rows


async def test_through_a_resize_and_back() -> None:
    desk = mailboxful()
    async with opened(desk, size=WIDE) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        before = await reading(screens)
        for size in (NARROW, (60, 20), WIDE):
            await pilot.resize_terminal(*size)
            pour(desk, 20)
            await screens.settle()
            now = held(screens)
            assert now.thread == before.thread
            assert now.marks == before.marks
            assert now.text[0] == before.text[0]
        assert held(screens) == before


async def test_through_a_reconnect() -> None:
    desk, pauses = mailboxful(), Pauses()
    office = Office(desk)
    async with opened(office, size=WIDE, pauses=pauses) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        before = await reading(screens)
        office.go_away()
        await pauses.begun.wait()
        pour(desk)
        await screens.settle()
        assert held(screens) == before
        pauses.end()
        await office.attached_again()
        await screens.settle()
        assert held(screens) == before
        assert "new · gg shows them" in screens.rows


# ---------------------------------------------------------------- a real office


def mail(number: int, *, answers: str = "") -> bytes:
    letter = EmailMessage()
    letter["From"] = f"Sender {number} <s{number}@x.example>"
    letter["To"] = "me@firm.example"
    letter["Subject"] = f"Subject {number}"
    letter["Message-ID"] = f"<m{number}@x.example>"
    letter["Date"] = format_datetime(datetime.fromtimestamp(NOW + number, UTC))
    if answers:
        letter["In-Reply-To"] = letter["References"] = answers
    letter.set_content("\n".join(f"line {line:03}" for line in range(120)))
    return letter.as_bytes()


async def bring(desk: Desk, name: str, mails: list[bytes]) -> None:
    async def copies() -> AsyncIterator[LocalCopy]:
        for raw in mails:
            yield LocalCopy(folder="INBOX", data=raw)

    await desk.import_copies(RequestId(name), "old@firm.example", copies())


async def until(screens: Screens, true: Callable[[], bool]) -> None:
    """Until the screens show it; what comes over the socket is waited for by the messages that it makes."""
    async with asyncio.timeout(60):
        while not true():
            await screens.settle()


class Socket(Office):
    """Attaches to an office that is there."""

    def __init__(self, desk: RemoteDesk) -> None:
        super().__init__(desk)
        self._remote = desk

    async def __call__(self) -> Attachment:
        return Attachment(desk=self._remote, gone=self._remote.wait_gone, close=self._remote.close)


async def test_on_a_real_office_over_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = short_folder()
    empty_home(folder / "h", monkeypatch)
    desk = await reached(find(), act_as=None)
    others = await reached(find(), act_as=None)
    try:
        await bring(desk, "first", [mail(number) for number in range(60)])
        async with opened(Socket(desk), size=NARROW) as (app, pilot):
            screens = Screens(app, pilot, ShownDesk())
            await until(screens, lambda: mail_screen(app).place.value == "threads" and screens.threads.total > 0)
            await screens.press("g", "a")
            await until(screens, lambda: screens.threads.total == 60)
            await screens.press("x", *"14", "j", "enter")
            await until(screens, lambda: "line 000" in screens.rows)
            await screens.press(*"30", "j")
            before = held(screens)
            assert before.thread
            more = [mail(number, answers="<m44@x.example>" if number % 9 == 0 else "") for number in range(60, 560)]
            await bring(others, "second", more)
            await until(screens, lambda: screens.threads.total > 400)
            assert held(screens) == before
            await screens.press("h")
            assert "new · gg shows them" in "\n".join(shown(app))
        total = (await others.threads(ThreadQuery(view=View.ALL), limit=1)).total
        assert total > 400
    finally:
        await others.stop_office()
        await others.close()
        shutil.rmtree(folder)
