"""Fills the list of threads: windows as they come into view, the whole anew when the desk tells of changes.

One request at a time, always for what is in view now: what was scrolled past is never asked for. An answer for a list
that is no longer shown is thrown away.
"""

from collections.abc import Callable

from actors.desk.api import Desk
from store.model.errors import DeskError
from store.model.ids import ThreadId
from store.model.views import ThreadPage, ThreadQuery, View
from tui.link import PASSING
from tui.screens.look import Look
from tui.widgets.thread_list import Seen, ThreadList
from tui.widgets.thread_row import Shown
from tui.widgets.windows import SIZE


class Browse:
    """See the module. `desk` gives the desk that answers now; `failed` is told what it refused."""

    def __init__(self, shown: ThreadList, *, desk: Callable[[], Desk], failed: Callable[[DeskError], None]) -> None:
        self.query = ThreadQuery()
        self.stale = False
        self._shown, self._desk, self._failed = shown, desk, failed
        self._hold: tuple[ThreadId | None, int] | None = None

    def open(self, query: ThreadQuery, *, empty_words: str, hold: tuple[ThreadId | None, int] | None = None) -> None:
        """Another list, from its beginning, or with the cursor held on a thread."""
        self.query, self._hold = query, hold
        self.stale = hold is not None
        alike = query.client is None and not query.text and query.view in (View.INBOX, View.DONE)
        self._shown.start(shown=Shown(client=query.client is None, state=not alike), empty_words=empty_words)

    async def work(self) -> None:
        """Fetch until nothing in view is missing or old. Errors end it; what is old stays marked."""
        try:
            while True:
                if self.stale:
                    self.stale = False
                    await self._reload()
                elif wanted := self._shown.wanted():
                    await self._fetch(wanted[0])
                else:
                    return
        except DeskError as error:
            self.stale = True
            if error.code not in PASSING:
                self._shown.give_up()
            self._failed(error)

    async def _page(self, query: ThreadQuery, number: int) -> ThreadPage:
        return await self._desk().threads(query, offset=number * SIZE, limit=SIZE)

    async def _fetch(self, number: int) -> None:
        windows = self._shown.windows
        page = await self._page(self.query, number)
        if windows is self._shown.windows:
            windows.put(page)
            self._shown.filled()

    async def _reload(self) -> None:
        """The list as it is now, what one looks at held where it is; shown when all of its view is here."""
        query, shown = self.query, self._shown
        seen, anchor = shown.view(), shown.chosen.thread if shown.chosen else None
        if self._hold is not None:
            anchor, index = self._hold
            seen = Seen(cursor=index, line=index, total=index + 1, rows={})
        self._hold = None
        looking = Look(seen=seen, anchor=anchor)
        while (number := looking.next_window()) is not None:
            looking.put(await self._page(query, number))
        cursor = looking.settle()
        fresh, line = looking.fresh, min(seen.line, cursor)
        for number in fresh.missing(max(cursor - line, 0), shown.page):
            fresh.put(await self._page(query, number))
        if query == self.query:
            shown.replace(fresh, cursor=cursor, line=line)
