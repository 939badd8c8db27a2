"""Starting the office at one's side and attaching to it, free of races: two that start at once end with one office.

Whoever finds nobody listening starts an office; the home's lock decides which one stays, and the others attach to it.
Loads nothing of the office itself.
"""

import asyncio
import json
import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from typing import Final

from actors.children import OFFICE_NAMES, environment, python
from actors.desk.api import Hello
from actors.desk.calling import Call, office_pid
from actors.desk.remote import RemoteDesk
from actors.paths import Home
from store.model.errors import Away, DeskError, ErrorFrame

START_SECONDS: Final = 30.0
READY: Final = b"ready\n"
_PAUSE: Final = 0.05


async def attach(
    home: Home,
    hello: Hello,
    *,
    start: bool = True,
    seconds: float = START_SECONDS,
    linger: float | None = None,
    called: Call | None = None,
) -> RemoteDesk:
    """The desk of a home's office. With `start`, one is started if none answers, to stay `linger` seconds after us.
    A call that was made ahead is taken up; where it comes to nothing all begins anew, so that what is wrong is said.

    Raises what RemoteDesk.connect raises; Away start_forbidden (unit), start_failed (log), home_locked, home_not_ours,
    home_newer.
    """
    if called is not None:
        with suppress(DeskError):
            return await RemoteDesk.connect(home, hello, called=called)
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await RemoteDesk.connect(home, hello)
        except Away as away:
            if not start or away.code not in ("no_office", "office_gone"):
                raise
        left = deadline - time.monotonic()
        if not await asyncio.to_thread(start_office, home, seconds=left, linger=linger):
            await asyncio.sleep(_PAUSE)  # another one is being started, or just ending
        if time.monotonic() > deadline:
            raise Away("home_locked")


def start_office(
    home: Home,
    *,
    seconds: float = START_SECONDS,
    linger: float | None = None,
    owner: str | None = None,
    firm: str | None = None,
) -> bool:
    """Start an office and return when its socket answers; False if the home's lock is held by another. Owner and firm
    name those of a fresh home.
    """
    from actors.life import make_home  # noqa: PLC0415 - not where an office answers already

    if home.unit is not None:
        raise Away("start_forbidden", unit=home.unit)
    old = os.umask(0o077)
    try:
        make_home(home)
    finally:
        os.umask(old)
    arguments = ["--home", str(home.root)] if home.root is not None else []
    if linger is not None:
        arguments += ["--linger", str(linger)]
    for option, name in (("--owner", owner), ("--firm", firm)):
        arguments += [option, name] if name is not None else []
    log = os.open(home.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        child = subprocess.Popen(
            python("actors.office", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd="/",
            env=environment(OFFICE_NAMES),
            start_new_session=True,
        )
    finally:
        os.close(log)
    return _outcome(home, child, seconds)


def _outcome(home: Home, child: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """What the child says on its standard output: that it is ready, or why it cannot be."""
    if child.stdout is None:
        raise Away("start_failed", log=str(home.log))
    with child.stdout as told:
        poll = select.poll()
        poll.register(told, select.POLLIN | select.POLLHUP)
        if not poll.poll(max(seconds, 0) * 1000):
            child.kill()
            child.wait()
            raise Away("start_failed", log=str(home.log))
        line = told.readline()
    if line == READY:
        _children.append(child)
        return True
    child.wait()
    error = _read(line, home)
    if error.code == "home_locked":
        return False
    raise error


_children: list["subprocess.Popen[bytes]"] = []  # kept: a Popen that is thrown away warns of a child that still runs


def _read(line: bytes, home: Home) -> DeskError:
    try:
        said = json.loads(line)
        return ErrorFrame(kind=said["kind"], code=said["code"], arguments=said["arguments"]).error()
    except (ValueError, KeyError, TypeError):
        return Away("start_failed", log=str(home.log))


def end_office(home: Home) -> bool:
    """Ask whatever office serves this home to finish and end, of whatever version it is; False if none does."""
    try:
        pid = office_pid(home)
    except Away as away:
        if away.code == "not_ours":
            raise
        return False
    os.kill(pid, signal.SIGTERM)
    return True


async def wait_until_gone(home: Home, *, seconds: float) -> None:
    """Return when no office holds the home's socket any more. Raises Away("timeout")."""
    deadline = time.monotonic() + seconds
    while home.socket.exists():
        if time.monotonic() > deadline:
            raise Away("timeout")
        await asyncio.sleep(_PAUSE)
