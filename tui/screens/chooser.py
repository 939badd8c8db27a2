"""One of many, chosen by typing a part of its name: clients, members, folders, moments, commands.

It opens at once and may wait for its options: keys that are typed meanwhile are its own, not the screen's below.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from store.model.errors import DeskError
from store.model.record import Record
from tui.fuzzy import Fit, Folded, ranked
from tui.i18n import _
from tui.keys import Place
from tui.plain import Row, Span, fit, short, width
from tui.sentences import error_words
from tui.widgets.ask import Line
from tui.widgets.keys_bar import KeysBar
from tui.widgets.lines import Bar
from tui.widgets.looks import ROW
from tui.widgets.picker import Picker

T = TypeVar("T")
MOST = 14  # rows that the list takes where there is room
AROUND = 9  # rows of the frame, the title, the input and the keys


class Option(Record, Generic[T], frozen=True):
    """A thing to choose. `note` stands at its right and is searched too."""

    value: T
    text: str
    note: str = ""


class Offered(Picker, Generic[T]):
    """The options that fit, the best under the cursor. It never has the focus: what is typed goes into the line."""

    DEFAULT_CSS = "Offered { height: 1; }"
    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="chooser-list")
        self.options: Sequence[Option[T]] = ()
        self.fits: Sequence[Fit] = ()
        self.empty_words = ""

    @property
    def lit(self) -> bool:
        return True

    @property
    def total(self) -> int:
        return len(self.options)

    @property
    def chosen(self) -> Option[T] | None:
        """The one under the cursor."""
        return self.options[self.cursor] if self.cursor < len(self.options) else None

    def offer(self, options: Sequence[Option[T]], fits: Sequence[Fit], *, empty_words: str) -> None:
        """Show these, the cursor on the first."""
        self.options, self.fits, self.empty_words = options, fits, empty_words
        self.cursor = self.top = 0
        self.refresh()

    def item(self, index: int) -> tuple[Row, ...]:
        option = self.options[index]
        room = max(self.size.width - 2, 4)
        note = short(option.note, max(room // 2 - 2, 0))
        name_cells = room - (width(note) + 2 if note else 0)
        hits = frozenset(self.fits[index].places if index < len(self.fits) else ())
        return ((Span(" "), *_marked(option.text, name_cells, hits), Span("  " + note if note else "", "dim")),)

    def line(self, y: int) -> tuple[Row, str]:
        if self.options or y:
            return super().line(y)
        return (Span(" "), Span(self.empty_words, "dim")), ROW


def _marked(text: str, cells: int, hits: frozenset[int]) -> Row:
    """A name in so many cells, the letters that were typed in bold; where it has odd letters, without. Some may be
    found in the note behind it.
    """
    shown = fit(text, cells)
    hits = frozenset(place for place in hits if place < len(text))
    if not hits or not shown.startswith(text[: max(hits) + 1]):
        return (Span(shown),)
    spans, at = list[Span](), 0
    for place in sorted(hits):
        spans += [Span(shown[at:place]), Span(shown[place], "strong")]
        at = place + 1
    return (*spans, Span(shown[at:]))


Options = Sequence[Option[T]]


class Chooser(ModalScreen[T | None], Generic[T]):
    """See the module. `options` are given, or asked for when it opens; `other` makes one of what is typed.

    `unfit` says why nothing fits what is typed, where it knows. Where there turn out to be no options it goes, and
    `nothing` is called. `reaches` are words for how far the choice goes: Tab takes the next, and `reach` is its number.
    """

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "Line"
    place = Place.CHOOSER

    def __init__(
        self,
        title: str,
        options: Options[T] | Callable[[], Awaitable[Options[T]]],
        *,
        placeholder: str = "",
        other: Callable[[str], Option[T] | None] | None = None,
        unfit: Callable[[str], str] | None = None,
        nothing: Callable[[], object] | None = None,
        reaches: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._words, self._given, self._other, self._reaches = title, options, other, reaches
        self._unfit, self._nothing = unfit, nothing
        self._input = Line(placeholder=placeholder, entered=self._entered)
        self._list: Offered[T] = Offered()
        self._options: Options[T] = ()
        self._folded: list[Folded] = []
        self._loaded = False
        self._filtered: str | None = None
        self._wants = False  # Enter came before the options
        self.reach = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            yield self._input
            yield self._list
            yield KeysBar(id="dialog-keys")

    def on_mount(self) -> None:
        self._tell_title()
        self.query_one(KeysBar).show_place(Place.CHOOSER)
        if callable(self._given):
            self._list.offer((), (), empty_words=_("looking…"))
            self.run_worker(self._load(self._given), group="options")
        else:
            self._take(self._given)

    async def _load(self, asked: Callable[[], Awaitable[Options[T]]]) -> None:
        try:
            self._take(await asked())
        except DeskError as error:
            self._wants = False
            self._list.offer((), (), empty_words=error_words(error))

    def _take(self, options: Options[T]) -> None:
        if not options and self._nothing is not None:
            self.dismiss(None)
            self._nothing()
            return
        self._options, self._loaded = options, True
        self._folded = [Folded(f"{option.text} {option.note}") for option in options]
        self._filter()
        if self._wants:
            self._entered(self._input.value)

    # ------------------------------------------------------------ what is shown
    def _tell_title(self) -> None:
        said = self._reaches[self.reach] if self._reaches else ""
        right = (Span(said, "accent"), Span(" ⇥ ", "dim")) if said else ()
        self.query_one("#dialog-title", Bar).say((Span(f" {self._words}", "heading"),), right=right)

    def _filter(self) -> None:
        if not self._loaded:
            return
        typed = self._input.value.strip()
        if typed == self._filtered:
            return
        self._filtered = typed
        found = list(ranked(typed, self._folded))
        options = [self._options[number] for number, _fit in found]
        fits = [good for _number, good in found]
        made = self._other(typed) if self._other is not None and typed else None
        if made is not None:
            options.append(made)
        self._list.offer(options, fits, empty_words=self._empty_words(typed))
        self._fit_height()

    def _empty_words(self, typed: str) -> str:
        why = self._unfit(typed) if self._unfit is not None else ""
        return why or (_("Nothing fits.") if self._options else _("Nothing to choose."))

    def _fit_height(self) -> None:
        """As high as all options need: it stays so while one types."""
        wanted = len(self._options) + (1 if self._other is not None else 0)
        self._list.styles.height = max(min(wanted, MOST, self.size.height - AROUND), 1)

    def on_resize(self) -> None:
        self._fit_height()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter()

    # ------------------------------------------------------------ keys
    def _entered(self, _typed: str) -> None:
        self._filter()  # what was typed last may not have been told yet
        chosen = self._list.chosen
        if chosen is not None:
            self.dismiss(chosen.value)
        elif not self._loaded:
            self._wants = True

    def on_picker_clicked(self) -> None:
        chosen = self._list.chosen
        if chosen is not None:
            self.dismiss(chosen.value)

    def action_choose(self) -> None:
        self._entered(self._input.value)

    def action_next_option(self) -> None:
        self._list.move(1)

    def action_previous_option(self) -> None:
        self._list.move(-1)

    def action_reach(self) -> None:
        if self._reaches:
            self.reach = (self.reach + 1) % len(self._reaches)
            self._tell_title()
        else:
            self._list.move(1)

    def action_cancel_choice(self) -> None:
        self.dismiss(None)
