"""The rows of a list of threads. A reader of all of a thread gets what is stored with it, others their part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from store.model.evidence import Verified
from store.model.ids import ThreadKey, key_seconds
from store.model.views import ClientName, ThreadRow
from store.vault.queries import views
from store.vault.queries.judging import OF_THREADS, Judged, Stored, is_whole, judged_of, stored
from store.vault.queries.mails import SeenEmail, answerer, answerers, hang_contents, hang_filings, of_thread_keys
from store.vault.queries.names import client_names, member_names
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

PEOPLE = 4


def thread_rows(sight: Sight, threads: Sequence[int]) -> tuple[ThreadRow, ...]:
    """In this order; a thread of which nothing is seen any more is left out."""
    kept = stored(sight, [ThreadKey(thread) for thread in threads])
    whole = {key for key, thread in kept.items() if is_whole(sight, thread)}
    parts = _parts(sight, kept.keys() - whole)
    states = judged_of(sight, kept, whole)
    flags = _flags(sight, kept.keys())
    said = _said(sight, threads)
    clients = client_names(sight, _clients(kept, whole, parts))
    names = answerers(sight, states.values())
    rows = []
    for key in (ThreadKey(thread) for thread in threads):
        if key not in states or key not in kept:
            continue
        if key in whole:
            row = _stored_row(sight, kept[key], states[key], clients)
        else:
            row = _part_row(sight, parts[key], states[key], clients)
        rows.append(said.on(key, _finished(row, states[key], names, flags.get(key, (False, False)))))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Said:
    """What people set on threads and said on them."""

    assignees: Mapping[int, int | None]
    names: Mapping[int, str]
    snoozed: Mapping[int, int]
    comments: Mapping[ThreadKey, int]

    def on(self, thread: ThreadKey, row: ThreadRow) -> ThreadRow:
        """The row with it."""
        member, until, comments = self.assignees.get(thread), self.snoozed.get(thread), self.comments.get(thread, 0)
        if member is None and until is None and not comments:
            return row
        name = None if member is None else self.names.get(member)
        return msgspec.structs.replace(row, assigned=name, snoozed_until=until, comments=comments)


def _said(sight: Sight, threads: Sequence[int]) -> _Said:
    assignees = views.assignees(sight, threads)
    names = member_names(sight, {member for member in assignees.values() if member is not None})
    return _Said(assignees, names, views.snoozed(sight, threads), views.comment_counts(sight, threads))


def _parts(sight: Sight, threads: set[ThreadKey]) -> dict[ThreadKey, list[SeenEmail]]:
    """What is seen of these threads, newest first."""
    found: dict[ThreadKey, list[SeenEmail]] = {}
    mails = of_thread_keys(sight, threads) if threads else []
    hang_contents(sight, mails)
    hang_filings(sight, mails)
    for mail in mails:
        found.setdefault(mail.thread, []).append(mail)
    return found


def _flags(sight: Sight, threads: Iterable[ThreadKey]) -> dict[ThreadKey, tuple[bool, bool]]:
    """(unread, starred) of these threads, by the emails that the reader sees."""
    found = sight.rows(
        "SELECT m.thread, max(m.unread), max(m.starred) FROM member_states AS m JOIN emails AS e ON e.email = m.email"
        f" WHERE m.member = :member AND m.thread {OF_THREADS} AND {sight.visible.email('e')} GROUP BY m.thread",
        threads=keys(list(threads)),
    )
    return {ThreadKey(thread): (bool(unread), bool(starred)) for thread, unread, starred in found}


def _clients(
    kept: Mapping[ThreadKey, Stored], whole: set[ThreadKey], parts: Mapping[ThreadKey, list[SeenEmail]]
) -> set[int]:
    found: set[int] = {client for key in whole for client in kept[key].clients()}
    return found | {filing.client for mails in parts.values() for mail in mails for filing in mail.filings}


def _stored_row(sight: Sight, thread: Stored, state: Judged, clients: Mapping[int, ClientName]) -> ThreadRow:
    summary = thread.summary
    return ThreadRow(
        thread=sight.ids.thread(thread.thread),
        newest=sight.ids.email(thread.newest),
        at=key_seconds(thread.newest),
        subject=summary.subject,
        people=tuple(voice.name or voice.address for voice in summary.voices),
        count=thread.count,
        state=state.state,
        unread=False,
        starred=False,
        clients=tuple(clients[client] for client in sorted(thread.clients()) if client in clients),
        unverified=summary.unverified > 0,
        attachments=summary.attachments > 0,
        snippet=summary.snippet,
        versions=summary.versions,
    )


def _part_row(sight: Sight, mails: list[SeenEmail], state: Judged, clients: Mapping[int, ClientName]) -> ThreadRow:
    newest = mails[0]
    shown = newest.shown
    filed = sorted({filing.client for mail in mails for filing in mail.filings})
    return ThreadRow(
        thread=sight.ids.thread(newest.thread),
        newest=sight.ids.email(newest.email),
        at=key_seconds(newest.email),
        subject=shown.subject if shown else "",
        people=_people(mails),
        count=len(mails),
        state=state.state,
        unread=False,
        starred=False,
        clients=tuple(clients[client] for client in filed if client in clients),
        ambiguous=any(filing.ambiguous for mail in mails for filing in mail.filings),
        unverified=any(mail.verified is Verified.FAIL for mail in mails),
        attachments=any(mail.shown is not None and mail.shown.attachments for mail in mails),
        snippet=shown.snippet if shown else "",
        versions=max(mail.versions for mail in mails),
    )


def _people(mails: list[SeenEmail]) -> tuple[str, ...]:
    """Who was heard, newest first, each address once."""
    heard: dict[int | None, SeenEmail] = {}
    for mail in mails:
        heard.setdefault(mail.from_address, mail)
    senders = (next(iter(mail.headers.from_), None) for mail in heard.values())
    return tuple(islice((sender.name or sender.address for sender in senders if sender is not None), PEOPLE))


def _finished(row: ThreadRow, state: Judged, names: dict[int, str], flags: tuple[bool, bool]) -> ThreadRow:
    return msgspec.structs.replace(
        row, unread=flags[0], starred=flags[1], answered_by=answerer(state, names), answered_at=state.at
    )
