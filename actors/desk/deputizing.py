"""Mail that has come, for who is away and for threads that are private: what follows for its thread ([S15], [C8]).

Must not change who sees anything but by making it private; a thread that somebody answers for already stays theirs.
"""

from collections.abc import Iterable

from actors.desk.seeing import visible_facts
from actors.desk.settling import is_fresh
from actors.desk.turn import Turn
from store.model.evidence import Kind, Role
from store.model.ids import EmailKey, MemberKey
from store.rules.away import stands_in
from store.rules.permissions import visible
from store.vault.following import NewAnnouncement
from store.vault.kept import KeptEmail
from store.vault.marks import KeptAssignment


def keep_private(turn: Turn, emails: Iterable[EmailKey]) -> None:
    """What comes to a thread that is private in its mailbox is private too; before it is settled."""
    public = [mail for key in emails if (mail := turn.mails.get(key)) is not None and not mail.private]
    private = turn.vault.emails.private_in({mail.thread for mail in public})
    for mail in public if private else ():
        if any((mail.thread, seen.mailbox) in private for seen in mail.sightings):
            mail.private = True


def hand_over(turn: Turn, emails: Iterable[EmailKey]) -> None:
    """A new thread to answer of somebody who is away is their deputy's, as far as that one sees it."""
    away = turn.book.away
    if not any(turn.now < until for until, _deputy in away.values()):
        return
    for key in emails:
        mail = turn.mails.get(key)
        if mail is None or not (mail.new and mail.outside) or mail.from_member is not None:
            continue
        if mail.kind is Kind.PERSONAL and is_fresh(turn, mail):
            _assign(turn, mail)


def _assign(turn: Turn, mail: KeptEmail) -> None:
    to = turn.book.members_at(address for role, address in mail.people if role is Role.TO)
    if any(stands_in(one, turn.book.away, now=turn.now) == one for one in to):  # somebody whom it is for is there
        return
    for member in to:
        deputy = stands_in(member, turn.book.away, now=turn.now)
        seer = turn.book.scopes.get(deputy)
        if seer is not None and visible(seer, visible_facts(mail), now=turn.now):
            _put(turn, mail, deputy=deputy, member=member)
            return


def _put(turn: Turn, mail: KeptEmail, *, deputy: MemberKey, member: MemberKey) -> None:
    if turn.vault.marks.assignments(mail.thread):
        return
    kept = KeptAssignment(email=mail.email, member=deputy, at=turn.now, maker=member)
    turn.vault.marks.assign(mail.thread, kept)
    turn.told.append(NewAnnouncement("threads_changed", thread=mail.thread, email=mail.email))
