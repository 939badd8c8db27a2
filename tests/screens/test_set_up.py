"""What a member has set up: language, colours, mouse and keys of their own; and plain mode, for screen readers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.paths import under
from store.model.ids import RequestId
from tests.screens.run import mail_screen, opened
from tests.screens.screens import NARROW, WIDE, Screens, firm
from tui import keys
from tui.app import _surroundings
from tui.i18n import set_language
from tui.keys import Place
from tui.signs import LETTERS, set_plain
from tui.theme import LIGHT, PLAIN


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    set_language("en")
    set_plain(False)
    keys.use(keys.TABLE)


async def test_language_and_colours_are_the_member_s() -> None:
    desk = firm()
    desk.own = {"language": "es", "theme": "light"}
    async with opened(desk, size=WIDE) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        assert app.theme == LIGHT
        assert "En espera" in screens.rows
        assert "hecho" in screens.rows.split("\n")[-1]


async def test_a_change_is_there_at_once() -> None:
    desk = firm()
    async with opened(desk, size=WIDE) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await desk.set_setting(RequestId("r"), "language", "es")
        await screens.settle()
        assert "En espera" in screens.rows


async def test_own_keys_do_it_and_the_old_ones_do_not() -> None:
    desk = firm()
    desk.own = {"keys.done": "D", "keys.go_all": "ctrl+a", "keys.archive": "g e"}
    async with opened(desk, size=WIDE) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await screens.press("e")
        assert screens.asked("done") == []
        await screens.press("D")
        assert len(screens.asked("done")) == 1
        assert "D done" in screens.rows.split("\n")[-1]
        await screens.press("g", "e")
        assert len(screens.asked("archive")) == 1
        await screens.press("ctrl+a")
        assert "All mail  4 threads" in screens.rows
        assert ("g e", "archive") in keys.helped(Place.THREADS)
        assert "go to done" not in [label for _keys, label in keys.helped(Place.THREADS)]


async def test_the_mouse_can_be_off() -> None:
    desk = firm()
    desk.own = {"mouse": "off"}
    async with opened(desk, size=WIDE) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        assert not app.mouse
        await screens.press("ctrl+g")
        assert app.mouse


# ---------------------------------------------------------------- plain mode

BOXES = {chr(code) for code in range(0x2500, 0x25A0)}


@pytest.mark.parametrize("size", [WIDE, NARROW, (200, 60)])
async def test_plain_mode_shows_one_pane_at_a_time_without_boxes_or_signs(size: tuple[int, int]) -> None:
    desk = firm()
    desk.made[0].starred = True
    async with opened(desk, size=size, look=PLAIN, plain=True) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        seen = [screens.rows]
        assert "Clients" not in screens.rows
        assert "Thank you!" not in screens.rows.replace("First - Thank you!", "")
        for pressed in (["x"], ["h"], ["l", "enter"], ["question_mark"], ["q", "q", "v"], ["escape", "t"]):
            await screens.press(*pressed)
            seen.append(screens.rows)
        for rows in seen:
            assert not BOXES & set(rows), BOXES & set(rows)
            assert not set(LETTERS) & set(rows), set(LETTERS) & set(rows)
        assert "Clients" in seen[2]
        assert "Where is it?" not in seen[2]
        assert "Bob <bob@b.example>" in seen[3]


async def test_in_plain_mode_letters_mark_threads() -> None:
    desk = firm()
    async with opened(desk, size=NARROW, look=PLAIN, plain=True) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await screens.press("j", "x")
        row = next(row for row in screens.rows.split("\n") if "Bob" in row)
        assert row.startswith("xN Bob")
        assert mail_screen(app).place.value == "threads"


@pytest.mark.parametrize(
    ("environ", "asked", "plain"),
    [
        ({}, False, False),
        ({"POSTROOM_PLAIN": "1"}, False, True),
        ({"POSTROOM_PLAIN": "0"}, False, False),
        ({}, True, True),
    ],
)
def test_who_asks_for_plain_mode_gets_it(
    environ: dict[str, str],
    asked: bool,  # noqa: FBT001 - a row of the table
    plain: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    around = _surroundings({"TERM": "xterm-256color", **environ}, under(tmp_path), plain=asked)
    assert around.plain is plain
    assert (around.theme == PLAIN) is plain
