"""Settings › Team › Members: who is away, who stands in, and back."""

from tests.screens.test_clients import at
from tests.screens.test_rights import with_tom


async def test_somebody_is_away_with_a_deputy_and_back_by_the_same_key() -> None:
    desk = await with_tom()
    async with at(desk, "g", "l", "G", "a", size=(140, 30)) as hand:
        assert "Tom Holt is away until" in hand.rows
        await hand.press(*"two", "enter")
        assert "Who stands in for Tom Holt?" in hand.rows
        await hand.press("enter")
        assert "u takes it back." in hand.rows
        olga, tom = await desk.members()
        assert tom.away_until is not None
        assert tom.deputy == olga.member
        await hand.press("k", "j")
        assert "Olga Owner stands in." in hand.rows
        await hand.press("a")
        assert [one.away_until for one in await desk.members()] == [None, None]
        await hand.press("u")
        assert (await desk.members())[1] == tom
