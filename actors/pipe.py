"""Asking a child process over its pipes: one length-limited frame there, one back, both before a deadline.

Must not trust the child: it may never read, never answer, answer too much, or die half-way.
"""

import os
import select
import time
from typing import IO

from store.model.work import LENGTH_BYTES

_CHUNK = 1 << 20


class ChildFailed(Exception):
    """`reason` is a FailReason's value: worker_died, worker_timeout or worker_garbage."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Pipe:
    """Both ends of a child's standard input and output, used by one thread."""

    def __init__(self, to_child: IO[bytes], from_child: IO[bytes]) -> None:
        self._in = to_child
        self._out = from_child
        os.set_blocking(to_child.fileno(), False)
        os.set_blocking(from_child.fileno(), False)

    def exchange(self, payload: bytes, *, seconds: float, limit: int) -> bytes:
        """Send a frame, return the answering one, which may have at most `limit` bytes."""
        deadline = time.monotonic() + seconds
        self._write(len(payload).to_bytes(LENGTH_BYTES, "big") + payload, deadline)
        length = int.from_bytes(self._read(LENGTH_BYTES, deadline), "big")
        if length > limit:
            raise ChildFailed("worker_garbage")
        return self._read(length, deadline)

    def close(self) -> None:
        """The child sees the end of its input and ends."""
        for end in (self._in, self._out):
            try:
                end.close()
            except OSError:  # what was still to be flushed has nobody to read it
                continue

    def _write(self, frame: bytes, deadline: float) -> None:
        left = memoryview(frame)
        while left:
            _wait(self._in.fileno(), select.POLLOUT, deadline)
            try:
                left = left[os.write(self._in.fileno(), left[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise ChildFailed("worker_died") from error

    def _read(self, count: int, deadline: float) -> bytes:
        got = bytearray()
        while len(got) < count:
            _wait(self._out.fileno(), select.POLLIN, deadline)
            try:
                piece = os.read(self._out.fileno(), min(_CHUNK, count - len(got)))
            except BlockingIOError:
                continue
            if not piece:
                raise ChildFailed("worker_died")
            got += piece
        return bytes(got)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise ChildFailed("worker_timeout")
