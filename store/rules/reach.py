"""Whom to believe: which decisions by hand, made elsewhere, reach an email (Z1).

Invariant: a decision reaches an email only if its maker sees that email without any decision by hand, and also as the
decisions made before it leave the email. So the newest act changes nothing that its maker could not see, and an act
taken back leaves what there would be had it never been. Both are functions of the facts alone, never of arrival.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from store.model.filing import Filed, HandDecision
from store.model.ids import ClientKey, MemberKey
from store.rules.facts import Facts
from store.rules.following import age
from store.rules.standing import Standing

Act = tuple[int, MemberKey, tuple[ClientKey, ...]]
Outcome = Callable[[AbstractSet[HandDecision]], tuple[Filed, ...]]


def sees(facts: Facts, st: Standing, member: MemberKey, files: tuple[Filed, ...]) -> bool:
    """Whether a member would see the email if it were filed so. A wall on any client of it beats everything ([C8])."""
    clients = {filed.client for filed in files}
    if any(not clients.isdisjoint(denied) for who, denied in facts.walls if who == member):
        return False
    if member in st.insiders:
        return True
    if facts.private or not files:
        return False
    allowed: tuple[int, ...] = ()
    for who, given in facts.may_see:
        if who == member:
            if given is None:
                return True
            allowed = (*allowed, *given)
    return clients.issubset(allowed) or any(not filed.ambiguous and filed.client in allowed for filed in files)


def elsewhere(facts: Facts) -> set[HandDecision]:
    """The decisions that were made on other emails, or for a sender."""
    return {*facts.always, *(held.decision for named in facts.named for held in named.basis.holds)}


def believed(
    facts: Facts, st: Standing, *, bare: Callable[[], tuple[Filed, ...]], outcome: Outcome
) -> frozenset[HandDecision]:
    """The decisions that reach the email. `bare` is how it is filed without any, `outcome` how with those given:
    the email's own are among them only once they were made.
    """
    own = {*facts.by_hand, *facts.thread_hand}
    other = elsewhere(facts) - own
    if not other:
        return frozenset(own)
    reached: set[HandDecision] = set()
    judged: dict[Act, bool] = {}
    files = bare()
    for decision in sorted(own | other, key=age):
        if decision not in own:
            act = _act(decision)
            if act not in judged:
                maker = decision.maker
                judged[act] = sees(facts, st, maker, files) and sees(facts, st, maker, outcome(reached))
            if not judged[act]:
                continue
        reached.add(decision)
    return frozenset(reached)


def _act(decision: HandDecision) -> Act:
    """One act may mark many emails: its marks are judged together, so that a long thread costs no more."""
    return (decision.at, decision.maker, decision.clients)
