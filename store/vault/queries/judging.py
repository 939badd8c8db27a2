"""Threads of which a reader sees only a part, or sees it in a way of their own: worked out from the emails they see.

What is stored with a thread is for readers of all of it; `is_whole` says who that is. Decides no state itself.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import msgspec

from store.model.evidence import Kind
from store.model.ids import ClientKey, EmailKey, MemberKey, ThreadKey
from store.model.kept import ThreadSummary
from store.model.thread import DoneMark, StateEmail, ThreadState
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

_summary = msgspec.msgpack.Decoder(ThreadSummary).decode

OF_THREADS = "IN (SELECT value FROM json_each(:threads))"


@dataclass(slots=True)
class Stored:
    """A thread as it is kept, with its holders: emails seen through each, and emails filed or held there at all."""

    thread: ThreadKey
    newest: EmailKey
    count: int
    mixed: int
    state: ThreadState
    summary: ThreadSummary
    holders: dict[int, tuple[int, int]] = field(default_factory=dict)

    def clients(self) -> list[ClientKey]:
        """The clients that any of its emails is filed with."""
        return [ClientKey(holder) for holder in self.holders if holder > 0]


@dataclass(frozen=True, slots=True)
class Judged:
    """A thread's state to this reader, and by whom it is answered (0: one of several who share an address)."""

    state: ThreadState
    answered: bool = False
    member: MemberKey | None = None
    sender: str = ""
    at: int | None = None


@dataclass(slots=True)
class Seen:
    """The emails of a thread that the reader sees, as far as its state goes."""

    newest: EmailKey
    emails: list[StateEmail]
    members: dict[EmailKey, MemberKey]
    done: DoneMark | None = None


def stored(sight: Sight, threads: Iterable[int]) -> dict[ThreadKey, Stored]:
    """These threads as they are kept."""
    wanted = keys(list(threads))
    found: dict[ThreadKey, Stored] = {}
    for row in sight.rows(
        f"SELECT thread, newest, count, mixed, state, summary FROM threads WHERE thread {OF_THREADS}", threads=wanted
    ):
        found[row[0]] = Stored(row[0], row[1], row[2], row[3], ThreadState(row[4]), _summary(row[5]))
    for thread, holder, emails, mixed in sight.rows(
        f"SELECT thread, holder, emails, mixed FROM thread_holders WHERE thread {OF_THREADS}", threads=wanted
    ):
        if thread in found:
            found[thread].holders[holder] = (emails, emails + mixed)
    return found


def is_whole(sight: Sight, thread: Stored) -> bool:
    """Whether what is stored is exactly what this reader sees: all of it, through one holder."""
    scope = sight.scope
    if thread.mixed or (scope.walls and not scope.walls.isdisjoint(thread.holders)):
        return False
    for holder, (emails, _all) in thread.holders.items():
        if emails != thread.count:
            continue
        if holder > 0 and scope.allows_client(ClientKey(holder)):
            return True
        if -holder in scope.mailboxes and thread.summary.versions == 1:
            return True
    return False


def seen(sight: Sight, threads: Iterable[int]) -> dict[ThreadKey, Seen]:
    """What the reader sees of these threads; those of which they see nothing are left out."""
    wanted = keys(list(threads))
    found: dict[ThreadKey, Seen] = {}
    for thread, email, at, kind, member, outside in sight.rows(
        "SELECT e.thread, e.email, e.at, e.kind, e.from_member, e.outside FROM emails AS e"
        f" WHERE e.thread {OF_THREADS} AND {sight.visible.email('e')} ORDER BY e.email DESC",
        threads=wanted,
    ):
        of_thread = found.get(thread)
        if of_thread is None:
            of_thread = found[thread] = Seen(EmailKey(email), [], {})
        of_thread.emails.append(
            StateEmail(
                email=EmailKey(email),
                at=at,
                kind=Kind(kind),
                from_member=member is not None,
                outside=bool(outside),
                sender="",
            )
        )
        if member is not None:
            of_thread.members[EmailKey(email)] = MemberKey(member)
    for thread, email, at, maker in sight.rows(
        f"SELECT thread, email, at, maker FROM done_marks WHERE thread {OF_THREADS} ORDER BY email", threads=wanted
    ):
        if thread in found and any(one.email == email for one in found[thread].emails):
            found[thread].done = DoneMark(email=EmailKey(email), at=at, by=maker)
    return found


def judged(sight: Sight, threads: Iterable[int]) -> dict[ThreadKey, Judged]:
    """The state of these threads to this reader; those of which they see nothing are left out."""
    known = stored(sight, threads)
    return judged_of(sight, known, {key for key, thread in known.items() if is_whole(sight, thread)})


def judged_of(
    sight: Sight, known: Mapping[ThreadKey, Stored], whole: AbstractSet[ThreadKey]
) -> dict[ThreadKey, Judged]:
    """The same of threads that were read; `whole` are those that the reader sees all of. What has left its server says
    something only where nothing else is seen.
    """
    found = {key: _of_stored(known[key]) for key in whole}
    for look in dict.fromkeys((sight.live, sight)):
        for key, part in seen(look, known.keys() - found.keys()).items():
            found[key] = of_seen(sight, part)
    return found


def of_seen(sight: Sight, part: Seen) -> Judged:
    """By the rules, of what is seen."""
    state = sight.rules.state(part.emails, part.done)
    newest = sight.rules.newest_counting(part.emails)
    if newest is None or not newest.from_member:
        return Judged(state)
    return Judged(
        state, answered=True, member=part.members[newest.email], sender=_sender(sight, newest.email), at=newest.at
    )


def _of_stored(thread: Stored) -> Judged:
    counting, answer = thread.summary.counting, thread.summary.answer
    if counting is None or not counting.from_member:
        return Judged(thread.state)
    member = answer.member if answer is not None else MemberKey(0)
    return Judged(thread.state, answered=True, member=member, sender=counting.sender, at=counting.at)


def _sender(sight: Sight, email: EmailKey) -> str:
    text = sight.value(
        "SELECT a.text FROM emails AS e JOIN addresses AS a ON a.address = e.from_address WHERE e.email = :email",
        email=email,
    )
    return text or ""
