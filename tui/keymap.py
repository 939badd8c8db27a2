"""A member's own keys: how they are written in a setting, and the table of keys with them in it.

An own key takes the place of the same key elsewhere in the table; two own ones for one key are refused when they are
set. Digits stay counts. Must not know a screen.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from store.model.errors import BadRequest
from store.rules.settings import KEYS
from tui.keys import BY_ACTION, TABLE, Key

_NAMED: Final = frozenset(key.value for key in Keys)
_HELD: Final = ("ctrl+", "alt+", "shift+")
_ASCII: Final = "".join(map(chr, range(33, 127)))


def parsed(text: str) -> tuple[str, ...]:
    """Textual's names of keys as a person writes them: `E`, `!`, `ctrl+d`, `g i`; several with commas between.

    Raises BadRequest("bad_key").
    """
    found = []
    for one in text.split(",") if text.strip() != "," else ["comma"]:
        keys = [_named(key) for key in one.split()]
        if not 1 <= len(keys) <= 2 or keys[0] in "0123456789":
            raise BadRequest("bad_key", key=one.strip())
        found.append(" ".join(keys))
    return tuple(dict.fromkeys(found))


def _named(key: str) -> str:
    held = next((start for start in _HELD if key.startswith(start) and key != start), "")
    bare = key.removeprefix(held)
    if len(bare) == 1 and bare.isprintable():
        return held + _name_of(bare)
    if bare in _CHARACTERS or key in _NAMED or bare in _NAMED:
        return key
    raise BadRequest("bad_key", key=key)


def _name_of(character: str) -> str:
    """As Textual names a typed character."""
    if character.isalnum():
        return character
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


_CHARACTERS: Final = frozenset(map(_name_of, _ASCII))


def own(settings: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Action → keys, of a member's settings; what this version has no action for is left out."""
    return {
        action: tuple(value.split(","))
        for key, value in settings.items()
        if key.startswith(KEYS) and may_be_set(action := key.removeprefix(KEYS))
    }


def may_be_set(action: str) -> bool:
    """Whether there is such an action, and its keys are the table's to give."""
    return action in BY_ACTION and BY_ACTION[action].bound


def rebound(settings: Mapping[str, str], table: Sequence[Key] = TABLE) -> tuple[Key, ...]:
    """The table with a member's own keys in it; the same key of another action in the same place is gone."""
    mine = own(settings)
    return tuple(
        replace(entry, keys=mine[entry.action]) if entry.action in mine else replace(entry, keys=_left(entry, mine))
        for entry in table
    )


def _left(entry: Key, mine: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    taken = [key for action, keys in mine.items() if _meets(entry, BY_ACTION[action]) for key in keys]
    return tuple(key for key in entry.keys if not any(_same(key, other) for other in taken))


def clashes(action: str, keys: Iterable[str], table: Sequence[Key]) -> list[str]:
    """The other actions of a table that have one of these keys in the same place."""
    wanted = tuple(keys)
    return [
        entry.action
        for entry in table
        if entry.action != action
        and _meets(entry, BY_ACTION[action])
        and any(_same(key, other) for key in entry.keys for other in wanted)
    ]


def _meets(one: Key, other: Key) -> bool:
    return not set(one.places).isdisjoint(other.places)


def _same(one: str, other: str) -> bool:
    """Also a key that begins the other: it would never wait for the second."""
    return one == other or one.startswith(f"{other} ") or other.startswith(f"{one} ")
