"""The parsing processes: mail goes in as bytes, comes back as records, and what kills its process stops only itself.

Each worker is one child with one pair of pipes and one thread here that waits for it. A death, a timeout or garbage
names its batch: its mails are then read one by one, and a mail that fails so twice is unreadable. Nothing is ever
parsed in the office's own process.
"""

import logging
import queue
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from actors.children import WORKER_NAMES, environment, python
from actors.faults import position
from actors.pipe import ChildFailed, Pipe
from store.model.copy import Copy, Unreadable
from store.model.work import MAX_FRAME, Batch, FileText, Item, Parsed

_log = logging.getLogger(__name__)

OnDone = Callable[[Parsed], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Seconds for a batch, for a mail alone, for a start; how often a lone mail may fail; bytes of an answer."""

    batch: float = 60.0
    alone: float = 20.0
    start: float = 30.0
    strikes: int = 2
    starts: int = 6
    item_overhead: int = 2 << 20
    growth: int = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What somebody submitted."""

    items: Sequence[Item]
    on_done: OnDone


@dataclass(slots=True)
class _Answer:
    copies: list[Copy] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    texts: list[FileText] = field(default_factory=list)


class Workers:
    """A few processes, started at once, replaced when they die. Jobs are taken in the order of `submit`.

    `on_broken` is told when no process can be started at all.
    """

    def __init__(
        self,
        *,
        count: int = 1,
        command: Sequence[str] | None = None,
        limits: Limits | None = None,
        on_broken: Callable[[], None] = lambda: None,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        self._command = list(command or python("store.mime.worker"))
        self._limits = limits or Limits()
        self._on_broken = on_broken
        self._ended = threading.Event()
        self._pause = pause or self._ended.wait
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._workers = [_Worker(self._command, self._limits) for _ in range(count)]
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), name=f"worker-{number}", daemon=True)
            for number, worker in enumerate(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, items: Sequence[Item], on_done: OnDone) -> None:
        """Read these; `on_done` is called on a worker's thread with all of them, each once, and must only post."""
        self._jobs.put(Job(items=items, on_done=on_done))

    def pids(self) -> tuple[int, ...]:
        """The processes that run now."""
        return tuple(worker.pid for worker in self._workers if worker.pid)

    def stop(self) -> None:
        """End the processes; jobs that are not done are dropped, since whoever submitted them repeats or is gone."""
        self._ended.set()
        for _ in self._threads:
            self._jobs.put(None)
        for worker in self._workers:
            worker.kill()
        for thread in self._threads:
            thread.join()

    def _serve(self, worker: "_Worker") -> None:
        try:
            while self._ready(worker) and (job := self._jobs.get()) is not None and not self._ended.is_set():
                self._do(worker, job)
                del job  # while the next one is waited for, a large mail is not held for nothing
        finally:
            worker.end()

    def _ready(self, worker: "_Worker") -> bool:
        """A process that answers, or False when there is none to be had."""
        for attempt in range(self._limits.starts):
            if self._ended.is_set():
                return False
            reason = worker.start()
            if reason is None:
                return True
            if not self._ended.is_set():
                _log.error("a parsing process did not start: %s", reason)
            self._pause(0.1 * 2**attempt)
        if not self._ended.is_set():
            _log.error("no parsing process can be started")
            self._ended.set()  # the mails in hand are not to blame: nothing is said of them
            self._on_broken()
        return False

    def _do(self, worker: "_Worker", job: Job) -> None:
        answer = _Answer()
        fitting = [item for item in job.items if len(item.raw) + self._limits.item_overhead <= MAX_FRAME]
        kept = {item.uid for item in fitting}
        answer.unreadable += [Unreadable(uid=i.uid, reason="too_large") for i in job.items if i.uid not in kept]
        for batch in _framed(fitting, MAX_FRAME // 2):
            self._read(worker, batch, answer)
        if self._ended.is_set():
            return
        try:
            job.on_done(
                Parsed(
                    id=0,
                    copies=tuple(answer.copies),
                    unreadable=tuple(answer.unreadable),
                    texts=tuple(answer.texts),
                )
            )
        except Exception as error:  # noqa: BLE001 - a silent stage would hang its mailbox; its repeat comes by itself
            _log.error("a worker's answer was not taken: %s", position(error))

    def _read(self, worker: "_Worker", batch: Sequence[Item], answer: _Answer) -> None:
        try:
            self._ask(worker, batch, answer)
        except ChildFailed as failed:
            if len(batch) > 1:
                for item in batch:
                    self._read_alone(worker, item, answer, strikes=0)
            else:
                self._read_alone(worker, batch[0], answer, strikes=1, reason=failed.reason)

    def _read_alone(self, worker: "_Worker", item: Item, answer: _Answer, *, strikes: int, reason: str = "") -> None:
        while strikes < self._limits.strikes:
            try:
                self._ask(worker, [item], answer)
            except ChildFailed as failed:
                strikes, reason = strikes + 1, failed.reason
            else:
                return
        answer.unreadable.append(Unreadable(uid=item.uid, reason=reason))

    def _ask(self, worker: "_Worker", batch: Sequence[Item], answer: _Answer) -> None:
        """One exchange. A worker that failed is replaced before anything else is asked."""
        if self._ended.is_set() or not self._ready(worker):
            raise ChildFailed("worker_died")
        parsed = worker.read(batch)
        answer.copies += parsed.copies
        answer.unreadable += parsed.unreadable
        answer.texts += parsed.texts


def _framed(items: Sequence[Item], limit: int) -> list[list[Item]]:
    """In batches that fit a frame."""
    batches: list[list[Item]] = []
    room = 0
    for item in items:
        if not batches or len(item.raw) > room:
            batches.append([])
            room = limit
        batches[-1].append(item)
        room -= len(item.raw)
    return batches


class _Worker:
    """One child. Only its own thread starts and asks it; `kill` may come from another."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._command = command
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Pipe | None = None
        self._serial = 0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Parsed).decode

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self) -> str | None:
        """None if a child is there that answers, else why not; a new one proves it with an empty batch."""
        if self._pipe is not None:
            return None
        try:
            child = self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a parser's complaint would quote the mail
                cwd="/",
                env=environment(WORKER_NAMES),
                bufsize=0,
            )
        except OSError as error:
            return position(error)
        if child.stdin is None or child.stdout is None:
            return "no_pipe"
        self._pipe = Pipe(child.stdin, child.stdout)
        try:
            self._exchange([], self._limits.start)
        except ChildFailed as failed:
            return failed.reason
        return None

    def read(self, items: Sequence[Item]) -> Parsed:
        """The answer, complete and fitting the question; anything else ends this child and raises ChildFailed."""
        return self._exchange(items, self._limits.batch if len(items) > 1 else self._limits.alone)

    def _exchange(self, items: Sequence[Item], seconds: float) -> Parsed:
        pipe = self._pipe
        if pipe is None:
            raise ChildFailed("worker_died")
        self._serial += 1
        limit = sum(len(item.raw) * self._limits.growth + self._limits.item_overhead for item in items)
        try:
            answer = pipe.exchange(
                self._encode(Batch(id=self._serial, items=tuple(items))),
                seconds=seconds,
                limit=min(MAX_FRAME, limit + self._limits.item_overhead),
            )
            return self._judged(answer, items)
        except ChildFailed:
            self.end()
            raise

    def _judged(self, answer: bytearray, items: Sequence[Item]) -> Parsed:
        try:
            parsed = self._decode(answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ChildFailed("worker_garbage") from error
        uids = [copy.uid for copy in parsed.copies] + [one.uid for one in parsed.unreadable]
        uids = sorted(uids + [one.uid for one in parsed.texts])
        if parsed.id != self._serial or uids != sorted(item.uid for item in items):
            raise ChildFailed("worker_garbage")
        return parsed

    def kill(self) -> None:
        """End the child whatever it does; its thread notices by the pipe."""
        child = self._child
        if child is not None and child.poll() is None:
            child.kill()

    def end(self) -> None:
        """Kill and bury the child."""
        self.kill()
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._child is not None:
            self._child.wait()
            self._child = None
