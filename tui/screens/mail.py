"""The mail as a person works in it: the keys of the three panes, and the search. What acts do stands in its parents."""

from textual.widgets import Input

from store.model.ids import EmailId, ThreadId
from store.model.views import ThreadQuery, View
from tui.i18n import _
from tui.keys import Place
from tui.screens.deciding import Deciding
from tui.screens.taking import Taking
from tui.widgets.ask import Ask
from tui.widgets.folder_list import Corner

Hold = tuple[ThreadId | None, int]
PANE_ORDER = (Place.FOLDERS, Place.THREADS, Place.READING)


class MailScreen(Deciding, Taking):
    """See the module."""

    CSS_PATH = "mail.tcss"

    _before_search: tuple[ThreadQuery, Hold] | None = None

    # ------------------------------------------------------------ search
    async def action_search(self) -> None:
        if self._before_search is None:
            row = self._threads.chosen
            self._before_search = (self._browse.query, (row.thread if row else None, self._threads.cursor))
        if not self.query(Ask):  # made when it is first wanted: the first list need not wait for it
            await self.mount(Ask(id="ask", entered=self.search_entered), before="#keys")
        self.query_one(Ask).begin(self._browse.query.text)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._ask(self._search, event.value.strip(), group="search")

    async def _search(self, text: str) -> None:
        await self._around.sleep(self._around.pace.typing)
        if text and text != self._browse.query.text:
            self._open(ThreadQuery(view=View.ALL, text=text))

    def search_entered(self, typed: str) -> None:
        text = typed.strip()
        if not text:
            self._leave_search()
            return
        self.workers.cancel_group(self, "search")
        if text != self._browse.query.text or self._browse.stale:
            self._open(ThreadQuery(view=View.ALL, text=text))
        self._end_asking()

    def _end_asking(self) -> None:
        for ask in self.query(Ask):
            if ask.display:
                self.go(Place.THREADS)
                ask.end()

    def left_search(self) -> None:
        self._before_search = None
        self.workers.cancel_group(self, "search")
        self._end_asking()

    def _leave_search(self) -> None:
        """Back to the list, and the thread, from which the search began."""
        before = self._before_search
        self.left_search()
        if before is not None and before[0] != self._browse.query:
            self._open(before[0], hold=before[1])

    # ------------------------------------------------------------ keys
    def before_key(self) -> None:
        self._status.hush()

    def typed_changed(self) -> None:
        self._status.typed(self.typed.shown)

    async def action_open(self) -> None:
        if self.place is not Place.FOLDERS:
            self.open_thread()
            return
        folder = self._folders.chosen
        if isinstance(folder, Corner):
            await self.open_corner(folder)
        else:
            self._open_here()
            self.go(Place.THREADS)

    def action_fetch(self) -> None:
        self._ask(self._read_now, group="reading")

    async def action_right(self) -> None:
        await self.action_open()

    def action_left(self) -> None:
        self.go(Place.THREADS if self.place is Place.READING else Place.FOLDERS)

    def action_next_pane(self) -> None:
        """The next pane that can be seen; from the last one to the first."""
        panes = [place for place in PANE_ORDER if place is not Place.READING or self.wide or self.place is place]
        at = panes.index(self.place) if self.place in panes else 0
        following = panes[(at + 1) % len(panes)]
        if following is Place.READING:
            self.open_thread()
        else:
            self.go(following)

    def action_back(self) -> None:
        if not self._left():
            self.app.exit()

    def action_leave(self) -> None:
        if not self.stop_acts():
            self._left()

    def action_leave_search(self) -> None:
        self._left()

    def _left(self) -> bool:
        """One step back; False where there is none."""
        if self.place is Place.READING or (self.place is Place.FOLDERS and self.single):
            self.go(Place.THREADS)
        elif self._threads.marked and self.place is not Place.SEARCH:
            self._threads.unmark()
        elif self._before_search is not None:
            self._leave_search()
        else:
            return False
        return True

    def action_next_email(self) -> None:
        self._ask(self._stepped, self.take() or 1, group="reading")

    def action_previous_email(self) -> None:
        self._ask(self._stepped, -(self.take() or 1), group="reading")

    def action_next_hit(self) -> None:
        self._hit(self.take() or 1)

    def action_previous_hit(self) -> None:
        self._hit(-(self.take() or 1))

    def _hit(self, by: int) -> None:
        """Another thread of a search, opened if one is reading."""
        if not self._browse.query.text:
            self._status.speak(_("Nothing was searched for; / begins a search."))
            return
        reading = self.place is Place.READING
        self._threads.move(by)
        if reading:
            self.open_thread()

    def action_quotes(self) -> None:
        self._letter.fold()

    def action_why(self) -> None:
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
        else:
            self._ask(self._why, email, group="why")

    async def _why(self, email: EmailId) -> None:
        from tui.screens.why import why_page

        why = await self._link.command(lambda desk: desk.why(email))
        self.app.push_screen(why_page(why), lambda _nothing: None)
