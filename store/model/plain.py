"""Foreign text made safe to show (Z7): the one road from mail, names and servers' replies to a terminal, notice or log.

What could steer a terminal, hide, or reorder text becomes a visible mark; ordinary text of any script stays as it is.
It must not look at where the text is shown, and must not know any screen library.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from unicodedata import category, combining

MAX_MARKS: Final = 4  # combining marks on one letter
_HIDDEN: Final = "·"  # stands for what has no width
_BROKEN: Final = "\ufffd"  # stands for what would act or cannot be shown
_LINE: Final = "⏎"
_VIRAMA: Final = 9  # its canonical combining class
_ZWNJ, _ZWJ, _CIRCLE = "\u200c", "\u200d", "\u25cc"

# Nothing outside this needs a second look: letters, digits and signs of scripts without joiners or combining marks.
_ODD: Final = re.compile(
    "[^ -~\xa0-\xac\xae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u0482\u048a-\u052f\u05d0-\u05ea\u0621-\u064a"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u218b\u2190-\u27ff\u3000-\u3029\u3030-\u3096"
    "\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f\U0001f300-\U0001f3fa\U0001f400-\U0001f64f"
    "\U0001f680-\U0001f6d7\U0001f900-\U0001f9ff]"
)
# Format characters that are seen: Arabic, Syriac and Kaithi number signs.
_SEEN: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Invisible without being format characters: joiner of graphemes, fillers, vowels and selectors without a shape.
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NO_EMOJI: Final = frozenset([_BROKEN, _CIRCLE, *map(chr, range(0x2400, 0x2440))])

_KEEP, _COMBINING, _JOINER, _MARK = range(4)


def plain(text: str) -> str:
    """One line, safe to show: at most a few characters longer, the same again when applied again."""
    if text.isascii() and text.isprintable():
        return text
    if not _ODD.search(text):
        return text
    return _shown(text.replace("\r\n", "\n"), _seen_as, _CIRCLE)


def plain_lines(text: str) -> list[str]:
    """The lines of a body, each safe to show; tabs become blanks."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return [plain(line.expandtabs(8) if "\t" in line else line) for line in whole.split("\n")]


def escape_json(text: str) -> str:
    r"""A JSON text (line ends between its values included) with the same characters as \u escapes."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "\n".join(_shown(line, _escaped, "") if _ODD.search(line) else line for line in text.split("\n"))


def _shown(text: str, mark: Callable[[str], str], lead: str) -> str:
    """Copies what is harmless and writes `mark` of everything else. `lead` carries a combining mark that has no letter;
    without it nothing is left out and each surplus mark is written."""
    out: list[str] = []
    last = ""
    stacked = 0
    for place, char in enumerate(text):
        kind = _kind(char)
        shown = char
        if kind == _COMBINING:
            stacked += 1
            if stacked > MAX_MARKS + 1 and lead:
                continue
            if stacked > MAX_MARKS:
                shown = mark(char)
            elif not last:
                shown = lead + char  # else it would sit on whatever stands before this text
        elif kind == _KEEP:
            stacked = 0
        elif kind == _MARK or not _joins(last, text[place + 1 : place + 2]):
            stacked = 0
            shown = mark(char)
        out.append(shown)
        last = shown[-1]
    return "".join(out)


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between these is part of a word or an emoji."""
    if not before:
        return False
    if combining(before) == _VIRAMA:  # the joiner shapes the letter before it, also at a word's end
        return True
    if not after or _kind(after) != _KEEP:
        return False
    if _is_emoji(after):
        return _is_emoji(before) or before == "\ufe0f"
    return category(after)[0] == "L" and category(before)[0] in "LM" and before != "\ufe0f"


def _is_emoji(char: str) -> bool:
    if "\U0001f000" <= char <= "\U0001faff":
        return True
    return "\u2190" <= char <= "\u2bff" and char not in _NO_EMOJI and category(char)[0] == "S"


@lru_cache(maxsize=4096)
def _kind(char: str) -> int:
    if char in (_ZWNJ, _ZWJ):
        return _JOINER
    if char in _INVISIBLE or "\U000e0000" <= char <= "\U000e0fff":
        return _MARK
    group = category(char)
    if group in ("Mn", "Me"):
        return _COMBINING
    if group in ("Cc", "Cs", "Co", "Zl", "Zp") or (group == "Cf" and char not in _SEEN):
        return _MARK
    # Not `Cn` as a whole: emoji newer than this Python are in it. Non-characters are.
    return _MARK if ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef" else _KEEP


def _seen_as(char: str) -> str:
    code = ord(char)
    if char == "\t":
        return " "
    if char in "\n\r\u2028\u2029":
        return _LINE
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code in range(0x80, 0xA0) or char in _BIDI or "\U000e0000" <= char <= "\U000e007f":
        return _BROKEN
    return _HIDDEN if category(char) in ("Cf", "Mn", "Lo") else _BROKEN


def _escaped(char: str) -> str:
    code = ord(char)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
