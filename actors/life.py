"""What holds for an office's process from its first moment: closed to others, no core, one in a home (Z11, Z14).

The lock is taken before the socket exists and released after it is gone, so that whoever holds it may remove a socket
that a kill left behind. Must not load anything of the office.
"""

import contextlib
import ctypes
import errno
import faulthandler
import fcntl
import logging
import logging.handlers
import os
import resource
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from actors.desk import endpoint
from actors.paths import Home
from store.model.errors import Away

LOG_BYTES: Final = 2 << 20
LOG_FILES: Final = 3
_PR_SET_DUMPABLE: Final = 4


def close_to_others() -> None:
    """Nothing made from now on is readable by others; no core file or debugger sees what is in memory."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def make_home(home: Home) -> None:
    """Make the home's folders, or check them: ours, no link, closed to others. Raises Away("home_not_ours")."""
    for folder in home.folders:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _check_folder(folder)


def _check_folder(folder: Path) -> None:
    told = folder.lstat()
    if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.getuid():
        raise Away("home_not_ours", path=str(folder))
    if told.st_mode & 0o077:
        if any(folder.iterdir()):
            raise Away("home_not_ours", path=str(folder))
        folder.chmod(0o700)  # an empty folder that its owner has just made


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Hold the home's lock. Raises Away: home_locked (another office has it), home_not_ours."""
    try:
        descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EACCES, errno.EISDIR):
            raise Away("home_not_ours", path=str(home.lock)) from None
        raise
    try:
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode) or told.st_uid != os.getuid():
            raise Away("home_not_ours", path=str(home.lock))
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Away("home_locked") from None
        yield
    finally:
        os.close(descriptor)


def open_socket(home: Home) -> socket.socket:
    """The home's listening socket. Only under the lock: what lies there is left over and removed."""
    remove_socket(home)
    return endpoint.bind(home.socket, mode=0o600 if home.unit is None else 0o660)


def remove_socket(home: Home) -> None:
    """Take the socket away, whatever has become of it."""
    home.socket.unlink(missing_ok=True)


def write_log(home: Home, *, to_terminal: bool) -> None:
    """Log to a file in the home, and for a service to standard error too. SIGUSR1 writes every thread's stack there."""
    handler = logging.handlers.RotatingFileHandler(home.log, maxBytes=LOG_BYTES, backupCount=LOG_FILES)
    handlers: list[logging.Handler] = [handler]
    if to_terminal:
        handlers.append(logging.StreamHandler())
    form = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    for each in handlers:
        each.setFormatter(form)
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(logging.INFO)
    for vendor in ("pykka", "asyncio"):  # their tracebacks could quote mail
        logging.getLogger(vendor).setLevel(logging.CRITICAL)
    # A file of its own, never rotated: the fault handler keeps a descriptor, which must not become somebody else's.
    stacks = os.open(home.stacks, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    faulthandler.register(signal.SIGUSR1, file=stacks, all_threads=True)


def notify_service(state: str) -> None:
    """Tell systemd, where it started us: READY=1, WATCHDOG=1, STOPPING=1."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending,
        contextlib.suppress(OSError),
    ):
        sending.connect("\0" + address[1:] if address[0] == "@" else address)
        sending.sendall(state.encode())
