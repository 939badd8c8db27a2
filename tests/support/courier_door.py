"""The door of a private Courier: greets, logs in, and gives the connection to Courier's own imapd.

Courier's own door asks an authentication daemon whose socket stands at one place for the whole machine; this one knows
one password. It says before the login what Courier's says, nothing more. It trusts nobody else's folder: `user1` gets
what is below the folder that it was started with.
"""

import base64
import contextlib
import os
import re
import selectors
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.support.courier import GAM_SERVER, IMAPD, LIBRARIES, home_of
from tests.support.private_server import HOST, PASSWORD

CAPABILITY: Final = (
    "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"  # as Debian sets it
)
BEFORE: Final = f"{CAPABILITY} AUTH=PLAIN"
USER: Final = re.compile(r"user[0-9]+")
_LINE: Final = 8192
_PIECE: Final = 1 << 16


class Door:
    """One connection up to its login."""

    def __init__(self, sock: socket.socket, top: Path) -> None:
        self._sock, self._top = sock, top

    def run(self) -> None:
        """Until somebody is logged in and imapd is gone again, or the line is."""
        self._say(f"* OK [CAPABILITY {BEFORE}] Courier-IMAP ready.")
        while line := self._hear():
            tag, _, rest = line.partition(" ")
            verb, _, rest = rest.partition(" ")
            match verb.upper():
                case "CAPABILITY":
                    self._say(f"* CAPABILITY {BEFORE}", f"{tag} OK CAPABILITY completed")
                case "LOGOUT":
                    self._say("* BYE Courier-IMAP server shutting down", f"{tag} OK LOGOUT completed")
                    break
                case "LOGIN" | "AUTHENTICATE":
                    user = self._login(rest) if verb.upper() == "LOGIN" else self._plain()
                    if user is not None:
                        self._hand_over(tag, user)
                        break
                    self._say(f"{tag} NO Login failed.")
                case "NOOP":
                    self._say(f"{tag} OK NOOP completed")
                case _:
                    self._say(f"{tag} BAD Error in IMAP command received by server.")

    # ------------------------------------------------------------ logging in
    def _login(self, rest: str) -> str | None:
        """Two words, quoted or not."""
        user, password = ([*re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', rest), ("", ""), ("", "")])[:2]
        return _known("".join(user), "".join(password))

    def _plain(self) -> str | None:
        self._say("+ ")
        with contextlib.suppress(ValueError):
            _, user, password = base64.b64decode(self._hear(), validate=True).decode().split("\0")
            return _known(user, password)
        return None

    # ------------------------------------------------------------ lines
    def _say(self, *lines: str) -> None:
        self._sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _hear(self) -> str:
        """A line; byte by byte, since what follows the login is imapd's. "" when the line is gone."""
        line = b""
        while not line.endswith(b"\n") and len(line) < _LINE:
            byte = self._sock.recv(1)
            if not byte:
                return ""
            line += byte
        return line.decode("utf-8", "replace").rstrip("\r\n")

    # ------------------------------------------------------------ handing over
    def _hand_over(self, tag: str, user: str) -> None:
        home = home_of(self._top, user)
        ours, its = socket.socketpair()
        with its, (self._top / "imapd.log").open("ab") as log:
            imapd = subprocess.Popen(
                [str(IMAPD), "Maildir"],
                stdin=its.fileno(),
                stdout=its.fileno(),
                stderr=log,
                cwd=home,
                env=_environment(home, tag, user),
            )
        with ours:
            _pass_on(self._sock, ours)
        imapd.wait()


def _known(user: str, password: str) -> str | None:
    return user if USER.fullmatch(user) and password == PASSWORD else None


def _environment(home: Path, tag: str, user: str) -> Mapping[str, str]:
    return {
        **LIBRARIES, "GAM_CLIENT_ID": home.parents[1].name,
        "PATH": os.defpath, "HOME": str(home), "AUTHENTICATED": user, "AUTHENTICATION_METHOD": "LOGIN",
        "IMAPLOGINTAG": tag, "PROTOCOL": "IMAP", "TCPREMOTEIP": HOST, "TCPREMOTEPORT": "1",
        "IMAP_CAPABILITY": CAPABILITY, "IMAP_KEYWORDS": "1", "IMAP_ACL": "1", "IMAP_IDLE_TIMEOUT": "1",
        "IMAP_USELOCKS": "1", "IMAP_ENHANCEDIDLE": "1", "IMAP_MAILBOX_SANITY_CHECK": "1", "IMAP_CHECK_ALL_FOLDERS": "0",
        "IMAP_TRASHFOLDERNAME": "Trash", "IMAP_EMPTYTRASH": "Trash:7", "IMAP_UMASK": "022",
    }  # fmt: skip


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """All that comes, both ways, until either is gone. On one thread, as TLS wants it."""
    with contextlib.suppress(OSError), selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                source: socket.socket = key.fileobj  # type: ignore[assignment]  # only sockets are registered
                more = True
                while more:
                    data = source.recv(_PIECE)
                    if not data:
                        return
                    key.data.sendall(data)
                    more = isinstance(source, ssl.SSLSocket) and source.pending() > 0


def _serve(sock: socket.socket, context: ssl.SSLContext | None, top: Path) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError), sock if context is None else context.wrap_socket(sock, server_side=True) as line:
        Door(line, top).run()


def _listen(port: int, context: ssl.SSLContext | None, top: Path) -> None:
    with socket.create_server((HOST, port), backlog=100) as listening:
        while True:
            sock, _ = listening.accept()
            threading.Thread(target=_serve, args=(sock, context, top), daemon=True).start()


def main(top: Path, port: int, tls_port: int) -> None:
    """Serve until it is ended."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(top / "server.pem")
    subprocess.Popen([str(GAM_SERVER), "--notimeout", top.name], env=LIBRARIES, stderr=subprocess.DEVNULL)
    threading.Thread(target=_listen, args=(tls_port, context, top), daemon=True).start()
    _listen(port, None, top)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
