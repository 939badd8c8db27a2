"""The journal in sentences: every act of the desk has one, ids never show, hidden names are left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.desk.commands.commands import METHODS, UNJOURNALLED
from store.model.ids import MemberId
from store.model.views import JournalEntry
from tui.deeds import deed_words, named_in

SILENT = UNJOURNALLED | {"undo", "journal"}


def entry(action: str, about: str = "") -> JournalEntry:
    return JournalEntry(seq=1, at=0, member=MemberId("m1"), as_=None, action=action, object=about, prev="", hash="")


@pytest.mark.parametrize("action", sorted(set(METHODS) - SILENT))
def test_every_act_has_a_sentence(action: str) -> None:
    said = deed_words(entry(action, "client kaaaaaaaaaaaa"), clients={}, members={})
    assert said
    assert not said.startswith("did:")
    assert "{" not in said
    assert "kaaaaaaaaaaaa" not in said


def test_it_names_whom_it_was_about() -> None:
    about = "emails: eaaaaaaaaaaaa,ebbbbbbbbbbbb to client kaaaaaaaaaaaa"
    assert named_in(about) == {"email": ["eaaaaaaaaaaaa", "ebbbbbbbbbbbb"], "client": ["kaaaaaaaaaaaa"]}
    said = deed_words(entry("file", about), clients={"kaaaaaaaaaaaa": "Byron"}, members={})
    assert said == "filed 2 emails: Byron"


@pytest.mark.parametrize(
    ("action", "about", "words"),
    [
        ("undo", "file: email eaaaaaaaaaaaa", "took back: filed"),
        ("refused", "add_client 3", "was refused 3 times: add client"),
        ("filed", "12:ab34", "filed mail that came: 12 emails"),
        ("something_new", "", "did: something new"),
    ],
)
def test_those_that_are_told_otherwise(action: str, about: str, words: str) -> None:
    assert deed_words(entry(action, about), clients={}, members={}) == words


@given(st.text(), st.sampled_from([*sorted(METHODS), "filed", "refused", "other"]))
def test_no_entry_is_an_error(about: str, action: str) -> None:
    assert deed_words(entry(action, about), clients={}, members={})
