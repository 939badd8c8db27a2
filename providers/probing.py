"""Does a mail server answer here, over TLS with a certificate of its name? Nothing of a person's is said to it."""

import asyncio
from typing import Final, Literal, Protocol

from providers.errors import ProviderError
from providers.net import Gate

Speaks = Literal["imap", "smtp"]
SECONDS: Final = 5.0
MOST_LINES: Final = 50
_GREETING: Final = {"imap": b"* OK", "smtp": b"220"}


class Probe(Protocol):
    """See the module."""

    async def answers(self, host: str, port: int, *, speaks: Speaks, tls: str) -> bool:
        """Never raises."""
        ...


class Probing:
    """Through the one door."""

    def __init__(self, gate: Gate, *, seconds: float = SECONDS) -> None:
        self._gate, self._seconds = gate, seconds

    async def answers(self, host: str, port: int, *, speaks: Speaks, tls: str) -> bool:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._answers(host, port, speaks=speaks, tls=tls)
        except (ProviderError, OSError, ValueError, EOFError, asyncio.LimitOverrunError):  # TimeoutError is an OSError
            return False

    async def _answers(self, host: str, port: int, *, speaks: Speaks, tls: str) -> bool:
        reader, writer = await self._gate.open(host, port, tls=tls == "ssl")
        try:
            greeted = await _greeted(reader, speaks)
            if tls == "ssl" or not greeted:
                return greeted
            if not await _offers_tls(reader, writer, speaks):
                return False
            await self._gate.secure(writer, host)
            return True
        finally:
            writer.transport.abort()


async def _greeted(reader: asyncio.StreamReader, speaks: Speaks) -> bool:
    """A greeting in several lines is read to its end."""
    for _ in range(MOST_LINES):
        line = await reader.readuntil(b"\n")
        if not line.startswith(_GREETING[speaks]):
            return False
        if speaks == "imap" or line[3:4] != b"-":
            return True
    return False


async def _offers_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, speaks: Speaks) -> bool:
    commands = (b"a STARTTLS",) if speaks == "imap" else (b"EHLO [127.0.0.1]", b"STARTTLS")
    for command in commands:
        writer.write(command + b"\r\n")
        if not await _done(reader, speaks):
            return False
    return True


async def _done(reader: asyncio.StreamReader, speaks: Speaks) -> bool:
    """Whether the answer that ends a command is a good one."""
    for _ in range(MOST_LINES):
        line = await reader.readuntil(b"\n")
        if speaks == "imap" and not line.startswith(b"* "):
            return line.upper().startswith(b"A OK")
        if speaks == "smtp" and line[3:4] != b"-":
            return line[:3] in (b"220", b"250")
    return False
