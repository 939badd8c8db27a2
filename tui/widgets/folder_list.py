"""The left pane: the views of [T2], then every client's folder, with threads to answer; bold where any is unread.

Inbox+, Drafts and Outbox stand among them: they are no lists of threads, and open as screens of their own.
"""

from collections.abc import Sequence
from enum import StrEnum

from store.model.record import Record
from store.model.views import FolderRow, ThreadQuery, View
from tui.i18n import N_, _
from tui.plain import EMPTY, Row, Span, fit, width
from tui.widgets.looks import ROW
from tui.widgets.picker import Picker


class Corner(StrEnum):
    """A folder that is no list of threads."""

    NOTICES = "notices"
    DRAFTS = "drafts"
    OUTBOX = "outbox"


ROOM = 100  # items that are taken to have room before it was shown, so that it is not scrolled then
NAMES: dict[View | Corner, str] = {
    Corner.NOTICES: N_("Inbox+"),
    View.INBOX: N_("Inbox"),
    View.WAITING: N_("Waiting"),
    View.CC: N_("Cc"),
    View.ASSIGNED: N_("Assigned to me"),
    View.UNFILED: N_("Unfiled"),
    View.AMBIGUOUS: N_("Ambiguous"),
    View.SNOOZED: N_("Snoozed"),
    View.DONE: N_("Done"),
    View.SENT: N_("Sent"),
    Corner.DRAFTS: N_("Drafts"),
    Corner.OUTBOX: N_("Outbox"),
    View.DELETED: N_("Deleted"),
    View.ALL: N_("All mail"),
}
"""In the order of the pane."""
_IF_ANY = (View.CC, View.ASSIGNED, View.AMBIGUOUS, View.SNOOZED, View.DELETED, Corner.DRAFTS, Corner.OUTBOX)
_COUNTED = (View.WAITING, View.AMBIGUOUS, View.SNOOZED, View.DELETED)  # by all they hold, quietly
_UNCOUNTED = (View.DONE, View.ALL, View.SENT)
_NEVER_BOLD = (View.ALL, View.SENT, View.DONE, View.WAITING)  # what is unread there stands elsewhere too


def folder_name(query: ThreadQuery, rows: Sequence[FolderRow]) -> str:
    """What a list is called."""
    if query.client is None:
        return _(NAMES[query.view])
    return next((row.client.name for row in rows if row.client and row.client.client == query.client), "…")


class Heading(Record, frozen=True):
    """A line between the folders."""

    text: str


class CornerRow(Record, frozen=True):
    """A corner with how much it holds; `fresh` makes it bold."""

    corner: Corner
    count: int = 0
    fresh: bool = False


class FolderList(Picker):
    """See the module."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._page = ROOM
        self.rows: tuple[FolderRow, ...] = ()
        self._corners = {corner: CornerRow(corner) for corner in Corner}
        self._items: list[FolderRow | CornerRow | Heading] = []

    @property
    def total(self) -> int:
        return len(self._items)

    def can_stand(self, index: int) -> bool:
        return not isinstance(self._items[index], Heading)

    @property
    def chosen(self) -> ThreadQuery | Corner:
        """What the cursor's folder stands for."""
        here = self._items[self.cursor] if self.cursor < len(self._items) else None
        return ThreadQuery(view=View.INBOX) if here is None or isinstance(here, Heading) else _meant(here)

    def set_rows(self, rows: Sequence[FolderRow]) -> None:
        """The folders as they are now; the cursor stays on its folder."""
        self.rows = tuple(rows)
        self._arrange()

    def set_corner(self, corner: Corner, *, count: int, fresh: bool = False) -> None:
        """How much a corner holds now."""
        row = CornerRow(corner, count, fresh)
        if self._corners[corner] != row:
            self._corners[corner] = row
            self._arrange()

    def _arrange(self) -> None:
        meant, row = self.chosen, self.cursor - self.top
        views: dict[View | Corner, FolderRow | CornerRow] = {row.view: row for row in self.rows if row.view}
        views |= {corner: row for corner, row in self._corners.items()}  # noqa: C416 - a wider type of key
        shown = [views[name] for name in NAMES if name in views and (name not in _IF_ANY or _size(views[name]))]
        clients = [row for row in self.rows if row.client]
        self._items = [*shown, *([Heading(""), Heading(_("Clients"))] if clients else []), *clients]
        self.cursor = self._place(meant)
        if self.top:
            self.top = min(max(self.cursor - row, 0), self._lowest)
        self._jump()
        self.refresh()

    def stand_on(self, meant: ThreadQuery | Corner) -> None:
        """Put the cursor on a folder."""
        self.go(self._place(meant))

    def _place(self, meant: ThreadQuery | Corner) -> int:
        inbox = ThreadQuery(view=View.INBOX)
        places = [n for wanted in (meant, inbox) for n, item in enumerate(self._items)
                  if not isinstance(item, Heading) and _meant(item) == wanted]  # fmt: skip
        return places[0] if places else 0

    def item(self, index: int) -> tuple[Row, ...]:
        item, cells = self._items[index], self.size.width
        if isinstance(item, Heading):
            return (self._heading(item.text, cells) if item.text else EMPTY,)
        number, count_look = _count(item)
        count = str(number) if number else ""
        room = max(cells - 2 - (len(count) + 1 if count else 0), 1)
        look = "strong" if _is_bold(item) else ""
        name = fit(_name(item), room)
        return ((Span(" "), Span(name, look), Span(f" {count}" if count else "", count_look), Span(" ")),)

    @staticmethod
    def _heading(text: str, cells: int) -> Row:
        """With what the numbers below it are."""
        left = max(cells - 3 - width(text), 0)
        counted = _("to answer")
        said = fit(counted, left, right=True) if width(counted) <= left else ""
        return (Span(f" {text} ", "heading"), Span(said, "dim"))

    def line(self, y: int) -> tuple[Row, str]:
        return super().line(y) if self._items else (EMPTY, ROW)


def _name(row: FolderRow | CornerRow) -> str:
    if isinstance(row, CornerRow):
        return _(NAMES[row.corner])
    return _(NAMES[row.view]) if row.view else row.client.name if row.client else ""


def _is_bold(row: FolderRow | CornerRow) -> bool:
    """Something in it is new to the reader."""
    if isinstance(row, CornerRow):
        return row.fresh
    return row.unread and row.view not in _NEVER_BOLD


def _size(row: FolderRow | CornerRow) -> int:
    return row.count if isinstance(row, CornerRow) else row.threads


def _count(row: FolderRow | CornerRow) -> tuple[int, str]:
    """In one colour threads to answer or to decide on; else, quietly, how many there are. Everything is not counted."""
    if isinstance(row, CornerRow):
        return row.count, "accent" if row.corner is Corner.NOTICES else "dim"
    if row.view in _COUNTED:
        return row.threads, "answer" if row.view is View.AMBIGUOUS else "dim"
    return (0, "") if row.view in _UNCOUNTED else (row.to_answer, "answer")


def _meant(row: FolderRow | CornerRow) -> ThreadQuery | Corner:
    if isinstance(row, CornerRow):
        return row.corner
    if row.client is not None:
        return ThreadQuery(client=row.client.client)
    return ThreadQuery(view=row.view or View.ALL)
