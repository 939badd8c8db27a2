"""Where one reads on in a text that is broken into other rows: at the same words."""

from hypothesis import given
from hypothesis import strategies as st

from tui.plain import Row, Span, wrap
from tui.widgets.lines import place_of

WORDS = st.lists(st.text("abcdef", min_size=1, max_size=9), min_size=1, max_size=120).map(
    lambda words: " ".join(f"{word}{number}" for number, word in enumerate(words))
)


def rows(text: str, cells: int) -> list[Row]:
    return [(Span(" "), Span(line)) for line in wrap(text, cells)]


def said(row: Row) -> str:
    return "".join(text for text, _look in row).strip()


@given(WORDS, st.integers(20, 90), st.integers(20, 90), st.integers(0, 200))
def test_the_first_word_in_view_is_in_the_first_row(text: str, one: int, other: int, at: int) -> None:
    before, after = rows(text, one), rows(text, other)
    top = min(at, len(before) - 1)
    now = place_of(before, top, after)
    assert said(before[top]).split()[0] in said(after[now]).split()


@given(WORDS, st.integers(20, 90), st.integers(0, 50))
def test_what_is_added_below_changes_nothing(text: str, cells: int, at: int) -> None:
    before = rows(text, cells)
    top = min(at, len(before))
    assert place_of(before, top, [*before, (Span("a comment"),)]) == top
