"""The text of a file whose encoding nobody told: marks at its beginning, UTF-8, UTF-16 by its zeros, then a guess.

The guess asks of each encoding how much of what it gives looks like names: lists of contacts are too short for
statistics of a language. It can be wrong: what was taken is shown before anything is kept, and a person may say
another.
"""

import codecs
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from tui.people.found import MOST_BYTES, BadFile

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERWISE: Final = "cp1252"
_LOOKED_AT: Final = 64 << 10  # bytes that the guess is made from
_RUN: Final = 3  # letters with accents do not stand side by side in such numbers

_RUNS: Final = re.compile(r"[^\x00-\x7f]+")
_LATIN: Final = re.compile("[À-ÖØ-öø-ÿŒœŠšŽžŸ]")
_QUOTES: Final = frozenset("’‘“”–—…€ºª°«»¿¡ ·")
_CYRILLIC: Final = re.compile("[А-яЁёІіЇїЄєҐґЎў]")
_KANA: Final = re.compile("[ぁ-ゟァ-ヿ・ー々]")
_HAN: Final = re.compile("[一-鿿]")
_HANGUL: Final = re.compile("[가-힣]")


def text_of(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text, and the encoding that it was taken for. Raises BadFile: people_encoding, too_long."""
    if len(data) > MOST_BYTES:
        raise BadFile("too_long")
    if encoding is not None:
        return _said(data, encoding)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _said(data, name)
    for name in (_wide(data), "utf-8"):
        if name:
            try:
                return _clean(data.decode(name)), name
            except UnicodeDecodeError:
                continue
    guessed = _guess(data)
    return _clean(data.decode(guessed, "replace")), guessed


def _said(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        name = codecs.lookup(encoding).name
        return _clean(data.decode(name)), name
    except (LookupError, UnicodeError, ValueError):
        raise BadFile("people_encoding", name=encoding[:40]) from None


def _clean(text: str) -> str:
    return text.removeprefix("\ufeff")


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every other byte of ASCII text is zero."""
    head = data[:4096]
    if len(head) < 4 or head.count(0) * 4 < len(head):
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _guess(data: bytes) -> str:
    best, score = _OTHERWISE, 0.0
    head = data[:_LOOKED_AT].rpartition(b"\n")[0] if len(data) > _LOOKED_AT else data
    for encoding, likely in _SCRIPTS.items():
        try:
            text = head.decode(encoding)
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        runs = [(found[0], _touches(text, found)) for found in _RUNS.finditer(text)]
        letters = sum(len(run) for run, _touching in runs)
        likeness = sum(likely(run, touching) for run, touching in runs) / max(letters, 1)
        if likeness > score:
            best, score = encoding, likeness
    return best


def _touches(text: str, found: re.Match[str]) -> bool:
    """Whether a letter of ASCII stands beside it: part of the same word."""
    begin, end = found.span()
    return text[max(0, begin - 1) : begin].isalpha() or text[end : end + 1].isalpha()


# ---- How much of a run of other letters than ASCII's looks like a name's


def _latin(run: str, touching: bool) -> float:  # noqa: FBT001 - the same for all scripts
    if len(run) >= _RUN and not touching:
        return 0.1 * len(_LATIN.findall(run))
    weight = 0.3 if len(run) >= _RUN else 1.0
    return weight * len(_LATIN.findall(run)) + 0.7 * sum(char in _QUOTES for char in run)


def _cyrillic(run: str, touching: bool) -> float:  # noqa: FBT001
    if touching:
        return 0.0
    turns = sum(one.islower() and other.isupper() for one, other in pairwise(run))
    return len(_CYRILLIC.findall(run)) - turns


def _japanese(run: str, touching: bool) -> float:  # noqa: FBT001
    return 0.0 if touching else len(_KANA.findall(run)) + 0.9 * len(_HAN.findall(run))


def _korean(run: str, touching: bool) -> float:  # noqa: FBT001
    return 0.0 if touching else len(_HANGUL.findall(run)) + 0.2 * len(_HAN.findall(run))


def _chinese(run: str, touching: bool) -> float:  # noqa: FBT001
    return 0.0 if touching else 0.85 * sum(_is_common(char) for char in run)


def _is_common(char: str) -> bool:
    try:
        return bool(_HAN.match(char)) and len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


_SCRIPTS: Final[dict[str, Callable[[str, bool], float]]] = {
    "cp1252": _latin,
    "cp932": _japanese,
    "cp1251": _cyrillic,
    "euc_kr": _korean,
    "gb18030": _chinese,
}
