r"""A private Cyrus IMAP 3 on loopback: its own configuration, folder, certificate and ports, ended with its children.

    with Cyrus(folder) as server:
        server.deliver("user1", raw)
        ...  # log in as any user with any password on server.port (plain) or server.tls_port, trusting server.cafile

Works as root (mail then belongs to Debian's account `mail`) and as a plain user. Debian's packages cyrus-imapd and
dovecot-imapd shut each other out, so the imapd may also stand unpacked beside a cyrus-common that is installed; see
`UNPACKED`. Knows nothing of the office.
"""

import contextlib
import grp
import os
import pwd
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import psutil
import trustme

from tests.support.dovecot import free_ports, let_in
from tests.support.rehearsal import Talk

PASSWORD: Final = "pass"
HOST: Final = "127.0.0.1"
SPECIAL: Final = ("Sent", "Archive", "Drafts", "Junk", "Trash")
MASTER: Final = Path("/usr/lib/cyrus/bin/master")
UNPACKED: Final = Path("/usr/local/lib/cyrus-imapd")  # `dpkg-deb -x cyrus-imapd_….deb` of it
PROGRAMS: Final = Path("usr/lib/cyrus/bin")
CyrusFactory = Callable[[], "Cyrus"]


class Cyrus:
    """Users are made at their first login, with the usual folders. `top` is an existing folder of this server's own."""

    def __init__(self, top: Path) -> None:
        self.top = top.resolve()
        self.host, self.password = HOST, PASSWORD
        self.port, self.tls_port = free_ports(2)
        self.cafile = self.top / "ca.pem"
        self._account = pwd.getpwnam("mail") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._process: subprocess.Popen[bytes] | None = None

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", *, flags: str = "") -> None:
        """Put one mail into a folder, by a session of its own. `flags` are parted by blanks."""
        with Talk(self.port) as talk:
            talk.ok(f"LOGIN {user} {PASSWORD}".encode())
            talk.append(raw, folder.encode(), f"({flags}) ".encode())

    # ------------------------------------------------------------ life
    def start(self) -> Self:
        let_in(self.top)
        self._make_certificate()
        for name in ("conf", "conf/socket", "spool", "proc", "lock", "run"):
            (self.top / name).mkdir(exist_ok=True)
            os.chown(self.top / name, self._account.pw_uid, self._account.pw_gid)
        self._write_config()
        with (self.top / "stderr.log").open("wb") as errors:
            self._process = subprocess.Popen(
                [MASTER, "-C", self.top / "imapd.conf", "-M", self.top / "cyrus.conf", "-p", self.top / "run/pid"],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )
        self._wait_until_it_greets()
        return self

    def stop(self) -> None:
        """End the master and its sessions, which would outlive it."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            family = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        process.terminate()
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()  # it sleeps through its ending otherwise
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        psutil.wait_procs(family, timeout=5)

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
                    if b"Cyrus" in line.recv(400):  # another program may have taken the port
                        return
            except OSError:
                time.sleep(0.01)  # the master gives no sign when it listens
        errors = (self.top / "stderr.log").read_text(errors="replace")
        self.stop()
        raise RuntimeError(f"Cyrus did not come up: {errors[-500:]}")

    def _make_certificate(self) -> None:
        if self.cafile.exists():
            return
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", HOST)
        authority.cert_pem.write_to_path(str(self.cafile))
        pem = self.top / "server.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
        pem.chmod(0o600)
        os.chown(pem, self._account.pw_uid, self._account.pw_gid)

    def _write_config(self) -> None:
        account, programs = self._account, _imapd().parent
        (self.top / "imapd.conf").write_text(
            IMAPD_CONF.format(
                top=self.top,
                user=account.pw_name,
                group=grp.getgrgid(account.pw_gid).gr_name,
                folders=" | ".join(SPECIAL),
                uses="\n".join(f"xlist-{name.lower()}: {name}" for name in SPECIAL),
            )
        )
        (self.top / "cyrus.conf").write_text(
            CYRUS_CONF.format(programs=programs, top=self.top, port=self.port, tls_port=self.tls_port)
        )


def cyrus_installed() -> bool:
    return MASTER.exists() and _imapd().exists()


def _imapd() -> Path:
    places = [top / PROGRAMS / "imapd" for top in (Path("/"), UNPACKED)]
    return next((place for place in places if place.exists()), places[0])


IMAPD_CONF = """\
configdirectory: {top}/conf
proc_path: {top}/proc
mboxname_lockpath: {top}/lock
partition-default: {top}/spool
defaultpartition: default
idlesocket: {top}/run/idle
lmtpsocket: {top}/run/lmtp
notifysocket: {top}/run/notify
cyrus_user: {user}
cyrus_group: {group}
altnamespace: yes
unixhierarchysep: yes
allowplaintext: yes
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN LOGIN
sasl_auto_transition: no
tls_server_cert: {top}/server.pem
tls_server_key: {top}/server.pem
autocreate_quota: 0
autocreate_inbox_folders: {folders}
autocreate_subscribe_folders: {folders}
{uses}
expunge_mode: immediate
delete_mode: immediate
skiplist_unsafe: yes
"""

CYRUS_CONF = """\
START {{
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {top}/imapd.conf" listen="127.0.0.1:{port}" prefork=1 maxchild=100
  imaps cmd="{programs}/imapd -s -C {top}/imapd.conf" listen="127.0.0.1:{tls_port}" prefork=1 maxchild=100
}}
EVENTS {{
}}
DAEMON {{
  idled cmd="{programs}/idled -C {top}/imapd.conf"
}}
"""
