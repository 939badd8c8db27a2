"""Attachments to files of the caller's: never over a file, never through a link, for their eyes alone (Z13).

Names come from store/mime/names.py. What fails half-way leaves nothing behind. Must not choose where: its caller does.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from store.mime.names import file_name
from store.model.errors import BadRequest, Conflict

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Saved(NamedTuple):
    """A file that was written."""

    path: Path
    size: int
    sha256: str


def target(where: Path | None, name: str) -> Path:
    """The path for an attachment of that name: in a folder, or as it is given. None: the folder one is in."""
    if where is None:
        return Path(file_name(name))
    return where / file_name(name) if where.is_dir() else where


async def save(pieces: AsyncIterator[bytes], path: Path) -> Saved:
    """Write them. Conflict("file_exists") where anything has that name, BadRequest("cannot_write") where one cannot
    write; nothing is begun before the first piece is here.
    """
    first = await anext(pieces, b"")
    file = await asyncio.to_thread(_created, path)
    try:
        with file:
            digest, size = hashlib.sha256(first), len(first)
            await asyncio.to_thread(file.write, first)
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                await asyncio.to_thread(file.write, piece)
    except BaseException as broken:
        _take_back(path)
        if isinstance(broken, OSError):
            raise _cannot_write(path) from None
        raise
    return Saved(path, size, digest.hexdigest())


def _created(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, _FLAGS, 0o600), "wb")
    except FileExistsError:
        raise Conflict("file_exists", path=str(path)) from None
    except (OSError, ValueError):
        raise _cannot_write(path) from None


def _take_back(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _cannot_write(path: Path) -> BadRequest:
    return BadRequest("cannot_write", path=str(path))
