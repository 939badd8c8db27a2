"""The road to the screen: exact widths, nothing lost when wrapped, nothing that a terminal would obey."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st
from rich.style import Style

from store.model.plain import plain
from tui.plain import Span, cells_of, content, fit, short, strip, whole_words, width, wrap

HOSTILE = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\x1b\x07\x9b\x9d\u202e\u200b\u2066\u200d\u0301[]\n\r\t\x7f\U000e0041中é👩"),
    ),
    max_size=60,
)


def is_inert(text: str) -> bool:
    """No control or format character but the joiners, which `plain` leaves where they belong."""
    return all(unicodedata.category(char) not in ("Cc", "Zl", "Zp") for char in text) and plain(text) == text


@given(HOSTILE, st.integers(0, 40))
def test_a_fitted_text_takes_its_cells_exactly(text: str, cells: int) -> None:
    assert width(fit(text, cells)) == cells
    assert width(fit(text, cells, right=True)) == cells
    assert width(short(text, cells)) <= cells


@given(st.lists(st.builds(Span, HOSTILE, st.sampled_from(["", "dim"])), max_size=4), st.integers(0, 60))
def test_a_row_of_whole_words_fits(row: list[Span], cells: int) -> None:
    kept = whole_words(tuple(row), cells)
    assert cells_of(kept) <= cells
    assert kept == tuple(row) or cells == 0 or kept[-1].text.endswith("…")


def test_a_row_that_is_too_long_ends_after_a_word() -> None:
    row = (Span("! ", "warn"), Span("nothing was lost"), Span(" at all", "dim"))
    said = {cells: "".join(span.text for span in whole_words(row, cells)) for cells in (25, 24, 21, 19, 17, 4, 1)}
    assert said == {
        25: "! nothing was lost at all",
        24: "! nothing was lost at…",
        21: "! nothing was lost…",
        19: "! nothing was lost…",
        17: "! nothing was…",
        4: "!…",
        1: "…",
    }
    assert whole_words((Span(" "), Span("incomprehensibilities")), 10) == (Span(" "), Span("incompre…"))


@given(HOSTILE, st.integers(8, 40))
@example("a\u0301" * 30, 8)
def test_no_line_is_wider_than_its_room(text: str, cells: int) -> None:
    for line in wrap(text, cells):
        assert width(line) <= cells
        assert is_inert(line)


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30), max_size=20))
def test_wrapping_loses_no_letter(words: list[str]) -> None:
    wrapped = "".join(wrap(" ".join(words), 12, indent="  "))
    assert wrapped.replace(" ", "") == "".join(words)


def test_paragraphs_and_short_lines_stay_as_they_are() -> None:
    assert list(wrap("one\n\n  two\nthree", 20)) == ["one", "", "  two", "three"]


def test_a_line_breaks_at_a_blank() -> None:
    assert list(wrap("the quick brown fox", 10)) == ["the quick", "brown fox"]


@given(st.lists(HOSTILE, max_size=6), st.integers(0, 50))
def test_a_strip_takes_its_cells_and_sends_nothing_else(texts: list[str], cells: int) -> None:
    made = strip([Span(text) for text in texts], cells, base=Style(), look=lambda _name: Style())
    assert made.cell_length == cells
    assert width(made.text) == cells
    for segment in made:
        assert is_inert(segment.text)
        assert segment.control is None


def test_markup_is_only_text() -> None:
    made = strip([Span("[@click=app.quit]x[/] [/foo]")], 40, base=Style(), look=lambda _name: Style())
    assert made.text.rstrip() == "[@click=app.quit]x[/] [/foo]"
    assert all(not (segment.style and segment.style.meta) for segment in made)
    assert content("[b]x[/b]\x1b[31m").plain == "[b]x[/b]␛[31m"
