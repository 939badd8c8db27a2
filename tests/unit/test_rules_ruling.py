"""What a rule may say, and when it is met."""

from hypothesis import given
from hypothesis import strategies as st

from store.model.filing_rules import Conditions
from store.rules.ruling import Looked, clean, meets

WORDS = st.lists(st.sampled_from(["invoice", "May", "Ñandú", "x"]), max_size=3).map(tuple)
PEOPLE = st.frozensets(st.sampled_from(["ana@olmo.example", "ben@shop.example"]))
MAILS = st.builds(
    Looked,
    senders=PEOPLE,
    recipients=PEOPLE,
    subjects=st.lists(st.sampled_from(["Invoice of MAY", "nandu x", ""]), max_size=2).map(tuple),
    lists=st.sampled_from([(), ("News <news.shop.example>",)]),
    attachments=st.sampled_from([(), ("Bill.PDF",), ("photo.jpg", "bill.pdf")]),
)
SAID = st.builds(
    Conditions,
    senders=st.sampled_from([(), ("Ana@OLMO.example",)]),
    domains=st.sampled_from([(), ("@shop.example",), ("olmo.example", "shop.example")]),
    subject=WORDS,
    lists=st.sampled_from([(), ("news.shop.example",)]),
    attachments=st.sampled_from([(), ("*.pdf",), ("bill",)]),
)


@given(MAILS)
def test_what_says_nothing_is_met_by_nothing(mail: Looked) -> None:
    assert not meets(Conditions(), mail)


@given(SAID, SAID, MAILS)
def test_who_says_more_is_met_by_less(one: Conditions, other: Conditions, mail: Looked) -> None:
    """Of different sorts: a rule with the conditions of both is met only where both are."""
    a, b = clean(Conditions(senders=one.senders, subject=one.subject)), clean(Conditions(lists=other.lists))
    both = clean(Conditions(senders=one.senders, subject=one.subject, lists=other.lists))
    if a is not None and b is not None and both is not None:
        assert meets(both, mail) is (meets(a, mail) and meets(b, mail))


@given(SAID)
def test_clean_twice_is_clean_once(said: Conditions) -> None:
    once = clean(said)
    if once is not None:
        assert clean(once) == once


@given(st.lists(st.text(max_size=30), max_size=3), st.text(max_size=20))
def test_no_text_is_an_error(texts: list[str], name: str) -> None:
    said = clean(Conditions(subject=tuple(texts), attachments=tuple(texts), lists=tuple(texts)))
    if said is not None:
        mail = Looked(frozenset(), frozenset(), (name,), (name,), (name,))
        assert meets(said, mail) in {True, False}


def test_many_stars_take_no_time() -> None:
    said = clean(Conditions(attachments=("*a" * 40 + "b",)))
    assert said is not None
    assert not meets(said, Looked(frozenset(), frozenset(), attachments=("a" * 5_000,)))


def test_a_tag_reaches_its_person_and_no_other() -> None:
    plain, tagged = clean(Conditions(senders=("ana@olmo.example",))), clean(Conditions(senders=("ana+x@olmo.example",)))
    assert plain is not None
    assert tagged is not None
    assert meets(plain, Looked(frozenset({"ana+x@olmo.example"}), frozenset()))
    assert not meets(tagged, Looked(frozenset({"ana@olmo.example"}), frozenset()))
