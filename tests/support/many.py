"""Many commands in one process, in a terminal: `python -m tests.support.many FILE` runs each list of words in FILE.

`in_terminal` starts it in a pty and gives back every byte that reached the terminal. Nothing is drawn, so megabytes
are read quickly.
"""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

DONE = "\nran {count} commands; codes {codes}\n"


def in_terminal(commands: Iterable[Sequence[str]], *, env: Mapping[str, str], scratch: Path) -> bytes:
    """What the commands sent, in their order, then a line of ours with the exit codes they had."""
    todo = scratch / "commands.json"
    todo.write_text(json.dumps([list(words) for words in commands]))
    root = str(Path(__file__).resolve().parents[2])
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.support.many", str(todo)],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=root, env={**env, "TERM": "xterm-256color"},
        ) as process:  # fmt: skip
            os.close(theirs)
            os.write(ours, b"\n\n")  # for whoever asks for a line
            sent = _read(ours)
            assert process.wait(20) == 0, sent[-2000:]
    finally:
        os.close(ours)
    return sent


def codes_of(sent: bytes) -> list[int]:
    """The exit codes in the last line."""
    found: list[int] = json.loads(sent.rstrip().rpartition(b"codes ")[2])
    return found


def _read(line: int) -> bytes:
    found = bytearray()
    while True:
        try:
            data = os.read(line, 65536)
        except OSError:  # EIO: the program is gone
            return bytes(found)
        if not data:
            return bytes(found)
        found += data


def main() -> int:
    from tui.cli import main as postroom

    commands = json.loads(Path(sys.argv[1]).read_text())
    codes = sorted({postroom(words) for words in commands})
    sys.stdout.write(DONE.format(count=len(commands), codes=json.dumps(codes)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
