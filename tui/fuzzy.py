"""Which of many texts are meant by a few letters: words' beginnings before middles, accents and case ignored. Pure.

A text fits if each typed word fits somewhere in it: as it stands, or letter by letter in order. Never fails, whatever
is typed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from store.model.folding import folded
from store.model.record import Record

_STARTS: Final = re.compile(r"(?<![a-z0-9])[a-z0-9]", re.ASCII)
_BEGIN, _WORD, _INITIALS, _INSIDE, _SCATTERED = range(5)
NOTHING_TYPED: Final = (0, 0, 0)


class Fit(Record, frozen=True):
    """How a text fits: the lower the rank the better; the places of its letters that were typed."""

    rank: tuple[int, int, int]
    places: tuple[int, ...] = ()


class Folded:
    """A text made comparable, which remembers where each of its letters stood."""

    __slots__ = ("at", "starts", "text")

    def __init__(self, text: str) -> None:
        self.at: Sequence[int]
        if text.isascii():  # most are, and there may be thousands
            self.text, self.at = text.lower(), range(len(text))
            self.starts = tuple(found.start() for found in _STARTS.finditer(self.text))
            return
        letters = [(letter, place) for place, raw in enumerate(text) for letter in folded(raw)]
        self.text = "".join(letter for letter, _place in letters)
        self.at = tuple(place for _letter, place in letters)
        before = pairwise(" " + self.text)
        self.starts = tuple(n for n, (was, now) in enumerate(before) if now.isalnum() and not was.isalnum())


def fit(typed: str, text: Folded) -> Fit | None:
    """How a text fits what was typed; None if it doesn't."""
    worst, first, places = 0, 0, set[int]()
    for word in Folded(typed).text.split():
        found = _fit_word(word, text)
        if found is None:
            return None
        rank, hits = found
        worst, first = max(worst, rank), max(first, hits[0])
        places.update(text.at[hit] for hit in hits)
    return Fit((worst, first, len(text.text)) if places else NOTHING_TYPED, tuple(sorted(places)))


def _fit_word(word: str, text: Folded) -> tuple[int, Sequence[int]] | None:
    if text.text.startswith(word):
        return _BEGIN, range(len(word))
    for start in text.starts:
        if text.text.startswith(word, start):
            return _WORD, range(start, start + len(word))
    if (initials := _in_order(word, text.text, text.starts)) is not None:
        return _INITIALS, initials
    if (inside := text.text.find(word)) >= 0:
        return _INSIDE, range(inside, inside + len(word))
    scattered = _in_order(word, text.text, range(len(text.text)))
    return None if scattered is None else (_SCATTERED, scattered)


def _in_order(word: str, text: str, among: Iterable[int]) -> list[int] | None:
    """The first of these places that spell the word; None if they don't."""
    hits, rest = list[int](), iter(among)
    for letter in word:
        hit = next((place for place in rest if text[place] == letter), None)
        if hit is None:
            return None
        hits.append(hit)
    return hits


def ranked(typed: str, texts: Sequence[Folded]) -> Iterator[tuple[int, Fit]]:
    """The numbers of the texts that fit, best first; those that fit alike in the order given."""
    letters = [re.compile(".*?".join(map(re.escape, word)), re.DOTALL) for word in Folded(typed).text.split()]
    likely = ((number, text) for number, text in enumerate(texts) if all(each.search(text.text) for each in letters))
    fits = ((number, fit(typed, text)) for number, text in likely)
    found = [(number, good) for number, good in fits if good is not None]
    return iter(sorted(found, key=lambda each: each[1].rank))
