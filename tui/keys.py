"""The one table of keys: what each does, where, and what it is called. Bindings, footer and help are made from it.

A key acts in the places it names and nowhere else, so that one key may do different things in different places.
No command lives only on Alt, function keys, Ctrl+Enter or Shift+arrows: SSH and tmux lose them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from textual.binding import Binding

from tui.i18n import N_, _


class Place(StrEnum):
    """Where a person is on a screen."""

    FOLDERS = "folders"
    THREADS = "threads"
    READING = "reading"
    SEARCH = "search"  # typing a search
    DIALOG = "dialog"  # a help page, the reasons of a filing


LISTS: Final = (Place.FOLDERS, Place.THREADS)
PANES: Final = (*LISTS, Place.READING)
MAIL: Final = (Place.THREADS, Place.READING)
SCROLLS: Final = (*PANES, Place.DIALOG)


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One action. `keys` are Textual's names, the first is shown; `footer` orders the line of keys, if it is there."""

    action: str
    keys: tuple[str, ...]
    places: tuple[Place, ...]
    label: str
    footer: int | None = None
    bound: bool = True  # False: the widget that has the focus does it by itself

    @property
    def shown(self) -> str:
        """The key as a person reads it."""
        return _readable(self.keys[0])


TABLE: Final[tuple[Key, ...]] = (
    Key(action="down", keys=("j", "down"), places=SCROLLS, label=N_("down")),
    Key(action="up", keys=("k", "up"), places=SCROLLS, label=N_("up")),
    Key(action="half_down", keys=("ctrl+d", "pagedown", "space"), places=SCROLLS, label=N_("half a page down")),
    Key(action="half_up", keys=("ctrl+u", "pageup"), places=SCROLLS, label=N_("half a page up")),
    Key(action="top", keys=("g g", "home"), places=SCROLLS, label=N_("to the top")),
    Key(action="bottom", keys=("G", "end"), places=SCROLLS, label=N_("to the end")),
    Key(action="open", keys=("enter",), places=LISTS, label=N_("open"), footer=1),
    Key(action="fetch", keys=("enter",), places=(Place.READING,), label=N_("fetch the text")),
    Key(action="next_email", keys=("J",), places=MAIL, label=N_("next email"), footer=2),
    Key(action="previous_email", keys=("K",), places=MAIL, label=N_("previous email")),
    Key(action="quotes", keys=("z",), places=(Place.READING,), label=N_("quotes"), footer=6),
    Key(action="left", keys=("h", "left"), places=PANES, label=N_("pane to the left")),
    Key(action="right", keys=("l", "right"), places=LISTS, label=N_("pane to the right")),
    Key(action="search", keys=("slash",), places=PANES, label=N_("search"), footer=7),
    Key(action="next_hit", keys=("n",), places=MAIL, label=N_("next hit")),
    Key(action="previous_hit", keys=("N",), places=MAIL, label=N_("previous hit")),
    Key(action="done", keys=("e",), places=MAIL, label=N_("done"), footer=4),
    Key(action="why", keys=("w",), places=MAIL, label=N_("why"), footer=5),
    Key(action="undo", keys=("u",), places=PANES, label=N_("undo")),
    Key(action="go_inbox", keys=("g i",), places=PANES, label=N_("go to the inbox")),
    Key(action="go_waiting", keys=("g w",), places=PANES, label=N_("go to waiting")),
    Key(action="go_unfiled", keys=("g u",), places=PANES, label=N_("go to unfiled")),
    Key(action="go_done", keys=("g d",), places=PANES, label=N_("go to done")),
    Key(action="go_all", keys=("g a",), places=PANES, label=N_("go to all mail")),
    Key(action="light", keys=("ctrl+t",), places=PANES, label=N_("light or dark")),
    Key(action="back", keys=("q",), places=SCROLLS, label=N_("back"), footer=9),
    Key(action="leave", keys=("escape",), places=SCROLLS, label=N_("leave")),
    Key(action="submit", keys=("enter",), places=(Place.SEARCH,), label=N_("to the hits"), footer=1, bound=False),
    Key(action="leave_search", keys=("escape",), places=(Place.SEARCH,), label=N_("leave the search"), footer=2),
    Key(action="help", keys=("question_mark",), places=PANES, label=N_("help"), footer=8),
)

_SHOWN: Final = {
    "slash": "/",
    "question_mark": "?",
    "enter": "⏎",
    "escape": "Esc",
    "space": N_("Space"),
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": N_("PgUp"),
    "pagedown": N_("PgDn"),
    "home": N_("Home"),
    "end": N_("End"),
}
_CHORD: Final = " "


def bindings(*places: Place) -> list[Binding]:
    """Bindings for a screen that has these places; keys typed one after the other are in `chords`."""
    return [
        Binding(
            ",".join(key for key in entry.keys if _CHORD not in key),
            entry.action,
            entry.label,
            show=False,
            priority=True,  # done in the order of typing, before a later key goes to what had the focus
            id=entry.action,
        )
        for entry in TABLE
        if entry.bound and set(entry.places) & set(places) and any(_CHORD not in key for key in entry.keys)
    ]


def chords() -> dict[str, str]:
    """Keys typed one after the other → action."""
    return {key: entry.action for entry in TABLE for key in entry.keys if _CHORD in key}


def acts(action: str, place: Place) -> bool:
    """Whether an action of the table is meant in a place; what is not in the table is not judged."""
    entry = BY_ACTION.get(action)
    return entry is None or place in entry.places


def footer(place: Place) -> list[Key]:
    """What the line of keys shows in a place, in order."""
    return sorted((k for k in TABLE if k.footer is not None and place in k.places), key=lambda key: key.footer or 0)


def helped(place: Place) -> list[tuple[str, str]]:
    """Every key of a place with what it does, for the help page."""
    return [
        (", ".join(_readable(key) for key in entry.keys), _(entry.label)) for entry in TABLE if place in entry.places
    ]


def _readable(key: str) -> str:
    return _(_SHOWN[key]) if key in _SHOWN else key.replace("ctrl+", "^")


BY_ACTION: Final = {entry.action: entry for entry in TABLE}


@dataclass(slots=True)
class Typed:
    """Counts and chords as they are typed: digits are a count, a chord's first key waits for its second."""

    count: str = ""
    pending: str = ""

    def feed(self, key: str, character: str | None) -> tuple[bool, str | None]:
        """Take a key: (taken, action to run). A key that is not taken goes its usual way."""
        if self.pending:
            action = chords().get(f"{self.pending} {key}")
            self.pending = ""
            return True, action
        if character is not None and character in "0123456789" and (self.count or character != "0"):
            self.count = (self.count + character)[:6]
            return True, None
        if any(chord.startswith(f"{key} ") for chord in chords()):
            self.pending = key
            return True, None
        return False, None

    def take(self) -> int | None:
        """The count typed so far; it is gone then."""
        count, self.count = self.count, ""
        return int(count) if count else None

    @property
    def shown(self) -> str:
        """What has been typed and waits."""
        return self.count + self.pending
