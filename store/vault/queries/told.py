"""What the office told: a member's notices, announcements as they may know them, the journal for who may read it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from store.model.ids import (
    ClientKey,
    ContactKey,
    DocumentKey,
    EmailKey,
    MailboxKey,
    MemberKey,
    NoteKey,
    NoticeKey,
    OutboxKey,
    ThreadKey,
)
from store.model.views import Announcement, NoticeCount, NoticeKind, NoticeRow
from store.vault.database import Row
from store.vault.queries.names import client_names
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

_arguments = msgspec.msgpack.Decoder(dict[str, str | int]).decode
_KEYS: Final = re.compile(r"\d{1,19}(,\d{1,19})*", re.ASCII)
_KINDS: Final = {
    **{
        kind: kind
        for kind in (
            "email",
            "thread",
            "client",
            "contact",
            "member",
            "mailbox",
            "notice",
            "note",
            "address",
            "outbox",
            "document",
        )
    },
    **{f"{kind}s": kind for kind in ("email", "client")},
    "give": "client",
    "take": "client",
}
_BETWEEN: Final = frozenset({"…", "-"})


# ---- Notices


def notices(sight: Sight, *, archived: bool) -> tuple[NoticeRow, ...]:
    """The reader's own, newest first; those about what they may no longer see are left out (Z5). Whose mail a link
    filed is told all the same (Z3): with a client hidden from them, without its name. So is what became of their own
    act, without the email: that may have left with what it was about.
    """
    found = sight.rows(
        "SELECT notice, kind, email, client, at, arguments, seen_at, archived_at FROM notices WHERE member = :member"
        " AND (archived_at IS NOT NULL) = :archived AND (later_until IS NULL OR later_until <= :now)"
        " ORDER BY at DESC, notice DESC",
        archived=int(archived),
    )
    threads = visible_emails(sight, {row[2] for row in found if row[2]})
    named = client_names(sight, {row[3] for row in found if row[3]})
    readers = _readers(sight, set(threads))
    return tuple(
        NoticeRow(
            notice=sight.ids.notice(NoticeKey(key)),
            kind=NoticeKind(kind),
            at=at,
            client=named.get(client),
            thread=sight.ids.thread(threads[email][1]) if email in threads else None,
            email=sight.ids.email(threads[email][0]) if email in threads else None,
            arguments=_arguments(arguments),
            seen=seen_at is not None,
            archived=archived_at is not None,
            seen_by=readers.get(email, ()),
        )
        for key, kind, email, client, at, arguments, seen_at, archived_at in found
        if _is_told(kind, not email or email in threads, not client or client in named)
    )


def notice_count(sight: Sight) -> NoticeCount:
    """Of those that are not archived: what a badge says, without what they are about."""
    found = sight.rows(
        "SELECT kind, email, client, seen_at FROM notices WHERE member = :member AND archived_at IS NULL"
        " AND (later_until IS NULL OR later_until <= :now)"
    )
    emails = visible_emails(sight, {row[1] for row in found if row[1]})
    named = client_names(sight, {row[2] for row in found if row[2]})
    unseen = [
        seen_at is None
        for kind, email, client, seen_at in found
        if _is_told(kind, not email or email in emails, not client or client in named)
    ]
    return NoticeCount(notices=len(unseen), unseen=sum(unseen))


def _is_told(kind: str, email: bool, client: bool) -> bool:  # noqa: FBT001 - whether each is seen
    """Whether the reader may know of a notice, by what they see of what it is about."""
    return (email or kind == NoticeKind.CHANGE_DROPPED) and (client or kind == NoticeKind.LINKED_FILED)


def visible_emails(sight: Sight, emails: set[int]) -> dict[int, tuple[EmailKey, ThreadKey]]:
    """Of these keys, aliases too, those that the reader sees: the email's own key, and its thread."""
    found = sight.rows(
        "SELECT asked.value, e.email, e.thread FROM json_each(:emails) AS asked"
        " JOIN emails AS e ON e.email = coalesce((SELECT email FROM aliases WHERE alias = asked.value), asked.value)"
        f" WHERE {sight.visible.email('e')}",
        emails=keys(emails),
    )
    return {row[0]: (EmailKey(row[1]), ThreadKey(row[2])) for row in found}


def _readers(sight: Sight, emails: set[int]) -> dict[int, tuple[str, ...]]:
    """Colleagues who have read these: by their own word, or in a mailbox of theirs ([N3])."""
    found: dict[int, list[str]] = {}
    for email, name in sight.rows(
        "SELECT r.email, m.name FROM ("
        " SELECT email, member FROM member_states WHERE email IN (SELECT value FROM json_each(:emails))"
        " AND read_said = 1 AND unread = 0"
        " UNION SELECT s.email, x.member FROM sightings AS s JOIN mailbox_members AS x ON x.mailbox = s.mailbox"
        " WHERE s.email IN (SELECT value FROM json_each(:emails)) AND s.gone_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM member_states AS u WHERE u.email = s.email AND u.member = x.member AND u.unread = 1)"
        ") AS r JOIN members AS m ON m.member = r.member WHERE r.member <> :member ORDER BY m.name",
        emails=keys(emails),
    ):
        found.setdefault(email, []).append(name)
    return {email: tuple(names) for email, names in found.items()}


