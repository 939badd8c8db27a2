"""The office as a systemd user service, so that mail is fetched while no screen is open. For command line and screens.

What runs commands is handed in. Must not need an office, and must not touch a unit that another home installed.
"""

import getpass
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from actors.paths import Home
from store.model.errors import Away
from store.model.record import Record

Run = Callable[[Sequence[str]], tuple[int, str]]  # a command → its exit code and what it printed

SECONDS: Final = 60
NOT_FOUND: Final = 127
CARRIED: Final = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
UNIT: Final = """\
[Unit]
Description=postroom: the mail office of {home}
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command} serve
{environment}WatchdogSec=60
Restart=on-failure
RestartSec=30
UMask=0077
NoNewPrivileges=true

[Install]
WantedBy=default.target
"""


class Installed(Record, frozen=True, kw_only=True):
    """A unit that runs. `lingering`: it goes on after logging out; None if nobody could say."""

    unit: str
    path: str
    lingering: bool | None


def install(
    home: Home,
    *,
    environ: Mapping[str, str],
    end_office: Callable[[], None],
    run: Run | None = None,
    command: str | None = None,
) -> Installed:
    """Write the unit, start it, and look whether it will outlive the session; again changes nothing.

    `end_office` ends an office that runs at one's side and holds the home. Raises Away: start_forbidden (a server's
    home), no_systemd, service_failed.
    """
    call = run or run_command
    if home.unit is not None:
        raise Away("start_forbidden", unit=home.unit)
    if call(("systemctl", "--user", "show-environment"))[0] != 0:
        raise Away("no_systemd")
    unit = unit_name(home)
    path = _folder(environ) / unit
    _write(path, text(home, environ=environ, command=command or _command()))
    if call(("systemctl", "--user", "is-active", unit))[0] != 0:
        end_office()
    for words in (("daemon-reload",), ("enable", "--now", unit)):
        code, said = call(("systemctl", "--user", *words))
        if code != 0:
            raise Away("service_failed", step=" ".join(words), said=said[:300])
    return Installed(unit=unit, path=str(path), lingering=_lingers(call))


def unit_name(home: Home) -> str:
    """One for each home, so that a second firm's does not replace the first one's."""
    if home.root is None:
        return "postroom.service"
    return f"postroom-{hashlib.sha256(os.fsencode(home.root)).hexdigest()[:8]}.service"


def text(home: Home, *, environ: Mapping[str, str], command: str) -> str:
    """The unit's text."""
    named = {name: environ[name] for name in CARRIED if environ.get(name, "").startswith("/")}
    if home.root is not None:
        named = {"POSTROOM_HOME": str(home.root)}
    return UNIT.format(
        home=_plain(str(home.root or home.data)),
        command=quoted(command).replace("$", "$$"),
        environment="".join(f"Environment={quoted(f'{name}={value}')}\n" for name, value in named.items()),
    )


def quoted(word: str) -> str:
    """As systemd reads it back: no specifier, no second word, no second line."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("%", "%%")
    return f'"{escaped}"'


def _plain(words: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in words).replace("%", "%%").rstrip("\\")


def _folder(environ: Mapping[str, str]) -> Path:
    named = environ.get("XDG_CONFIG_HOME", "")
    top = Path(named) if named.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".config"
    return top / "systemd" / "user"


def _write(path: Path, words: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(words)
            file.flush()
            os.fsync(handle)
        fresh.replace(path)
    except OSError as error:
        raise Away("service_failed", step=str(path), said=error.strerror or "") from None


def _command() -> str:
    """The `postroom` that runs now."""
    beside = Path(sys.executable).with_name("postroom")
    return str(beside if beside.exists() else Path(sys.argv[0]).absolute())


def _lingers(call: Run) -> bool | None:
    code, said = call(("loginctl", "show-user", getpass.getuser(), "--property=Linger"))
    return said.strip() == "Linger=yes" if code == 0 else None


def run_command(words: Sequence[str]) -> tuple[int, str]:
    """Run it without a shell; one that is not there or does not end has failed."""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return NOT_FOUND, ""
    return done.returncode, (done.stdout or done.stderr).decode(errors="replace").strip()
