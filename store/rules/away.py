"""Who stands in for a member who is away ([S15]).

Invariant: a deputy who is away has a deputy of their own, whoever is there; in a circle nobody stands in. Nobody is
away after the date that they said.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from store.model.ids import MemberKey

FARTHEST: Final = 3 * 366 * 86_400  # seconds ahead
Away = Mapping[MemberKey, tuple[int, MemberKey]]  # member → until, deputy


def stands_in(member: MemberKey, away: Away, *, now: int) -> MemberKey:
    """The member themself, if they are there."""
    asked: set[MemberKey] = set()
    here = member
    while (said := away.get(here)) is not None and now < said[0]:
        if here in asked:
            return member
        asked.add(here)
        here = said[1]
    return here


def told_too(members: Iterable[MemberKey], away: Away, *, now: int) -> tuple[MemberKey, ...]:
    """These, and who stands in for them."""
    everybody = dict.fromkeys(one for member in members for one in (member, stands_in(member, away, now=now)))
    return tuple(everybody)
