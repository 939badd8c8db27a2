"""Inbox+: what each of its keys asks of the desk, and what a notice says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from store.model.errors import Away, DeskError
from store.model.ids import NoticeId
from store.model.views import ClientName, NoticeKind, NoticeRow
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import Office, Pauses, opened, settled, shown
from tui.app import PostroomApp
from tui.screens.mail import MailScreen
from tui.screens.notices import NoticesScreen, notice_rows


@asynccontextmanager
async def inbox_plus(
    desk: ShownDesk, office: Office | None = None, pauses: Pauses | None = None
) -> AsyncIterator[tuple[PostroomApp, Pilot[DeskError]]]:
    async with opened(office or desk, size=(80, 24), pauses=pauses) as (app, pilot):
        await settled(app, pilot)
        await pilot.press("g", "n")
        await settled(app, pilot)
        assert isinstance(app.screen, NoticesScreen)
        yield app, pilot


def desk_with_notices() -> ShownDesk:
    desk = ShownDesk()
    made = desk.add("Accounts", ("Ada Byron <ada@byron.example>", "Here they are."), client="Byron")
    client = made.client
    assert client is not None
    desk.told += [
        NoticeRow(
            notice=NoticeId("n1"),
            kind=NoticeKind.CLIENT_WROTE,
            at=NOW,
            client=client,
            thread=made.thread,
            email=made.mails[0].email,
            subject=made.subject,
        ),
        NoticeRow(notice=NoticeId("n2"), kind=NoticeKind.SYNC_BROKE, at=NOW - 60),
    ]
    return desk


@pytest.mark.parametrize(
    ("key", "method"), [("e", "archive_notice"), ("L", "later_notice"), ("X", "never_notice"), ("enter", "see_notice")]
)
async def test_each_key_asks_the_desk(key: str, method: str) -> None:
    desk = desk_with_notices()
    async with inbox_plus(desk) as (app, pilot):
        await pilot.press(key)
        await settled(app, pilot)
        assert [given[0] for name, given, _named in desk.calls if name == method] == ["n1"]


async def test_one_key_brings_client_mail_out_of_spam_and_is_for_nothing_else() -> None:
    desk = desk_with_notices()
    client = desk.told[0].client
    assert client is not None
    spam = NoticeRow(
        notice=NoticeId("n3"),
        kind=NoticeKind.IN_SPAM,
        at=NOW + 60,
        client=client,
        arguments={"address": "a@firm.example"},
    )
    desk.told.insert(0, spam)
    async with inbox_plus(desk) as (app, pilot):
        assert any(f"Mail of {client.name} lies in the spam folder of a@firm.example" in row for row in shown(app))
        await pilot.press("exclamation_mark")
        await settled(app, pilot)
        assert [named for name, _given, named in desk.calls if name == "unspam"] == [{"notices": ("n3",)}]
        await pilot.press("j", "exclamation_mark")
        await settled(app, pilot)
        assert len([name for name, _given, _named in desk.calls if name == "unspam"]) == 1


async def test_opening_a_notice_reads_its_email() -> None:
    desk = desk_with_notices()
    async with inbox_plus(desk) as (app, pilot):
        await pilot.press("enter")
        await settled(app, pilot)
        assert isinstance(app.screen, MailScreen)
        assert any("Here they are." in row for row in shown(app))


async def test_a_command_given_while_the_office_is_away_is_done_when_it_is_back() -> None:
    desk, pauses = desk_with_notices(), Pauses()
    office = Office(desk)
    async with inbox_plus(desk, office, pauses) as (app, pilot):
        office.go_away()
        await pauses.begun.wait()
        await pilot.press("e")
        assert not any(name == "archive_notice" for name, _given, _named in desk.calls)
        pauses.end()
        await office.attached_again()
        await settled(app, pilot)
        assert [given[0] for name, given, _named in desk.calls if name == "archive_notice"] == ["n1"]


async def test_what_the_desk_refuses_is_said() -> None:
    desk = desk_with_notices()
    desk.fail("archive_notice", Away("timeout"))
    async with inbox_plus(desk) as (app, pilot):
        await pilot.press("e")
        await settled(app, pilot)
        assert any("took too long" in row for row in shown(app))


def test_a_notice_names_its_thread_and_another_client_of_it() -> None:
    byron, olmo = ClientName(client="c1", name="Byron"), ClientName(client="c2", name="Olmo")  # type: ignore[arg-type]
    row = NoticeRow(
        notice=NoticeId("n"),
        kind=NoticeKind.CLIENT_WROTE,
        at=NOW,
        client=byron,
        subject="Accounts",
        clients=(byron, olmo),
    )
    first, second = ("".join(span.text for span in one) for one in notice_rows(row, 60, now=NOW))
    assert "Byron wrote" in first
    assert "Accounts" in second
    assert "Olmo" in second
    assert len(first) == len(second) == 60


async def test_an_answer_that_comes_when_the_page_is_closed_ends_nothing() -> None:
    async with inbox_plus(desk_with_notices()) as (app, pilot):
        page = app.screen
        assert isinstance(page, NoticesScreen)
        await pilot.press("q")
        await settled(app, pilot)
        page.say("late")
        assert isinstance(app.screen, MailScreen)
