"""Notes on clients, written, worded otherwise, taken away and taken back, on every Desk."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, NewContact
from store.model.errors import BadRequest, NotFound
from store.model.ids import NoteId
from tests.contract.test_desk import WORLDS, new, refused


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
        await desk.add_client(new(), "Blum")
        yield desk


async def texts(desk: Desk, client: str = "Byron") -> list[str]:
    return [note.text for note in await desk.notes(client)]


async def test_a_note_is_kept_worded_otherwise_and_taken_away(desk: Desk) -> None:
    first = await desk.put_note(new(), "Byron", "  Calls on **Fridays** only. ")
    await desk.put_note(new(), "Byron", "The engine stands in the cellar.")
    assert await texts(desk) == ["The engine stands in the cellar.", "Calls on **Fridays** only."]
    again = await desk.put_note(new(), "Byron", "Calls on Mondays.", note=first.note)
    assert again.undo == "put_note"
    (told,) = [note for note in await desk.notes("Byron") if note.note == again.note]
    assert told.changed_at is None or told.changed_at >= told.at
    same = await desk.put_note(new(), "Byron", "Calls on Mondays.", note=again.note)
    assert (same.done, same.note) == (False, again.note)
    assert sorted(await texts(desk)) == ["Calls on Mondays.", "The engine stands in the cellar."]
    await desk.remove_note(new(), again.note)
    assert await texts(desk) == ["The engine stands in the cellar."]
    assert await texts(desk, "Blum") == []


async def test_each_of_it_is_taken_back(desk: Desk) -> None:
    first = await desk.put_note(new(), "Byron", "one")
    second = await desk.put_note(new(), "Byron", "two", note=first.note)
    await desk.remove_note(new(), second.note)
    for standing in (["two"], ["one"], []):
        done = await desk.undo(new())
        assert done.undo in ("put_note", "remove_note")
        assert await texts(desk) == standing


async def test_a_repeat_writes_no_second_note(desk: Desk) -> None:
    request = new()
    first = await desk.put_note(request, "Byron", "once")
    assert await desk.put_note(request, "Byron", "once") == first
    assert await texts(desk) == ["once"]


async def test_what_is_no_note_is_refused(desk: Desk) -> None:
    assert isinstance(await refused(desk.put_note(new(), "Byron", "  ")), BadRequest)
    assert isinstance(await refused(desk.put_note(new(), "Nobody", "text")), NotFound)
    assert isinstance(await refused(desk.notes("Nobody")), NotFound)
    assert isinstance(await refused(desk.activity("Nobody")), NotFound)
    kept = await desk.put_note(new(), "Byron", "kept")
    await desk.remove_note(new(), kept.note)
    assert isinstance(await refused(desk.remove_note(new(), kept.note)), NotFound)
    assert isinstance(await refused(desk.put_note(new(), "Byron", "again", note=kept.note)), NotFound)
    assert isinstance(await refused(desk.remove_note(new(), NoteId("h000000000000"))), NotFound)


async def test_a_merged_client_s_notes_are_the_other_s_until_that_is_taken_back(desk: Desk) -> None:
    await desk.put_note(new(), "Byron", "of Byron")
    await desk.put_note(new(), "Blum", "of Blum")
    await desk.merge_clients(new(), "Blum", into="Byron")
    assert sorted(await texts(desk)) == ["of Blum", "of Byron"]
    await desk.undo(new())
    assert await texts(desk) == ["of Byron"]
    assert await texts(desk, "Blum") == ["of Blum"]
