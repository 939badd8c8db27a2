"""The screens in a real terminal: what they send, and that nothing of a mail is ever among it but as text (Z7, Z14)."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.pty import Terminal
from tests.support.vt import foreign, hidden, text

ROOT = Path(__file__).resolve().parents[2]
WIDE, NARROW = (120, 40), (80, 24)
RUN = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("tests.screens.stage", run_name="__main__")
"""
# Short, so that a narrow column shows the acting part too.
PLANTED = [
    "\x1b[31mPWN\x1b]0;PWN\x07",  # colour, title
    "\x1b]52;c;UFdO\x1b\\\x1b]8;;http://pwn.example\x1b\\",  # clipboard, hyperlink
    "\x9b31mPWN\x9d0;PWN\x9c\x1bPPWN\x1b\\",  # 8-bit controls, a device string
    "P\x07W\x08N\x7f\rW\nN\x85\u2028\u2029\x0e\x1a",  # controls and ends of lines
    "P\u202eW\u2066N\u200f\u200bP\u2060W\ufeff\u00ad\U000e0041\u115f",  # what turns text round or hides in it
    "P" + "\u0301\u0323" * 60,  # marks without end
    "[/foo][@click=app.quit]PWN",  # markup
    "\x1bcPWN\x1b[2J\x1b[?1049l\x1b[6n",  # reset, clear, leave, ask
]
HARMLESS = ["x"]


@contextmanager
def stage(words: Sequence[str], *more: str, size: tuple[int, int], **env: str) -> Iterator[Terminal]:
    """The screens with these words wherever foreign text is shown."""
    own = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC", **env}
    command = [sys.executable, "-P", "-c", RUN, str(ROOT), json.dumps(words), *more]
    with Terminal(command, columns=size[0], lines=size[1], cwd=ROOT, env=own) as terminal:
        terminal.wait_for("? help", timeout=60)
        yield terminal


def walked(words: Sequence[str], *, size: tuple[int, int]) -> bytes:
    """Everything that is sent while one looks at all there is."""
    with stage(words, size=size) as terminal:
        listed = f"All mail  {len(words)} thread"
        go(terminal, "ga", shows=listed)
        for number in range(1, len(words) + 1):
            if size == WIDE:
                terminal.wait_for(f"end{number}.")
            go(terminal, "\r", hides="⏎ open")
            terminal.wait_for(f"end{number}.")
            go(terminal, "z", hides="quoted line")
            go(terminal, "G", shows="leads elsewhere")
            go(terminal, "w", shows="q closes")
            go(terminal, "qq", shows="⏎ open")
            go(terminal, "e", shows="That did not work")
            go(terminal, "j", hides="That did not work")
        go(terminal, "h", hides="w why")
        go(terminal, "G", hides=listed)
        go(terminal, "/", shows="leave the search")
        terminal.send("\x1b")
        terminal.wait_gone("leave the search")
        terminal.send("q")
        assert terminal.wait_exit(timeout=20) == 0
        return terminal.raw


def go(terminal: Terminal, keys: str, *, shows: str = "", hides: str = "") -> None:
    """Press keys and wait for what they do."""
    terminal.send(keys)
    if shows:
        terminal.wait_for(shows)
    if hides:
        terminal.wait_gone(hides)


@pytest.fixture(scope="module")
def harmless() -> Callable[[tuple[int, int]], bytes]:
    """What the screens send where nothing is planted."""
    kept: dict[tuple[int, int], bytes] = {}

    def sent(size: tuple[int, int]) -> bytes:
        if size not in kept:
            kept[size] = walked(HARMLESS * 3, size=size)
        return kept[size]

    return sent


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_nothing_but_the_screens_own_sequences_is_sent(
    harmless: Callable[[tuple[int, int]], bytes], size: tuple[int, int]
) -> None:
    sent = walked(PLANTED, size=size)
    assert foreign(sent, own=harmless(size), words=["PWN", "UFdO", "pwn.example"]) == []
    assert hidden(text(sent)) == set()
    assert "PWN" in text(sent)  # it was shown, as text


