"""An office's first and last moments: a home that is one's own alone, one lock, a socket that nobody else can take."""

import fcntl
import inspect
import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from actors import life
from actors.desk import endpoint
from actors.paths import Home, find, under
from store.model.errors import Away
from tests.support.home import short_folder
from tests.support.office import wait_until

ROOT = Path(__file__).parents[2]
NOBODY = 65534
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")


@pytest.fixture
def own() -> Home:
    return under(short_folder() / "home")


def refusal(home: Home) -> str:
    with pytest.raises(Away) as refused:
        life.make_home(home)
    return refused.value.code


# ---- The home


def test_a_fresh_home_is_closed_to_others(own: Home) -> None:
    life.make_home(own)
    life.make_home(own)
    for folder in own.folders:
        assert stat.S_IMODE(folder.lstat().st_mode) == 0o700


def test_a_home_through_a_link_is_refused(own: Home) -> None:
    real = own.sockets.parent / "real"
    real.mkdir(mode=0o700)
    own.sockets.symlink_to(real)
    assert refusal(own) == "home_not_ours"
    assert list(real.iterdir()) == []


def test_a_home_open_to_others_is_refused(own: Home) -> None:
    life.make_home(own)
    own.data.chmod(0o750)
    (own.data / "something").touch()
    assert refusal(own) == "home_not_ours"


def test_an_empty_folder_is_closed_and_used(own: Home) -> None:
    own.sockets.mkdir(mode=0o755)
    own.sockets.chmod(0o755)
    life.make_home(own)
    assert stat.S_IMODE(own.sockets.lstat().st_mode) == 0o700


@as_root
def test_somebody_else_s_home_is_refused(own: Home) -> None:
    own.sockets.mkdir(mode=0o700)
    os.chown(own.sockets, NOBODY, NOBODY)
    assert refusal(own) == "home_not_ours"


def test_a_file_in_its_place_is_refused(own: Home) -> None:
    own.sockets.write_text("no folder")
    assert refusal(own) == "home_not_ours"


# ---- The lock


def test_the_lock_is_held_by_one(own: Home) -> None:
    life.make_home(own)
    with life.only_one(own), pytest.raises(Away) as locked, life.only_one(own):
        pass
    assert locked.value.code == "home_locked"
    with life.only_one(own):
        pass


def test_a_lock_left_by_a_kill_is_free(own: Home) -> None:
    life.make_home(own)
    script = (
        "import fcntl, os, sys, time; lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)\n"
        "fcntl.flock(lock, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(own.lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(Away), life.only_one(own):
            pass
        holder.kill()
    with life.only_one(own):
        pass


def test_a_lock_through_a_link_is_refused(own: Home) -> None:
    life.make_home(own)
    target = own.sockets / "target"
    own.lock.symlink_to(target)
    with pytest.raises(Away) as refused, life.only_one(own):
        pass
    assert refused.value.code == "home_not_ours"
    assert not target.exists()


@as_root
def test_a_lock_of_somebody_else_s_is_refused(own: Home) -> None:
    life.make_home(own)
    own.lock.touch()
    os.chown(own.lock, NOBODY, NOBODY)
    with pytest.raises(Away) as refused, life.only_one(own):
        pass
    assert refused.value.code == "home_not_ours"


def _is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_children_do_not_keep_the_lock(own: Home) -> None:
    life.make_home(own)
    with life.only_one(own):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    try:
        # Not at once: the kernel lets us go on a moment before it has closed what the child must not have.
        wait_until(lambda: _is_free(own.lock))
    finally:
        child.kill()
        child.wait()


# ---- The socket


def test_a_stale_socket_is_replaced_under_the_lock(own: Home) -> None:
    life.make_home(own)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(own.socket))
    with life.open_socket(own), endpoint.reach(own.socket, seconds=5):
        assert stat.S_IMODE(own.socket.lstat().st_mode) == 0o600
    life.remove_socket(own)
    assert not own.socket.exists()


@pytest.mark.parametrize("length", [60, 107, 108, 180, 600])
def test_a_path_of_any_length_is_bound_and_reached(length: int) -> None:
    folder = short_folder()
    while len(str(folder)) + 10 < length:
        folder /= "x" * min(60, length - len(str(folder)) - 10)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "desk.sock"
    assert abs(len(str(path)) - length) <= 1 or length == 60
    with endpoint.bind(path, mode=0o600) as listening, endpoint.reach(path, seconds=5) as calling:
        answering, _address = listening.accept()
        with answering:
            answering.sendall(b"hello")
            calling.setblocking(True)
            assert calling.recv(5) == b"hello"
    assert path.is_socket()


# ---- Where things lie


def test_postroom_home_holds_everything(tmp_path: Path) -> None:
    home = find({"POSTROOM_HOME": str(tmp_path), "XDG_DATA_HOME": "/elsewhere"})
    for path in (
        home.config,
        home.data,
        home.state,
        home.socket,
        home.lock,
        home.vault,
        home.sealed,
        home.key,
        home.log,
    ):
        assert path.is_relative_to(tmp_path)
    assert home.sealed.parent != home.key.parent  # a backup of the data opens nothing


