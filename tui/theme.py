"""The colours: calm, dark and light, and one set that uses the terminal's own sixteen. Everything else names variables.

What changes at every key has a colour that the palette of 256 has under a number: it costs half the bytes.
A theme with colours of its own needs a terminal of 256 or more; with fewer, or NO_COLOR, the third one says all by
weight and reverse.
"""

from collections.abc import Mapping
from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

DARK: Final = "postroom-dark"
LIGHT: Final = "postroom-light"
PLAIN: Final = "postroom-plain"


def _theme(name: str, *, dark: bool, looks: Mapping[str, str], ground: str, pane: str, text: str) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary=looks["look-accent"],
        secondary=looks["look-client"],
        accent=looks["look-accent"],
        warning=looks["look-answer"],
        error=looks["look-warn"],
        success=looks["look-done"],
        foreground=text,
        background=ground,
        surface=ground,
        panel=pane,
        variables=dict(looks),
    )


_DARK_LOOKS: Final = {
    "look-dim": "#9e9e9e",
    "look-faint": "#767676",
    "look-accent": "#87afff",
    "look-client": "#5fafaf",
    "look-answer": "#d7af5f",
    "look-done": "#87af5f",
    "look-warn": "#d7875f",
    "look-link": "#87afff",
    "look-heading": "#eeeeee",
    "cursor-background": "#2c3b55",
    "cursor-foreground": "#d0d0d0",  # as all text: another colour costs bytes at every j
    "cursor-style": "none",
    "blurred-background": "#303030",
    "blurred-style": "none",
    "line-background": "#262626",
    "dim-style": "none",
}
_LIGHT_LOOKS: Final = {
    "look-dim": "#626262",
    "look-faint": "#8a8a8a",
    "look-accent": "#005fd7",
    "look-client": "#005f5f",
    "look-answer": "#875f00",
    "look-done": "#008700",
    "look-warn": "#af0000",
    "look-link": "#005fd7",
    "look-heading": "#121212",
    "cursor-background": "#d5e3fb",
    "cursor-foreground": "#262626",
    "cursor-style": "none",
    "blurred-background": "#dadada",
    "blurred-style": "none",
    "line-background": "#e4e4e4",
    "dim-style": "none",
}
_PLAIN_LOOKS: Final = {
    "look-dim": "ansi_default",
    "look-faint": "ansi_default",
    "look-accent": "ansi_blue",
    "look-client": "ansi_cyan",
    "look-answer": "ansi_yellow",
    "look-done": "ansi_green",
    "look-warn": "ansi_red",
    "look-link": "ansi_blue",
    "look-heading": "ansi_default",
    "cursor-background": "ansi_default",
    "cursor-foreground": "ansi_default",
    "cursor-style": "reverse",
    "blurred-background": "ansi_default",
    "blurred-style": "underline",
    "line-background": "ansi_default",
    "dim-style": "dim",
}

DEFAULTS: Final[Mapping[str, str]] = _DARK_LOOKS
"""What the variables are under a theme that does not know them."""


def themes() -> tuple[Theme, ...]:
    """All of ours."""
    plain = Theme(
        name=PLAIN,
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_blue",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={**BUILTIN_THEMES["ansi-dark"].variables, **_PLAIN_LOOKS},
    )
    return (
        _theme(DARK, dark=True, looks=_DARK_LOOKS, ground="#121212", pane="#1c1c1c", text="#d0d0d0"),
        _theme(LIGHT, dark=False, looks=_LIGHT_LOOKS, ground="#ffffff", pane="#eeeeee", text="#262626"),
        plain,
    )


def wanted(environ: Mapping[str, str]) -> str:
    """The theme for a terminal: by its colours, and by whether its ground is light, where it says so (COLORFGBG)."""
    if environ.get("NO_COLOR") is not None or not _many_colours(environ):
        return PLAIN
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT if ground in ("7", "15") else DARK


def _many_colours(environ: Mapping[str, str]) -> bool:
    """Whether there are 256 or more, as rich judges it."""
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return True
    return environ.get("TERM", "").strip().lower().rpartition("-")[2] in ("256color", "kitty")


def other(name: str) -> str:
    """Light for dark and dark for light; the terminal's own sixteen colours stay."""
    return {DARK: LIGHT, LIGHT: DARK}.get(name, name)
