"""`w`: why an email is filed where it is, and what else it might be ([C4]). Hidden clients are never among them."""

from collections.abc import Iterator, Sequence

from store.model.plain import plain
from store.model.views import Why, WhyFiling
from tui import keys
from tui.i18n import _
from tui.plain import EMPTY, Row, Span, short, wrap
from tui.screens.dialog import Dialog
from tui.when import full
from tui.words import reason_words, unfiled_words


def why_page(why: Why) -> Dialog:
    """The page for an email."""
    return Dialog(_("Why filed here"), lambda cells: list(why_rows(why, cells)))


def why_rows(why: Why, cells: int) -> Iterator[Row]:
    """Each filing with its reason, then the alternatives."""
    if not why.filings:
        yield (Span(" "), Span(_("Filed with no client."), "strong"))
        yield from ((Span(" "), Span(line)) for line in wrap(unfiled_words(why), cells - 2))
        yield EMPTY
        file, new = keys.BY_ACTION["file"], keys.BY_ACTION["new_client"]
        yield (
            Span(" "), Span(file.shown, "accent"), Span(f" {_(file.label)}   ", "dim"),
            Span(new.shown, "accent"), Span(f" {_(new.label)}", "dim"),
        )  # fmt: skip
    for number, filing in enumerate(why.filings):
        if number:
            yield EMPTY
        yield from _filing(filing, cells)
    if why.alternatives:
        yield EMPTY
        yield (Span(" "), Span(_("It might also belong to"), "heading"))
        for filing in why.alternatives:
            yield from _alternative(filing, cells)


def _filing(filing: WhyFiling, cells: int) -> Sequence[Row]:
    rows: list[Row] = [(Span(" "), Span(short(filing.client.name, cells - 1), "client strong"))]
    rows += [(Span("   "), Span(line)) for line in wrap(plain(reason_words(filing)), cells - 3)]
    facts = [
        (_("address"), filing.address),
        (_("rule"), filing.rule),
        (_("by"), filing.by),
        (_("since"), full(filing.since) or None),
        (_("confidence"), f"{filing.confidence} %"),
    ]
    rows += [
        (Span("   "), Span(f"{label}: ", "dim"), Span(short(value, cells - 8 - len(label))))
        for label, value in facts
        if value
    ]
    if filing.ambiguous:
        words = _("Several clients fit; it shows only to those who may see all of them until somebody decides.")
        rows += [(Span("   "), Span(line, "warn")) for line in wrap(words, cells - 3)]
    return rows


def _alternative(filing: WhyFiling, cells: int) -> Iterator[Row]:
    yield (Span("   "), Span(short(filing.client.name, cells - 14), "client"), Span(f"  {filing.confidence} %", "dim"))
    for line in wrap(plain(reason_words(filing)), cells - 5):
        yield (Span("     "), Span(line, "dim"))
