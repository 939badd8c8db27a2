"""Documents in a client's profile are found by name and words."""

from collections.abc import AsyncIterator

import pytest

from tests.screens.test_clients import NARROW, WIDE, at, firm, new


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_documents_are_found_by_name_and_words_until_all_are_wanted(size: tuple[int, int]) -> None:
    desk = await firm()
    await desk.add_document(new("d1"), "Byron", "Deed.txt", pieces(b"quincunx clause"))
    await desk.add_document(new("d2"), "Byron", "Will.pdf", pieces(b"x"))
    await desk.add_document(new("d3"), "Blum", "Other.txt", pieces(b"another quincunx"))
    async with at(desk, "g", "k", "j", "enter", "tab", "tab", size=size) as hand:
        assert "Will.pdf" in hand.rows
        await hand.press("slash", *"quincunx", "enter")
        assert "quincunx clau" in hand.line_with("Deed.txt")
        assert "Will.pdf" not in hand.rows
        assert "Other.txt" not in hand.rows
        assert "documents with “quincunx”" in hand.rows
        await hand.press("slash", *" zeugma", "enter")
        assert "No document has that" in hand.rows
        await hand.press("slash", "escape")
        assert "No document has that" in hand.rows
        await hand.press("slash", "ctrl+u", *"will", "enter")
        assert "Will.pdf" in hand.rows
        assert "Deed.txt" not in hand.rows
        await hand.press("tab", "shift+tab")
        assert "Deed.txt" in hand.rows
        assert "Will.pdf" in hand.rows
        assert "documents with" not in hand.rows


async def test_elsewhere_in_the_profile_nothing_is_asked() -> None:
    desk = await firm()
    async with at(desk, "g", "k", "j", "enter", "slash", *"x") as hand:
        assert "Find documents" not in hand.rows
        assert hand.asked("find_documents") == []
