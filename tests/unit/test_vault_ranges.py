"""Ranges of UIDs in memory, against a plain dictionary; and their rows, against the table they stand for."""

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from store.model.ledger import FailReason, Outcome
from store.model.uidset import MAX_UID, UidSet
from store.vault.ledger import PENDING, Entry, Ledger
from store.vault.ranges import RangeMap, Ranges
from store.vault.vault import Vault

SPAN = st.tuples(st.integers(1, 40), st.integers(0, 12))
PUTS = st.lists(st.tuples(SPAN, st.sampled_from(("a", "b", None))), max_size=20)


@given(PUTS)
def test_a_map_of_ranges_is_a_dictionary(puts: list[tuple[tuple[int, int], str | None]]) -> None:
    ranges: RangeMap[str] = RangeMap()
    plain: dict[int, str] = {}
    table: dict[int, tuple[int, str]] = {}
    for (first, more), value in puts:
        ranges.put(first, first + more, value)
        for uid in range(first, first + more + 1):
            plain.pop(uid, None)
            if value is not None:
                plain[uid] = value
        dropped, written = ranges.changes()
        for row in dropped:
            del table[row]
        table |= {low: (high, said) for low, high, said in written}
    assert {uid: said for low, high, said in ranges for uid in range(low, high + 1)} == plain
    assert [(low, *row) for low, row in sorted(table.items())] == list(ranges)
    assert all(ranges.at(uid) == plain.get(uid) for uid in range(1, 60))
    rows = list(ranges)
    assert all(not (a[1] + 1 == b[0] and a[2] == b[2]) for a, b in pairwise(rows)), "not merged"


@given(PUTS, SPAN)
def test_the_part_within_is_cut_out(puts: list[tuple[tuple[int, int], str | None]], span: tuple[int, int]) -> None:
    ranges: RangeMap[str] = RangeMap()
    for (first, more), value in puts:
        ranges.put(first, first + more, value)
    low, high = span[0], span[0] + span[1]
    inside = {uid for first, last, _ in ranges.within(low, high) for uid in range(first, last + 1)}
    assert inside == {uid for uid in range(low, high + 1) if ranges.at(uid) is not None}


def test_a_set_of_all_uids_costs_one_range() -> None:
    uids = Ranges()
    uids.add(1, MAX_UID)
    uids.discard(77)
    assert str(uids) == f"1:76,78:{MAX_UID}"
    assert 77 not in uids
    assert uids.within(70, 80) == [(70, 76), (78, 80)]


UIDS = st.lists(st.integers(1, 30), max_size=8).map(UidSet.of)
STEPS = st.lists(
    st.tuples(st.sampled_from(("pending", "none", "fail", "hand", "back", "save", "forget")), UIDS), max_size=15
)


@given(STEPS)
def test_the_ledger_s_table_says_what_its_memory_says(steps: list[tuple[str, UidSet]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault.open(Path(folder) / "vault")
        with vault.transaction():
            vault.database.run(
                "INSERT INTO mailboxes (address, kind, server_key, settings, scope, added_at)"
                " VALUES ('a', 'imap', 'k', x'80', 'whole', 0)"
            )
            key = vault.mailboxes.declare(1, name="F", raw=b"F", delimiter=None, special_use="", skip=None)  # type: ignore[arg-type]
        with vault.transaction():
            for step, uids in steps:
                _do(vault.ledger, key, step, uids)
        fresh = Ledger(vault.database)
        assert list(fresh.ranges(key, 1)) == list(vault.ledger.ranges(key, 1))
        vault.close()


def _do(ledger: Ledger, folder: int, step: str, uids: UidSet) -> None:
    match step:
        case "pending":
            ledger.put(folder, 1, uids, PENDING)
        case "none":
            ledger.put(folder, 1, uids, None)
        case "fail":
            ledger.fail(folder, 1, uids, FailReason.CRASHED, due={1: 10, 2: 20})
        case "hand":
            ledger.handed(folder, 1, uids, alone_from=2)
        case "back":
            ledger.given_back(folder, 1, uids, alone_from=2)
        case _:
            ledger.save()


def test_what_fails_again_waits_longer_and_tries_are_counted(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "vault")
    ledger = vault.ledger
    uids = UidSet.of((5,))
    ledger.put(1, 1, uids, PENDING)
    for expected in ((1, 0), (2, 0), (3, 1)):
        ledger.handed(1, 1, uids, alone_from=2)
        entry = ledger.ranges(1, 1).at(5)
        assert entry is not None
        assert (entry.tries, entry.alone) == expected
    ledger.given_back(1, 1, uids, alone_from=2)
    assert ledger.ranges(1, 1).at(5) == Entry(Outcome.PENDING, tries=2)
    for fails, due in ((1, 10), (2, 20), (3, 20)):
        ledger.fail(1, 1, uids, FailReason.CRASHED, due={1: 10, 2: 20})
        assert ledger.ranges(1, 1).at(5) == Entry(Outcome.FAILED, "crashed", fails=fails, due=due)
    vault.close()
