"""The journal as it is read: page by page, checked piece by piece, and what of it a client's *Activity* tells."""

from collections.abc import Iterable
from typing import Final

from actors.desk.api import JournalCheck, JournalPage
from store.model.errors import NotAllowed
from store.model.ids import ClientKey, MemberId, MemberKey
from store.model.views import JournalEntry
from store.rules.activity import is_told, told_about
from store.rules.journal import ORIGIN, Entry, Kept, verify
from store.rules.permissions import Action, Verdict, may
from store.vault.database import Row
from store.vault.queries import journal, told
from store.vault.queries.names import client_key, member_key
from store.vault.queries.sight import Sight

LOOKS: Final = 20  # pages of the journal that one answer of activity looks through


def need_journal(sight: Sight) -> None:
    """It is for owner and admins."""
    if may(sight.scope, Action.SEE_JOURNAL) is not Verdict.ALLOWED:
        raise NotAllowed("not_allowed", right=str(Action.SEE_JOURNAL))


def oldest_entries(sight: Sight, *, whole: bool, after: int, limit: int) -> JournalPage:
    """Oldest first; with `whole` all of the chain is checked."""
    need_journal(sight)
    entries = tuple(entry(sight, row) for row in told.journal_rows(sight, after=after, limit=limit))
    broken = verify(_kept(told.journal_rows(sight))) if whole else None
    return JournalPage(entries=entries, broken=broken, head=_head(sight))


def newest_entries(sight: Sight, *, before: int, client: str | None, member: str | None, limit: int) -> JournalPage:
    """Newest first, a client's or a member's alone."""
    need_journal(sight)
    found = journal.newest(
        sight,
        before=before,
        client=None if client is None else client_key(sight, client),
        member=None if member is None else member_key(sight, member),
        limit=limit,
    )
    return JournalPage(entries=tuple(entry(sight, row) for row in found), head=_head(sight))


def checked(sight: Sight, *, after: int, limit: int) -> JournalCheck:
    """So many entries of the chain, linked to the one before them."""
    need_journal(sight)
    total = sight.value("SELECT coalesce(max(seq), 0) FROM journal")
    before = sight.value("SELECT hash FROM journal WHERE seq = :seq", seq=after) if after else ORIGIN
    if before is None:
        return JournalCheck(checked=after, total=total, broken=None if after >= total else after, head=_head(sight))
    kept = list(_kept(told.journal_rows(sight, after=after, limit=limit)))
    broken = verify(kept, after=before, first=after + 1)
    return JournalCheck(checked=kept[-1].entry.seq if kept else after, total=total, broken=broken, head=_head(sight))


def activity(sight: Sight, ref: str, *, before: int, limit: int) -> tuple[JournalEntry, ...]:
    """A client's, without hashes: what is left out of an entry makes it none that could be checked."""
    key = client_key(sight, ref)
    ours = journal.of_one(sight, key)
    found: list[JournalEntry] = []
    at = before
    for _look in range(LOOKS):
        rows = journal.newest(sight, before=at, client=key, limit=journal.CHUNK)
        found += [_told(sight, row, ours) for row in rows if is_told(row[4], row[5])]
        if len(rows) < journal.CHUNK or len(found) >= limit:
            break
        at = rows[-1][0]
    return tuple(found[:limit])


def _told(sight: Sight, row: Row, ours: frozenset[int]) -> JournalEntry:
    """An entry with what the reader sees of it."""
    named = journal.named_in(row[5])
    seen = {
        "client": frozenset(key for key in named.get("client", ()) if key in ours or sight.may_see(ClientKey(key))),
        "email": journal.filed_there(sight, set(named.get("email", ())), ours),
        "thread": journal.threads_there(sight, set(named.get("thread", ())), ours),
    }
    lead = f"{row[5].partition(':')[0].strip()}: " if row[4] == "undo" and ":" in row[5] else ""
    about = lead + told_about(named, seen)
    return entry(sight, (*row[:5], about, b"", b""))


def entry(sight: Sight, row: Row) -> JournalEntry:
    """With opaque ids."""
    seq, at, member, as_member, action, about, prev, digest = row
    return JournalEntry(
        seq=seq,
        at=at,
        member=_member(sight, member),
        as_=_member(sight, as_member),
        action=action,
        object=told.opaque(sight, about),
        prev=prev.hex(),
        hash=digest.hex(),
    )


def _member(sight: Sight, member: int | None) -> MemberId | None:
    return None if member is None else sight.ids.member(MemberKey(member))


def _kept(rows: Iterable[Row]) -> Iterable[Kept]:
    return (Kept(Entry(*row[:6]), row[6], row[7]) for row in rows)


def _head(sight: Sight) -> str:
    last = sight.row("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1")
    return "" if last is None else str(last[0].hex())
