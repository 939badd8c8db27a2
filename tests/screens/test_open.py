"""The whole way: `postroom` in a terminal, over the socket, to a desk that a test serves and to a real office."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.desk.api import PROTOCOL_VERSION, Hello
from actors.desk.remote import RemoteDesk
from actors.paths import Home, under
from actors.starting import wait_until_gone
from store.model.errors import Away
from tests.screens.desk import ShownDesk
from tests.support.home import short_folder
from tests.support.pty import Terminal
from tests.support.served import served

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from tui.cli import main
sys.exit(main([]))
"""


def screens(home: Home) -> Terminal:
    assert home.root is not None
    env = {
        **os.environ,
        "POSTROOM_HOME": str(home.root),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "SSH_CONNECTION": "",
    }
    command = [sys.executable, "-P", "-c", RUN, str(ROOT)]
    return Terminal(command, columns=120, lines=40, cwd=ROOT, env=env, timeout=60)


async def sees(terminal: Terminal, words: str) -> None:
    await asyncio.to_thread(terminal.wait_for, words)


async def test_a_person_reads_over_the_socket_and_new_mail_appears() -> None:
    desk = ShownDesk()
    desk.add("Question", ("Ada <ada@a.example>", "Where is it?"), client="Alpha")
    async with served(desk) as office:
        with screens(office.home) as terminal:
            await sees(terminal, "Question")
            await sees(terminal, "Where is it?")
            desk.add("Brand new", ("Bob <bob@b.example>", "Hello"), client="Bravo", unread=True)
            desk.announce("emails_filed", thread=desk.made[0].thread)
            await sees(terminal, "gg shows it")
            terminal.send("gg")
            await sees(terminal, "Brand new")
            terminal.send("\r")
            await sees(terminal, "bob@b.example is theirs")
            await desk.reached("mark")
            terminal.send("qq")
            assert await asyncio.to_thread(terminal.wait_exit) == 0


@contextlib.asynccontextmanager
async def office_of(home: Home) -> AsyncIterator[RemoteDesk]:
    desk = await RemoteDesk.connect(home, Hello(protocol=PROTOCOL_VERSION, version="test"))
    yield desk
    await desk.close()


@pytest.fixture
async def own_home() -> AsyncIterator[Home]:
    folder = short_folder()
    home = under(folder)
    yield home
    with contextlib.suppress(Away):
        async with office_of(home) as desk:
            await desk.stop_office()
    await wait_until_gone(home, seconds=30)
    shutil.rmtree(folder)


async def test_a_real_office_is_started_and_started_anew_when_it_is_killed(own_home: Home) -> None:
    with screens(own_home) as terminal:
        await sees(terminal, "Nothing is here yet")
        terminal.send("q")
        await sees(terminal, "No mailbox synced yet")
        async with office_of(own_home) as desk:
            first = desk.greeted.pid
        os.kill(first, signal.SIGKILL)
        await sees(terminal, "The office is away")
        await asyncio.to_thread(terminal.wait_gone, "The office is away")
        await sees(terminal, "No mailbox synced yet")
        async with office_of(own_home) as desk:
            assert desk.greeted.pid != first
        terminal.send("q")
        assert await asyncio.to_thread(terminal.wait_exit) == 0
