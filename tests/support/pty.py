"""A program in a terminal of its own: send keys, wait for text, and keep every byte it sent.

    with Terminal(["postroom"], columns=120, lines=40) as terminal:
        terminal.wait_for("Clients")
        terminal.send("j")

A thread reads what comes and wakes whoever waits; nobody polls. The picture is pyte's; the sequences that pyte takes
for text (DCS, APC, private CSI) are kept from it by `vt`, and nothing but the raw bytes is ever a proof.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pyte

from tests.support.vt import Kind, Parser, Piece


class Terminal:
    """The program `command`, started in a terminal when the block is entered and gone when it is left.

    Args:
        command: the program and its arguments.
        columns: the terminal's width.
        lines: the terminal's height.
        env: its whole environment; without one a copy of the test's own.
        cwd: where it starts.
        timeout: how long each wait may last, in seconds.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        lines: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 20,
    ) -> None:
        self._command, self._cwd, self._timeout = list(command), cwd, timeout
        self._env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"} if env is None else dict(env)
        self._size = (columns, lines)
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._parser = Parser()
        self._raw = bytearray()
        self._news = threading.Condition()
        self._ended = False
        self._pid = self._line = -1
        self._code: int | None = None
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)

    # ------------------------------------------------------------ what came
    @property
    def raw(self) -> bytes:
        """Every byte that was sent so far."""
        with self._news:
            return bytes(self._raw)

    @property
    def rows(self) -> list[str]:
        """The rows as a person sees them now."""
        with self._news:
            return [row.rstrip() for row in self._screen.display]

    @property
    def shown(self) -> str:
        return "\n".join(self.rows)

    @property
    def pid(self) -> int:
        return self._pid

    # ------------------------------------------------------------ keys and waiting
    def send(self, keys: str | bytes) -> None:
        """Press keys; a special key is its sequence: ESC [ A for the upward arrow."""
        os.write(self._line, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, *, columns: int, lines: int) -> None:
        with self._news:
            self._screen.resize(lines, columns)
        fcntl.ioctl(self._line, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait_for(self, words: str, *, timeout: float | None = None) -> str:
        """Wait until the words stand on the screen; give back what is shown then."""
        self.wait_until(lambda shown: words in shown, what=f"{words!r} to show", timeout=timeout)
        return self.shown

    def wait_gone(self, words: str, *, timeout: float | None = None) -> str:
        self.wait_until(lambda shown: words not in shown, what=f"{words!r} to go", timeout=timeout)
        return self.shown

    def wait_until(self, holds: Callable[[str], bool], *, what: str, timeout: float | None = None) -> None:
        """Wait until something holds of the screen; fail with the screen if it never does."""
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        with self._news:
            while not holds("\n".join(row.rstrip() for row in self._screen.display)):
                left = deadline - time.monotonic()
                if self._ended or not self._news.wait(max(left, 0)):
                    shown = "\n".join(row.rstrip() for row in self._screen.display)
                    why = "the program ended" if self._ended else "time is up"
                    raise AssertionError(f"{why} waiting for {what}; shown:\n{shown}")

    def wait_exit(self, *, timeout: float | None = None) -> int:
        """Wait until the program ended and all that it sent was read; its exit code, or minus the signal's number."""
        self._reader.join(self._timeout if timeout is None else timeout)
        if self._reader.is_alive() or not self._reap(1):
            raise AssertionError(f"the program goes on; shown:\n{self.shown}")
        assert self._code is not None
        return self._code

    # ------------------------------------------------------------ life
    def __enter__(self) -> Self:
        program = _absolute(self._command[0], self._env.get("PATH", os.defpath))
        self._pid, self._line = pty.fork()
        if self._pid == 0:
            self._become(program)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
            if self._reap(0):
                break
            with suppress(ProcessLookupError):
                os.killpg(self._pid, number)
            self._reap(1)
        self._reader.join(2)
        os.close(self._line)

    def _become(self, program: str) -> None:
        try:
            columns, lines = self._size
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            if self._cwd is not None:
                os.chdir(self._cwd)
            os.execve(program, self._command, self._env)  # noqa: S606 - no shell is wanted
        finally:
            os._exit(127)

    def _reap(self, seconds: float) -> bool:
        """Has the program ended, now or within some seconds? Keeps its exit code."""
        if self._code is not None:
            return True
        watch = os.pidfd_open(self._pid)
        try:
            if not select.select([watch], [], [], seconds)[0]:
                return False
        finally:
            os.close(watch)
        self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return True

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._line, 65536)
            except OSError:  # EIO: nobody holds the other end any more
                data = b""
            with self._news:
                self._raw += data
                for piece in self._parser.feed(data):
                    if _drawable(piece):
                        self._stream.feed(piece.raw)
                self._ended = not data
                self._news.notify_all()
            if not data:
                return


def _drawable(piece: Piece) -> bool:
    """Does pyte understand it? Of the rest it would take the tail for text."""
    if piece.kind is Kind.CSI:
        private, odd = piece.shape[0] in "<=>", set(piece.raw) & set(" !\"#$%&'()*+,-./:")
        return not private and not odd and (piece.shape[0] != "?" or piece.shape[-1] in "hl")
    if piece.kind is Kind.ESCAPE:
        return piece.shape in {"7", "8", "c", "D", "E", "M", "H"}
    return piece.kind in {Kind.TEXT, Kind.CONTROL}


def _absolute(program: str, path: str) -> str:
    for place in [""] if "/" in program else path.split(":"):
        candidate = Path(place, program)
        if candidate.is_file():
            return str(candidate)
    raise FileNotFoundError(program)
