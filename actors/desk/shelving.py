"""A file on its way into the documents: streamed to a place aside, flushed, and only then given to the desk.

The bytes come from the caller's process, or from a mail that is here; no path that a call names is ever opened.
"""

import asyncio
import contextlib
import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

from store.mime.names import file_name
from store.model.document import Staged
from store.model.errors import Away, BadRequest
from store.model.ids import RequestId
from store.vault.files import Files
from store.vault.shelf import staged_place

PIECE: Final = 512 << 10
CHUNK: Final = 256 << 10
MOST_CLIENT_NAME: Final = 120  # bytes of a client's name in its folder's

Ask = Callable[..., Awaitable[Any]]


def folder_name(name: str, id_: str) -> str:
    """A client's folder: its name, and its id, which tells it from others of that name."""
    short = name.encode()[:MOST_CLIENT_NAME].decode("utf-8", "ignore")
    return file_name(f"{file_name(short)} ({id_})")


def year_of(seconds: int) -> str:
    """The year's folder."""
    return str(datetime.fromtimestamp(max(0, seconds), UTC).year)


async def bring(  # noqa: PLR0917 - what it takes
    ask: Ask,
    request: RequestId,
    files: Files,
    pieces: AsyncIterator[bytes],
    method: str,
    most: int,
    said: dict[str, Any],
) -> object:
    """Stage the bytes, and ask the desk to keep them. What is refused leaves nothing behind."""
    token = uuid.uuid4().hex
    await ask(RequestId(f"{request}:{token}"), "stage_document", token=token, **_about(said))
    try:
        staged = await stage(files, token, pieces, most=most)
        return await ask(request, method, token=token, modified=staged.modified, size=staged.size,
                         sha256=staged.sha256, **said)  # fmt: skip
    except Away:  # the desk may have it all the same: what it does not know is swept later
        raise
    except BaseException:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(files.remove, staged_place(token))
        raise


def _about(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ("client", "email") if name in said}


async def stage(files: Files, token: str, pieces: AsyncIterator[bytes], *, most: int) -> Staged:
    """Write them aside. Raises BadRequest: document_too_large, too_long; Away("documents_unwritable")."""
    digest, size = hashlib.sha256(), 0
    try:
        file = await asyncio.to_thread(files.stage, token)
        with file:
            async for piece in pieces:
                if len(piece) > PIECE:
                    raise BadRequest("too_long")
                size += len(piece)
                if size > most:
                    raise BadRequest("document_too_large", most=most >> 20)
                digest.update(piece)
                await asyncio.to_thread(file.write, piece)
            modified = await asyncio.to_thread(files.flush, file)
    except OSError:
        raise Away("documents_unwritable") from None
    return Staged(token=token, size=size, sha256=digest.digest(), modified=modified)


def stage_now(files: Files, token: str, data: bytes) -> Staged:
    """The same for bytes that are here, on a thread that may wait. Raises OSError."""
    with files.stage(token) as file:
        file.write(data)
        modified = files.flush(file)
    return Staged(token=token, size=len(data), sha256=hashlib.sha256(data).digest(), modified=modified)


async def told(files: Files, places: Callable[[], Awaitable[tuple[str, ...]]]) -> AsyncIterator[bytes]:
    """A document's bytes. `places` is asked again before each further piece: the right to see it may have gone (Z6)."""
    file = await asyncio.to_thread(_opened, files, await places())
    try:
        piece = await asyncio.to_thread(file.read, CHUNK)
        yield piece
        while piece:
            await places()
            piece = await asyncio.to_thread(file.read, CHUNK)
            if piece:
                yield piece
    finally:
        file.close()


def _opened(files: Files, places: tuple[str, ...]) -> Any:  # noqa: ANN401 - a binary file
    """At the last of its places, else at one it is promised to leave."""
    for place in reversed(places):
        with contextlib.suppress(OSError):
            return files.open(place)
    raise Away("document_missing")
