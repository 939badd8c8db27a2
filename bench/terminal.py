"""A program in a terminal of 120 columns and 40 lines, and when it wrote what. Draws nothing: that would cost time.

It answers what a terminal is asked at the start, as xterm does. Rows are known by #000123 in them.
"""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Self

COLUMNS, LINES = 120, 40
ROWS: Final = 15  # as many are there on any of the screens
_TOKEN: Final = re.compile(rb"#\d{6}")
_STEERING: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()].|[=>78cDEHM])")
_ANSWERS: Final = (
    (rb"\x1b[c", b"\x1b[?62;22c"),
    (rb"\x1b[>c", b"\x1b[>0;276;0c"),
    (rb"\x1b[6n", b"\x1b[1;1R"),
    (rb"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (rb"\x1b[?2048$p", b"\x1b[?2048;0$y"),
)
_READ: Final = 1 << 18
_END_SECONDS: Final = 15


class Pressed(NamedTuple):
    """What a key came to: milliseconds until the first byte and the last, and how many."""

    first: float
    last: float
    size: int


class Terminal:
    """See the module."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(env), start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._line = ours
        self.tail = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGHUP)
        end = time.perf_counter() + _END_SECONDS
        while self._process.poll() is None and time.perf_counter() < end:
            self._chunk(0.1)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._line)

    def _chunk(self, seconds: float) -> bytes:
        """What comes within so many seconds; nothing if nothing does."""
        if not select.select([self._line], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._line, _READ)
        except OSError:  # the program is gone
            return b""
        for question, answer in _ANSWERS:
            if question in data:
                os.write(self._line, answer)
        self.tail = (self.tail + data)[-_READ:]
        return data

    def painted(self, *, rows: int = ROWS, seconds: float = 60) -> float:
        """Seconds from the start until so many rows had come."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if self._chunk(0.5):
                came = time.perf_counter() - self.began
                if len(set(_TOKEN.findall(_STEERING.sub(b"", self.tail)))) >= rows:
                    return came
        raise TimeoutError(self.tail[-2000:])

    def quiet(self, seconds: float) -> int:
        """Return when nothing came for so long; how many bytes came before."""
        count = 0
        while data := self._chunk(seconds):
            count += len(data)
        return count

    def listen(self, seconds: float) -> int:
        """How many bytes come in that time."""
        end, count = time.perf_counter() + seconds, 0
        while (left := end - time.perf_counter()) > 0:
            count += len(self._chunk(left))
        return count

    def press(self, key: bytes, *, quiet: float = 0.05, wait: float = 2) -> Pressed:
        """Press a key, and wait until nothing more came for so long."""
        began = time.perf_counter()
        os.write(self._line, key)
        data = self._chunk(wait)
        if not data:
            return Pressed(wait * 1000, wait * 1000, 0)
        first = last = time.perf_counter() - began
        count = len(data)
        while data := self._chunk(quiet):
            last, count = time.perf_counter() - began, count + len(data)
        return Pressed(first * 1000, last * 1000, count)

    def until(self, words: bytes, *, seconds: float = 10) -> float:
        """Milliseconds until the words had come, from now on."""
        began, self.tail = time.perf_counter(), b""
        while time.perf_counter() < began + seconds:
            if self._chunk(0.5) and words in _STEERING.sub(b"", self.tail):
                return (time.perf_counter() - began) * 1000
        raise TimeoutError(words)

    def write(self, key: bytes) -> None:
        os.write(self._line, key)
