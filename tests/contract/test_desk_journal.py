"""The journal from its newest entry back, a client's and a member's alone, and its check piece by piece."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, NewContact
from store.model.errors import NotFound
from tests.contract.test_desk import WORLDS, new, refused

REAL = sorted(name for name in WORLDS if "fake" not in name)


@pytest.fixture(params=REAL)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
        await desk.add_client(new(), "Blum")
        await desk.put_note(new(), "Byron", "planted-in-a-note")
        yield desk


async def test_the_newest_entry_comes_first_and_pages_follow_on(desk: Desk) -> None:
    whole = (await desk.journal()).entries
    newest = (await desk.journal(before=0)).entries
    assert newest == tuple(reversed(whole))
    first = (await desk.journal(before=0, limit=2)).entries
    assert first + (await desk.journal(before=first[-1].seq)).entries == newest


async def test_a_client_s_entries_are_its_own(desk: Desk) -> None:
    found = [entry.action for entry in (await desk.journal(before=0, client="Byron")).entries]
    assert found == ["put_note", "add_client"]
    assert [entry.action for entry in (await desk.journal(before=0, client="Blum")).entries] == ["add_client"]
    assert isinstance(await refused(desk.journal(before=0, client="Nobody")), NotFound)


async def test_a_member_s_entries_are_theirs(desk: Desk) -> None:
    me = (await desk.welcome()).member
    other = await desk.add_member(new(), "Tom Holt")
    mine = (await desk.journal(before=0, member=me.name)).entries
    assert {entry.member for entry in mine} == {me.member}
    assert mine
    assert (await desk.journal(before=0, member=other.member)).entries == ()


async def test_activity_tells_what_was_done_without_what_was_written(desk: Desk) -> None:
    told = await desk.activity("Byron")
    assert [entry.action for entry in told] == ["put_note", "add_client"]
    assert all(entry.hash == "" for entry in told)
    assert "planted" not in repr((await desk.journal()).entries)
    await desk.undo(new())
    assert [entry.action for entry in await desk.activity("Byron")] == ["undo", "put_note", "add_client"]
    assert [entry.action for entry in await desk.activity("Byron", limit=1)] == ["undo"]
    last = (await desk.activity("Byron"))[-1]
    assert await desk.activity("Byron", before=last.seq) == ()


async def test_the_chain_is_checked_piece_by_piece(desk: Desk) -> None:
    head = (await desk.journal(limit=0)).head
    after, pieces = 0, 0
    while True:
        checked = await desk.check_journal(after=after, limit=2)
        assert checked.broken is None
        assert checked.head == head
        pieces += 1
        after = checked.checked
        if after >= checked.total:
            break
    assert pieces >= 2
    assert after == (await desk.journal(before=0, limit=1)).entries[0].seq
