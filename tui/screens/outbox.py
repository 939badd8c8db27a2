"""Drafts, and mail on its way out: what waits, what failed and why, what nobody can know. Nothing is sent twice here:
uncertain mail goes again only when a person says so.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Final

from textual.binding import BindingType

from actors.desk.api import Desk
from store.model.outbox import OutboxRow, OutboxState, RecipientRow, RecipientState
from tui import keys
from tui.i18n import N_, _, ngettext
from tui.keys import Place
from tui.link import Link
from tui.plain import EMPTY, Row, Span, fit, short, width, wrap
from tui.screens.asking import Confirm
from tui.screens.compose import ComposeScreen, Ended, Sheet
from tui.screens.dialog import Dialog
from tui.screens.page import Page, new_request
from tui.sentences import cause
from tui.surroundings import Surroundings
from tui.when import brief

STATES: Final = {
    OutboxState.DRAFT: (N_("draft"), "dim"),
    OutboxState.HELD: (N_("goes out soon"), "answer"),
    OutboxState.SCHEDULED: (N_("scheduled"), "dim"),
    OutboxState.QUEUED: (N_("waiting"), "dim"),
    OutboxState.SENDING: (N_("being sent"), "accent"),
    OutboxState.SENT: (N_("sent"), "done"),
    OutboxState.FAILED: (N_("failed"), "warn"),
    OutboxState.UNCERTAIN: (N_("uncertain"), "warn"),
    OutboxState.CANCELLED: (N_("taken back"), "dim"),
    OutboxState.PAUSED: (N_("paused"), "dim"),
}
RECIPIENT: Final = {
    RecipientState.WAITING: (N_("waiting"), "dim"),
    RecipientState.ACCEPTED: (N_("accepted"), "done"),
    RecipientState.REFUSED: (N_("refused"), "warn"),
    RecipientState.UNCERTAIN: (N_("uncertain"), "warn"),
}
WRITABLE: Final = frozenset({OutboxState.DRAFT, OutboxState.CANCELLED})
STOPPABLE: Final = frozenset({OutboxState.HELD, OutboxState.SCHEDULED, OutboxState.QUEUED, OutboxState.PAUSED})


class OutboxScreen(Page[OutboxRow]):
    """Drafts, or everything else; see the module."""

    PLACE = Place.OUTBOX
    KINDS = frozenset({"outbox_changed"})
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(Place.OUTBOX)]

    def __init__(self, link: Link, around: Surroundings, *, drafts: bool) -> None:
        super().__init__(link, around)
        self._drafts = drafts
        self._rows.empty_words = _("No drafts.") if drafts else _("Nothing is on its way.")

    def title_words(self) -> str:
        return _("Drafts") if self._drafts else _("Outbox")

    async def look(self) -> Sequence[OutboxRow]:
        rows = await self._link.desk.outbox()
        return [one for one in rows if (one.state in WRITABLE) is self._drafts]

    def name_of(self, item: OutboxRow) -> str:
        return item.outbox

    def row(self, item: OutboxRow, cells: int) -> tuple[Row, ...]:
        return (outbox_row(item, cells, now=self._around.clock()),)

    # ------------------------------------------------------------ keys
    def action_open(self) -> None:
        row = self._rows.chosen
        if row is None:
            return
        if row.state in WRITABLE:
            self._write(row)
        else:
            self.app.push_screen(Dialog(_("Mail on its way"), lambda cells: list(told_rows(row, cells))))

    def _write(self, row: OutboxRow) -> None:
        def ended(result: Ended | None) -> None:
            if result is not None:
                self.say(result.words, result.look)
            self.look_again()

        self.app.push_screen(ComposeScreen(self._link, self._around, Sheet(outbox=row.outbox)), ended)

    def action_undo(self) -> None:
        """Take back what is not being sent; it is a draft then."""
        row = self._rows.chosen
        if row is None or row.state not in STOPPABLE:
            self.say(_("Only mail that waits can be taken back."))
            return
        request = new_request()
        self._act(lambda desk: desk.cancel(request, row.outbox), _("Taken back; it is among the drafts."))

    def action_try_again(self) -> None:
        """Failed mail at once, to those who did not get it; uncertain mail only if a person is sure."""
        row = self._rows.chosen
        if row is None or row.state not in (OutboxState.FAILED, OutboxState.UNCERTAIN):
            self.say(_("Only failed or uncertain mail can be tried again."))
            return
        request = new_request()
        if row.state is OutboxState.FAILED:
            self._act(lambda desk: desk.retry(request, row.outbox), _("It is tried again."))
            return
        words = _("Nobody can know whether this mail went out. Send it again? Recipients may get it twice.")
        self.app.push_screen(
            Confirm(words, yes=_("send again")),
            lambda sure: (
                self._act(lambda desk: desk.resolve(request, row.outbox, "again"), _("It goes out again."))
                if sure
                else None
            ),
        )

    def action_was_sent(self) -> None:
        """A person knows that uncertain mail has arrived."""
        row = self._rows.chosen
        if row is None or row.state is not OutboxState.UNCERTAIN:
            self.say(_("Only uncertain mail needs that word."))
            return
        request = new_request()
        self._act(lambda desk: desk.resolve(request, row.outbox, "sent"), _("Kept as sent."))

    def action_throw_away(self) -> None:
        """Throw a draft or failed mail away."""
        row = self._rows.chosen
        if row is None or row.state not in (*WRITABLE, OutboxState.FAILED):
            self.say(_("Only drafts and failed mail can be thrown away."))
            return
        request = new_request()
        self.app.push_screen(
            Confirm(_("Throw this mail away?"), yes=_("throw away")),
            lambda sure: self._act(lambda desk: desk.discard(request, row.outbox), _("Thrown away.")) if sure else None,
        )

    def _act(self, act: Callable[[Desk], Awaitable[object]], words: str) -> None:
        async def acted() -> None:
            await self._link.command(act)
            self.say(words)
            self.look_again()

        self.ask(acted)


def outbox_row(item: OutboxRow, cells: int, *, now: float) -> Row:
    """State, to whom, subject, when."""
    word, look = STATES[item.state]
    people = ", ".join(one.name or one.address for one in item.recipients) or _("(nobody yet)")
    wide = cells >= 100
    to_cells, when = (30 if wide else 20), brief(item.at, now=now)
    room = max(cells - 2 - 15 - to_cells - 2 - 2 - width(when) - 2, 8)
    note = f"  {cause(item.last_error)}" if item.last_error and item.state is not OutboxState.SENT else ""
    subject = short(" ".join(item.subject.split()) or _("(no subject)"), room)
    clip = "⊕ " if item.attachments else ""
    said = clip + subject
    snippet = note or (f" · {item.snippet}" if item.snippet else "")
    return (
        Span("  "),
        Span(fit(_(word), 15), look),
        Span(fit(people, to_cells)),
        Span("  "),
        Span(short(said, room), "strong" if item.state in (OutboxState.FAILED, OutboxState.UNCERTAIN) else ""),
        Span(fit(snippet, max(room - width(said), 0)), "warn" if note else "dim"),
        Span("  "),
        Span(when, "dim"),
        Span("  "),
    )


def told_rows(row: OutboxRow, cells: int) -> Sequence[Row]:
    """All that is known of a mail on its way."""
    word, look = STATES[row.state]
    rows: list[Row] = [
        (Span(" "), Span(short(" ".join(row.subject.split()) or _("(no subject)"), cells - 1), "heading")),
        (Span(" "), Span(_(word), look)),
    ]
    if row.last_error:
        rows += [(Span(" "), Span(line, "warn")) for line in wrap(cause(row.last_error), cells - 1)]
    if row.tries:
        said = ngettext("tried {count} time", "tried {count} times", row.tries).format(count=row.tries)
        rows.append((Span(" "), Span(said, "dim")))
    if row.state is OutboxState.UNCERTAIN:
        words = _(
            "The connection was lost while the mail was handed over: the server may have it, or not. "
            "Look into Sent, or ask the recipient; then say with s that it was sent, or with r to send it again."
        )
        rows += [EMPTY, *((Span(" "), Span(line)) for line in wrap(words, cells - 1))]
    rows += [EMPTY, *(_recipient(one, cells) for one in row.recipients)]
    return rows


def _recipient(one: RecipientRow, cells: int) -> Row:
    word, look = RECIPIENT[one.state]
    why = f": {cause(one.code)}" if one.code else ""
    address = f"{one.name} <{one.address}>" if one.name else one.address
    return (Span(" "), Span(fit(_(word), 12), look), Span(short(address + why, max(cells - 14, 8))))
