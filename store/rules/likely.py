"""Which client a mail that nothing files may belong to ([C5]): suggested, never applied.

Invariant: a function of what is given, whose order changes nothing; what its reader does not see is not given, so
that nobody learns of it. Nothing is trained or kept: mail that was filed is looked up, and what is gone says nothing.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import fsum
from typing import Final, NamedTuple

from store.model.filing import CONFIDENCE, Filed, Reason
from store.model.ids import ClientKey

MOST: Final = 3
SUGGESTED: Final = 40  # of a hundred: never as sure as what files
ALIKE_ALONE: Final = 0.6  # of the voices of mail that reads like it, where nothing else speaks for a client


class Sign(StrEnum):
    """What speaks for a client."""

    SENDER = "sender"  # mail of this very address was filed there
    NAME = "name"  # a contact there is called as the sender
    DOMAIN = "domain"  # contacts there, or mail filed there, have the sender's domain
    TOGETHER = "together"  # the others in From, To and Cc stood in mail that is filed there
    LIKE = "like"  # mail that reads like it is filed there


# Chosen on an earlier stretch of time than that on which they are measured; see docs/filing.md.
WEIGHT: Final[Mapping[Sign, float]] = {
    Sign.SENDER: 1.0,
    Sign.NAME: 0.5,
    Sign.DOMAIN: 0.5,
    Sign.TOGETHER: 0.5,
    Sign.LIKE: 3.0,
}
REASONS: Final[Mapping[Sign, Reason]] = {
    Sign.SENDER: Reason.LEARNED,
    Sign.NAME: Reason.NAME,
    Sign.DOMAIN: Reason.DOMAIN,
    Sign.TOGETHER: Reason.TOGETHER,
    Sign.LIKE: Reason.LEARNED,
}


class Speaks(NamedTuple):
    """One sign for a client, and how much."""

    sign: Sign
    client: ClientKey
    weight: float


class Likely(NamedTuple):
    """A client with its score, by the signs that speak for it."""

    client: ClientKey
    score: float
    by: Mapping[Sign, float]

    @property
    def strongest(self) -> Sign:
        """What a person is told: anything before likeness, which is hard to see."""
        return max(self.by, key=lambda sign: (sign is not Sign.LIKE, self.by[sign], sign))

    @property
    def worth_telling(self) -> bool:
        """Something always reads a little like a mail."""
        return set(self.by) != {Sign.LIKE} or self.by[Sign.LIKE] >= ALIKE_ALONE * WEIGHT[Sign.LIKE]


def ranked(signs: Iterable[Speaks]) -> tuple[Likely, ...]:
    """The likeliest first. Of each sign the clients share one voice, so that much mail of one sort does not drown the
    others.
    """
    told: dict[Sign, dict[ClientKey, list[float]]] = {}
    for sign, client, weight in signs:
        if weight > 0:
            told.setdefault(sign, {}).setdefault(client, []).append(weight)
    scores: dict[ClientKey, dict[Sign, float]] = {}
    for sign, clients in told.items():
        whole = fsum(weight for weights in clients.values() for weight in weights)
        for client, weights in clients.items():
            scores.setdefault(client, {})[sign] = WEIGHT[sign] * fsum(weights) / whole
    found = (Likely(client, fsum(by.values()), by) for client, by in scores.items())
    return tuple(sorted(found, key=lambda one: (-one.score, one.client)))


def likely(signs: Iterable[Speaks], *, sender: str) -> tuple[Filed, ...]:
    """As alternatives to being filed nowhere."""
    return tuple(
        Filed(
            client=one.client,
            reason=REASONS[one.strongest],
            confidence=min(SUGGESTED, CONFIDENCE[REASONS[one.strongest]]),
            address=sender if one.strongest is Sign.DOMAIN else None,
        )
        for one in ranked(signs)[:MOST]
        if one.worth_telling
    )
