"""How a thread looks in a list: one line where there is room, else two. Pure: a record in, rows out.

Columns stand under each other: mark, people, subject with snippet, client, state with its time.
"""

from typing import Final

from store.model.thread import ThreadState
from store.model.views import ThreadRow
from tui.i18n import _
from tui.plain import Row, Span, cells_of, fit, short, width
from tui.when import brief

ONE_LINE: Final = 72  # cells from which a thread takes one line
_WIDE: Final = 100
_UNREAD, _STAR, _CLIP = "●", "★", "⊕"
_SUBJECT_MARK: Final = " · "


def tall(cells: int) -> int:
    """Lines that a thread takes in a list of this width."""
    return 1 if cells >= ONE_LINE else 2


def thread_rows(row: ThreadRow, cells: int, *, now: float, show_client: bool) -> tuple[Row, ...]:
    """A thread in the lines it takes."""
    if tall(cells) == 1:
        return (_one_line(row, cells, now=now, show_client=show_client),)
    return _two_lines(row, cells, now=now, show_client=show_client)


def waiting_rows(cells: int) -> tuple[Row, ...]:
    """What stands in the place of a thread that is on its way."""
    bar = (Span(f"   {'·' * min(12, cells - 4)}", "faint"),)
    return (bar,) if tall(cells) == 1 else (bar, (Span(f"   {'·' * min(28, cells - 4)}", "faint"),))


def _one_line(row: ThreadRow, cells: int, *, now: float, show_client: bool) -> Row:
    wide = cells >= _WIDE
    people_cells = 22 if wide else 16
    client_cells = (18 if wide else 13) if show_client else 0
    state = _state(row, now=now, words=wide)
    state_cells = 20 if wide else 13
    middle = cells - 3 - people_cells - 2 - (client_cells + 2 if client_cells else 0) - state_cells - 2
    spans = [
        *_mark(row),
        *_people(row, people_cells),
        Span("  "),
        *_subject(row, middle),
        Span("  "),
    ]
    if client_cells:
        spans += [Span(fit(_client(row), client_cells), "warn" if row.ambiguous else "client"), Span("  ")]
    return (*spans, *_right(state, state_cells), Span(" "))


def _two_lines(row: ThreadRow, cells: int, *, now: float, show_client: bool) -> tuple[Row, ...]:
    state = _state(row, now=now, words=True)
    people = _people(row, max(cells - 3 - cells_of(state) - 3, 4))
    client = short(_client(row), max(cells // 3, 6)) if show_client else ""
    room = cells - 3 - width(client) - (3 if client else 1)
    first = (*_mark(row), *people, Span("  "), *state, Span(" "))
    second = (Span("   "), *_subject(row, max(room, 4)))
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


def _subject(row: ThreadRow, cells: int) -> tuple[Span, ...]:
    subject = " ".join(row.subject.split()) or _("(no subject)")
    lead = f"{_CLIP} " if row.attachments else ""
    if row.versions > 1:
        lead += _("{count} versions").format(count=row.versions) + " "
    held = short(subject, max(cells - width(lead), 1))
    left = cells - width(lead) - width(held)
    spans = [Span(lead, "dim"), Span(held, "strong" if row.unread else "")]
    if row.unverified:
        return Span(short(_("sender not verified"), cells // 2) + " ", "warn"), *_without(spans, cells // 2)
    snippet = " ".join(row.snippet.split())
    if snippet and left > len(_SUBJECT_MARK) + 4:
        return *spans, Span(fit(_SUBJECT_MARK + snippet, left), "dim")
    return *spans, Span(" " * max(left, 0))


def _without(spans: list[Span], cells: int) -> tuple[Span, ...]:
    """Cut what stands behind a warning."""
    text = "".join(span.text for span in spans)
    return (Span(fit(text, max(cells - 1, 1)), spans[-1].look),)


def _client(row: ThreadRow) -> str:
    if row.ambiguous:
        return "? " + ", ".join(client.name for client in row.clients)
    return ", ".join(client.name for client in row.clients)


def _state(row: ThreadRow, *, now: float, words: bool) -> Row:
    """The thread's state with who answered and when; else when its newest email came."""
    when = brief(row.at, now=now)
    match row.state:
        case ThreadState.TO_ANSWER:
            return (Span(_("to answer") + " " if words else "› ", "answer"), Span(when, "dim"))
        case ThreadState.WAITING if row.answered_by:
            answered = brief(row.answered_at, now=now) or when
            who = short(row.answered_by.split()[0] if row.answered_by.split() else "?", 9)
            said = _("{who} answered").format(who=who) if words else f"↩ {short(who, 5)}"
            return (Span(said + " ", "dim"), Span(answered, "dim"))
        case ThreadState.WAITING:
            return (Span(_("waiting") + " " if words else "↩ ", "dim"), Span(when, "dim"))
        case ThreadState.DONE:
            return (Span("✓ " + (_("done") + " " if words else ""), "done"), Span(when, "dim"))
        case ThreadState.QUIET:
            return (Span(when, "dim"),)


def _right(row: Row, cells: int) -> Row:
    """At the right edge of a column."""
    return (Span(" " * max(cells - cells_of(row), 0)), *row)
