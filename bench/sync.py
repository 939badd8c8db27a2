"""The sync beside a bare floor, mbsync and aerc, on a private Dovecot: `python -P -m bench.sync [SECTION …]`.

All of one run alternate, so that the ratios hold whatever else the machine does; only they mean anything. Sections:
first (whole, headers, first rows), nothing (new), mail (new), load (memory, windows and bodies during a first sync),
idle (memory of mailboxes that wait).
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import idle, peers
from bench.floor import Account
from bench.letters import ME, client_address, letters
from bench.office import Running, office
from bench.processes import Peak
from bench.relay import Relay
from store.model.mailbox import MailboxScope
from store.model.views import ThreadQuery
from tests.support.dovecot import Dovecot

SECTIONS: Final = ("first", "nothing", "mail", "load", "idle")
ASKED: Final = 20  # times that nothing is new
ARRIVALS: Final = 40
WINDOW: Final = 200
AT_REST: Final = 100
PAUSE: Final = 0.03  # between two questions during a sync
_FORM: Final = 1  # of the mailbox that is kept; another number makes it anew
LIMITS: Final = {
    "whole ÷ floor": 1.4,
    "headers ÷ floor": 0.5,
    "first rows ÷ aerc": 0.7,
    "new mail p95 ms": 30.0,
    "window p99 ms": 20.0,
    "body p99 ms": 30.0,
    "peak MB": 250.0,
    "idling KB": 60.0,
    "idling threads": 0.0,
}
NOTHING_NEW: Final = {20_000: 0.2, 100_000: 0.06}


@dataclass
class Figures:
    """What was measured, by name: seconds, milliseconds or megabytes, one for each round or question."""

    found: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float | None) -> None:
        if value is not None:
            self.found.setdefault(name, []).append(value)
            sys.stderr.write(f"  {name}: {value:.3f}\n")

    def least(self, name: str) -> float | None:
        return min(self.found[name]) if name in self.found else None

    def told(self) -> dict[str, dict[str, float]]:
        """Of each name: least, median, p95, p99 and how many."""
        return {name: _spread(values) for name, values in self.found.items()}

    def ratio(self, name: str, other: str) -> float | None:
        """Of the medians of the same rounds."""
        if name not in self.found or other not in self.found:
            return None
        return statistics.median(self.found[name]) / statistics.median(self.found[other])


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)

    def at(percent: int) -> float:
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]

    return {
        "min": ordered[0], "median": statistics.median(ordered), "p95": at(95), "p99": at(99), "n": len(ordered),
    }  # fmt: skip


class Bench:
    """The sections, on one server."""

    def __init__(self, server: Dovecot, *, messages: int, rounds: int) -> None:
        self.server, self.messages, self.rounds = server, messages, rounds
        self.account = Account(server.host, server.port, "user1", server.password)
        self.figures = Figures()

    async def run(self, sections: Sequence[str]) -> None:
        with _scratch() as folder:
            peers.warm(self.account, folder)
        for section in SECTIONS:
            if section in sections:
                await getattr(self, f"_{section}")()

    async def _first(self) -> None:
        for number in range(self.rounds):
            sys.stderr.write(f"round {number + 1} of {self.rounds}, load {os.getloadavg()[0]:.1f}\n")
            with _scratch() as folder:
                self.figures.add("floor s", peers.floor(self.account, folder))
            await self._first_sync(MailboxScope.WHOLE)
            with _scratch() as folder:
                if peers.Mbsync.installed():
                    self.figures.add("mbsync s", peers.Mbsync(self.account, folder).run())
            await self._first_sync(MailboxScope.HEADERS)
            with _scratch() as folder:
                self.figures.add("aerc s", peers.aerc(self.account, folder))

    async def _first_sync(self, scope: MailboxScope) -> None:
        """Headers are of nobody's client: what is filed would be fetched whole."""
        whole = scope is MailboxScope.WHOLE
        async with office(clients=whole) as running:
            synced = await running.first_sync(self.account, scope)
            self.figures.add("whole s" if whole else "headers s", synced.whole)
            self.figures.add("first rows s" if whole else "first rows of headers s", synced.rows)
            await self._check(running)

    async def _check(self, running: Running) -> None:
        kept = await running.kept()
        if kept != self.messages:
            raise RuntimeError(f"{kept} of {self.messages} are kept")

    async def _nothing(self) -> None:
        async with office() as running:
            await running.first_sync(self.account, MailboxScope.WHOLE)
            with _scratch() as folder:
                peer = peers.Mbsync(self.account, folder) if peers.Mbsync.installed() else None
                if peer is not None:
                    peer.run()
                for _ in range(ASKED):
                    began = time.perf_counter()
                    await running.desk.sync(wait=True)
                    self.figures.add("nothing new ms", (time.perf_counter() - began) * 1000)
                    await asyncio.sleep(1.2)  # mbsync waits out the second of its last change, which is not its work
                    if peer is not None:
                        self.figures.add("mbsync nothing new ms", peer.run() * 1000)

    async def _mail(self) -> None:
        with Relay(self.server.port) as relay:
            async with office() as running:
                await running.first_sync(self.account._replace(port=relay.port), MailboxScope.WHOLE)
                unsubscribe = await running.desk.subscribe(running.hear)
                paths = [await self._arrival(number, running, relay) for number in range(ARRIVALS)]
                unsubscribe()
        for path in paths:  # the next section finds the mailbox as it was
            for left in path.parent.parent.glob(f"*/{path.name.partition(':')[0]}*"):
                left.unlink()

    async def _arrival(self, number: int, running: Running, relay: Relay) -> Path:
        """One mail of a client's, alone; the row is asked for at each announcement."""
        await asyncio.sleep(0.2)
        subject = f"arrival {time.time_ns()}"
        relay.heard.clear()
        path = self.server.deliver("user1", _arrival(subject, number))
        while True:
            await asyncio.wait_for(running.stirred.wait(), 60)
            running.stirred.clear()
            page = await running.desk.threads(ThreadQuery(), limit=1)
            if page.rows and page.rows[0].subject == subject:
                self.figures.add("new mail ms", (time.perf_counter() - relay.heard[0]) * 1000)
                return path

    async def _load(self) -> None:
        async with office() as running:
            with Peak(running.pid) as peak:
                syncing = asyncio.ensure_future(running.first_sync(self.account, MailboxScope.WHOLE))
                chance = random.Random(1)  # noqa: S311 - which mail is opened
                while not syncing.done():
                    await self._question(running, chance)
                    await asyncio.sleep(PAUSE)
            self.figures.add("whole with a screen s", (await syncing).whole)
            self.figures.add("peak MB", peak.bytes / 1e6)
            for _ in range(AT_REST):
                await self._question(running, chance, when=" at rest")
                await asyncio.sleep(PAUSE)

    async def _idle(self) -> None:
        weighed = await asyncio.to_thread(idle.measured)
        self.figures.add("idling KB", weighed.kilobytes)
        self.figures.add("idling threads", weighed.threads)

    async def _question(self, running: Running, chance: random.Random, *, when: str = "") -> None:
        """How a screen asks; at rest too, since a busy machine makes everything late."""
        began = time.perf_counter()
        page = await running.desk.threads(ThreadQuery(), limit=WINDOW)
        if not page.rows:
            return
        if len(page.rows) == WINDOW:
            self.figures.found.setdefault(f"window{when} ms", []).append((time.perf_counter() - began) * 1000)
        row = chance.choice(page.rows)
        began = time.perf_counter()
        await running.desk.email(row.newest)
        self.figures.found.setdefault(f"body{when} ms", []).append((time.perf_counter() - began) * 1000)

    def ratios(self) -> dict[str, float]:
        """What the limits are about."""
        figures, told = self.figures, self.figures.told()
        found = {
            "whole ÷ floor": figures.ratio("whole s", "floor s"),
            "whole ÷ mbsync": figures.ratio("whole s", "mbsync s"),
            "headers ÷ floor": figures.ratio("headers s", "floor s"),
            "first rows ÷ aerc": figures.ratio("first rows s", "aerc s"),
            "nothing new ÷ mbsync": figures.ratio("nothing new ms", "mbsync nothing new ms"),
            "new mail p95 ms": told["new mail ms"]["p95"] if "new mail ms" in told else None,
            "window p99 ms": told["window ms"]["p99"] if "window ms" in told else None,
            "body p99 ms": told["body ms"]["p99"] if "body ms" in told else None,
            "peak MB": figures.least("peak MB"),
            "idling KB": figures.least("idling KB"),
            "idling threads": figures.least("idling threads"),
        }
        return {name: value for name, value in found.items() if value is not None}

    def limits(self) -> dict[str, float]:
        nothing = NOTHING_NEW.get(self.messages)
        return LIMITS if nothing is None else {**LIMITS, "nothing new ÷ mbsync": nothing}


