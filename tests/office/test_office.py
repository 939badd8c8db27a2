"""The composition of an office over a vault that is only played: its start, its life, its end in reverse."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pykka
import pytest

from actors import life
from actors.base import PostroomActor
from actors.desk.local import Caller, Reader
from actors.desk.remote import RemoteDesk
from actors.documents import DocumentsParts
from actors.doors import RunMailbox
from actors.messages import AskErrands, Command, EmailsFiled
from actors.office import ENDED_BY_BUGS, Keeping, Office
from actors.paths import Home, under
from actors.supervisor import Patience
from actors.switchboard import NOTIFIER
from actors.workers import Workers
from store.model.errors import Away, Conflict, DeskError
from store.model.firm import Client, Member, MemberRole
from store.model.ids import ClientId, MailboxKey, MemberId, MemberKey, RequestId
from store.model.mailbox import MailboxSettings
from store.model.views import Done, MailboxStatus
from store.vault.files import Files
from tests.support.home import short_folder
from tests.support.office import DEADLINE, wait_until
from tests.support.served import HELLO


class PlayedDesk(PostroomActor):
    """Writes nothing; `undo` succeeds, `reopen` is refused, `done` kills."""

    def receive(self, message: object) -> object:
        match message:
            case Command(method="undo"):
                return Done(done=True, affected=1)
            case Command(method="reopen"):
                return Conflict("changed_since")
            case Command(method="done"):
                raise ValueError
            case AskErrands():
                self.tell(NOTIFIER, EmailsFiled(errands=()))
            case _:
                pass
        return None


class PlayedReader:
    """What a vault would say."""

    def firm_name(self) -> str:
        return "Owner & Co"

    def me(self) -> Member:
        return Member(member=MemberId("m1"), name="Olga", role=MemberRole.OWNER)

    def has_mailboxes(self) -> bool:
        return False

    def settings(self) -> dict[str, str]:
        return {}

    def clients(self) -> tuple[Client, ...]:
        return (Client(client=ClientId("c1"), name="Byron"),)

    def mailbox_statuses(self, *, member: str | None) -> tuple[MailboxStatus, ...]:
        return ()

    def server_keys(self) -> dict[str, str]:
        return {}


class Vault:
    """Played; counts who holds it open."""

    def __init__(self) -> None:
        self.open = 0
        self.asked = 0
        self.mailboxes: tuple[RunMailbox, ...] = ()
        self.unfinished: tuple[str, ...] = ()
        self.refuse: DeskError | None = None
        self._lock = threading.Lock()

    def connect(self) -> "Connection":
        with self._lock:
            self.open += 1
        return Connection(self)

    def opening(self) -> None:
        if self.refuse is not None:
            raise self.refuse

    def looked(self, _connection: object) -> tuple[str, ...]:
        self.asked += 1
        return self.unfinished

    def keeping(self) -> Keeping:
        return Keeping(
            open=self.opening,
            connect=self.connect,
            reader_of=lambda _connection, _member, _now: cast("Reader", PlayedReader()),
            identify=lambda _connection, uid, _as: Caller(member=MemberKey(1)) if uid == os.getuid() else None,
            members=lambda _connection: frozenset({MemberKey(1)}),
            mailboxes=lambda _connection: self.mailboxes,
            former=lambda _connection: (),
            unfinished=self.looked,
            unsettled=lambda _connection: False,
            start_desk=PlayedDesk.start,
            files=Files(Path("documents")),
            documents=DocumentsParts(files=Files(Path("documents")), connect=self.connect, readers=Workers),
        )


class Connection:
    """To a played vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def close(self) -> None:
        self._vault.open -= 1


class Running:
    """An office on a thread of the test's process."""

    def __init__(self, home: Home, vault: Vault, *, linger: float | None) -> None:
        self.home = home
        self.office = Office(home, vault.keeping(), linger=linger, look=0.02, patience=Patience(base=0.001))
        self.ready = threading.Event()
        self.code: int | None = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        if not self.ready.wait(DEADLINE):
            raise AssertionError("it did not get ready")
        if self.error is not None:
            self.thread.join()
            raise self.error

    def _run(self) -> None:
        try:
            self.code = self.office.run(self.ready.set)
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error
            self.ready.set()

    def ended(self) -> int | None:
        self.thread.join(DEADLINE)
        assert not self.thread.is_alive(), "it did not end"
        return self.code

    def stop(self) -> None:
        self.office.end()
        self.ended()


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def home() -> Home:
    made = under(short_folder())
    life.make_home(made)
    return made


