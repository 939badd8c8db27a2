"""Members and what they may see ([R1], [R2]): every change of rights raises the generation in its transaction (Z6)."""

from collections.abc import Iterable, Sequence
from typing import Final

from actors.desk.commands.ground import Act, LookUp
from actors.desk.commands.inverses import AccessSet
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import clean_name, client_of, member_of
from actors.desk.commands.undos import NOTHING, did
from store.model.errors import BadRequest
from store.model.firm import Member, MemberRole, Right
from store.model.ids import ClientKey, EmailKey, MemberKey
from store.model.views import Done
from store.rules.permissions import Action, Target
from store.vault.database import ConstraintError
from store.vault.firm import KeptMember
from store.vault.reach import decided_by

ROOT: Final = 0
OVERFLOW: Final = 65_534  # nobody: whoever the kernel cannot name


def add_member(
    act: Act,
    *,
    name: str,
    role: MemberRole = MemberRole.EMPLOYEE,
    rights: Sequence[Right] = (),
    user: str | None = None,
    look_up: LookUp,
    own_uid: int,
) -> Member:
    """`user` is their login on this system, kept with its uid (Z12)."""
    act.need(Action.ADD_MEMBER, target=Target(role=role))
    clean = clean_name(name)
    if any(known.name.casefold() == clean.casefold() for known in act.turn.book.members.values()):
        raise BadRequest("name_taken", name=clean)
    uid = None if user is None else _uid(act, user, look_up=look_up, own_uid=own_uid)
    chosen = tuple(sorted(set(rights)))
    try:
        member = act.vault.firm.add_member(clean, role=role, rights=chosen, user=user, uid=uid, at=act.now)
    except ConstraintError:  # of one who has left, and whose acts bear it
        raise BadRequest("name_taken", name=clean) from None
    act.people_changed(rights=True)
    act.announce("firm_changed")
    act.about = f"member {member}"
    return view(act, act.turn.book.members[member])


def _uid(act: Act, user: str, *, look_up: LookUp, own_uid: int) -> int:
    """One login, one member; root, the office's own user and nobody are no members."""
    uid = look_up(user)
    if uid is None or uid in (ROOT, OVERFLOW, own_uid):
        raise BadRequest("bad_value", field="user")
    if any(known.uid == uid or known.user == user for known in act.turn.book.members.values()):
        raise BadRequest("name_taken", name=user)
    return uid


def set_access(
    act: Act,
    *,
    member: str,
    give: Sequence[str] = (),
    take: Sequence[str] = (),
    rights: Sequence[Right] | None = None,
) -> Done:
    """Clients and rights of a member."""
    target = member_of(act, member)
    act.need(Action.CHANGE_ACCESS, target=Target(role=target.role, member=target.member))
    given = {client_of(act, ref) for ref in give}
    taken = {client_of(act, ref) for ref in take}
    if given & taken:
        raise BadRequest("bad_value", field="take")
    has = dict(target.access)
    inverse = AccessSet(
        member=target.member,
        given=tuple(sorted(given - has.keys())),
        taken=tuple((client, has[client]) for client in sorted(taken & has.keys())),
        rights=None if rights is None else (target.rights, tuple(sorted(set(rights)))),
    )
    changes = _change_clients(act, target, given, taken) + _change_rights(act, target, rights)
    if not changes:
        return NOTHING
    act.people_changed(rights=True)
    settle_past(act, reached_by(act, target.member), kind="set_access", expected=only_seen(act))
    act.announce("scope_changed", member=target.member)
    act.announce("firm_changed")
    done = did(act, "access", changes, inverse)
    act.about = f"member {target.member} give {_keys(given)} take {_keys(taken)}"
    return done


def _change_clients(act: Act, target: KeptMember, given: Iterable[ClientKey], taken: Iterable[ClientKey]) -> int:
    firm = act.vault.firm
    new = sum(firm.give_access(target.member, client, at=act.now) for client in sorted(given))
    return new + sum(firm.take_access(target.member, client) for client in sorted(taken))


def _change_rights(act: Act, target: KeptMember, rights: Sequence[Right] | None) -> int:
    """Only an employee's are given one by one."""
    if rights is None:
        return 0
    if target.role is not MemberRole.EMPLOYEE:
        raise BadRequest("bad_value", field="rights")
    if set(rights) == set(target.rights):
        return 0
    act.vault.firm.set_rights(target.member, set(rights))
    return 1


def reached_by(act: Act, maker: MemberKey) -> list[EmailKey]:
    """What a member's decisions reach depends on what they may see (Z1): mail of the senders they decided on, and the
    emails that name those they decided on.
    """
    vault = act.vault
    emails, senders = decided_by(vault.database, maker)
    names = [mail.name for mail in act.turn.get(emails)]
    found = {*emails, *vault.emails.naming(names, all_of_them=True)}
    return sorted(found.union(*(vault.emails.sent_from(sender) for sender in senders)))


def _keys(clients: Iterable[ClientKey]) -> str:
    return ",".join(map(str, sorted(clients))) or "-"


def view(act: Act, kept: KeptMember) -> Member:
    """A member as the actor may see them: of their clients those that the actor sees too (Z5)."""
    shown = [client for client, _since in kept.access if act.scope.allows_client(client)]
    return Member(
        member=act.vault.ids.member(kept.member),
        name=kept.name,
        role=kept.role,
        rights=kept.rights,
        user=kept.user,
        uid=kept.uid,
        clients=tuple(act.vault.ids.client(client) for client in shown),
    )


def see_journal(act: Act) -> Done:
    """Reading needs no writer; who was refused is asked here again, so that the refusal is journalled ([R3])."""
    act.need(Action.SEE_JOURNAL)
    return NOTHING
