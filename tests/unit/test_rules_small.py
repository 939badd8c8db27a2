"""The small rules: keys and times, states, notices, delays, lists, the journal's chain."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.evidence import Kind
from store.model.ids import ClientKey, EmailKey, MemberKey, email_key, key_seconds
from store.model.thread import DoneMark, StateEmail, ThreadState
from store.model.views import NoticeKind
from store.rules import backoff, journal
from store.rules.identity import LAST_SEQUENCE, TWO_DAYS, email_seconds, local_seconds, next_key
from store.rules.never_sync import covers
from store.rules.notices import FiledMail, said_as_many, sync_told, told_in_bulk, worth_telling
from store.rules.read_state import unread
from store.rules.thread_state import answered_by, state

OWNER, ANA, BEN, EVA = (MemberKey(n) for n in (1, 2, 3, 4))
CLOCK = 1_800_000_000
DAY = 24 * 3600


# ---- times and keys


@pytest.mark.parametrize(
    ("internaldate", "date", "backfill", "expected"),
    [
        (CLOCK - 5, CLOCK - 9, True, CLOCK - 5),
        (CLOCK - 5, CLOCK - 300 * DAY, True, CLOCK - 300 * DAY),  # a migrated mailbox
        (CLOCK - 5, CLOCK - 300 * DAY, False, CLOCK - 5),
        (CLOCK - 5, CLOCK - 5 - TWO_DAYS, True, CLOCK - 5),
        (CLOCK - 5, CLOCK - 6 - TWO_DAYS, True, CLOCK - 6 - TWO_DAYS),
        (CLOCK - 5, None, True, CLOCK - 5),
        (CLOCK + 900 * DAY, None, False, CLOCK),
        (CLOCK - 5, -DAY, True, 0),
    ],
)
def test_the_time_of_an_email(internaldate: int, date: int | None, *, backfill: bool, expected: int) -> None:
    assert email_seconds(internaldate=internaldate, date=date, backfill=backfill, clock=CLOCK, newest=0) == expected


def test_a_clock_that_went_back_does_not_squeeze_new_mail_under_old() -> None:
    assert (
        email_seconds(internaldate=CLOCK + 9, date=None, backfill=False, clock=CLOCK - 99, newest=CLOCK + 9)
        == CLOCK + 9
    )


def test_the_time_of_local_mail() -> None:
    assert local_seconds(date=CLOCK - 9, line=CLOCK - 5, clock=CLOCK, newest=0) == CLOCK - 9
    assert local_seconds(date=None, line=CLOCK - 5, clock=CLOCK, newest=0) == CLOCK - 5
    assert local_seconds(date=None, line=None, clock=CLOCK, newest=0) == CLOCK


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=20))
def test_keys_are_given_once_and_a_full_second_runs_over(arrivals: list[tuple[int, int]]) -> None:
    taken = {0: LAST_SEQUENCE - 2, 1: LAST_SEQUENCE}
    keys: list[EmailKey] = []
    for seconds, count in arrivals:
        for _ in range(count):
            key = next_key(seconds=seconds, last_taken=taken.get)
            keys.append(key)
            taken[key_seconds(key)] = (key >> 8) & LAST_SEQUENCE
            assert key_seconds(key) >= seconds
            assert key & 0xFF == 0
    assert len(set(keys)) == len(keys)


def test_an_empty_second_begins_at_its_start() -> None:
    assert next_key(seconds=CLOCK, last_taken=lambda _: None) == email_key(seconds=CLOCK, sequence=0)


# ---- what a thread is


def mail(at: int, *, member: bool = False, outside: bool = True, kind: Kind = Kind.PERSONAL) -> StateEmail:
    return StateEmail(email=EmailKey(at), at=at, kind=kind, from_member=member, outside=outside, sender="x@y.example")


CLIENT_1, MEMBER_2, CLIENT_3 = mail(1), mail(2, member=True), mail(3)
NOTHING = [
    *(mail(9, kind=kind) for kind in Kind if kind is not Kind.PERSONAL),
    mail(9, member=True, outside=False),  # to oneself, or among members
]


@pytest.mark.parametrize(
    ("emails", "done", "expected"),
    [
        ([], None, ThreadState.QUIET),
        (NOTHING, None, ThreadState.QUIET),
        ([CLIENT_1], None, ThreadState.TO_ANSWER),
        ([CLIENT_1, *NOTHING], None, ThreadState.TO_ANSWER),
        ([CLIENT_1, MEMBER_2], None, ThreadState.WAITING),
        ([MEMBER_2, CLIENT_1], None, ThreadState.WAITING),
        ([CLIENT_1, MEMBER_2, *NOTHING], None, ThreadState.WAITING),
        ([CLIENT_1, MEMBER_2, CLIENT_3], None, ThreadState.TO_ANSWER),
        ([CLIENT_1], 1, ThreadState.DONE),
        ([CLIENT_1, MEMBER_2], 1, ThreadState.WAITING),  # a member's answer makes it waiting
        ([CLIENT_1, MEMBER_2], 2, ThreadState.DONE),
        ([CLIENT_1, MEMBER_2, CLIENT_3], 2, ThreadState.TO_ANSWER),  # reopened
        ([CLIENT_1, MEMBER_2, *NOTHING], 2, ThreadState.DONE),
        (NOTHING, 9, ThreadState.DONE),
        ([CLIENT_1], 2, ThreadState.DONE),  # the mark's email is hidden: its own time counts
        ([CLIENT_3], 2, ThreadState.TO_ANSWER),
    ],
)
def test_a_thread_is_exactly_one_of_four(emails: list[StateEmail], done: int | None, expected: ThreadState) -> None:
    mark = None if done is None else DoneMark(email=EmailKey(done), at=done, by=1)
    assert state(emails, mark) is state(reversed(emails), mark) is expected


def test_old_mail_that_arrives_late_does_not_reopen() -> None:
    mark = DoneMark(email=EmailKey(2), at=50, by=1)
    assert state([MEMBER_2, CLIENT_1], mark) is ThreadState.DONE
    assert state([MEMBER_2, CLIENT_3], mark) is ThreadState.TO_ANSWER  # came before the act, but was not seen


def test_who_answered() -> None:
    assert answered_by([CLIENT_1, MEMBER_2, *NOTHING]) == MEMBER_2
    assert answered_by([CLIENT_1, MEMBER_2, CLIENT_3]) is None
    assert answered_by(NOTHING) is None


@pytest.mark.parametrize(
    ("said", "seen", "seconds", "since", "expected"),
    [
        (True, True, 1, 0, True),
        (False, False, 9, 0, False),
        (None, True, 9, 0, False),
        (None, False, 1, 5, True),
        (None, None, 9, 5, True),
        (None, None, 5, 5, False),
        (None, None, 1, 5, False),
        (None, None, 9, None, False),
    ],
)
def test_unread(said: bool | None, seen: bool | None, seconds: int, since: int | None, expected: bool) -> None:  # noqa: FBT001  # a table
    assert unread(said=said, seen_in_own=seen, seconds=seconds, access_since=since) is expected


# ---- who is told


def filed(**over: object) -> FiledMail:
    fields: dict[str, object] = {"from_member": None, "outside": True, "kind": Kind.PERSONAL, **over}
    return FiledMail(client=ClientKey(1), owner=OWNER, **fields)  # type: ignore[arg-type]  # checked by what is told


@pytest.mark.parametrize(
    ("about", "told"),
    [
        (filed(followers=(BEN, ANA)), [ANA, BEN]),
        (filed(), [OWNER]),  # nobody follows
        (filed(walled=(OWNER,)), []),
        (filed(followers=(ANA,), walled=(ANA,)), [OWNER]),
        (filed(followers=(ANA, BEN), cannot_see=(BEN,)), [ANA]),
        (filed(followers=(ANA,), to=(ANA,)), [ANA]),  # once
        (filed(followers=(ANA,), to=(EVA,)), [ANA, EVA]),
        (filed(followers=(ANA, BEN), to=(ANA,), cc=(BEN,)), [ANA]),
        (filed(followers=(ANA, BEN), cc=(BEN,)), [ANA, BEN]),
        (filed(followers=(ANA, BEN), to=(ANA, BEN), cc=(BEN,)), [ANA, BEN]),
        (filed(followers=(ANA, BEN), from_member=ANA), [BEN]),
        (filed(followers=(ANA,), from_member=ANA), []),
        (filed(from_member=ANA), [OWNER]),
        (filed(from_member=OWNER), []),
        (filed(followers=(ANA, BEN), from_member=ANA, outside=False), []),
        *((filed(followers=(ANA,), kind=kind), []) for kind in Kind if kind is not Kind.PERSONAL),
    ],
)
def test_who_is_told_of_a_filed_email(about: FiledMail, told: list[MemberKey]) -> None:
    telling = worth_telling(about)
    assert [one.member for one in telling] == told
    wanted = NoticeKind.CLIENT_WROTE if about.from_member is None else NoticeKind.MEMBER_ANSWERED
    assert {one.kind for one in telling} <= {wanted}


some = st.sets(st.sampled_from([OWNER, ANA, BEN, EVA])).map(lambda found: tuple(sorted(found)))


@given(to=some, cc=some, followers=some, walled=some, blind=some, writer=st.sampled_from([None, ANA, OWNER]))
def test_nobody_is_told_of_what_they_may_not_see_or_wrote(
    *,
    to: tuple[MemberKey, ...],
    cc: tuple[MemberKey, ...],
    followers: tuple[MemberKey, ...],
    walled: tuple[MemberKey, ...],
    blind: tuple[MemberKey, ...],
    writer: MemberKey | None,
) -> None:
    about = filed(to=to, cc=cc, followers=followers, walled=walled, cannot_see=blind, from_member=writer)
    told = [one.member for one in worth_telling(about)]
    assert told == sorted(set(told))
    assert not set(told) & {*walled, *blind, writer}


def test_mail_filed_in_bulk_is_one_sum_each_and_not_for_the_one_who_did_it() -> None:
    assert told_in_bulk([(ANA, 2), (BEN, 1), (ANA, 3), (EVA, 0)], maker=BEN) == ((ANA, 5),)


def test_many_gone_at_once_are_said() -> None:
    assert said_as_many(100)
    assert not said_as_many(99)


def test_a_broken_sync_is_told_to_the_managers_after_a_day() -> None:
    assert sync_told({ANA}, managers={OWNER}, broke_at=0, now=DAY - 1) == (ANA,)
    assert sync_told({ANA}, managers={OWNER}, broke_at=0, now=DAY) == (OWNER, ANA)


# ---- delays


@given(st.integers(-3, 5000), st.floats(0, 1, exclude_max=True))
def test_delays_grow_to_their_cap(attempt: int, jitter: float) -> None:
    one = backoff.delay(attempt, base=2.0, cap=300.0, jitter=jitter)
    later = backoff.delay(attempt + 1, base=2.0, cap=300.0, jitter=jitter)
    assert 1.0 <= one <= later <= 300.0
    assert backoff.delay(1, base=2.0, cap=300.0, jitter=0.0) == 1.0
    assert backoff.retry_at(attempt, now=CLOCK, jitter=jitter) > CLOCK


# ---- never-sync


@pytest.mark.parametrize(
    ("pattern", "address", "covered"),
    [
        ("doc@clinic.example", "doc@clinic.example", True),
        (" Doc@Clinic.EXAMPLE ", "doc@clinic.example", True),
        ("doc@clinic.example", "other@clinic.example", False),
        ("clinic.example", "doc@clinic.example", True),
        ("@clinic.example", "doc@clinic.example", True),
        ("clinic.example", "doc@a.clinic.example", True),
        ("clinic.example", "doc@myclinic.example", False),
        ("clinic.example", "clinic.example@evil.example", False),
        ("*@clinic.example", "doc@clinic.example", True),
        ("doc*@*", "doctor@any.example", True),
        ("*bank*", "x@mybank.example", True),
        ("*bank*", "bank@x.example", False),  # a pattern without @ is a domain's
        ("*", "anybody@x.example", True),
        ("a*a@x.example", "a@x.example", False),
        ("", "a@x.example", False),
        ("ana@home.example", "ana+bills@home.example", True),
        ("*na@home.example", "ana+bills@home.example", True),
        ("ana+bills@home.example", "ana+bills@home.example", True),
        ("ana+bills@home.example", "ana@home.example", False),
        ("ana+bills@home.example", "ana+other@home.example", False),
        ("ana.olmo@gmail.com", "anaolmo+x@googlemail.com", True),
        ("ana.olmo@home.example", "anaolmo@home.example", False),
    ],
)
def test_never_sync_patterns(pattern: str, address: str, *, covered: bool) -> None:
    assert covers([pattern], ["else@nowhere.test", address]) is covered
    assert not covers([], [address])


@given(st.lists(st.sampled_from(["a", "b", "ab", "*", "**"]), max_size=8), st.text(alphabet="ab", max_size=8))
def test_globs_mean_what_they_say(pieces: list[str], text: str) -> None:
    pattern = "".join(pieces)

    def matches(wanted: str, left: str) -> bool:
        if not wanted:
            return not left
        if wanted[0] == "*":
            return any(matches(wanted[1:], left[skip:]) for skip in range(len(left) + 1))
        return left[:1] == wanted[0] and matches(wanted[1:], left[1:])

    assert covers([f"x{pattern}@q"], [f"x{text}@q"]) is matches(pattern, text)


# ---- the journal


entries = st.builds(
    journal.Entry,
    seq=st.just(0),
    at=st.integers(0, 99),
    member=st.one_of(st.none(), st.integers(0, 99)),
    as_member=st.one_of(st.none(), st.integers(0, 99)),
    action=st.text(max_size=3),
    object=st.text(max_size=3),
)


def kept(lines: list[journal.Entry]) -> list[journal.Kept]:
    """A chain as the vault writes it."""
    found, prev = [], journal.ORIGIN
    for seq, line in enumerate(lines, 1):
        entry = line._replace(seq=seq)
        found.append(journal.Kept(entry, prev, journal.chain(prev, entry)))
        prev = found[-1].hash
    return found


@given(st.lists(entries, min_size=1, max_size=5), st.data())
def test_any_change_of_the_journal_shows(lines: list[journal.Entry], data: st.DataObject) -> None:
    chain = kept(lines)
    assert journal.verify(chain) is None
    assert journal.verify(chain[1:], after=chain[0].hash, first=2) is None
    place = data.draw(st.integers(0, len(chain) - 1))
    other = data.draw(entries)._replace(seq=place + 1)
    if other != chain[place].entry:
        changed = [*chain[:place], chain[place]._replace(entry=other), *chain[place + 1 :]]
        assert journal.verify(changed) == place + 1
    if place < len(chain) - 1:
        assert journal.verify([*chain[:place], *chain[place + 1 :]]) == place + 1


@given(entries, entries)
def test_no_two_entries_have_the_same_bytes(one: journal.Entry, other: journal.Entry) -> None:
    assert (journal.canonical(one) == journal.canonical(other)) is (one == other)


def test_the_chain_is_sha256_over_the_one_before() -> None:
    entry = journal.Entry(1, 7, 3, None, "file", "e1")
    assert journal.canonical(entry) == b"2:=12:=72:=30:5:=file3:=e1"
    assert journal.chain(journal.ORIGIN, entry) == hashlib.sha256(bytes(32) + journal.canonical(entry)).digest()
