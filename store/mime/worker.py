"""A parsing process: `python -P -m store.mime.worker`. Frames of mail on standard input, of records on standard output.

It gets bytes and returns length-limited msgpack; it is told no path and holds no secret (Z9). It ends with its pipe and
writes no complaint, which would quote a mail. One mail may take ten seconds; what takes more memory than the limit ends
the process, and the office reads those mails one by one.
"""

import ctypes
import gc
import os
import resource
import signal
import sys
from types import FrameType
from typing import BinaryIO, Final

import msgspec

from store.mime.read import read_copy
from store.model.copy import Copy, Unreadable
from store.model.ledger import FailReason
from store.model.work import LENGTH_BYTES, MAX_FRAME, Batch, FileText, Item, Parsed

MAIL_SECONDS: Final = 10.0
MEMORY_BYTES: Final = 1536 << 20
NICE: Final = 10
_PR_SET_DUMPABLE: Final = 4
_OVERHEAD: Final = 64 * 1024  # of an answer, beside its copies


class _TooSlow(BaseException):  # no `except Exception` of a parser may swallow it
    """A mail's time is over."""


def main() -> int:
    """Serve until standard input ends."""
    _limit()
    try:
        _serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os.close(sys.stdout.fileno())  # nobody is left to flush to
    except Exception:  # noqa: BLE001 - a traceback could hold mail; the office sees the end
        return 1
    return 0


def _serve(source: BinaryIO, sink: BinaryIO) -> None:
    decode = msgspec.msgpack.Decoder(Batch).decode
    while (frame := _frame(source)) is not None:
        answer = answer_to(decode(frame))
        sink.write(len(answer).to_bytes(LENGTH_BYTES, "big"))
        sink.write(answer)
        sink.flush()


def _limit() -> None:
    os.umask(0o077)
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the office, and the pipe tells
    signal.signal(signal.SIGALRM, time_is_over)
    gc.freeze()  # what is here stays; records hold no cycles, so that looking for them is a tenth of all time
    gc.set_threshold(20_000, 20, 20)


def time_is_over(_signal: int, _frame: FrameType | None) -> None:
    raise _TooSlow


def answer_to(batch: Batch) -> bytes:
    """The one frame that answers a batch. Copies that do not fit are told as such, the largest first."""
    copies: list[Copy] = []
    unreadable: list[Unreadable] = []
    texts: list[FileText] = []
    for item in batch.items:
        read = _file(item) if item.file else _read(item)
        if isinstance(read, Copy):
            copies.append(read)
        elif isinstance(read, FileText):
            texts.append(read)
        else:
            unreadable.append(read)
    encode = msgspec.msgpack.Encoder().encode
    answer = encode(Parsed(id=batch.id, copies=tuple(copies), unreadable=tuple(unreadable), texts=tuple(texts)))
    if len(answer) <= MAX_FRAME:
        return answer
    room = MAX_FRAME - _OVERHEAD - 200 * len(batch.items)
    fitting: list[Copy] = []
    for size, copy in sorted(((len(encode(copy)), copy) for copy in copies), key=lambda pair: pair[0]):
        room -= size
        if room >= 0:
            fitting.append(copy)
        else:
            unreadable.append(Unreadable(uid=copy.uid, reason=FailReason.TOO_LARGE))
    return encode(Parsed(id=batch.id, copies=tuple(fitting), unreadable=tuple(unreadable)))


def _read(item: Item) -> Copy | Unreadable:
    try:
        signal.setitimer(signal.ITIMER_REAL, MAIL_SECONDS)
        try:
            return read_copy(item.raw, uid=item.uid, whole=item.whole, size=item.size)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TooSlow:
        return Unreadable(uid=item.uid, reason=FailReason.WORKER_TIMEOUT)


def _file(item: Item) -> FileText:
    from store.mime.file_text import CannotRead, file_text  # noqa: PLC0415 - the worker that reads mail never needs it

    try:
        signal.setitimer(signal.ITIMER_REAL, MAIL_SECONDS)
        try:
            return FileText(uid=item.uid, text=file_text(item.raw, item.file))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TooSlow:
        return FileText(uid=item.uid, code="too_slow")
    except CannotRead as cannot:
        return FileText(uid=item.uid, code=cannot.code)


def _frame(source: BinaryIO) -> bytes | None:
    """The next frame; None where the pipe ended, or holds what is no frame."""
    head = source.read(LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    if len(head) < LENGTH_BYTES or length > MAX_FRAME:
        return None
    frame = source.read(length)
    return frame if len(frame) == length else None


if __name__ == "__main__":
    raise SystemExit(main())
