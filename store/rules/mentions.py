"""Whom a comment names: `@Clara Weiss`, or `@Clara` where only one is called so. Case is ignored, the longest wins.

Invariant: an address (`ana@firm.example`) names nobody, and a name that several share names none of them.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from store.model.ids import MemberKey

_AT: Final = re.compile(r"(?<![\w.+-])@")


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
