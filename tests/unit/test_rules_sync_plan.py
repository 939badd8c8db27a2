"""The sync plan against a small server and ledger: any history ends with every UID accounted for, and then rests."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.ledger import Present, SkipReason
from store.model.uidset import MAX_UID, UidSet
from store.rules.sync_plan import copies, plan, recognised, skip_of, slices
from store.rules.sync_steps import (
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

WANTS = Wants(slice_size=3, slices=4)


@dataclass
class Server:
    """A folder of a mail server that keeps a count of changes, and tells what happened since one; or not."""

    condstore: bool = True
    qresync: bool = False
    uidvalidity: int = 7
    uidnext: int = 1
    modseq: int = 1
    uids: set[int] = field(default_factory=set)
    changed: dict[int, int] = field(default_factory=dict)  # UID: when it came or changed
    gone: dict[int, int] = field(default_factory=dict)
    secretive: frozenset[int] = frozenset()  # UIDs of which it tells nothing by QRESYNC, against the rule

    def add(self, count: int) -> None:
        self.modseq += 1
        new = range(self.uidnext, self.uidnext + count)
        self.uids |= set(new)
        self.changed |= dict.fromkeys(new, self.modseq)
        self.uidnext += count

    def flag(self, uids: Iterable[int]) -> None:
        self.modseq += 1
        self.changed |= dict.fromkeys(self.uids & set(uids), self.modseq)

    def expunge(self, uids: Iterable[int]) -> None:
        self.modseq += 1
        self.gone |= dict.fromkeys(self.uids & set(uids), self.modseq)
        self.uids -= set(uids)

    def renew(self) -> None:
        self.uidvalidity += 1
        self.modseq += 1
        count = len(self.uids)
        self.uids, self.uidnext = set(range(1, count + 1)), count + 1
        self.changed, self.gone = dict.fromkeys(self.uids, self.modseq), {}

    def remote(self, known: Known | None = None) -> Remote:
        remote = Remote(
            uidvalidity=self.uidvalidity,
            uidnext=self.uidnext,
            exists=len(self.uids),
            highestmodseq=self.modseq if self.condstore else 0,
        )
        if known is None or not self.qresync or known.uidvalidity != self.uidvalidity or not known.highestmodseq:
            return remote
        since = known.highestmodseq
        return replace(
            remote,
            since=since,
            vanished=UidSet.of(uid for uid, at in self.gone.items() if at > since and uid not in self.secretive),
            told=UidSet.of(uid for uid in self.uids if self.changed.get(uid, 0) > since and uid not in self.secretive),
            flags_told=True,
        )


class Mailbox:
    """Carries plans out against a server, and keeps a ledger as the vault would."""

    def __init__(self, server: Server, wants: Wants = WANTS) -> None:
        self.server, self.wants, self.known = server, wants, Known()
        self.gone: set[int] = set()
        self.fetched: list[int] = []
        self.steps: list[Step] = []
        self.flags_at: dict[int, int] = {}  # UID: of which change its flags are known

    def pass_once(self, *, until: int | None = None, thorough: bool = False) -> None:
        """One look at the folder; `until`: it is cut off after so many steps."""
        uids, before = None, None
        remote = self.server.remote(self.known)
        for _ in range(200):
            steps = plan(self.known, remote, self.wants, uids=uids, listed_before=before, thorough=thorough)
            for step in steps:
                if until is not None and len(self.steps) >= until:
                    return
                self.steps.append(step)
                if isinstance(step, ListUids):
                    uids, before = UidSet.of(self.server.uids), uids
                else:
                    self._carry(step)
            if not any(isinstance(step, FetchCopies | ListUids) for step in steps):
                return
            if not isinstance(steps[-1], ListUids):
                uids, before, thorough = None, None, False
                remote = self.server.remote(self.known)
        raise AssertionError("a pass without an end")

    def leave(self, uids: Iterable[int]) -> None:
        r"""Moved away where nothing is expunged: \Deleted on the server, gone for people."""
        left = self.known.here & UidSet.of(uids)
        self.server.flag(left)
        self.known = replace(self.known, here=self.known.here - left, left=self.known.left | left)

    def _carry(self, step: Step) -> None:
        known = self.known
        match step:
            case Renew(uidvalidity=uidvalidity):
                self.known, self.fetched = Known(uidvalidity=uidvalidity), []
            case Announce(pending=pending, skipped=skipped, gone=gone):
                out = UidSet(pair for _, uids in skipped for pair in uids.ranges)
                self.gone |= set(gone)
                self.known = replace(
                    known,
                    pending=(known.pending | pending) - gone - out,
                    skipped=(known.skipped | out) - gone,
                    here=known.here - gone,
                    left=known.left - gone,
                    failed=known.failed - gone,
                    due=known.due - gone,
                )
            case ClosePass(highestmodseq=highest, uidnext=uidnext):
                self.known = replace(known, highestmodseq=highest, uidnext=uidnext)
            case FetchCopies(uids=uids):
                self.fetched += list(uids)
                self._flagged(uids)
                self.known = replace(
                    known,
                    pending=known.pending - uids,
                    due=known.due - uids,
                    failed=known.failed - uids,
                    wanting=known.wanting - uids,
                    here=known.here | uids,
                )
            case FetchFlags(uids=uids, changed_since=since):
                self._flagged(uids, since or 0)
            case TellFlags(uids=uids):
                self._flagged(uids)
            case ListUids():
                pass

    def _flagged(self, uids: UidSet, since: int = 0) -> None:
        at = {uid: self.server.changed.get(uid, 0) for uid in self.server.uids if uid in uids}
        self.flags_at |= {uid: when for uid, when in at.items() if when > since or not since}


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 9)),
        st.tuples(st.just("expunge"), st.sets(st.integers(1, 30), max_size=6)),
        st.tuples(st.just("flag"), st.sets(st.integers(1, 30), max_size=6)),
        st.tuples(st.just("leave"), st.sets(st.integers(1, 30), max_size=6)),
        st.tuples(st.just("renew"), st.just(0)),
        st.tuples(st.just("pass"), st.one_of(st.none(), st.integers(0, 6))),
    ),
    max_size=12,
)


SERVERS = {
    "without extensions": {"condstore": False},
    "condstore": {},
    "qresync": {"qresync": True},
    "qresync that keeps things to itself": {"qresync": True, "secretive": frozenset(range(2, 40, 3))},
}


@given(happenings, st.sampled_from(sorted(SERVERS)))
def test_any_history_ends_accounted_for_and_then_rests(history: list[tuple[str, object]], kind: str) -> None:
    server = Server(**SERVERS[kind])  # type: ignore[arg-type]
    mailbox = Mailbox(server)
    for what, value in history:
        mailbox.steps = []
        match what, value:
            case "add", int(count):
                server.add(count)
            case "expunge", set(uids):
                server.expunge(uids)
            case "flag", set(uids):
                server.flag(uids)
            case "leave", set(uids):
                mailbox.leave(uids)
            case "renew", _:
                server.renew()
            case _, cut:
                mailbox.pass_once(until=cut if isinstance(cut, int) else None)
    mailbox.steps = []
    mailbox.pass_once()
    assert set(mailbox.known.listed) == server.uids
    assert set(mailbox.known.here | mailbox.known.left) == server.uids
    assert not mailbox.known.pending
    assert len(mailbox.fetched) == len(set(mailbox.fetched))
    if not server.secretive:
        assert {uid: mailbox.flags_at[uid] for uid in server.uids} == {
            uid: server.changed.get(uid, 0) for uid in server.uids
        }
    mailbox.steps = []
    mailbox.pass_once()
    assert all(isinstance(step, FetchFlags) for step in mailbox.steps)
    assert not (server.condstore and mailbox.steps)


@given(happenings)
def test_by_qresync_a_list_is_asked_for_once_and_flags_never(history: list[tuple[str, object]]) -> None:
    server = Server(qresync=True)
    mailbox = Mailbox(server)
    mailbox.pass_once()
    mailbox.steps = []
    for what, value in history:
        match what, value:
            case "add", int(count):
                server.add(count)
            case "expunge", set(uids):
                server.expunge(uids)
            case "flag", set(uids):
                server.flag(uids)
            case "leave", set(uids):
                mailbox.leave(uids)
            case _:
                mailbox.pass_once()
                assert set(mailbox.known.here | mailbox.known.left) == server.uids
    assert not [step for step in mailbox.steps if isinstance(step, ListUids | FetchFlags | Renew)]


def test_a_first_pass_takes_the_newest_first_in_slices() -> None:
    server = Server()
    server.add(7)
    mailbox = Mailbox(server)
    mailbox.pass_once()
    assert [type(step) for step in mailbox.steps[:5]] == [Renew, ListUids, Announce, ClosePass, FetchCopies]
    assert [str(step.uids) for step in mailbox.steps if isinstance(step, FetchCopies)] == ["5:7", "2:4", "1"]


def test_a_lost_row_is_found_though_every_cursor_stands() -> None:
    server = Server()
    server.add(5)
    mailbox = Mailbox(server)
    mailbox.pass_once()
    mailbox.known = replace(mailbox.known, here=mailbox.known.here - UidSet.parse("3"))
    mailbox.pass_once()
    assert set(mailbox.known.here) == server.uids


def test_a_vanished_uid_that_comes_back_is_fetched_again() -> None:
    server = Server()
    server.add(4)
    mailbox = Mailbox(server)
    mailbox.pass_once()
    server.expunge({2})
    mailbox.pass_once()
    assert mailbox.gone == {2}
    server.uids.add(2)
    mailbox.pass_once()
    assert 2 in mailbox.known.here


def test_an_emptied_list_that_contradicts_the_server_is_asked_for_twice_before_anything_is_gone() -> None:
    known = Known(uidvalidity=7, uidnext=4, here=UidSet.parse("1:3"))
    remote = Remote(uidvalidity=7, uidnext=5, exists=4)
    assert plan(known, remote, WANTS, uids=UidSet()) == (ListUids(),)
    partly = plan(known, remote, WANTS, uids=UidSet.parse("2,4"))
    assert partly == (Announce(pending=UidSet.parse("4")), ListUids())
    twice = plan(known, remote, WANTS, uids=UidSet(), listed_before=UidSet())
    assert Announce(gone=UidSet.parse("1:3")) in twice


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("junk", SkipReason.SPAM_FOLDER),
        ("trash", SkipReason.TRASH_FOLDER),
        ("drafts", SkipReason.DRAFTS_FOLDER),
        ("inbox", None),
        ("archive", None),
        ("", None),
    ],
)
def test_a_folder_is_skipped_by_its_use(use: str, reason: SkipReason | None) -> None:
    assert skip_of(use) is reason
    server = Server()
    server.add(3)
    mailbox = Mailbox(server, replace(WANTS, skip=reason))
    mailbox.pass_once()
    assert len(mailbox.known.skipped) == (0 if reason is None else 3)
    assert bool(mailbox.fetched) is (reason is None)


def test_what_is_older_than_the_history_is_skipped_with_that_reason() -> None:
    server = Server()
    server.add(5)
    mailbox = Mailbox(server, replace(WANTS, outside_history=UidSet.parse("1:2")))
    mailbox.pass_once()
    announced = next(step for step in mailbox.steps if isinstance(step, Announce))
    assert announced.skipped == ((SkipReason.BEFORE_HISTORY, UidSet.parse("1:2")),)
    assert set(mailbox.known.here) == {3, 4, 5}


def test_what_waits_and_is_older_than_a_changed_history_is_skipped_and_not_fetched() -> None:
    """Pending again after it was made longer, but not long enough; or not fetched yet when it was made shorter."""
    known = Known(
        uidvalidity=7, uidnext=8, here=UidSet.parse("7"), pending=UidSet.parse("1:4"), failed=UidSet.parse("5:6"),
        due=UidSet.parse("5:6"),
    )  # fmt: skip
    remote = Remote(uidvalidity=7, uidnext=8, exists=7)
    steps = plan(known, remote, replace(WANTS, outside_history=UidSet.parse("1:2,5,9")))
    assert steps[0] == Announce(skipped=((SkipReason.BEFORE_HISTORY, UidSet.parse("1:2,5")),))
    fetched = UidSet(pair for step in steps if isinstance(step, FetchCopies) for pair in step.uids.ranges)
    assert fetched == UidSet.parse("3:4,6")


def test_flags_are_read_by_the_count_of_changes_where_there_is_one() -> None:
    known = Known(uidvalidity=7, uidnext=4, highestmodseq=10, here=UidSet.parse("1:3"))
    remote = Remote(uidvalidity=7, uidnext=4, exists=3, highestmodseq=15)
    assert plan(known, remote, WANTS) == (
        FetchFlags(uids=known.here, changed_since=10),
        ClosePass(highestmodseq=15, uidnext=4),
    )
    assert plan(known, replace(remote, highestmodseq=4), WANTS)[0] == FetchFlags(uids=known.here)
    assert plan(known, replace(remote, highestmodseq=0), WANTS)[0] == FetchFlags(uids=known.here)
    assert plan(known, replace(remote, highestmodseq=10), WANTS) == ()


def told(**changes: object) -> Remote:
    """A folder of five where UID 3 went, 6 came and 2 changed, with these things otherwise."""
    plain = Remote(
        uidvalidity=7,
        uidnext=7,
        exists=5,
        highestmodseq=15,
        since=10,
        vanished=UidSet.of([3]),
        told=UidSet.of([2, 6]),
        flags_told=True,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_what_qresync_tells_needs_no_question() -> None:
    known = Known(uidvalidity=7, uidnext=6, highestmodseq=10, here=UidSet.parse("1:5"))
    steps = plan(known, told(), WANTS)
    assert steps == (
        Announce(pending=UidSet.of([6]), gone=UidSet.of([3])),
        TellFlags(uids=UidSet.of([2])),
        ClosePass(highestmodseq=15, uidnext=7),
        FetchCopies(uids=UidSet.of([6]), whole=True),
    )
    assert FetchFlags(uids=UidSet.parse("1:2,4:5"), changed_since=10) in plan(known, told(flags_told=False), WANTS)


@pytest.mark.parametrize(
    "remote",
    [
        told(exists=6),
        told(exists=4),
        told(vanished=UidSet()),
        told(told=UidSet.of([2])),
        told(vanished=UidSet(), told=UidSet.of([2])),
        told(uidnext=8),
        told(uidnext=0),
        told(since=0),
        told(since=11),
        told(vanished=UidSet([(1, MAX_UID)])),
        told(told=UidSet.of([2, 6, MAX_UID])),
    ],
)
def test_what_qresync_tells_is_not_believed_against_the_servers_own_numbers(remote: Remote) -> None:
    known = Known(uidvalidity=7, uidnext=6, highestmodseq=10, here=UidSet.parse("1:5"))
    assert plan(known, remote, WANTS) == (ListUids(),)


def test_what_is_gone_for_people_only_is_asked_for_its_flags_and_never_fetched() -> None:
    known = Known(uidvalidity=7, uidnext=6, here=UidSet.parse("1:4"), left=UidSet.of([5]))
    remote = Remote(uidvalidity=7, uidnext=6, exists=5)
    assert plan(known, remote, WANTS) == (FetchFlags(uids=UidSet.parse("1:5")),)
    expunged = plan(known, replace(remote, exists=4), WANTS, uids=UidSet.parse("1:4"))
    assert expunged[0] == Announce(gone=UidSet.of([5]))
    alone = Known(uidvalidity=7, uidnext=6, left=UidSet.of([5]))
    assert plan(alone, replace(remote, exists=1), WANTS) == (FetchFlags(uids=UidSet.of([5])),)


def test_everything_vanished_is_one_pair_of_numbers() -> None:
    everything = UidSet([(1, MAX_UID)])
    known = Known(uidvalidity=7, uidnext=MAX_UID, highestmodseq=10, here=UidSet([(1, MAX_UID - 1)]))
    remote = told(uidnext=MAX_UID, exists=0, vanished=everything, told=UidSet())
    assert plan(known, remote, WANTS) == (
        Announce(gone=known.here),
        ClosePass(highestmodseq=15, uidnext=MAX_UID),
    )


def test_wanted_bodies_come_first_and_what_ended_badly_alone_and_last() -> None:
    known = Known(
        wanting=UidSet.parse("4:5"),
        here=UidSet.parse("4:5"),
        pending=UidSet.parse("6:9"),
        failed=UidSet.parse("1:2"),
        due=UidSet.parse("2"),
        alone=UidSet.parse("2,8"),
    )
    assert copies(known, replace(WANTS, whole=False, slices=9)) == (
        FetchCopies(uids=UidSet.parse("4:5"), whole=True),
        FetchCopies(uids=UidSet.parse("6:7,9"), whole=False),
        FetchCopies(uids=UidSet.parse("8"), whole=False, alone=True),
        FetchCopies(uids=UidSet.parse("2"), whole=False, alone=True),
    )


def test_thousands_of_millions_of_claimed_uids_stay_ranges() -> None:
    everything = UidSet([(1, MAX_UID)])
    remote = Remote(uidvalidity=7, uidnext=MAX_UID, exists=MAX_UID, highestmodseq=3)
    steps = plan(Known(uidvalidity=7), remote, WANTS, uids=everything)
    assert [type(step) for step in steps] == [Announce, ClosePass, *[FetchCopies] * 4]
    assert isinstance(steps[0], Announce)
    assert len(steps[0].pending.ranges) == 1
    gone = plan(Known(uidvalidity=7, here=everything), replace(remote, exists=0), WANTS, uids=UidSet())
    assert isinstance(gone[0], Announce)
    assert gone[0].gone == everything
    assert next(slices(everything, 2)) == UidSet([(MAX_UID - 1, MAX_UID)])


def test_a_servers_untold_uidnext_is_no_proof_of_anything() -> None:
    known = Known(uidvalidity=7, uidnext=0, here=UidSet.parse("1:3"))
    assert plan(known, Remote(uidvalidity=7, exists=3), WANTS) == (ListUids(),)


@given(st.lists(st.tuples(st.sampled_from([b"x", b"y"]), st.integers(0, 2), st.integers(0, 2)), max_size=8))
def test_after_a_renewal_each_old_copy_is_recognised_once(marks: list[tuple[bytes, int, int]]) -> None:
    old = [(uid, *mark) for uid, mark in enumerate(marks, 1)]
    new = [(uid + 100, *mark) for uid, mark in enumerate(reversed(marks), 1)]
    found = recognised(old, new)
    assert sorted(found.values()) == [uid for uid, *_ in old]
    mark_of = {uid: mark for uid, *mark in (*old, *new)}
    assert all(mark_of[was] == mark_of[now] for now, was in found.items())
    assert recognised(old, [(1, b"z", 0, 0)]) == {}


def test_a_ledgers_own_sets_are_read() -> None:
    present = Present(folder=1, uidvalidity=7, here="1:3", pending="4", skipped="5", failed="6", alone="4", left="7")  # type: ignore[arg-type]  # a plain key
    known = Known.of(present)
    assert (str(known.listed), str(known.flagged)) == ("1:7", "1:3,7")
    assert str(known.alone) == "4"
