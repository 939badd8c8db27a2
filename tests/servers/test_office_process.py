"""A real office process: started, attached to, killed, stopped; by several at once, too soon, and in strange places."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from actors.desk.api import PROTOCOL_VERSION, Hello
from actors.desk.calling import office_pid
from actors.desk.remote import RemoteDesk
from actors.paths import Home, under
from actors.starting import attach, end_office, start_office, wait_until_gone
from store.model.errors import Away, DeskError
from store.model.ids import RequestId
from store.vault.database import Database
from tests.support.home import short_folder
from tests.support.office import DEADLINE, wait_until
from tests.support.served import HELLO

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own() -> Iterator[Home]:
    home = under(short_folder() / "home")
    yield home
    kill(home)


def kill(home: Home) -> None:
    """Kill -9, whatever it does, and wait until it is dead."""
    try:
        office = psutil.Process(office_pid(home))
    except (DeskError, psutil.NoSuchProcess):
        return
    office.kill()
    office.wait(DEADLINE)


async def gone(home: Home) -> None:
    await wait_until_gone(home, seconds=DEADLINE)


async def test_an_office_is_started_answers_and_stops(own: Home) -> None:
    desk = await attach(own, HELLO)
    welcome = await desk.welcome()
    assert welcome.pid == office_pid(own) != os.getpid()
    assert (welcome.member.role, welcome.empty) == ("owner", True)
    await desk.stop_office()
    async with asyncio.timeout(DEADLINE):
        await desk.wait_gone()
    await gone(own)
    with pytest.raises(Away) as none:
        await attach(own, HELLO, start=False)
    assert none.value.code == "no_office"
    await desk.close()


async def test_what_was_done_is_there_after_a_kill(own: Home) -> None:
    desk = await attach(own, HELLO)
    client = await desk.add_client(RequestId("r1"), "Byron")
    kill(own)
    async with asyncio.timeout(DEADLINE):
        await desk.wait_gone()
    assert own.socket.exists()  # left over
    again = await attach(own, HELLO)
    assert await again.clients() == (client,)
    assert await again.add_client(RequestId("r1"), "Byron") == client
    await again.close()
    await desk.close()


async def test_those_who_start_at_once_end_with_one_office(own: Home) -> None:
    desks = await asyncio.gather(*(attach(own, HELLO) for _ in range(4)))
    pids = {(await desk.welcome()).pid for desk in desks}
    assert pids == {office_pid(own)}
    await asyncio.gather(*(desk.close() for desk in desks))
    assert not start_office(own)  # the lock is held


async def test_processes_that_start_at_once_end_with_one_office(own: Home) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from actors.paths import under\n"
        "from actors.starting import attach; from tests.support.served import HELLO\n"
        "async def main():\n"
        "    desk = await attach(under(Path(sys.argv[1])), HELLO); print(desk.greeted.pid); await desk.close()\n"
        "asyncio.run(main())\n"
    )
    starters = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, str(own.sockets), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    pids = {(await starter.communicate())[0] for starter in starters}
    assert pids == {f"{office_pid(own)}\n".encode()}


async def test_an_office_at_one_s_side_goes_when_nobody_is_left(own: Home) -> None:
    desk = await attach(own, HELLO, linger=0.2)
    pid = desk.greeted.pid
    await asyncio.sleep(2.5)  # it looks once a second, and somebody is here
    assert psutil.pid_exists(pid)
    await desk.close()
    await gone(own)
    other = await attach(own, HELLO)
    assert other.greeted.pid != pid
    await other.close()


async def test_attaching_at_the_moment_that_it_goes(own: Home) -> None:
    pids = set()
    for _ in range(3):
        desk = await attach(own, HELLO, linger=0.0)
        pids.add(desk.greeted.pid)
        assert await desk.clients() == ()
        await desk.close()
        while own.socket.exists():  # noqa: ASYNC110 - gone in a moment, and its lock a moment later
            await asyncio.sleep(0)
    assert len(pids) == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_well(own: Home, number: signal.Signals) -> None:
    desk = await attach(own, HELLO)
    os.kill(desk.greeted.pid, number)
    async with asyncio.timeout(DEADLINE):
        await desk.wait_gone()
    await gone(own)
    assert "the office ends" in own.log.read_text()
    await desk.close()


async def test_its_workers_end_with_it(own: Home) -> None:
    desk = await attach(own, HELLO)
    office = psutil.Process(desk.greeted.pid)
    wait_until(lambda: bool(office.children()))
    workers = office.children()
    office.kill()
    for worker in workers:
        worker.wait(DEADLINE)
    await desk.close()


async def test_no_file_of_a_home_is_open_to_others(own: Home) -> None:
    old = os.umask(0o000)
    try:
        desk = await attach(own, HELLO)
        await desk.add_client(RequestId("r1"), "Byron")
    finally:
        os.umask(old)
    walked = [own.sockets, *own.sockets.rglob("*")]
    assert {path.name for path in walked} >= {"desk.sock", "postroom.db", "office.lock", "office.log"}
    for path in walked:
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path
    await desk.close()


async def test_a_home_deeper_than_a_socket_s_path(own: Home) -> None:
    home = under(own.sockets.joinpath(*["a-rather-long-name-of-a-folder"] * 6))
    desk = await attach(home, HELLO)
    assert (await desk.welcome()).empty
    await desk.close()
    kill(home)


async def test_a_home_of_a_newer_version_is_refused(own: Home) -> None:
    await (await attach(own, HELLO)).close()
    assert end_office(own)
    await gone(own)
    database = Database(own.vault)
    database.run("PRAGMA user_version=99")
    database.close()
    with pytest.raises(Away) as newer:
        await attach(own, HELLO)
    assert (newer.value.exit_code, newer.value.code) == (5, "home_newer")


async def test_a_home_that_is_no_home_of_ours_is_refused(own: Home) -> None:
    own.sockets.mkdir()
    own.sockets.chmod(0o755)
    (own.sockets / "something").touch()
    with pytest.raises(Away) as refused:
        await attach(own, HELLO)
    assert refused.value.code == "home_not_ours"


async def test_members_do_not_start_a_shared_office(own: Home) -> None:
    shared = Home(
        config=own.config,
        data=own.data,
        state=own.state,
        sockets=own.sockets,
        unit="postroom.service",
        office_uid=os.getuid(),
    )
    with pytest.raises(Away) as forbidden:
        await attach(shared, HELLO)
    assert (forbidden.value.code, forbidden.value.arguments) == ("start_forbidden", {"unit": "postroom.service"})


async def test_an_office_of_another_version_can_be_ended(own: Home) -> None:
    await (await attach(own, HELLO)).close()
    other = Hello(protocol=PROTOCOL_VERSION + 1, version="other")
    with pytest.raises(Away) as version:
        await attach(own, other)
    assert version.value.code == "version"
    assert end_office(own)
    await gone(own)
    assert not end_office(own)


async def test_stacks_of_all_threads_on_request(own: Home) -> None:
    desk = await attach(own, HELLO)
    os.kill(desk.greeted.pid, signal.SIGUSR1)
    wait_until(lambda: {"_live", "_actor_loop_running", "_serve"} <= set(own.stacks.read_text().split()))
    assert (await desk.welcome()).empty
    await desk.close()


async def test_acting_as_another_member(own: Home) -> None:
    desk = await attach(own, HELLO)
    await desk.add_member(RequestId("r1"), "Ed Employee")
    as_ed = Hello(protocol=PROTOCOL_VERSION, version="test", act_as="ed employee")
    other = await RemoteDesk.connect(own, as_ed)
    assert (await other.welcome()).member.name == "Ed Employee"
    with pytest.raises(DeskError):
        await RemoteDesk.connect(own, Hello(protocol=PROTOCOL_VERSION, version="test", act_as="Nobody"))
    await other.close()
    await desk.close()


def test_in_the_foreground_it_says_so_to_its_service(own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    notify = short_folder() / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(notify))
    script = (
        "import sys; from pathlib import Path; from actors.office import serve; from actors.paths import under\n"
        "sys.exit(serve(under(Path(sys.argv[1]))))\n"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(notify))
        manager.settimeout(DEADLINE)
        command = [sys.executable, "-c", script, str(own.sockets)]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as office:
            assert manager.recv(100) == b"READY=1"
            assert office_pid(own) == office.pid
            assert manager.recv(100) == b"WATCHDOG=1"
            office.send_signal(signal.SIGTERM)
            while manager.recv(100) != b"STOPPING=1":
                continue
            assert office.wait(DEADLINE) == 0
    assert not own.socket.exists()
