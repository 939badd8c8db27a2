"""Notices that the desk itself keeps: errands' effects, mailboxes that stopped working, actors given up ([N3], [S12]).

Must not decide who is told: rules.notices does.
"""

from typing import Final

from msgspec.structs import replace

from actors.desk.following import journal
from actors.desk.turn import Turn
from actors.messages import ErrandDone, GaveUp, OtherSignedIn
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey
from store.model.mailbox import Progress, SyncState
from store.model.views import NoticeKind
from store.rules.notices import sync_told, told_other_signed_in, unsynced
from store.vault.following import NewAnnouncement
from store.vault.mailboxes import KeptMailbox

NEED_SOMEBODY: Final = frozenset({SyncState.NEEDS_SIGN_IN, SyncState.BROKEN})


def keep_errand(turn: Turn, message: ErrandDone) -> None:
    """A notifier's effect, with the errand's closing. A repeat finds it closed."""
    about = turn.vault.errands.close(message.errand, at=turn.now)
    if about is None:
        return
    email, client = about
    for member, kind in message.tell:
        if member in turn.book.members:
            _keep(turn, member, NoticeKind(kind), email=email, client=client)


def mailbox_told(turn: Turn, mailbox: KeptMailbox, progress: Progress) -> None:
    """Keep it; say that it stopped working, to its members at once, to owner and admins after a day."""
    progress = _as_before(turn, mailbox.mailbox, progress)
    broken = progress.state in NEED_SOMEBODY
    broke_at = turn.vault.mailboxes.broke_at(mailbox.mailbox)
    if broken and broke_at is None:
        broke_at = turn.now
    elif progress.state is SyncState.SYNCED and broke_at is not None:
        broke_at = None
        turn.vault.notices.end(NoticeKind.SYNC_BROKE, mailbox=mailbox.mailbox)
        turn.told.append(NewAnnouncement("notices_kept", mailbox=mailbox.mailbox))
    turn.vault.mailboxes.tell(mailbox.mailbox, progress, broke_at=broke_at)
    turn.told.append(NewAnnouncement("mailbox_told", mailbox=mailbox.mailbox))
    if broken and broke_at is not None:
        _tell_broken(turn, mailbox, code=progress.error_code or progress.state, broke_at=broke_at)


def _as_before(turn: Turn, mailbox: MailboxKey, progress: Progress) -> Progress:
    """A new office's first refusal is no news where the login was refused twice before."""
    was = turn.vault.mailboxes.progress(mailbox)
    if was is None or (was.state, progress.state) != (SyncState.NEEDS_SIGN_IN, SyncState.OFFLINE):
        return progress
    return replace(progress, state=was.state) if was.error_code == progress.error_code else progress


def tell_late(turn: Turn) -> None:
    """Mailboxes that have been broken for a day are told to owner and admins too."""
    for mailbox, progress, broke_at in turn.vault.mailboxes.broken():
        if mailbox in turn.book.mailboxes and progress.state in NEED_SOMEBODY:  # a network failure is no reason
            code = progress.error_code or progress.state
            _tell_broken(turn, turn.book.mailboxes[mailbox], code=code, broke_at=broke_at)


def tell_unsynced(turn: Turn, told: frozenset[MemberKey]) -> frozenset[MemberKey]:
    """Who has no mailbox is told once, and no longer when they have one. `told` is the answer of the time before."""
    members = turn.book.members.values()
    rows = ((one.member, one.joined_at, not turn.book.mailboxes.keys().isdisjoint(one.mailboxes)) for one in members)
    now = frozenset(unsynced(rows, now=turn.now))
    for member in sorted(now - told):
        _keep(turn, member, NoticeKind.NOT_SYNCED, about="own")
    if now != told:
        for member in turn.vault.notices.end_but(NoticeKind.NOT_SYNCED, now):
            turn.told.append(NewAnnouncement("notices_kept", member=member))
    return now


def gave_up(turn: Turn, message: GaveUp) -> None:
    """An actor was given up: said to owner and admins, once a day."""
    about = f"{message.name} {message.code} {turn.now // 86_400}"
    for member in sorted(turn.book.managers):
        _keep(turn, member, NoticeKind.ACTOR_GAVE_UP, about=about, arguments={"actor": message.name})


def other_signed_in(turn: Turn, message: OtherSignedIn) -> None:
    """Nothing of it was kept; who began it, and whose account it was, may want to talk."""
    if message.member not in turn.book.members:
        return
    numbers = set(turn.vault.addresses.find(message.accounts).values())
    boxes = [box for box in turn.book.mailboxes.values() if not numbers.isdisjoint(box.addresses)]
    about = f"sign_in {message.sign_in}"
    by = turn.book.members[message.member].name
    new = False
    for member, theirs in told_other_signed_in(message.member, (one for box in boxes for one in box.members)):
        arguments: dict[str, str | int] = {"address": message.address, "by": by}
        if theirs:
            arguments["account"] = message.accounts[0]
        new |= _keep(turn, member, NoticeKind.OTHER_SIGNED_IN, about=about, arguments=arguments)
    if new:
        journal(turn, "other_signed_in", f"member {message.member}", member=message.member)


def _tell_broken(turn: Turn, mailbox: KeptMailbox, *, code: str, broke_at: int) -> None:
    about = f"mailbox {mailbox.mailbox} {code}"
    if turn.vault.notices.end(NoticeKind.SYNC_BROKE, mailbox=mailbox.mailbox, but=about):
        turn.told.append(NewAnnouncement("notices_kept", mailbox=mailbox.mailbox))
    told = sync_told(frozenset(mailbox.members), managers=turn.book.managers, broke_at=broke_at, now=turn.now)
    for member in told:
        arguments: dict[str, str | int] = {"address": mailbox.address, "cause": code}
        _keep(turn, member, NoticeKind.SYNC_BROKE, about=about, mailbox=mailbox.mailbox, arguments=arguments)


def _keep(
    turn: Turn,
    member: MemberKey,
    kind: NoticeKind,
    *,
    email: EmailKey | None = None,
    client: ClientKey | None = None,
    about: str = "",
    mailbox: MailboxKey | None = None,
    arguments: dict[str, str | int] | None = None,
) -> bool:
    """Whether it is new."""
    new = turn.vault.notices.add(
        member, kind, at=turn.now, email=email, client=client, about=about, mailbox=mailbox, arguments=arguments
    )
    if new:
        turn.told.append(NewAnnouncement("notices_kept", member=member))
    return new
