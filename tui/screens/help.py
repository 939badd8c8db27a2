"""`?`: the keys of the place one is in, made from the one table; then what the marks of a list mean."""

from collections.abc import Iterator, Sequence

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.plain import EMPTY, Row, Span, fit, width
from tui.screens.dialog import Dialog
from tui.signs import MARKED

_KEYS = 20
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
        Place.MAILBOXES: _("Keys among mailboxes"),
        Place.MEMBERS: _("Keys among members"),
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
    """Key and what it does: two columns where there is room, read down, each as wide as its own keys."""
    columns = _halves(told) if cells >= _TWO else [told]
    room = (cells - 1) // len(columns)
    taken = [min(max(width(shown) for shown, _label in column) + 2, room // 2) for column in columns]
    for number in range(len(columns[0])):
        spans = [Span(" ")]
        for column, keys_cells in zip(columns, taken, strict=True):
            shown, label = column[number] if number < len(column) else ("", "")
            spans += [Span(fit(shown, keys_cells - 1) + " ", "accent"), Span(fit(label, room - keys_cells - 1) + " ")]
        yield tuple(spans)


def _halves(told: Sequence[tuple[str, str]]) -> list[Sequence[tuple[str, str]]]:
    high = -(-len(told) // 2)
    return [told[:high], told[high:]] if len(told) > 1 else [told]
