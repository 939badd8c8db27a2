"""`postroom watch`: announcements as they come, a line each, until it is stopped or nobody reads any more."""

import argparse
import asyncio
import os
import signal
import stat
import sys
from collections.abc import Awaitable, Callable

from actors.desk.api import Desk
from store.model.views import Announcement
from tui.cli.attach import attached
from tui.cli.output import Output, local, when
from tui.i18n import _

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def watch(options: argparse.Namespace, output: Output) -> None:
    """Those after --since, if they are still kept, then what comes."""
    async with attached(options) as desk:
        since = options.since
        if since is not None and since + 1 < (oldest := await desk.oldest_announcement()):
            output.attention(
                _("Announcements are kept for seven days: those before {seq} are gone.").format(seq=oldest)
            )
            since = oldest - 1
        await until_ended(lambda: _follow(desk, since, output))


async def _follow(desk: Desk, since: int | None, output: Output) -> None:
    async for told in desk.announcements(since=since):
        output.record(
            {
                "seq": told.seq,
                "at": when(told.at),
                "kind": told.kind,
                "email": told.email,
                "thread": told.thread,
                "client": told.client,
                "count": told.count,
            },
            _line(told),
        )
        sys.stdout.flush()


def _line(told: Announcement) -> str:
    named = " ".join(name for name in (told.email, told.thread, told.client) if name is not None)
    return f"{told.seq}  {local(told.at)}  {told.kind}  {named}".rstrip()


async def until_ended(work: Callable[[], Awaitable[None]]) -> None:
    """Do it until it ends, a signal asks us to, or nobody reads what we print."""
    loop = asyncio.get_running_loop()
    working = asyncio.ensure_future(work())
    for number in ENDS:
        loop.add_signal_handler(number, working.cancel)
    pipe = _pipe()
    if pipe is not None:
        loop.add_reader(pipe, working.cancel)  # a pipe that is written to is only ready for reading when it is broken
    try:
        await working
    except asyncio.CancelledError:
        pass
    finally:
        if pipe is not None:
            loop.remove_reader(pipe)
        for number in ENDS:
            loop.remove_signal_handler(number)


def _pipe() -> int | None:
    """Standard output, if it is one."""
    try:
        number = sys.stdout.fileno()
        return number if stat.S_ISFIFO(os.fstat(number).st_mode) else None
    except (OSError, ValueError):
        return None
