"""What is written to the terminal, in fewer bytes and with the same effect: a colour that stands is not said again, and
the cursor goes straight to where it is wanted. It matters over a slow line. For full screens, where nothing scrolls.
Must not look at what the text says.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_PIECE: Final = re.compile(
    r"(?P<style>\x1b\[[\d;]*m)"
    r"|(?P<place>\x1b\[\d+;\d+H)"
    r"|(?P<line>\r?\n)"
    r"|(?P<other>\x1b\[[0-?]*[ -/]*[@-~]|\x1b[PX^_\]].*?(?:\x07|\x1b\\)|\x1b.|[\x00-\x1a\x1c-\x1f])"
    r"|(?P<text>[^\x1b\x00-\x1f]+)"
    r"|(?P<rest>.)",
    re.DOTALL,
)
_COLOURS: Final = {38: "fore", 48: "back"}
_LONG: Final = {2: 4, 5: 2}  # 38;2;r;g;b and 38;5;n: so many numbers after the first
_RESET: Final = "\x1b[0m"
_FORE: Final = (*range(30, 38), 39, *range(90, 98))
_BACK: Final = (*range(40, 48), 49, *range(100, 108))
_OFF: Final = {22: {"1", "2"}, 23: {"3"}, 24: {"4", "21"}, 25: {"5", "6"}, 27: {"7"}, 28: {"8"}, 29: {"9"}}
_NO_STYLE: Final = ("", "", frozenset[str]())

Style = tuple[str, str, frozenset[str]]
"""Foreground, background, and what else is on, as the numbers that say so."""


class Thrift:
    """One terminal. It begins by not knowing how the terminal stands."""

    def __init__(self) -> None:
        self._wanted: Style = _NO_STYLE
        self._stands: Style | None = None
        self._parked = ""  # where the cursor was last put at the end of a frame
        self._going = ""  # where it is wanted, not said yet

    def less(self, data: str) -> str:
        """The same, shorter. Held back are a style that nothing was written in yet, and the hidden cursor's way back to
        where it was parked before: the next frame goes somewhere else.
        """
        return "".join(self._pieces(data))

    def _pieces(self, data: str) -> Iterator[str]:
        going, self._going = self._going, ""
        for match in _PIECE.finditer(data):
            kind, piece = match.lastgroup, match[0]
            if kind == "style":
                changed = _styled(self._wanted, piece[2:-1])
                if changed is None:
                    yield going + self._said() + piece
                    going = ""
                else:
                    self._wanted = changed
            elif kind == "place":
                going = piece
            elif kind == "line":
                going += piece  # in full screen nothing scrolls, so that no colour matters to it
            else:
                yield going + self._said() + piece
                going = ""
        if going and going == self._parked:
            self._going = going
        else:
            self._parked = going or self._parked
            yield going

    def _said(self) -> str:
        """What makes the terminal stand as wanted."""
        wanted, stands = self._wanted, self._stands
        self._stands = wanted
        if wanted == stands:
            return ""
        if stands is None or not stands[2] <= wanted[2] or (wanted == _NO_STYLE):
            return f"\x1b[{';'.join(['0', *_numbers(wanted, _NO_STYLE)])}m" if wanted != _NO_STYLE else _RESET
        return f"\x1b[{';'.join(_numbers(wanted, stands))}m"


def _numbers(wanted: Style, stands: Style) -> list[str]:
    """The numbers that lead from one to the other, where nothing has to be switched off."""
    more = sorted(wanted[2] - stands[2])
    colours = [(wanted[0] or "39", stands[0] or "39"), (wanted[1] or "49", stands[1] or "49")]
    return [*more, *(one for one, other in colours if one != other)]


def _palette() -> dict[tuple[int, int, int], int]:
    """The colours that every terminal of 256 colours has under a number: the cube of six levels, and the greys."""
    levels = (0, 95, 135, 175, 215, 255)
    cube = {(r, g, b): 16 + 36 * x + 6 * y + z
            for x, r in enumerate(levels) for y, g in enumerate(levels) for z, b in enumerate(levels)}  # fmt: skip
    greys = {(grey, grey, grey): 232 + n for n, grey in enumerate(range(8, 248, 10))}
    return {**greys, **cube}


_NUMBERED: Final = _palette()


def _colour(number: int, said: list[int]) -> str:
    """A colour by its number in the palette, if it is exactly that one: half the bytes."""
    found = _NUMBERED.get((said[1], said[2], said[3])) if said[0] == 2 else None
    return f"{number};5;{found}" if found is not None else ";".join(map(str, [number, *said]))


@lru_cache(2048)
def _styled(style: Style, numbers: str) -> Style | None:
    """The style after these numbers; None where they are none."""
    fore, back, more = style
    left = [int(number or 0) for number in numbers.split(";")]
    while left:
        number = left.pop(0)
        if number in _COLOURS:
            count = _LONG.get(left[0], 0) if left else 0
            if not count or len(left) < count:
                return None
            colour = _colour(number, left[:count])
            del left[:count]
            fore, back = (colour, back) if number == 38 else (fore, colour)
        elif number == 0:
            fore, back, more = _NO_STYLE
        elif number in _OFF:
            more -= _OFF[number]
        elif number in _FORE:
            fore = "" if number == 39 else str(number)
        elif number in _BACK:
            back = "" if number == 49 else str(number)
        else:
            more |= {str(number)}
    return fore, back, more
