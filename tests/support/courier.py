r"""A private Courier IMAP on loopback: its own folder, certificate and ports, ended with its children.

    with Courier(folder) as server:
        server.deliver("user1", raw)
        ...  # log in as user1, user2, … / pass on server.port (plain) or server.tls_port, trusting server.cafile

It has no CONDSTORE, QRESYNC, MOVE, SPECIAL-USE, LIST-STATUS or SASL-IR, its folders stand below INBOX and are parted by
dots. As packages Courier and Dovecot shut each other out, so it stands unpacked; see `UNPACKED`. Needs no root. Knows
nothing of the office.
"""

import contextlib
import itertools
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from tests.support.private_server import SPECIAL, PrivateServer

MULTIARCH: Final = sysconfig.get_config_var("MULTIARCH")
UNPACKED: Final = Path("/usr/local/lib/courier")  # by `.ci/courier`
GAM_SERVER: Final = UNPACKED / "usr/libexec/gam_server"  # without it each imapd waits a second for it
IMAPD: Final = UNPACKED / "usr/bin/imapd"
MAILDIRMAKE: Final = UNPACKED / "usr/bin/maildirmake.courier"
LIBRARIES: Final = {"LD_LIBRARY_PATH": ":".join(str(UNPACKED / f"usr/lib{more}") for more in ("", f"/{MULTIARCH}"))}
LETTERS: Final = {"\\Seen": "S", "\\Flagged": "F", "\\Answered": "R", "\\Deleted": "T", "\\Draft": "D"}
PROJECT: Final = Path(__file__).resolve().parents[2]
CourierFactory = Callable[[], "Courier"]


class Courier(PrivateServer):
    """Users are made at their first login, with the usual folders."""

    NAME = "Courier"
    MERCY = 0.5

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self._serial = itertools.count(1)

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", *, flags: str = "") -> None:
        """Drop one mail into a folder, as a mail server does. `flags` are parted by blanks."""
        raw = raw.replace(b"\r\n", b"\n")
        top = home_of(self.top, user) / "Maildir"
        place = top if folder == "INBOX" else top / f".{folder}"
        seconds, micro = divmod(time.time_ns() // 1000, 1_000_000)  # in its own form: it numbers files in their order
        name = f"{seconds}.M{micro:06}P{os.getpid()}Q{next(self._serial)}.postroom,S={len(raw)}"
        letters = "".join(sorted(LETTERS[flag] for flag in flags.split()))
        (place / "tmp" / name).write_bytes(raw)
        (place / "tmp" / name).rename(place / "cur" / f"{name}:2,{letters}" if letters else place / "new" / name)

    def start(self) -> Self:
        self._make_certificate()
        (self.top / "mail").mkdir(exist_ok=True)
        door = [sys.executable, "-P", "-m", "tests.support.courier_door"]
        self._begin([*door, str(self.top), str(self.port), str(self.tls_port)], folder=PROJECT)
        return self


def home_of(top: Path, user: str) -> Path:
    """A user's home, made if it is missing, with the usual folders; by whoever comes first."""
    home = top / "mail" / user
    if not home.is_dir():
        fresh = Path(tempfile.mkdtemp(prefix=".", dir=top / "mail"))
        _make(fresh / "Maildir")
        for name in SPECIAL:
            _make("-f", name, fresh / "Maildir")
        with contextlib.suppress(OSError):  # another was quicker
            fresh.rename(home)
    return home


def _make(*words: str | Path) -> None:
    subprocess.run([MAILDIRMAKE, *words], check=True, env=LIBRARIES)


def courier_installed() -> bool:
    return all(program.exists() for program in (IMAPD, MAILDIRMAKE, GAM_SERVER))
