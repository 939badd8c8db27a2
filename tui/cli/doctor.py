"""`postroom doctor`: what a support person would ask for, without secrets, with or without an office."""

import argparse
import asyncio
import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from actors.paths import Home
from store.model.errors import DeskError
from store.model.mailbox import MailboxSettings
from store.model.plain import plain
from store.model.secrets import SecretsView
from store.model.views import MailboxStatus
from tui.cli.attach import home_of, reached, speak
from tui.cli.office import ATTENTION
from tui.cli.output import Output
from tui.i18n import N_, _
from tui.sentences import cause, sentence
from tui.version import VERSION
from tui.words import sync_word

ENOUGH_BYTES = 500_000_000
SMALLEST = (80, 24)


class Check(NamedTuple):
    """One thing looked at."""

    name: str
    ok: bool
    sentence: str
    remedy: str = ""


async def doctor(options: argparse.Namespace, output: Output) -> int:
    """All checks, one a line; exit 1 if one is not well."""
    home = home_of(options)
    office, told = await _office(home, options)
    checks = [*_machine(), *_home(home), *_secrets(home, told), *office]
    for check in checks:
        output.record(
            {"check": check.name, "ok": check.ok, "sentence": plain(check.sentence), "remedy": plain(check.remedy)},
            plain(f"{'✓' if check.ok else '✗'} {_(check.name):12} {check.sentence}  {check.remedy}".rstrip()),
        )
    return 0 if all(check.ok for check in checks) else 1


def _machine() -> Iterator[Check]:
    version = platform.python_version()
    yield Check(N_("version"), ok=True, sentence=f"postroom {VERSION}, Python {version}, {platform.system()}")
    encoding = sys.stderr.encoding or "?"
    yield Check(
        N_("locale"),
        ok=encoding.lower().replace("-", "") == "utf8",
        sentence=_("output is {encoding}").format(encoding=encoding),
        remedy=""
        if encoding.lower().replace("-", "") == "utf8"
        else _("Choose a UTF-8 locale, for instance LANG=C.UTF-8."),
    )
    if sys.stdout.isatty():
        size = shutil.get_terminal_size()
        large = size >= SMALLEST
        yield Check(
            N_("terminal"),
            ok=large,
            sentence=f"{os.environ.get('TERM', '?')}, {size.columns}×{size.lines}",
            remedy="" if large else _("The screens need at least 80×24."),
        )


def _home(home: Home) -> Iterator[Check]:
    for folder in home.folders:
        yield _folder(folder)
    there = next((folder for folder in (home.data, *home.data.parents) if folder.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    yield Check(
        N_("disk"),
        ok=free > ENOUGH_BYTES,
        sentence=_("{count} MB free").format(count=free // 1_000_000),
        remedy="" if free > ENOUGH_BYTES else _("Make room: mail is copied to this disk."),
    )


def _folder(folder: Path) -> Check:
    try:
        told = folder.lstat()
    except FileNotFoundError:
        return Check(N_("home"), ok=True, sentence=_("{path} is made at the first start").format(path=folder))
    closed = stat.S_ISDIR(told.st_mode) and told.st_uid == os.getuid() and not told.st_mode & 0o077
    return Check(
        N_("home"),
        ok=closed,
        sentence=_("{path} is yours alone").format(path=folder)
        if closed
        else _("{path} is open to others").format(path=folder),
        remedy="" if closed else f"chmod 700 {folder}",
    )


def _secrets(home: Home, told: SecretsView | None) -> Iterator[Check]:
    """By the office, who tries to read them; else as it is written down, where it is ours to look."""
    from tui.cli.secrets import checks, told_by_file

    try:
        found = told or told_by_file(home)
    except PermissionError:
        return
    except (OSError, ValueError):
        found = SecretsView(kind=None, trouble="file_garbled")
    for well, words, remedy in checks(found):
        yield Check(N_("secrets"), ok=well, sentence=words, remedy=remedy)


async def _office(home: Home, options: argparse.Namespace) -> tuple[list[Check], SecretsView | None]:
    try:
        desk = await reached(home, act_as=options.act_as, start=False)
    except DeskError as error:
        wrong, remedy = sentence(error)
        return [Check(N_("office"), ok=error.code == "no_office", sentence=wrong, remedy=remedy)], None
    speak(desk)
    try:
        told = await desk.status()
        found = [
            Check(
                N_("office"),
                ok=told.version == VERSION,
                sentence=_("running, version {version}").format(version=told.version),
            )
        ]
        wanted: Callable[[MailboxStatus], bool] = lambda one: options.address in (None, one.address)  # noqa: E731
        mailboxes = [one for one in told.mailboxes if wanted(one)]
        found += [_mailbox(one) for one in mailboxes]
        if options.address:
            found += await _servers(options.address, [view.settings for view in await desk.mailboxes()])
        return found, await desk.secrets()
    finally:
        await desk.close()


def _mailbox(told: MailboxStatus) -> Check:
    well = told.state not in ATTENTION
    why = "" if told.last_error is None else f": {cause(told.last_error)}"
    return Check(N_("mailbox"), ok=well, sentence=f"{told.address}: {sync_word(told.state)}{why}")


async def _servers(address: str, settings: list[MailboxSettings]) -> list[Check]:
    ours = [one for one in settings if one.address == address]
    servers = [server for one in ours for server in (one.imap, one.smtp) if server is not None]
    found = [await _reachable(server.host, server.port) for server in servers]
    return found or [
        Check(N_("servers"), ok=False, sentence=_("{address} is no mailbox of yours").format(address=address))
    ]


async def _reachable(host: str, port: int) -> Check:
    """Whether something answers there. No login is tried."""
    try:
        async with asyncio.timeout(10):
            _reader, writer = await asyncio.open_connection(host, port)
        writer.close()
    except (OSError, TimeoutError):
        return Check(N_("servers"), ok=False, sentence=_("{host}:{port} does not answer").format(host=host, port=port))
    return Check(N_("servers"), ok=True, sentence=_("{host}:{port} answers").format(host=host, port=port))
