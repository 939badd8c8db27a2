"""The composition root: opens the home, starts everything in order, and stops it in reverse.

Every part is handed what it needs here; nothing below reaches for globals. The socket answers before a provider is
imported.
"""

import argparse
import contextlib
import ctypes
import functools
import gc
import json
import logging
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from actors import life
from actors.clock import SystemClock, TimerThread
from actors.desk import secrets
from actors.desk.front import Front
from actors.desk.pool import Closes, ReadPool
from actors.documents import DocumentsParts
from actors.doors import Doors, RunMailbox
from actors.faults import position
from actors.insisting import insist
from actors.paths import Home, find, under
from actors.serving import Identify, Inside, LoopThread, ReaderOf, Serving
from actors.staffing import Staffing
from actors.starting import READY
from actors.staying import LINGER_SECONDS, Stay
from actors.supervisor import Patience, Start, start_supervisor
from actors.switchboard import FRONT, Switchboard
from actors.workers import Workers
from store.model.errors import Away, DeskError, ErrorFrame
from store.model.ids import MemberKey
from store.vault.files import Files

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

M_MMAP_THRESHOLD = -3  # of mallopt(3)
LARGE_BYTES = 8 << 20  # batches stay below
COLLECTS = (50_000, 20, 50)  # Python's own 700 look at each deposit many times over: a tenth of the desk's time
SWITCH_SECONDS = 0.0005  # Python's own 5 ms between threads would be felt at every key
LOOK_SECONDS = 1.0
ENDED_BY_BUGS = 70  # EX_SOFTWARE: whoever attaches next starts a new office


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeping:
    """The vault, as far as the office itself needs it: opening, reading, and the actor that writes."""

    open: Callable[[], None]  # brings the file to this version; raises Away("home_newer")
    connect: Callable[[], Closes]  # read-only
    reader_of: ReaderOf
    identify: Identify
    members: Callable[[Any], frozenset[MemberKey]]
    mailboxes: Callable[[Any], tuple[RunMailbox, ...]]
    former: Callable[[Any], tuple[str, ...]]  # server and login of those whose secret is to go
    unfinished: Callable[[Any], tuple[str, ...]]
    unsettled: Callable[[Any], bool]
    start_desk: Start
    files: Files
    documents: DocumentsParts


class Office:
    """An office from its start to its end."""

    def __init__(
        self,
        home: Home,
        keeping: Keeping,
        *,
        linger: float | None,
        look: float = LOOK_SECONDS,
        patience: Patience | None = None,
    ) -> None:
        self._home = home
        self._keeping = keeping
        self._linger = linger
        self._look = look
        self._patience = patience
        self._clock = SystemClock()
        self._ending = threading.Event()
        self._code = 0

    def end(self, code: int = 0) -> None:
        """Ask it to finish and end; from any thread."""
        self._code = self._code or code
        self._ending.set()

    def run(self, ready: Callable[[], None]) -> int:
        """Live. `ready` is called when the socket answers. Returns the exit code."""
        with ExitStack() as stack:
            stack.enter_context(life.only_one(self._home))
            stack.callback(life.remove_socket, self._home)  # last but for the lock: whoever holds that may remove it
            self._keeping.open()
            serving, stay = self._start(stack)
            ready()
            life.notify_service("READY=1")
            _log.info("the office is open")
            self._live(serving, stay)
            life.notify_service("STOPPING=1")
            _log.info("the office ends")
        return self._code

    def _start(self, stack: ExitStack) -> tuple[Serving, Stay]:
        """Everything, in order; each part's end is on the stack before the next begins."""
        random_ = random.SystemRandom()
        pool = ReadPool(self._keeping.connect)
        stack.callback(pool.close)
        own = self._keeping.connect()
        stack.callback(own.close)
        thread = LoopThread("desk-server")
        stack.callback(thread.stop)
        switchboard = Switchboard()
        front = Front(thread.loop)
        switchboard.connect(FRONT, front)
        doors = Doors(self._home, jitter=random_.random, on_other=lambda told: insist(switchboard, told))
        stack.callback(doors.stop)
        inside = Inside(
            switchboard=switchboard,
            front=front,
            clock=self._clock,
            version=installed_version(),
            shared=self._home.unit is not None,
            pool=pool,
            reader_of=self._keeping.reader_of,
            unsettled=self._keeping.unsettled,
            doors=doors,
            files=self._keeping.files,
            staff=lambda: staffing.staff(),  # noqa: PLW0108 - it is made after the server that calls it
            see_off=lambda desk: serving.see_off(desk),  # noqa: PLW0108 - as above
            end=self.end,
        )
        stay = Stay(linger=self._linger, clock=self._clock, unfinished=lambda: self._keeping.unfinished(own))
        serving = Serving(
            thread,
            inside=inside,
            pool=pool,
            identify=self._keeping.identify,
            members=self._keeping.members,
            known=self._knows,
            visitors=stay,
        )
        stack.callback(serving.close)
        staffing = self._staff(stack, switchboard, doors, random_)
        staffing.open()
        stack.callback(serving.deafen)
        serving.listen(life.open_socket(self._home))
        staffing.staff()
        told = functools.partial(secrets.tell_again, self._home.data, doors.box, switchboard)
        threading.Thread(target=told, name="secrets", daemon=True).start()
        return serving, stay

    def _staff(self, stack: ExitStack, switchboard: Switchboard, doors: Doors, random_: random.Random) -> Staffing:
        later = TimerThread()
        stack.callback(later.stop)
        workers = Workers(on_broken=lambda: self.end(ENDED_BY_BUGS))
        stack.callback(workers.stop)
        supervisor = start_supervisor(
            switchboard,
            clock=self._clock,
            later=later,
            jitter=random_.random,
            end_office=lambda _name: self.end(ENDED_BY_BUGS),
            patience=self._patience,
        )
        staffing = Staffing(
            switchboard,
            supervisor=supervisor,
            start_desk=self._keeping.start_desk,
            workers=workers,
            doors=doors,
            mailboxes=lambda: self._looked(self._keeping.mailboxes),
            former=lambda: self._looked(self._keeping.former),
            documents=self._keeping.documents,
        )
        stack.callback(staffing.close)
        return staffing

    def _looked(self, read: Callable[[Any], Answer]) -> Answer:
        """Asked seldom and from several threads: a connection for each time."""
        connection = self._keeping.connect()
        try:
            return read(connection)
        finally:
            connection.close()

    def _knows(self, uid: int) -> bool:
        """Who is heard at all (Z11, Z12)."""
        if self._home.unit is None:
            return uid == os.getuid()
        return uid not in (0, os.getuid(), 65534)

    def _live(self, serving: Serving, stay: Stay) -> None:
        while not self._ending.wait(self._look):
            if serving.answers():
                life.notify_service("WATCHDOG=1")
            if stay.is_over() and self._leaves(serving, stay):
                return

    def _leaves(self, serving: Serving, stay: Stay) -> bool:
        """Stop listening, look once more, and go; or go on if somebody came in the last moment."""
        life.remove_socket(self._home)
        serving.deafen()
        if not stay.visited:
            _log.info("nobody is here and nothing is unfinished")
            return True
        serving.listen(life.open_socket(self._home))
        return False


