"""One mail that kills a parsing process, hangs it, ends the whole office, or is larger than any: all others come in, it
has failed for a reason that the ledger keeps, and is tried again later. Nobody is told, since nobody can do anything.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Self

import psutil
import pytest

from providers.rehearsal import Account, Rehearsal
from tests.support.home import short_folder
from tests.support.lethal_office import LethalOffice
from tests.support.reached import Own
from tests.support.two_programs import Conflict

pytestmark = pytest.mark.timeout(120)

COUNT = 30
POISON = "poison"
HUGE = 200 << 20


@dataclass
class Firm:
    """A mailbox, synced once; its office has ended."""

    conflict: Conflict
    server: Rehearsal

    def ledger(self) -> list[tuple[str, int, int]]:
        """What has failed: reason, how often, when it is due."""
        path = f"file:{self.conflict.cli.home}/data/postroom.db?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as vault:
            return vault.execute("SELECT reason, fails, due FROM ledger WHERE outcome = 'failed'").fetchall()

    def arrive(self) -> list[str]:
        """Mails in the inbox, the poison among them; the tokens of the others."""
        tokens = [f"good{number:03}" for number in range(COUNT)]
        for number, token in enumerate(tokens):
            self.server.deliver("user1", self.conflict.letter(token))
            if number == COUNT // 2:
                self.server.deliver("user1", self.conflict.letter(POISON))
        return tokens

    def check(self, tokens: list[str]) -> None:
        """All others are in once, and the sums of the audit hold."""
        known = self.conflict.known()
        assert set(tokens) <= set(known)
        assert POISON not in known
        assert self.conflict.notices() == []
        (inbox,) = [row for row in self.conflict.cli.rows("audit") if row["folder"] == "INBOX"]
        assert (inbox["server"], inbox["failed"], inbox["missing"]) == (COUNT + 1, 1, [])
        (mailbox,) = self.conflict.cli.one("status")["mailboxes"]
        assert (mailbox["state"], mailbox["last_error"]) == ("synced", None)

    def mended(self, tokens: list[str]) -> None:
        """An office that can read it brings it in when it is asked to."""
        self.conflict.sync()
        assert {POISON, *tokens} <= set(self.conflict.known())
        assert self.ledger() == []


@pytest.fixture
def firm() -> Iterator[Firm]:
    with ExitStack() as stack:
        server = stack.enter_context(Rehearsal([Account(login="user1", password="pass")]))
        conflict = stack.enter_context(Conflict(Own(server), short_folder()))
        conflict.sync()
        conflict.cli.one("office", "stop")
        yield Firm(conflict, server)


@pytest.mark.parametrize(("way", "reason"), [("die", "worker_died"), ("hang", "worker_timeout")])
def test_a_mail_that_kills_or_hangs_its_worker_fails_alone(firm: Firm, way: str, reason: str) -> None:
    tokens = firm.arrive()
    began = int(time.time())
    with LethalOffice(firm.conflict.cli, f"mail:{POISON}:{way}"):
        firm.conflict.until(firm.ledger, "its failure")
        firm.conflict.until(lambda: set(tokens) <= set(firm.conflict.known()), "the others")
        ((why, fails, due),) = firm.ledger()
        assert (why, fails) == (reason, 1)
        assert due >= began + 30
        firm.check(tokens)
        firm.conflict.cli.one("office", "stop")
    firm.mended(tokens)


def dies(firm: Firm, office: LethalOffice) -> bool:
    """Whether the office ends at the poison, and not the poison in the ledger."""
    firm.conflict.until(lambda: office.process.poll() is not None or firm.ledger(), "an end of either")
    if office.process.poll() is None:
        return False
    office.wait_killed()
    return True


def test_a_mail_that_ends_the_whole_office_is_found_and_fails_alone(firm: Firm) -> None:
    tokens = firm.arrive()
    deaths = 0
    with ExitStack() as stack:
        while dies(firm, stack.enter_context(LethalOffice(firm.conflict.cli, f"mail:{POISON}:office"))):
            deaths += 1
        assert deaths == 4, "twice together with others, twice alone"
        firm.conflict.until(lambda: set(tokens) <= set(firm.conflict.known()), "the others")
        ((why, fails, _due),) = firm.ledger()
        assert (why, fails) == ("crashed", 1)
        firm.check(tokens)
        firm.conflict.cli.one("office", "stop")
    firm.mended(tokens)


def test_a_mail_of_two_hundred_megabytes_costs_no_memory_and_says_why_it_is_not_here(firm: Firm) -> None:
    tokens = [f"good{number:03}" for number in range(COUNT)]
    letter = firm.conflict.letter
    for token in tokens[:20]:
        firm.server.deliver("user1", letter(token))
    line = b"x" * 76 + b"\r\n"
    firm.server.deliver("user1", letter(POISON) + line * (HUGE // len(line)))
    for token in tokens[20:]:
        firm.server.deliver("user1", letter(token))
    with Peak(firm.conflict) as peak:
        firm.conflict.cli.one("office", "start")
        firm.conflict.until(firm.ledger, "its failure")
        firm.conflict.until(lambda: set(tokens) <= set(firm.conflict.known()), "the others")
    ((why, fails, _due),) = firm.ledger()
    assert (why, fails) == ("too_large", 1)
    assert peak.bytes < 200 << 20
    firm.check(tokens)


class Peak:
    """The most memory that an office and its children were seen with."""

    def __init__(self, conflict: Conflict) -> None:
        self._cli = conflict.cli
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for office in self._cli.offices():
                family = [office, *office.children(recursive=True)]
                self.bytes = max(self.bytes, sum(_resident(process) for process in family))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        assert self.bytes, "no office was seen"


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
