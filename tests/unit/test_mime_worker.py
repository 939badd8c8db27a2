"""The parsing process itself, started as the office starts it: bytes in, records out, and no more (Z9)."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil
import pytest

from store.mime import worker
from store.mime.read import read_copy
from store.model.copy import Copy
from store.model.work import LENGTH_BYTES, MAX_FRAME, Batch, Item, Parsed

ROOT = Path(__file__).resolve().parents[2]
RUN = f"import sys; sys.path.append({str(ROOT)!r}); from store.mime.worker import main; raise SystemExit(main())"
MAIL = b"From: ada@a.example\r\nSubject: Deed\r\nMessage-ID: <1@a.example>\r\n\r\nSigned.\r\n"

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def one() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-c", RUN]
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", env={}
        )
        started.append(child)
        return child

    yield one
    for child in started:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None and not pipe.closed:
                with suppress(BrokenPipeError):
                    pipe.close()


def ask(child: "subprocess.Popen[bytes]", *items: Item, number: int = 1) -> Parsed:
    send(child, msgspec.msgpack.encode(Batch(id=number, items=items)))
    assert child.stdout is not None
    length = int.from_bytes(child.stdout.read(LENGTH_BYTES), "big")
    assert 0 < length <= MAX_FRAME
    return msgspec.msgpack.decode(child.stdout.read(length), type=Parsed)


def send(child: "subprocess.Popen[bytes]", frame: bytes, *, length: int | None = None) -> None:
    assert child.stdin is not None
    child.stdin.write((len(frame) if length is None else length).to_bytes(LENGTH_BYTES, "big") + frame)
    child.stdin.flush()


def test_batches_are_answered_one_by_one(start: Start) -> None:
    child = start()
    first = ask(child, Item(uid=7, raw=MAIL, whole=True), Item(uid=9, raw=MAIL, whole=False, size=900), number=5)
    assert first.id == 5
    assert [(copy.uid, copy.headers.subject, copy.size) for copy in first.copies] == [
        (7, "Deed", len(MAIL)),
        (9, "Deed", 900),
    ]
    assert [copy.body is None for copy in first.copies] == [False, True]
    assert ask(child, number=6) == Parsed(id=6)
    assert ask(child, Item(uid=1, raw=os.urandom(5000), whole=True), number=7).copies[0].uid == 1


def test_it_holds_itself_within_limits(start: Start) -> None:
    child = start()
    ask(child)
    process = psutil.Process(child.pid)
    assert process.rlimit(resource.RLIMIT_CORE) == (0, 0)
    assert process.rlimit(resource.RLIMIT_AS)[1] <= 2 << 30
    assert process.nice() == 10
    assert "Umask:\t0077" in Path(f"/proc/{child.pid}/status").read_text()
    os.kill(child.pid, signal.SIGINT)
    assert ask(child, number=2).id == 2


def test_it_ends_with_its_pipe(start: Start) -> None:
    child = start()
    ask(child)
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(timeout=20) == 0
    assert child.stderr is not None
    assert child.stderr.read() == b""


@pytest.mark.parametrize(
    ("frame", "length"),
    [(b"\xc1 no msgpack", None), (b"", MAX_FRAME + 1), (b"", 0xFFFFFFFF), (msgspec.msgpack.encode({"id": "x"}), None)],
)
def test_it_ends_without_a_word_at_what_is_no_batch(start: Start, frame: bytes, length: int | None) -> None:
    child = start()
    ask(child)
    send(child, frame, length=length)
    child.wait(timeout=20)
    assert child.stdout is not None
    assert child.stderr is not None
    assert (child.stdout.read(), child.stderr.read()) == (b"", b"")


def test_a_mail_that_takes_too_long_is_told_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(raw: bytes, *, uid: int, whole: bool, size: int) -> Copy:
        while raw == b"slow":
            signal.sigtimedwait([], 1)  # until the timer's signal ends it
        return read_copy(raw, uid=uid, whole=whole, size=size)

    monkeypatch.setattr(worker, "read_copy", slow)
    monkeypatch.setattr(worker, "MAIL_SECONDS", 0.05)
    before = signal.signal(signal.SIGALRM, worker.time_is_over)
    try:
        items = (Item(uid=1, raw=b"slow", whole=True), Item(uid=2, raw=MAIL, whole=True))
        parsed = msgspec.msgpack.decode(worker.answer_to(Batch(id=3, items=items)), type=Parsed)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert [(one.uid, one.reason) for one in parsed.unreadable] == [(1, "worker_timeout")]
    assert [copy.uid for copy in parsed.copies] == [2]
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_copies_that_fit_no_frame_are_told_largest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MAX_FRAME", 200_000)
    monkeypatch.setattr(worker, "_OVERHEAD", 1000)
    sizes = {1: 100, 2: 190_000, 3: 60_000, 4: 60_000}
    items = tuple(Item(uid=uid, raw=b"\n" + os.urandom(size).hex().encode(), whole=True) for uid, size in sizes.items())
    answer = worker.answer_to(Batch(id=3, items=items))
    parsed = msgspec.msgpack.decode(answer, type=Parsed)
    assert len(answer) <= 200_000
    told = {one.uid for one in parsed.unreadable}
    assert {one.reason for one in parsed.unreadable} == {"too_large"}
    assert 2 in told
    assert 1 not in told
    assert sorted(told | {copy.uid for copy in parsed.copies}) == [1, 2, 3, 4]
