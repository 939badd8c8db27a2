"""Documents are found by name and words, on every Desk."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk
from store.model.document import Document
from store.model.errors import NotFound
from tests.contract.test_desk import WORLDS, new, refused
from tests.support.office import DEADLINE


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        for client in ("Byron", "Blum"):
            await desk.add_client(new(), client)
        yield desk


async def add(desk: Desk, client: str, name: str, data: bytes) -> Document:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    return await desk.add_document(new(), client, name, pieces())


async def found(desk: Desk, text: str) -> tuple[Document, ...]:
    """As soon as the words were read."""
    async with asyncio.timeout(DEADLINE):
        async for event in desk.announcements(since=0):
            if event.kind == "documents_changed" and (told := await desk.find_documents(text)):
                return told
    raise AssertionError


async def names(desk: Desk, text: str, *, client: str | None = None, limit: int = 50) -> list[str]:
    return [one.name for one in await desk.find_documents(text, client=client, limit=limit)]


async def test_a_word_of_a_document_finds_it_with_what_stands_around(desk: Desk) -> None:
    made = await add(desk, "Byron", "Deed.txt", b"The quincunx clause")
    await add(desk, "Blum", "Other.txt", b"Nothing of the kind")
    (one,) = await found(desk, "quincunx")
    assert (one.document, one.client, one.snippet) == (made.document, made.client, "The quincunx clause")
    assert await names(desk, "quincunx", client="Byron") == ["Deed.txt"]
    assert await names(desk, "quincunx", client="Blum") == []
    assert await names(desk, "quincunx zeugma") == []


async def test_a_name_finds_it_the_newest_first(desk: Desk) -> None:
    for client, name in (("Byron", "Deed one.png"), ("Blum", "Deed two.png"), ("Byron", "Will.png")):
        await add(desk, client, name, name.encode())
    assert await names(desk, "deed") == ["Deed two.png", "Deed one.png"]
    assert await names(desk, "deed", limit=1) == ["Deed two.png"]
    assert await names(desk, "deed", client="Byron") == ["Deed one.png"]
    assert await names(desk, "") == ["Will.png", "Deed two.png", "Deed one.png"]


async def test_what_was_deleted_is_not_found(desk: Desk) -> None:
    made = await add(desk, "Byron", "Deed.png", b"x")
    await desk.delete_document(new(), made.document)
    assert await names(desk, "deed") == []
    await desk.undo(new())
    assert await names(desk, "deed") == ["Deed.png"]


async def test_of_a_client_that_is_none_nothing_is_told(desk: Desk) -> None:
    assert isinstance(await refused(desk.find_documents("deed", client="Nobody")), NotFound)
