"""What a mailbox that only waits costs: `python -P -m bench.idle` watches many at once, and tells.

The hub runs in this process, over TLS, as the office's does; the server in a child. That is the rehearsal server: 300
sessions of Dovecot would weigh a gigabyte. Memory is PSS, after one watch and when all have idled and been renewed.
"""

import argparse
import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from bench.peers import PROJECT
from providers.imap.watch import ImapWatch
from providers.protocols import Server

MAILBOXES: Final = 300
RENEWED: Final = 2  # times that each one's IDLE is begun anew before it is weighed
_PASSWORD: Final = "pass"  # noqa: S105 - of a server that lives for this
_PATIENCE: Final = 60.0
_SETTLE: Final = 0.5


_ENV: Final = {"PYTHONPATH": str(PROJECT)}


class Weighed(NamedTuple):
    """Of one mailbox: kilobytes. Of all: threads beside those before, and seconds until all idled."""

    kilobytes: float
    threads: int
    seconds: float


class _Ear:
    """Counts what the hub says."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._stirred = self._lost = 0

    def stirred(self) -> None:
        with self._news:
            self._stirred += 1
            self._news.notify_all()

    def lost(self, _error: BaseException) -> None:
        with self._news:
            self._lost += 1
            self._news.notify_all()

    def wait(self, count: int) -> None:
        with self._news:
            if not self._news.wait_for(lambda: self._lost or self._stirred >= count, _PATIENCE) or self._lost:
                raise RuntimeError(f"{self._stirred} of {count} idle, {self._lost} are lost")


def own_pss() -> int:
    """Bytes of this process alone."""
    rows = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(row.split()[1]) << 10 for row in rows if row.startswith("Pss:"))


def weigh(server: Server, count: int) -> Weighed:
    """Watch so many mailboxes of this server."""
    hub, ear = ImapWatch(renew=1.0), _Ear()
    hub.watch(server, "user0", _PASSWORD, "INBOX", on_stir=ear.stirred, on_lost=ear.lost)
    ear.wait(1)  # modules, the TLS context and the hub's thread are there once, however many mailboxes
    _rest()
    before, threads, began = own_pss(), threading.active_count(), time.perf_counter()
    for number in range(1, count + 1):
        hub.watch(server, f"user{number}", _PASSWORD, "INBOX", on_stir=ear.stirred, on_lost=ear.lost)
    ear.wait(count + 1)
    seconds = time.perf_counter() - began
    time.sleep(RENEWED * hub.renew)
    _rest()
    found = Weighed((own_pss() - before) / count / 1000, threading.active_count() - threads, seconds)
    hub.stop()
    return found


def _rest() -> None:
    time.sleep(_SETTLE)
    gc.collect()


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "bench.idle", *arguments]


@contextmanager
def _server(count: int) -> Iterator[Server]:
    """In a process of its own, so that it is not weighed."""
    command = _command("--serve", "--mailboxes", str(count))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, env=_ENV) as child:
        if child.stdout is None or child.stdin is None:
            raise RuntimeError("no pipes")
        told = json.loads(child.stdout.readline())
        yield Server(host=told["host"], port=told["port"], tls="ssl", authority=Path(told["cafile"]).read_text())
        child.stdin.close()


def _serve(count: int) -> None:
    """Until the standard input ends."""
    from providers.rehearsal import Account, Rehearsal  # noqa: PLC0415 - what is weighed does not load it

    accounts = [Account(login=f"user{number}", password=_PASSWORD) for number in range(count + 1)]
    with Rehearsal(accounts) as server:
        told = {"host": server.host, "port": server.tls_port, "cafile": str(server.cafile)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def measured(count: int = MAILBOXES) -> Weighed:
    """From a process that has watched nothing yet."""
    command = _command("--mailboxes", str(count))
    done = subprocess.run(command, capture_output=True, check=True, cwd=PROJECT, env=_ENV)
    return Weighed(**json.loads(done.stdout))


def main() -> None:
    """Weigh, or be the server."""
    parser = argparse.ArgumentParser(prog="bench.idle", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mailboxes", type=int, default=MAILBOXES)
    parser.add_argument("--serve", action="store_true", help="be the server")
    options = parser.parse_args()
    if options.serve:
        _serve(options.mailboxes)
        return
    with _server(options.mailboxes) as server:
        sys.stdout.write(json.dumps(weigh(server, options.mailboxes)._asdict()) + "\n")


if __name__ == "__main__":
    main()
