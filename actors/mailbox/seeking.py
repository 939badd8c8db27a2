"""Where the copies stand now whose UIDs are gone: looked for by Message-ID, a folder a slice.

Must not judge what is found: that is the desk's. A mail without a Message-ID is found nowhere.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from actors.mailbox.line import Line
from actors.mailbox.looking import FolderWork
from actors.messages import Change
from providers.errors import Refused
from store.model.ids import FolderKey

Place = tuple[FolderKey, int, int]  # folder, UIDVALIDITY, UID
MOST: Final = 50  # changes at once: so many searches in each folder
_SHOWS_OTHERS: Final = frozenset({"flagged"})  # holds nothing of its own
_HOLDS_ALL: Final = "all"  # what stands in another folder stands here too


class Seeking:
    """One search for the copies of some changes."""

    def __init__(self, changes: Sequence[Change], folders: Iterable[FolderWork]) -> None:
        self.changes = tuple(changes[:MOST])
        self._found: dict[int, list[Place]] = {change.change: [] for change in self.changes}
        usual = [work for work in folders if not (work.label or work.listed.special_use in _SHOWS_OTHERS)]
        searched = any(change.message_id for change in self.changes)
        self._left = deque(sorted(usual, key=lambda work: work.listed.special_use == _HOLDS_ALL) if searched else ())

    def step(self, line: Line) -> bool:
        """Look into one folder; False once all were looked into. Raises what ends a connection."""
        if not self._left:
            return False
        work = self._left.popleft()
        wanted = self._wanted(work)
        if not wanted:
            return bool(self._left)
        try:
            uidvalidity = line.select(work, anew=True).uidvalidity
            for message_id, changes in wanted.items():
                places = [(work.folder, uidvalidity, uid) for uid in line.source.search_message_id(message_id)]
                for change in changes:
                    self._found[change.change] += [place for place in places if place != place_of(change)]
        except Refused:
            pass  # a folder that cannot be opened holds nothing that could be acted on
        return bool(self._left)

    def _wanted(self, work: FolderWork) -> dict[str, list[Change]]:
        """Message-ID → changes: two acts on one mail are one search."""
        wanted: dict[str, list[Change]] = {}
        last = work.listed.special_use == _HOLDS_ALL
        for change in self.changes:
            if change.message_id and not (last and self._found[change.change]):
                wanted.setdefault(change.message_id, []).append(change)
        return wanted

    def found(self, change: Change) -> tuple[Place, ...]:
        """The places that bear its Message-ID."""
        return tuple(self._found[change.change])


def place_of(change: Change) -> Place:
    """Where a change is to be carried."""
    return (change.folder, change.uidvalidity, change.uid)
