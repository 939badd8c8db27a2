"""The signs that lists and texts are marked with, and the letters that stand for them in plain mode.

Plain mode is for screen readers and terminals without such signs: letters that can be said, no boxes. A letter is as
wide as its sign, so that nothing moves.
"""

from typing import Final

MARKED: Final = "◆"

LETTERS: Final = {
    "●": "N",  # not read: new
    "★": "*",
    MARKED: "x",
    "⊕": "@",
    "›": ">",  # to answer
    "↩": "<",  # answered
    "✓": "+",  # done
    "▸": ">",
    "▎": "|",
    "·": "-",
    "⇥": ">",
    "→": ">",
}
_TABLE: Final = str.maketrans(LETTERS)


class _Look:
    """How signs look now: one person has one terminal."""

    plain = False


_look = _Look()


def set_plain(plain: bool) -> None:  # noqa: FBT001 - what it is set to
    """Letters for signs, from now on."""
    _look.plain = plain


def is_plain() -> bool:
    """Whether letters stand for signs."""
    return _look.plain


def lettered(text: str) -> str:
    """A text as it is shown."""
    return text.translate(_TABLE) if _look.plain and not text.isascii() else text
