"""Acts on threads: what they are done to, in which pieces, and what is said.

Many are done in pieces that one undo takes back, with their progress in the status line; Esc stops between two.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from actors.desk.api import Desk
from store.model.errors import DeskError, NotFound
from store.model.ids import EmailId, RequestId
from store.model.record import Record
from store.model.views import Done, ThreadPage
from tui.acts import did_words, next_words, progress_words, undone_words
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import Link, new_request
from tui.screens.mail_panes import MailPanes
from tui.screens.targets import Chosen, Target, marked, of_emails, of_row
from tui.sentences import error_words
from tui.surroundings import Surroundings
from tui.widgets.windows import SIZE

PIECE = 20  # threads of a command that takes many


class Act(Record, frozen=True, kw_only=True):
    """One kind of act. `word` names what is said of it; `piece` is how many threads a command takes."""

    word: str
    perform: Callable[[Desk, RequestId, Sequence[Target]], Awaitable[object]]
    piece: int = 1
    name: str = ""  # of the client, folder, member or moment
    leaves: bool = True  # the thread may leave the list: one goes back to it


def each(perform: Callable[[Desk, RequestId, Target], Awaitable[object]]) -> Callable[..., Awaitable[object]]:
    """For a command that takes one thread."""

    async def performed(desk: Desk, request: RequestId, targets: Sequence[Target]) -> object:
        return await perform(desk, request, targets[0])

    return performed


class Acting(MailPanes):
    """See the module."""

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._last_act: Callable[[], None] | None = None
        self._many_running = 0  # acts on many that are under way
        self._stop_asked = False
        self._one_by_one = asyncio.Lock()

    # ------------------------------------------------------------ marks
    def action_mark(self) -> None:
        count = self.take() or 1
        if self._threads.range_from is not None:
            self._ask(self._end_range, marked(self._threads), group="range")
        else:
            self._threads.toggle(count)

    def action_range(self) -> None:
        if self._threads.range_from is not None:
            self._ask(self._end_range, marked(self._threads), group="range")
        elif self._threads.chosen is not None:
            self._threads.begin_range()

    async def _end_range(self, chosen: Chosen) -> None:
        """The rows of a long range are fetched, then all of it is marked."""
        rows = [row for index in chosen.reach if (row := self._threads.windows.row(index)) is not None]
        for number in chosen.missing:
            page = await self._page(number * SIZE)
            rows += [row for at, row in enumerate(page.rows, start=page.offset) if at in chosen.reach]
        self._threads.mark(rows)

    async def _page(self, offset: int) -> ThreadPage:
        return await self._link.desk.threads(self._browse.query, offset=offset, limit=SIZE)

    # ------------------------------------------------------------ what is meant
    @property
    def target(self) -> Target | None:
        """The one thread that is read, or under the cursor."""
        if self.place is Place.READING:
            return of_emails(self._reading.emails)
        row = self._threads.chosen
        return of_row(row) if row is not None else None

    @property
    def chosen(self) -> Chosen:
        """What an act is for, now."""
        if self.place is not Place.READING and (self._threads.marks or self._threads.range_from is not None):
            return marked(self._threads)
        target = self.target
        return Chosen(() if target is None else (target,))

    def some(self) -> Chosen | None:
        """The same; None where there is nothing, which is said."""
        chosen = self.chosen
        if chosen.targets or chosen.missing:
            return chosen
        self._status.speak(_("There is no thread here."))
        return None

    @property
    def email(self) -> EmailId | None:
        """The email that is read, or shown beside the list, or the newest of the thread under the cursor."""
        shown, row = self._reading.email, self._threads.chosen
        if shown is not None and self.place is Place.READING:
            return shown.email
        if shown is not None and self.wide and row is not None and row.thread == self._reading.thread:
            return shown.email
        return row.newest if row is not None else None

    # ------------------------------------------------------------ doing
    def act(self, act: Act, *, again: Callable[[], None] | None = None, chosen: Chosen | None = None) -> None:
        """Do it to what is meant now; `again` is what `.` does later."""
        meant = self.some() if chosen is None else chosen
        if meant is None:
            return
        self._last_act = again or partial(self.act, act)
        if not self._link.here:
            self._status.speak(_("It is done as soon as the office is back."))
        self._run(partial(self._guarded, self._do, act, meant), "command")
        if act.leaves:
            if meant.many:
                self._threads.leave(target.thread for target in meant.targets)
            self.go(Place.THREADS)

    async def _do(self, act: Act, chosen: Chosen) -> None:
        if not chosen.many:
            request = new_request()
            done = await self._link.command(lambda desk: act.perform(desk, request, chosen.targets))
            self._remember(act, chosen.targets)
            self._tell_done(act, done)
            self._threads.unmark()
            return
        async with self._one_by_one:
            self._many_running += 1
            try:
                await self._do_many(act, await chosen.all(self._page))
            finally:
                self._many_running -= 1
                self._status.busy("")

    def _tell_done(self, act: Act, done: object) -> None:
        """A warning goes before: the act is done all the same, and u takes it back."""
        if not isinstance(done, Done) or done.warning is None:
            self._status.speak(did_words(act.word, 1, name=act.name))
        else:
            self._status.speak(error_words(DeskError(done.warning, name=done.about)), look="warn")

    async def _do_many(self, act: Act, targets: Sequence[Target]) -> None:
        batch, done, self._stop_asked = new_request(), 0, False
        refused: DeskError | None = None
        for number, start in enumerate(range(0, len(targets), act.piece), start=1):
            if self._stop_asked:
                break
            self._status.busy(progress_words(act.word, done=done, count=len(targets)))
            piece = targets[start : start + act.piece]
            request = RequestId(f"{batch}/{number}")
            try:
                await self._link.command(partial(_perform, act, request, piece))
            except NotFound:  # gone meanwhile
                continue
            except DeskError as error:
                refused = error
                break
            done += len(piece)
            self._remember(act, piece)
        self._threads.unmark()
        self._tell_many(act, done=done, count=len(targets), refused=refused)

    def _remember(self, act: Act, targets: Sequence[Target]) -> None:
        """What may have left the list, so that it is no news when it comes back by undo."""
        if act.leaves:
            self._threads.returning.left({target.thread: target.newest for target in targets})

    def _tell_many(self, act: Act, *, done: int, count: int, refused: DeskError | None) -> None:
        said = did_words(act.word, done, name=act.name) if done else ""
        if self._stop_asked and done < count:
            left = ngettext("Stopped; {count} is left.", "Stopped; {count} are left.", count - done)
            said = f"{left.format(count=count - done)} {said}"
        if refused is not None:
            said = f"{error_words(refused)} {said}"
        self._status.speak(said.strip(), look="warn" if refused is not None else "")

    def stop_acts(self) -> bool:
        """Stop what many are being done to; False if nothing is."""
        if not self._many_running:
            return False
        self._stop_asked = True
        return True

    # ------------------------------------------------------------ again, and back
    def action_repeat(self) -> None:
        if self._last_act is None:
            self._status.speak(_("Nothing was done yet that could be repeated."))
        else:
            self._last_act()

    def action_undo(self) -> None:
        request = new_request()

        async def undone() -> None:
            done = await self._link.undo(request)
            self._status.speak(undone_words(done))

        if not self._link.here:
            self._status.speak(_("It is done as soon as the office is back."))
        self._run(partial(self._guarded, undone), "command")

    async def undo_note(self) -> str:
        """What undo would take back, for the palette."""
        try:
            told = await self._link.desk.next_undo()
        except DeskError:
            return ""
        return "" if told is None else next_words(told)


async def _perform(act: Act, request: RequestId, piece: Sequence[Target], desk: Desk) -> None:
    await act.perform(desk, request, piece)
