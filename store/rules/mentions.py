"""Whom a comment names: `@Clara Weiss`, or `@Clara` where only one is called so. Case is ignored, the longest wins.

Invariant: an address (`ana@firm.example`) names nobody, and a name that several share names none of them. What names
nobody is told apart from what names several, so that its writer can be told.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from store.model.ids import MemberKey

_AT: Final = re.compile(r"(?<![\w.+-])@")
_WORD: Final = re.compile(r"[^\W_][\w'’-]*")


class Missed(NamedTuple):
    """Words after `@` as they were written: of nobody's name, and of several members'."""

    nobody: tuple[str, ...]
    several: tuple[str, ...]


def mentioned(text: str, names: Mapping[MemberKey, str]) -> tuple[MemberKey, ...]:
    """The members that a text names, sorted."""
    known = _known(names)
    longest = sorted(known, key=len, reverse=True)
    plain = _plain(text)
    found: set[MemberKey] = set()
    for at in _AT.finditer(plain):
        name = next((name for name in longest if _starts(plain, at.end(), name)), None)
        member = None if name is None else known[name]
        if member is not None:
            found.add(member)
    return tuple(sorted(found))


def missed(text: str, names: Mapping[MemberKey, str]) -> Missed:
    """What somebody is named by in vain, each once."""
    known = _known(names)
    longest = sorted(known, key=len, reverse=True)
    nobody, several = dict[str, None](), dict[str, None]()
    for at in _AT.finditer(text):
        word = _WORD.match(text, at.end())
        if word is None:
            continue
        rest = _plain(text[at.end() :])
        name = next((name for name in longest if _starts(rest, 0, name)), None)
        if name is None:
            nobody[word[0]] = None
        elif known[name] is None:
            several[word[0]] = None
    return Missed(tuple(nobody), tuple(several))


def _known(names: Mapping[MemberKey, str]) -> dict[str, MemberKey | None]:
    """Each way to name a member; None: it could be several. A whole name is nobody else's first name."""
    known: dict[str, MemberKey | None] = {}
    for whole in (False, True):
        said: dict[str, MemberKey | None] = {}
        for member, name in names.items():
            words = _plain(name).split()
            if words:
                way = " ".join(words) if whole else words[0]
                said[way] = None if way in said else member
        known |= said
    return known


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _starts(text: str, place: int, name: str) -> bool:
    """The name stands there as whole words."""
    end = place + len(name)
    return text.startswith(name, place) and not (end < len(text) and (text[end].isalnum() or text[end] == "_"))
