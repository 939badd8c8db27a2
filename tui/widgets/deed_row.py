"""How an entry of the journal looks in a list. Pure: a record in, a row out."""

from collections.abc import Mapping
from typing import Final

from store.model.views import JournalEntry
from tui.i18n import _
from tui.plain import Row, Span, fit
from tui.when import brief

WHO: Final = 24
WHEN: Final = 9


def who_words(entry: JournalEntry, members: Mapping[str, str]) -> str:
    """Who did it; as whom, where that was another."""
    if entry.member is None:
        return _("the office")
    name = members.get(entry.member, _("a former member"))
    if entry.as_ is None or entry.as_ == entry.member:
        return name
    return _("{who} as {other}").format(who=name, other=members.get(entry.as_, _("a former member")))


def entry_row(entry: JournalEntry, cells: int, *, now: float, who: str, what: str) -> Row:
    """When, who, what."""
    at = brief(entry.at, now=now)
    name = min(max(cells // 3 - 2, 12), WHO)
    return (
        Span("   "),
        Span(fit(at, WHEN), "dim"),
        Span(fit(who, name), "strong" if entry.member is not None else "dim"),
        Span("  "),
        Span(fit(what, max(cells - 3 - WHEN - name - 2 - 1, 6)), "warn" if entry.action == "refused" else ""),
        Span(" "),
    )
