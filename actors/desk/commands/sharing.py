"""Shared mailboxes ([S7], Z4): one sync and one copy for several members. One joins by a member's invitation, or by a
sign-in that the stored servers accepted; every member is told. No role changes who shares a mailbox.
"""

from actors.desk.commands.box_view import view
from actors.desk.commands.ground import Act
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import mailbox_of, member_of
from actors.desk.commands.stopping import end
from store.model.errors import BadRequest, NotFound
from store.model.ids import MemberKey
from store.model.mailbox import MailboxView
from store.model.views import Done, NoticeKind
from store.rules.permissions import Action
from store.vault.mailboxes import KeptMailbox


def share(act: Act, *, address: str, member: str) -> Done:
    """A member of it invites another one."""
    box = mailbox_of(act, address)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    if box.kind == "local":
        raise BadRequest("local_mailbox")
    joined = member_of(act, member).member
    act.about = f"mailbox {box.mailbox} member {joined}"
    if joined in box.members:
        return Done(done=False, affected=0)
    _join(act, box, joined)
    return Done(done=True, affected=1)


def join(act: Act, *, key: str) -> MailboxView:
    """By a sign-in: the desk has tried it with the servers that are stored."""
    box = next((one for one in act.vault.mailboxes.all().values() if one.server_key == key), None)
    if box is None or box.kind == "local":
        raise NotFound
    if act.actor in box.members:
        raise BadRequest("mailbox_taken")
    _join(act, box, act.actor)
    act.about = f"mailbox {box.mailbox} member {act.actor}"
    return view(act, box.mailbox)


def unshare(act: Act, *, address: str, member: str) -> Done:
    """Somebody leaves, or is shown out by another member of it. The last one's leaving ends it."""
    box = mailbox_of(act, address)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    left = member_of(act, member).member
    if left not in box.members:
        raise NotFound
    act.about = f"mailbox {box.mailbox} member {left}"
    leave(act, box, left)
    return Done(done=True, affected=1)


def leave(act: Act, box: KeptMailbox, member: MemberKey) -> None:
    """The others go on; if it was the leaver's secret, one of them signs in."""
    others = [one for one in box.members if one != member]
    if not others:
        end(act, box)
        return
    act.vault.partings.leave(box.mailbox, member)
    if act.vault.partings.secret_of(box.mailbox) == member:
        act.vault.partings.signed_in(box.mailbox, MemberKey(0), at=act.now)
        act.vault.partings.incarnate(box.mailbox)
    _changed(act, box, (member, *others))
    for one in others:
        _tell(act, box, one, NoticeKind.MAILBOX_LEFT, who=member)


def _join(act: Act, box: KeptMailbox, member: MemberKey) -> None:
    act.vault.partings.join(box.mailbox, member, at=act.now)
    _changed(act, box, (*box.members, member))
    for one in (*box.members, member):
        _tell(act, box, one, NoticeKind.MAILBOX_SHARED, who=member)


def _changed(act: Act, box: KeptMailbox, members: tuple[MemberKey, ...]) -> None:
    """Whose own its addresses are, and who sees its mail, is another now."""
    act.people_changed(rights=True)
    settle_past(act, act.vault.emails.bearing(box.addresses), kind="share", expected=only_seen(act))
    act.announce("mailbox_told", mailbox=box.mailbox)
    for member in members:
        act.announce("scope_changed", member=member)


def _tell(act: Act, box: KeptMailbox, member: MemberKey, kind: NoticeKind, *, who: MemberKey) -> None:
    """Everybody but who did it."""
    if member == act.actor:
        return
    arguments: dict[str, str | int] = {
        "address": box.address,
        "who": act.turn.book.members[who].name if who in act.turn.book.members else "",
        "by": act.turn.book.members[act.actor].name,
    }
    about = f"mailbox {box.mailbox} {who} {act.now}"
    if act.vault.notices.add(member, kind, at=act.now, about=about, mailbox=box.mailbox, arguments=arguments):
        act.announce("notices_kept", member=member)
