"""What a member sets up for themselves: kept in the collections, each member's own, and seen by nobody else; and what
holds for the firm.

Must not know what a setting means; `rules.settings` knows what it may be.
"""

from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import SetUp
from actors.desk.commands.undos import NOTHING, did, unchanged
from store.model.errors import BadRequest, NotAllowed
from store.model.ids import MemberKey
from store.model.plain import plain
from store.model.views import Done
from store.rules.permissions import Action
from store.rules.settings import AMBIGUOUS, allowed, canonical, is_firms, is_known, with_defaults
from store.vault.meta import AMBIGUOUS_AS_ALL
from store.vault.settings import FIRM, own_setting, own_settings, put_setting

MOST: Final = 300  # settings of one member; there are not half as many keys
LONGEST: Final = 300


def set_setting(act: Act, *, key: str, value: str | None) -> Done:
    """None: as it was at first."""
    if not is_known(key):
        raise BadRequest("no_setting", name=plain(key[:LONGEST]))
    wanted = None if value is None else canonical(key, value[: LONGEST + 1])
    if value is not None and (wanted is None or len(wanted) > LONGEST):
        raise BadRequest("bad_setting", name=key, allowed=allowed(key))
    whose = _whose(act, key)
    before = own_setting(act.vault.collections, whose, key)
    if before == wanted:
        return NOTHING
    if before is None and len(own_settings(act.vault.collections.all, whose)) >= MOST:
        raise BadRequest("too_long")
    _put(act, key, wanted)
    return did(act, "set", 1, SetUp(key=key, before=before, after=wanted))


def setting(act: Act, key: str) -> str:
    """What holds for the actor."""
    return with_defaults(own_settings(act.vault.collections.all, FIRM if is_firms(key) else act.actor))[key]


def set_back(act: Act, inverse: SetUp) -> int:
    """As it was before, unless it was set again since."""
    unchanged(own_setting(act.vault.collections, _whose(act, inverse.key), inverse.key) == inverse.after)
    _put(act, inverse.key, inverse.before)
    return 1


def _whose(act: Act, key: str) -> MemberKey:
    """The firm's are set by owner and admins."""
    if not is_firms(key):
        return act.actor
    act.need(Action.SET_FIRM)
    if key == AMBIGUOUS and not act.scope.owner:
        raise NotAllowed("not_allowed", right=str(Action.SET_FIRM))
    return FIRM


def _put(act: Act, key: str, value: str | None) -> None:
    whose = _whose(act, key)
    put_setting(act.vault.collections, whose, key, value)
    if key == AMBIGUOUS:
        act.vault.meta.put(AMBIGUOUS_AS_ALL, int(value == "any"))
        act.people_changed(rights=True)
        for member in act.turn.book.members:
            act.announce("scope_changed", member=member)
    for member in act.turn.book.members if whose == FIRM else (act.actor,):
        act.announce("settings_changed", member=member)
    act.about = f"setting {key}"
