"""One small file over https from a host that others name (Z23): no redirect, 64 KB, and what is wrong is never quoted.

Nothing but a GET without cookies or login is ever said.
"""

import asyncio
import re
from typing import Final, Protocol

from providers.errors import Garbled, ProviderError, Refused, Unavailable
from providers.net import Gate, outside

MAX_BODY: Final = 64 << 10
MAX_HEAD: Final = 16 << 10
HTTPS: Final = 443
SECONDS: Final = 10.0
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n")
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]{1,8})(?:;[^\r\n]*)?\r\n")


class Web(Protocol):
    """See the module."""

    async def get(self, host: str, path: str) -> bytes:
        """The file. Raises ProviderError: Refused redirect, status, too_large, not_public; Garbled; Unavailable."""
        ...


class Https:
    """Through the one door."""

    def __init__(self, gate: Gate, *, seconds: float = SECONDS) -> None:
        self._gate, self._seconds = gate, seconds

    async def get(self, host: str, path: str) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._get(host, path)
        except TimeoutError:
            raise Unavailable("timeout") from None

    async def _get(self, host: str, path: str) -> bytes:
        reader, writer = await self._gate.open(host, HTTPS, tls=True)
        try:
            asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/xml\r\nConnection: close\r\n\r\n"
            writer.write(asked.encode("ascii"))
            return await _answer(reader)
        except ProviderError:
            raise
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            raise Garbled("parse") from None
        except OSError as error:
            raise outside(error) from None
        finally:
            writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None or len(head) > MAX_HEAD:
        raise Garbled("parse")
    if status[1] != b"200":
        raise Refused("redirect" if status[1].startswith(b"3") else "status", status=int(status[1]))
    fields = dict(_fields(head))
    if fields.get(b"content-encoding", b"identity") != b"identity":
        raise Garbled("parse")
    if fields.get(b"transfer-encoding", b"") == b"chunked":
        return await _chunks(reader)
    length = fields.get(b"content-length")
    return await _rest(reader) if length is None else await _exactly(reader, int(length))


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:] if line]
    return [(name.strip().lower(), value.strip().lower()) for name, _colon, value in lines]


async def _exactly(reader: asyncio.StreamReader, length: int) -> bytes:
    if not 0 <= length <= MAX_BODY:
        raise Refused("too_large")
    return await reader.readexactly(length)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """Until the other side closes."""
    body = bytearray()
    while piece := await reader.read(MAX_BODY):
        body += piece
        if len(body) > MAX_BODY:
            raise Refused("too_large")
    return bytes(body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        size = _CHUNK.fullmatch(await reader.readuntil(b"\r\n"))
        if size is None:
            raise Garbled("parse")
        length = int(size[1], 16)
        if length == 0:
            return bytes(body)
        body += await _exactly(reader, length)
        if len(body) > MAX_BODY:
            raise Refused("too_large")
        if await reader.readexactly(2) != b"\r\n":
            raise Garbled("parse")
