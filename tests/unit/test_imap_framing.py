"""Responses are read as they were written, in whatever pieces they come; what is none is Garbled, and nothing else."""

import socket
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import Garbled, ProviderError, Refused, Unavailable
from providers.imap.framing import read_response
from providers.imap.line import MAX_LITERAL, Line
from providers.imap.responses import Go, Part, Tagged, Untagged


class Pieces:
    """A socket that gives so many bytes at a time, then hangs up."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data, self._sizes, self._turn = data, sizes, 0

    def recv(self, most: int) -> bytes:
        size = min(most, self._sizes[self._turn % len(self._sizes)])
        self._turn += 1
        piece, self._data = self._data[:size], self._data[size:]
        return piece


def line_of(data: bytes, sizes: list[int] | None = None) -> Line:
    return Line(cast("socket.socket", Pieces(data, sizes or [1 << 17])), timeout=1)


PLAIN = st.binary(max_size=30).map(lambda raw: raw.translate(None, b"\r\n{}"))
LITERALS = st.lists(st.binary(max_size=60), max_size=3)
SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=6)


@given(st.lists(st.tuples(PLAIN, LITERALS, PLAIN), min_size=1, max_size=4), SIZES, st.sampled_from([b"\r\n", b"\n"]))
def test_responses_come_back_whatever_the_pieces(
    told: list[tuple[bytes, list[bytes], bytes]], sizes: list[int], end: bytes
) -> None:
    wire = b""
    for text, literals, tail in told:
        wire += b"* 7 FETCH " + text
        for literal in literals:
            wire += b"{%d}" % len(literal) + end + literal
        wire += tail + end
    wire += b"P1 OK done" + end
    line = line_of(wire, sizes)
    for text, literals, tail in told:
        if literals:
            first, *rest = literals
            parts = [Part(b"7 " + text + b"{%d}" % len(first), first)]
            parts += [Part(b"{%d}" % len(literal), literal) for literal in rest]
            parts.append(Part(tail))
        else:
            parts = [Part(b"7 " + text + tail)]
        found = read_response(line)
        assert isinstance(found, Untagged)
        assert (found.kind, found.text.rstrip()) == ("FETCH", parts[0].text.rstrip())
        assert found.parts[1:] == tuple(parts[1:])
        assert found.parts[0].literal == parts[0].literal
    assert read_response(line) == Tagged("OK", b"done", b"P1")
    with pytest.raises(Unavailable, match="closed"):
        read_response(line)


@given(st.binary(max_size=80) | st.text("*+ P1{}\r\nOKFETCH()9", max_size=60).map(str.encode), SIZES)
def test_whatever_comes_is_a_response_or_our_error(data: bytes, sizes: list[int]) -> None:
    line = line_of(data, sizes)
    try:
        for _ in range(100):
            assert isinstance(read_response(line), Go | Untagged | Tagged)
    except ProviderError:
        return
    raise AssertionError("it never ended")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"* OK [UIDNEXT 4] x\r\n", Untagged("OK", (Part(b"[UIDNEXT 4] x"),))),
        (b"* 4294967295 EXISTS\r\n", Untagged("EXISTS", (Part(b"4294967295"),))),
        (b"* SEARCH\r\n", Untagged("SEARCH", (Part(b""),))),
        (b"* vanished (EARLIER) 1:5\r\n", Untagged("VANISHED", (Part(b"(EARLIER) 1:5"),))),
        (b"+ \r\n", Go()),
        (b"+\r\n", Go()),
        (b"P12 no [UNAVAILABLE] x\r\n", Tagged("NO", b"[UNAVAILABLE] x", b"P12")),
        (b"P12 OK\r\n", Tagged("OK", b"", b"P12")),
    ],
)
def test_kinds_of_responses(data: bytes, found: Go | Untagged | Tagged) -> None:
    assert read_response(line_of(data)) == found


@pytest.mark.parametrize(
    "data", [b"\r\n", b"*\r\n", b"* \r\n", b"* 5\r\n", b"P1\r\n", b"P1 MAYBE x\r\n", b"hello there\r\n"]
)
def test_what_is_no_response_is_garbled(data: bytes) -> None:
    with pytest.raises(Garbled):
        read_response(line_of(data))


def test_a_literal_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(Refused, match="too_large"):
        read_response(line_of(b"* 1 FETCH (BODY[] {%d}\r\n" % (MAX_LITERAL + 1)))
