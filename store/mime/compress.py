"""zstd, level 1: header blocks, bodies and texts as they are kept. Unpacking has a limit, said before it is reached.

A compressor must not be used by two threads at once, so each thread has its own.
"""

from threading import local
from typing import Final

import zstandard

LEVEL: Final = 1


class TooLarge(ValueError):
    """Unpacked it would pass the limit, or it is no zstd at all."""


class _Own(local):
    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_own: Final = _Own()


def compress(data: bytes) -> bytes:
    """One frame, with the length of its content in front; nothing for nothing."""
    return _own.compressor.compress(data) if data else b""


def decompress(data: bytes, *, limit: int) -> bytes:
    """The content of one frame, at most `limit` bytes."""
    if not data:
        return b""
    try:
        length = zstandard.frame_content_size(data)
        if not 0 <= length <= limit:  # ours always say it; the library would allocate what it says
            raise TooLarge(f"{length} bytes are over the limit of {limit}")
        return _own.decompressor.decompress(data)
    except zstandard.ZstdError as error:
        raise TooLarge("not readable") from error
