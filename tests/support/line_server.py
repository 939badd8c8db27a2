"""A loopback server that says what a script tells it to and records all it hears: for what real servers will not do.

def script(wire: Wire) -> None:
    wire.say(b"* OK ready")
    ...
with LineServer(script) as server:
    ...  # connect to server.host, server.port
assert b"secret" not in server.heard
"""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Self

HOST = "127.0.0.1"


class Closed(Exception):  # an event, not an error
    """The client hung up."""


class Wire:
    """One connection, as its script sees it."""

    def __init__(self, server: "LineServer", sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self._buffer = b""

    def say(self, *lines: bytes) -> None:
        """Lines, in one packet."""
        self.say_raw(b"".join(line + b"\r\n" for line in lines))

    def say_raw(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except OSError:
            raise Closed from None

    def hear(self) -> bytes:
        """The next line, without its end."""
        while b"\n" not in self._buffer:
            self._buffer += self._receive()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def hear_exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._buffer += self._receive()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _receive(self) -> bytes:
        try:
            data = self.sock.recv(65536)
        except OSError:
            raise Closed from None
        if not data:
            raise Closed
        self.server.record(data, encrypted=isinstance(self.sock, ssl.SSLSocket))
        return data

    def start_tls(self, context: ssl.SSLContext) -> None:
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except OSError:
            raise Closed from None

    def wait_for_close(self) -> None:
        """Listen until the client is gone; what it says is recorded."""
        while True:
            self._receive()

    # ------------------------------------------------------------ IMAP
    def hear_command(self) -> tuple[bytes, bytes, list[bytes]]:
        """Tag, the command with its literals cut out, and the literals; asks for each that waits to be asked for."""
        text = self.hear()
        literals: list[bytes] = []
        while found := re.search(rb"\{(\d+)(\+?)\}$", text):
            if not found[2]:
                self.say(b"+ go on")
            literals.append(self.hear_exactly(int(found[1])))
            text = text[: found.start()] + b"{}" + self.hear()
        tag, _, command = text.partition(b" ")
        self.server.commands.append(command)
        return tag, command, literals

    def greet_and_log_in(self, capabilities: bytes = b"IMAP4rev1 AUTH=PLAIN SASL-IR IDLE") -> None:
        """Everything up to and with EXAMINE or SELECT of an empty folder."""
        self.say(b"* OK ready")
        while True:
            tag, command, _ = self.hear_command()
            word = command.split(b" ")[0].upper()
            if word == b"CAPABILITY":
                self.say(b"* CAPABILITY " + capabilities)
            if word in (b"EXAMINE", b"SELECT"):
                self.say(b"* 0 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 1] x", tag + b" OK done")
                return
            self.say(tag + b" OK done")


class LineServer:
    """Runs the script on a thread for each connection, from `with` to its end."""

    def __init__(self, script: Callable[[Wire], None], *, tls: ssl.SSLContext | None = None) -> None:
        self.host, self.port = HOST, 0
        self.heard = self.heard_in_clear = b""
        self.commands: list[bytes] = []
        self.connections = 0
        self.problems: list[BaseException] = []
        self._script, self._tls = script, tls
        self._listener = socket.create_server((HOST, 0))
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def record(self, data: bytes, *, encrypted: bool) -> None:
        with self._lock:
            self.heard += data
            self.heard_in_clear += b"" if encrypted else data

    def __enter__(self) -> Self:
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        assert not self.problems, self.problems

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._lines.append(sock)
            self._start(lambda sock=sock: self._run(sock))  # type: ignore[misc]  # bound now, not later

    def _run(self, sock: socket.socket) -> None:
        wire = Wire(self, sock)
        try:
            if self._tls is not None:
                wire.start_tls(self._tls)
            self._script(wire)
        except Closed:
            pass
        except Exception as error:  # noqa: BLE001  # told at the end of the test
            self.problems.append(error)
        finally:
            wire.sock.close()
