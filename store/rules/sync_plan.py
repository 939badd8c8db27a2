"""What to do next with one folder: from the ledger, what the server says, and the server's list of UIDs.

    SELECT ──► another UIDVALIDITY? ── yes ─► Renew ─┐
                  │ no                               ▼
                  ├─ a row short or too many, thorough ─► ListUids ─► plan again with the list
                  │                                          │   (shorter than EXISTS: listed once more)
                  ▼                                          ▼
        nothing came or went, or QRESYNC        Announce(pending, skipped, gone)
        told all that did                                    │
                  │                                          │
                  └──────────► TellFlags, FetchFlags ◄───────┘   told by QRESYNC; else changed, by CONDSTORE; else all
                                        ▼
                                    ClosePass ─► FetchCopies: wanted bodies, pending, due, then those alone

Invariant: what is missing is the server's list less the ledger's rows, never read off a cursor; UIDNEXT, EXISTS and
HIGHESTMODSEQ only tell when listing would find nothing. What QRESYNC tells is believed as a list where it names every
UID up to UIDNEXT and comes to as many as EXISTS. Nothing is deleted by a plan: vanished UIDs are said to be
gone, and not on the word of a list that its own server contradicts. What is gone for people only (`left`) is listed,
and nothing but its flags is asked for. A plan costs by ranges, however many UIDs a server
claims.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from store.model.ledger import SkipReason
from store.model.uidset import UidSet
from store.rules.sync_steps import (
    NONE,
    Announce,
    ClosePass,
    FetchCopies,
    FetchFlags,
    Known,
    ListUids,
    Remote,
    Renew,
    Step,
    TellFlags,
    Wants,
)

SKIPPED_USES: Final[Mapping[str, SkipReason]] = {
    "junk": SkipReason.SPAM_FOLDER,
    "trash": SkipReason.TRASH_FOLDER,
    "drafts": SkipReason.DRAFTS_FOLDER,
}
OldCopy = tuple[int, bytes, int, int]  # uid, header fields, INTERNALDATE, size


def skip_of(special_use: str) -> SkipReason | None:
    """Why a folder of this use is not copied; None if it is."""
    return SKIPPED_USES.get(special_use)


def plan(
    known: Known,
    remote: Remote,
    wants: Wants,
    *,
    uids: UidSet | None = None,
    listed_before: UidSet | None = None,
    thorough: bool = False,
) -> tuple[Step, ...]:
    """The next steps. `uids` is the server's list, once asked for; `listed_before` the one before, if that was doubted.

    The caller carries the steps out in their order, and plans again after Renew, ListUids and the last FetchCopies.
    """
    if known.uidvalidity != remote.uidvalidity:
        return (Renew(uidvalidity=remote.uidvalidity), ListUids())
    if uids is None:
        uids = None if thorough else _list_without_asking(known, remote)
        if uids is None:
            return (ListUids(),)
    if _doubted(remote, uids, listed_before):
        found = _announce(known, wants, listed=known.listed | uids)
        return (found, ListUids()) if found is not None else (ListUids(),)
    announced = _announce(known, wants, listed=uids)
    after = applied(known, announced) if announced is not None else known
    return (*_told(after, remote, announced), *copies(after, wants))


def slices(uids: UidSet, size: int) -> Iterator[UidSet]:
    """Newest first, so many UIDs a slice. Lazy: a server may have claimed thousands of millions."""
    left = uids
    while left:
        taken = left.newest(size)
        yield taken
        left -= taken


def recognised(old: Iterable[OldCopy], new: Iterable[OldCopy]) -> dict[int, int]:
    """After a UIDVALIDITY change: the old UID of each new one whose header fields, INTERNALDATE and size are equal.
    Equal copies are matched in the order of their UIDs, each once.
    """
    waiting: dict[tuple[bytes, int, int], list[int]] = {}
    for uid, fields, internaldate, size in sorted(old, reverse=True):
        waiting.setdefault((fields, internaldate, size), []).append(uid)
    found = {}
    for uid, fields, internaldate, size in sorted(new):
        if left := waiting.get((fields, internaldate, size)):
            found[uid] = left.pop()
    return found


def _list_without_asking(known: Known, remote: Remote) -> UidSet | None:
    """The server's UIDs, where they follow from what it told; None: they must be asked for.

    No UID is used twice: as many as it has mails, and none that could have come unheard of, leave no room. Without
    QRESYNC that is an unmoved UIDNEXT; with it every UID since the last one must be named, as come or as gone.
    """
    if not remote.uidnext or not known.uidnext:
        return None
    listed = known.listed
    if _resynced(known, remote):
        listed = (listed - remote.vanished) | remote.told
    if known.uidnext < remote.uidnext:
        since = UidSet([(known.uidnext, remote.uidnext - 1)])
        if not _resynced(known, remote) or since - remote.told - remote.vanished:
            return None
    fits = len(listed) == remote.exists and (not listed or listed.ranges[-1][1] < remote.uidnext)
    return listed if fits and known.uidnext <= remote.uidnext else None


def _resynced(known: Known, remote: Remote) -> bool:
    """Whether the server told all that happened since the last closed pass. What it told since later is not enough."""
    return 0 < remote.since <= known.highestmodseq


def _doubted(remote: Remote, uids: UidSet, listed_before: UidSet | None) -> bool:
    """A list shorter than EXISTS is asked for again; what a server says twice is believed."""
    return len(uids) < remote.exists and uids != listed_before


def _announce(known: Known, wants: Wants, *, listed: UidSet) -> Announce | None:
    new = listed - known.listed
    older = (new | known.pending | known.failed) & listed & wants.outside_history
    if wants.skip is not None:
        left_out = (new | (known.pending & listed)) - wants.watched
        skipped: tuple[tuple[SkipReason, UidSet], ...] = ((wants.skip, left_out),)
        pending = new & wants.watched
    else:
        skipped = ((SkipReason.BEFORE_HISTORY, older),)
        pending = new - older
    told = Announce(
        pending=pending,
        skipped=tuple((reason, uids) for reason, uids in skipped if uids),
        gone=known.listed - listed,
    )
    return told if told.pending or told.skipped or told.gone else None


def applied(known: Known, told: Announce) -> Known:
    """The ledger once that is written."""
    skipped = UidSet(pair for _, uids in told.skipped for pair in uids.ranges)
    return Known(
        uidvalidity=known.uidvalidity,
        highestmodseq=known.highestmodseq,
        uidnext=known.uidnext,
        here=known.here - told.gone,
        left=known.left - told.gone,
        wanting=known.wanting - told.gone,
        pending=(known.pending | told.pending) - told.gone - skipped,
        skipped=(known.skipped | skipped) - told.gone,
        failed=known.failed - told.gone - skipped,
        due=known.due - told.gone - skipped,
        alone=known.alone - told.gone,
    )


def _told(known: Known, remote: Remote, announced: Announce | None) -> tuple[Step, ...]:
    """Announce, flags, and the end of the pass; nothing if the server stands where it was kept to stand."""
    flags = _flags(known, remote)
    stands = (known.highestmodseq, known.uidnext) == (remote.highestmodseq, remote.uidnext)
    close = (
        () if stands and announced is None else (ClosePass(highestmodseq=remote.highestmodseq, uidnext=remote.uidnext),)
    )
    return (*(() if announced is None else (announced,)), *(() if flags is None else (flags,)), *close)


def _flags(known: Known, remote: Remote) -> FetchFlags | TellFlags | None:
    """All flags where the server keeps no count of changes or its count went back, else what changed."""
    if not known.flagged or (remote.highestmodseq and remote.highestmodseq == known.highestmodseq):
        return None
    if _resynced(known, remote) and remote.flags_told:
        changed = known.flagged & remote.told
        return TellFlags(uids=changed) if changed else None
    counted = known.highestmodseq and remote.highestmodseq > known.highestmodseq
    return FetchFlags(uids=known.flagged, changed_since=known.highestmodseq if counted else None)


def copies(known: Known, wants: Wants) -> tuple[FetchCopies, ...]:
    """Bodies that are wanted (clients'), what is pending or due, then what ended badly before, one by one."""
    if wants.skip is not None:
        known = replace(known, wanting=NONE, pending=known.pending & wants.watched, due=known.due & wants.watched)
    fetches: list[FetchCopies] = []
    lone = known.alone & (known.pending | known.due)
    for uids, whole in ((known.wanting - lone, True), ((known.pending | known.due) - lone, wants.whole)):
        for part in slices(uids, wants.slice_size):
            if len(fetches) == wants.slices:
                return tuple(fetches)
            fetches.append(FetchCopies(uids=part, whole=whole))
    for part in slices(lone, 1):
        if len(fetches) == wants.slices:
            break
        fetches.append(FetchCopies(uids=part, whole=wants.whole, alone=True))
    return tuple(fetches)
