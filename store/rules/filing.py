"""Which clients an email is filed with, and why ([C2], [C3]): the one place where that is decided.

Invariant: a function of the facts alone. The order of copies, addresses, decisions and named emails, of arrival and of
settling changes nothing, and settling again changes nothing. What hand acts reach is `reach`'s business (Z1); what is
followed along reply headers is `following`'s (Z2); what the addresses say is `addressed`'s.

    by hand: email > thread, marked here > thread, marked on a named email > always
      > addresses > thread > domain > rule > suggestion
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from store.model.evidence import Role
from store.model.filing import CONFIDENCE, Filed, HandDecision, Reason, Settled, Suggestion
from store.model.ids import ClientKey
from store.rules.addressed import addressed, by_domain, one_each
from store.rules.bouncing import by_bounce
from store.rules.facts import Basis, Facts, Holding, Named, Rank
from store.rules.following import age, by_decision, by_thread, deciding, passed_by, settled_clients
from store.rules.reach import believed, elsewhere
from store.rules.standing import Standing, standing

NOBODY: frozenset[HandDecision] = frozenset()


class Decided(NamedTuple):
    """How an email is filed, what those who name it need to know, and whether what it names can change that."""

    settled: Settled
    named: Named
    depends: bool


class _Look:
    """The facts, how the email stands, and what its addresses say by themselves: read once for all steps."""

    __slots__ = ("direct", "facts", "standing")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.standing = standing(facts)
        self.direct = () if self.standing.muted else addressed(facts, self.standing)


def decide(facts: Facts) -> Decided:
    """`settle`, `passed_on` and `depends_on_named` (of unchanged marks) in one go."""
    look = _Look(facts)
    trusted = _trusted(look)
    files = _outcome(look, trusted)
    return Decided(
        settled=Settled(files=files, suggestions=_suggestions(facts, look.standing, trusted, files)),
        named=_named(look, trusted),
        depends=_depends(look, marks_changed=False),
    )


def settle(facts: Facts) -> Settled:
    """How the email is filed, and what is only suggested."""
    return decide(facts).settled


def passed_on(facts: Facts) -> Named:
    """The email as those who name it need to know it. If this changes, they are settled again."""
    look = _Look(facts)
    return _named(look, _trusted(look))


def base(facts: Facts) -> tuple[Filed, ...]:
    """What (1) and (2) give, contacts with several clients not narrowed."""
    basis = passed_on(facts).basis
    held = deciding(basis.holds)
    return basis.addressed if held is None else by_decision(held)


def alternatives(facts: Facts) -> tuple[Filed, ...]:
    """What the steps below the deciding one would have said, strongest first; never what the email is filed with."""
    look = _Look(facts)
    layers = [layer for layer in _layers(look, _trusted(look)) if layer is not None]
    taken = {filed.client for filed in layers[0]} if layers else set()
    lower = [filed for layer in layers[1:] for filed in layer]
    lower += look.direct  # the candidates that the thread narrowed away
    found = one_each(filed for filed in lower if filed.client not in taken)
    return tuple(sorted(found, key=lambda filed: (-filed.confidence, filed.client)))


def depends_on_named(facts: Facts, *, marks_changed: bool) -> bool:
    """Whether a change of what a named email passes on can change how this one is filed, or what it passes on.

    A named email may also be one that has not come yet. `marks_changed`: its thread marks changed too. Says yes where
    it does not know.
    """
    return _depends(_Look(facts), marks_changed=marks_changed)


def _depends(look: _Look, *, marks_changed: bool) -> bool:
    facts, st = look.facts, look.standing
    names_any = facts.named or any(copy.evidence.names for copy in facts.copies)
    if st.muted or st.failed or not names_any:
        return False
    if marks_changed or facts.always or any(named.basis.marks() for named in facts.named):
        return True
    if facts.by_hand or facts.thread_hand:
        return False
    return not look.direct or any(filed.ambiguous for filed in look.direct)


def _trusted(look: _Look) -> frozenset[HandDecision]:
    if look.standing.muted:
        return frozenset(look.facts.by_hand)
    return believed(
        look.facts,
        look.standing,
        bare=lambda: _without_hand(look),
        outcome=lambda decisions: _outcome(look, decisions),
    )


def _named(look: _Look, trusted: AbstractSet[HandDecision]) -> Named:
    facts, st = look.facts, look.standing
    holds = tuple(sorted(_holdings(facts, st, trusted), key=_holding_order)) if trusted else ()
    basis = Basis(addressed=look.direct, holds=holds)
    return Named(email=facts.email, basis=basis, people=tuple(sorted(st.outside)), failed=st.failed, ours=st.ours)


def _without_hand(look: _Look) -> tuple[Filed, ...]:
    return next((layer for layer in _machine_layers(look, NOBODY) if layer), ())


def _outcome(look: _Look, trusted: AbstractSet[HandDecision]) -> tuple[Filed, ...]:
    return next((layer for layer in _layers(look, trusted) if layer is not None), ())


def _layers(look: _Look, trusted: AbstractSet[HandDecision]) -> Iterator[tuple[Filed, ...] | None]:
    """The steps, strongest first; None where a step says nothing. A decision that files nowhere says so: ()."""
    facts, st = look.facts, look.standing
    holds = list(_holdings(facts, st, trusted)) if trusted else []
    for rank in sorted({held.rank for held in holds}) if holds else ():
        held = deciding(held for held in holds if held.rank is rank)
        yield None if held is None else _explained(facts, st, held)
    for layer in _machine_layers(look, trusted):
        yield layer or None


def _machine_layers(look: _Look, trusted: AbstractSet[HandDecision]) -> Iterator[tuple[Filed, ...]]:
    facts, st, direct = look.facts, look.standing, look.direct
    if st.muted:
        return
    if any(filed.ambiguous for filed in direct):
        direct = addressed(facts, st, settled=settled_clients(facts, st, trusted))
    yield direct
    yield by_bounce(facts, st)
    yield by_thread(facts, st, trusted)
    yield by_domain(facts, st)
    yield _by_rule(facts, st)


def _by_rule(facts: Facts, st: Standing) -> tuple[Filed, ...]:
    """Where no step above says anything, only a mailbox's members see the email: nobody else's rule reaches it."""
    if not facts.rules:
        return ()
    return one_each(
        Filed(client=client, reason=Reason.RULE, confidence=CONFIDENCE[Reason.RULE], rule=name, by=maker)
        for name, client, maker in sorted(facts.rules)
        if maker in st.insiders
    )


def _holdings(facts: Facts, st: Standing, trusted: AbstractSet[HandDecision]) -> Iterator[Holding]:
    """The decisions that reach the email, each with its rank. A never-sync list leaves those for the email itself."""
    yield from (Holding(rank=Rank.EMAIL, decision=made) for made in facts.by_hand if made in trusted)
    if st.muted:
        return
    yield from (Holding(rank=Rank.MARK, decision=made) for made in facts.thread_hand if made in trusted)
    if st.outside and not st.failed:
        marks = {made for named in facts.named if not named.failed for made in named.basis.marks()}
        yield from (Holding(rank=Rank.NAMED_MARK, decision=made) for made in marks if made in trusted)
    if st.sender_outside():
        yield from (Holding(rank=Rank.ALWAYS, decision=made) for made in facts.always if made in trusted)


def _holding_order(held: Holding) -> tuple[int, int, int, int, tuple[ClientKey, ...]]:
    return (held.rank, *age(held.decision))


def _explained(facts: Facts, st: Standing, held: Holding) -> tuple[Filed, ...]:
    """A decision's filings, with the address or email through which it came."""
    address, source = None, None
    if held.rank is Rank.ALWAYS:
        address = min(address for address, role in st.roles.items() if role is Role.FROM)
    elif held.rank is Rank.NAMED_MARK:
        source = max(named.email for named in facts.named if held.decision in named.basis.marks())
    return tuple(
        Filed(
            client=filed.client,
            reason=filed.reason,
            confidence=filed.confidence,
            by=filed.by,
            address=address,
            source=source,
        )
        for filed in by_decision(held)
    )


def _suggestions(
    facts: Facts, st: Standing, trusted: AbstractSet[HandDecision], files: tuple[Filed, ...]
) -> tuple[Suggestion, ...]:
    """What did not reach, for the members of the mailboxes that hold a copy. Bulk mail raises none ([C5])."""
    if st.muted or st.silent or facts.by_hand or facts.thread_hand or not (facts.named or facts.always or st.told):
        return ()
    found: dict[ClientKey, Reason] = {}
    marks = {made for named in facts.named for made in named.basis.marks()}
    for decisions, reason in ((marks, Reason.THREAD_BY_HAND), (set(facts.always), Reason.ALWAYS)):
        for made in decisions:
            for client in made.clients:
                found.setdefault(client, reason)
    if not files and not st.failed:
        for filed in passed_by(facts.named, trusted | elsewhere(facts)):
            found.setdefault(filed.client, Reason.THREAD)
    if not files and not st.failed:
        for link in facts.addresses:
            if (Role.FORWARDED, link.address) in st.told:
                for client in link.clients:
                    found.setdefault(client, Reason.FORWARDED)
    for filed in files:
        found.pop(filed.client, None)
    return tuple(Suggestion(client=client, reason=found[client], to_mailboxes=st.mailboxes) for client in sorted(found))
