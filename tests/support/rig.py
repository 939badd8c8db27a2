"""A whole office in a test's own process and loop: real vault, actors and supervisor; scripted mail servers; mail is
read on a thread instead of in a process. Its desks are LocalDesks.
"""

import asyncio
import os
import queue
import random
import shutil
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from actors import life
from actors.clock import SystemClock, TimerThread
from actors.desk.api import NewMailbox
from actors.desk.commands.mailboxes import server_key
from actors.desk.front import Front
from actors.desk.local import Caller, LocalDesk
from actors.desk.pool import ReadPool
from actors.desk.signing_in import Settle
from actors.doors import RunMailbox
from actors.keeping import keeping
from actors.kept_sign_ins import KeptSignIns
from actors.mailbox.door import MailboxDoor
from actors.outbox.door import SenderDoor
from actors.paths import Home, under
from actors.serving import Inside
from actors.signing import SignIns
from actors.staffing import Staffing
from actors.supervisor import Patience, start_supervisor
from actors.switchboard import FRONT, Switchboard
from providers.oauth.records import App, Command, Kept, Token
from providers.protocols import MailSource, Secret, Server, Watching
from providers.secrets import Ground, Secrets
from providers.table import by_domain
from store.mime.read import read_copy
from store.model.errors import SignInRefused
from store.model.found import Found
from store.model.work import Item, Parsed
from tests.support.home import short_folder
from tests.support.scripted import ScriptedMailbox
from tests.support.submission import ScriptedSender, ScriptedSubmission

NOWHERE = Server(host="localhost", port=1, tls="none")


