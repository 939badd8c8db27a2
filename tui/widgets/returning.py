"""Threads that come back to a list because an act was taken back: the person's own doing, so none of them is new.

Must not hold threads that come back otherwise: who was snoozed and is due is news.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Final

from store.model.ids import EmailId, ThreadId
from tui.widgets.windows import Windows

MOST: Final = 10_000


class Returning:
    """`left` by what left through acts; after `taken_back` they may come, each once and with no newer email."""

    def __init__(self) -> None:
        self._left: dict[ThreadId, EmailId] = {}
        self._coming: dict[ThreadId, EmailId] = {}

    def left(self, threads: Mapping[ThreadId, EmailId]) -> None:
        """Acts were done to these, with their newest email then."""
        self._left |= threads
        for oldest in list(islice(self._left, max(len(self._left) - MOST, 0))):
            del self._left[oldest]

    def taken_back(self) -> None:
        """An act is being taken back."""
        self._coming |= self._left
        self._left.clear()

    def come(self, *, before: Windows, now: Windows, above: int) -> int:
        """How many of them stand above a place of the list, and did not before; those have come."""
        if not self._coming:
            return 0
        there = {row.thread for row in before.rows()}
        come = 0
        for row in now.rows():
            if self._coming.get(row.thread) == row.newest and row.thread not in there:
                del self._coming[row.thread]
                at = now.find(row.thread, near=above)
                come += at is not None and at < above
        return come
