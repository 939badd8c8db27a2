"""A page of rows that stands over the mail: Inbox+, drafts, the outbox, found clients. One look for all of them.

It is left by `q`, by opening something, or by going to another place; what it is left for is its answer.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.dom import DOMNode
from textual.worker import WorkType

from actors.desk.api import Desk
from store.model.errors import DeskError
from store.model.ids import EmailId, RequestId, ThreadId
from store.model.outbox import Answering
from store.model.views import Announcement, ThreadQuery
from tui import keys
from tui.acts import undone_words
from tui.i18n import _
from tui.keys import Place
from tui.link import PASSING, Changed, Link, new_request
from tui.plain import EMPTY, Row, Span
from tui.screens.moves import Moves
from tui.sentences import error_words
from tui.surroundings import Surroundings
from tui.widgets.keys_bar import KeysBar
from tui.widgets.lines import Bar
from tui.widgets.looks import ROW
from tui.widgets.picker import Picker

Item = TypeVar("Item")
Doing = Callable[[Desk, RequestId], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a page was left for: an action of the mail (`go_inbox`), a thread to read, a mail to write; or a word."""

    action: str = ""
    thread: ThreadId | None = None
    email: EmailId | None = None
    write: Answering | None = None
    query: ThreadQuery | None = None  # the list in which the thread stands
    words: str = ""  # what the screen below says then


