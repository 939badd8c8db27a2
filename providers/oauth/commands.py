"""A person's own program that prints a password or a token: run without a shell, with a limit, its output never logged.

What can be done about a program that fails is outside of us, and it may be a network that is away: so it is never a
refused login. Must not decide whose programs may be run: on a server only the administrator's file names any.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from providers.errors import Unavailable
from providers.oauth.records import Command

SECONDS: Final = 30.0
MAX_OUTPUT: Final = 64 << 10
MAX_WORDS: Final = 64
MAX_WORD: Final = 4_000

Named = Mapping[str, tuple[str, ...]]  # the administrator's programs, by their names


def argv_of(command: Command, named: Named) -> tuple[str, ...]:
    """What is run. Raises Unavailable("command_missing")."""
    argv = named.get(command.named, ()) if command.named else command.argv
    if not argv:
        raise Unavailable("command_missing")
    return argv


def usable(argv: tuple[str, ...]) -> bool:
    """Whether this can be a program with its words: named by its whole path, since the office has another PATH."""
    if not 0 < len(argv) <= MAX_WORDS or not Path(argv[0]).is_absolute():
        return False
    return all(len(word) <= MAX_WORD and "\0" not in word for word in argv)


def output_of(argv: tuple[str, ...], *, seconds: float = SECONDS) -> str:
    """The first line that it prints. Raises Unavailable: command_missing, command_failed, command_timeout,
    command_empty.
    """
    try:
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except (OSError, ValueError):
        raise Unavailable("command_missing") from None
    try:
        said, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Unavailable("command_timeout") from None
    finally:
        _end(child)
    if child.returncode != 0:
        raise Unavailable("command_failed")
    try:
        line = said[:MAX_OUTPUT].decode().partition("\n")[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise Unavailable("command_failed") from None
    if not line or len(said) > MAX_OUTPUT:
        raise Unavailable("command_empty" if not line else "command_failed")
    return line


def _end(child: "subprocess.Popen[bytes]") -> None:
    """With all that it started: what it left in the background holds the pipe."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
