"""As much of CSS as hides text: inline styles, and the plain rules of a sheet. Nothing else of it is looked at."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_MAX_SHEET: Final = 200_000
_ESCAPE: Final = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_LENGTH: Final = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|ex|ch|%|vw|vh|in|cm|mm|pc)?")
_SELECTOR: Final = re.compile(r"[a-z0-9]*([.#][A-Za-z0-9_-]+)")
_BRACE: Final = re.compile(r"[{}]")
_INTERESTING: Final = re.compile(
    r"none|hidden|collapse|opacity|font|height|width|left|top|right|indent|clip|visib|\\", re.IGNORECASE
)
_FAR: Final = -400.0  # pixels or so: no screen shows what stands there
_POSITIONS: Final = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")


class Style(NamedTuple):
    """What a style does to the text in it. None: as around it."""

    gone: bool = False  # whatever stands inside
    unseen: bool | None = None  # visibility: an inner element may be visible again
    tiny: bool | None = None  # font size: an inner one may be larger again


PLAIN: Final = Style()


@lru_cache(maxsize=2048)
def style_of(declarations: str) -> Style:
    """Of the text of a style attribute."""
    if not _INTERESTING.search(declarations):
        return PLAIN
    read = _declarations(declarations)
    return Style(_is_gone(read), _is_unseen(read), _is_tiny(read))


def hidden_names(sheet: str) -> frozenset[str]:
    """The classes (".x") and ids ("#x") that a sheet's rules hide; rules inside @media and the like don't count."""
    text = _COMMENT.sub(" ", sheet[:_MAX_SHEET].replace("<!--", " ").replace("-->", " "))
    names: set[str] = set()
    depth = start = opened = 0
    for brace in _BRACE.finditer(text):
        if brace.group() == "{":
            depth += 1
            opened = brace.end() if depth == 1 else opened
            continue
        depth = max(depth - 1, 0)
        if depth == 0:
            selectors = text[start : opened - 1]
            if opened > start and "@" not in selectors and _hides(text[opened : brace.start()]):
                names.update(_names(selectors))
            start = brace.end()
    return frozenset(names)


def _names(selectors: str) -> list[str]:
    found = (_SELECTOR.fullmatch(one.strip()) for one in selectors.split(","))
    return [match.group(1) for match in found if match]


def _hides(declarations: str) -> bool:
    style = style_of(declarations)
    return style.gone or bool(style.unseen) or bool(style.tiny)


def _declarations(text: str) -> dict[str, str]:
    if "\\" in text:
        text = _ESCAPE.sub(lambda found: chr(min(int(found.group(1), 16), 0xFFFF)), text)
    if "/*" in text:
        text = _COMMENT.sub(" ", text)
    read = {}
    for one in text.lower().split(";"):
        name, _, value = one.partition(":")
        read[name.strip()] = value.replace("!important", "").strip()
    return read


def _is_gone(read: dict[str, str]) -> bool:
    if read.get("display") == "none" or read.get("content-visibility") == "hidden":
        return True
    if "opacity" in read and _number(read["opacity"], 1.0) <= 0.05:
        return True
    if "hidden" in read.get("overflow", "") + read.get("overflow-y", "") + read.get("overflow-x", ""):
        sizes = (read.get(name) for name in ("height", "max-height", "width", "max-width"))
        if any(size and _number(size, 9.0) <= 1 for size in sizes):
            return True
    if "clip" in read and read["clip"].replace(" ", "").startswith(("rect(0", "rect(1px")):
        return True
    return any(name in read and _number(read[name], 0.0) <= _FAR for name in _POSITIONS)


def _is_unseen(read: dict[str, str]) -> bool | None:
    value = read.get("visibility")
    return value in ("hidden", "collapse") if value in ("hidden", "collapse", "visible") else None


def _is_tiny(read: dict[str, str]) -> bool | None:
    size = read.get("font-size")
    if size is None and "font" in read:
        size = next((word.partition("/")[0] for word in read["font"].split() if word[:1].isdigit()), None)
    if size is None:
        return None
    found = _LENGTH.fullmatch(size)
    if not found:
        return False if size in ("small", "medium", "large") or size.startswith(("x-", "xx-")) else None
    number, unit = float(found.group(1)), found.group(2)
    if unit in ("em", "rem", "%", "ex", "ch"):
        return True if number <= (5 if unit == "%" else 0.05) else (False if unit == "rem" else None)
    return number <= 1


def _number(text: str, otherwise: float) -> float:
    found = _LENGTH.match(text)
    return float(found.group(1)) if found else otherwise
