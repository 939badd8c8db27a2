"""A member's own keys in the table: how they are written, what gives way to them, and what they cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.errors import BadRequest
from store.rules.settings import KEYS, canonical
from tui.keymap import clashes, may_be_set, parsed, rebound
from tui.keys import TABLE, Key, Place

ACTIONS = [entry.action for entry in TABLE if entry.bound]


def by_action(table: tuple[Key, ...]) -> dict[str, Key]:
    return {entry.action: entry for entry in table}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("E", ("E",)),
        ("!", ("exclamation_mark",)),
        ("+, *", ("plus", "asterisk")),
        (",", ("comma",)),
        ("ctrl+d,pagedown", ("ctrl+d", "pagedown")),
        ("g  i", ("g i",)),
        ("g !", ("g exclamation_mark",)),
        ("question_mark", ("question_mark",)),
        ("shift+tab", ("shift+tab",)),
        ("ñ", ("ñ",)),
        ("j,j", ("j",)),
    ],
)
def test_keys_are_written_as_they_are_typed(text: str, keys: tuple[str, ...]) -> None:
    assert parsed(text) == keys
    assert canonical(f"{KEYS}done", ",".join(keys)) == ",".join(keys)


@pytest.mark.parametrize("text", ["", "nokey", "5", "5 g", "g g g", "j,", "\x1b", "ctrl+", "ctrl+nokey"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="bad_key"):
        parsed(text)


def test_the_keys_of_the_table_can_all_be_written() -> None:
    for entry in TABLE:
        for key in entry.keys:
            assert parsed(key) == (key,)


def test_without_own_keys_the_table_is_as_it_is() -> None:
    assert rebound({"theme": "dark", "keys.no_such_action": "j"}) == TABLE


def test_an_own_key_takes_the_place_of_the_same_key_elsewhere() -> None:
    table = by_action(rebound({"keys.archive": "e", "keys.go_done": "x"}))
    before = by_action(TABLE)
    assert table["archive"].keys == ("e",)
    assert "e" not in table["done"].keys
    assert table["archive_notice"].keys == before["archive_notice"].keys, "another place"
    assert "x" not in table["mark"].keys
    assert table["go_deleted"].keys == before["go_deleted"].keys, "g x is another key"


def test_a_key_that_begins_another_takes_it_along() -> None:
    table = by_action(rebound({"keys.star": "g"}))
    assert all(not key.startswith("g ") for name in ("top", "go_inbox") for key in table[name].keys)
    assert "home" in table["top"].keys


@given(
    st.dictionaries(
        st.sampled_from(ACTIONS), st.sampled_from(["e", "g", "g e", "x", "ctrl+d", "F", "enter"]), max_size=3
    )
)
def test_what_clashes_with_nothing_means_one_thing_everywhere(own: dict[str, str]) -> None:
    settings: dict[str, str] = {}
    for action, key in own.items():
        if not [name for name in clashes(action, (key,), rebound(settings)) if f"{KEYS}{name}" in settings]:
            settings[f"{KEYS}{action}"] = key
    table = rebound(settings)
    assert [entry.action for entry in table] == [entry.action for entry in TABLE]
    for place in Place:
        mine = [(entry.action, key) for entry in table if place in entry.places for key in entry.keys]
        chosen = [(action, key) for action, key in mine if f"{KEYS}{action}" in settings]
        for action, key in chosen:
            assert [other for other, same in mine if same == key] == [action]


def test_what_a_widget_does_by_itself_cannot_be_set() -> None:
    assert not may_be_set("submit")
    assert not may_be_set("no_such_action")
    assert may_be_set("done")
