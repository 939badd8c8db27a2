"""The VT parser that the proofs of inert text stand on: every kind of sequence is seen, none is taken for text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vt import Kind, Parser, Piece, foreign, hidden, parse, text

WHOLE = [
    ("\x1b[31m", Kind.CSI, "m"),
    ("\x1b[1;2H", Kind.CSI, "H"),
    ("\x1b[?1049h", Kind.CSI, "?1049h"),
    ("\x1b[?2026$p", Kind.CSI, "?2026$p"),
    ("\x1b[>1u", Kind.CSI, ">1u"),
    ("\x1b[<u", Kind.CSI, "<u"),
    ("\x1b[38:2::1:2:3m", Kind.CSI, "m"),
    ("\x9b2J", Kind.CSI, "2J"),
    ("\x1b]0;title\x07", Kind.OSC, "0"),
    ("\x1b]52;c;aGk=\x1b\\", Kind.OSC, "52"),
    ("\x9d8;;http://x.example\x9c", Kind.OSC, "8"),
    ("\x1bP+q544e\x1b\\", Kind.DCS, "+q"),
    ("\x90$qm\x9c", Kind.DCS, "$q"),
    ("\x1b_Ga=T;AAAA\x1b\\", Kind.STRING, "apc"),
    ("\x1b^pm\x1b\\", Kind.STRING, "pm"),
    ("\x1bXsos\x9c", Kind.STRING, "sos"),
    ("\x1b7", Kind.ESCAPE, "7"),
    ("\x1bc", Kind.ESCAPE, "c"),
    ("\x1b(0", Kind.ESCAPE, "(0"),
    ("\x07", Kind.CONTROL, "U+0007"),
    ("\x85", Kind.CONTROL, "U+0085"),
    ("\x7f", Kind.CONTROL, "U+007F"),
    ("\x9c", Kind.CONTROL, "U+009C"),
]
BROKEN = [
    "\x1b",
    "\x1b[",
    "\x1b[1;",
    "\x1b[1 2m",
    "\x1b[1?h",
    "\x1b]0;title",
    "\x1bPq",
    "\x1b[1\x18",
    "\x1b]0;a\x1a",
    "\x9b",
    "\x1b[é",
    "\x1b\x9b",
    "\x1b]0;a\x1b[31m",
]
printable = st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1)
sequences = st.sampled_from([raw for raw, _, _ in WHOLE])


@pytest.mark.parametrize(("raw", "kind", "shape"), WHOLE, ids=[repr(row[0]) for row in WHOLE])
def test_each_kind_is_told_apart(raw: str, kind: Kind, shape: str) -> None:
    assert parse(f"a{raw}b".encode()) == [Piece(Kind.TEXT, "a"), Piece(kind, raw, shape), Piece(Kind.TEXT, "b")]


@pytest.mark.parametrize("raw", BROKEN, ids=repr)
def test_what_fits_no_grammar_is_broken(raw: str) -> None:
    assert Kind.BROKEN in {piece.kind for piece in parse(raw.encode())}


def test_bytes_that_are_no_utf8_are_broken() -> None:
    assert [piece.kind for piece in parse(b"a\x9b31mb\xff")] == [Kind.TEXT, Kind.BROKEN, Kind.TEXT, Kind.BROKEN]


def test_a_control_inside_a_sequence_is_seen() -> None:
    assert [piece.shape for piece in parse(b"\x1b[3\x071m")] == ["U+0007", "m"]


def test_an_escape_inside_a_string_begins_anew() -> None:
    assert [piece.kind for piece in parse(b"\x1b]0;a\x1b[31m")] == [Kind.BROKEN, Kind.CSI]


@given(st.lists(printable | sequences))
def test_nothing_is_lost_and_text_holds_no_control(parts: list[str]) -> None:
    whole = "".join(parts)
    pieces = parse(whole.encode())
    assert "".join(piece.raw for piece in pieces) == whole
    assert text(whole.encode()) == "".join(part for part in parts if part[0] > "\x9f" or " " <= part[0] < "\x7f")


@given(st.binary() | st.lists(printable | sequences).map("".join).map(str.encode), st.data())
def test_it_does_not_matter_how_a_stream_is_cut(data: bytes, choice: st.DataObject) -> None:
    cuts = sorted(choice.draw(st.lists(st.integers(0, len(data)))))
    parser, pieces = Parser(), list[Piece]()
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        pieces += parser.feed(data[start:end])
    pieces += parser.end()
    joined = [(p.kind, p.raw) for p in pieces if p.kind is not Kind.TEXT]
    assert joined == [(p.kind, p.raw) for p in parse(data) if p.kind is not Kind.TEXT]
    assert "".join(p.raw for p in pieces) == data.decode("utf-8", "surrogateescape")


@given(st.text())
def test_no_letter_of_a_control_is_ever_text(letters: str) -> None:
    shown = text(letters.encode("utf-8", "surrogateescape" if letters.isascii() else "surrogatepass"))
    assert not any(x < " " or "\x7f" <= x <= "\x9f" for x in shown)


def test_foreign_names_only_what_the_screen_would_not_send() -> None:
    own = b"\x1b[1;1Hx\x1b[31m\x1b[0m\x1b[?25l"
    assert foreign(b"\x1b[7;9Hhello\x1b[1;2m\x1b[?25l", own=own) == []
    assert [p.raw for p in foreign(b"\x1b[2;2Hhi\x1b]52;c;aGk=\x07\x07\x1b[2J", own=own)] == [
        "\x1b]52;c;aGk=\x07",
        "\x07",
        "\x1b[2J",
    ]
    assert [p.raw for p in foreign(b"\x1b[4711;1H", own=own, words=["4711"])] == ["\x1b[4711;1H"]
    assert [p.shape for p in foreign(b"\x1b[?1049l\x1b[", own=own)] == ["?1049l", "csi"]


def test_hidden_letters_are_found() -> None:
    assert hidden("a\u202eb\u200bc\u2028\U000e0041\ufeff") == {"\u202e", "\u200b", "\u2028", "\U000e0041", "\ufeff"}
    assert hidden("👩\u200d👧 no plain ñ") == set()
