"""Where things of a home lie: XDG folders, all under `$POSTROOM_HOME`, or what the system configuration names (Z11).

Only says where; life.py makes and guards them. Loads nothing, since every command starts here.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from store.model.errors import Away

SYSTEM_CONFIG: Final = Path("/etc/postroom/config.toml")
SOCKET_NAME: Final = "desk.sock"


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """One firm's place. `unit` is set where a system configuration forbids members to start its office; `office_uid` is
    the uid that its office must have (None: the caller's own). `root` is the one folder that all of it is in, if it is.
    """

    config: Path
    data: Path
    state: Path
    sockets: Path
    root: Path | None = None
    unit: str | None = None
    office_uid: int | None = None
    commands: tuple[tuple[str, tuple[str, ...]], ...] = ()  # the administrator's programs for secrets, by their names
    mail_hosts: frozenset[str] = frozenset()  # that may be in a server's own network (Z23)

    @property
    def socket(self) -> Path:
        return self.sockets / SOCKET_NAME

    @property
    def vault(self) -> Path:
        return self.data / "postroom.db"

    @property
    def documents(self) -> Path:
        """Ordinary files, for whoever can read the home ([A3])."""
        return (self.root or self.data) / "documents"

    @property
    def lock(self) -> Path:
        return self.data / "office.lock"

    @property
    def log(self) -> Path:
        return self.state / "office.log"

    @property
    def stacks(self) -> Path:
        return self.state / "stacks.log"

    @property
    def sealed(self) -> Path:
        return self.data / "secrets.sealed"

    @property
    def key(self) -> Path:
        return self.config / "secrets.key"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder of the home that is the office's own, each once."""
        top = [self.root] if self.root is not None else []
        return tuple(dict.fromkeys([*top, self.config, self.data, self.state]))


def under(folder: Path) -> Home:
    """A home all in one folder."""
    return Home(config=folder / "config", data=folder / "data", state=folder / "log", sockets=folder, root=folder)


def find(environ: Mapping[str, str] | None = None, *, system: Path = SYSTEM_CONFIG, trusted_uid: int = 0) -> Home:
    """The home that a command run now belongs to.

    Raises Away: config_not_trusted where the system configuration could have been written by others, config_unreadable.
    """
    given = os.environ if environ is None else environ
    if own := given.get("POSTROOM_HOME"):
        return under(Path(own).absolute())
    if os.path.lexists(system):
        return _shared(system, trusted_uid)
    return _xdg(given)


def _xdg(given: Mapping[str, str]) -> Home:
    user = Path(given["HOME"]) if given.get("HOME") else Path.home()

    def place(name: str, otherwise: str) -> Path:
        named = given.get(name, "")
        top = Path(named) if named.startswith("/") else user / otherwise
        return top / "postroom"

    data = place("XDG_DATA_HOME", ".local/share")
    return Home(
        config=place("XDG_CONFIG_HOME", ".config"),
        data=data,
        state=place("XDG_STATE_HOME", ".local/state"),
        sockets=data,
    )


def _shared(system: Path, trusted_uid: int) -> Home:
    """A server's home, as the administrator's file names it."""
    import tomllib  # noqa: PLC0415 - no home of one's own needs it, and every command starts here

    try:
        said = tomllib.loads(_trusted_text(system, trusted_uid))
        home, sockets, unit, uid = said["home"], said["socket_dir"], said["unit"], said["office_uid"]
        commands = tuple((name, _argv(words)) for name, words in said.get("commands", {}).items())
        hosts = _hosts(said.get("mail_hosts", []))
    except (KeyError, ValueError, AttributeError):
        raise Away("config_unreadable", path=str(system)) from None
    if not (isinstance(uid, int) and all(isinstance(word, str) for word in (home, sockets, unit))):
        raise Away("config_unreadable", path=str(system))
    top = Path(home)
    return Home(
        config=top / "config",
        data=top / "data",
        state=top / "log",
        sockets=Path(sockets),
        unit=unit,
        office_uid=uid,
        commands=commands,
        mail_hosts=hosts,
    )


def _argv(words: object) -> tuple[str, ...]:
    """A program with its words, named by its whole path. Raises ValueError."""
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError
    if not words or not words[0].startswith("/"):
        raise ValueError
    return tuple(words)


def _hosts(names: object) -> frozenset[str]:
    """Raises ValueError."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError
    return frozenset(name.strip().rstrip(".").lower() for name in names)


def _trusted_text(path: Path, trusted_uid: int) -> str:
    """The text of a file that only the trusted user could have written, judged on what is opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise Away("config_not_trusted", path=str(path)) from None
    try:
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode) or told.st_uid != trusted_uid or told.st_mode & 0o022:
            raise Away("config_not_trusted", path=str(path))
        return os.read(descriptor, 64 << 10).decode()
    finally:
        os.close(descriptor)
