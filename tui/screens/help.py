"""`?`: the keys of the place one is in, made from the one table; then what the marks of a list mean."""

from collections.abc import Iterator, Sequence

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.plain import EMPTY, Row, Span, fit
from tui.screens.dialog import Dialog
from tui.signs import MARKED

_KEYS = 20
_NARROW = 13  # of keys, where two stand beside each other
_TWO = 64


def help_page(place: Place) -> Dialog:
    """The page for a place."""
    titles = {
        Place.FOLDERS: _("Keys in the folders"),
        Place.THREADS: _("Keys in the list"),
        Place.READING: _("Keys while reading"),
        Place.NOTICES: _("Keys in Inbox+"),
        Place.OUTBOX: _("Keys in drafts and outbox"),
        Place.CLIENTS: _("Keys among found clients"),
    }
    return Dialog(titles.get(place, _("Keys")), lambda cells: help_rows(place, cells))


def help_rows(place: Place, cells: int) -> Sequence[Row]:
    """Every key of a place; what the marks of its lists mean."""
    rows: list[Row] = list(_columns(keys.helped(place), cells))
    rows += [EMPTY, (Span(" "), Span(_("Digits before a key repeat it: 5j goes five down."), "dim"))]
    rows += [EMPTY, (Span(" "), Span(_("Marks"), "heading"))]
    rows += [
        (Span(" "), Span(fit(mark, _KEYS), look), Span(words))
        for mark, look, words in (
            ("●", "accent", _("not read yet")),
            ("★", "answer", _("starred")),
            (MARKED, "accent", _("marked")),
            ("⊕", "dim", _("has attachments")),
            ("▎", "dim", _("has comments")),
            ("→", "accent", _("assigned to a colleague")),
            ("!", "warn", _("sender not verified")),
            ("›", "answer", _("to answer: the newest email is from outside")),
            ("↩", "dim", _("waiting: somebody of the firm has answered")),
            ("✓", "done", _("done")),
            ("?", "warn", _("several clients fit")),
        )
    ]
    return rows


def _columns(told: Sequence[tuple[str, str]], cells: int) -> Iterator[Row]:
    """Key and what it does: two columns where there is room, read down."""
    two = cells >= _TWO
    high = -(-len(told) // 2) if two else len(told)
    for number in range(high):
        here = [told[at] for at in (number, number + high) if at < len(told)] if two else [told[number]]
        room = (cells - 1) // len(here) if two else cells - 1
        spans = [Span(" ")]
        for shown, label in here:
            taken = min(_KEYS if not two else _NARROW, room // 2)
            spans += [Span(fit(shown, taken), "accent"), Span(fit(label, (cells - 1) // (2 if two else 1) - taken))]
        yield tuple(spans)
