"""The programs beside which a sync is measured: mbsync, aerc and the bare floor, each from an empty folder.

What is not installed is left out, and told to be.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from bench.floor import Account
from bench.terminal import ROWS, Terminal

PROJECT: Final = Path(__file__).resolve().parents[1]

_MBSYNC: Final = """\
IMAPAccount a
Host {host}
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore r
Account a

MaildirStore l
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel c
Far :r:
Near :l:
Patterns INBOX
Create Near
Sync All
SyncState *
"""
_AERC: Final = """\
[work]
source = imap+insecure://{user}:{password}@{host}:{port}
default = INBOX
from = User One <user1@practice.example>
"""
_AERC_SECONDS: Final = 30.0
_LOOK: Final = 0.005
_ROW: Final = re.compile(rb"(?:#|M-)\d{6}")  # what a subject begins with, in the made-up mailbox and in others
_WITH_TTY: Final = ': <>"$(tty)"; exec "$0"'  # whoever leads a session gets the terminal that it opens


def floor(account: Account, folder: Path) -> float:
    """Seconds of the bare sync, from its connection on; durable."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bench.floor", *map(str, account), str(folder)],
        cwd=PROJECT, env={"PYTHONPATH": str(PROJECT)}, check=True, capture_output=True,
    )  # fmt: skip
    return float(json.loads(done.stdout)["seconds"])


def warm(account: Account, folder: Path) -> None:
    """Let the server fill its caches, so that nobody pays for who comes after."""
    floor(account, folder)


class Mbsync:
    """One folder of it, synced again and again. It makes every file durable, as it comes."""

    def __init__(self, account: Account, folder: Path) -> None:
        self._program = shutil.which("mbsync") or "mbsync"
        self._config = folder / "mbsyncrc"
        self._config.write_text(_MBSYNC.format(folder=folder, **account._asdict()))
        (folder / "mail").mkdir()

    @staticmethod
    def installed() -> bool:
        return shutil.which("mbsync") is not None

    def run(self) -> float:
        """Seconds of one run."""
        began = time.perf_counter()
        subprocess.run([self._program, "-q", "-c", str(self._config), "-a"], check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - began


def aerc(account: Account, folder: Path) -> float | None:
    """Seconds from its start, knowing nothing, to a page of rows."""
    program = shutil.which("aerc")
    if program is None:
        return None
    config = folder / "config" / "aerc"
    config.mkdir(parents=True)
    accounts = config / "accounts.conf"
    accounts.write_text(_AERC.format(**account._asdict()))
    accounts.chmod(0o600)
    env = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "TERM": "xterm-256color",
           "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}  # fmt: skip
    with Terminal(["/bin/sh", "-c", _WITH_TTY, program], env) as terminal:
        end = terminal.began + _AERC_SECONDS
        while (now := time.perf_counter()) < end:
            if len(set(_ROW.findall(terminal.tail))) >= ROWS:
                return now - terminal.began
            terminal.listen(_LOOK)
    return None
