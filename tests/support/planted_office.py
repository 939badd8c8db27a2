"""Desks over a store that was filled by hand: the real reads, without the actors that write."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from actors.desk.front import Front
from actors.desk.local import Caller, LocalDesk, Reader
from actors.desk.pool import ReadPool
from actors.desk.reading import Readers
from actors.messages import Announced
from actors.switchboard import FRONT, Switchboard
from store.model.ids import MemberKey
from store.vault.database import Database
from tests.support.planted import Planted
from tests.support.planted_worlds import NOW

Answer = TypeVar("Answer")


class NobodySignedIn:
    """No mailbox is at work here."""

    def token_ages(self) -> dict[str, float]:
        return {}


class PlantedInside:
    """What LocalDesk reads with."""

    def __init__(self, pool: ReadPool[Database], front: Front) -> None:
        self.switchboard = Switchboard()
        self.switchboard.connect(FRONT, front)
        self.front = front
        self.version = "test"
        self.pid = os.getpid()
        self.since = float(NOW)
        self.shared = False
        self.logins = NobodySignedIn()
        self._pool = pool
        self._readers = Readers()

    async def read(self, member: MemberKey, work: Callable[[Reader], Answer]) -> Answer:
        return await self._pool.run(lambda connection: work(self._readers.reader(connection, member, NOW)))


class PlantedOffice:
    """`planted` may be changed while desks read; `committed` tells them so."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.planted = Planted.at(path)
        self.pool = ReadPool(lambda: Database(path, read_only=True))
        self.inside = PlantedInside(self.pool, Front(loop))

    def desk(self, member: MemberKey) -> LocalDesk:
        """A member's desk."""
        return LocalDesk(Caller(member=member), cast("Any", self.inside))

    def committed(self) -> None:
        """What was announced is there to be read."""
        self.inside.front.tell(Announced(seq=0))

    def raise_generation(self) -> None:
        """As whatever changes what somebody may see."""
        self.planted.database.run("UPDATE meta SET value = value + 1 WHERE name = 'generation'")


@asynccontextmanager
async def planted_office(path: Path) -> AsyncIterator[PlantedOffice]:
    """One, until the end of the block."""
    office = PlantedOffice(path, asyncio.get_running_loop())
    try:
        yield office
    finally:
        await asyncio.to_thread(office.pool.close)
        office.planted.database.close()
