"""What a process and all its descendants hold: their PSS, sampled while something else runs (Linux)."""

import threading
from pathlib import Path
from typing import Final, Self

EVERY: Final = 0.1


def family(pid: int) -> list[int]:
    """The process and its descendants that live."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        try:
            tasks = [*Path(f"/proc/{one}/task").iterdir()]
            children = [int(word) for task in tasks for word in (task / "children").read_text().split()]
        except OSError:  # it ended while it was looked at
            continue
        found.append(one)
        waiting += children
    return found


def pss(pid: int) -> int:
    """Bytes of the family."""
    total = 0
    for one in family(pid):
        try:
            rows = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(row.split()[1]) << 10 for row in rows if row.startswith("Pss:"))
    return total


class Peak:
    """The highest PSS of a family while the block runs."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            self.bytes = max(self.bytes, pss(self._pid))
