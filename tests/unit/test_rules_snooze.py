"""When a thread is out of sight, and whom a comment names."""

from hypothesis import given
from hypothesis import strategies as st

from store.model.evidence import Kind
from store.model.ids import EmailKey, MemberKey
from store.model.thread import SnoozeMark, StateEmail
from store.rules.mentions import mentioned, missed
from store.rules.snooze import LONGEST_SECONDS, may_wait, snoozed_until

NOW = 1_000
CLARA, CLARA_BORN, MAX = MemberKey(1), MemberKey(2), MemberKey(3)
NAMES = {CLARA: "Clara Weiss", CLARA_BORN: "Clara Born", MAX: "Max Straße"}


def mail(number: int, at: int, *, member: bool = False, outside: bool = True, kind: Kind = Kind.PERSONAL) -> StateEmail:
    return StateEmail(email=EmailKey(number), at=at, kind=kind, from_member=member, outside=outside, sender="")


MARKED = mail(5, 500)
MARK = SnoozeMark(email=EmailKey(5), at=600, until=NOW + 10)


def test_until_its_time() -> None:
    assert snoozed_until([MARKED], MARK, now=NOW) == NOW + 10
    assert snoozed_until([MARKED], MARK, now=NOW + 9) == NOW + 10
    assert snoozed_until([MARKED], MARK, now=NOW + 10) is None
    assert snoozed_until([MARKED], None, now=NOW) is None


def test_mail_from_outside_ends_it_and_nothing_else_does() -> None:
    assert snoozed_until([MARKED, mail(6, 501)], MARK, now=NOW) is None
    assert snoozed_until([MARKED, mail(6, 500)], MARK, now=NOW) is None, "the same second, a later key"
    stays = [mail(6, 499), mail(7, 900, member=True), mail(8, 900, kind=Kind.BULK), mail(9, 900, kind=Kind.AUTOMATIC)]
    assert snoozed_until([MARKED, *stays], MARK, now=NOW) == MARK.until
    answered = [mail(6, 501), mail(7, 900, member=True)]
    assert snoozed_until([MARKED, *answered], MARK, now=NOW) is None, "it was woken before it was answered"


def test_where_the_marked_mail_is_hidden_or_gone_the_act_s_time_counts() -> None:
    assert snoozed_until([mail(4, 599)], MARK, now=NOW) == MARK.until
    assert snoozed_until([mail(4, 601)], MARK, now=NOW) is None


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 900), st.booleans()), unique_by=lambda one: one[0]))
def test_more_mail_never_snoozes_again(some: list[tuple[int, int, bool]]) -> None:
    mails = [mail(number, at, member=member) for number, at, member in some]
    for known in range(len(mails)):
        if snoozed_until(mails[:known], MARK, now=NOW) is None and any(m.email == MARK.email for m in mails[:known]):
            assert snoozed_until(mails, MARK, now=NOW) is None


def test_how_long_one_may_wait() -> None:
    assert [may_wait(until, now=NOW) for until in (NOW - 1, NOW, NOW + 1)] == [False, False, True]
    assert not may_wait(NOW + LONGEST_SECONDS + 1, now=NOW)
    assert not may_wait(1 << 70, now=NOW)


def test_the_longest_name_wins_and_case_is_ignored() -> None:
    assert mentioned("@clara weiss and @MAX, please", NAMES) == (CLARA, MAX)
    assert mentioned("see @Max Strasse.", NAMES) == (MAX,)
    assert mentioned("@Clara\nBorn's file", NAMES) == (CLARA_BORN,)


def test_what_several_are_called_names_none() -> None:
    assert mentioned("@Clara, who?", NAMES) == ()
    assert mentioned("@Clara!", {CLARA: "Clara", CLARA_BORN: "Clara Born"}) == (CLARA,), "a whole name is its bearer's"


def test_no_address_and_no_part_of_a_word_names_anybody() -> None:
    for text in ("max@max.example", "@Maxwell", "@max_power", "Max", "@ Max", "@", "@@"):
        assert mentioned(text, NAMES) == ()
    assert mentioned("(@Max)", NAMES) == (MAX,)


def test_what_names_nobody_or_several_is_told_as_it_was_written() -> None:
    assert missed("@Nobody, @Max and @nobody-else: @Clara? max@max.example @", NAMES) == (
        ("Nobody", "nobody-else"),
        ("Clara",),
    )
    assert missed("@CLARA WEISS and @Clara\nBorn", NAMES) == ((), ())
    assert missed("@Ñandú @Ñandú", NAMES).nobody == ("Ñandú",)


@given(st.text(max_size=60), st.dictionaries(st.integers(1, 4).map(MemberKey), st.text(max_size=12), max_size=4))
def test_any_text_names_members_only(text: str, names: dict[MemberKey, str]) -> None:
    found = mentioned(text, names)
    assert set(found) <= names.keys()
    assert found == tuple(sorted(found))
    if "@" not in text:
        assert found == ()
        assert missed(text, names) == ((), ())
    assert all(word and word in text for words in missed(text, names) for word in words)
