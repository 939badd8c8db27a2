"""The lists of threads beside those by state: assigned to the reader, snoozed by them, with mail of theirs, deleted.

Assignments and snoozes hang on emails: what a thread shows is that of the newest such email that the reader sees.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from store.model.errors import NotFound
from store.model.ids import CommentKey, EmailKey, ThreadKey
from store.model.labels import SENT
from store.model.thread import SnoozeMark
from store.model.views import Comment
from store.vault.queries.judging import OF_THREADS, seen
from store.vault.queries.lists import Folder, Places, ordered
from store.vault.queries.names import member_names
from store.vault.queries.sight import Sight
from store.vault.queries.visible import LEFT_SECONDS, keys

_OWN_ADDRESSES: Final = "SELECT address FROM mailbox_addresses WHERE mailbox IN (SELECT value FROM json_each(:own))"

# ---- Assigned


def assignees(sight: Sight, threads: Iterable[int]) -> dict[int, int | None]:
    """Who answers for these threads; None: nobody any more."""
    found = sight.rows(
        "SELECT a.thread, a.member FROM assignments AS a JOIN emails AS e ON e.email = a.email"
        f" WHERE a.thread {OF_THREADS} AND {sight.visible.email('e')} ORDER BY a.email",
        threads=keys(threads),
    )
    return dict(found)


def assigned(sight: Sight, threads: Iterable[int]) -> frozenset[int]:
    """Of these threads those that the reader answers for."""
    mine = sight.scope.member
    return frozenset(thread for thread, member in assignees(sight, threads).items() if member == mine)


def assigned_threads(sight: Sight) -> frozenset[int]:
    """All of them."""
    found = sight.rows("SELECT DISTINCT thread FROM assignments WHERE member = :member")
    return assigned(sight, (row[0] for row in found))


# ---- Snoozed


def snoozed(sight: Sight, threads: Iterable[int]) -> dict[int, int]:
    """Of these threads those that are out of the reader's sight, and until when."""
    marks: dict[int, SnoozeMark] = {}
    for thread, email, at, until in sight.rows(
        "SELECT s.thread, s.email, s.at, s.until FROM snoozes AS s JOIN emails AS e ON e.email = s.email"
        f" WHERE s.member = :member AND s.thread {OF_THREADS} AND {sight.visible.email('e')} ORDER BY s.email",
        threads=keys(threads),
    ):
        marks[thread] = SnoozeMark(email=EmailKey(email), at=at, until=until)
    found: dict[int, int] = {}
    parts = seen(sight, [thread for thread, mark in marks.items() if mark.until > sight.now])
    for key, part in parts.items():
        until = sight.rules.snoozed_until(part.emails, marks[key], now=sight.now)
        if until is not None:
            found[key] = until
    return found


def snoozed_threads(sight: Sight) -> dict[int, int]:
    """All of them."""
    found = sight.rows("SELECT DISTINCT thread FROM snoozes WHERE member = :member AND until > :now")
    return snoozed(sight, (row[0] for row in found))


def snoozed_again(sight: Sight, old: Mapping[int, int], changed: AbstractSet[int]) -> dict[int, int]:
    """The same after only these threads changed."""
    kept = {thread: until for thread, until in old.items() if thread not in changed}
    return kept | snoozed(sight, changed)


# ---- Sent


def sent_folder() -> Folder:
    """Emails from an own address of the reader's mailboxes. One that only claims to be, and failed, is none, unless it
    lies where sent mail lies.
    """
    lies = (
        "EXISTS (SELECT 1 FROM sightings AS s JOIN folders AS f ON f.folder = s.folder WHERE s.email = e.email"
        " AND s.mailbox IN (SELECT value FROM json_each(:own))"
        f" AND (f.special_use IN ('sent', 'outbox') OR instr(s.flags || ' ', '{SENT} ')))"
    )
    return Folder("", f"e.from_address IN ({_OWN_ADDRESSES}) AND (e.verified <> 'fail' OR {lies})")


def sent_threads(sight: Sight) -> Places:
    """The sent folder."""
    candidates = sight.rows(
        "SELECT DISTINCT e.thread FROM email_addresses AS a CROSS JOIN emails AS e ON e.email = a.email"
        f" WHERE a.address IN ({_OWN_ADDRESSES}) AND a.role = 'from'"
    )
    return ordered(sent_folder().places(sight, (row[0] for row in candidates)))


# ---- Deleted


def deleted_folder(sight: Sight) -> Folder:
    """Emails whose own copies have all left their server lately. Asked of a sight to which these still show."""
    left = (
        "EXISTS (SELECT 1 FROM sightings AS s WHERE s.email = e.email AND s.gone_at >= :left_since"
        " AND s.mailbox IN (SELECT value FROM json_each(:own)))"
    )
    return Folder("", f"{left} AND NOT {sight.visible.present('e')}")


def deleted_threads(sight: Sight) -> Places:
    """The deleted folder."""
    candidates = sight.rows(
        "SELECT DISTINCT e.thread FROM sightings AS s CROSS JOIN emails AS e ON e.email = s.email"
        " WHERE s.gone_at >= :left_since AND s.mailbox IN (SELECT value FROM json_each(:own))"
    )
    return ordered(deleted_folder(sight).places(sight, (row[0] for row in candidates)))


def deleted_until(sight: Sight) -> int | None:
    """When the next email has been gone for its time."""
    first = sight.value(
        "SELECT gone_at FROM sightings WHERE gone_at >= :left_since AND mailbox IN (SELECT value FROM json_each(:own))"
        " ORDER BY gone_at LIMIT 1"
    )
    return None if first is None else first + LEFT_SECONDS + 1


# ---- What people said


def comments(sight: Sight, thread: ThreadKey) -> tuple[Comment, ...]:
    """Of a thread of which the reader sees anything, those on emails that they see (Z2); oldest first."""
    seen_at_all = f"SELECT 1 FROM emails AS e WHERE e.thread = :thread AND {sight.visible.email('e')} LIMIT 1"
    if sight.value(seen_at_all, thread=thread) is None:
        raise NotFound
    found = sight.rows(
        "SELECT c.comment, c.at, c.member, c.text, c.email FROM comments AS c JOIN emails AS e ON e.email = c.email"
        f" WHERE c.thread = :thread AND {sight.visible.email('e')} ORDER BY c.comment",
        thread=thread,
    )
    names = member_names(sight, {row[2] for row in found})
    return tuple(
        Comment(
            comment=sight.ids.comment(CommentKey(key)),
            at=at,
            by=names.get(member, ""),
            text=text,
            email=sight.ids.email(EmailKey(email)),
        )
        for key, at, member, text, email in found
    )


def comment_counts(sight: Sight, threads: Iterable[int]) -> dict[ThreadKey, int]:
    """How many comments of these threads the reader sees: those on emails that they see (Z2)."""
    found = sight.rows(
        "SELECT c.thread, count(*) FROM comments AS c JOIN emails AS e ON e.email = c.email"
        f" WHERE c.thread {OF_THREADS} AND {sight.visible.email('e')} GROUP BY c.thread",
        threads=keys(threads),
    )
    return {ThreadKey(thread): count for thread, count in found}
