"""What the tests of IMAP servers need: a plain client that shows every byte, and one ground over several servers.

Must not interpret more than line and literal: what a server means is the tests' business.
"""

import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
_LITERAL = re.compile(rb"\{([0-9]+)\}\r\n\Z")


@dataclass(frozen=True)
class Answer:
    """A command's tagged answer, and the untagged ones before it, as they came."""

    status: bytes
    text: bytes
    untagged: list[bytes]

    @property
    def whole(self) -> bytes:
        return b"".join(self.untagged)

    def has(self, line: bytes) -> bool:
        return b"* " + line in self.untagged

    def number(self, pattern: bytes) -> int:
        """The number after a word: `UIDNEXT`, `HIGHESTMODSEQ`…"""
        match = re.search(pattern + rb" \(?([0-9]+)", self.whole + self.text)
        assert match, f"no {pattern!r} in {self!r}"
        return int(match[1])


class Talk:
    """One connection to an IMAP server."""

    def __init__(
        self, port: int, *, context: ssl.SSLContext | None = None, name: str = "localhost", timeout: float = 20
    ) -> None:
        self.socket: socket.socket = socket.create_connection((HOST, port), timeout)
        try:
            if context is not None:
                self.socket = context.wrap_socket(self.socket, server_hostname=name)
            self._file = self.socket.makefile("rb")
            self._count = 0
            self.greeting = self.response()
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def response(self) -> bytes:
        """One response with the literals in it; b"" when the server has hung up."""
        whole = line = self._file.readline()
        while match := _LITERAL.search(line):
            data = self._file.read(int(match[1]))
            line = self._file.readline()
            whole += data + line
        return whole

    def tag(self) -> bytes:
        self._count += 1
        return b"T%d" % self._count

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def begin(self, command: bytes) -> bytes:
        """Send a command, and return its tag without waiting."""
        tag = self.tag()
        self.send(tag + b" " + command + b"\r\n")
        return tag

    def answer(self, tag: bytes) -> Answer:
        untagged: list[bytes] = []
        while not (line := self.response()).startswith(tag + b" "):
            assert line, f"the server hung up after {untagged!r}"
            untagged.append(line)
        _, status, text = line.split(b" ", 2)
        return Answer(status, text, untagged)

    def run(self, command: bytes) -> Answer:
        return self.answer(self.begin(command))

    def ok(self, command: bytes) -> Answer:
        found = self.run(command)
        assert found.status == b"OK", (command, found)
        return found

    def append(self, raw: bytes, folder: bytes = b"INBOX", extra: bytes = b"") -> Answer:
        """APPEND; `extra` is flags and date, each with a space behind."""
        return self.ok(b"APPEND " + folder + b" " + extra + literal(raw))

    def idle(self) -> bytes:
        """Begin to idle; the tag."""
        tag = self.begin(b"IDLE")
        while not (line := self.response()).startswith(b"+"):
            assert line.startswith(b"*"), line
        return tag

    def until(self, wanted: bytes) -> list[bytes]:
        """Responses up to the one that holds `wanted`."""
        found: list[bytes] = []
        while not found or wanted not in found[-1]:
            found.append(self.response())
            assert found[-1], f"the server hung up after {found!r}"
        return found

    def start_tls(self, context: ssl.SSLContext, name: str = "localhost") -> None:
        """The handshake only; the file's buffer must be empty."""
        self._file.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self._file = self.socket.makefile("rb")


def literal(data: bytes) -> bytes:
    return b"{%d+}\r\n" % len(data) + data


@dataclass(frozen=True)
class Mailbox:
    """One mailbox on a server under test, with its login, and another that opens the same."""

    port: int
    tls_port: int
    cafile: Path
    login: str
    other_login: str
    password: str
    deliver: Callable[[bytes], object]

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.cafile)

    def plain(self) -> Talk:
        return Talk(self.port)

    def signed_in(self, login: str = "") -> Talk:
        talk = Talk(self.port)
        talk.ok(f"LOGIN {login or self.login} {self.password}".encode())
        return talk

    def opened(self, folder: bytes = b"INBOX", login: str = "") -> Talk:
        talk = self.signed_in(login)
        talk.ok(b"SELECT " + folder)
        return talk
