"""One call is one command, whatever the text: a strict reader of RFC 3501 gets back what was written (Z8)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import Refused
from providers.imap.arguments import Argument, Flag, HeaderFields, Payload, Step, short_sets, write
from store.model.uidset import MAX_UID, UidSet

ANY_TEXT = st.one_of(
    st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
)


def read_back(pieces: list[bytes]) -> list[bytes]:
    """The arguments as a server reads them; fails on anything that is not one whole command."""
    data, values = b"".join(pieces), []
    assert data.endswith(b"\r\n")
    at = 0
    while data[at:] != b"\r\n":
        at += data[at : at + 1] == b" "
        if data[at : at + 1] == b'"':
            found = re.compile(rb'"((?:[^"\\\r\n\0\x80-\xff]|\\["\\])*)"').match(data, at)
            assert found
            values.append(re.sub(rb"\\(.)", rb"\1", found[1]))
            at = found.end()
        elif found := re.compile(rb"\{(\d+)\+?\}\r\n").match(data, at):
            values.append(data[found.end() : found.end() + int(found[1])])
            at = found.end() + int(found[1])
        else:
            found = re.compile(rb'[^ \r\n\0"{\x80-\xff]+').match(data, at)
            assert found
            values.append(found[0])
            at = found.end()
    return values


@given(texts=st.lists(ANY_TEXT, max_size=4), plus=st.booleans())
def test_foreign_text_comes_through_whole_or_is_refused(texts: list[bytes], plus: bool) -> None:  # noqa: FBT001
    if any(byte in text for text in texts for byte in b"\r\n\0"):
        with pytest.raises(Refused, match="characters"):
            write(b"A1", "SEARCH", *texts, literal_plus=plus)
        return
    pieces = write(b"A1", "SEARCH", *texts, literal_plus=plus)
    assert read_back(pieces) == [b"A1", b"SEARCH", *texts]
    assert sum(piece.count(b"\n") for piece in pieces) == 1 + sum(
        len(re.findall(rb"\{\d+\+?\}\r\n", p)) for p in pieces
    )


@given(st.text(max_size=20))
def test_words_flags_and_fields_hold_no_separator(text: str) -> None:
    forms: list[Argument] = [text, Flag(text), HeaderFields((text,))]
    for argument in forms:
        try:
            pieces = write(b"A1", argument)
        except Refused:
            continue
        assert re.fullmatch(r"\\?[!-~]+", text)
        assert len(pieces) == 1
        assert pieces[0].count(b"\r\n") == 1
        assert not re.search(r"[(){\"% *]", text)


def test_each_waiting_literal_begins_a_piece() -> None:
    assert write(b"A1", "LOGIN", "ä".encode(), b"p") == [b"A1 LOGIN {2}\r\n", b'\xc3\xa4 "p"\r\n']
    assert write(b"A1", "LOGIN", "ä".encode(), b"p", literal_plus=True) == [b'A1 LOGIN {2+}\r\n\xc3\xa4 "p"\r\n']
    assert write(b"A1", "AUTHENTICATE", "PLAIN", Step(b"AGE=")) == [b"A1 AUTHENTICATE PLAIN\r\n", b"AGE=\r\n"]


def test_a_mail_is_a_literal_of_any_bytes_but_nul() -> None:
    raw = b"Subject: x\r\n\r\n\xff\r\n"
    pieces = write(b"A1", "APPEND", b"INBOX", (Flag("\\Seen"),), Payload(raw), literal_plus=True)
    assert pieces == [b'A1 APPEND "INBOX" (\\Seen) {%d}\r\n' % len(raw), raw + b"\r\n"]
    with pytest.raises(Refused):
        write(b"A1", "APPEND", b"INBOX", Payload(b"a\0b"))


def test_looking_is_written_as_peek() -> None:
    assert write(b"A1", ("UID", HeaderFields(("From", "To")))) == [b"A1 (UID BODY.PEEK[HEADER.FIELDS (From To)])\r\n"]


def test_a_text_without_bounds_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        write(b"A1", "SEARCH", b"a" * 100_000)
    assert caught.value.code == "too_large"


def test_no_uids_make_no_command() -> None:
    with pytest.raises(Refused):
        write(b"A1", "UID", "FETCH", UidSet(), "FLAGS")


ranges = st.lists(
    st.tuples(st.integers(1, MAX_UID), st.integers(0, 1000)).map(lambda r: (r[0], min(r[0] + r[1], MAX_UID))),
    max_size=600,
)


@given(ranges)
def test_uid_sets_are_cut_to_what_a_command_may_hold(given_ranges: list[tuple[int, int]]) -> None:
    uids = UidSet(given_ranges)
    parts = list(short_sets(uids, width=200))
    assert all(0 < len(str(part)) <= 200 for part in parts)
    assert UidSet(one for part in parts for one in part.ranges) == uids


def test_all_uids_there_can_be_cost_one_short_command() -> None:
    (only,) = short_sets(UidSet([(1, MAX_UID)]))
    assert write(b"A1", "UID", "FETCH", only, "FLAGS") == [b"A1 UID FETCH 1:4294967295 FLAGS\r\n"]
