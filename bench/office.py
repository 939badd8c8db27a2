"""An office with a home of its own, to be measured through its socket: its clients known, its mailbox to be added."""

import asyncio
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from actors.desk.api import PROTOCOL_VERSION, Hello, NewClient, NewContact, NewMailbox
from actors.desk.calling import office_pid
from actors.desk.remote import RemoteDesk
from actors.paths import Home, under
from actors.starting import attach, end_office, wait_until_gone
from bench.floor import Account
from bench.letters import CLIENTS, ME, client_address
from store.model.ids import RequestId
from store.model.mailbox import MailboxScope, ServerSettings
from store.model.views import Announcement, ThreadQuery
from tui.version import VERSION

FIRST_ROWS: Final = 50
LINGER: Final = 3600.0


def request() -> RequestId:
    return RequestId(uuid.uuid4().hex)


@dataclass(frozen=True, kw_only=True)
class Synced:
    """Seconds of a first sync from the call that adds the mailbox: to its first rows, and to its end."""

    rows: float
    whole: float


class Running:
    """An office that runs, and a caller of it."""

    def __init__(self, home: Home, desk: RemoteDesk) -> None:
        self.desk = desk
        self.pid = office_pid(home)
        self.stirred = asyncio.Event()

    def hear(self, _announcement: Announcement) -> None:
        """The sink of a subscription."""
        self.stirred.set()

    async def know_clients(self) -> None:
        """A contact and an address for each."""
        clients = [
            NewClient(name=f"Client {n:03}", contacts=(NewContact(name=f"Person {n}", address=client_address(n)),))
            for n in range(1, CLIENTS + 1)
        ]
        await self.desk.make_clients(request(), clients)

    async def first_sync(self, account: Account, scope: MailboxScope) -> Synced:
        """All that the mailbox has, and the times."""
        unsubscribe = await self.desk.subscribe(self.hear)
        began = time.perf_counter()
        await self.desk.add_mailbox(request(), _mailbox(account, scope))
        rows = asyncio.ensure_future(self._rows(began))
        told = await self.desk.sync(wait=True)
        whole = time.perf_counter() - began
        if told.failed or told.offline:
            raise RuntimeError(told)
        unsubscribe()
        return Synced(rows=await asyncio.wait_for(rows, 10), whole=whole)

    async def _rows(self, began: float) -> float:
        while True:
            page = await self.desk.threads(ThreadQuery(), limit=FIRST_ROWS)
            if sum(row.count for row in page.rows) >= FIRST_ROWS:
                return time.perf_counter() - began
            await self.stirred.wait()
            self.stirred.clear()

    async def kept(self) -> int:
        """How many mails the ledger holds as kept; none may be missing or have failed."""
        told = await self.desk.audit(all_folders=True)
        if told.failed or any(line.missing or line.failed or line.pending for line in told.lines):
            raise RuntimeError(told)
        return sum(line.filed + line.unfiled for line in told.lines)


def _mailbox(account: Account, scope: MailboxScope) -> NewMailbox:
    where = ServerSettings(host=account.host, port=account.port, tls="none")
    return NewMailbox(
        address=ME, login=account.user, password=account.password, imap=where, smtp=None, scope=scope, history_from=None
    )


@asynccontextmanager
async def office(*, clients: bool = True) -> AsyncIterator[Running]:
    """Empty; ended and removed with the block."""
    folder = Path(tempfile.mkdtemp(prefix="prb"))
    home = under(folder)
    hello = Hello(protocol=PROTOCOL_VERSION, version=VERSION)
    try:
        running = Running(home, await attach(home, hello, linger=LINGER))
        if clients:
            await running.know_clients()
        yield running
        await running.desk.close()
    finally:
        if end_office(home):
            await wait_until_gone(home, seconds=30)
        shutil.rmtree(folder)
