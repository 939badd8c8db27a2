r"""Carrying people's changes to the server while online: flags and moves, each under the UIDVALIDITY it was made for.

    SELECT ── another UIDVALIDITY ─► stale        UID gone ─► looked for by Message-ID (seeking) ─► gone, with places
           └─ UID there ─► STORE, or MOVE, or COPY + \Deleted + UID EXPUNGE ─► done        refused ─► one by one

Must not guess: what became of a change is told, and the desk decides. What may have been copied before is looked for in
the target first.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from actors.mailbox.door import MailboxDoor
from actors.mailbox.line import Line
from actors.mailbox.looking import FolderWork
from actors.mailbox.seeking import Place, Seeking, place_of
from actors.messages import AskChanges, Carried, Carry, Change, Classify
from actors.switchboard import DESK
from providers.errors import Refused, Unsupported
from providers.protocols import Fetched, ListedFolder
from store.model.ids import FolderKey
from store.model.record import Record
from store.model.uidset import UidSet

if TYPE_CHECKING:
    from actors.mailbox.rounds import Rounds

TOGETHER: Final = 500  # changes in one command
LOOKED_AT: Final = 500  # of a target, for a mail without a Message-ID: the newest
PART_BYTES: Final = 1 << 20
DELETED: Final = "\\Deleted"

_Errand = tuple[int, Place]  # a change that was re-aimed is another errand


class Carrying:
    """The changes of one mailbox, oldest first; kept durably by the desk, so that nothing is lost with this actor."""

    def __init__(self, door: MailboxDoor, line: Line, rounds: "Rounds", tell: Callable[[str, Record], object]) -> None:
        self._door = door
        self._line = line
        self._rounds = rounds
        self._tell = tell
        self._waiting: list[Change] = []
        self._told: dict[_Errand, Carried] = {}  # told again when they are given again: what was told may be lost
        self._alone: set[int] = set()  # refused together with others
        self._tried: set[int] = set()
        self._closed: set[FolderKey] = set()  # could not be opened
        self._outdated: object = None  # a list of folders that holds no longer
        self._seeking: Seeking | None = None

    def add(self, message: Carry) -> None:
        """All that waits at the desk. What it no longer names, it knows to be over."""
        named = {_errand(change) for change in message.changes}
        self._told = {errand: answer for errand, answer in self._told.items() if errand in named}
        waiting = {change.change: change for change in self._waiting}
        for change in message.changes:
            answer = self._told.get(_errand(change))
            if answer is not None:
                self._tell(DESK, answer)
            elif change.change not in waiting or _errand(waiting[change.change]) != _errand(change):
                waiting[change.change] = change
        self._waiting = [waiting[number] for number in sorted(waiting)]

    def came_online(self) -> None:
        """Ask for what waits."""
        self._tell(DESK, AskChanges(mailbox=self._door.mailbox, incarnation=self._door.incarnation))

    def went_offline(self) -> None:
        """They are asked for again, and carried once the folders are known anew."""
        self._waiting.clear()
        self._seeking = None
        self._outdated = self._rounds.folders

    def slice(self) -> bool:
        """Carry one change, and with it those that say the same of other UIDs of its folder."""
        folders = self._rounds.folders
        if self._rounds.reading.busy or not folders or folders is self._outdated:
            return False
        if self._seeking is not None:
            self._seek_on(self._seeking)
            return True
        free = self._free()
        if not free:
            return False
        together = _together([change for change in free if change.change not in self._alone]) or free[:1]
        try:
            self._carry(together[0], together)
        except (Refused, Unsupported) as error:
            self._refused(together, code=error.code)
        return True

    def _free(self) -> list[Change]:
        """Those whose copies are not on their way to the desk: what was fetched before a change must be known first."""
        if not self._waiting:
            return []
        handed = {
            (request.origin.folder, request.origin.uidvalidity, copy.uid)
            for request in self._rounds.requests
            if isinstance(request, Classify)
            for copy in request.copies
        }
        return [change for change in self._waiting if place_of(change) not in handed]

    def _carry(self, first: Change, together: list[Change]) -> None:
        work = self._rounds.folders.get(first.folder)
        if work is None:
            self._seek(together)
            return
        try:
            # A session may go on seeing what others took away, until it opens the folder anew.
            selected = self._line.select(work, writable=True, anew=True)
        except Refused as error:
            if error.code != "no_folder":
                raise
            self._not_opened(first, together)
            return
        self._closed.discard(first.folder)
        if selected.uidvalidity != first.uidvalidity:
            self._answer(together, "stale")
            self._rounds.look_at(work)
            return
        there = self._present(work, together)
        if not there:
            return
        if first.flags_add or first.flags_remove:
            self._flag(work, there, first)
        else:
            self._move(work, there, first)

    def _present(self, work: FolderWork, changes: list[Change]) -> list[Change]:
        """Those whose UIDs are there; the others are looked for."""
        uids = UidSet.of(change.uid for change in changes)
        gone = uids - self._line.source.uids()
        if gone:
            self._seek([change for change in changes if change.uid in gone])
            self._rounds.look_at(work)
        return [change for change in changes if change.uid not in gone]

    # ------------------------------------------------------------ flags
    def _flag(self, work: FolderWork, there: list[Change], first: Change) -> None:
        uids = UidSet.of(change.uid for change in there)
        stored = self._line.source.store_flags(uids, add=first.flags_add, remove=first.flags_remove)
        told = {one.uid for one in stored}
        if len(told) < len(uids):  # a UID that left meanwhile is no error to a server
            there = self._present(work, there)
        self._answer(there, "done")

    # ------------------------------------------------------------ moves
    def _move(self, work: FolderWork, there: list[Change], first: Change) -> None:
        target = self._target(first)
        if target is None or target is work:
            self._answer(there, "done" if target else "refused", code=None if target else "no_folder")
            return
        if not self._line.source.capabilities.move:
            there = self._finish_copied(work, there, target)
            if not there:
                return
        self._tried |= {change.change for change in there}
        self._move_now(work, there, target)
        self._rounds.look_at(target)

    def _move_now(self, work: FolderWork, there: list[Change], target: FolderWork) -> None:
        source = self._line.source
        moved = source.move(UidSet.of(change.uid for change in there), target.listed)
        places = dict(zip(moved.source, moved.target, strict=False))
        left = not (source.capabilities.move or source.capabilities.uidplus)
        for change in there:
            uid = places.get(change.uid)
            if uid is not None:
                self._answer([change], "done", new=(target, moved.uidvalidity, uid), left=left)
        untold = [change for change in there if change.uid not in places]
        if places and untold:  # the server names those that it moved: the others had left
            self._seek(untold)
            self._rounds.look_at(work)
        else:
            self._answer(untold, "done", left=left)

    def _finish_copied(self, work: FolderWork, there: list[Change], target: FolderWork) -> list[Change]:
        r"""What an earlier try has copied already only loses its old place: \Deleted and UID EXPUNGE, never a
        second copy.
        """
        again = [change for change in there if change.again or change.change in self._tried]
        copies = self._copies_of(work, again, target) if again else {}
        copied = [change for change in again if change.change in copies]
        if copied:
            self._line.select(work, writable=True)
            places = UidSet.of(change.uid for change in copied)
            self._line.source.store_flags(places, add=(DELETED,))
            left = not self._line.source.expunge(places)
            for change in copied:
                uidvalidity, uids = copies[change.change]
                new = (target, uidvalidity, next(iter(uids))) if len(uids) == 1 else None
                self._answer([change], "done", new=new, left=left)
            self._rounds.look_at(target)
        self._line.select(work, writable=True)
        return [change for change in there if change not in copied]

    def _copies_of(
        self, work: FolderWork, changes: list[Change], target: FolderWork
    ) -> dict[int, tuple[int, list[int]]]:
        """Which of these have a copy in the target: as large, and with the same header fields."""
        source = self._line.source
        here = {one.uid: one for one in self._heads(UidSet.of(change.uid for change in changes))}
        uidvalidity = self._line.select(target, anew=True).uidvalidity
        found: dict[int, tuple[int, list[int]]] = {}
        for change in changes:
            if change.uid in here:
                named = change.message_id
                candidates = source.search_message_id(named) if named else source.uids().newest(LOOKED_AT)
                same = [one.uid for one in self._heads(candidates) if _same(one, here[change.uid])]
                if same:
                    found[change.change] = (uidvalidity, same)
        return found

    def _heads(self, uids: UidSet) -> list[Fetched]:
        return list(self._line.source.fetch(uids, whole=False, limit=PART_BYTES)) if uids else []

    def _target(self, change: Change) -> FolderWork | None:
        if change.target_folder is not None:
            return self._rounds.folders.get(change.target_folder)
        found = [work for work in self._rounds.folders.values() if _serves(work.listed, change.target_use)]
        return found[0] if found else None

    # ------------------------------------------------------------ what is not as it was
    def _not_opened(self, first: Change, together: list[Change]) -> None:
        """Perhaps it has another name now: the folders are listed once more, then its copies are looked for."""
        if first.folder in self._closed:
            self._seek(together)
            return
        self._closed.add(first.folder)
        self._outdated = self._rounds.folders
        self._rounds.look_at_all()

    def _seek(self, gone: Sequence[Change]) -> None:
        """They wait until it is known where they are; what finds no room is found gone once more."""
        self._seeking = Seeking(gone, self._rounds.folders.values())

    def _seek_on(self, seeking: Seeking) -> None:
        if seeking.step(self._line):
            return
        self._seeking = None
        for change in seeking.changes:
            moves = not (change.flags_add or change.flags_remove)
            target = self._target(change) if moves else None
            self._answer([change], "gone", new=(target, 0, 0) if target else None, found=seeking.found(change))

    def _refused(self, together: list[Change], *, code: str) -> None:
        """One that cannot be carried must not take the others with it."""
        if len(together) > 1:
            self._alone |= {change.change for change in together}
        else:
            self._answer(together, "refused", code=code)

    # ------------------------------------------------------------ answers
    def _answer(
        self,
        changes: Iterable[Change],
        outcome: str,
        *,
        code: str | None = None,
        new: tuple[FolderWork, int, int] | None = None,
        left: bool = False,
        found: tuple[Place, ...] = (),
    ) -> None:
        """Told, and kept until the desk no longer names it."""
        over = {}
        for change in changes:
            folder, uidvalidity, uid = new or (None, 0, 0)
            over[_errand(change)] = Carried(
                mailbox=self._door.mailbox,
                incarnation=self._door.incarnation,
                change=change.change,
                outcome=outcome,
                code=code,
                place=place_of(change),
                new_folder=None if folder is None else folder.folder,
                new_uidvalidity=uidvalidity,
                new_uid=uid,
                left=left,
                found=found,
            )
        self._waiting = [change for change in self._waiting if _errand(change) not in over]
        for number in {errand[0] for errand in over}:
            self._alone.discard(number)
            self._tried.discard(number)
        self._told |= over
        for answer in over.values():
            self._tell(DESK, answer)


def _together(changes: Sequence[Change]) -> list[Change]:
    """The first, and those that one command can carry with it: acts on the same UID keep their order."""
    together: list[Change] = []
    passed: set[Place] = set()
    for change in changes:
        if place_of(change) not in passed and _alike(change, changes[0]) and len(together) < TOGETHER:
            together.append(change)
        else:
            passed.add(place_of(change))
    return together


def _alike(change: Change, first: Change) -> bool:
    """Whether both can go in one command."""
    return (
        (change.folder, change.uidvalidity, change.flags_add, change.flags_remove)
        == (first.folder, first.uidvalidity, first.flags_add, first.flags_remove)
        and (change.target_folder, change.target_use) == (first.target_folder, first.target_use)
    )  # fmt: skip


def _errand(change: Change) -> _Errand:
    return (change.change, place_of(change))


def _same(one: Fetched, other: Fetched) -> bool:
    return (one.size, one.raw) == (other.size, other.raw)


def _serves(folder: ListedFolder, use: str | None) -> bool:
    return folder.special_use == use or (use == "archive" and folder.special_use == "all")
