"""The terminal that the screens' tests look through: keys go in, the picture and every byte come out."""

import signal
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.pty import Terminal


def _python(code: str) -> list[str]:
    return [sys.executable, "-P", "-c", textwrap.dedent(code)]


def test_keys_go_in_and_the_answer_shows() -> None:
    with Terminal(_python("print('name?'); print('hello', input())"), columns=40, lines=5) as terminal:
        terminal.wait_for("name?")
        terminal.send("Ana\r")
        terminal.wait_for("hello Ana")
        assert terminal.wait_exit() == 0
        assert b"hello Ana" in terminal.raw


def test_it_is_a_terminal_of_the_size_asked_for(tmp_path: Path) -> None:
    code = "import os, sys; print(sys.stdout.isatty(), *os.get_terminal_size(), os.getcwd(), os.environ['TERM'])"
    with Terminal(_python(code), columns=133, lines=7, cwd=tmp_path) as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.rows[0] == f"True 133 7 {tmp_path} xterm-256color"


def test_a_new_size_is_told() -> None:
    code = """
        import os, signal
        signal.signal(signal.SIGWINCH, lambda *_: print('now', *os.get_terminal_size()))
        print('ready', flush=True)
        signal.pause()
    """
    with Terminal(_python(code), columns=80, lines=24) as terminal:
        terminal.wait_for("ready")
        terminal.resize(columns=100, lines=30)
        terminal.wait_for("now 100 30")


def test_sequences_are_kept_raw_and_drawn_as_a_terminal_draws_them() -> None:
    code = r"""
        import sys
        sys.stdout.write('\x1b[?1049h\x1b[>1u\x1b[?2026$p\x1bP+q54\x1b\\\x1b_Gi=1\x1b\\\x1b]0;t\x07')
        sys.stdout.write('\x1b[38:2::1:2:3m\x1b[2;3Hhere\x1b[<u')
    """
    with Terminal(_python(code), columns=20, lines=3) as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.rows == ["", "  here", ""]
        assert b"\x1bP+q54\x1b\\" in terminal.raw


def test_a_wait_ends_with_the_program() -> None:
    with (
        Terminal(_python("print('so much')")) as terminal,
        pytest.raises(AssertionError, match=r"(?s)the program ended.*so much"),
    ):
        terminal.wait_for("never")


def test_a_program_that_goes_on_is_ended() -> None:
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); print('on', flush=True); signal.pause()"
    with Terminal(_python(code)) as terminal:
        terminal.wait_for("on")
        with pytest.raises(AssertionError, match="goes on"):
            terminal.wait_exit(timeout=0.05)
    assert terminal.wait_exit() == -signal.SIGTERM
