"""What a member can set up, and to what.

Invariant: what `canonical` gives is itself canonical; everything else is refused, so that whoever reads a setting need
not judge it. Of a key's name only the shape is judged here: which keys and actions there are the screens know.
"""

import re
from collections.abc import Mapping
from typing import Final

from store.model.record import Record

LANGUAGE: Final = "language"
THEME: Final = "theme"
HOLD: Final = "hold"
DONE_ARCHIVES: Final = "done_archives"
MOUSE: Final = "mouse"
JOURNAL_HEAD: Final = "journal.head"  # how the last entry is told outside, once a week
DOCUMENT_LIMIT: Final = "documents.limit"
DOCUMENT_TYPES: Final = "documents.types"
AMBIGUOUS: Final = "filing.ambiguous"  # who sees an ambiguous email ([C3]): who may see every candidate, or any
KEYS: Final = "keys."
MOST_KEYS: Final = 6

_ACTION: Final = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
_KEY: Final = re.compile(r"[\w+]{1,40}(?: [\w+]{1,40})?")  # one, or two after each other


class Setting(Record, frozen=True, kw_only=True):
    """One of the settings: one of `values`, some of `words`, or (`most`) a number from 0 to it. `firm`: it is the
    firm's, set by owner and admins.
    """

    default: str
    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    most: int = 0
    firm: bool = False


KNOWN: Final[dict[str, Setting]] = {
    LANGUAGE: Setting(default="auto", values=("auto", "en", "es")),
    THEME: Setting(default="auto", values=("auto", "dark", "light", "plain")),
    HOLD: Setting(default="10", most=120),
    DONE_ARCHIVES: Setting(default="on", values=("on", "off")),
    MOUSE: Setting(default="auto", values=("auto", "on", "off")),
    JOURNAL_HEAD: Setting(default="log", values=("off", "log", "mail"), firm=True),
    AMBIGUOUS: Setting(default="every", values=("every", "any"), firm=True),
    DOCUMENT_LIMIT: Setting(default="25", most=200, firm=True),
    DOCUMENT_TYPES: Setting(default="office,pdf,images", words=("office", "pdf", "images", "text", "other"), firm=True),
}


def is_known(key: str) -> bool:
    """Whether there is such a setting; an action's keys are one, whatever the action."""
    return key in KNOWN or (key.startswith(KEYS) and _ACTION.fullmatch(key.removeprefix(KEYS)) is not None)


def canonical(key: str, value: str) -> str | None:
    """The value as it is kept; None if the setting cannot be that."""
    text = value.strip()
    if key.startswith(KEYS):
        keys = dict.fromkeys(" ".join(one.split()) for one in text.split(","))
        return ",".join(keys) if len(keys) <= MOST_KEYS and all(map(_KEY.fullmatch, keys)) else None
    setting = KNOWN[key]
    if setting.values:
        word = text.lower()
        return word if word in setting.values else None
    if setting.words:
        chosen = {word.strip() for word in text.lower().split(",")}
        return ",".join(word for word in setting.words if word in chosen) if chosen <= {*setting.words} else None
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else setting.most + 1
    return str(number) if number <= setting.most else None


def is_firms(key: str) -> bool:
    """Whether it holds for everybody."""
    return key in KNOWN and KNOWN[key].firm


def allowed(key: str) -> str:
    """What a setting may be, for a person."""
    if key.startswith(KEYS):
        return "j · j,down · ctrl+d · g i"
    setting = KNOWN[key]
    return " · ".join(setting.values) or ",".join(setting.words) or f"0–{setting.most}"


def with_defaults(own: Mapping[str, str]) -> dict[str, str]:
    """All settings of a member: their own where it (still) makes sense, else as it is at first; then their own keys."""
    kept = {key: value for key, value in own.items() if is_known(key) and canonical(key, value) == value}
    return {key: setting.default for key, setting in KNOWN.items()} | dict(sorted(kept.items()))
