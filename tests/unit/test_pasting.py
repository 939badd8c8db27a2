"""What is pasted comes as one text, in whatever pieces the terminal sends it; keys come as they are."""

from hypothesis import example, given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from store.model.plain import plain
from tui.pasting import BEGIN, END, Pastes

TEXTS = st.text(alphabet="ab\x1b[]0127~\x13\x9b\nñ", max_size=30).filter(lambda text: END not in text)
CUTS = st.lists(st.integers(1, 7), max_size=20)


def pieces(data: str, cuts: list[int]) -> list[str]:
    found = []
    for size in cuts:
        found.append(data[:size])
        data = data[size:]
    return [*found, data]


def came(data: str, cuts: list[int]) -> list[str]:
    """What the screens get, a key by its name and a paste by its text."""
    pastes, parser = Pastes(), XTermParser()
    sent = [pastes.safe(piece) for piece in pieces(data, cuts)]
    got = [event for piece in sent if piece for event in parser.feed(piece)]
    return [event.text if isinstance(event, events.Paste) else getattr(event, "key", "") for event in got]


@given(text=TEXTS.filter(bool), cuts=CUTS)
@example(text="see \x1b\x13 and \x1b[31mred \x1b]52;c;UFdO\x07", cuts=[])
@example(text="\x1b[201", cuts=[8, 1])
def test_a_paste_is_one_text_and_no_key(text: str, cuts: list[int]) -> None:
    assert came(f"x{BEGIN}{text}{END}y", cuts) == ["x", text.replace("\x1b", plain("\x1b")), "y"]


@given(keys=st.text(alphabet="jk\x1b[ABC12;~", max_size=20).filter(lambda keys: BEGIN not in keys), cuts=CUTS)
def test_keys_come_as_they_are_and_at_once(keys: str, cuts: list[int]) -> None:
    pastes = Pastes()
    for piece in pieces(keys, cuts):
        assert pastes.safe(piece) == piece