def test_xdg_folders_are_used(tmp_path: Path) -> None:
    home = find(
        {"HOME": "/home/olga", "XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "relative"}, system=tmp_path / "none"
    )
    assert home.vault == Path("/data/postroom/postroom.db")
    assert home.key == Path("/home/olga/.config/postroom/secrets.key")
    assert home.socket == Path("/data/postroom/desk.sock")


def test_neither_lock_nor_socket_is_where_it_can_be_squatted_or_wiped() -> None:
    home = find({"HOME": "/home/olga", "XDG_RUNTIME_DIR": "/run/user/1"}, system=Path("/nonexistent"))
    for path in (home.lock, home.socket):
        assert not str(path).startswith(("/tmp", "/run"))  # noqa: S108


GOOD = 'home = "/srv/firm"\nsocket_dir = "/run/postroom"\nunit = "postroom.service"\noffice_uid = 990\n'


def test_a_system_configuration_names_a_shared_home(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(GOOD)
    config.chmod(0o644)
    home = find({"HOME": "/home/olga"}, system=config, trusted_uid=os.getuid())
    assert (home.socket, home.unit, home.office_uid) == (Path("/run/postroom/desk.sock"), "postroom.service", 990)
    assert home.vault.is_relative_to("/srv/firm")
    assert home.mail_hosts == frozenset()
    own = find({"POSTROOM_HOME": "/home/olga/mine"}, system=config, trusted_uid=os.getuid())
    assert own.unit is None


def test_a_system_configuration_names_mail_hosts_of_the_house(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(GOOD + 'mail_hosts = ["Mail.Firm.example.", "10.0.0.5"]\n')
    config.chmod(0o644)
    home = find({"HOME": "/home/olga"}, system=config, trusted_uid=os.getuid())
    assert home.mail_hosts == {"mail.firm.example", "10.0.0.5"}


@pytest.mark.parametrize("spoil", ["group", "others", "link", "folder", "owner"])
def test_a_system_configuration_that_others_could_write_is_refused(tmp_path: Path, spoil: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(GOOD)
    config.chmod({"group": 0o664, "others": 0o646}.get(spoil, 0o644))
    if spoil == "link":
        config.rename(tmp_path / "real")
        config.symlink_to(tmp_path / "real")
    if spoil == "folder":
        config.unlink()
        config.mkdir()
    trusted = os.getuid() + (spoil == "owner")
    with pytest.raises(Away) as refused:
        find({"HOME": "/home/olga"}, system=config, trusted_uid=trusted)
    assert refused.value.code == "config_not_trusted"


@pytest.mark.parametrize(
    "text", ["not = [toml", 'home = "/x"', GOOD.replace("990", '"990"'), "\xff", GOOD + 'mail_hosts = "x"']
)
def test_a_system_configuration_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "config.toml"
    config.write_bytes(text.encode("latin-1"))
    config.chmod(0o644)
    with pytest.raises(Away) as refused:
        find({"HOME": "/home/olga"}, system=config, trusted_uid=os.getuid())
    assert refused.value.code == "config_unreadable"


def test_only_root_s_configuration_is_believed() -> None:
    defaults = inspect.signature(find).parameters
    assert (defaults["system"].default, defaults["trusted_uid"].default) == (Path("/etc/postroom/config.toml"), 0)


# ---- The process


def run(script: str, argument: Path) -> str:
    """What a fresh process says."""
    command = [sys.executable, "-c", script, str(argument)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout


def test_a_process_is_closed_to_others(tmp_path: Path) -> None:
    script = (
        "import os, resource, sys; from pathlib import Path; from actors.life import close_to_others\n"
        "close_to_others(); Path(sys.argv[1]).touch()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), os.stat(sys.argv[1]).st_mode & 0o777)\n"
        "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "made")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert told.stdout.decode().split("\n")[:2] == [f"(0, 0) {0o600}", "0"]


def test_a_service_manager_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    path = short_folder() / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        life.notify_service("READY=1")
        assert manager.recv(100) == b"READY=1"
    life.notify_service("WATCHDOG=1")  # nobody listens any more: no harm
    monkeypatch.delenv("NOTIFY_SOCKET")
    life.notify_service("READY=1")


def test_a_log_says_no_foreign_word_of_a_vendor(own: Home) -> None:
    script = (
        "import logging, os, signal, sys; from pathlib import Path\n"
        "from actors import life; from actors.paths import under\n"
        "home = under(Path(sys.argv[1])); life.close_to_others(); life.make_home(home)\n"
        "life.write_log(home, to_terminal=False)\n"
        "logging.getLogger('pykka').error('planted'); logging.getLogger('asyncio').error('planted')\n"
        "logging.getLogger('actors.x').info('ours'); os.kill(os.getpid(), signal.SIGUSR1)\n"
        "print(home.log.read_text(), '|', home.stacks.read_text())\n"
    )
    log, stacks = run(script, own.sockets).split("|")
    assert "ours" in log
    assert "planted" not in log
    assert re.search(r'File "<string>", line 6', stacks)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (own.log, own.stacks)} == {0o600}
