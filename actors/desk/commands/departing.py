"""A member leaves the firm ([S14]): their mailboxes end or go on with the others, what was theirs alone goes, what they
answered for and whom they followed passes to another one. Their sessions end, since nobody is found any more.

Must not touch what is filed.
"""

from actors.desk.commands.ground import Act
from actors.desk.commands.members import reached_by
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import member_of
from actors.desk.commands.sharing import leave
from store.model.errors import BadRequest, NotAllowed
from store.model.firm import MemberRole
from store.model.views import Done
from store.rules.permissions import Action, Target
from store.vault.firm import KeptMember
from store.vault.settings import forget_settings


def leave_firm(act: Act, *, member: str, pass_to: str) -> Done:
    """What they answered for and followed passes to `pass_to`, who is to see it: their clients are given with it."""
    leaver, heir = member_of(act, member), member_of(act, pass_to)
    act.need(Action.CHANGE_ACCESS, target=Target(role=leaver.role, member=leaver.member))
    if leaver.role is MemberRole.OWNER:
        raise NotAllowed("not_allowed", right="leave_firm")
    if leaver.member == heir.member:
        raise BadRequest("bad_value", field="pass_to")
    touched = reached_by(act, leaver.member)
    for mailbox in leaver.mailboxes:
        box = act.vault.mailboxes.all().get(mailbox)
        if box is not None:
            leave(act, box, leaver.member)
    given = _pass_clients(act, leaver, heir)
    assigned = act.vault.departures.pass_assignments(leaver.member, heir.member)
    act.vault.departures.pass_deputy(leaver.member, heir.member)
    act.vault.departures.forget(leaver.member, at=act.now)
    forget_settings(act.vault.collections, leaver.member)
    act.people_changed(rights=True)
    settle_past(act, touched, kind="set_access", expected=only_seen(act))
    for told in (leaver.member, heir.member):
        act.announce("scope_changed", member=told)
    act.announce("firm_changed")
    act.about = f"member {leaver.member} member {heir.member}"
    return Done(done=True, affected=given + assigned)


def _pass_clients(act: Act, leaver: KeptMember, heir: KeptMember) -> int:
    """Not past a wall: what the heir may not see stays with owner and admins."""
    clients = [client for client, _since in leaver.access if client not in heir.walls]
    return sum(act.vault.firm.give_access(heir.member, client, at=act.now) for client in clients)
