"""One connection's bytes: lines and literals in, answers out, TLS on request. It knows nothing of IMAP.

Input beyond what is being read stays with the kernel, so a client that floods costs no memory; output waits for slow
readers.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from providers.rehearsal.imap.errors import Gone, TooLong

LONGEST_LINE = 64 * 1024
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it
_ENOUGH = 256 * 1024  # read on only while less than this waits


class Ear(Protocol):
    """Hears what came in before TLS."""

    def plain(self, connection: int, data: bytes) -> None: ...


class Wire(asyncio.Protocol):
    def __init__(self, *, number: int, ear: Ear, opened: Callable[["Wire"], None], tls: bool) -> None:
        self.number = number
        self.tls = tls
        self._ear, self._opened = ear, opened
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._wanted = 0
        self._held = self._finished = False
        self._stirred = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._slow: tuple[int, float] | None = None
        self.lost = asyncio.Event()

    # what asyncio tells
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        if not self.tls:
            self._ear.plain(self.number, data)
        self._acknowledge()
        self._buffer += data
        if not self._held and len(self._buffer) > max(_ENOUGH, self._wanted) and self._transport:
            self._held = True
            self._transport.pause_reading()
        self._stirred.set()

    def _acknowledge(self) -> None:
        """At once: a client that sends a literal and then its line end waits 40 ms for a delayed one (Nagle)."""
        if self._transport is None or _QUICKACK is None:
            return
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def eof_received(self) -> bool:
        self._finished = True
        self._stirred.set()
        return not self.tls  # half-closed: what came before is still answered

    def connection_lost(self, exc: Exception | None) -> None:
        self._finished = True
        self.lost.set()
        self._stirred.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # reading
    def stir(self) -> None:
        """Wake whoever waits in `stirred`."""
        self._stirred.set()

    async def stirred(self) -> None:
        """Wait until something came in or `stir` was called."""
        await self._stirred.wait()
        self._stirred.clear()

    def whole_line(self) -> bytes | None:
        """A line that is already here, without its end."""
        end = self._buffer.find(b"\n", 0, LONGEST_LINE)
        if end < 0:
            if len(self._buffer) >= LONGEST_LINE:
                raise TooLong(bytes(self._buffer[:100]))
            if self._finished:
                raise Gone
            return None
        line = bytes(self._buffer[:end])
        self._drop(end + 1)
        return line.removesuffix(b"\r")

    async def line(self) -> bytes:
        while (line := self.whole_line()) is None:
            await self.stirred()
        return line

    async def exactly(self, size: int) -> bytes:
        self._wanted = size
        self._read_on()
        while len(self._buffer) < size:
            if self._finished:
                raise Gone
            await self.stirred()
        self._wanted = 0
        data = bytes(self._buffer[:size])
        self._drop(size)
        return data

    async def rest_of_line(self) -> None:
        """Throw away everything up to the next line's end."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._drop(len(self._buffer))
            if self._finished:
                raise Gone
            await self.stirred()
        self._drop(end + 1)

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._read_on()

    def _read_on(self) -> None:
        if (
            self._held
            and len(self._buffer) <= max(_ENOUGH, self._wanted)
            and self._transport
            and not self.lost.is_set()
        ):
            self._held = False
            self._transport.resume_reading()

    # writing
    async def send(self, data: bytes) -> None:
        if self._slow is not None:
            await self._dribble(data, *self._slow)
            return
        self._write(data)
        if not self._writable.is_set():
            await self._writable.wait()

    async def _dribble(self, data: bytes, size: int, pause: float) -> None:
        for at in range(0, len(data), size):
            self._write(data[at : at + size])
            await self._writable.wait()
            await asyncio.sleep(pause)

    def _write(self, data: bytes) -> None:
        if self.lost.is_set() or self._transport is None or self._transport.is_closing():
            raise Gone
        self._transport.write(data)

    def slow_down(self, size: int, pause: float) -> None:
        self._slow = (max(1, size), pause)

    async def start_tls(self, answer: bytes, context: ssl.SSLContext) -> None:
        """Answer, and go on in TLS. What the client sent ahead of the handshake is forgotten (RFC 3501, 6.2.1)."""
        if self._transport is None:
            raise Gone
        self._write(answer)
        self._buffer.clear()
        self._read_on()
        self.tls = True
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(self._transport, self, context, server_side=True, ssl_handshake_timeout=10)
        except (OSError, TimeoutError) as error:
            raise Gone from error
        self._transport = secured

    # ending
    async def stall(self) -> None:
        """Hear and say nothing more until the client goes."""
        if self._transport:
            self._transport.resume_reading()
        while not self._finished:
            self._buffer.clear()
            await self.stirred()

    def close(self) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Hang up, without the courtesies of TLS."""
        if self._transport:
            self._transport.abort()
