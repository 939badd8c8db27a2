"""A real keychain in a D-Bus session of its own: gnome-keyring, unlocked, in a throw-away folder.

    with Session(tmp_path) as session:
        session.environment   # for whoever is to find it

Skips the test where Debian's gnome-keyring and dbus are absent.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

import pytest

DEADLINE = 30
NEEDED = ("dbus-daemon", "gnome-keyring-daemon")


class Session:
    """A bus, and the keychain on it. `unlocked=False` leaves the keychain locked, as before a login."""

    def __init__(self, folder: Path, *, unlocked: bool = True) -> None:
        missing = [name for name in NEEDED if shutil.which(name) is None]
        if missing:
            pytest.skip(f"no {missing[0]} here")
        self.folder = folder / "session"
        self._unlocked = unlocked

    def __enter__(self) -> Self:
        for name in ("run", "data"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1", "--nosyslog"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._own(),
        )  # fmt: skip
        assert self.bus.stdout is not None
        self.address = self.bus.stdout.readline().decode().strip()
        self.start(unlocked=self._unlocked)
        return self

    def start(self, *, unlocked: bool = True) -> None:
        """The keychain's own program."""
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets", *(["--unlock"] if unlocked else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=self._own() | self.environment,
        )  # fmt: skip
        assert self.daemon.stdin is not None
        assert self.daemon.stdout is not None
        self.daemon.stdin.write(b"the session's password" if unlocked else b"")
        self.daemon.stdin.close()
        self.daemon.stdout.readline()  # says where it listens when it does

    def end_keychain(self) -> None:
        """As at logout."""
        _end(self.daemon)

    def suspend(self) -> None:
        """It hangs."""
        self.daemon.send_signal(signal.SIGSTOP)

    @property
    def environment(self) -> dict[str, str]:
        return {"DBUS_SESSION_BUS_ADDRESS": self.address}

    def _own(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "XDG_DATA_HOME": str(self.folder / "data"),
        }

    def __exit__(self, *_: object) -> None:
        for process in (self.daemon, self.bus):
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait(DEADLINE)
    if process.stdout is not None:
        process.stdout.close()
