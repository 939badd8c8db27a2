"""The throw-away home of a demo: a folder that goes when the demo ends, also by a closed terminal or SIGTERM.

What a killed demo left behind goes with the next one. Must not touch a folder that is not ours or still in use.
"""

import fcntl
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from actors.paths import Home, under
from store.model.secrets import CHOICE_FILE, SecretChoice, SecretPlace, written

PREFIX: Final = "postroom-demo-"
ENDS: Final = (signal.SIGHUP, signal.SIGTERM)
FRESH_SECONDS: Final = 60.0  # a folder as new as that may be one that a demo has made and not yet locked


@contextmanager
def ending_well() -> Iterator[None]:
    """In this block SIGHUP and SIGTERM are SystemExit, so that all that stands in `finally` is done; once."""
    before = {number: signal.signal(number, _end) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    for each in ENDS:  # a second one must not break the clearing up
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


@contextmanager
def throw_away(*, now: float) -> Iterator[Home]:
    """A folder that goes with the demo, in use as long as it is locked."""
    sweep(Path(tempfile.gettempdir()), now=now)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield under(folder)
        finally:
            os.close(descriptor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_secrets_in(home: Home) -> None:
    """What is made up goes with the folder, and never into somebody's keychain."""
    home.data.mkdir(mode=0o700)
    choice = SecretChoice(now=SecretPlace(kind="file"), why="demo")
    descriptor = os.open(home.data / CHOICE_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(written(choice))


def sweep(top: Path, *, now: float) -> None:
    """Take away what demos of ours left that were killed."""
    for folder in sorted(top.glob(f"{PREFIX}*")):
        if _is_left(folder, now=now):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path, *, now: float) -> bool:
    """Whether it is a folder of our own, no link, that neither a demo nor an office holds."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        told = os.fstat(descriptor)
        if told.st_uid != os.getuid() or told.st_mtime > now - FRESH_SECONDS:
            return False
        return _is_free(descriptor) and _office_has_gone(under(folder))
    finally:
        os.close(descriptor)


def _office_has_gone(home: Home) -> bool:
    try:
        descriptor = os.open(home.lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and _is_free(descriptor)
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
