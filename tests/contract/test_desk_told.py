"""What every desk tells with an answer: that it was done otherwise than it was meant, and what that is about."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, NewContact
from store.model.views import NoticeCount
from tests.contract.test_desk import ASKS, ASKS_AGAIN, WORLDS, bring, emails, new, refused


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def test_a_sender_who_has_a_client_gets_no_second_one_by_mistake(desk: Desk) -> None:
    await bring(desk, ASKS, ASKS_AGAIN)
    email = (await emails(desk))[1].email
    await desk.client_from(new(), email, name="Byron & Co")
    for name in (None, "Another", "Byron & Co"):
        error = await refused(desk.client_from(new(), email, name=name))
        assert (error.code, error.arguments, error.exit_code) == ("sender_has_client", {"name": "Byron & Co"}, 1)
    assert [one.name for one in await desk.clients()] == ["Byron & Co"]
    assert (await desk.undo(new())).undo == "client_from"
    assert (await desk.client_from(new(), email, name="Another")).clients[0].name == "Another"


async def test_notices_are_counted_without_being_read(desk: Desk) -> None:
    assert await desk.notice_count() == NoticeCount()
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS, ASKS_AGAIN)
    notices = await desk.notices()
    assert await desk.notice_count() == NoticeCount(notices=len(notices), unseen=len(notices))
    for number, notice in enumerate(notices, 1):
        await desk.see_notice(new(), notice.notice)
        assert (await desk.notice_count()).unseen == len(notices) - number
        await desk.archive_notice(new(), notice.notice)
        assert (await desk.notice_count()).notices == len(notices) - number


async def test_a_comment_that_names_nobody_is_kept_and_says_whom(desk: Desk) -> None:
    await bring(desk, ASKS)
    thread = (await emails(desk))[1].thread
    done = await desk.comment(new(), thread, "For @Nobody to see.")
    assert (done.done, done.undo, done.warning, done.about) == (True, "comment", "names_nobody", "@Nobody")
    assert [one.text for one in await desk.comments(thread)] == ["For @Nobody to see."]
    plain = await desk.comment(new(), thread, "For nobody@x.example to see.")
    assert (plain.done, plain.warning, plain.about) == (True, None, "")
