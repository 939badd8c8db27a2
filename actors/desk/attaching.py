"""A file on its way into a draft: its pieces as commands of their own, so that no frame and no transaction is large.

The caller streams, with the caller's own rights; the office opens no path.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from store.model.errors import BadRequest
from store.model.ids import OutboxId, RequestId

PIECE: Final = 512 << 10
MOST_BYTES: Final = 50 << 20

Ask = Callable[..., Awaitable[Any]]


async def attach(  # noqa: PLR0917 - the API's own
    ask: Ask, request: RequestId, outbox: OutboxId, name: str, type_: str, pieces: AsyncIterator[bytes]
) -> object:
    """Every piece is a command `request/n`; the last one makes the file part of the draft and answers with it."""
    held, number, size = b"", 0, 0
    async for data in pieces:
        if len(data) > PIECE:
            raise BadRequest("too_long")
        size += len(data)
        if size > MOST_BYTES:
            raise BadRequest("attachments_too_large", most=MOST_BYTES >> 20)
        if number or held:
            await ask(_piece(request, number), "attach_piece", outbox=outbox, upload=request, piece=number, data=held)
            number += 1
        held = data
    return await ask(request, "attach", outbox=outbox, upload=request, piece=number, data=held, name=name, type_=type_)


async def cut(data: bytes) -> AsyncIterator[bytes]:
    """What the office has already, in pieces; of nothing one empty piece."""
    for start in range(0, max(len(data), 1), PIECE):
        yield data[start : start + PIECE]


def _piece(request: RequestId, number: int) -> RequestId:
    return RequestId(f"{request}:{number}")
