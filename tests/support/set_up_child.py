"""A child that sets something up and is killed on the way: python -m tests.support.set_up_child STORE POINT.

It sets `colour` to blue, as an act of the desk does, and dies by SIGKILL at the point that is named.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from store.vault import collections, documents, whole_file
from store.vault.vault import Vault

NAME: Final = "1/colour"
POINTS: Final = (
    "before_commit",
    "before_file",
    "half_written",
    "before_rename",
    "before_sync",
    "before_row",
    "after_row",
)


def _die(*_given: object, **_named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: object, name: str) -> None:
    setattr(owner, name, _die)


def _after(owner: object, name: str) -> None:
    done: Callable[..., Any] = getattr(owner, name)

    def then_die(*given: object, **named: object) -> None:
        done(*given, **named)
        _die()

    setattr(owner, name, then_die)


def _half(name: str, data: bytes, folder: int) -> None:
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    os.write(handle, data[: len(data) // 2])
    _die()


def _arm(vault: Vault, point: str) -> None:
    match point:
        case "before_file":
            _before(documents, "write_whole")
        case "half_written":
            setattr(whole_file, "_write", _half)  # noqa: B010 - nobody else reaches into it
        case "before_rename":
            _before(os, "rename")
        case "before_sync":
            _after(os, "rename")
        case "before_row":
            _after(documents.Collection, "put")
        case "after_row":
            _after(vault.collections, "carry_out")


def main(store: str, point: str) -> None:
    """See the module."""
    vault = Vault.open(Path(store))
    _arm(vault, point)
    with vault.transaction():
        vault.collections.put(collections.SETTINGS, NAME, "blue")
        if point == "before_commit":
            _die()
    vault.collections.carry_out()


if __name__ == "__main__":
    main(*sys.argv[1:])