class Rows(Picker, Generic[Item]):
    """The items of a page; the cursor stays on its item when others come."""

    def __init__(
        self, *, id: str, made: Callable[[Item, int], tuple[Row, ...]], named: Callable[[Item], str], tall: int
    ) -> None:
        super().__init__(id=id)
        self._made, self._named = made, named
        self.tall = tall
        self.items: Sequence[Item] = ()
        self.known = False
        self.empty_words = ""

    def fill(self, items: Sequence[Item]) -> None:
        """These now."""
        was = self._named(self.items[self.cursor]) if self.cursor < len(self.items) else ""
        self.items, self.known = tuple(items), True
        found = next((n for n, one in enumerate(self.items) if self._named(one) == was), None)
        self.cursor = min(self.cursor, max(len(self.items) - 1, 0)) if found is None else found
        self.top = min(self.top, self._lowest)
        self._jump()
        self.refresh()

    @property
    def chosen(self) -> Item | None:
        """The one under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    @property
    def total(self) -> int:
        return len(self.items)

    def place_words(self) -> str:
        """Where the cursor is among them."""
        return f"{self.cursor + 1}/{self.total}"

    def item(self, index: int) -> tuple[Row, ...]:
        return self._made(self.items[index], self.size.width)

    def line(self, y: int) -> tuple[Row, str]:
        if self.items:
            return super().line(y)
        words = self.empty_words if self.known else _("looking…")
        return ((Span(f"   {words}", "dim"),) if y == 1 else EMPTY), ROW


class Page(Moves, Generic[Item]):
    """See the module. A subclass says what it is called, where it is in the table of keys, and how rows are made."""

    CSS_PATH = "page.tcss"
    PLACE: ClassVar[Place]
    KINDS: ClassVar[frozenset[str]] = frozenset()  # announcements after which it looks again
    TALL: ClassVar[int] = 1  # lines of an item

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__()
        self._link, self._around = link, around
        self._said = False
        self._title_bar, self._heads_bar = Bar(id="page-title"), Bar(id="page-heads")
        self._status_bar, self._keys_bar = Bar(id="page-status"), KeysBar(id="keys")
        self._rows: Rows[Item] = Rows(id="page-rows", made=self.row, named=self.name_of, tall=self.TALL)

    # ------------------------------------------------------------ for subclasses
    def title_words(self) -> str:
        """What the page is called."""
        raise NotImplementedError

    async def look(self) -> Sequence[Item]:
        """Its items as they are now."""
        raise NotImplementedError

    def row(self, item: Item, cells: int) -> tuple[Row, ...]:
        """How one looks."""
        raise NotImplementedError

    def name_of(self, item: Item) -> str:
        """What tells it from the others."""
        raise NotImplementedError

    def count_words(self) -> str:
        """What stands behind the title: how many there are."""
        return str(len(self._rows.items)) if self._rows.items else ""

    def heads(self, cells: int) -> Row:
        """What the columns are, above them; nothing where they speak for themselves."""
        return EMPTY

    def not_meant(self, item: Item | None) -> Sequence[str]:
        """Actions of the line of keys that this item has no use for."""
        return ()

    def named_here(self, item: Item | None) -> Mapping[str, str]:
        """Actions that are called otherwise on this item."""
        return {}

    def hint(self, item: Item | None) -> str:
        """What can be said of the item under the cursor while nothing else is."""
        return ""

    @property
    def link(self) -> Link:
        """The line to the office, for what is done beside the page."""
        return self._link

    # ------------------------------------------------------------ what it is made of
    def compose(self) -> ComposeResult:
        yield self._title_bar
        yield self._heads_bar
        yield self._rows
        yield self._status_bar
        yield self._keys_bar

    def on_mount(self) -> None:
        self._tell_title()
        self._tell_item()
        self.set_focus(self._rows)
        self.look_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, self.place)

    def _tell_title(self) -> None:
        said = (Span(f" {self.title_words()}", "heading"), Span(f"  {self.count_words()}", "dim"))
        self._title_bar.say(said)
        heads = self.heads(self.size.width) if self._rows.items else EMPTY
        self._heads_bar.display = bool(heads)
        self._heads_bar.say(heads)

    def _tell_item(self) -> None:
        """What the item under the cursor is good for, and its place in the list."""
        item, total = self._rows.chosen, self._rows.total
        self._keys_bar.show_place(self.place, leave_out=self.not_meant(item), named=self.named_here(item))
        place = (Span(self._rows.place_words(), "dim"), Span(" ")) if total else EMPTY
        self._status_bar.say(right=place)
        if not self._said:
            self.say("")

    def on_picker_moved(self) -> None:
        self._tell_item()

    def on_resize(self) -> None:
        self._tell_title()

    def say(self, words: str, look: str = "") -> None:
        """A sentence to the person; nothing: what can be said of the item under the cursor."""
        self._said = bool(words)
        shown = (Span(words, look),) if words else (Span(self.hint(self._rows.chosen), "dim"),)
        self._status_bar.say((Span(" "), *shown))

    def before_key(self) -> None:
        self.say("")

    # ------------------------------------------------------------ the office
    def line_changed(self, changed: Changed) -> None:
        """The office is there again, or away."""
        if changed.attached:
            self.say("")
            self.look_again()
        else:
            self.say(_("The office is away; attaching again…"), "warn")

    def told(self, announcement: Announcement) -> None:
        """Something changed in the office."""
        if announcement.kind in self.KINDS or announcement.kind == "scope_changed":
            self.look_again()

    def look_again(self) -> None:
        """Show what is there now."""

        async def filled() -> None:
            self._rows.fill(await self.look())
            self._tell_title()
            self._tell_item()

        self.ask(filled, group="look")

    def ask(self, act: Callable[[], Awaitable[object]], *, group: str = "act") -> None:
        """Ask the desk beside everything else."""

        async def guarded() -> None:
            try:
                await act()
            except DeskError as error:
                if error.code not in PASSING:
                    self.say(error_words(error), "warn")

        work: WorkType[None] = guarded
        self.run_worker(work, group=group, exclusive=group == "look")

    def act(self, doing: Doing, words: str) -> None:
        """Do it on the office that answers, and say so."""
        request = new_request()

        async def acted() -> None:
            await self._link.command(lambda desk: doing(desk, request))
            self.say(words)
            self.look_again()

        self.ask(acted)

    # ------------------------------------------------------------ keys
    def action_undo(self) -> None:
        self.ask(self._undo)

    async def _undo(self) -> None:
        done = await self._link.undo(new_request())
        self.look_again()
        self.say(undone_words(done))

    async def run_action(self, action: str, namespaces: Mapping[str, DOMNode] | None = None) -> None:
        """Another place is gone to by the mail below."""
        if action.startswith("go_"):
            self.leave(Left(action=action))
        else:
            await super().run_action(action, namespaces)

    def leave(self, left: Left | None) -> None:
        """Back to the mail."""
        self.dismiss(left)  # type: ignore[arg-type]  # Moves is Screen[None]; a page answers what it is left for

    def action_back(self) -> None:
        self.leave(None)

    def action_leave(self) -> None:
        self.leave(None)

    def action_compose(self) -> None:
        self.leave(Left(write=Answering.NEW))
