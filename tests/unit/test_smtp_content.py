"""A mail's content as it goes over a line: in pieces however they are cut, the same as whole."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import Refused
from providers.smtp_envelope import envelope_of, stuffed

BITS = st.lists(st.sampled_from([b".", b"\r\n", b"x", b"..", b"\r\n.", b" "]), max_size=30).map(b"".join)
ANY = st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"x"]), max_size=12).map(b"".join)
CUTS = st.lists(st.integers(1, 4), min_size=1, max_size=40)


class Cut:
    """A mail in pieces of these sizes, again and again."""

    def __init__(self, whole: bytes, sizes: list[int]) -> None:
        self._whole, self._sizes = whole, sizes

    @property
    def size(self) -> int:
        return len(self._whole)

    def __iter__(self) -> Iterator[bytes]:
        at = turn = 0
        while at < len(self._whole):
            size = self._sizes[turn % len(self._sizes)]
            yield self._whole[at : at + size]
            at, turn = at + size, turn + 1


def by_hand(whole: bytes) -> bytes:
    """RFC 5321, 4.5.2, line by line."""
    lines = whole.split(b"\r\n")
    said = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    return said + (b".\r\n" if whole.endswith(b"\r\n") else b"\r\n.\r\n")


@given(BITS.filter(bool), CUTS)
def test_dots_are_doubled_wherever_a_piece_ends(whole: bytes, sizes: list[int]) -> None:
    assert b"".join(stuffed(Cut(whole, sizes))) == by_hand(whole) == b"".join(stuffed(whole))


@given(ANY, CUTS)
def test_what_cannot_go_over_a_line_is_refused_wherever_a_piece_ends(whole: bytes, sizes: list[int]) -> None:
    bare = whole.replace(b"\r\n", b"")
    if b"\r" in bare or b"\n" in bare:
        for mail in (whole, Cut(whole, sizes)):
            with pytest.raises(Refused, match="line_ends"):
                envelope_of("a@x.example", ["b@x.example"], mail)
    else:
        assert envelope_of("a@x.example", ["b@x.example"], Cut(whole, sizes)) == envelope_of(
            "a@x.example", ["b@x.example"], whole
        )


@pytest.mark.parametrize(("whole", "utf8"), [(b"plain\r\n", False), ("señal\r\n".encode(), True)])
def test_what_is_not_ascii_is_seen_in_any_piece(whole: bytes, utf8: bool) -> None:  # noqa: FBT001 - a case
    envelope = envelope_of("a@x.example", ["b@x.example"], Cut(whole, [1]))
    assert (envelope.size, envelope.utf8) == (len(whole), utf8)
