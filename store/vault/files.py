"""The documents folder on disk: ordinary files, reached from its top by one directory after the other, never a link.

Places are relative: `client/year/name`, or `.aside/token` for what is on its way in or kept until undo is past. Nothing
is ever opened, written or removed outside, whatever somebody puts in the way; nothing is ever written over a file.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

ASIDE: Final = ".aside"

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WITHOUT_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)  # a file has one name there


class Files:
    """See the module. Every method may raise OSError. It may be used on several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root

    # ---- One file

    def stage(self, token: str) -> BinaryIO:
        """A new file aside, to be written and flushed by `flush`."""
        with self._folder(ASIDE, make=True) as aside:
            return os.fdopen(os.open(_plain(token), _NEW, 0o600, dir_fd=aside), "wb")

    def flush(self, file: BinaryIO) -> int:
        """All of it is on disk, its name too; its time of change in nanoseconds."""
        file.flush()
        os.fsync(file.fileno())
        with self._folder(ASIDE) as aside:
            os.fsync(aside)
        return os.fstat(file.fileno()).st_mtime_ns

    def open(self, place: str) -> BinaryIO:
        """A file to be read. Only an ordinary one."""
        with self._parent(place) as (folder, name):
            file = os.open(name, _OLD, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise FileNotFoundError
        except BaseException:
            os.close(file)
            raise
        return os.fdopen(file, "rb")

    def modified(self, place: str) -> int | None:
        """When it was changed last, in nanoseconds; None: it is not there."""
        try:
            with self._parent(place) as (folder, name):
                told = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None
        return told.st_mtime_ns if stat.S_ISREG(told.st_mode) else None

    def put(self, source: str, target: str) -> bool:
        """Move a file to a place that is free; done again, nothing changes. False: there is no such file, at either
        place. FileExistsError: something else has that name.
        """
        try:
            with self._parent(source):
                pass
        except FileNotFoundError:  # its folder went with it
            return self.modified(target) is not None
        with self._parent(source) as (here, name), self._parent(target, make=True) as (there, new):
            if not _is_file(name, here):
                return _is_file(new, there)
            if _link(name, here, new, there):
                os.fsync(there)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=here)
            os.fsync(here)
            os.fsync(there)
            return True

    def remove(self, place: str) -> None:
        """Gone; a second time too."""
        with contextlib.suppress(FileNotFoundError), self._parent(place) as (folder, name):
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)

    def remove_folder(self, folder: str) -> None:
        """An empty one; what is not empty stays."""
        with contextlib.suppress(OSError), self._parent(folder) as (parent, name):
            os.rmdir(name, dir_fd=parent)

    # ---- What is there

    def names(self, folder: str) -> list[str]:
        """What a folder holds; nothing where there is none."""
        try:
            with self._folder(folder) as opened:
                return sorted(entry.name for entry in os.scandir(opened))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def places(self) -> Iterator[str]:
        """Every ordinary file in a client's year."""
        for client in self.names(""):
            if client == ASIDE:
                continue
            for year in self.names(client):
                for name in self.names(f"{client}/{year}"):
                    place = f"{client}/{year}/{name}"
                    if self.modified(place) is not None:
                        yield place

    # ---- Directories

    @contextmanager
    def _parent(self, place: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        folder, _slash, name = place.rpartition("/")
        with self._folder(folder, make=make) as opened:
            yield opened, _plain(name)

    @contextmanager
    def _folder(self, place: str, *, make: bool = False) -> Iterator[int]:
        """A directory by its parts, none of them a link."""
        if make:
            with contextlib.suppress(FileExistsError):
                self.root.mkdir(mode=0o700)
        opened = os.open(self.root, _FOLDER)
        try:
            for part in filter(None, place.split("/")):
                inner = _entered(_plain(part), opened, make=make)
                os.close(opened)
                opened = inner
            yield opened
        finally:
            os.close(opened)


def _entered(name: str, folder: int, *, make: bool) -> int:
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=folder)
            os.fsync(folder)
    return os.open(name, _FOLDER, dir_fd=folder)


def _plain(name: str) -> str:
    """One part of a path. Names are made safe long before; this is the last door."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise FileNotFoundError
    return name


def _link(name: str, here: int, new: str, there: int) -> bool:
    """The new name; whether the old one is still to go."""
    try:
        os.link(name, new, src_dir_fd=here, dst_dir_fd=there, follow_symlinks=False)
    except FileExistsError:
        one = os.stat(name, dir_fd=here, follow_symlinks=False)
        if not os.path.samestat(one, os.stat(new, dir_fd=there, follow_symlinks=False)):
            raise
        if one.st_nlink > 1:  # a kill came before the old name went
            return True
    except OSError as failed:
        if failed.errno not in _WITHOUT_LINKS:
            raise
        os.close(os.open(new, _NEW, 0o600, dir_fd=there))  # the next best: nobody else writes here at the same time
    else:
        return True
    os.rename(name, new, src_dir_fd=here, dst_dir_fd=there)  # here also a name that differs in case alone
    return False


def _is_file(name: str, folder: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False