def _arrival(subject: str, number: int) -> bytes:
    sender = client_address(number % 7 + 1)
    name = subject.replace(" ", ".")
    return (
        f"From: Somebody <{sender}>\nTo: <{ME}>\nSubject: {subject}\nMessage-ID: <{name}@x.example>\n"
        "Date: Wed, 1 Jul 2026 10:00:00 +0000\n\nHello.\n"
    ).encode()


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="prb") as folder:
        yield Path(folder)


def mailbox(folder: Path, count: int, maildir: Path | None) -> Path:
    """The server's folder, filled now or as it was kept."""
    place = folder / f"dovecot-{count}-{'own' if maildir is None else maildir.name}"
    mark, made = place / "made.json", {"form": _FORM, "count": count, "maildir": str(maildir)}
    if not (mark.is_file() and json.loads(mark.read_text()) == made):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        server = Dovecot(place)
        if maildir is None:
            for one in letters(count):
                server.deliver("user1", one.raw, flags=one.flags, received=one.at)
        else:
            for path in sorted(maildir.glob("cur/*"), key=lambda path: int(path.name.partition(".")[0])):
                flags = path.name.rpartition(":2,")[2]
                server.deliver("user1", path.read_bytes(), flags=flags, received=path.stat().st_mtime)
        mark.write_text(json.dumps(made))
    return place