def keeping_of(home: Home, *, owner: str | None = None, firm: str | None = None) -> Keeping:
    """The vault of a home."""
    from actors.keeping import keeping

    return keeping(home, owner=owner, firm=firm)


def installed_version() -> str:
    """The version of this installation."""
    try:
        return version("postroom")
    except PackageNotFoundError:
        return "0+unknown"


def open_office(
    home: Home,
    *,
    linger: float | None,
    ready: Callable[[], None],
    to_terminal: bool = False,
    owner: str | None = None,
    firm: str | None = None,
) -> int:
    """Run an office in this process until it ends. Raises DeskError if it cannot open the home."""
    life.close_to_others()
    life.make_home(home)
    life.write_log(home, to_terminal=to_terminal)
    sys.setswitchinterval(SWITCH_SECONDS)
    _give_back_memory()
    gc.freeze()  # what is loaded stays, and records hold no cycles
    gc.set_threshold(*COLLECTS)
    try:
        office = Office(home, keeping_of(home, owner=owner, firm=firm), linger=linger)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: office.end())
        return office.run(ready)
    except DeskError:
        raise
    except Exception as bug:  # noqa: BLE001 - no traceback goes anywhere: it could hold mail
        _log.error("the office could not live: %s", position(bug))
        raise Away("start_failed", log=str(home.log)) from None


def _give_back_memory() -> None:
    """What a large mail takes goes back to the system when it is let go. The C library by itself keeps blocks of up to
    32 MB for later, in each thread's own heap.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def serve(home: Home) -> int:
    """The office in the foreground until it is stopped."""
    return open_office(home, linger=None, ready=lambda: None, to_terminal=True)


def main(arguments: list[str] | None = None) -> int:
    """The office at one's side: says on standard output that it is ready, or why it cannot be."""
    parser = argparse.ArgumentParser(prog="actors.office")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--linger", type=float, default=LINGER_SECONDS)
    parser.add_argument("--owner", help="names the owner of a fresh home")
    parser.add_argument("--firm", help="names the firm of a fresh home")
    options = parser.parse_args(arguments)
    try:
        home = under(options.home) if options.home else find()
        return open_office(
            home, linger=options.linger, ready=lambda: _say(READY), owner=options.owner, firm=options.firm
        )
    except DeskError as error:
        frame = ErrorFrame.of(error)
        _say(json.dumps({"kind": frame.kind, "code": frame.code, "arguments": frame.arguments}).encode() + b"\n")
        return error.exit_code


def _say(line: bytes) -> None:
    """One line to whoever started us; after it nobody listens."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, line)
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    os._exit(code)  # a thread stuck in somebody's network must not keep a stopped office alive
