"""The mail as a person works in it: what each key does in the three panes, and the search."""

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import Input

from store.model.ids import EmailId, ThreadId
from store.model.views import ThreadQuery, View
from tui import keys, theme
from tui.i18n import _
from tui.keys import Place
from tui.screens.help import help_page
from tui.screens.mail_panes import MailPanes
from tui.screens.why import why_page
from tui.widgets.ask import Ask

Hold = tuple[ThreadId | None, int]


class MailScreen(MailPanes):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings(Place.FOLDERS, Place.THREADS, Place.READING, Place.SEARCH),
    ]
    CSS_PATH = "mail.tcss"

    _before_search: tuple[ThreadQuery, Hold] | None = None

    # ------------------------------------------------------------ search
    def action_search(self) -> None:
        if self._before_search is None:
            row = self._threads.chosen
            self._before_search = (self._browse.query, (row.thread if row else None, self._threads.cursor))
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
        ask = self.query_one(Ask)
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

    def action_open(self) -> None:
        if self.place is Place.FOLDERS:
            self._open_here()
            self.go(Place.THREADS)
            return
        self.open_thread()

    def action_fetch(self) -> None:
        self._ask(self._read_now, group="reading")

    def action_right(self) -> None:
        self.action_open()

    def action_left(self) -> None:
        self.go(Place.THREADS if self.place is Place.READING else Place.FOLDERS)

    def action_back(self) -> None:
        if not self._left():
            self.app.exit()

    def action_leave(self) -> None:
        self._left()

    def action_leave_search(self) -> None:
        self._left()

    def _left(self) -> bool:
        """One step back; False where there is none."""
        if self.place is Place.READING:
            self.go(Place.THREADS)
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
            self.action_open()

    def action_quotes(self) -> None:
        self._letter.fold()

    def action_done(self) -> None:
        thread = self._reading.thread if self.place is Place.READING else None
        if thread is None and self._threads.chosen is not None:
            thread = self._threads.chosen.thread
        if thread is not None:
            self._command(lambda desk, request: desk.done(request, thread), _("Done. u takes it back."))
            self.go(Place.THREADS)

    def action_undo(self) -> None:
        self._command(lambda desk, request: desk.undo(request), _("Undone."))

    def action_why(self) -> None:
        email = self._reading.email if self.place is Place.READING or self.wide else None
        row = self._threads.chosen
        if email is not None and (self.place is Place.READING or (row and row.thread == self._reading.thread)):
            self._ask(self._why, email.email, group="why")
        elif row is not None:
            self._ask(self._why, row.newest, group="why")

    async def _why(self, email: EmailId) -> None:
        why = await self._link.desk.why(email)
        self.app.push_screen(why_page(why))

    def action_go_inbox(self) -> None:
        self._go_view(View.INBOX)

    def action_go_waiting(self) -> None:
        self._go_view(View.WAITING)

    def action_go_unfiled(self) -> None:
        self._go_view(View.UNFILED)

    def action_go_done(self) -> None:
        self._go_view(View.DONE)

    def action_go_all(self) -> None:
        self._go_view(View.ALL)

    def _go_view(self, view: View) -> None:
        self.left_search()
        self._open(ThreadQuery(view=view))
        self.go(Place.THREADS)