ODD = st.text(
    st.one_of(
        st.sampled_from("\x1b\x07\x9b\x9d\x90\x9c\r\n\t\x7f\u202e\u2066\u200b\u200d\u0301\u0323\U000e0041[]()?;:0m8Hh"),
        st.characters(codec="utf-8", exclude_categories=["Mn", "Me", "Mc"]),  # pyte loses what follows some of these
    ),
    min_size=1,
    max_size=30,
)


@given(words=st.lists(ODD, min_size=3, max_size=3))
@settings(
    max_examples=1,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes; the example is printed
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_made_up_strings_send_nothing_of_their_own(
    harmless: Callable[[tuple[int, int]], bytes], words: list[str]
) -> None:
    sent = walked(words, size=WIDE)
    assert foreign(sent, own=harmless(WIDE)) == []
    assert hidden(text(sent)) == set()


def test_after_a_bug_nothing_of_the_mail_is_left_on_the_terminal() -> None:
    with stage(["planted-mail"], "bug", size=WIDE) as terminal:
        terminal.send("ga")
        terminal.wait_for("end1.")
        terminal.send("u")
        assert terminal.wait_exit(timeout=20) == 1
        screens, left, afterwards = terminal.raw.partition(b"\x1b[?1049l")
    assert left
    assert b"Traceback" not in screens
    assert text(afterwards).strip() == ""


# ---------------------------------------------------------------- what comes in


def test_neither_bytes_that_are_no_text_nor_what_is_pasted_are_keys() -> None:
    with stage(["harmless"] * 3, size=NARROW) as terminal:
        go(terminal, "ga", shows="1/3")
        for data in (b"\xff\xe9", b"\x1b[200~a\x1bjj\x1b[201~", b"j"):
            terminal.send(data)
        terminal.wait_for("2/3")
        go(terminal, "/", shows="leave the search")
        terminal.send(b"\x1b[200~one \x1b]52;c;UFdO\x07\x1b[201~")
        terminal.wait_for("one \u241b]52")


# ---------------------------------------------------------------- a slow line


def test_idle_sends_nothing_and_a_key_little() -> None:
    with stage(["harmless"] * 30, size=WIDE) as terminal:
        go(terminal, "ga", shows="1/30")
        terminal.wait_for("end1.")
        with pytest.raises(AssertionError, match="time is up"):
            terminal.wait_for("what never comes", timeout=1)  # what is on its way arrives
        before = len(terminal.raw)
        with pytest.raises(AssertionError, match="time is up"):
            terminal.wait_for("what never comes", timeout=1.5)
        assert len(terminal.raw) == before
        go(terminal, "/", shows="leave the search")
        with pytest.raises(AssertionError, match="time is up"):
            terminal.wait_for("what never comes", timeout=0.5)
        before = len(terminal.raw)
        with pytest.raises(AssertionError, match="time is up"):
            terminal.wait_for("what never comes", timeout=1.5)
        assert len(terminal.raw) == before  # not even a cursor blinks


def test_moving_by_a_line_sends_a_line() -> None:
    with stage(["harmless"] * 60, size=NARROW) as terminal:
        go(terminal, "ga", shows="1/60")
        go(terminal, "j", shows="2/60")
        before = len(terminal.raw)
        for number in range(3, 9):
            go(terminal, "j", shows=f"{number}/60")
        assert (len(terminal.raw) - before) / 6 < 600  # two threads of two lines; the whole screen is ten times that


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "xterm", "COLORTERM": ""}])
def test_few_colours_or_none(env: dict[str, str]) -> None:
    with stage(["harmless"] * 3, size=NARROW, **env) as terminal:
        go(terminal, "ga", shows="1/3")
        go(terminal, "\r", shows="end1.")
        sent = terminal.raw.decode()
    assert "\x1b[38;2;" not in sent.replace("\x1b[0", "\x1b[")
    assert ";38;2;" not in sent
    assert ";38;5;" not in sent
