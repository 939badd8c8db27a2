"""An empty home for a test: no configuration, cache or language of the developer's reaches it or its children."""

import os
import tempfile
from pathlib import Path

import pytest

XDG = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
}
FOREIGN = (
    "POSTROOM_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",  # no secret of a test goes into somebody's keychain
    "CREDENTIALS_DIRECTORY",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_DIRS",
    "LANGUAGE",
    "LC_MESSAGES",
    "LANG",
    "PYTHONPATH",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "TMUX",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "LINES",
)


def empty_home(top: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the empty folder `top` the home, and English in UTF-8 the language."""
    top.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(top))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name, below in XDG.items():
        monkeypatch.setenv(name, str(top / below))
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    return top


def short_folder() -> Path:
    """A new folder whose path leaves room for a socket's name (107 bytes), which pytest's own often doesn't."""
    return Path(tempfile.mkdtemp(prefix="pr", dir=os.environ.get("TMPDIR", "/tmp")))  # noqa: S108 - made by mkdtemp, 0700
