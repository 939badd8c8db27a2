"""What a private mail server on loopback needs whoever made it: ports, a certificate, a start that is waited for,
and an end with all its children. Knows no server's configuration.
"""

import contextlib
import os
import pwd
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

import psutil
import trustme

HOST: Final = "127.0.0.1"
PASSWORD: Final = "pass"
SPECIAL: Final = ("Sent", "Archive", "Drafts", "Junk", "Trash")


class PrivateServer:
    """`top` is an existing folder of this server's own. A subclass says how it is set up and started."""

    NAME: ClassVar[str]  # as it greets
    MERCY: ClassVar[float]  # seconds that its children have to end by themselves

    def __init__(self, top: Path) -> None:
        self.top = top.resolve()
        self.host, self.password = HOST, PASSWORD
        self.port, self.tls_port = free_ports(2)
        self.cafile = self.top / "ca.pem"
        self._account = pwd.getpwnam("mail") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        raise NotImplementedError

    def log(self) -> str:
        """What it wrote, beside its errors."""
        return ""

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
        if self.MERCY:
            for child in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.terminate()
        _gone, alive = psutil.wait_procs(family, timeout=self.MERCY)
        for child in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
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

    # ------------------------------------------------------------ for subclasses
    def _begin(self, command: Sequence[str | Path], *, folder: Path | None = None) -> None:
        """Run it, in a folder if one is named, and return when it greets."""
        with (self.top / "stderr.log").open("wb") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True, cwd=folder
            )
        self._wait_until_it_greets()

    def _wait_until_it_greets(self) -> None:
        deadline = time.monotonic() + 15
        process = self._process
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection((HOST, self.port), 1) as line:
                    line.settimeout(5)
                    if self.NAME.encode() in line.recv(400):  # another program may have taken the port
                        return
            except OSError:
                time.sleep(0.01)  # the master gives no sign when it listens
        errors = (self.top / "stderr.log").read_text(errors="replace")
        self.stop()
        raise RuntimeError(f"{self.NAME} did not come up: {errors[-500:]}{self.log()[-500:]}")

    def _make_certificate(self, *, uid: int = -1, gid: int = -1) -> None:
        """The server's own; read by that account where it is not read by who starts it."""
        if self.cafile.exists():  # a restart is the same server to whoever trusts it
            return
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", HOST, "mail.olmo.example")
        authority.cert_pem.write_to_path(str(self.cafile))
        pem = self.top / "server.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
        pem.chmod(0o600)
        os.chown(pem, uid, gid)


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
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(socket.socket()) for _ in range(count)]
        for line in lines:
            line.bind((HOST, 0))
        return [line.getsockname()[1] for line in lines]
