"""What an act is meant for: the marked threads, else the one that is read or under the cursor."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from store.model.ids import EmailId, ThreadId
from store.model.record import Record
from store.model.views import EmailRow, ThreadPage, ThreadRow
from tui.widgets.thread_list import ThreadList
from tui.widgets.windows import SIZE


class Target(Record, frozen=True, kw_only=True):
    """A thread, as much of it as acts need."""

    thread: ThreadId
    newest: EmailId
    unread: bool
    starred: bool


def of_row(row: ThreadRow) -> Target:
    """A thread of a list."""
    return Target(thread=row.thread, newest=row.newest, unread=row.unread, starred=row.starred)


def of_emails(emails: Sequence[EmailRow]) -> Target | None:
    """The thread that is read."""
    if not emails:
        return None
    return Target(
        thread=emails[-1].thread,
        newest=emails[-1].email,
        unread=any(not email.read for email in emails),
        starred=any(email.starred for email in emails),
    )


class Chosen(Record, frozen=True):
    """What was meant when the key was pressed; rows of a long range that are not here are fetched by `all`."""

    targets: tuple[Target, ...]
    missing: tuple[int, ...] = ()  # windows of a range
    reach: range = range(0)

    @property
    def many(self) -> bool:
        """Whether threads were marked."""
        return len(self.targets) > 1 or bool(self.missing)

    async def all(self, page: Callable[[int], Awaitable[ThreadPage]]) -> tuple[Target, ...]:
        """Every target, in the order of marking."""
        found = {target.thread: target for target in self.targets}
        for number in self.missing:
            rows = (await page(number * SIZE)).rows
            inside = (row for at, row in enumerate(rows, start=number * SIZE) if at in self.reach)
            found |= {row.thread: of_row(row) for row in inside}
        return tuple(found.values())


def marked(threads: ThreadList) -> Chosen:
    """The marks of a list, the range that is being marked included; none if there are none."""
    rows = dict(threads.marks)
    reach = threads.reach
    rows |= {row.thread: row for index in reach if (row := threads.windows.row(index)) is not None}
    missing = threads.windows.missing(reach.start, len(reach)) if reach else []
    return Chosen(_targets(rows.values()), tuple(missing), reach)


def _targets(rows: Iterable[ThreadRow]) -> tuple[Target, ...]:
    return tuple(map(of_row, rows))
