"""The bytes of one connection, read within limits (Z30). It knows lines and sizes, nothing of IMAP."""

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Final

from providers.errors import Garbled, ProviderError, Refused, Unavailable
from providers.net import outside, secure
from providers.protocols import Server

MAX_LINE: Final = 8 << 20
MAX_LITERAL: Final = 64 << 20
MAX_RESPONSE: Final = MAX_LITERAL + (1 << 20)
_CHUNK: Final = 1 << 17
_PIECE_COST: Final = 256  # what a line or literal costs in memory beside its bytes


class Line:
    """Owns the socket. After an error it is closed."""

    def __init__(self, sock: socket.socket, *, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.socket = sock
        self._timeout = timeout
        self._clock = clock
        self._deadline: float | None = None
        self._bytes = b""
        self._at = 0
        self._spent = 0

    def deadline(self, seconds: float | None) -> None:
        """From now on everything must be done within so many seconds; None: each wait by itself has the timeout."""
        self._deadline = None if seconds is None else self._clock() + seconds
        if seconds is None:
            self.socket.settimeout(self._timeout)

    def new_response(self) -> None:
        """The limit on one response begins anew."""
        self._spent = 0

    def readline(self) -> bytes:
        """A line with its end."""
        end = self._bytes.find(b"\n", self._at)
        if end < 0:
            return self._long_line()
        line = self._bytes[self._at : end + 1]
        self._pass(end + 1)
        self._spend(len(line))
        return line

    def _long_line(self) -> bytes:
        pieces = [self._bytes[self._at :]]
        size = len(pieces[0])
        end = -1
        while end < 0:
            if size > MAX_LINE:
                raise Garbled("limit")
            self._bytes, self._at = self._receive(_CHUNK), 0
            end = self._bytes.find(b"\n")
            pieces.append(self._bytes[: end + 1] if end >= 0 else self._bytes)
            size += len(pieces[-1])
        self._pass(end + 1)
        self._spend(size)
        return b"".join(pieces)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes; refused before the first of them is kept when they are too many."""
        if size > MAX_LITERAL:
            raise Refused("too_large", size=size)
        self._spend(size)
        first = self._bytes[self._at : self._at + size]
        self._pass(self._at + len(first))
        if len(first) == size:
            return first
        pieces, missing = [first], size - len(first)
        while missing:
            self._bytes = self._receive(_CHUNK)
            pieces.append(self._bytes[:missing])
            self._pass(min(missing, len(self._bytes)))
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _pass(self, at: int) -> None:
        """So far it is read. An idle connection holds no buffer."""
        if at == len(self._bytes):
            self._bytes, self._at = b"", 0
        else:
            self._at = at

    def send(self, data: bytes) -> None:
        try:
            self._arm()
            self.socket.sendall(data)
        except (OSError, ValueError) as error:
            raise outside(error) from None

    def start_tls(self, server: Server) -> None:
        """Refuses when anything was received that the handshake would leave behind."""
        if self._at < len(self._bytes):
            raise Garbled("before_tls")
        self._arm()
        self.socket = secure(self.socket, server)

    def release(self) -> tuple[socket.socket, bytes]:
        """Socket and unread bytes, for whoever reads on."""
        unread, self._bytes, self._at = self._bytes[self._at :], b"", 0
        return self.socket, unread

    def resume(self, timeout: float) -> None:
        """The released socket is read here again."""
        self._timeout, self._deadline = timeout, None
        self.socket.settimeout(timeout)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed is what was wanted
            self.socket.close()

    def _receive(self, size: int) -> bytes:
        try:
            self._arm()
            data = self.socket.recv(size)
        except ProviderError:
            raise
        except (OSError, ValueError) as error:
            raise outside(error) from None
        if not data:
            raise Unavailable("closed")
        return data

    def _arm(self) -> None:
        if self._deadline is None:
            return
        left = self._deadline - self._clock()
        if left <= 0:
            raise Unavailable("timeout")
        self.socket.settimeout(min(left, self._timeout))

    def _spend(self, size: int) -> None:
        self._spent += size + _PIECE_COST
        if self._spent > MAX_RESPONSE:
            raise Refused("too_large", size=self._spent)
