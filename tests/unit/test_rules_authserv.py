"""Which server is proposed to be believed about senders ([C9])."""

from hypothesis import given
from hypothesis import strategies as st

from store.rules.authentication import topmost
from store.rules.authserv import LEAST, MOST_SERVERS, clean, proposed, to_count


def test_the_one_that_most_mail_bears_is_proposed() -> None:
    assert proposed({"mx.host.example": LEAST}) == "mx.host.example"
    assert proposed({"mx.host.example": LEAST - 1}) is None
    assert proposed({"mx.host.example": 20, "": 20}) is None
    assert proposed({"mx.host.example": 21, "": 10, "mx.other.example": 10}) == "mx.host.example"
    assert proposed({"": 100}) is None
    assert proposed({}) is None


@given(st.dictionaries(st.sampled_from(["", "a.example", "b.example", "c.example"]), st.integers(0, 60)))
def test_what_is_proposed_is_more_than_all_others_together(mails: dict[str, int]) -> None:
    server = proposed(mails)
    if server is not None:
        assert mails[server] > sum(count for name, count in mails.items() if name != server)


@given(st.lists(st.text(max_size=6), max_size=200))
def test_a_sender_who_thinks_of_many_names_fills_no_table(names: list[str]) -> None:
    known: dict[str, int] = {}
    for name in names:
        counted = to_count(name, known)
        known[counted] = known.get(counted, 0) + 1
    assert len(known) <= MOST_SERVERS + 1
    assert sum(known.values()) == len(names)


def test_the_topmost_server_is_read_whatever_the_field_says() -> None:
    assert topmost(("MX.Host.example 1; dmarc=pass", "mx.evil.example; x")) == "mx.host.example"
    assert topmost(("(mx.evil.example;) mx.host.example; none",)) == "mx.host.example"
    assert topmost(()) == topmost(("",)) == topmost((";;",)) == topmost(("x" * 300 + "; none",)) == ""


@given(st.text(max_size=300))
def test_no_field_is_an_error(text: str) -> None:
    assert topmost((text,)).isprintable()


def test_a_name_is_what_can_stand_in_the_field() -> None:
    assert clean(" MX.Firm.Example ") == "mx.firm.example"
    assert clean("") == ""
    for text in ("a b", "a;b", "(a)", "a\r\nb", 'a"', "x" * 300):
        assert clean(text) is None
