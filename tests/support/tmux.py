"""A program in tmux, as many people run it: the same keys and waits as `pty.Terminal`, seen through tmux's own screen.

    with Tmux(["postroom"], columns=80, lines=24, env=env) as terminal:
        terminal.wait_for("Clients")
        terminal.send("j")

A control client tells of every output, and whoever waits looks then; nobody polls. The server is one of its own.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self

CONFIG = """\
set -g status off
set -g default-terminal tmux-256color
set -s escape-time 0
"""
SESSION = "work"
BEFORE = "LC_ALL", "LC_MESSAGES", "LANG"


def installed() -> bool:
    return shutil.which("tmux") is not None


class Tmux:
    """The program `command` in a pane of that size, started when the block is entered and gone when it is left.

    Args:
        command: the program and its arguments.
        columns: the pane's width.
        lines: the pane's height.
        env: its whole environment but for what tmux sets.
        timeout: how long each wait may last, in seconds.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        lines: int = 24,
        env: Mapping[str, str],
        timeout: float = 20,
    ) -> None:
        self._command, self._env, self._timeout = list(command), dict(env), timeout
        self._size = (columns, lines)
        self._folder = Path(tempfile.mkdtemp(prefix="pr"))
        self._news = threading.Condition()
        self._outputs = 0
        self._ended = False
        self._control: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread(target=self._read, name="tmux", daemon=True)

    # ------------------------------------------------------------ keys and waiting
    def send(self, keys: str) -> None:
        """Press keys; a special key is its sequence: ESC [ A for the upward arrow."""
        self._tmux("send-keys", "-t", SESSION, "-H", *(f"{ord(key):x}" for key in keys))

    @property
    def shown(self) -> str:
        """The rows as a person sees them now."""
        told = self._tmux("capture-pane", "-p", "-t", SESSION, fails=True)
        return "\n".join(row.rstrip() for row in told.splitlines())

    def wait_for(self, words: str, *, timeout: float | None = None) -> str:
        """Wait until the words stand on the screen; give back what is shown then."""
        return self.wait_until(lambda shown: words in shown, what=f"{words!r} to show", timeout=timeout)

    def wait_gone(self, words: str, *, timeout: float | None = None) -> str:
        return self.wait_until(lambda shown: words not in shown, what=f"{words!r} to go", timeout=timeout)

    def wait_until(self, holds: Callable[[str], bool], *, what: str, timeout: float | None = None) -> str:
        """Wait until something holds of the screen; fail with the screen if it never does."""
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        while True:
            with self._news:
                seen, ended = self._outputs, self._ended
            shown = self.shown
            if holds(shown):
                return shown
            with self._news:
                left = max(deadline - time.monotonic(), 0)
                if ended or not self._news.wait_for(partial(self._moved, seen), left):
                    why = "the program ended" if ended else "time is up"
                    raise AssertionError(f"{why} waiting for {what}; shown:\n{shown}")

    def _moved(self, since: int) -> bool:
        return self._ended or self._outputs > since

    def wait_exit(self, *, timeout: float | None = None) -> int:
        """Wait until the program ended; its exit code."""
        with self._news:
            over = self._news.wait_for(lambda: self._ended, self._timeout if timeout is None else timeout)
        if not over:
            raise AssertionError(f"the program goes on; shown:\n{self.shown}")
        return int((self._folder / "code").read_text())

    # ------------------------------------------------------------ life
    def __enter__(self) -> Self:
        (self._folder / "conf").write_text(CONFIG)
        columns, lines = self._size
        self._tmux(
            "-f", str(self._folder / "conf"), "new-session", "-d", "-s", SESSION, "-x", str(columns), "-y", str(lines),
            self._shell(),
        )  # fmt: skip
        self._tmux("set", "-g", "window-size", "manual")  # not before: tmux 3.3 dies of it when a session is made
        self._control = subprocess.Popen(
            self._words("-C", "attach", "-t", SESSION),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._own_env,
        )
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server", fails=True)
        if self._control is not None:
            with self._control as control:
                control.terminate()
            self._reader.join(5)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _shell(self) -> str:
        """The program with its own environment and tmux's names in it; its exit code goes into a file."""
        given = [f"{name}={value}" for name, value in self._env.items() if name not in ("TERM", "TMUX", "TMUX_PANE")]
        tmux = '"TERM=$TERM" "TMUX=$TMUX" "TMUX_PANE=$TMUX_PANE"'
        code = shlex.quote(str(self._folder / "code"))
        return f"env -i {tmux} {shlex.join([*given, *self._command])}; printf %s $? > {code}"

    @property
    def _own_env(self) -> dict[str, str]:
        """What tmux itself runs in: its terminal is one of UTF-8, whatever language the program speaks."""
        kept = {name: value for name, value in os.environ.items() if name not in (*BEFORE, "TMUX")}
        return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}

    def _words(self, *words: str) -> list[str]:
        return ["tmux", "-u", "-S", str(self._folder / "socket"), *words]

    def _tmux(self, *words: str, fails: bool = False) -> str:
        done = subprocess.run(
            self._words(*words), capture_output=True, env=self._own_env, timeout=self._timeout, check=False
        )
        assert done.returncode == 0 or fails, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace")

    def _read(self) -> None:
        control = self._control
        assert control is not None
        assert control.stdout is not None
        with contextlib.suppress(ValueError):  # it was closed meanwhile
            for line in control.stdout:
                if line.startswith((b"%output", b"%extended-output", b"%exit")):
                    with self._news:
                        self._outputs += 1
                        self._ended = line.startswith(b"%exit")
                        self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()
