"""The looks of spans: names that rows use, and the part of a style sheet that gives them colours.

Colours come from the theme's variables only. Where a row is drawn in reverse (16 colours, none at all) looks keep only
their weight, or they would leave patches.
"""

from functools import lru_cache
from typing import Final

from rich.style import Style
from textual.widget import Widget

LOOKS: Final = ("dim", "faint", "strong", "accent", "client", "answer", "done", "warn", "link", "heading")
CLASSES: Final = {f"look--{name}" for name in LOOKS}
BOLD: Final = Style(bold=True)

SHEET: Final = """
    & > .look--dim { color: $look-dim; text-style: $dim-style; }
    & > .look--faint { color: $look-faint; text-style: $dim-style; }
    & > .look--strong { text-style: bold; }
    & > .look--accent { color: $look-accent; }
    & > .look--client { color: $look-client; }
    & > .look--answer { color: $look-answer; }
    & > .look--done { color: $look-done; }
    & > .look--warn { color: $look-warn; }
    & > .look--link { color: $look-link; }
    & > .look--heading { color: $look-heading; text-style: bold; }
"""


def look(widget: Widget, name: str, *, base: Style) -> Style:
    """The style that a look adds to a row. Several names are joined by a blank."""
    style = _partial(widget, name)
    return weight(style) if base.reverse else style


def weight(style: Style) -> Style:
    """What is left of a look without its colour."""
    return BOLD if style.bold else Style.null()


def _partial(widget: Widget, names: str) -> Style:
    style = Style.null()
    for name in names.split():
        style += _bare(widget.get_component_rich_style(f"look--{name}", partial=True))
    return style


@lru_cache(256)
def _bare(style: Style) -> Style:
    """Colour and weight without a background: that is the row's."""
    return Style(color=style.color, bold=style.bold, italic=style.italic, underline=style.underline, dim=style.dim)
