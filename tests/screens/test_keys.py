"""The table of keys: whole, without clashes, and meant by the screens that use it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.screen import Screen

from tui import keys
from tui.keys import PANES, TABLE, Place, Typed
from tui.screens.dialog import Dialog
from tui.screens.mail import MailScreen

# What SSH and tmux lose, or a terminal can't send.
LOST = re.compile(r"alt\+|^f\d|ctrl\+(enter|shift|tab)|shift\+(up|down|left|right)")


def test_one_key_does_one_thing_in_one_place() -> None:
    taken = [(key, place) for entry in TABLE for key in entry.keys for place in entry.places]
    assert len(taken) == len(set(taken))


def test_no_command_lives_on_a_key_that_gets_lost() -> None:
    for entry in TABLE:
        if entry.keys:
            assert any(not LOST.search(key) for key in entry.keys), entry.action
        else:
            assert entry.in_palette, entry.action


@pytest.mark.parametrize("entry", [entry for entry in TABLE if entry.bound], ids=lambda entry: entry.action)
def test_each_action_is_done_by_a_screen(entry: keys.Key) -> None:
    if set(entry.places) & {*PANES, Place.SEARCH}:
        assert callable(getattr(MailScreen, f"action_{entry.action}"))
    if Place.DIALOG in entry.places:
        assert callable(getattr(Dialog, f"action_{entry.action}"))


def test_screens_have_no_keys_beside_the_table() -> None:
    screens = [one for one in _below(Screen) if one.__module__.startswith("tui.")]
    assert len(screens) > 10
    for screen in screens:
        assert "BINDINGS" not in vars(screen), screen
        assert isinstance(getattr(screen, "place", None), (Place, property)), screen


def _below(kind: type[Any]) -> list[type[Any]]:
    return [found for one in kind.__subclasses__() for found in (one, *_below(one))]


@pytest.mark.parametrize("place", [*PANES, Place.SEARCH])
def test_the_footer_shows_keys_of_its_place_only(place: Place) -> None:
    shown = keys.footer(place)
    assert shown
    assert all(place in key.places for key in shown)
    assert [key.footer for key in shown] == sorted(key.footer or 0 for key in shown)


@pytest.mark.parametrize("place", PANES)
def test_the_help_names_every_key_of_its_place(place: Place) -> None:
    told = keys.helped(place)
    assert len(told) == sum(place in entry.places and bool(entry.keys) for entry in TABLE)
    assert all(shown and words for shown, words in told)


def test_digits_are_a_count_and_are_taken_once() -> None:
    typed = Typed()
    assert typed.feed("1", "1") == (True, None)
    assert typed.feed("0", "0") == (True, None)
    assert typed.feed("j", "j") == (False, None)
    assert typed.take() == 10
    assert typed.take() is None


def test_a_zero_alone_is_no_count() -> None:
    assert Typed().feed("0", "0") == (False, None)


def test_keys_one_after_the_other() -> None:
    typed = Typed()
    assert typed.feed("g", "g") == (True, None)
    assert typed.shown == "g"
    assert typed.feed("g", "g") == (True, "top")
    assert typed.shown == ""


def test_a_chord_that_is_none_is_dropped_with_its_second_key() -> None:
    typed = Typed()
    typed.feed("g", "g")
    assert typed.feed("z", "z") == (True, None)
    assert typed.feed("j", "j") == (False, None)


@given(st.lists(st.sampled_from([*"0123456789gjGx", "escape"]), max_size=40))
def test_what_waits_stays_small_and_never_stands_in_the_way(pressed: list[str]) -> None:
    typed = Typed()
    for key in pressed:
        taken, action = typed.feed(key, key if len(key) == 1 else None)
        assert taken or action is None
        assert len(typed.shown) <= 7
    typed.take()
    if typed.pending:
        typed.feed("escape", None)
    assert typed.feed("j", "j") == (False, None)
