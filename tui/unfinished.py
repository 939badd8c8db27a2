"""What somebody entered to sync their mail and has not finished: offered again at the next time ([S1]). Never a secret.

One small file of the person's own; without a place it lasts as long as the screens. Must not fail anything: what cannot
be read or written is not there.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

import msgspec

from store.model.record import Record

MOST: Final = 16_000
NAME: Final = "sync-form.json"


class Entered(Record, frozen=True, kw_only=True):
    """The fields, as they were typed; choices by their place."""

    address: str = ""
    imap: str = ""
    smtp: str = ""
    login: str = ""
    account: str = ""
    history: str = ""
    authority: str = ""
    security: int = 0
    way: int = 0
    scope: int = 0


class Unfinished:
    """See the module."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = None if folder is None else folder / NAME
        self._entered: Entered | None = None

    def load(self) -> Entered | None:
        """What was left half-way, if anything was."""
        if self._path is None:
            return self._entered
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(MOST), type=Entered)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def keep(self, entered: Entered) -> None:
        """Another one takes its place."""
        self._entered = entered
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._path.with_suffix(".part")
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(msgspec.json.encode(entered))
            part.replace(self._path)

    def forget(self) -> None:
        """It is finished."""
        self._entered = None
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
