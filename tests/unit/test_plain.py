"""Foreign text on its way to a terminal (Z7)."""

import json
import timeit
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.plain import MAX_MARKS, escape_json, plain, plain_lines

JOINERS = "\u200c\u200d"
SELECTORS = "\ufe0e\ufe0f"
SEEN_FORMATS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
NASTY = st.one_of(
    st.text(
        alphabet="ab\u0301\u094d\u0915\u200d\u200c\ufe0f\U0001f468\U0001f3fd\x1b\u202e\u200b\r\n\t \u00ad", max_size=40
    ),
    st.text(alphabet=st.characters(), max_size=60),
)


def forbidden(char: str) -> bool:
    """Written from the rule's words, without a look at the code."""
    if char in JOINERS or char in SEEN_FORMATS:
        return False
    return (
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or char in "\u034f\u115f\u1160\u3164\uffa0"
    )


def longest_stack(text: str) -> int:
    longest = run = 0
    for char in text:
        if unicodedata.category(char) in ("Mn", "Me"):
            run += 1
            longest = max(longest, run)
        elif char not in JOINERS:
            run = 0
    return longest


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\x9b31mb", "a�31mb"),
        ("a\x7fb\x00c", "a␡b␀c"),
        ("one\ttwo", "one two"),
        ("one\r\ntwo\nthree\rfour", "one⏎two⏎three⏎four"),
        ("one\u2028two\u2029", "one⏎two⏎"),
        ("invoice\u202efdp.exe", "invoice�fdp.exe"),
        ("pay\u200bpal\ufeff", "pay·pal·"),
        ("soft\u00adhyphen", "soft·hyphen"),
        ("\ud800", "�"),
        ("tag\U000e0041\U000e007f", "tag��"),
        ("z" + "\u0301" * 50 + "!", "z" + "\u0301" * 4 + "·!"),
        ("\u0301a", "◌\u0301a"),
        ("a \u200d b", "a · b"),
        ("\ue000\ufdd0\uffff", "���"),
    ],
)
def test_what_could_act_or_hide_becomes_a_mark(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Re: Contrato de arrendamiento (borrador nº 3) – ¿firmamos? 25 € · «ok»",
        "Łódź, Zürich, Ångström, Đorđe, Nguyễn Thị Ánh",
        "Договор и счёт № 4", "Σύμβαση", "契約書の件、よろしくお願いします。", "한국어 계약", "合同",
        "מכתב עם נִקּוּד", "مرحبا بالعالم، مُحَمَّد", "می\u200cخواهم", "हिन्दी में पत्र: क्ष, क्\u200dष, क्\u200cष", "വിവര്\u200d",
        "ภาษาไทยที่นี่",
        "👍🏽 👨\u200d👩\u200d👧 🏳️\u200d🌈 ❤️ 1️⃣ 🇪🇸 🧑🏾\u200d⚖️",
        "e\u0301 o\u0308\u0304",
        "",
    ],
)  # fmt: skip
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


@given(NASTY)
def test_nothing_forbidden_is_left(text: str) -> None:
    shown = plain(text)
    assert not [char for char in shown if forbidden(char)]
    assert longest_stack(shown) <= MAX_MARKS
    for at, char in enumerate(shown):
        if char in JOINERS:  # only inside something
            assert at > 0
            assert unicodedata.category(shown[at - 1])[0] in "LMS"


@given(NASTY)
def test_applied_twice_is_applied_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(NASTY)
def test_lines_of_a_body(text: str) -> None:
    lines = plain_lines(text)
    assert len(lines) == text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert not [char for line in lines for char in line if forbidden(char)]


def test_tabs_of_a_body_reach_their_stops() -> None:
    assert plain_lines("a\tb\n\tc") == ["a       b", "        c"]


@given(NASTY)
def test_json_keeps_its_value_and_shows_nothing_forbidden(text: str) -> None:
    document = json.dumps({"subject": text, "other": [text]}, ensure_ascii=False, indent=1)
    escaped = escape_json(document)
    assert json.loads(escaped) == {"subject": text, "other": [text]}
    assert not [char for char in escaped if forbidden(char) and char != "\n"]
    assert longest_stack(escaped) <= MAX_MARKS


def test_ordinary_subjects_cost_next_to_nothing() -> None:
    subject = "Re: Contrato de arrendamiento, señora Muñoz – segunda versión"
    assert (
        min(timeit.repeat(lambda: plain(subject), number=1000, repeat=5)) < 1000 * 20e-6
    )  # 1 µs, with room for a busy machine
