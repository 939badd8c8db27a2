"""An audit's side of the server: all UIDs of each folder, folder by folder. The desk compares ([S8])."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.mailbox.door import MailboxDoor
from actors.mailbox.line import Line
from actors.mailbox.looking import FolderWork
from actors.messages import AuditNow, AuditTold
from actors.switchboard import DESK
from providers.errors import Refused
from store.model.ids import FolderKey
from store.model.record import Record

if TYPE_CHECKING:
    from actors.mailbox.rounds import Rounds

Told = tuple[FolderKey | None, str, int, str]


class Auditing:
    """Audits that were asked for, one after the other."""

    def __init__(self, door: MailboxDoor, line: Line, rounds: "Rounds", tell: Callable[[str, Record], object]) -> None:
        self._door = door
        self._line = line
        self._rounds = rounds
        self._tell = tell
        self._asked: deque[AuditNow] = deque()
        self._left: deque[FolderWork] | None = None
        self._told: list[Told] = []

    def ask(self, message: AuditNow) -> None:
        """Audit after those that were asked for before."""
        self._asked.append(message)

    def went_offline(self, code: str) -> None:
        """No audit can be made now: say so."""
        for message in self._asked:
            self._tell(DESK, AuditTold(id=message.id, mailbox=self._door.mailbox, folders=(), error_code=code))
        self._asked.clear()
        self._left = None

    def slice(self) -> bool:
        """One folder."""
        if not self._asked or self._rounds.reading.busy or not self._rounds.folders:
            return False
        if self._left is None:
            self._left = deque(
                work
                for work in self._rounds.folders.values()
                if not work.label and (self._asked[0].all_folders or work.skip is None)
            )
            self._told = []
        if self._left:
            self._list(self._left.popleft())
            return True
        message = self._asked.popleft()
        self._left = None
        self._tell(DESK, AuditTold(id=message.id, mailbox=self._door.mailbox, folders=tuple(self._told)))
        return True

    def _list(self, work: FolderWork) -> None:
        try:
            selected = self._line.select(work, anew=True)
            uids = self._line.source.uids()
        except Refused:
            self._told.append((work.folder, work.listed.name, 0, ""))
            return
        self._told.append((work.folder, work.listed.name, selected.uidvalidity, str(uids)))
