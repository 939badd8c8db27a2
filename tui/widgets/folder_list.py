"""The left pane: the views of [T2], then every client's folder, with threads to answer; bold where any is unread."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.model.views import FolderRow, ThreadQuery, View
from tui.i18n import N_, _
from tui.plain import EMPTY, Row, Span, fit
from tui.widgets.picker import Picker

VIEWS: dict[View, str] = {
    View.INBOX: N_("Inbox"),
    View.WAITING: N_("Waiting"),
    View.UNFILED: N_("Unfiled"),
    View.AMBIGUOUS: N_("Ambiguous"),
    View.DONE: N_("Done"),
    View.ALL: N_("All mail"),
}
"""In the order of the pane."""


def folder_name(query: ThreadQuery, rows: Sequence[FolderRow]) -> str:
    """What a list is called."""
    if query.client is None:
        return _(VIEWS[query.view])
    return next((row.client.name for row in rows if row.client and row.client.client == query.client), "…")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line between the folders."""

    text: str


class FolderList(Picker):
    """See the module."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: tuple[FolderRow, ...] = ()
        self._items: list[FolderRow | Heading] = []

    @property
    def total(self) -> int:
        return len(self._items)

    def can_stand(self, index: int) -> bool:
        return isinstance(self._items[index], FolderRow)

    @property
    def chosen(self) -> ThreadQuery:
        """The list that the cursor's folder stands for."""
        here = self._items[self.cursor] if self.cursor < len(self._items) else None
        return _query(here) if isinstance(here, FolderRow) else ThreadQuery(view=View.INBOX)

    def set_rows(self, rows: Sequence[FolderRow]) -> None:
        """The folders as they are now; the cursor stays on its folder."""
        query = self.chosen
        self.rows = tuple(rows)
        views = sorted((row for row in rows if row.view), key=lambda row: list(VIEWS).index(row.view or View.ALL))
        shown = [row for row in views if row.view is not View.AMBIGUOUS or row.threads]
        clients = [row for row in rows if row.client]
        self._items = [*shown, *([Heading(""), Heading(_("Clients"))] if clients else []), *clients]
        self.cursor = self._place(query)
        self._jump()
        self.refresh()

    def stand_on(self, query: ThreadQuery) -> None:
        """Put the cursor on a folder."""
        self.go(self._place(query))

    def _place(self, query: ThreadQuery) -> int:
        places = (n for n, item in enumerate(self._items) if isinstance(item, FolderRow) and _query(item) == query)
        return next(places, 0)

    def item(self, index: int) -> tuple[Row, ...]:
        item, cells = self._items[index], self.size.width
        if isinstance(item, Heading):
            return ((Span(f" {item.text}", "heading") if item.text else Span(""),),)
        name = _(VIEWS[item.view]) if item.view else item.client.name if item.client else ""
        number, count_look = _count(item)
        count = str(number) if number else ""
        room = max(cells - 2 - (len(count) + 1 if count else 0), 1)
        look = "strong" if item.unread else ""
        return ((Span(" "), Span(fit(name, room), look), Span(f" {count}" if count else "", count_look), Span(" ")),)

    def line(self, y: int) -> tuple[Row, str]:
        return super().line(y) if self._items else (EMPTY, "lines--row")


def _count(row: FolderRow) -> tuple[int, str]:
    """Threads to answer; where none can be by definition, how many there are, quietly. Everything is not counted."""
    if row.view in (View.WAITING, View.AMBIGUOUS):
        return row.threads, "dim"
    return (0, "") if row.view in (View.DONE, View.ALL) else (row.to_answer, "answer")


def _query(row: FolderRow) -> ThreadQuery:
    if row.client is not None:
        return ThreadQuery(client=row.client.client)
    return ThreadQuery(view=row.view or View.ALL)