def main(arguments: Sequence[str]) -> int:
    """Measure and tell; 1 where a limit was passed."""
    parser = argparse.ArgumentParser(prog="bench.sync", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "postroom-bench")
    parser.add_argument("--maildir", type=Path, help="a mailbox to take instead of the made-up one")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    place = mailbox(options.folder, options.messages, options.maildir)
    with Dovecot(place) as server:
        bench = Bench(server, messages=options.messages, rounds=options.rounds)
        asyncio.run(bench.run(options.sections or SECTIONS))
    over = [name for name, limit in bench.limits().items() if bench.ratios().get(name, 0) > limit]
    if options.json:
        told = {"messages": options.messages, "load": os.getloadavg()[0], "figures": bench.figures.told()}
        sys.stdout.write(json.dumps({**told, "ratios": bench.ratios(), "over": over}) + "\n")
    else:
        _print(bench, over)
    return 1 if over else 0


def _print(bench: Bench, over: Sequence[str]) -> None:
    sys.stdout.write(f"{bench.messages} mails, load {os.getloadavg()[0]:.1f}\n\n")
    sys.stdout.write(f"{'':26}" + "".join(f"{name:>11}" for name in ("min", "median", "p95", "p99", "n")) + "\n")
    for name, told in bench.figures.told().items():
        sys.stdout.write(f"{name:26}" + "".join(f"{value:11.3f}" for value in told.values()) + "\n")
    sys.stdout.write("\n")
    limits: Mapping[str, float] = bench.limits()
    for name, value in bench.ratios().items():
        limit = f"{limits[name]:11.2f}" if name in limits else f"{'–':>11}"
        sys.stdout.write(f"{name:26}{value:11.3f}{limit}{'  over' if name in over else ''}\n")
    if not peers.Mbsync.installed():
        sys.stdout.write("\nmbsync is not here\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
