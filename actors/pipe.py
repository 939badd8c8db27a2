"""Asking a child process over its pipes: one length-limited frame there, one back, both before a deadline.

Must not trust the child: it may never read, never answer, answer too much, or die half-way.
"""

import fcntl
import os
import select
import time
from contextlib import suppress
from typing import IO

from store.model.work import LENGTH_BYTES

_CHUNK = 1 << 20
_ROOM = 1 << 20  # of each pipe, as much as a system gives unasked: a batch goes over with a few wake-ups


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
        with suppress(OSError):  # the user's share of such memory is used up: then it takes more turns
            fcntl.fcntl(to_child.fileno(), fcntl.F_SETPIPE_SZ, _ROOM)
            fcntl.fcntl(from_child.fileno(), fcntl.F_SETPIPE_SZ, _ROOM)

    def exchange(self, payload: bytes, *, seconds: float, limit: int) -> bytearray:
        """Send a frame, return the answering one, which may have at most `limit` bytes."""
        deadline = time.monotonic() + seconds
        self._write(len(payload).to_bytes(LENGTH_BYTES, "big"), payload, deadline)
        del payload  # a large mail is not held twice while its answer comes
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

    def _write(self, head: bytes, payload: bytes, deadline: float) -> None:
        begun, left = memoryview(head), memoryview(payload)
        while begun or left:
            _wait(self._in.fileno(), select.POLLOUT, deadline)
            try:
                done = os.writev(self._in.fileno(), [begun, left[:_CHUNK]])
            except BlockingIOError:
                continue
            except OSError as error:
                raise ChildFailed("worker_died") from error
            begun, left = begun[done:], left[max(0, done - len(begun)) :]

    def _read(self, count: int, deadline: float) -> bytearray:
        got = bytearray(count)  # within the limit; filled in place, since a batch is large
        left = memoryview(got)
        while left:
            _wait(self._out.fileno(), select.POLLIN, deadline)
            try:
                done = os.readv(self._out.fileno(), [left])
            except BlockingIOError:
                continue
            if not done:
                raise ChildFailed("worker_died")
            left = left[done:]
        return got


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise ChildFailed("worker_timeout")
