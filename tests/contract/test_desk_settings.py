"""Settings on every Desk: what they are at first, what they may be, that they are one's own and can be undone."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk
from store.model.errors import BadRequest
from store.model.views import Announcement
from store.rules.settings import KNOWN
from tests.contract.test_desk import ASKS, WORLDS, bring, new, refused

FIRST = {key: setting.default for key, setting in KNOWN.items()}


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def test_at_first_everything_is_as_it_was_made(desk: Desk) -> None:
    assert await desk.settings() == FIRST
    assert FIRST["hold"] == "10"
    assert FIRST["done_archives"] == "on"


async def test_what_is_set_is_told_until_it_is_taken_back(desk: Desk) -> None:
    done = await desk.set_setting(new(), "theme", " Light ")
    assert (done.done, done.undo, done.affected) == (True, "set", 1)
    await desk.set_setting(new(), "keys.done", "E, g  e")
    assert await desk.settings() == FIRST | {"theme": "light", "keys.done": "E,g e"}
    assert not (await desk.set_setting(new(), "theme", "light")).done
    assert (await desk.set_setting(new(), "theme", None)).done
    assert (await desk.set_setting(new(), "keys.done", None)).done
    assert await desk.settings() == FIRST


async def test_an_undo_sets_it_back(desk: Desk) -> None:
    await desk.set_setting(new(), "hold", "30")
    await desk.set_setting(new(), "hold", "0")
    assert (await desk.undo(new())).undo == "set"
    assert (await desk.settings())["hold"] == "30"
    await desk.undo(new())
    assert await desk.settings() == FIRST


async def test_a_repeat_gets_the_first_answer_and_sets_nothing_again(desk: Desk) -> None:
    request = new()
    first = await desk.set_setting(request, "mouse", "off")
    await desk.set_setting(new(), "mouse", "on")
    assert await desk.set_setting(request, "mouse", "off") == first
    assert (await desk.settings())["mouse"] == "on"


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("colour", "blue", "no_setting"),
        ("keys.", "j", "no_setting"),
        ("keys.Done!", "j", "no_setting"),
        ("theme", "blue", "bad_setting"),
        ("theme", "", "bad_setting"),
        ("hold", "121", "bad_setting"),
        ("hold", "-1", "bad_setting"),
        ("hold", "١", "bad_setting"),
        ("keys.done", "", "bad_setting"),
        ("keys.done", "g g g", "bad_setting"),
        ("keys.done", "a,b,c,d,e,f,g", "bad_setting"),
        ("keys.done", "x" * 10_000, "bad_setting"),
    ],
)
async def test_what_it_cannot_be_is_refused_and_changes_nothing(desk: Desk, key: str, value: str, code: str) -> None:
    error = await refused(desk.set_setting(new(), key, value))
    assert isinstance(error, BadRequest)
    assert (error.code, error.arguments["name"]) == (code, key)
    assert await desk.settings() == FIRST


async def test_the_change_is_announced(desk: Desk) -> None:
    await bring(desk, ASKS)
    start = await desk.oldest_announcement()
    await desk.set_setting(new(), "language", "es")
    async for event in desk.announcements(since=start - 1):
        if event.kind == "settings_changed":
            assert (event.email, event.thread, event.client) == (None, None, None)
            break


async def test_the_oldest_announcement_is_the_first_that_is_repeated(desk: Desk) -> None:
    assert await desk.oldest_announcement() == 1
    await bring(desk, ASKS)
    oldest = await desk.oldest_announcement()
    assert oldest == 1
    assert [event.kind async for event in _first(desk, since=oldest - 1)] != []


async def _first(desk: Desk, *, since: int) -> AsyncIterator[Announcement]:
    async for event in desk.announcements(since=since):
        yield event
        return
