"""What every desk tells with an answer: that it was done otherwise than it was meant, and what that is about."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk
from tests.contract.test_desk import ASKS, WORLDS, bring, emails, new


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def test_a_comment_that_names_nobody_is_kept_and_says_whom(desk: Desk) -> None:
    await bring(desk, ASKS)
    thread = (await emails(desk))[1].thread
    done = await desk.comment(new(), thread, "For @Nobody to see.")
    assert (done.done, done.undo, done.warning, done.about) == (True, "comment", "names_nobody", "@Nobody")
    assert [one.text for one in await desk.comments(thread)] == ["For @Nobody to see."]
    plain = await desk.comment(new(), thread, "For nobody@x.example to see.")
    assert (plain.done, plain.warning, plain.about) == (True, None, "")
