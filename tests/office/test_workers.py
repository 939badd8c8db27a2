"""The parsing processes: whatever one does, every other mail comes through, and nothing of ours follows from it."""

import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from actors.children import WORKER_NAMES, environment
from actors.workers import Limits, Workers
from store.model.work import MAX_FRAME, Item, Parsed
from tests.support.office import DEADLINE, wait_until

BAD = Path(__file__).parent.parent / "support" / "bad_worker.py"
QUICK = Limits(batch=1.0, alone=0.3, start=20.0)

Make = Callable[..., Workers]


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Make]:
    """Makes workers that misbehave on order, and ends them."""
    made: list[Workers] = []

    def make(*, count: int = 1, limits: Limits = QUICK, on_broken: Callable[[], None] = lambda: None) -> Workers:
        command = [sys.executable, "-P", str(BAD), str(tmp_path / "starts")]
        made.append(Workers(count=count, command=command, limits=limits, on_broken=on_broken))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def items(*words: str) -> list[Item]:
    return [Item(uid=number, raw=word.encode() + b"\nrest", whole=True) for number, word in enumerate(words, start=1)]


def read(workers: Workers, given: Sequence[Item]) -> Parsed:
    answers: queue.Queue[Parsed] = queue.Queue()
    workers.submit(given, answers.put)
    return answers.get(timeout=DEADLINE)


def outcome(parsed: Parsed) -> dict[int, str]:
    """Every UID with `read` or the reason why not."""
    read_ = {copy.uid: "read" for copy in parsed.copies}
    return read_ | {one.uid: one.reason for one in parsed.unreadable}


def test_every_mail_is_answered_once(workers: Make) -> None:
    parsed = read(workers(), items("a", "b", "c"))
    assert [copy.uid for copy in parsed.copies] == [1, 2, 3]
    assert parsed.unreadable == ()


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("die", "worker_died"),
        ("exit", "worker_died"),
        ("half", "worker_died"),
        ("hang", "worker_timeout"),
        ("garbage", "worker_garbage"),
        ("huge", "worker_garbage"),
        ("other-uid", "worker_garbage"),
        ("twice", "worker_garbage"),
        ("other-id", "worker_garbage"),
    ],
)
def test_one_bad_mail_stops_itself_only(workers: Make, order: str, reason: str) -> None:
    pool = workers()
    assert outcome(read(pool, items("a", order, "b"))) == {1: "read", 2: reason, 3: "read"}
    assert outcome(read(pool, items("after"))) == {1: "read"}


def test_a_mail_alone_is_tried_twice(workers: Make, tmp_path: Path) -> None:
    assert outcome(read(workers(), items("die"))) == {1: "worker_died"}
    assert len((tmp_path / "starts").read_text().split()) == 2


def test_an_answer_of_a_gigabyte_costs_no_memory(workers: Make) -> None:
    pool = workers()
    before = psutil.Process().memory_info().rss
    assert outcome(read(pool, items("huge"))) == {1: "worker_garbage"}
    assert psutil.Process().memory_info().rss - before < 64 << 20


def test_a_killed_worker_is_replaced_and_its_batch_read(workers: Make) -> None:
    pool = workers()
    read(pool, items("a"))
    (pid,) = pool.pids()
    os.kill(pid, 9)
    wait_until(lambda: not pool.pids())
    assert outcome(read(pool, items("a", "b"))) == {1: "read", 2: "read"}


def test_a_mail_too_long_for_a_frame_is_not_sent(workers: Make) -> None:
    given = [Item(uid=1, raw=bytes(MAX_FRAME), whole=True), *items("x", "b")[1:]]
    assert outcome(read(workers(), given)) == {1: "too_large", 2: "read"}


def test_several_workers_share_the_jobs(workers: Make) -> None:
    pool = workers(count=2, limits=Limits(alone=0.5, batch=5))
    answers: queue.Queue[str] = queue.Queue()
    pool.submit(items("hang"), lambda _parsed: answers.put("hung"))
    pool.submit(items("a"), lambda _parsed: answers.put("quick"))
    assert [answers.get(timeout=DEADLINE), answers.get(timeout=DEADLINE)] == ["quick", "hung"]


def test_whoever_takes_an_answer_badly_stops_nobody_else(workers: Make) -> None:
    pool = workers()

    def badly(_parsed: Parsed) -> None:
        raise KeyError

    pool.submit(items("a"), badly)
    assert outcome(read(pool, items("b"))) == {1: "read"}


def test_no_process_at_all_is_said_and_no_mail_is_blamed() -> None:
    broken: queue.Queue[str] = queue.Queue()
    answers: queue.Queue[Parsed] = queue.Queue()
    pool = Workers(command=["/nonexistent"], on_broken=lambda: broken.put("broken"), pause=lambda _seconds: False)
    pool.submit(items("a"), answers.put)
    assert broken.get(timeout=DEADLINE) == "broken"
    pool.stop()
    assert answers.empty()


def test_stop_ends_the_processes_whatever_they_do(workers: Make) -> None:
    pool = workers(limits=Limits())
    read(pool, items("a"))
    (pid,) = pool.pids()
    pool.submit(items("hang"), lambda _parsed: None)
    pool.stop()
    assert not psutil.pid_exists(pid)


def test_a_worker_ends_when_its_office_is_killed() -> None:
    script = (
        "import sys, time; from actors.workers import Workers\n"
        "pool = Workers()\n"
        "from store.model.work import Item\n"
        "pool.submit([], lambda parsed: (print(*pool.pids(), flush=True)))\n"
        "time.sleep(600)\n"
    )
    office = psutil.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    try:
        worker = psutil.Process(int(office.stdout.readline()))
    finally:
        office.kill()
        office.wait()
        office.stdout.close()
    worker.wait(timeout=DEADLINE)


def test_the_real_worker_reads_a_mail() -> None:
    pool = Workers()
    try:
        raw = b"From: Ada <ada@client.example>\r\nSubject: Deed\r\nMessage-ID: <1@client.example>\r\n\r\nSigned.\r\n"
        parsed = read(pool, [Item(uid=7, raw=raw, whole=True, size=len(raw))])
    finally:
        pool.stop()
    (copy,) = parsed.copies
    assert (copy.uid, copy.headers.subject, copy.headers.message_id) == (7, "Deed", "1@client.example")
    assert copy.body is not None
    assert copy.body.text.strip() == "Signed."


def test_a_hostile_folder_and_environment_leave_no_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r}, 'w').close()\n"
    for name in ("store.py", "sitecustomize.py", "usercustomize.py", "msgspec.py", "email.py", "signal.py"):
        (tmp_path / name).write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "store.py"))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    monkeypatch.setenv("LD_PRELOAD", str(tmp_path / "none.so"))
    pool = Workers()
    try:
        assert outcome(read(pool, items("From: a@b.example"))) == {1: "read"}
        (pid,) = pool.pids()
        child = psutil.Process(pid)
        assert child.cwd() == "/"
        assert set(child.environ()) <= {*WORKER_NAMES}
    finally:
        pool.stop()
    assert not mark.exists()


def test_only_listed_names_reach_a_child() -> None:
    hostile = {"LANG": "C", "PYTHONPATH": "/x", "LD_PRELOAD": "x", "https_proxy": "x", "SSL_CERT_FILE": "x"}
    assert environment(WORKER_NAMES, hostile) == {"LANG": "C"}
