"""Away until a date, with a deputy ([S15]). It ends by itself: whoever looks compares the date with now.

Must not answer anybody: that is the provider's.
"""

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import AwaySet
from actors.desk.commands.resolving import member_of
from actors.desk.commands.undos import NOTHING, did, still, unchanged
from store.model.errors import BadRequest
from store.model.ids import MemberKey
from store.model.views import Done
from store.rules.away import FARTHEST
from store.rules.permissions import Action, Target
from store.vault.firm import KeptMember

Away = tuple[int, MemberKey] | None


def set_away(act: Act, *, member: str, until: int | None, deputy: str | None = None) -> Done:
    """`until` None: back. Oneself, or whoever manages that member."""
    target = member_of(act, member)
    _need(act, target)
    after: Away = None
    if until is not None:
        if not act.now < until <= act.now + FARTHEST:
            raise BadRequest("bad_value", field="until")
        if deputy is None:
            raise BadRequest("bad_value", field="deputy")
        other = member_of(act, deputy)
        if other.member == target.member:
            raise BadRequest("bad_value", field="deputy")
        after = (until, other.member)
    if after == target.away:
        return NOTHING
    _put(act, target, after)
    return did(
        act, "back" if after is None else "away", 1, AwaySet(member=target.member, before=target.away, after=after)
    )


def away_back(act: Act, inverse: AwaySet) -> int:
    """As it was before, unless it was set again since."""
    target = still(act.turn.book.members.get(inverse.member))
    unchanged(target.away == inverse.after)
    unchanged(inverse.before is None or inverse.before[1] in act.turn.book.members)
    _need(act, target)
    _put(act, target, inverse.before)
    return 1


def _need(act: Act, target: KeptMember) -> None:
    act.need(Action.SET_AWAY, target=Target(role=target.role, member=target.member))


def _put(act: Act, target: KeptMember, away: Away) -> None:
    act.vault.firm.set_away(target.member, away)
    act.people_changed(rights=False)
    act.announce("firm_changed")
    act.about = f"member {target.member} " + ("back" if away is None else f"until {away[0]} deputy {away[1]}")
