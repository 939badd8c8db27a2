"""What is typed arrives in the order of typing, however quickly it comes: over a slow line many keys come at once."""

from textual import events

from tests.screens.desk import ShownDesk
from tests.screens.run import opened, settled
from tui.app import PostroomApp
from tui.screens.asking import AskText
from tui.screens.sync_form import SyncForm
from tui.surroundings import Surroundings
from tui.widgets.ask import Line

ALONE = {"⌫": "backspace", "⏎": "enter", "⇥": "tab", "⌧": "ctrl+u", "←": "left", "✓": "ctrl+s"}


def burst(app: PostroomApp, typed: str) -> None:
    """All of it before anything else happens."""
    for letter in typed:
        alone = ALONE.get(letter)
        app.post_message(events.Key(alone, None) if alone else events.Key(letter, letter))


async def test_a_line_is_mended_where_it_was_wrong() -> None:
    answers: list[str | None] = []
    async with opened(ShownDesk()) as (app, pilot):
        await settled(app, pilot)
        await app.push_screen(AskText("A name"), answers.append)
        await settled(app, pilot)
        burst(app, "Olno⌫⌫mo←←x⌫⏎")
        await settled(app, pilot)
    assert answers == ["Olmo"]


async def test_several_lines_too() -> None:
    answers: list[str | None] = []
    async with opened(ShownDesk()) as (app, pilot):
        await settled(app, pilot)
        await app.push_screen(AskText("Comment", lines=4), answers.append)
        await settled(app, pilot)
        burst(app, "abx⌫c⏎dd⌫✓")
        await settled(app, pilot)
    assert answers == ["abc\nd"]


async def test_each_field_gets_what_was_typed_into_it() -> None:
    async with opened(ShownDesk()) as (app, pilot):
        await settled(app, pilot)
        await app.push_screen(SyncForm(app.link, Surroundings()))
        await settled(app, pilot)
        burst(app, "ana@firm.example⏎secret⇥⌧imap.other:993⇥⌧smtp.other:465⇥ana⌫a")
        await settled(app, pilot)
        values = [
            app.screen.query_one(f"#form-{name}", Line).value
            for name in ("address", "password", "imap", "smtp", "login")
        ]
    assert values == ["ana@firm.example", "secret", "imap.other:993", "smtp.other:465", "ana"]
