"""The third step of [C2]: what the emails that an email names in its own reply headers pass on to it.

Invariant: it goes upward only, one step, along the email's own headers; a mail that failed authentication neither gives
nor gets; of a named email's decisions by hand only those are followed that are `believed` for the email that follows,
and where none is, what the named email's addresses alone give (Z1, Z2).
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from store.model.filing import CONFIDENCE, Filed, HandDecision, Reason
from store.model.ids import ClientKey, EmailKey
from store.rules.facts import Facts, Holding, Named, Rank
from store.rules.standing import Standing

REASONS = {
    Rank.EMAIL: Reason.BY_HAND,
    Rank.MARK: Reason.THREAD_BY_HAND,
    Rank.NAMED_MARK: Reason.THREAD_BY_HAND,
    Rank.ALWAYS: Reason.ALWAYS,
}


def age(decision: HandDecision) -> tuple[int, int, int, tuple[ClientKey, ...]]:
    """The order in which decisions were made."""
    return (decision.at, decision.serial, decision.maker, decision.clients)


def deciding(holds: Iterable[Holding]) -> Holding | None:
    """The one that counts: of the strongest rank the latest."""
    return min(holds, key=lambda held: (held.rank, tuple(-part for part in age(held.decision)[:3])), default=None)


def by_decision(held: Holding) -> tuple[Filed, ...]:
    """The filings that a decision makes; none if it files nowhere."""
    reason = REASONS[held.rank]
    return tuple(
        Filed(client=client, reason=reason, confidence=CONFIDENCE[reason], by=held.decision.maker)
        for client in sorted(set(held.decision.clients))
    )


def evidence_of(named: Named, believed: AbstractSet[HandDecision]) -> tuple[Filed, ...]:
    """What a named email stands for, to an email for which these decisions are believed."""
    if named.failed:
        return ()
    if not named.basis.holds:
        return named.basis.addressed
    held = deciding(held for held in named.basis.holds if held.decision in believed)
    return named.basis.addressed if held is None else by_decision(held)


def settled_clients(facts: Facts, st: Standing, believed: AbstractSet[HandDecision]) -> frozenset[ClientKey]:
    """The clients that narrow a contact with several ([C3])."""
    if st.failed:
        return frozenset()
    return frozenset(
        filed.client for named in facts.named for filed in evidence_of(named, believed) if not filed.ambiguous
    )


def by_thread(facts: Facts, st: Standing, believed: AbstractSet[HandDecision]) -> tuple[Filed, ...]:
    """What (3) gives: never to mail among members only, never between strangers."""
    if st.failed or not st.outside or not facts.named:
        return ()
    return passed_by((named for named in facts.named if not st.outside.isdisjoint(named.people)), believed)


def passed_by(followed: Iterable[Named], believed: AbstractSet[HandDecision]) -> tuple[Filed, ...]:
    """One filing for each client that those emails stand for: a certain one first, then the newest's."""
    kept: dict[ClientKey, tuple[Filed, EmailKey]] = {}
    for named in followed:
        for filed in evidence_of(named, believed):
            known = kept.get(filed.client)
            if known is None or (not filed.ambiguous, named.email) > (not known[0].ambiguous, known[1]):
                kept[filed.client] = (filed, named.email)
    return tuple(
        Filed(
            client=client,
            reason=Reason.THREAD,
            confidence=CONFIDENCE[Reason.THREAD],
            by=kept[client][0].by,
            source=kept[client][1],
            ambiguous=kept[client][0].ambiguous,
        )
        for client in sorted(kept)
    )
