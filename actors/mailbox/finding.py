"""Where mail of an address lies that may be a client's now: asked of the server, a folder at a time, and only where not
even header fields were read. What it names is fetched before the rest ([S5]).

Only puts work in order: what is missed here comes later all the same. Must not hold up new mail: between two questions
a look goes on.
"""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from actors.mailbox.line import Line
from actors.mailbox.looking import FolderWork
from providers.errors import Refused
from store.model.ids import FolderKey

if TYPE_CHECKING:
    from actors.mailbox.rounds import Rounds

MOST: Final = 100  # addresses that wait: the rest comes in its own time


class Finding:
    """Addresses that are looked for, one after the other."""

    def __init__(self, line: Line, rounds: "Rounds") -> None:
        self._line = line
        self._rounds = rounds
        self._asked: deque[str] = deque()
        self._left: deque[FolderKey] | None = None  # for the first of them
        self._rested = True

    def ask(self, addresses: Sequence[str]) -> None:
        """Look for these too."""
        new = [address for address in addresses if address not in self._asked]
        self._asked.extend(new[: MOST - len(self._asked)])

    def slice(self) -> bool:
        """One question; False while a look has to go on."""
        rounds = self._rounds
        rounds.held = False
        if not self._asked or not rounds.folders:
            return False
        if rounds.reading.busy:
            rounds.held = self._rested  # no more is asked for until the question is answered
            self._rested = True
            return False
        reads_flags = rounds.look is not None and rounds.look.flags is not None
        if reads_flags or not self._rested:
            self._rested = True
            return False
        work = self._next()
        if work is not None:
            self._search(work)
            self._rested = False
        return work is not None

    def _next(self) -> FolderWork | None:
        """The next folder with unread mail for the first address; addresses without one are done."""
        while self._asked:
            if self._left is None:
                self._left = deque(unread(self._rounds))
            while self._left:
                work = self._rounds.folders.get(self._left.popleft())
                if work is not None:
                    return work
            self._asked.popleft()
            self._left = None
        return None

    def _search(self, work: FolderWork) -> None:
        rounds = self._rounds
        try:
            self._line.select(work)
            found = self._line.source.search_address(self._asked[0], since=rounds.door.settings.history_from)
        except Refused:
            return  # a server that does not look for it, or a folder that cannot be opened
        rounds.fetch_first(work, found)


def unread(rounds: "Rounds") -> list[FolderKey]:
    """The folders with mail of which not even header fields were read, as far as is known."""
    look = rounds.look
    fetching = None if look is None or look.chunks.over else look.work
    return [
        work.folder
        for work in rounds.folders.values()
        if not (work.skip or work.label) and (not work.known.uidvalidity or work.known.pending or work is fetching)
    ]
