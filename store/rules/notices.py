"""Who is told what ([N1]-[N3], [T2c], Z21): pure choices over members; the notifier does the telling.

Invariant: nobody is told of what they may not see, of their own mail, or of mail that they got only in Cc while a
colleague stands in To. An email is told once per client (its errand), to each member once.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from store.model.evidence import Kind
from store.model.ids import ClientKey, MemberKey
from store.model.record import Record
from store.model.views import NoticeKind

SILENT_KINDS: Final = frozenset({Kind.BULK, Kind.AUTOMATIC, Kind.BOUNCE, Kind.CALENDAR_ANSWER})
MANY_GONE: Final = 100  # from one mailbox at once ([S9a])


class FiledMail(Record, frozen=True, kw_only=True):
    """An email filed with a client for the first time. `followers` are the members given access to the client;
    `walled` those denied it, `cannot_see` those who may not see this email for another reason.
    """

    client: ClientKey
    kind: Kind
    from_member: MemberKey | None  # whose own address From is
    outside: bool  # somebody outside the firm stands in From, To or Cc
    to: tuple[MemberKey, ...] = ()
    cc: tuple[MemberKey, ...] = ()
    followers: tuple[MemberKey, ...] = ()
    walled: tuple[MemberKey, ...] = ()
    cannot_see: tuple[MemberKey, ...] = ()
    owner: MemberKey


class Telling(Record, frozen=True, kw_only=True):
    """One member to be told."""

    member: MemberKey
    kind: NoticeKind


def worth_telling(mail: FiledMail) -> tuple[Telling, ...]:
    """Who is told of a filed email, sorted by member."""
    if mail.kind in SILENT_KINDS or (mail.from_member is not None and not mail.outside):
        return ()
    kind = NoticeKind.CLIENT_WROTE if mail.from_member is None else NoticeKind.MEMBER_ANSWERED
    barred = {*mail.walled, *mail.cannot_see}
    told = set(mail.followers) - barred or {mail.owner} - barred
    if mail.from_member is None:
        told |= set(mail.to) - barred  # whom it was addressed to, followers or not
    told -= _only_in_copy(mail)
    told.discard(MemberKey(-1) if mail.from_member is None else mail.from_member)
    return tuple(Telling(member=member, kind=kind) for member in sorted(told))


def told_assigned(assignee: MemberKey | None, *, maker: MemberKey) -> tuple[Telling, ...]:
    """Who is told that a thread is theirs to answer: whom somebody else gave it to."""
    if assignee is None or assignee == maker:
        return ()
    return (Telling(member=assignee, kind=NoticeKind.ASSIGNED),)


def told_mentioned(
    named: Iterable[MemberKey], *, can_see: AbstractSet[MemberKey], maker: MemberKey
) -> tuple[Telling, ...]:
    """Who is told of a comment that names them: who may see the email that it was made on."""
    return tuple(Telling(member=member, kind=NoticeKind.MENTIONED) for member in sorted(set(named) & can_see - {maker}))


def told_in_bulk(
    counts: Iterable[tuple[MemberKey, int]], *, maker: MemberKey | None
) -> tuple[tuple[MemberKey, int], ...]:
    """Who is told of mail filed by a link, a switch or history, and how many: (member, emails) of each member's own
    mailboxes or followed clients, summed; never the one who did it, never nothing.
    """
    sums: dict[MemberKey, int] = {}
    for member, emails in counts:
        if member != maker and emails > 0:
            sums[member] = sums.get(member, 0) + emails
    return tuple(sorted(sums.items()))


def told_other_signed_in(beginner: MemberKey, owners: Iterable[MemberKey]) -> tuple[tuple[MemberKey, bool], ...]:
    """Who is told that another account than the expected one finished a sign-in (Z24), and whether it was theirs: who
    began it, and the members that the account belongs to.
    """
    theirs = set(owners)
    return tuple((member, member in theirs) for member in sorted({beginner, *theirs}))


def said_as_many(gone: int) -> bool:
    """Whether emails gone from one mailbox at once are said, as one notice."""
    return gone >= MANY_GONE


def sync_told(
    members: AbstractSet[MemberKey], *, managers: AbstractSet[MemberKey], broke_at: int, now: int
) -> tuple[MemberKey, ...]:
    """Who is told that a mailbox's sync stopped working ([S12]): its members, after a day owner and admins too."""
    return tuple(sorted(members | managers if now - broke_at >= DAY else members))


def unsynced(members: Iterable[tuple[MemberKey, int, bool]], *, now: int) -> tuple[MemberKey, ...]:
    """Who is told that they have not synced ([S12]), of (member, joined at, has a mailbox): not in their first hour."""
    return tuple(member for member, joined, has in members if not has and now - joined >= FIRST_HOUR)


DAY: Final = 24 * 3600
FIRST_HOUR: Final = 3600


def _only_in_copy(mail: FiledMail) -> set[MemberKey]:
    """Members in Cc while a colleague stands in To."""
    return set(mail.cc) - set(mail.to) if mail.to else set()
