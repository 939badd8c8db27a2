"""What is typed arrives in the order of typing, however quickly it comes: over a slow line many keys come at once."""

from pathlib import Path

from textual import events

from tests.screens.desk import ShownDesk
from tests.screens.run import opened, settled
from tui.app import PostroomApp
from tui.screens.asking import AskText
from tui.screens.pick_file import PickFile
from tui.screens.sync_form import SyncForm
from tui.screens.welcome import WelcomeScreen
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
        burst(app, "ana@firm.example⏎secret⇥⌧imap.other:993⇥⌧smtp.other:465⇥⇥ana⌫a")
        await settled(app, pilot)
        values = [
            app.screen.query_one(f"#form-{name}", Line).value
            for name in ("address", "password", "imap", "smtp", "login")
        ]
    assert values == ["ana@firm.example", "secret", "imap.other:993", "smtp.other:465", "ana"]


async def test_a_field_that_was_emptied_stays_empty() -> None:
    async with opened(ShownDesk()) as (app, pilot):
        await settled(app, pilot)
        await app.push_screen(SyncForm(app.link, Surroundings()))
        await settled(app, pilot)
        burst(app, "ana@firm.example⏎secret⇥⌧")
        await settled(app, pilot)
        values = [app.screen.query_one(f"#form-{name}", Line).value for name in ("address", "imap", "smtp")]
    assert values == ["ana@firm.example", "", "smtp.firm.example"]


async def test_what_a_key_opens_gets_the_next_ones() -> None:
    async with opened(ShownDesk()) as (app, pilot):
        await settled(app, pilot)
        app.push_screen(WelcomeScreen(app.link, Surroundings(), firm="Firm"))
        burst(app, "sana@firm.example⏎secret")
        await settled(app, pilot)
        values = [app.screen.query_one(f"#form-{name}", Line).value for name in ("address", "password")]
    assert values == ["ana@firm.example", "secret"]


async def test_the_file_whose_name_was_typed_is_taken(tmp_path: Path) -> None:
    (tmp_path / "another.pdf").touch()
    (tmp_path / "report.pdf").touch()
    taken: list[Path | None] = []
    async with opened(ShownDesk()) as (app, pilot):
        await settled(app, pilot)
        app.push_screen(PickFile(start=tmp_path), taken.append)
        await settled(app, pilot)
        burst(app, "rep⏎")
        await settled(app, pilot)
    assert taken == [tmp_path / "report.pdf"]