# ---- Announcements


@dataclass(frozen=True, slots=True)
class _Told:
    seq: int
    at: int
    kind: str
    email: int | None
    thread: int | None
    client: int | None
    mailbox: int | None
    member: int | None
    count: int


def last_announced(sight: Sight) -> int:
    """The number of the newest, also of one that is no longer kept."""
    return sight.value("SELECT seq FROM sqlite_sequence WHERE name = 'announcements'") or 0


def oldest_announced(sight: Sight) -> int:
    """From which number on they are kept: of the oldest, or of the next one if there is none."""
    kept = sight.value("SELECT seq FROM announcements ORDER BY seq LIMIT 1")
    return int(kept) if kept is not None else last_announced(sight) + 1


def announced(sight: Sight, *, after: int, limit: int) -> tuple[tuple[Announcement, ...], int]:
    """Those after a number as the reader may know them, and the number that was looked up to."""
    rows = [
        _Told(*row)
        for row in sight.rows(
            "SELECT seq, at, kind, email, thread, client, mailbox, member, count FROM announcements"
            " WHERE seq > :after ORDER BY seq LIMIT :most",
            after=after,
            most=limit,
        )
    ]
    emails = visible_emails(sight, {row.email for row in rows if row.email is not None})
    # A thread whose last mail went is told to who finds it in *Deleted*: their lists have changed.
    threads = _visible_threads(sight.with_left(), {row.thread for row in rows if row.thread is not None})
    told = (_as_known(sight, row, emails, threads) for row in rows)
    return tuple(one for one in told if one is not None), rows[-1].seq if rows else after


def _visible_threads(sight: Sight, threads: set[int]) -> dict[int, ThreadKey]:
    found = sight.rows(
        "SELECT asked.value, coalesce(g.thread, asked.value) FROM json_each(:threads) AS asked"
        " LEFT JOIN merged_threads AS g ON g.merged = asked.value"
        " WHERE EXISTS (SELECT 1 FROM emails AS e WHERE e.thread = coalesce(g.thread, asked.value)"
        f" AND {sight.visible.email('e')})",
        threads=keys(threads),
    )
    return {row[0]: ThreadKey(row[1]) for row in found}


def _as_known(
    sight: Sight, told: _Told, emails: dict[int, tuple[EmailKey, ThreadKey]], threads: dict[int, ThreadKey]
) -> Announcement | None:
    """None: not for this reader. A hidden client is not named, and that it was filed is not said."""
    if told.member is not None and told.member != sight.scope.member:
        return None
    if (told.email is not None and told.email not in emails) or (
        told.email is None and told.thread is not None and told.thread not in threads
    ):
        return None
    about_mail = told.email is not None or told.thread is not None
    hidden = told.client is not None and not sight.may_see(ClientKey(told.client))
    if not about_mail and hidden:
        return None
    if (
        not about_mail
        and told.client is None
        and told.mailbox is not None
        and told.mailbox not in sight.scope.mailboxes
    ):
        return None
    email, thread = emails[told.email] if told.email is not None else (None, threads.get(told.thread or 0))
    named = told.client is not None and not hidden
    return Announcement(
        seq=told.seq,
        at=told.at,
        kind="threads_changed" if hidden else told.kind,
        email=None if email is None else sight.ids.email(email),
        thread=None if thread is None else sight.ids.thread(thread),
        client=sight.ids.client(ClientKey(told.client)) if named and told.client is not None else None,
        count=told.count if told.mailbox is not None else 1,
    )


# ---- The journal


def journal_rows(sight: Sight, *, after: int = 0, limit: int = -1) -> Iterator[Row]:
    """(seq, at, member, as, action, object, prev, hash), oldest first; read as it is asked for."""
    yield from sight.database.connection.execute(
        "SELECT seq, at, member, as_member, action, object, prev, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, limit),
    )


def opaque(sight: Sight, about: str) -> str:
    """An entry's object, with opaque ids in the place of keys: a word says of what kind the numbers after it are."""
    kind: str | None = None
    told = []
    for word in about.split(" "):
        bare = word.rstrip(":")
        if _KEYS.fullmatch(bare):
            told.append(word if kind is None else ",".join(_opaque(sight, kind, int(key)) for key in bare.split(",")))
        else:
            kind = _KINDS.get(bare, kind if bare in _BETWEEN else None)
            told.append(word)
    return " ".join(told)


def _opaque(sight: Sight, kind: str, key: int) -> str:
    ids = sight.ids
    match kind:
        case "email":
            return ids.email(EmailKey(key))
        case "thread":
            return ids.thread(ThreadKey(key))
        case "client":
            return ids.client(ClientKey(key))
        case "contact":
            return ids.contact(ContactKey(key))
        case "member":
            return ids.member(MemberKey(key))
        case "mailbox":
            return ids.mailbox(MailboxKey(key))
        case "notice":
            return ids.notice(NoticeKey(key))
        case "note":
            return ids.note(NoteKey(key))
        case "outbox":
            return ids.outbox(OutboxKey(key))
        case "document":
            return ids.document(DocumentKey(key))
        case _:  # of an address there is no id
            return "-"
