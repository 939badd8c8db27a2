"""What the mail screen says after something was sent, and where a notice leads to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from actors.desk.api import NewMailbox
from store.model.ids import RequestId
from store.model.mailbox import ServerSettings
from store.model.outbox import OutboxState
from tests.screens.run import Office, mail_screen, opened, settled, shown
from tests.support.fake_desk import FakeDesk
from tui.app import PostroomApp
from tui.screens.compose import ComposeScreen

SERVER = ServerSettings(host="mail.firm.example", port=993, tls="ssl")


def mail(number: int, text: str, *, answers: int | None = None) -> bytes:
    refers = f"In-Reply-To: <{answers}@ruiz.example>\r\n" if answers is not None else ""
    return (
        f"From: Marta Ruiz <marta@ruiz.example>\r\nTo: olga@firm.example\r\nSubject: Invoices\r\n"
        f"Message-ID: <{number}@ruiz.example>\r\nDate: Mon, 23 Nov 2026 1{number}:00:00 +0000\r\n{refers}\r\n{text}\r\n"
    ).encode()


@asynccontextmanager
async def at_work() -> AsyncIterator[tuple[PostroomApp, Pilot[Any], FakeDesk]]:
    desk = FakeDesk()
    new = NewMailbox(address="olga@firm.example", login="olga", password="x", imap=SERVER, smtp=SERVER)
    await desk.add_mailbox(RequestId("m"), new)
    desk.deliver(mail(1, "The first."))
    async with opened(Office(desk), size=(80, 24)) as (app, pilot):
        await settled(app, pilot)
        yield app, pilot, desk


async def press(app: PostroomApp, pilot: Pilot[Any], *keys: str) -> str:
    await pilot.press(*keys)
    await settled(app, pilot)
    return "\n".join(shown(app))


async def sent(app: PostroomApp, pilot: Pilot[Any]) -> str:
    """Answer the mail under the cursor."""
    await press(app, pilot, "enter", "r")
    assert isinstance(app.screen, ComposeScreen)
    return await press(app, pilot, "O", "K", "ctrl+s")


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((OutboxState.QUEUED, OutboxState.SENT), "Sent."),
        ((OutboxState.SENDING, OutboxState.FAILED), "It could not be sent: g o shows why."),
        ((OutboxState.SENDING, OutboxState.UNCERTAIN), "Nobody can know whether it went out: g o shows more."),
    ],
)
async def test_what_became_of_it_is_said_once(states: tuple[OutboxState, ...], words: str) -> None:
    async with at_work() as (app, pilot, desk):
        assert "u takes it back." in await sent(app, pilot)
        (outbox,) = desk.out
        for state in states:
            assert words not in "\n".join(shown(app))
            desk.went(outbox, state=state)
            await settled(app, pilot)
        assert words in "\n".join(shown(app))
        assert words not in await press(app, pilot, "q")
        desk.announce("outbox_changed")
        await settled(app, pilot)
        assert words not in "\n".join(shown(app))


async def test_undo_says_that_it_is_sent_already() -> None:
    async with at_work() as (app, pilot, desk):
        await sent(app, pilot)
        (outbox,) = desk.out
        for state in (OutboxState.QUEUED, OutboxState.SENT):
            desk.went(outbox, state=state)
        await settled(app, pilot)
        assert "It is sent already." in await press(app, pilot, "u")


async def test_a_notice_opens_the_very_email_even_in_the_thread_that_is_read() -> None:
    async with at_work() as (app, pilot, desk):
        client = await desk.add_client(RequestId("c"), "Ruiz")
        await desk.link(RequestId("l"), "marta@ruiz.example", client.client)
        assert "The first." in await press(app, pilot, "enter")
        for number in (2, 3):
            desk.deliver(mail(number, f"Number {number}.", answers=number - 1))
        await settled(app, pilot)
        screen = mail_screen(app)
        thread = screen._reading.thread  # noqa: SLF001 - what it reads now
        assert thread is not None
        screen.read_thread(thread, (await desk.thread(thread))[2].email)  # as a notice does
        await settled(app, pilot)
        assert "Number 3." in "\n".join(shown(app))


async def test_opening_a_thread_again_shows_what_came_meanwhile() -> None:
    async with at_work() as (app, pilot, desk):
        await press(app, pilot, "enter", "q")
        desk.deliver(mail(2, "And this?", answers=1))
        await settled(app, pilot)
        assert "2 of 2" in await press(app, pilot, "enter")