@pytest.fixture
def start(home: Home, vault: Vault) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def starts(*, linger: float | None = None) -> Running:
        running.append(Running(home, vault, linger=linger))
        return running[-1]

    yield starts
    for each in running:
        each.stop()


Start = Callable[..., Running]


async def test_it_serves_reads_and_commands(start: Start, home: Home) -> None:
    start()
    desk = await RemoteDesk.connect(home, HELLO)
    assert [client.name for client in await desk.clients()] == ["Byron"]
    assert (await desk.undo(RequestId("r"))).done
    with pytest.raises(Conflict):
        await desk.reopen(RequestId("r"), cast("Any", "t"))
    names = {actor.name for actor in (await desk.status(actors=True)).actors}
    assert names == {"desk", "classifier", "documents", "notifier", "outbox"}
    await desk.close()


async def test_everything_ends_in_reverse(start: Start, home: Home, vault: Vault) -> None:
    threads, before = set(threading.enumerate()), psutil.Process().children()
    running = start()
    desk = await RemoteDesk.connect(home, HELLO)
    await desk.clients()
    children = [child for child in psutil.Process().children() if child not in before]
    assert children
    await desk.stop_office()
    async with asyncio.timeout(DEADLINE):
        await desk.wait_gone()
    assert await asyncio.to_thread(running.ended) == 0
    await desk.close()
    assert vault.open == 0
    assert not home.socket.exists()
    assert not any(child.is_running() for child in children)
    assert pykka.ActorRegistry.get_all() == []
    left = {thread.name for thread in set(threading.enumerate()) - threads if not thread.name.startswith("asyncio")}
    assert left == set()
    with life.only_one(home):
        pass


async def test_only_one_office_in_a_home(start: Start) -> None:
    start()
    with pytest.raises(Away) as locked:
        start()
    assert locked.value.code == "home_locked"


async def test_a_home_that_cannot_be_opened_leaves_nothing(start: Start, home: Home, vault: Vault) -> None:
    vault.refuse = Away("home_newer")
    with pytest.raises(Away):
        start()
    assert not home.socket.exists()
    vault.refuse = None
    start()


async def test_it_goes_when_nobody_is_left_and_nothing_unfinished(start: Start, home: Home, vault: Vault) -> None:
    vault.unfinished = ("sync",)
    running = start(linger=0.1)
    desk = await RemoteDesk.connect(home, HELLO)
    vault.unfinished = ()
    assert (await desk.undo(RequestId("r"))).done
    await desk.close()
    assert await asyncio.to_thread(running.ended) == 0
    assert not home.socket.exists()


async def test_unfinished_work_keeps_it(start: Start, vault: Vault) -> None:
    vault.unfinished = ("changes",)
    running = start(linger=0.0)
    asked = vault.asked
    await asyncio.to_thread(wait_until, lambda: vault.asked > asked + 10)
    assert running.thread.is_alive()
    vault.unfinished = ()
    assert await asyncio.to_thread(running.ended) == 0


async def test_a_desk_given_up_ends_the_office_with_a_code(start: Start, home: Home) -> None:
    running = start()
    desk = await RemoteDesk.connect(home, HELLO)
    killing = [asyncio.ensure_future(desk.done(RequestId(f"r{n}"), cast("Any", "t"))) for n in range(8)]
    assert await asyncio.to_thread(running.ended) == ENDED_BY_BUGS
    for refused in await asyncio.gather(*killing, return_exceptions=True):
        assert isinstance(refused, DeskError)
    await desk.close()


async def test_a_mailbox_that_is_set_up_has_its_actor(start: Start, home: Home, vault: Vault) -> None:
    settings = MailboxSettings(address="Old mail", login="", imap=None)
    vault.mailboxes = (RunMailbox(mailbox=MailboxKey(3), settings=settings, incarnation=1, paused=False),)
    start()
    desk = await RemoteDesk.connect(home, HELLO)
    told = await desk.status(actors=True)
    assert "mailbox-3" in {actor.name for actor in told.actors}
    await desk.close()


async def test_the_workers_are_there_and_stay(start: Start) -> None:
    me, before = psutil.Process(), psutil.Process().children()

    def workers() -> list[psutil.Process]:
        return [child for child in me.children() if child not in before]

    start()
    wait_until(lambda: bool(workers()))
    (worker,) = workers()
    worker.kill()
    worker.wait(DEADLINE)
