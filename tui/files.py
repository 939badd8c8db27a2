"""The caller's own files on their way to the office: read here, with the caller's rights, in pieces."""

import asyncio
import mimetypes
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

PIECE: Final = 256 << 10
OTHER: Final = "application/octet-stream"


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """A file's bytes; an empty file is one empty piece. Raises OSError."""
    with path.open("rb") as file:
        data = await asyncio.to_thread(file.read, PIECE)
        yield data
        while data := await asyncio.to_thread(file.read, PIECE):
            yield data


def kind_of(path: Path) -> str:
    """The media type that its name says."""
    return mimetypes.guess_type(path.name, strict=True)[0] or OTHER


def name_of(path: Path) -> str:
    """What it is called."""
    return as_text(path.name)


def as_text(name: str) -> str:
    """A name of the file system as text; its bytes that are none are shown as such."""
    return os.fsencode(name).decode(errors="replace")
