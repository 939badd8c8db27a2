"""The looks of spans: names that rows use, and what of the theme's colours they are.

Colours come from the theme's variables only, and not through the style sheet, which would work out all of them for
every widget at every change of a class. Where a row is drawn in reverse (16 colours, none at all) looks keep only
their weight, or they would leave patches.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.widget import Widget

BOLD: Final = Style(bold=True)
ROW: Final = "row"  # the widget's own ground
CURSOR: Final = "cursor"
BLURRED: Final = "blurred"  # the cursor's row in a widget that has not the focus
_DIM: Final = "dim-style"

_LOOKS: Final[Mapping[str, tuple[str, str]]] = {  # the variables of a colour and of a weight, or the weight itself
    "dim": ("look-dim", _DIM),
    "faint": ("look-faint", _DIM),
    "strong": ("", "bold"),
    "accent": ("look-accent", ""),
    "client": ("look-client", ""),
    "answer": ("look-answer", ""),
    "done": ("look-done", ""),
    "warn": ("look-warn", ""),
    "link": ("look-link", ""),
    "heading": ("look-heading", "bold"),
}
_GROUNDS: Final[Mapping[str, tuple[str, str, str]]] = {  # those of a ground, a colour and a weight
    CURSOR: ("cursor-background", "cursor-foreground", "cursor-style"),
    BLURRED: ("blurred-background", "", "blurred-style"),
}


def ground(widget: Widget, name: str) -> Style:
    """What a whole row is drawn with: the widget's own style, and on it that of the cursor."""
    if name == ROW:
        return widget.rich_style
    back, fore, text = _values(widget.app, _GROUNDS[name])
    return widget.rich_style + _made(back, fore, text)


def look(widget: Widget, name: str, *, base: Style) -> Style:
    """The style that a look adds to a row. Several names are joined by a blank."""
    style = Style.null()
    for each in name.split():
        fore, text = _values(widget.app, _LOOKS[each])
        style += _made("", fore, text)
    return weight(style) if base.reverse else style


def weight(style: Style) -> Style:
    """What is left of a look without its colour."""
    return BOLD if style.bold else Style.null()


def _values(app: App[object], names: tuple[str, ...]) -> list[str]:
    return [app.theme_variables.get(name, name) for name in names]


@lru_cache(256)
def _made(back: str, fore: str, text: str) -> Style:
    style = Style(
        color=Color.parse(fore).rich_color if fore else None, bgcolor=Color.parse(back).rich_color if back else None
    )
    return style + Style.parse(text or "none")
