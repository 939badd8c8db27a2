"""`?`: the keys of the place one is in, made from the one table; then what the marks of a list mean."""

from collections.abc import Sequence

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.plain import EMPTY, Row, Span, fit
from tui.screens.dialog import Dialog

_KEYS = 20


def help_page(place: Place) -> Dialog:
    """The page for a place."""
    titles = {
        Place.FOLDERS: _("Keys in the folders"),
        Place.THREADS: _("Keys in the list"),
        Place.READING: _("Keys while reading"),
    }
    return Dialog(titles.get(place, _("Keys")), lambda _cells: help_rows(place))


def help_rows(place: Place) -> Sequence[Row]:
    """Key and what it does, a line each."""
    rows: list[Row] = [
        (Span(" "), Span(fit(shown, _KEYS), "accent"), Span(label)) for shown, label in keys.helped(place)
    ]
    rows += [EMPTY, (Span(" "), Span(_("Digits before a key repeat it: 5j goes five down."), "dim"))]
    rows += [EMPTY, (Span(" "), Span(_("Marks"), "heading"))]
    rows += [
        (Span(" "), Span(fit(mark, _KEYS), look), Span(words))
        for mark, look, words in (
            ("●", "accent", _("not read yet")),
            ("★", "answer", _("starred")),
            ("⊕", "dim", _("has attachments")),
            ("!", "warn", _("sender not verified")),
            ("›", "answer", _("to answer: the newest email is from outside")),
            ("↩", "dim", _("waiting: somebody of the firm has answered")),
            ("✓", "done", _("done")),
            ("?", "warn", _("several clients fit")),
        )
    ]
    return rows
