"""Reading beside the writer: a few threads, each with a read-only connection of its own.

One call is one short read; no read transaction outlives it. Must not write.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar


class Closes(Protocol):
    """A connection."""

    def close(self) -> None: ...


Connection = TypeVar("Connection", bound=Closes)
Answer = TypeVar("Answer")


class ReadPool(Generic[Connection]):
    """`open_connection` is called once on each thread."""

    def __init__(self, open_connection: Callable[[], Connection], *, threads: int = 3) -> None:
        self._open = open_connection
        self._own = threading.local()
        self._all: list[Connection] = []
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="reading")

    async def run(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do it on one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._with, work)

    def _with(self, work: Callable[[Connection], Answer]) -> Answer:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._open()
            self._all.append(connection)
        return work(connection)

    def close(self) -> None:
        """Wait for what is being read, and let go of the file."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for connection in self._all:
            connection.close()
        self._all.clear()
