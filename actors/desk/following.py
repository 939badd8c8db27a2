"""What follows for people: errands told to the notifier, notices that count, announcements of what was filed."""

import hashlib

import msgspec

from actors.desk.seeing import visible_facts
from actors.desk.settling import NOTIFY, Settling
from actors.desk.turn import Turn
from actors.messages import EmailsFiled, ErrandOpen
from actors.switchboard import NOTIFIER
from store.model.evidence import Role
from store.model.ids import ClientKey, ErrandKey, MailboxKey, MemberKey
from store.model.views import NoticeKind
from store.rules.away import told_too
from store.rules.journal import ORIGIN, Entry, chain
from store.rules.notices import told_in_bulk
from store.rules.permissions import visible
from store.vault.following import NewAnnouncement
from store.vault.hands import Cause
from store.vault.kept import KeptEmail


def journal(
    turn: Turn, action: str, about: str, *, member: MemberKey | None = None, as_member: MemberKey | None = None
) -> None:
    """One entry at the end of the chain ([R3]): keys and codes, never contents."""
    last, digest = turn.vault.journal.last()
    prev = digest or ORIGIN
    entry = Entry(seq=last + 1, at=turn.now, member=member, as_member=as_member, action=action, object=about)
    turn.vault.journal.add(
        seq=entry.seq,
        at=entry.at,
        member=member,
        as_member=as_member,
        action=action,
        about=about,
        prev=prev,
        digest=chain(prev, entry),
    )


def follow(turn: Turn, settling: Settling, *, mailbox: MailboxKey | None) -> None:
    """After settling: the journal's one entry, the notifier's errands, one notice for old mail, announcements."""
    if turn.filed:
        rows = sorted(set(turn.filed))
        digest = hashlib.sha256(msgspec.msgpack.encode(rows)).hexdigest()
        journal(turn, "filed", f"{len(rows)}:{digest}")
    if turn.errands:
        turn.tell(NOTIFIER, EmailsFiled(errands=open_errands(turn, turn.errands)))
    for client, emails in sorted(settling.old_filed.items()):
        turn.told.append(NewAnnouncement("emails_filed", client=client, count=len(emails)))
    if settling.old_filed and mailbox is not None:
        count = len(set().union(*settling.old_filed.values()))
        members = turn.book.mailboxes[mailbox].members
        for member in members:
            _count_up(turn, member, NoticeKind.BULK_FILED, about=f"mailbox {mailbox}", mailbox=mailbox, more=count)


def tell_cause(turn: Turn, cause: Cause) -> None:
    """The last of what an act settled is settled: each member learns how many of their mails it filed (Z3)."""
    for member, count in told_in_bulk(cause.filed.items(), maker=cause.maker):
        arguments: dict[str, str | int] = {"count": count, "act": cause.kind}
        if cause.maker is not None and cause.maker in turn.book.members:
            arguments["by"] = turn.book.members[cause.maker].name
        if cause.address is not None:
            arguments["address"] = cause.address
        new = turn.vault.notices.add(
            member, NoticeKind.LINKED_FILED, at=turn.now, client=cause.client, about=f"cause {cause.cause}",
            arguments=arguments,
        )  # fmt: skip
        if new:
            turn.told.append(NewAnnouncement("notices_kept", member=member))


def tell_gone(turn: Turn, mailbox: MailboxKey, count: int) -> None:
    """Hundreds at once are said once, as one notice."""
    day = turn.now // 86_400
    for member in turn.book.mailboxes[mailbox].members:
        _count_up(turn, member, NoticeKind.MAIL_GONE, about=f"mailbox {mailbox} {day}", mailbox=mailbox, more=count)


def _count_up(turn: Turn, member: MemberKey, kind: NoticeKind, *, about: str, mailbox: MailboxKey, more: int) -> None:
    if turn.vault.notices.count_up(member, kind, about=about, mailbox=mailbox, more=more, at=turn.now):
        turn.told.append(NewAnnouncement("notices_kept", member=member))


def open_errands(turn: Turn, wanted: list[ErrandKey] | None) -> tuple[ErrandOpen, ...]:
    """Open errands with what the notifier needs; None: all of them."""
    chosen = None if wanted is None else set(wanted)
    rows = [row for row in turn.vault.errands.open(NOTIFY) if chosen is None or row[0] in chosen]
    turn.get(email for _, email, _ in rows)
    return tuple(
        _errand(turn, errand, turn.mails[email], client) for errand, email, client in rows if email in turn.mails
    )


def _errand(turn: Turn, errand: ErrandKey, mail: KeptEmail, client: ClientKey) -> ErrandOpen:
    book = turn.book
    to = book.members_at(address for role, address in mail.people if role is Role.TO)
    to = told_too(to, book.away, now=turn.now)
    cc = book.members_at(address for role, address in mail.people if role is Role.CC)
    followers = book.followers(client)
    facts = visible_facts(mail)
    asked = {*to, *cc, *followers, book.owner}
    walled = {m for m in asked if client in book.scopes[m].walls}
    return ErrandOpen(
        errand=errand,
        kind=NOTIFY,
        email=mail.email,
        client=client,
        thread=mail.thread,
        mail_kind=mail.kind,
        from_member=mail.from_member,
        to=to,
        cc=cc,
        followers=followers,
        walled=tuple(sorted(walled)),
        owner=book.owner,
        outside=mail.outside,
        cannot_see=tuple(sorted(m for m in asked - walled if not visible(book.scopes[m], facts, now=turn.now))),
    )