class ThreadReaders:
    """Workers without processes."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Sequence[Item], Callable[[Parsed], None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, items: Sequence[Item], on_done: Callable[[Parsed], None]) -> None:
        self._jobs.put((items, on_done))

    def stop(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            items, on_done = job
            copies = tuple(read_copy(item.raw, uid=item.uid, whole=item.whole, size=item.size) for item in items)
            on_done(Parsed(id=0, copies=copies))


Looked = TypeVar("Looked")


async def _nobody(_desk: object) -> None:
    """Nobody has called."""


def _settled(*, recorded: bool) -> None:
    """Nothing was sealed."""


class ScriptedDoors:
    """Ways to scripted servers, by login."""

    def __init__(self, home: Home) -> None:
        self.servers: dict[str, ScriptedMailbox] = {}
        self.submission = ScriptedSubmission()
        self.secrets: set[str] = set()
        self._box = Secrets(Ground(data=home.data, key=home.key))
        self.apps: dict[str, App] = {}
        self.sign_ins = SignIns(KeptSignIns(self.box), on_other=lambda _told: None)

    async def find(self, address: str) -> tuple[Found, ...]:
        listed = by_domain(address)
        return () if listed is None else (listed,)

    def check(self, wanted: NewMailbox, secret: Secret | None = None) -> None:
        if wanted.login not in self.servers:
            raise SignInRefused("login_refused", step="imap", host=wanted.imap.host)

    def look_in(self, wanted: NewMailbox, secret: Secret, look: Callable[[MailSource], Looked]) -> Looked:
        self.check(wanted, secret)
        source = self.servers[wanted.login].connect(NOWHERE, wanted.login, secret)
        try:
            return look(source)
        finally:
            source.close()

    def app(self, provider: str) -> App | None:
        return self.apps.get(provider)

    def token_ages(self) -> dict[str, float]:
        return {}

    def app_of(self, wanted: NewMailbox) -> App | None:
        return None

    def account_of(self, wanted: NewMailbox) -> str:
        return ""

    def box(self) -> Secrets:
        """A real one."""
        return self._box

    def put_app(self, provider: str, app: App | None) -> Settle:
        self.apps = {name: one for name, one in {**self.apps, provider: app}.items() if one is not None}
        return _settled

    def run(self, command: Command) -> Secret:
        return "".join(command.argv)

    def keep(self, wanted: NewMailbox, kept: Kept | None = None, token: Token | None = None) -> Settle:
        self.secrets.add(server_key(wanted.imap, wanted.login))
        return _settled

    def forget(self, former: Callable[[], Sequence[str]]) -> None:
        self.secrets.difference_update(former())

    def door(self, mailbox: RunMailbox) -> MailboxDoor:
        server = self.servers[mailbox.settings.login]

        def watch(folder: str, on_stir: Callable[[], None], on_lost: Callable[[BaseException], None]) -> Watching:
            return server.watch(NOWHERE, "", "", folder, on_stir=on_stir, on_lost=on_lost)

        return MailboxDoor(
            mailbox=mailbox.mailbox,
            settings=mailbox.settings,
            incarnation=mailbox.incarnation,
            paused=mailbox.paused,
            connect=lambda: server.connect(NOWHERE, mailbox.settings.login, ""),
            watch=watch,
            jitter=lambda: 0.0,
            nonce=uuid.uuid4().hex,
        )

    def sender(self, mailbox: RunMailbox) -> SenderDoor:
        return SenderDoor(
            mailbox=mailbox.mailbox,
            server=NOWHERE,
            login=mailbox.settings.login,
            secret=lambda: "",
            open=lambda: ScriptedSender(self.submission),
            nonce=uuid.uuid4().hex,
        )


class Rig:
    """See the module."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.folder = short_folder()
        self.home = under(self.folder)
        life.make_home(self.home)
        self.vault = keeping(self.home)
        self.vault.open()
        self.switchboard = Switchboard()
        self.front = Front(loop)
        self.switchboard.connect(FRONT, self.front)
        self.doors = ScriptedDoors(self.home)
        self.readers = ThreadReaders()
        self.later = TimerThread()
        self.pool: ReadPool[Any] = ReadPool(self.vault.connect)
        self.ended: list[str] = []
        self.supervisor = start_supervisor(
            self.switchboard,
            clock=SystemClock(),
            later=self.later,
            jitter=random.random,
            end_office=self.ended.append,
            patience=Patience(base=0.01),
        )
        self.staffing = Staffing(
            self.switchboard,
            supervisor=self.supervisor,
            start_desk=self.vault.start_desk,
            workers=self.readers,
            doors=self.doors,
            mailboxes=self._mailboxes,
            former=self._former,
            documents=self.vault.documents,
        )
        self.inside = Inside(
            switchboard=self.switchboard,
            front=self.front,
            clock=SystemClock(),
            version="test",
            shared=False,
            pool=self.pool,
            reader_of=self.vault.reader_of,
            unsettled=self.vault.unsettled,
            doors=self.doors,
            files=self.vault.files,
            staff=self.staffing.staff,
            see_off=_nobody,
            end=lambda: None,
        )

    def _former(self) -> tuple[str, ...]:
        connection = self.vault.connect()
        try:
            return self.vault.former(connection)
        finally:
            connection.close()

    def _mailboxes(self) -> tuple[RunMailbox, ...]:
        connection = self.vault.connect()
        try:
            return self.vault.mailboxes(connection)
        finally:
            connection.close()

    async def desk(self, act_as: str | None = None) -> LocalDesk:
        """The owner's desk, or a member's as whom the owner acts."""
        caller = await self.pool.run(lambda connection: self.vault.identify(connection, os.getuid(), act_as))
        assert isinstance(caller, Caller)
        return LocalDesk(caller, self.inside)

    def close(self) -> None:
        self.staffing.close()
        self.readers.stop()
        self.later.stop()
        self.pool.close()
        shutil.rmtree(self.folder)


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """An office, open."""
    made = await asyncio.to_thread(Rig, asyncio.get_running_loop())
    try:
        await asyncio.to_thread(made.staffing.open)
        yield made
    finally:
        await asyncio.to_thread(made.close)
