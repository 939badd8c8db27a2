"""How commands reach the desk: one place that finds the home, starts an office where one may, and says who calls."""

import argparse
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actors.desk.api import PROTOCOL_VERSION, Desk, Hello
from actors.desk.calling import Call
from actors.desk.remote import RemoteDesk
from actors.paths import Home, find
from actors.starting import attach
from store.model.ids import RequestId
from store.model.secrets import CHOICE_FILE
from tui.i18n import language, set_language
from tui.version import VERSION
from tui.zone import own_zone


def home_of(_options: argparse.Namespace | None = None) -> Home:
    """The home this command belongs to."""
    return find()


def hello(act_as: str | None = None) -> Hello:
    """Who we are, to the office."""
    return Hello(
        protocol=PROTOCOL_VERSION, version=VERSION, language=language(), time_zone=own_zone(os.environ), act_as=act_as
    )


async def reached(home: Home, *, act_as: str | None, start: bool = True, called: Call | None = None) -> RemoteDesk:
    """A desk of the home's office, started if none answers; by a call that was made ahead, if there is one."""
    return await attach(home, hello(act_as), start=start, called=called)


def speak(desk: RemoteDesk) -> None:
    """From now on in the language that the member has set; else it stays the locale's."""
    if desk.greeted.language != "auto":
        set_language(desk.greeted.language)


def sealed_by_passphrase(home: Home) -> bool:
    """Whether they may be; by a look at a small file, since every command asks."""
    try:
        return b'"passphrase"' in (home.data / CHOICE_FILE).read_bytes()
    except OSError:
        return False  # nothing is kept yet, or it is not ours to read


async def open_box(home: Home, desk: Desk) -> None:
    """If the home's secrets are sealed by a passphrase, somebody at a terminal is asked for it."""
    if sealed_by_passphrase(home):
        from tui.cli import secrets

        await secrets.open_box(desk)


@asynccontextmanager
async def attached(options: argparse.Namespace, *, start: bool = True) -> AsyncIterator[Desk]:
    """The desk for one command."""
    desk = await reached(home_of(options), act_as=options.act_as, start=start)
    speak(desk)
    try:
        if start:
            await open_box(home_of(options), desk)
        yield desk
    finally:
        await desk.close()


def request(options: argparse.Namespace) -> RequestId:
    """The id of a command: what --id says, else a new one."""
    return RequestId(getattr(options, "id", None) or uuid.uuid4().hex)
