"""Addresses that reach the same person however they are written, and those that only look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.address import Address, NotAllowed, base


def reaches(one: str, other: str) -> bool:
    """Whether a contact known by `other` is meant by `one`."""
    return base(str(Address(one))) == base(str(Address(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@Olmo.EXAMPLE", "ana@olmo.example"),
        ("ana+invoices@olmo.example", "ana@olmo.example"),
        ("ana@MÜNCHEN.example", "ana@xn--mnchen-3ya.example"),
        ("ana@XN--MNCHEN-3YA.example", "ana@münchen.example"),
        ("ana@mu\u0308nchen.example", "ana@münchen.example"),
        ("ana@ｏlmo.example", "ana@olmo.example"),
        ("ana@olmo\u3002example", "ana@olmo.example"),
        ("a.n.a@gmail.com", "ana@gmail.com"),
        ("ana+x@googlemail.com", "an.a@gmail.com"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert reaches(one, other)
    assert reaches(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@оlmo.example", "ana@olmo.example"),  # a Cyrillic o
        ("аna@olmo.example", "ana@olmo.example"),  # a Cyrillic a
        ("ana@faß.example", "ana@fass.example"),  # two domains since IDNA2008
        ("ana@olmo.example.evil.example", "ana@olmo.example"),
        ("a.n.a@olmo.example", "ana@olmo.example"),  # dots count everywhere but at Gmail
        ("ana@gmail.example", "ana@gmail.com"),
        ('"ana+x"@olmo.example', "ana@olmo.example"),
        ("ana@1mo.example", "ana@lmo.example"),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert not reaches(one, other)


def test_a_tag_alone_is_no_tag() -> None:
    assert base("+ana@olmo.example") == "+ana@olmo.example"
    assert base("...@gmail.com") == "...@gmail.com"


@given(st.from_regex(r"[a-z.+\"ß@о]{1,20}@[a-zßо.]{1,20}", fullmatch=True))
def test_it_is_an_address_and_its_own_base(text: str) -> None:
    try:
        address = str(Address(text))
    except NotAllowed:
        return
    assert base(base(address)) == base(address)
    assert base(address).rpartition("@")[0]
    assert str(Address(base(address))) == base(address)
    assert str(Address(address)) == address
