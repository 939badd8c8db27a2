"""Choosing by a few letters: what fits, what comes first, and that nothing typed breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.fuzzy import Folded, fit, ranked

CLIENTS = (
    "Panadería Olmo",
    "Olmo & Vega",
    "María José Ñíguez",
    "Old Mill",
    "Bloom",
    "Müller GmbH",
    "Comodoro Bravo Ltd",
)


def found(typed: str, texts: tuple[str, ...] = CLIENTS) -> list[str]:
    return [texts[number] for number, _fit in ranked(typed, [Folded(text) for text in texts])]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", list(CLIENTS)),
        ("olmo", ["Olmo & Vega", "Panadería Olmo"]),
        ("om", ["Old Mill", "Comodoro Bravo Ltd", "Bloom", "Olmo & Vega", "Panadería Olmo"]),
        ("niguez", ["María José Ñíguez"]),
        ("MULLER", ["Müller GmbH"]),
        ("mjn", ["María José Ñíguez"]),
        ("vega ol", ["Olmo & Vega"]),
        ("bravo", ["Comodoro Bravo Ltd"]),
        ("cbl", ["Comodoro Bravo Ltd"]),
        ("xyz", []),
    ],
)
def test_what_fits_and_what_comes_first(typed: str, wanted: list[str]) -> None:
    assert found(typed) == wanted


def test_the_letters_that_fit_are_told_by_their_place_in_the_text() -> None:
    told = fit("nig", Folded("José Ñíguez"))
    assert told is not None
    assert told.places == (5, 6, 7)


def test_a_letter_that_folds_to_two_is_one_place() -> None:
    told = fit("ss", Folded("Groß"))
    assert told is not None
    assert told.places == (3,)


@given(st.text(max_size=30))
def test_a_text_fits_itself_whatever_it_is(text: str) -> None:
    assert fit(text, Folded(text)) is not None


@given(st.text(max_size=12), st.text(max_size=40))
def test_a_fit_spells_what_was_typed(typed: str, text: str) -> None:
    folded = Folded(text)
    told = fit(typed, folded)
    if told is not None:
        assert all(0 <= place < len(text) for place in told.places)
        left = iter(folded.text)
        first = next(iter(Folded(typed).text.split()), "")
        assert all(letter in left for letter in first)


@given(st.text(max_size=8), st.lists(st.text(max_size=20), max_size=8))
def test_what_fits_is_each_once_and_best_first(typed: str, texts: list[str]) -> None:
    told = list(ranked(typed, [Folded(text) for text in texts]))
    assert len({number for number, _fit in told}) == len(told)
    ranks = [good.rank for _number, good in told]
    assert ranks == sorted(ranks)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=30))
def test_plain_letters_are_made_comparable_as_all_others(text: str) -> None:
    quick, slow = Folded(text), Folded(text + " é")
    assert quick.text == slow.text[: len(quick.text)]
    assert tuple(quick.at) == tuple(slow.at[: len(quick.text)])
    assert quick.starts == tuple(start for start in slow.starts if start < len(quick.text))
