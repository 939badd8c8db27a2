"""The ledger's ranges: what became of each UID that is no sighting ([S8]). Ranges end to end, however many (Z30)."""

from dataclasses import dataclass, replace

from store.model.ledger import FailReason, Outcome, SkipReason
from store.model.uidset import UidSet
from store.vault.database import Database
from store.vault.ranges import RangeMap


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of each UID of a range."""

    outcome: Outcome
    reason: str = ""
    tries: int = 0  # handed over so often without an answer
    alone: int = 0  # of these: while handled alone
    fails: int = 0  # ended as failed so often
    due: int = 0  # failed: when to try again


PENDING = Entry(Outcome.PENDING)
LINKED = Entry(Outcome.PENDING, "linked")  # passed over once, and then somebody's act made it a client's


class Ledger:
    """Ranges of a folder under one UIDVALIDITY are held in memory from their first use; `forget` after a rollback."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._held: dict[tuple[int, int], RangeMap[Entry]] = {}
        self._changed: set[tuple[int, int]] = set()

    def forget(self) -> None:
        """Read everything anew."""
        self._held.clear()
        self._changed.clear()

    def ranges(self, folder: int, uidvalidity: int) -> RangeMap[Entry]:
        """All that is said of a folder's UIDs."""
        held = self._held.get((folder, uidvalidity))
        if held is None:
            rows = self._db.rows(
                "SELECT first, last, outcome, reason, tries, alone, fails, due FROM ledger"
                " WHERE folder = ? AND uidvalidity = ? ORDER BY first",
                (folder, uidvalidity),
            )
            held = RangeMap.of([(row[0], row[1], Entry(Outcome(row[2]), *row[3:])) for row in rows])
            self._held[folder, uidvalidity] = held
        return held

    def put(self, folder: int, uidvalidity: int, uids: UidSet, entry: Entry | None) -> None:
        """Say this of these UIDs; None: they are sightings now, or no longer listed."""
        ranges = self.ranges(folder, uidvalidity)
        for first, last in uids.ranges:
            ranges.put(first, last, entry)
        self._changed.add((folder, uidvalidity))

    def handed(self, folder: int, uidvalidity: int, uids: UidSet, *, alone_from: int) -> None:
        """These are handed over next: raise their tries. Who had `alone_from` tries already is handled alone."""
        ranges = self.ranges(folder, uidvalidity)
        for a, b in uids.ranges:
            for first, last, entry in ranges.within(a, b):
                if entry.outcome is not Outcome.SKIPPED:
                    alone = entry.alone + (entry.tries >= alone_from)
                    ranges.put(first, last, replace(entry, tries=entry.tries + 1, alone=alone))
        self._changed.add((folder, uidvalidity))

    def given_back(self, folder: int, uidvalidity: int, uids: UidSet, *, alone_from: int) -> None:
        """These were handed over, but never tried: the line broke first."""
        ranges = self.ranges(folder, uidvalidity)
        for a, b in uids.ranges:
            for first, last, entry in ranges.within(a, b):
                if entry.tries:
                    alone = max(0, entry.alone - (entry.tries > alone_from))
                    ranges.put(first, last, replace(entry, tries=entry.tries - 1, alone=alone))
        self._changed.add((folder, uidvalidity))

    def fail(self, folder: int, uidvalidity: int, uids: UidSet, reason: FailReason, *, due: dict[int, int]) -> None:
        """These ended as failed; `due` says when to try again after so many fails."""
        ranges = self.ranges(folder, uidvalidity)
        last_due = due[max(due)]
        for a, b in uids.ranges:
            parts = ranges.within(a, b)
            ranges.put(a, b, Entry(Outcome.FAILED, reason, fails=1, due=due.get(1, last_due)))
            for first, last, entry in parts:
                fails = entry.fails + 1
                ranges.put(first, last, Entry(Outcome.FAILED, reason, fails=fails, due=due.get(fails, last_due)))
        self._changed.add((folder, uidvalidity))

    def again(self, folder: int, uidvalidity: int, uids: UidSet, reason: SkipReason, entry: Entry = PENDING) -> UidSet:
        """Of these, what was skipped for this reason is pending again; which that are."""
        ranges = self.ranges(folder, uidvalidity)
        found: list[tuple[int, int]] = []
        for a, b in uids.ranges:
            for first, last, known in ranges.within(a, b):
                if known.outcome is Outcome.SKIPPED and known.reason == reason:
                    ranges.put(first, last, entry)
                    found.append((first, last))
        self._changed.add((folder, uidvalidity))
        return UidSet(found)

    def drop_other(self, folder: int, uidvalidity: int) -> None:
        """Only this UIDVALIDITY counts."""
        self._db.run("DELETE FROM ledger WHERE folder = ? AND uidvalidity <> ?", (folder, uidvalidity))
        for key in [key for key in self._held if key[0] == folder and key[1] != uidvalidity]:
            del self._held[key]
            self._changed.discard(key)

    def save(self) -> None:
        """Write what changed; before the transaction's end."""
        for folder, uidvalidity in sorted(self._changed):
            dropped, rows = self._held[folder, uidvalidity].changes()
            self._db.many(
                "DELETE FROM ledger WHERE folder = ? AND uidvalidity = ? AND first = ?",
                [(folder, uidvalidity, first) for first in dropped],
            )
            self._db.many(
                "INSERT OR REPLACE INTO ledger (folder, uidvalidity, first, last, outcome, reason, tries, alone, fails,"
                " due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (folder, uidvalidity, first, last, e.outcome, e.reason, e.tries, e.alone, e.fails, e.due)
                    for first, last, e in rows
                ],
            )
        self._changed.clear()
