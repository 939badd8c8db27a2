"""Fewer bytes to the terminal, and the same picture: judged by a terminal that draws both."""

import pyte
from hypothesis import given
from hypothesis import strategies as st

from tui.thrift import Thrift

ROWS, COLUMNS = 6, 12
FLOOR = 250  # nothing scrolls on a full screen
COLOUR = st.sampled_from(
    [
        "38;2;95;135;175",
        "48;2;48;48;48",
        "38;2;1;2;3",
        "38;2;9;9;9",
        "48;2;1;2;3",
        "48;5;17",
        "31",
        "39",
        "44",
        "49",
        "97",
    ]
)
STYLE = st.lists(st.one_of(COLOUR, st.sampled_from(["0", "1", "3", "4", "7"])), max_size=3).map(
    lambda numbers: f"\x1b[{';'.join(numbers)}m"
)
PLACE = st.tuples(st.integers(1, ROWS), st.integers(1, COLUMNS)).map(lambda at: f"\x1b[{at[0]};{at[1]}H")
OTHER = st.sampled_from(["\r\n", "\x1b[K", "\x1b[2J", "\x1b[?25l", "\x1b[22m", "\x1b[3C", "\r"])
TEXT = st.text("ab 語é", min_size=1, max_size=5)
PIECES = st.lists(st.one_of(STYLE, PLACE, OTHER, TEXT), max_size=25)


def drawn(*writes: str) -> tuple[object, ...]:
    screen = pyte.Screen(COLUMNS, FLOOR)
    stream = pyte.Stream(screen)
    for data in writes:
        stream.feed(data)
    cells = tuple(tuple(screen.buffer[row][column] for column in range(COLUMNS)) for row in range(FLOOR))
    return cells, screen.cursor.x, screen.cursor.y


@given(st.lists(PIECES.map("".join), max_size=4))
def test_the_picture_is_the_same(writes: list[str]) -> None:
    thrift = Thrift()
    last = [*writes, "x"]  # where the cursor is parked matters to what is written next
    assert drawn(*map(thrift.less, last)) == drawn(*last)


def test_a_colour_of_the_palette_is_said_by_its_number() -> None:
    thrift = Thrift()
    thrift.less("x")
    assert thrift.less("\x1b[38;2;95;175;175;48;2;18;18;18mone") == "\x1b[38;5;73;48;5;233mone"


def test_the_cursor_is_not_parked_again_where_it_was() -> None:
    thrift = Thrift()
    thrift.less("x\x1b[1;2H")
    assert thrift.less("\x1b[3;9Hone\x1b[1;2H") == "\x1b[3;9Hone"
    assert thrift.less("two") == "\x1b[1;2Htwo"


def test_a_colour_that_stands_is_said_once() -> None:
    thrift = Thrift()
    thrift.less("x")
    told = thrift.less("\x1b[38;2;1;2;3;48;2;4;5;6mone\x1b[0m\x1b[38;2;7;8;9;48;2;4;5;6mtwo\x1b[0m")
    assert told == "\x1b[38;2;1;2;3;48;2;4;5;6mone\x1b[38;2;7;8;9mtwo"


def test_the_cursor_goes_straight_to_its_place() -> None:
    thrift = Thrift()
    thrift.less("x")
    assert thrift.less("one\x1b[3;9H\r\n\x1b[4;2Htwo\x1b[1;1H") == "one\x1b[4;2Htwo\x1b[1;1H"


def test_colours_are_off_before_anything_but_text() -> None:
    thrift = Thrift()
    assert thrift.less("\x1b[31mred\x1b[0m") == "\x1b[0;31mred"
    assert thrift.less("\x1b[?1049l") == "\x1b[0m\x1b[?1049l"


def test_strings_to_the_terminal_pass_unread() -> None:
    thrift = Thrift()
    copied = "\x1b]52;c;G1szMW0=\x07"
    assert thrift.less(copied).endswith(copied)
    assert thrift.less("\x1bP\x1b[31m\x1b\\") == "\x1bP\x1b[31m\x1b\\"


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_text_is_never_lost(text: str) -> None:
    plain = text.replace("\x1b", "")
    assert Thrift().less(plain).replace("\x1b[0m", "", 1) == plain
