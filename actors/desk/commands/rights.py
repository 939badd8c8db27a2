"""Roles, the firm's ownership, walls ([R1], [C8], Z21): every change raises the generation in its transaction (Z6)."""

from collections.abc import Iterable

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import AccessSet, RoleSet, WallSet
from actors.desk.commands.members import reached_by
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import client_of, member_of
from actors.desk.commands.undos import NOTHING, did, still, unchanged
from store.model.firm import MemberRole
from store.model.ids import ClientKey, MemberKey
from store.model.views import Done
from store.rules.permissions import Action, Target
from store.vault.firm import KeptMember

# ---- Roles


def set_role(act: Act, *, member: str, role: MemberRole) -> Done:
    """The owner's word alone. Made owner, a member takes the firm over, and who was the owner is an admin from then on:
    nobody takes that back but the new one.
    """
    target = member_of(act, member)
    act.need(Action.CHANGE_ROLE, target=_target(target))
    if role is target.role:
        return NOTHING
    if role is MemberRole.OWNER:
        giver = act.turn.book.members[act.actor]
        act.vault.firm.set_role(giver.member, MemberRole.ADMIN)
        act.vault.firm.set_role(target.member, role)
        _seen_anew(act, (giver.member, target.member))
        act.about = f"member {target.member} role {role}"
        return Done(done=True, affected=1)
    act.vault.firm.set_role(target.member, role)
    _seen_anew(act, (target.member,))
    done = did(act, "role", 1, RoleSet(member=target.member, before=target.role, after=role))
    act.about = f"member {target.member} role {role}"
    return done


def role_back(act: Act, inverse: RoleSet) -> int:
    """As it was, unless it was changed since."""
    target = _still(act, inverse.member)
    unchanged(target.role == inverse.after)
    act.need(Action.CHANGE_ROLE, target=_target(target))
    act.vault.firm.set_role(target.member, inverse.before)
    _seen_anew(act, (target.member,))
    act.about = f"member {target.member} role {inverse.before}"
    return 1


# ---- Walls


def set_wall(act: Act, *, client: str, member: str, on: bool) -> Done:
    """A wall denies one member one client, whatever their role. Nobody sets or lifts their own."""
    key, target = client_of(act, client), member_of(act, member)
    act.need(Action.CHANGE_WALL, clients=(key,), target=_target(target))
    if (key in target.walls) is on:
        return NOTHING
    _wall(act, target, key, on=on)
    return did(act, "wall" if on else "unwall", 1, WallSet(member=target.member, client=key, on=on))


def wall_back(act: Act, inverse: WallSet) -> int:
    """As it was before."""
    target = _still(act, inverse.member)
    unchanged((inverse.client in target.walls) is inverse.on)
    act.need(Action.CHANGE_WALL, clients=(inverse.client,), target=_target(target))
    _wall(act, target, inverse.client, on=not inverse.on)
    return 1


def _wall(act: Act, target: KeptMember, client: ClientKey, *, on: bool) -> None:
    act.vault.firm.set_wall(target.member, client, on=on, at=act.now)
    _seen_anew(act, (target.member,))
    act.about = f"member {target.member} client {client} {'walled' if on else 'free'}"


# ---- Access


def access_back(act: Act, inverse: AccessSet) -> int:
    """What was given is taken, what was taken is given again, since when it was."""
    firm, target = act.vault.firm, _still(act, inverse.member)
    act.need(Action.CHANGE_ACCESS, target=_target(target))
    has = {client for client, _since in target.access}
    unchanged(has.issuperset(inverse.given) and has.isdisjoint(client for client, _since in inverse.taken))
    for client in inverse.given:
        firm.take_access(target.member, client)
    for client, since in inverse.taken:
        firm.give_access(target.member, client, at=since)
    if inverse.rights is not None:
        before, after = inverse.rights
        unchanged(set(target.rights) == set(after))
        firm.set_rights(target.member, before)
    _seen_anew(act, (target.member,))
    act.about = f"member {target.member}"
    return 1


# ---- What follows


def _seen_anew(act: Act, members: Iterable[MemberKey]) -> None:
    """They see something else from now on, and so what they decided reaches something else (Z1)."""
    act.people_changed(rights=True)
    for member in members:
        settle_past(act, reached_by(act, member), kind="set_access", expected=only_seen(act))
        act.announce("scope_changed", member=member)
    act.announce("firm_changed")


def _target(member: KeptMember) -> Target:
    return Target(role=member.role, member=member.member)


def _still(act: Act, member: MemberKey) -> KeptMember:
    return still(act.turn.book.members.get(member))
