"""Choosing, being asked, saying yes or no: by keys alone, over a screen that gets none of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import ModalScreen

from store.model.errors import Away
from tests.screens.desk import ShownDesk
from tests.screens.run import opened, settled, shown
from tui.app import PostroomApp
from tui.screens.asking import AskText, Confirm
from tui.screens.chooser import Chooser, Option

CLIENTS = [Option(value=name, text=name, note=note) for name, note in
           (("Alpha", ""), ("Bravo Inc", "ada@b.example"), ("Charlie Ltd", ""), ("Árbol", ""))]  # fmt: skip
WIDE, NARROW = (120, 40), (80, 24)


class Asked:
    """A dialog over the mail, and what it was answered with."""

    def __init__(self, app: PostroomApp, pilot: Pilot[Any], desk: ShownDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk
        self.answers: list[Any] = []

    async def ask(self, screen: ModalScreen[Any]) -> "Asked":
        await self.app.push_screen(screen, self.answers.append)
        await settled(self.app, self.pilot)
        return self

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settled(self.app, self.pilot)

    @property
    def rows(self) -> str:
        return "\n".join(shown(self.app))


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
async def asked(request: pytest.FixtureRequest) -> AsyncIterator[Asked]:
    desk = ShownDesk()
    desk.fill(3)
    async with opened(desk, size=request.param) as (app, pilot):
        await settled(app, pilot)
        yield Asked(app, pilot, desk)


async def test_a_few_letters_and_enter_choose(asked: Asked) -> None:
    await asked.ask(Chooser("File to client", CLIENTS, placeholder="client"))
    for words in ("File to client", "Alpha", "Bravo Inc", "Charlie Ltd", "⏎ choose", "Esc leave"):
        assert words in asked.rows
    await asked.press(*"arb")
    assert "Alpha" not in asked.rows
    await asked.press("enter")
    assert asked.answers == ["Árbol"]


async def test_the_note_is_searched_too(asked: Asked) -> None:
    await asked.ask(Chooser("File to client", CLIENTS))
    await asked.press(*"ada@", "enter")
    assert asked.answers == ["Bravo Inc"]


async def test_what_is_found_far_behind_in_a_note_marks_nothing(asked: Asked) -> None:
    far = Option("Ruiz", text="Ruiz", note=f"{'a long note ' * 12}zeta")
    await asked.ask(Chooser("File to client", (*CLIENTS, far)))
    await asked.press(*"zeta", "enter")
    assert asked.answers == ["Ruiz"]


@pytest.mark.parametrize(("down", "up"), [("down", "up"), ("ctrl+n", "ctrl+p"), ("tab", "up")])
async def test_keys_that_move_among_what_fits(asked: Asked, down: str, up: str) -> None:
    await asked.ask(Chooser("File to client", CLIENTS))
    await asked.press(down, down, up, "enter")
    assert asked.answers == ["Bravo Inc"]


async def test_j_and_k_are_letters_here(asked: Asked) -> None:
    await asked.ask(Chooser("File to client", CLIENTS))
    await asked.press("j")
    assert "Nothing fits." in asked.rows
    await asked.press("enter")
    assert asked.answers == []
    await asked.press("escape")
    assert asked.answers == [None]
    assert [name for name, _given, _named in asked.desk.calls if name in ("done", "archive")] == []


async def test_what_is_typed_may_make_an_option_of_its_own(asked: Asked) -> None:
    def other(typed: str) -> Option[str] | None:
        return Option(value=f"new {typed}", text=f"new client “{typed}”")

    await asked.ask(Chooser("Client", CLIENTS, other=other))
    await asked.press(*"zulu")
    assert "new client “zulu”" in asked.rows
    await asked.press("enter")
    assert asked.answers == ["new zulu"]


async def test_tab_takes_the_next_reach(asked: Asked) -> None:
    chooser = Chooser("File to client", CLIENTS, reaches=("this thread", "always for this sender"))
    await asked.ask(chooser)
    assert "this thread" in asked.rows
    await asked.press("tab")
    assert "always for this sender" in asked.rows
    await asked.press("enter")
    assert asked.answers == ["Alpha"]
    assert chooser.reach == 1


async def test_it_takes_keys_while_its_options_are_on_their_way(asked: Asked) -> None:
    come = asyncio.Event()

    async def options() -> Sequence[Option[str]]:
        await come.wait()
        return CLIENTS

    await asked.app.push_screen(Chooser("File to client", options), asked.answers.append)
    for key in (*"char", "enter"):
        asked.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await asked.pilot.pause()
    assert "looking…" in asked.rows
    assert asked.answers == []
    come.set()
    await settled(asked.app, asked.pilot)
    assert asked.answers == ["Charlie Ltd"]


async def test_options_that_are_refused_say_why(asked: Asked) -> None:
    async def refused() -> Sequence[Option[str]]:
        raise Away("office_gone")

    await asked.ask(Chooser("File to client", refused))
    assert "office" in asked.rows
    await asked.press("enter", "escape")
    assert asked.answers == [None]


async def test_foreign_names_are_made_safe(asked: Asked) -> None:
    await asked.ask(Chooser("File to client", [Option(value=1, text="a\x1b]52;c;eA\x07b[/foo]", note="\u202ex")]))
    assert not {"\x1b", "\x07", "\u202e"} & set(asked.rows)
    assert "[/foo]" in asked.rows


async def test_many_options_are_seen_through_a_window(asked: Asked) -> None:
    many = [Option(value=number, text=f"Client {number}") for number in range(1000)]
    await asked.ask(Chooser("File to client", many))
    await asked.press(*["down"] * 30, "enter")
    assert asked.answers == [30]


# ---------------------------------------------------------------- a text


async def test_a_text_is_asked_for(asked: Asked) -> None:
    await asked.ask(AskText("Name of the client", text="Olmo", note="3 past emails are filed."))
    assert "3 past emails are filed." in asked.rows
    await asked.press(*" Vega", "enter")
    assert asked.answers == ["Olmo Vega"]


async def test_leaving_gives_no_text(asked: Asked) -> None:
    await asked.ask(AskText("Name of the client", text="Olmo"))
    await asked.press("escape")
    assert asked.answers == [None]


async def test_a_password_is_not_shown(asked: Asked) -> None:
    await asked.ask(AskText("Password", password=True))
    await asked.press(*"tops3cret")
    assert "tops3cret" not in asked.rows
    await asked.press("enter")
    assert asked.answers == ["tops3cret"]


async def test_several_lines_are_taken_by_a_key_of_their_own(asked: Asked) -> None:
    await asked.ask(AskText("Comment", lines=4))
    assert "^s take it" in asked.rows
    await asked.press(*"one", "enter", *"two", "ctrl+s")
    assert asked.answers == ["one\ntwo"]


async def test_pasted_controls_never_get_in(asked: Asked) -> None:
    for screen in (AskText("Comment", lines=4), AskText("Name")):
        await asked.ask(screen)
        assert asked.app.focused is not None
        asked.app.post_message(events.Paste("a\x1b[31mb\u202ec"))
        await settled(asked.app, asked.pilot)
        assert "\x1b" not in asked.rows
        await asked.press("ctrl+s")
    assert len(asked.answers) == 2
    assert not {"\x1b", "\u202e"} & set("".join(asked.answers))
    assert all(answer.count("a") == 1 for answer in asked.answers)  # each paste once


# ---------------------------------------------------------------- yes or no


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("enter", True), ("n", False), ("escape", False)])
async def test_yes_and_no(asked: Asked, key: str, answer: bool) -> None:  # noqa: FBT001 - a row of the table
    await asked.ask(Confirm("Delete 12 threads?", yes="delete"))
    assert "Delete 12 threads?" in asked.rows
    assert "y delete" in asked.rows
    await asked.press(key)
    assert asked.answers == [answer]
