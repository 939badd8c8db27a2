"""Small files that are there whole or not at all, whatever dies when: written beside, synced, renamed, synced.

No link is followed and nothing but a plain file of the folder itself is touched. Must not know what a file holds.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
UNFINISHED: Final = ".new"
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class NotPlain(OSError):
    """In the file's place is a link, a folder or a pipe."""


def read_whole(path: Path) -> bytes | None:
    """What it holds, None if there is none. Raises OSError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotPlain
        return file.read()


def write_whole(path: Path, data: bytes) -> None:
    """Put this in its place. Raises OSError, and then the file is as it was."""
    with suppress(FileExistsError):
        path.parent.mkdir(mode=FOLDER_MODE)
        _sync_folder(path.parent.parent)
    with _opened(path.parent) as folder:
        _need_plain(path.name, folder)
        unfinished = f".{path.name}{UNFINISHED}"
        with suppress(FileNotFoundError):
            os.unlink(unfinished, dir_fd=folder)  # torn by a kill
        try:
            _write(unfinished, data, folder)
            os.rename(unfinished, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                os.unlink(unfinished, dir_fd=folder)
            raise
        os.fsync(folder)


def _need_plain(name: str, folder: int) -> None:
    try:
        there = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(there.st_mode):
        raise NotPlain


def _write(name: str, data: bytes, folder: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, MODE, dir_fd=folder), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    with _opened(path) as folder:
        os.fsync(folder)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    folder = os.open(path, _FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)
