"""Drafts, and mail on its way out: what waits, what failed and why, what nobody can know. Nothing is sent twice here:
uncertain mail goes again only when a person says so.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from actors.desk.api import Desk
from store.model.outbox import OutboxRow, OutboxState, RecipientRow, RecipientState
from tui.i18n import N_, _, ngettext
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import EMPTY, Row, Span, fit, short, width, wrap
from tui.screens.asking import Confirm
from tui.screens.compose import ComposeScreen, Ended, Sheet
from tui.screens.dialog import Dialog
from tui.screens.page import Page
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
    TALL = 2

    def __init__(self, link: Link, around: Surroundings, *, drafts: bool) -> None:
        super().__init__(link, around)
        self._drafts = drafts
        self._rows.empty_words = _("No drafts.") if drafts else _("Nothing is on its way.")

    def title_words(self) -> str:
        return _("Drafts") if self._drafts else _("Outbox")

    async def look(self) -> Sequence[OutboxRow]:
        rows = await self._link.desk.outbox()
        shown = [one for one in rows if (one.state in WRITABLE) is self._drafts]
        return sorted(shown, key=lambda one: not in_trouble(one))

    def name_of(self, item: OutboxRow) -> str:
        return item.outbox

    def row(self, item: OutboxRow, cells: int) -> tuple[Row, ...]:
        return outbox_rows(item, cells, now=self._around.clock(), say_state=not self._drafts)

    def count_words(self) -> str:
        return super().count_words() if self._drafts else counted(self._rows.items)

    def not_meant(self, item: OutboxRow | None) -> Sequence[str]:
        state = item.state if item is not None else None
        meant = {
            "throw_away": state in (*WRITABLE, OutboxState.FAILED),
            "try_again": item is not None and (in_trouble(item)),
            "was_sent": state is OutboxState.UNCERTAIN,
            "undo": state in STOPPABLE,
            "open": item is not None,
        }
        return [action for action, is_meant in meant.items() if not is_meant]

    def hint(self, item: OutboxRow | None) -> str:
        if item is None:
            return ""
        if item.state is OutboxState.UNCERTAIN:
            return _("Look into Sent or ask: s says that it was sent, r sends it again.")
        if item.state in STOPPABLE:
            return _("u takes it back.")
        return _("r tries again for those who did not get it.") if in_trouble(item) else ""

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
        if row is None or not in_trouble(row):
            self.say(_("Only failed or uncertain mail can be tried again."))
            return
        request = new_request()
        if row.state is not OutboxState.UNCERTAIN:
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


def is_partly_refused(item: OutboxRow) -> bool:
    """Sent, but not to everybody."""
    return item.state is OutboxState.SENT and any(one.state is RecipientState.REFUSED for one in item.recipients)


def in_trouble(item: OutboxRow) -> bool:
    """Whether it waits for a person."""
    return item.state in (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.PAUSED) or is_partly_refused(item)


def state_words(item: OutboxRow) -> tuple[str, str]:
    """How it stands, and the look of it: green only where everybody has got it."""
    if is_partly_refused(item):
        got = sum(one.state is RecipientState.ACCEPTED for one in item.recipients)
        words = ngettext("{got} of {count} got it", "{got} of {count} got it", len(item.recipients))
        return words.format(got=got, count=len(item.recipients)), "warn"
    word, look = STATES[item.state]
    return _(word), look


def counted(items: Sequence[OutboxRow]) -> str:
    """How many of each state."""
    counts = Counter(_("refused") if is_partly_refused(one) else _(STATES[one.state][0]) for one in items)
    return " · ".join(f"{word}: {count}" for word, count in counts.items())


def trouble_words(item: OutboxRow) -> str:
    """What went wrong, if anything did."""
    refused = [one for one in item.recipients if one.state is RecipientState.REFUSED]
    if is_partly_refused(item):
        return "; ".join(f"{one.address}: {cause(one.code or 'no')}" for one in refused)
    if item.state is OutboxState.UNCERTAIN:
        return _("it may have gone out, or not") + (f": {cause(item.last_error)}" if item.last_error else "")
    if item.last_error and item.state is not OutboxState.SENT:
        return cause(item.last_error)
    return ""


def outbox_rows(item: OutboxRow, cells: int, *, now: float, say_state: bool) -> tuple[Row, ...]:
    """To whom, how it stands, when; then the subject, and what went wrong or how it begins."""
    people = ", ".join(one.name or one.address for one in item.recipients) or _("(nobody yet)")
    word, look = state_words(item) if say_state else ("", "")
    when = f"{brief(item.at, now=now):>7}"
    room = max(cells - 3 - width(word) - 2 - width(when) - 2, 8)
    first = (
        Span("   "),
        Span(fit(people, room), "strong" if in_trouble(item) else ""),
        Span(f" {word} ", look),
        Span(when, "dim"),
        Span("  "),
    )
    subject = ("⊕ " if item.attachments else "") + (" ".join(item.subject.split()) or _("(no subject)"))
    trouble = trouble_words(item)
    held = short(subject, max(cells - 5, 8) if not trouble else max(cells // 2, 8))
    rest = f"   {trouble}" if trouble else f" · {item.snippet}" if item.snippet else ""
    second = (
        Span("   "),
        Span(held),
        Span(fit(rest, max(cells - 5 - width(held), 0)) if rest else "", "warn" if trouble else "dim"),
    )
    return first, second


def told_rows(row: OutboxRow, cells: int) -> Sequence[Row]:
    """All that is known of a mail on its way."""
    word, look = state_words(row)
    rows: list[Row] = [
        (Span(" "), Span(short(" ".join(row.subject.split()) or _("(no subject)"), cells - 1), "heading")),
        (Span(" "), Span(word, look)),
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
