"""Carrying people's changes to the server while online: flags and moves, each under the UIDVALIDITY it was made for.

Must not guess: an act whose UID or UIDVALIDITY is no longer there is told as gone, and the desk decides.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from actors.mailbox.door import MailboxDoor
from actors.mailbox.line import Line
from actors.mailbox.looking import FolderWork
from actors.messages import AskChanges, Carried, Carry, Change
from actors.switchboard import DESK
from providers.errors import Refused, Unsupported
from providers.protocols import ListedFolder
from store.model.record import Record
from store.model.uidset import UidSet

if TYPE_CHECKING:
    from actors.mailbox.rounds import Rounds


class Carrying:
    """The changes of one mailbox, oldest first; kept durably by the desk, so that nothing is lost with this actor."""

    def __init__(self, door: MailboxDoor, line: Line, rounds: "Rounds", tell: Callable[[str, Record], object]) -> None:
        self._door = door
        self._line = line
        self._rounds = rounds
        self._tell = tell
        self._waiting: deque[Change] = deque()
        self._told: set[int] = set()  # carried in this run; a repeated Carry does not carry them again

    def add(self, message: Carry) -> None:
        """More changes; those already here or carried are known by their number."""
        known = self._told | {change.change for change in self._waiting}
        self._waiting.extend(change for change in message.changes if change.change not in known)

    def came_online(self) -> None:
        """Ask for what waits."""
        self._tell(DESK, AskChanges(mailbox=self._door.mailbox, incarnation=self._door.incarnation))

    def went_offline(self) -> None:
        """They are asked for again."""
        self._waiting.clear()

    def slice(self) -> bool:
        """Carry one change, and with it those that say the same of other UIDs of its folder."""
        if not self._waiting or self._rounds.reading.busy or not self._rounds.folders:
            return False
        first = self._waiting[0]
        work = self._rounds.folders.get(first.folder)
        if work is None:
            self._waiting.popleft()
            self._answer([first], "gone")
            return True
        together = self._alike_in_front(first)
        try:
            self._carry(work, first, together)
        except (Refused, Unsupported) as error:
            self._take(together)
            self._answer(together, "refused", code=error.code)
        return True

    def _alike_in_front(self, first: Change) -> list[Change]:
        """The run of changes at the front that one command can carry: acts on the same UID keep their order."""
        together: list[Change] = []
        for change in self._waiting:
            if not _alike(change, first):
                break
            together.append(change)
        return together

    def _carry(self, work: FolderWork, first: Change, together: list[Change]) -> None:
        selected = self._line.select(work, writable=True)
        if selected.uidvalidity != first.uidvalidity:
            self._take(together)
            self._answer(together, "gone")
            return
        uids = UidSet.of(change.uid for change in together)
        gone = [change for change in together if change.uid in uids - self._line.source.uids()]
        there = [change for change in together if change not in gone]
        self._take(gone)
        self._answer(gone, "gone")
        if not there:
            return
        uids = UidSet.of(change.uid for change in there)
        if first.flags_add or first.flags_remove:
            self._line.source.store_flags(uids, add=first.flags_add, remove=first.flags_remove)
            self._take(there)
            self._answer(there, "done")
            return
        self._move(there, first, uids)

    def _move(self, there: list[Change], first: Change, uids: UidSet) -> None:
        target = self._target(first)
        if target is None:
            self._take(there)
            self._answer(there, "refused", code="no_folder")
            return
        moved = self._line.source.move(uids, target.listed)
        self._take(there)
        places = dict(zip(moved.source, moved.target, strict=False))
        for change in there:
            self._told.add(change.change)
            self._tell(
                DESK,
                Carried(
                    mailbox=self._door.mailbox,
                    incarnation=self._door.incarnation,
                    change=change.change,
                    outcome="done",
                    new_folder=target.folder if change.uid in places else None,
                    new_uidvalidity=moved.uidvalidity,
                    new_uid=places.get(change.uid, 0),
                ),
            )
        self._rounds.look_at(target)

    def _target(self, change: Change) -> FolderWork | None:
        if change.target_folder is not None:
            return self._rounds.folders.get(change.target_folder)
        found = [work for work in self._rounds.folders.values() if _serves(work.listed, change.target_use)]
        return found[0] if found else None

    def _take(self, changes: Iterable[Change]) -> None:
        taken = {change.change for change in changes}
        self._waiting = deque(change for change in self._waiting if change.change not in taken)

    def _answer(self, changes: Iterable[Change], outcome: str, *, code: str | None = None) -> None:
        for change in changes:
            self._told.add(change.change)
            self._tell(
                DESK,
                Carried(
                    mailbox=self._door.mailbox,
                    incarnation=self._door.incarnation,
                    change=change.change,
                    outcome=outcome,
                    code=code,
                ),
            )


def _alike(change: Change, first: Change) -> bool:
    """Whether both can go in one command."""
    return (
        (change.folder, change.uidvalidity, change.flags_add, change.flags_remove)
        == (first.folder, first.uidvalidity, first.flags_add, first.flags_remove)
        and (change.target_folder, change.target_use) == (first.target_folder, first.target_use)
    )  # fmt: skip


def _serves(folder: ListedFolder, use: str | None) -> bool:
    return folder.special_use == use or (use == "archive" and folder.special_use == "all")
