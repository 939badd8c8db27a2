"""Settings › Email integration and › Team › Members: what each key asks of the desk, and what stands there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from actors.desk.api import NewMailbox
from store.model.errors import DeskError
from store.model.ids import RequestId
from store.model.mailbox import MailboxScope, ServerSettings
from tests.screens.desk import ShownDesk
from tests.screens.run import opened, settled, shown
from tui.app import PostroomApp
from tui.screens.mailboxes import MailboxesScreen
from tui.screens.members import MembersScreen

OWN = "olga@firm.example"
SERVER = ServerSettings(host="imap.firm.example", port=993, tls="ssl")


async def desk_with_one() -> ShownDesk:
    desk = ShownDesk()
    await desk.add_mailbox(RequestId("m"), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=SERVER))
    await desk.add_member(RequestId("t"), "Tom Holt")
    return desk


@asynccontextmanager
async def page(
    desk: ShownDesk, key: str = "b", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[PostroomApp, Pilot[DeskError]]]:
    async with opened(desk, size=size) as (app, pilot):
        await settled(app, pilot)
        await pilot.press("g", key)
        await settled(app, pilot)
        assert isinstance(app.screen, MailboxesScreen if key == "b" else MembersScreen)
        yield app, pilot


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_a_mailbox_says_how_it_goes(size: tuple[int, int]) -> None:
    async with page(await desk_with_one(), size=size) as (app, _pilot):
        words = "\n".join(shown(app))
        assert OWN in words
        assert "up to date" in words
        assert "whole mailbox" in words


@pytest.mark.parametrize(
    ("keys", "method", "named"),
    [
        (("p",), "pause", {}),
        (("a",), "set_mailbox", {"save_attachments": True}),
        (("b",), "set_mailbox", {"on_behalf": True}),
        (("R", "y"), "reset_mailbox", {}),
        (("d", "y"), "stop_mailbox", {}),
        (("s", "O", "k", "ctrl+s"), "set_mailbox", {"signature": "Ok", "signature_html": False}),
    ],
)
async def test_each_key_asks_the_desk(keys: tuple[str, ...], method: str, named: dict[str, object]) -> None:
    desk = await desk_with_one()
    async with page(desk) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await settled(app, pilot)
        found = [(given, more) for name, given, more in desk.calls if name == method]
        assert found == [((OWN,), named)]


async def test_no_to_the_question_stops_nothing() -> None:
    desk = await desk_with_one()
    async with page(desk) as (app, pilot):
        await pilot.press("d")
        await settled(app, pilot)
        assert "Stop syncing" in "\n".join(shown(app))
        assert "No automation" in "\n".join(shown(app))
        await pilot.press("n")
        await settled(app, pilot)
        assert not [name for name, _given, _named in desk.calls if name == "stop_mailbox"]
        assert len(desk.boxes) == 1


async def test_opened_it_tells_all_that_is_set() -> None:
    desk = await desk_with_one()
    await desk.set_mailbox(
        RequestId("s"), OWN, signature="Kind regards", aliases=("info@firm.example",), scope=MailboxScope.HEADERS
    )
    async with page(desk) as (app, pilot):
        await pilot.press("enter")
        await settled(app, pilot)
        words = "\n".join(shown(app))
        for said in ("Kind regards", "info@firm.example", "imap.firm.example:993", "headers of the rest"):
            assert said in words, said


async def test_the_team_page_shows_everybody() -> None:
    async with page(await desk_with_one(), key="l") as (app, _pilot):
        words = "\n".join(shown(app))
        assert "Tom Holt" in words
        assert "not set up" in words
        assert OWN in words
        assert "up to date" in words
