"""File names beside each other: what counts as the same name, and what a second one is called."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from actors.desk.shelving import folder_name, year_of
from store.mime.names import file_name
from store.model.file_names import MAX_BYTES, folded, free_name

NAMES = st.text(max_size=300).map(file_name)
ENDINGS = st.sampled_from(["", ".pdf", ".tar.gz", ".PDF", ".x" * 40])
LONG = st.builds(lambda stem, ending: file_name(stem * 50 + ending), st.text(min_size=1, max_size=20), ENDINGS)


def test_a_free_name_stays() -> None:
    assert free_name("Deed.pdf", set()) == "Deed.pdf"


def test_a_second_one_gets_a_number_before_its_ending() -> None:
    assert free_name("Deed.pdf", {"deed.pdf"}) == "Deed (2).pdf"
    assert free_name("DEED.pdf", {"deed.pdf", "deed (2).pdf"}) == "DEED (3).pdf"
    assert free_name("Deed", {"deed"}) == "Deed (2)"
    assert free_name(".profile", {".profile"}) == ".profile (2)"


def test_what_a_file_system_may_take_for_one_is_one() -> None:
    for one, other in (
        ("Müller", "MÜLLER"),
        ("Mu\u0308ller", "Müller"),
        ("Straße", "STRASSE"),
        ("a.", "a"),
        ("ﬁx", "FIX"),
    ):
        assert folded(one) == folded(other)
    assert folded("a") != folded("b")


@given(NAMES | LONG, st.lists(NAMES | LONG, max_size=5))
def test_a_name_beside_others_is_free_safe_and_short(name: str, others: list[str]) -> None:
    taken = {folded(other) for other in [*others, name]}
    made = free_name(name, taken)
    assert folded(made) not in taken
    assert len(made.encode()) <= MAX_BYTES
    assert file_name(made) == made


@given(NAMES)
def test_case_and_composition_make_no_difference(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert folded(unicodedata.normalize(form, name)) == folded(name)
    assert folded(folded(name)) == folded(name)
    assert folded(name.upper()) == folded(name.upper().lower())


@given(st.text(max_size=400))
def test_a_clients_folder_keeps_its_id_and_is_safe(name: str) -> None:
    id_ = "c0123456789abc"
    made = folder_name(name, id_)
    assert made.endswith(f"({id_})")
    assert file_name(made) == made
    assert len(made.encode()) <= MAX_BYTES


def test_a_year_is_four_digits_whenever_it_was() -> None:
    assert [year_of(seconds) for seconds in (-5, 0, 1_772_445_600)] == ["1970", "1970", "2026"]
