"""Binding and reaching a socket whose path may be too long for one: by a descriptor of its folder (Z11).

A socket's address holds 107 bytes. `/proc/self/fd/N/desk.sock` is short, names the very folder that was opened, and is
the same on both sides.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADDRESS_BYTES = 107


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """The path, or a short name of it while the context lasts."""
    if len(os.fsencode(path)) <= ADDRESS_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def bind(path: Path, *, mode: int) -> socket.socket:
    """A listening socket at a path where nothing is."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short_address(path) as address:
            listening.bind(address)
            Path(address).chmod(mode)
        listening.listen(64)
    except BaseException:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def reach(path: Path, *, seconds: float) -> socket.socket:
    """A connected socket. Raises OSError."""
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connected.settimeout(seconds)
        with short_address(path) as address:
            connected.connect(address)
    except BaseException:
        connected.close()
        raise
    connected.setblocking(False)
    return connected
