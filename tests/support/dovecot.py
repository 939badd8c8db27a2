"""A private Dovecot 2.3 on loopback: its own configuration, folder, certificate and ports, ended with all its children.

    with Dovecot(folder, users=2) as server:
        server.deliver("user1", raw)
        ...  # log in as user1 / pass on server.port (plain and STARTTLS) or server.tls_port, trusting server.cafile

Works as root (mail then belongs to Debian's account `mail`) and as a plain user. Knows nothing of the office.
"""

import base64
import contextlib
import grp
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, Self

import psutil
import trustme

PASSWORD = "pass"
SPECIAL = ("Sent", "Archive", "Drafts", "Junk", "Trash")
HOST = "127.0.0.1"


class DovecotFactory(Protocol):
    """What the fixture `dovecot` gives: a running server of one's own, ended with the module."""

    def __call__(
        self, *, users: int = 1, shared: Mapping[str, str] | None = None, special: Iterable[str] = SPECIAL
    ) -> "Dovecot": ...


class Dovecot:
    """Users user1 … userN, all with the password `pass`.

    Args:
        top: an existing folder of this server's own.
        users: how many mailboxes there are.
        shared: a second login → the user whose mailbox it opens.
        special: folders made at the first login, each with its special-use flag.
    """

    def __init__(
        self,
        top: Path,
        *,
        users: int = 1,
        shared: Mapping[str, str] | None = None,
        special: Iterable[str] = SPECIAL,
    ) -> None:
        self.top = top.resolve()
        self.users = [f"user{n}" for n in range(1, users + 1)]
        self.shared = dict(shared or {})
        self.special = tuple(special)
        self.host, self.password = HOST, PASSWORD
        self.port, self.tls_port = free_ports(2)
        self.cafile = self.top / "ca.pem"
        self._account = pwd.getpwnam("mail") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._serial = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------ mail
    def deliver(
        self, user: str, raw: bytes, folder: str = "INBOX", *, flags: str = "", received: float | None = None
    ) -> Path:
        """Drop one mail into a folder as a mail server does.

        Args:
            user: whose mailbox.
            raw: the mail, with either kind of line end.
            folder: made if it is missing; levels are parted by `/`.
            flags: maildir's letters (S seen, F flagged, R answered, T deleted, D draft).
            received: its INTERNALDATE in epoch seconds; without one it is now.
        """
        place = self._place(user, folder)
        raw = raw.replace(b"\r\n", b"\n")
        name = f"{time.time_ns() // 1000}.P{os.getpid()}Q{next(self._serial)}.postroom,S={len(raw)}"
        path = place / "tmp" / name
        path.write_bytes(raw)
        path.chmod(0o600)
        os.chown(path, self._account.pw_uid, self._account.pw_gid)
        if received is not None:
            os.utime(path, (received, received))
        return path.rename(place / "cur" / f"{name}:2,{''.join(sorted(flags))}" if flags else place / "new" / name)

    def seed(self, user: str, mails: Iterable[bytes], folder: str = "INBOX") -> int:
        """Fill a folder before anybody opens it; says how many mails it got. UIDs follow the order given."""
        return len([self.deliver(user, raw, folder) for raw in mails])

    def new_uidvalidity(self, user: str, folder: str = "INBOX") -> None:
        """Let the folder get a new UIDVALIDITY at its next opening; no session may have it open."""
        for path in self._place(user, folder).glob("dovecot*"):
            path.unlink()

    def log(self) -> str:
        path = self.top / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # ------------------------------------------------------------ life
    def start(self) -> Self:
        (self.top / "run").mkdir(exist_ok=True)
        (self.top / "run").chmod(0o755)
        let_in(self.top)
        self._make_certificate()
        for user in self.users:
            self._place(user, "INBOX")
        config = self.top / "dovecot.conf"
        config.write_text(self._config())
        with (self.top / "stderr.log").open("wb") as errors:
            self._process = subprocess.Popen(
                [_program(), "-F", "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )
        self._wait_until_it_greets()
        return self

    def stop(self) -> None:
        """End the master and its sessions, which would outlive it and answer on."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            family = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        process.terminate()
        for child in family:  # the master alone would wait three seconds for its idle children
            with contextlib.suppress(psutil.NoSuchProcess):
                child.terminate()
        _gone, alive = psutil.wait_procs(family, timeout=0.5)
        for child in alive:
            child.kill()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        psutil.wait_procs(alive, timeout=5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------ inside
    def _wait_until_it_greets(self) -> None:
        deadline = time.monotonic() + 15
        process = self._process
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection((HOST, self.port), 1) as line:
                    line.settimeout(5)
                    if b"Dovecot" in line.recv(200):  # another program may have taken the port
                        return
            except OSError:
                time.sleep(0.01)  # the master gives no sign when it listens
        errors = (self.top / "stderr.log").read_text(errors="replace")
        self.stop()
        raise RuntimeError(f"Dovecot did not come up: {errors[-500:]}{self.log()[-500:]}")

    def _place(self, user: str, folder: str) -> Path:
        """The Maildir++ of a folder, made if it is missing."""
        if user not in self.users:
            raise LookupError(user)
        if folder != "INBOX" and (not folder.strip("/") or "." in folder):
            raise ValueError(folder)
        top = self.top / "mail" / user / "Maildir"
        place = top if folder == "INBOX" else top / f".{'.'.join(map(_utf7, folder.split('/')))}"
        for path in (self.top / "mail", top.parent, top, place, *(place / sub for sub in ("cur", "new", "tmp"))):
            if not path.is_dir():
                path.mkdir(mode=0o755)
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        return place

    def _make_certificate(self) -> None:
        if self.cafile.exists():  # a restart is the same server to whoever trusts it
            return
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", HOST)
        authority.cert_pem.write_to_path(str(self.cafile))
        certificate.private_key_and_cert_chain_pem.write_to_path(str(self.top / "server.pem"))
        (self.top / "server.pem").chmod(0o600)

    def _config(self) -> str:
        account = self._account
        homes = {user: user for user in self.users} | self.shared
        users = self.top / "users"
        users.write_text(
            "".join(
                f"{login}:{{PLAIN}}{PASSWORD}:{account.pw_uid}:{account.pw_gid}::{self.top}/mail/{user}::\n"
                for login, user in homes.items()
            )
        )
        users.chmod(0o644)
        rootless = os.geteuid() != 0
        return CONFIG.format(
            top=self.top,
            port=self.port,
            tls_port=self.tls_port,
            boxes="".join(BOX.format(name=name) for name in self.special),
            chroot="chroot =" if rootless else "",
            rootless=ROOTLESS.format(me=account.pw_name, group=_group(account.pw_gid)) if rootless else "",
        )


def dovecot_installed() -> bool:
    return bool(shutil.which("dovecot", path=_PATH))


_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"


def _program() -> str:
    return shutil.which("dovecot", path=_PATH) or "dovecot"


def _group(gid: int) -> str:
    return grp.getgrgid(gid).gr_name


def let_in(top: Path) -> None:
    """The accounts that a server runs under must be able to pass through the parents of its folder."""
    top.chmod(0o755)
    temporary = Path(tempfile.gettempdir()).resolve()
    for parent in top.parents:
        if parent == temporary or temporary not in parent.parents:
            break
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o001)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(socket.socket()) for _ in range(count)]
        for line in lines:
            line.bind((HOST, 0))
        return [line.getsockname()[1] for line in lines]


def _utf7(name: str) -> str:
    """A folder's name as it stands on disk: IMAP's modified UTF-7 (RFC 3501, 5.1.3)."""
    out = []
    for plain, run in itertools.groupby(name, lambda letter: " " <= letter <= "~"):
        part = "".join(run)
        coded = base64.b64encode(part.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        out.append(part.replace("&", "&-") if plain else f"&{coded}-")
    return "".join(out)


BOX = """\
  mailbox {name} {{
    auto = subscribe
    special_use = \\{name}
  }}
"""

ROOTLESS = """\
default_internal_user = {me}
default_login_user = {me}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

CONFIG = """\
base_dir = {top}/run
state_dir = {top}/run
instance_name = postroom-test
log_path = {top}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{top}/server.pem
ssl_key = <{top}/server.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_max_userip_connections = 200
mail_location = maildir:~/Maildir
maildir_stat_dirs = yes
mailbox_list_index = yes
passdb {{
  driver = passwd-file
  args = username_format=%n {top}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {top}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
{boxes}}}
service imap-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
  {chroot}
}}
{rootless}"""
