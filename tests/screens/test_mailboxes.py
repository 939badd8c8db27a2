"""Settings › Email integration and › Team › Members: what each key asks of the desk, and what stands there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from actors.desk.api import NewMailbox
from store.model.errors import Away, DeskError
from store.model.ids import NoticeId, RequestId
from store.model.mailbox import MailboxScope, ServerSettings, SyncState
from store.model.views import MailboxStatus, NoticeKind, NoticeRow
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import opened, settled, shown
from tui.app import PostroomApp
from tui.screens.mailboxes import MailboxesScreen
from tui.screens.members import MembersScreen
from tui.screens.sign_in import SignInDialog
from tui.screens.sync_form import SyncForm

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


# ---------------------------------------------------------------- what only the command line could
@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (("H", *["backspace"] * 10, *"all", "enter"), {"history_from": 0}),
        (
            ("m", *"info@firm.example, web@firm.example", "enter"),
            {"aliases": ("info@firm.example", "web@firm.example")},
        ),
        (("N", *"bank.example *@home.example", "enter"), {"never_sync": ("bank.example", "*@home.example")}),
        (("x", "y"), {"no_send": True}),
        (("s", *"<b>O", "ctrl+s"), {"signature": "<b>O", "signature_html": True}),
    ],
)
async def test_what_else_is_set(keys: tuple[str, ...], named: dict[str, object]) -> None:
    desk = await desk_with_one()
    async with page(desk) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await settled(app, pilot)
        assert [(given, more) for name, given, more in desk.calls if name == "set_mailbox"] == [((OWN,), named)]


async def test_a_history_that_is_none_is_asked_again() -> None:
    desk = await desk_with_one()
    async with page(desk) as (app, pilot):
        for key in ("H", *["backspace"] * 10, *"soon", "enter"):
            await pilot.press(key)
            await settled(app, pilot)
        assert "2026-01-31" in "\n".join(shown(app))
        assert not [name for name, _given, _named in desk.calls if name == "set_mailbox"]


async def test_others_folders_are_chosen_by_marks() -> None:
    desk = await desk_with_one()
    (box,) = desk.boxes
    desk.boxes[:] = [
        replace(box, offered=("Other/Tom", "Public"), settings=replace(box.settings, shared=("Other/Tom",)))
    ]
    async with page(desk) as (app, pilot):
        for key in ("f", "j", "x", "k", "x"):
            await pilot.press(key)
            await settled(app, pilot)
        words = "\n".join(shown(app))
        assert "[ ] Other/Tom" in words
        assert "[x] Public" in words
        await pilot.press("enter")
        await settled(app, pilot)
        assert [more for name, _given, more in desk.calls if name == "set_mailbox"] == [{"shared": ["Public"]}]
        assert isinstance(app.screen, MailboxesScreen)


async def test_a_signature_is_shown_as_others_read_it_and_written_in_an_editor() -> None:
    desk = await desk_with_one()
    async with page(desk) as (app, pilot):
        for key in ("s", *"**Ana**", "ctrl+p"):
            await pilot.press(key)
            await settled(app, pilot)
        words = "\n".join(shown(app))
        assert "As it will be read" in words
        assert "Ana" in words
        for key in ("q", "ctrl+e"):
            await pilot.press(key)
            await settled(app, pilot)
        assert "no editor" in "\n".join(shown(app))


async def test_a_first_sync_says_how_far_it_is_and_how_long_it_takes() -> None:
    desk = await desk_with_one()
    desk.boxes[:] = [replace(desk.boxes[0], state=SyncState.SYNCING, done=40, total=100)]
    status = MailboxStatus(address=OWN, state=SyncState.SYNCING, done=40, total=100, eta_s=300)
    desk.boxes_told = (status,)
    async with page(desk) as (app, _pilot):
        assert "syncing 40 %, 5 minutes left" in "\n".join(shown(app))


# ---------------------------------------------------------------- why it needs somebody
async def broken(state: SyncState = SyncState.NEEDS_SIGN_IN, code: str = "login") -> ShownDesk:
    desk = await desk_with_one()
    (box,) = desk.boxes
    desk.boxes[:] = [replace(box, state=state, last_error=code, broke_at=NOW - 7200)]
    return desk


async def test_it_says_why_and_what_to_do() -> None:
    async with page(await broken()) as (app, pilot):
        assert "Sign in again: i." in "\n".join(shown(app))
        await pilot.press("enter")
        await settled(app, pilot)
        words = " ".join("\n".join(shown(app)).split())
        assert "why" in words
        assert "Sign in again: i." in words
        await pilot.press("q", "i")
        await settled(app, pilot)
        assert "needs sign-in since" in "\n".join(shown(app))


async def test_why_beginning_at_a_provider_failed_is_said() -> None:
    desk = await broken()
    desk.fail("begin_sign_in", Away("sign_in_server", cause="dns"))
    async with page(desk) as (app, pilot):
        await pilot.press("i")
        await settled(app, pilot)
        words = " ".join("\n".join(shown(app)).split())
        assert "sign-in could not be used" in words
        assert "Password of" in words


@pytest.mark.parametrize(
    ("state", "code", "mends"),
    [
        (SyncState.NEEDS_SIGN_IN, "login", True),
        (SyncState.BROKEN, "auth", True),
        (SyncState.BROKEN, "imap_off", False),
        (SyncState.SYNCED, "login", False),
    ],
)
async def test_a_notice_opens_the_sign_in_of_its_mailbox(state: SyncState, code: str, *, mends: bool) -> None:
    desk = await broken(state, code)
    notice = NoticeRow(
        notice=NoticeId("n1"), kind=NoticeKind.SYNC_BROKE, at=NOW, arguments={"address": OWN, "cause": code}
    )
    desk.told.append(notice)
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        await pilot.press("g", "n")
        await settled(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot)
        assert bool([name for name, _given, _named in desk.calls if name == "begin_sign_in"]) is mends
        assert isinstance(app.screen, SignInDialog) is mends


async def test_who_has_not_synced_is_led_to_the_form() -> None:
    desk = await desk_with_one()
    desk.told.append(NoticeRow(notice=NoticeId("n1"), kind=NoticeKind.NOT_SYNCED, at=NOW))
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        for key in ("g", "n", "enter"):
            await pilot.press(key)
            await settled(app, pilot)
        assert isinstance(app.screen, SyncForm)
