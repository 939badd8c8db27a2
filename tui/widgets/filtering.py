"""Many named things filtered as one types, at once with thousands: what is typed on to only looks at what still fits.

Pure: no screen and no desk in it.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tui.fuzzy import Fit, Folded, fit

Item = TypeVar("Item")


class Filtering(Generic[Item]):
    """`words` are what is looked in. Without anything typed all are there, in the order given; else the best first."""

    def __init__(self, words: Callable[[Item], str]) -> None:
        self._words = words
        self._items: Sequence[Item] = ()
        self._folded: dict[str, Folded] = {}
        self._typed = ""
        self._fits: list[tuple[int, Fit]] = []

    def fill(self, items: Sequence[Item]) -> None:
        """These are all."""
        self._items = items
        self._typed, self._fits = "", []

    def found(self, typed: str) -> Sequence[Item]:
        """Those that fit."""
        wanted = " ".join(typed.split())
        if not wanted:
            self._typed, self._fits = "", []
            return self._items
        narrower = self._typed and wanted.startswith(self._typed) and " " not in wanted[len(self._typed) :]
        among = [number for number, _good in self._fits] if narrower else range(len(self._items))
        fits = ((number, fit(wanted, self._fold(self._items[number]))) for number in among)
        good = [(number, one) for number, one in fits if one is not None]
        self._typed, self._fits = wanted, sorted(good, key=lambda each: each[0])
        return [self._items[number] for number, _one in sorted(good, key=lambda each: (each[1].rank, each[0]))]

    def _fold(self, item: Item) -> Folded:
        words = self._words(item)
        known = self._folded.get(words)
        if known is None:
            known = self._folded[words] = Folded(words)
        return known
