"""How a thread looks in a list: one line where there is room, else two. Pure: a record in, rows out.

Columns stand under each other: mark, people, subject with snippet, client, state with its time.
"""

from typing import Final

from store.model.plain import plain
from store.model.record import Record
from store.model.thread import ThreadState
from store.model.views import ThreadRow
from tui.i18n import _, ngettext
from tui.plain import Row, Span, cells_of, fit, short, width
from tui.signs import MARKED
from tui.when import brief

ONE_LINE: Final = 72  # cells from which a thread takes one line
_WIDE: Final = 100
_UNREAD, _STAR, _CLIP, _COMMENT, _ASSIGNED = "●", "★", "⊕", "▎", "→"
_SUBJECT_MARK: Final = " · "


def tall(cells: int) -> int:
    """Lines that a thread takes in a list of this width."""
    return 1 if cells >= ONE_LINE else 2


class Shown(Record, frozen=True, kw_only=True):
    """What a list does not say already by being that list: whose the mail is, and what is to be done."""

    client: bool = True
    state: bool = True


def thread_rows(row: ThreadRow, cells: int, *, now: float, show: Shown, marked: bool = False) -> tuple[Row, ...]:
    """A thread in the lines it takes; the first column says whether it is marked."""
    lines: tuple[Row, ...] = (_one_line(row, cells, now=now, show=show),)
    if tall(cells) > 1:
        lines = _two_lines(row, cells, now=now, show=show)
    return ((Span(MARKED, "accent"), *lines[0][1:]), *lines[1:]) if marked else lines


def waiting_rows(cells: int) -> tuple[Row, ...]:
    """What stands in the place of a thread that is on its way."""
    bar = (Span(f"   {'·' * min(12, cells - 4)}", "faint"),)
    return (bar,) if tall(cells) == 1 else (bar, (Span(f"   {'·' * min(28, cells - 4)}", "faint"),))


def _one_line(row: ThreadRow, cells: int, *, now: float, show: Shown) -> Row:
    wide = cells >= _WIDE
    people_cells = 22 if wide else 16
    client_cells = (18 if wide else 13) if show.client else 0
    state_cells = 22 if wide else 14
    state = _state(row, now=now, words=wide, say=show.state)
    if cells_of(state) > state_cells:
        state = _state(row, now=now, words=False, say=show.state)
    middle = cells - 3 - people_cells - 2 - (client_cells + 2 if client_cells else 0) - state_cells - 3
    spans = [*_mark(row), *_people(row, people_cells), Span("  "), *_subject(row, middle, words=wide), Span("  ")]
    if client_cells:
        client = fit(_client(row, client_cells), client_cells)
        spans += [Span(client, "warn" if row.ambiguous else "client"), Span("  ")]
    return (*spans, *_right(state, state_cells), Span(" "))


def _two_lines(row: ThreadRow, cells: int, *, now: float, show: Shown) -> tuple[Row, ...]:
    state = _state(row, now=now, words=True, say=show.state)
    people = _people(row, max(cells - 3 - cells_of(state) - 3, 4))
    client = short(_client(row, max(cells // 3 - 1, 6)), max(cells // 3 - 1, 6)) if show.client else ""
    room = cells - 3 - width(client) - (3 if client else 1)
    first = (*_mark(row), *people, Span("  "), *state, Span(" "))
    second = (Span("   "), *_subject(row, max(room, 4), words=False))
    if client:
        second = (*second, Span("  "), Span(client, "warn" if row.ambiguous else "client"))
    return first, second


def _mark(row: ThreadRow) -> tuple[Span, ...]:
    if row.unread:
        return Span(" "), Span(_UNREAD, "accent"), Span(" ")
    return Span(" "), Span(_STAR if row.starred else " ", "answer"), Span(" ")


def _people(row: ThreadRow, cells: int) -> tuple[Span, ...]:
    count = f" {row.count}" if row.count > 1 else ""
    names = ", ".join(name for name in row.people if name) or _("(no sender)")
    held = short(names, max(cells - len(count), 1))
    filled = Span(" " * max(cells - width(held) - len(count), 0))
    return Span(held, "strong" if row.unread else ""), Span(count, "dim"), filled


def _subject(row: ThreadRow, cells: int, *, words: bool) -> tuple[Span, ...]:
    subject = " ".join(row.subject.split()) or _("(no subject)")
    warning = ("! " + (_("sender not verified") + "  " if words else "")) if row.unverified else ""
    lead = (f"{_CLIP} " if row.attachments else "") + (f"{_COMMENT} " if row.comments else "")
    if row.versions > 1:
        lead += _("{count} versions").format(count=row.versions) + " "
    held = short(subject, max(cells - width(warning) - width(lead), 1))
    left = cells - width(warning) - width(lead) - width(held)
    spans = (Span(warning, "warn"), Span(lead, "dim"), Span(held, "strong" if row.unread else ""))
    snippet = " ".join(row.snippet.split())
    if snippet and left > len(_SUBJECT_MARK) + 4:
        return *spans, Span(fit(_SUBJECT_MARK + snippet, left), "dim")
    return *spans, Span(" " * max(left, 0))


def _client(row: ThreadRow, cells: int) -> str:
    """Whose it is; several candidates are counted where their names have no room."""
    names = ", ".join(client.name for client in row.clients)
    if not row.ambiguous:
        return names
    count = len(row.clients)
    counted = ngettext("? {count} client", "? {count} clients", count).format(count=count)
    return f"? {names}" if width(plain(names)) + 2 <= cells else counted


def _state(row: ThreadRow, *, now: float, words: bool, say: bool) -> Row:
    """The thread's state with who answered and when; else when its newest email came. `say` false: the list says it.

    Who has to answer stands before it, and until when it is out of sight.
    """
    when = brief(row.at, now=now)
    if row.snoozed_until is not None:
        return (Span((_("until") + " " if words else "") + brief(row.snoozed_until, now=now), "dim"),)
    if row.assigned and row.state is ThreadState.TO_ANSWER:
        return (Span(f"{_ASSIGNED} {short(_first(row.assigned), 9 if words else 6)} ", "accent"), Span(when, "dim"))
    match row.state:
        case ThreadState.WAITING if row.answered_by:
            name = _first(row.answered_by)
            said = _("{who} answered").format(who=short(name, 9)) if words else f"↩ {short(name, 5)}"
            return Span(f"{said} ", "dim"), Span(brief(row.answered_at, now=now) or when, "dim")
        case ThreadState.TO_ANSWER if say:
            return (Span(_("to answer") + " " if words else "› ", "answer"), Span(when, "dim"))
        case ThreadState.WAITING if say:
            return Span(_("waiting") + " " if words else "↩ ", "dim"), Span(when, "dim")
        case ThreadState.DONE if say:
            return (Span("✓ " + (_("done") + " " if words else ""), "done"), Span(when, "dim"))
        case _:
            return (Span(when, "dim"),)


def _first(name: str) -> str:
    """How a colleague is called."""
    return next(iter(name.split()), "?")


def _right(row: Row, cells: int) -> Row:
    """At the right edge of a column; only the time, if there is no room for more."""
    held = row if cells_of(row) <= cells else (Span(fit(row[-1].text, cells), row[-1].look),)
    return (Span(" " * (cells - cells_of(held))), *held)
