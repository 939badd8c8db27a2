"""A socket between a caller and an office that keeps every byte the office sends."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from actors.desk import endpoint
from actors.desk.api import Hello
from actors.desk.remote import RemoteDesk
from actors.paths import Home, under
from tests.support.home import short_folder
from tests.support.served import HELLO


@dataclass
class Relay:
    """`heard` is what the office said, by connection."""

    home: Home
    office: Home
    heard: list[bytearray] = field(default_factory=list)
    open_pipes: set[asyncio.Task[None]] = field(default_factory=set)

    async def attach(self, hello: Hello = HELLO) -> RemoteDesk:
        """A caller that speaks through here."""
        return await RemoteDesk.connect(self.home, hello)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A caller has come."""
        theirs, ours = await asyncio.open_unix_connection(sock=endpoint.reach(self.office.socket, seconds=5))
        heard = bytearray()
        self.heard.append(heard)
        for pipe in (self._pass_on(theirs, writer, heard), self._pass_on(reader, ours, None)):
            task = asyncio.ensure_future(pipe)
            self.open_pipes.add(task)
            task.add_done_callback(self.open_pipes.discard)

    @staticmethod
    async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, heard: bytearray | None) -> None:
        try:
            while data := await source.read(1 << 16):
                if heard is not None:
                    heard += data
                target.write(data)
                await target.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            target.close()


@asynccontextmanager
async def relay(office: Home) -> AsyncIterator[Relay]:
    """In front of an office's socket."""
    folder = short_folder()
    made = Relay(home=under(folder), office=office)
    server = await asyncio.start_unix_server(made.meet, sock=endpoint.bind(made.home.socket, mode=0o600))
    try:
        yield made
    finally:
        server.close()
        for task in tuple(made.open_pipes):
            task.cancel()
        await asyncio.gather(*made.open_pipes, return_exceptions=True)
        shutil.rmtree(folder)
