"""A large firm beside a small one, through the socket: `python -P -m bench.firm`.

Both are brought in as an import brings them, and get the same mail. What a screen asks is asked of each by turns, so
that the ratios hold whatever else the machine does.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from actors.desk.api import LocalCopy
from bench.office import Running, office, request
from store.model.ids import EmailId
from store.model.people import NewPerson, PeopleBatch
from store.model.views import ThreadQuery

SMALL: Final = 50  # clients
LARGE: Final = 5_000
EACH: Final = 10  # contacts of a client
MAILS: Final = 1_000
KNOWN: Final = 40  # clients that have mail, in both
BATCH: Final = 500
ASKED: Final = 40
WINDOW: Final = 60

Question = Callable[[Running, random.Random], Awaitable[object]]


@dataclass
class Firm:
    """One of the two."""

    clients: int
    running: Running
    brought: float = 0.0  # seconds of its import
    emails: tuple[EmailId, ...] = ()

    async def fill(self) -> None:
        """People first, so that the mail is filed as it comes."""
        began = time.perf_counter()
        told = await self.running.desk.import_people(request(), _people(self.clients))
        self.brought = time.perf_counter() - began
        if told.refused or told.made != self.clients * EACH:
            raise RuntimeError(told)
        await self.running.desk.import_copies(request(), "old", _mails())
        self.emails = tuple(row.newest for row in (await self.running.desk.threads(ThreadQuery())).rows)


def _address(client: int, person: int) -> str:
    return f"person{person}@client{client}.example"


async def _people(clients: int) -> AsyncIterator[PeopleBatch]:
    people: list[NewPerson] = []
    for number in range(clients * EACH):
        client, person = divmod(number, EACH)
        name, address = f"Person {number:05}", _address(client, person)
        people.append(NewPerson(line=number + 1, name=name, addresses=(address,), clients=(f"Client {client:04}",)))
        if len(people) == BATCH:
            yield PeopleBatch(people=tuple(people))
            people = []
    if people:
        yield PeopleBatch(people=tuple(people))


async def _mails() -> AsyncIterator[LocalCopy]:
    for number in range(MAILS):
        sender = _address(number % KNOWN, number % EACH)
        raw = (
            f"From: Somebody <{sender}>\r\nTo: <owner@firm.example>\r\nSubject: Matter {number:04}\r\n"
            f"Message-ID: <{number}@x.example>\r\nDate: Wed, 1 Jul 2026 10:00:00 +0000\r\n\r\nHello {number}.\r\n"
        )
        yield LocalCopy(folder="INBOX", data=raw.encode(), at=1_780_000_000 + number)


def _person(chance: random.Random) -> str:
    return f"person {chance.randrange(400):05}"


async def _open(one: Running, chance: random.Random) -> object:
    return await one.desk.client(f"Client {chance.randrange(KNOWN):04}")


async def _folder(one: Running, chance: random.Random) -> object:
    known = await one.desk.client(f"Client {chance.randrange(KNOWN):04}")
    return await one.desk.threads(ThreadQuery(client=known.client), limit=WINDOW)


QUESTIONS: Final[dict[str, Question]] = {
    "clients, first window": lambda one, _: one.desk.client_page(limit=WINDOW),
    "clients, filtered": lambda one, chance: one.desk.client_page(text=f"{chance.randrange(KNOWN):03}", limit=WINDOW),
    "contacts, first window": lambda one, _: one.desk.contact_page(limit=WINDOW),
    "contacts, filtered": lambda one, chance: one.desk.contact_page(text=_person(chance), limit=WINDOW),
    "client opened": _open,
    "client opened, and its folder": _folder,
    "left pane": lambda one, _: one.desk.folders(),
    "completing": lambda one, chance: one.desk.complete(_person(chance)),
}


async def measured() -> dict[str, object]:
    """Medians and p95 in milliseconds of both firms, and their ratio."""
    chance = random.Random(7)  # noqa: S311 - which client is asked for
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in (*QUESTIONS, "email filed")}
    async with AsyncExitStack() as stack:
        firms = [Firm(clients, await stack.enter_async_context(office(clients=False))) for clients in (SMALL, LARGE)]
        for firm in firms:
            await firm.fill()
            sys.stderr.write(f"{firm.clients * EACH} contacts brought in: {firm.brought:.2f} s\n")
        for turn in range(ASKED):
            for name, question in QUESTIONS.items():
                for firm, times in zip(firms, found[name], strict=True):
                    times.append(await _timed(question(firm.running, chance)))
            for firm, times in zip(firms, found["email filed"], strict=True):
                to = f"Client {chance.randrange(KNOWN):04}"
                email = firm.emails[turn]
                times.append(await _timed(firm.running.desk.file(request(), email=email, client=to)))
        brought = {str(firm.clients * EACH): firm.brought for firm in firms}
    return {"brought in, s": brought, **{name: _told(*times) for name, times in found.items()}}


async def _timed(asked: Awaitable[object]) -> float:
    began = time.perf_counter()
    await asked
    return (time.perf_counter() - began) * 1000


def _told(small: list[float], large: list[float]) -> dict[str, float]:
    medians = statistics.median(small), statistics.median(large)
    return {
        "small": medians[0],
        "large": medians[1],
        "large p95": sorted(large)[round(len(large) * 0.95) - 1],
        "ratio": medians[1] / medians[0],
    }


def main(arguments: list[str]) -> int:
    """Run, and print one JSON object."""
    argparse.ArgumentParser(prog="bench.firm", description=__doc__).parse_args(arguments)
    sys.stdout.write(json.dumps(asyncio.run(measured()), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
