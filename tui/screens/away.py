"""The two questions about a member who is away: until when, and who stands in ([S15]).

Nothing is answered automatically, and nothing here says so to anybody outside.
"""

from collections.abc import Callable, Sequence
from typing import Any

from textual.screen import Screen

from store.model.firm import Member
from store.model.plain import plain
from tui import times
from tui.absence import away_note
from tui.i18n import N_, _
from tui.screens.chooser import Chooser, Option
from tui.when import full
from tui.words import role_word

_SPANS = (("1w", N_("a week")), ("2w", N_("two weeks")), ("3w", N_("three weeks")))


def ask_away(
    screen: Screen[Any], member: Member, others: Sequence[Member], *, now: float, done: Callable[[int, Member], None]
) -> None:
    """Until when, then who stands in; `done` is told both."""

    def dated(until: int | None) -> None:
        if until is not None:
            title = _("Who stands in for {name}?").format(name=plain(member.name))
            options = [Option(one, one.name, away_note(one.away_until) or role_word(one.role)) for one in others]
            screen.app.push_screen(Chooser(title, options), lambda one: None if one is None else done(until, one))

    title = _("{name} is away until").format(name=plain(member.name))
    words = _("a choice, or words: friday, 3w, 31/12")
    chooser = Chooser(title, _spans(now), placeholder=words, other=lambda typed: _moment(typed, now), unfit=_no_day)
    screen.app.push_screen(chooser, dated)


def _spans(now: float) -> list[Option[int]]:
    found = [(times.later(span, now=now, zone=None), words) for span, words in _SPANS]
    return [Option(at, _(words), full(at)) for at, words in found if at is not None]


def _moment(typed: str, now: float) -> Option[int] | None:
    at = times.later(typed, now=now, zone=None)
    return None if at is None else Option(at, full(at))


def _no_day(typed: str) -> str:
    return _("There is no such day: the day stands before its month, as in 31/12.") if times.is_no_day(typed) else ""
