"""Many named things filtered as one types, at once with thousands: what is typed on to only looks at what still fits.

The same fits as in a chooser: each typed word as it stands, or letter by letter in order. Pure: no screen in it.
"""

import re
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from store.model.folding import folded

Item = TypeVar("Item")


class Known(NamedTuple):
    """What is looked in, made comparable: the text, and the first letters of its words."""

    text: str
    initials: str


class Filtering(Generic[Item]):
    """`words` are what is looked in. Without anything typed all are there, in the order given; else the best first."""

    def __init__(self, words: Callable[[Item], str]) -> None:
        self._words = words
        self._items: Sequence[Item] = ()
        self._known: list[Known] = []
        self._typed = ""
        self._fits: Sequence[int] = ()

    def fill(self, items: Sequence[Item]) -> None:
        """These are all."""
        self._items = items
        self._known = [known(self._words(item)) for item in items]
        self._typed, self._fits = "", ()

    def found(self, typed: str) -> Sequence[Item]:
        """Those that fit."""
        wanted = folded(" ".join(typed.split()))
        words = wanted.split()
        if not words:
            self._typed, self._fits = "", ()
            return self._items
        narrower = self._typed and wanted.startswith(self._typed) and " " not in wanted[len(self._typed) :]
        fits: Sequence[int] = self._fits if narrower else range(len(self._items))
        letters = [re.compile(".*?".join(map(re.escape, word)), re.DOTALL) for word in words]
        for each in letters:
            fits = [number for number in fits if each.search(self._known[number].text)]
        self._typed, self._fits = wanted, fits
        pairs = list(zip(words, letters, strict=True))
        ranks = {number: max(rank(word, each, self._known[number]) for word, each in pairs) for number in fits}
        return [self._items[number] for number in sorted(fits, key=lambda number: (ranks[number], number))]


def rank(word: str, letters: re.Pattern[str], text: Known) -> int:
    """How well it fits: at the beginning, at a word's, by initials, inside, letter by letter."""
    at = text.text.find(word)
    if at == 0:
        return 0
    if at > 0 and f" {word}" in text.text:
        return 1
    if letters.search(text.initials):
        return 2
    return 3 if at > 0 else 4


def known(text: str) -> Known:
    """A text to look in."""
    plain = folded(text)
    return Known(plain, "".join(word[0] for word in plain.split()))
