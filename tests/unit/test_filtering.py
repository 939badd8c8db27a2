"""Filtering as one types: typing on finds what searching anew finds, and never anything that does not fit."""

from hypothesis import given
from hypothesis import strategies as st

from tui.fuzzy import Folded, fit
from tui.widgets.filtering import Filtering

names = st.lists(st.text(alphabet="abc é&", max_size=8), max_size=20)


@given(names, st.text(alphabet="abce ", max_size=6))
def test_typed_letter_by_letter_or_at_once_the_same_is_found(items: list[str], typed: str) -> None:
    slow, quick = Filtering[str](str), Filtering[str](str)
    slow.fill(items)
    quick.fill(items)
    found: list[str] = []
    for length in range(len(typed) + 1):
        found = list(slow.found(typed[:length]))
    assert found == list(quick.found(typed))
    wanted = " ".join(typed.split())
    assert sorted(found) == sorted(one for one in items if not wanted or fit(wanted, Folded(one)) is not None)


def test_without_anything_typed_all_are_there_in_their_order() -> None:
    filtering = Filtering[str](str)
    filtering.fill(["b", "a"])
    assert list(filtering.found("a")) == ["a"]
    assert list(filtering.found("")) == ["b", "a"]
