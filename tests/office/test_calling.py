"""A call that is made before anything is there that could take the answers, and all that may come of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from actors.desk.calling import Call, call
from actors.desk.remote import RemoteDesk
from actors.desk.server import Manners
from actors.paths import under
from actors.starting import attach
from store.model.errors import Away, DeskError, NotFound
from store.model.views import Announcement, ThreadPage
from tests.support.fake_desk import FakeDesk
from tests.support.home import short_folder
from tests.support.served import HELLO, Served, served
from tui.cli.attach import hello
from tui.first import FIRST, INBOX
from tui.i18n import set_language
from tui.widgets.windows import SIZE

DEADLINE = 20.0


def windows(desk: FakeDesk) -> int:
    """How often a window was asked for."""
    return sum(name == "threads" for name, _given, _named in desk.calls)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def office(desk: FakeDesk) -> AsyncIterator[Served]:
    async with served(desk) as office:
        yield office


def made(office: Served, requests: Sequence[tuple[str, Mapping[str, Any]]] = FIRST) -> Call:
    called = call(office.home, HELLO, requests)
    assert called is not None
    return called


async def until(true: Callable[[], object]) -> None:
    """Let the others go on until it is so."""
    async with asyncio.timeout(DEADLINE):
        while not true():  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0)


async def until_asked(desk: FakeDesk) -> None:
    await until(lambda: windows(desk))


async def first(desk: RemoteDesk) -> ThreadPage:
    return await desk.threads(INBOX, offset=0, limit=SIZE)


async def test_the_answers_are_there_when_somebody_comes_for_them(office: Served, desk: FakeDesk) -> None:
    called = made(office)
    await until_asked(desk)  # nobody has attached
    attached = await attach(office.home, HELLO, start=False, called=called)
    async with asyncio.timeout(DEADLINE):
        await attached.subscribe(lambda _each: None)
        assert await first(attached) == await desk.threads(INBOX, offset=0, limit=SIZE)
    assert windows(desk) == 2  # the call's and the one above
    assert office.visits.ever == 1
    await attached.close()


async def test_what_was_announced_before_somebody_listened_is_heard(office: Served, desk: FakeDesk) -> None:
    called = made(office)
    await until_asked(desk)
    desk.announce("firm_changed")
    attached = await attach(office.home, HELLO, start=False, called=called)
    heard: list[Announcement] = []
    async with asyncio.timeout(DEADLINE):
        await attached.subscribe(heard.append)
        await until(lambda: heard)
    assert [each.kind for each in heard] == ["firm_changed"]
    await attached.close()


async def test_what_is_wanted_later_is_asked_anew(office: Served, desk: FakeDesk) -> None:
    called = made(office)
    await until_asked(desk)
    attached = await attach(office.home, HELLO, start=False, called=called)
    async with asyncio.timeout(DEADLINE):
        await attached.folders()
        await first(attached)
    assert windows(desk) == 2
    await attached.close()


async def test_an_answer_is_given_once(office: Served, desk: FakeDesk) -> None:
    attached = await attach(office.home, HELLO, start=False, called=made(office))
    async with asyncio.timeout(DEADLINE):
        await attached.subscribe(lambda _each: None)
        await first(attached)
        await first(attached)
    assert windows(desk) == 2
    await attached.close()


async def test_nobody_is_called_where_no_office_is() -> None:
    home = under(short_folder())
    assert call(home, HELLO, FIRST) is None
    home.socket.write_bytes(b"")  # nothing that answers
    assert call(home, HELLO, FIRST) is None
    assert call(under(home.socket), HELLO, FIRST) is None  # no folder at all


async def test_words_that_are_no_text_call_nobody(office: Served) -> None:
    assert call(office.home, replace(HELLO, act_as="\udcff"), FIRST) is None
    assert office.visits.ever == 0


async def test_another_version_says_which_side_to_restart(office: Served) -> None:
    other = replace(HELLO, protocol=HELLO.protocol + 1)
    with pytest.raises(Away) as refused:
        await attach(office.home, other, start=False, called=call(office.home, other, FIRST))
    assert (refused.value.code, refused.value.arguments["restart"]) == ("version", "office")


async def test_whoever_may_not_act_for_somebody_is_told_so(office: Served, desk: FakeDesk) -> None:
    office.gone.add("bob")
    asked = replace(HELLO, act_as="bob")
    with pytest.raises(NotFound):
        await attach(office.home, asked, start=False, called=call(office.home, asked, FIRST))
    assert not windows(desk)


async def test_an_office_that_takes_nothing_before_its_welcome_is_attached_to_anew(desk: FakeDesk) -> None:
    async with served(desk, manners=Manners(early=0)) as office:
        attached = await attach(office.home, HELLO, start=False, called=made(office))
        async with asyncio.timeout(DEADLINE):
            await attached.subscribe(lambda _each: None)
            await first(attached)
        assert (windows(desk), office.visits.ever) == (1, 2)
        await attached.close()


async def test_so_much_may_be_said_before_the_welcome_and_no_more(office: Served, desk: FakeDesk) -> None:
    many = [FIRST[1]] * (Manners().early + 1)
    called = made(office, many)
    with pytest.raises(DeskError):
        await RemoteDesk.connect(office.home, HELLO, called=called)
    assert not windows(desk)


async def test_an_office_that_went_meanwhile_is_attached_to_anew(desk: FakeDesk) -> None:
    async with served(desk) as office:
        held = desk.hold("welcome")
        called = made(office)
        await until(lambda: desk.calls)
        for connection in tuple(office.server.connections):
            connection.hang_up()
        held.set()
        attached = await attach(office.home, HELLO, start=False, called=called)
        async with asyncio.timeout(DEADLINE):
            await first(attached)
        assert (windows(desk), office.visits.ever) == (1, 2)
        await attached.close()


async def test_the_call_is_in_the_language_of_the_person(office: Served) -> None:
    assert set_language("es") == "es"
    try:
        called = call(office.home, hello(None), FIRST)
        attached = await attach(office.home, hello(None), start=False, called=called)
        await attached.close()
    finally:
        set_language("en")
    assert [said.language for _uid, said in office.greetings] == ["es"]
