"""A desk served on a socket of a test's own, and callers of it."""

import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from actors.desk import endpoint
from actors.desk.api import PROTOCOL_VERSION, Desk, Hello
from actors.desk.remote import RemoteDesk
from actors.desk.server import DeskServer, Manners
from actors.paths import Home, under
from store.model.errors import NotFound
from tests.support.home import short_folder

HELLO = Hello(protocol=PROTOCOL_VERSION, version="test", language="en", time_zone="UTC")


@dataclass
class Visits:
    """Counts callers."""

    here: int = 0
    ever: int = 0

    def came(self) -> None:
        self.here += 1
        self.ever += 1

    def went(self) -> None:
        self.here -= 1


@dataclass
class Served:
    """What a test needs to call."""

    home: Home
    server: DeskServer
    visits: Visits
    greetings: list[tuple[int, Hello]]
    gone: set[str | None]  # as whom nobody may act any more

    async def attach(self, hello: Hello = HELLO) -> RemoteDesk:
        """A caller."""
        return await RemoteDesk.connect(self.home, hello)

    def raw(self) -> socket.socket:
        """A caller that says what it likes."""
        connected = endpoint.reach(self.home.socket, seconds=5)
        connected.settimeout(10)
        return connected


@asynccontextmanager
async def served(
    desk: Desk | None,
    *,
    known: Callable[[int], bool] = lambda uid: uid == os.getuid(),
    manners: Manners | None = None,
) -> AsyncIterator[Served]:
    """The desk on a socket, in this loop, for this user."""
    folder = short_folder()
    greetings: list[tuple[int, Hello]] = []

    gone: set[str | None] = set()

    async def desk_for(*, uid: int, hello: Hello) -> Desk | None:
        greetings.append((uid, hello))
        if hello.act_as in gone:
            raise NotFound
        return desk

    visits = Visits()
    server = DeskServer(desk_for=desk_for, known=known, visitors=visits, version="test", manners=manners)
    home = under(folder)
    try:
        await server.listen(endpoint.bind(home.socket, mode=0o600))
        yield Served(home=home, server=server, visits=visits, greetings=greetings, gone=gone)
    finally:
        await server.close()
        shutil.rmtree(folder)
