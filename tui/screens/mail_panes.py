"""The three panes of the mail: client folders, threads, an email. Asks the desk and shows; decides nothing about mail.

Wide: three panes, and the email under the cursor is shown in passing. Narrow: folders and threads, or the email.
Single, as at 80 by 24: one of the three.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final, Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.widgets import Input
from textual.worker import WorkerState, WorkType

from actors.desk.api import Desk
from store.model.errors import DeskError, NotFound
from store.model.firm import MemberRole
from store.model.ids import EmailId, OutboxId, ThreadId
from store.model.outbox import OutboxRow, OutboxState
from store.model.views import Announcement, ThreadQuery, View
from tui import keys
from tui.feed import Feed
from tui.first import INBOX
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import PASSING, Changed, Link, new_request
from tui.plain import Span
from tui.screens.browse import Browse
from tui.screens.moves import Moves
from tui.screens.reading import Reading
from tui.sentences import error_words
from tui.signs import is_plain
from tui.surroundings import Surroundings
from tui.widgets.folder_list import Corner, FolderList, folder_name
from tui.widgets.kept import Across, Pane
from tui.widgets.keys_bar import KeysBar
from tui.widgets.letter import Letter
from tui.widgets.letter_pane import LetterPane
from tui.widgets.lines import Bar
from tui.widgets.picker import Picker
from tui.widgets.status import StatusLine, office_row
from tui.widgets.thread_list import ThreadList

FETCH_SECONDS: Final = 30.0
PATIENCE: Final = 0.1  # seconds in which the first list comes as a rule
NO_LIST: Final = frozenset(  # kinds that change no list
    {"mailbox_told", "audit_told", "notices_kept", "outbox_changed", "settings_changed"}
)
GOING: Final = frozenset({OutboxState.HELD, OutboxState.SCHEDULED, OutboxState.QUEUED, OutboxState.SENDING})
SETTINGS: Final = "settings_changed"
SCOPE: Final = "scope_changed"
ATTACHED: Final = "attached"

Hold = tuple[ThreadId | None, int]


@runtime_checkable
class TakesSettings(Protocol):
    """The application, which has colours, language and keys."""

    async def apply(self, settings: Mapping[str, str]) -> bool: ...


class MailPanes(Moves):
    """See the module."""

    CSS_PATH = "mail.tcss"
    AUTO_FOCUS = "#threads"

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__()
        self._link, self._around = link, around
        self._threads = ThreadList(id="threads", clock=around.clock, moved=self._threads_moved)
        link.taken_back = self._threads.returning.taken_back
        self._folders = FolderList(id="folders")
        self._letter = LetterPane(id="letter-pane", clock=around.clock)
        self._title = Bar(id="list-title")
        self._status = StatusLine(id="status")
        self._sending: OutboxId | None = None
        self._painted = False  # anything yet
        self._sees_all = False  # so that no client folder means that there is none
        self._browse = Browse(self._threads, desk=lambda: link.desk, failed=self._refused)
        self._reading = Reading(desk=lambda: link.desk, show=self._show_letter)
        self._under_cursor: ThreadId | None = None
        self._passing_by = False  # waiting until the cursor stays
        self._feed = Feed(
            self._look_again,
            start=lambda looking: self._run(looking, "feed"),
            gap=around.pace.news,
            pause=around.sleep,
        )

    def _run(self, work: WorkType[None], group: str) -> None:
        """Beside everything else; what comes later in a group takes its place, but commands are all carried out."""
        self.run_worker(work, group=group, exclusive=group != "command")

    # ------------------------------------------------------------ what it is made of
    def compose(self) -> ComposeResult:
        with Across(id="panes"):
            with Pane(id="folders-pane"):
                yield Bar(id="firm")
                yield self._folders
            with Pane(id="threads-pane"):
                yield self._title
                yield self._threads
            yield self._letter
        yield self._status
        yield KeysBar(id="keys")

    def on_mount(self) -> None:
        self.set_timer(PATIENCE, self._show_now)
        self._letter.show(None, same=False)
        self._browse.open(INBOX, empty_words=_empty_words(INBOX))

    def _compositor_refresh(self) -> None:
        """Nothing is painted before the first list is here, or has been waited for: what comes first is the mail."""
        if self._painted:
            super()._compositor_refresh()

    def update_node_styles(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - as Textual declares it
        """As Textual's. Before anything is painted each widget has just got its styles as it was mounted."""
        if self._painted:
            super().update_node_styles(animate)

    def _show_now(self) -> None:
        if not self._painted:
            self._painted = True
            self.refresh()

    @property
    def wide(self) -> bool:
        """Whether the email stands beside the list."""
        return self.has_class("-wide") and not is_plain()

    @property
    def single(self) -> bool:
        """Whether one pane is seen at a time."""
        return self.has_class("-single") or is_plain()

    # ------------------------------------------------------------ places
    @property
    def place(self) -> Place:
        """Where the person is."""
        if isinstance(self.focused, Input):
            return Place.SEARCH
        if self.focused is self._folders:
            return Place.FOLDERS
        return Place.READING if self.focused is self._letter.text else Place.THREADS

    def go(self, place: Place) -> None:
        """To another pane, at once: the next key may be here already."""
        self._show_pane(place)
        pane = {Place.FOLDERS: self._folders, Place.READING: self._letter.text}.get(place, self._threads)
        self.set_focus(pane, scroll_visible=False)

    def _show_pane(self, place: Place) -> None:
        self.set_class(place is Place.READING, "-reading")
        self.set_class(place is Place.FOLDERS, "-folders")

    def on_descendant_focus(self) -> None:
        self._show_pane(self.place)
        self._show_keys()

    def on_resize(self) -> None:
        self.call_later(self._show_keys)  # when it is known how many panes are seen

    def _show_keys(self) -> None:
        """The way to the folders, where they are not seen."""
        leave_out = () if self.single and self.place is Place.THREADS else ("left",)
        self.query_one(KeysBar).show_place(self.place, leave_out=leave_out)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, self.place)

    def say(self, words: str, look: str = "") -> None:
        self._status.speak(words, look=look)

    # ------------------------------------------------------------ the office
    def line_changed(self, changed: Changed) -> None:
        """The office is there again, or away."""
        if changed.attached:
            self._browse.stale = True
            self._fill()  # the list is what one waits for; all else comes beside it
            self._feed.note(ATTACHED)
            return
        self._show_now()
        words = _("The office is away; attaching again…")
        if changed.error is not None and changed.error.code not in PASSING:
            words = error_words(changed.error)
        self._status.office((Span("! ", "warn"), Span(words, "warn")))

    def told(self, announcement: Announcement) -> None:
        """Something changed in the office."""
        if announcement.kind == SCOPE:
            self._forget()
        self._feed.told(announcement)

    def _forget(self) -> None:
        """What may be seen is another: keep nothing that was shown (Z6)."""
        self._reading.forget()
        self._folders.set_rows(())
        self.left_search()
        self._open(self._browse.query)

    def search_entered(self, typed: str) -> None:
        """A search has been typed."""

    def left_search(self) -> None:
        """The list that a search began from is not to be gone back to."""

    async def _look_again(self, kinds: frozenset[str], threads: frozenset[ThreadId]) -> None:
        """Look anew at what these kinds of news may have changed: a kind that is not known, anything."""
        try:
            desk = self._link.desk
            if ATTACHED in kinds:
                welcome = await desk.welcome()
                self.query_one("#firm", Bar).say((Span(f" {welcome.firm}", "heading"),))
                self._sees_all = welcome.member.role is not MemberRole.EMPLOYEE
                if welcome.empty:
                    self.greet(welcome.firm)
            if kinds & {ATTACHED, SETTINGS}:
                await self._set_up(await desk.settings())
            if kinds - NO_LIST:
                await self._lists_again(desk, kinds, threads=frozenset() if ATTACHED in kinds else threads)
            if kinds & {ATTACHED, SCOPE, "mailbox_told", "firm_changed"}:
                known = not self._sees_all or any(row.client is not None for row in self._folders.rows)
                self._status.office(office_row(await desk.status(), clients=known))
            if kinds & {ATTACHED, SCOPE, "notices_kept"}:
                told = await desk.notice_count()
                self._status.notices(told.notices)
                self._folders.set_corner(Corner.NOTICES, count=told.notices, fresh=told.unseen > 0)
            if kinds & {ATTACHED, SCOPE, "outbox_changed"}:
                self._tell_outbox(await desk.outbox())
        except DeskError as error:
            self._refused(error)

    async def _set_up(self, settings: Mapping[str, str]) -> None:
        """What the member has set up; words and keys that stand here already are said anew."""
        if isinstance(self.app, TakesSettings) and await self.app.apply(settings):
            self._show_keys()
            self._letter.again()
            self._folders.refresh()
            self._threads.refresh()
            self._tell_list()

    def _tell_outbox(self, rows: Sequence[OutboxRow]) -> None:
        drafts = sum(row.state in (OutboxState.DRAFT, OutboxState.CANCELLED) for row in rows)
        going = [row.state for row in rows if row.state not in (OutboxState.DRAFT, OutboxState.CANCELLED)]
        unsent = sum(state is not OutboxState.SENT for state in going)
        trouble = any(state in (OutboxState.FAILED, OutboxState.UNCERTAIN) for state in going)
        self._say_gone(rows)
        self._folders.set_corner(Corner.DRAFTS, count=drafts)
        self._folders.set_corner(Corner.OUTBOX, count=unsent, fresh=trouble)

    def _say_gone(self, rows: Sequence[OutboxRow]) -> None:
        """What became of the mail that was written last."""
        state = next((row.state for row in rows if row.outbox == self._sending), None)
        if state is OutboxState.SENT:
            self._status.speak(_("Sent."))
        elif state is OutboxState.FAILED:
            self._status.speak(_("It could not be sent: g o shows why."), look="warn")
        elif state is OutboxState.UNCERTAIN:
            self._status.speak(_("Nobody can know whether it went out: g o shows more."), look="warn")
        if state not in GOING:
            self._sending = None

    def greet(self, firm: str) -> None:
        """Nothing is here yet."""

    async def _lists_again(self, desk: Desk, kinds: frozenset[str], *, threads: frozenset[ThreadId]) -> None:
        self._folders.set_rows(await desk.folders())
        if kinds != {ATTACHED}:  # the list is under way then
            self._browse.stale = True
            self._fill()
        if self._reading.thread is not None and (not threads or self._reading.thread in threads):
            self._ask(self._reading.again, group="again")
        self._tell_list()

    def _refused(self, error: DeskError) -> None:
        """The desk said no. That the office is away is said by the line itself."""
        if error.code in PASSING:
            return
        if isinstance(error, NotFound) and self._browse.query.client is not None:  # that client's folder is gone
            self._open(INBOX)
        self._status.speak(error_words(error), look="warn")

    def _ask(self, act: Callable[..., Awaitable[object]], *given: object, group: str) -> None:
        """Ask the desk beside everything else; what comes later in a group takes its place."""
        self._run(partial(self._guarded, act, *given), group)

    async def _guarded(self, act: Callable[..., Awaitable[object]], *given: object) -> None:
        try:
            await act(*given)
        except DeskError as error:
            self._refused(error)

    # ------------------------------------------------------------ lists
    def _open(self, query: ThreadQuery, *, hold: Hold | None = None) -> None:
        """Show another list."""
        self._browse.open(query, empty_words=_empty_words(query), hold=hold)
        if not query.text:
            self._folders.stand_on(query)
        self._run(self._browse.work, "threads")
        self._tell_list()

    def _fill(self) -> None:
        """Fetch what is wanted, unless that is under way: it looks again before it ends."""
        running = (WorkerState.PENDING, WorkerState.RUNNING)
        if not any(worker.group == "threads" and worker.state in running for worker in self.workers):
            self._run(self._browse.work, "threads")

    def on_thread_list_wanting(self) -> None:
        if self._link.here and (self._browse.stale or self._threads.wanted()):
            self._fill()

    def on_picker_moved(self, event: Picker.Moved) -> None:
        if event.picker is self._folders:
            self._ask(self._open_folder, group="folder")

    def _threads_moved(self) -> None:
        """The cursor is on another thread, or the list is another."""
        self._show_now()
        self._tell_list()
        self._in_passing()
        self.on_thread_list_wanting()

    async def _open_folder(self) -> None:
        await self._around.sleep(self._around.pace.passing)
        if self._folders.has_focus:
            self._open_here()

    def _open_here(self) -> None:
        """The list of the folder under the cursor."""
        if (query := self._folders.chosen) != self._browse.query and isinstance(query, ThreadQuery):
            self.left_search()
            self._open(query)

    def on_picker_clicked(self, event: Picker.Clicked) -> None:
        if event.picker is self._folders:
            self._open_here()
        else:
            self.open_thread()

    def _tell_list(self) -> None:
        """The list's name and how much it holds, and the cursor's place in it."""
        query, total = self._browse.query, self._threads.total
        name = _("Search: {text}").format(text=query.text) if query.text else folder_name(query, self._folders.rows)
        count = ngettext("{count} thread", "{count} threads", total).format(count=total) if total else ""
        if marked := self._threads.marked:
            count += ngettext(" · {count} marked", " · {count} marked", marked).format(count=marked)
        new, news = self._threads.fresh, ""
        if new:
            news = ngettext("{count} new · gg shows it", "{count} new · gg shows them", new).format(count=new)
        self._title.say(
            (Span(f" {name}", "heading"), Span(f"  {count}", "dim")), right=(Span(news, "accent"), Span(" "))
        )
        self._status.at(position=self._threads.cursor + 1, total=total)

    # ------------------------------------------------------------ the email
    def open_thread(self) -> None:
        """Read the thread under the cursor."""
        row = self._threads.chosen
        if row is not None:
            self.go(Place.READING)
            self._ask(self._opened, row.thread, group="reading")

    def _show_letter(self, letter: Letter | None, same: bool) -> None:  # noqa: FBT001 - a callback
        self._letter.show(letter, same=same)

    def _in_passing(self) -> None:
        """Show the thread under the cursor where there is room beside the list."""
        row = self._threads.chosen
        if not self.wide or self.place is Place.READING:
            return
        if row is None:
            if self._threads.windows.known and not self._threads.total:
                self._reading.forget()
        elif row.thread != self._reading.thread:
            self._under_cursor = row.thread
            if not self._passing_by:
                self._ask(self._passing, group="reading")

    async def _passing(self) -> None:
        """Look when the cursor has stayed for a while: one wait for all the keys that follow one another."""
        self._passing_by, shown = True, None
        try:
            while shown != self._under_cursor:
                wanted = None
                while wanted != self._under_cursor:
                    wanted = self._under_cursor
                    await self._around.sleep(self._around.pace.passing)
                if wanted is not None:
                    await self._reading.look(wanted)
                shown = wanted
        finally:
            self._passing_by = False

    async def _opened(self, thread: ThreadId, email: EmailId | None = None) -> None:
        await self._link.command(lambda _desk: self._reading.open(thread, email))
        await self._read_now()

    async def _stepped(self, by: int) -> None:
        if not await self._reading.step(by):
            self._status.speak(_("There is no other email in that direction."))
        elif self.place is Place.READING:
            await self._read_now()

    async def _read_now(self) -> None:
        """A person reads this email: mark it read, and bring its body."""
        email = self._reading.email
        if email is None:
            return
        if not email.read:
            request = new_request()
            await self._link.command(lambda desk: desk.mark(request, [email.email], read=True, passing=True))
        await self._reading.fetch(timeout=FETCH_SECONDS)


def _empty_words(query: ThreadQuery) -> str:
    if query.text:
        return _("Nothing found.")
    if query.client is None and query.view is View.INBOX:
        return _("Nothing to answer.")
    return _("Nothing here.")
