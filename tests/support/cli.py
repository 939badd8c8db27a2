"""The `postroom` command as somebody outside uses it: a home of one's own, an office that ends with the test.

    with Cli(folder) as cli:
        cli.one("client", "add", "Olmo Bakery", "--contact", "Ana <ana@olmo.example>")
        cli.rows("search", "invoice")
        cli.refused("show", "nothing", code=3)

Every answer is the JSON that docs/cli.md promises. Must not reach into the office: what it does not say is not known.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from unittest import mock

import psutil

from tests.support.dovecot import Dovecot
from tests.support.home import FOREIGN

Row = dict[str, Any]
POSTROOM = (str(Path(sys.executable).with_name("postroom")),)
WAIT = 60.0
LOOK = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Row]:
        """Standard output as JSON Lines; nothing else may stand there."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(row, dict) for row in found), self.out[:500]
        return found

    @property
    def error(self) -> Row:
        """The one object on standard error of a refusal, its three keys checked."""
        (line,) = self.err.splitlines()
        error: Row = json.loads(line)["error"]
        assert set(error) == {"code", "sentence", "remedy"}, error
        assert error["sentence"], error
        return error


def _called(command: list[str], *, stdin: str, env: dict[str, str], timeout: float) -> Called:
    done = subprocess.run(
        command, input=stdin.encode(), capture_output=True, timeout=timeout, env=env, cwd="/", check=False
    )
    return Called(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def _called_inside(words: list[str], *, stdin: str, env: dict[str, str]) -> Called:
    from tui.cli import main

    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(3)]
    given, out, err = streams
    given.write(stdin)
    given.seek(0)
    with (
        mock.patch.dict(os.environ, env, clear=True),
        mock.patch.object(sys, "stdin", given),
        mock.patch.object(sys, "argv", ["postroom", *words]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main(words)
    texts = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.read())
    return Called(code=code, out=texts[0], err=texts[1])


class Cli:
    """Commands in one home. Leaving the block ends the home's office, however it is.

    Args:
        home: a short path (a socket's name must fit), made if it is missing.
        member: act as this member in every command.
        inside: run the commands in this process, ten times as quickly: for tests that need hundreds of them. The
            office stays a process of its own, and what passes between is the same.
    """

    def __init__(self, home: Path, *, member: str | None = None, inside: bool = False) -> None:
        self.home, self.member, self.inside = home, member, inside

    def as_(self, member: str) -> "Cli":
        """The same home, as another member."""
        return Cli(self.home, member=member, inside=self.inside)

    # ------------------------------------------------------------ commands
    def call(self, *args: str, stdin: str = "", timeout: float = WAIT, env: dict[str, str] | None = None) -> Called:
        """Run a command as it is given."""
        given = {**self.env, **(env or {})}
        if self.inside:
            called = _called_inside([*self._acting, *args], stdin=stdin, env=given)
        else:
            called = _called(self.command(*args), stdin=stdin, env=given, timeout=timeout)
        assert "Traceback" not in called.err + called.out, called.err[-2000:]
        return called

    def start(self, *args: str) -> "subprocess.Popen[bytes]":
        """Begin a command and leave it running."""
        return subprocess.Popen(
            self.command(*args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            cwd="/",
            start_new_session=True,
        )

    def rows(self, *args: str, stdin: str = "", code: int = 0, timeout: float = WAIT) -> list[Row]:
        """Run with --json; the objects it printed."""
        called = self.call(*args, "--json", stdin=stdin, timeout=timeout)
        assert called.code == code, (args, called.code, called.err[-2000:], called.out[-500:], self.log()[-1500:])
        return called.rows

    def one(self, *args: str, stdin: str = "", code: int = 0, timeout: float = WAIT) -> Row:
        """Run with --json; the one object it printed."""
        found = self.rows(*args, stdin=stdin, code=code, timeout=timeout)
        assert len(found) == 1, (args, found)
        return found[0]

    def refused(self, *args: str, code: int, stdin: str = "", timeout: float = WAIT) -> Row:
        """Run with --json and be refused: the exit code, nothing on standard output, one error object."""
        called = self.call(*args, "--json", stdin=stdin, timeout=timeout)
        assert (called.code, called.out) == (code, ""), (args, called, self.log()[-1500:])
        return called.error

    def until(self, holds: Callable[[], object], *, what: str, seconds: float = 30) -> None:
        """Ask again until something holds. Outside there is no other sign than the next answer."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"waiting for {what}\n{self.log()[-2000:]}"
            time.sleep(LOOK)

    def command(self, *args: str) -> list[str]:
        return [*POSTROOM, *self._acting, *args]

    @property
    def env(self) -> dict[str, str]:
        """The test's own, without what a developer's shell may bring."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return {**kept, "POSTROOM_HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    @property
    def _acting(self) -> tuple[str, ...]:
        return () if self.member is None else ("--as", self.member)

    # ------------------------------------------------------------ the office from outside
    def log(self) -> str:
        path = self.home / "log" / "office.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def offices(self) -> list[psutil.Process]:
        """The processes that are an office of this home."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or []
            if str(self.home) in command and any("actors.office" in word for word in command):
                found.append(process)
        return found

    def workers(self) -> list[psutil.Process]:
        return [child for office in self.offices() for child in office.children(recursive=True)]

    def kill_office(self) -> None:
        """Kill -9, and wait until nothing of it is left."""
        (office,) = self.offices()
        kill(office, others=office.children(recursive=True))

    # ------------------------------------------------------------ life
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """SIGTERM as a service manager sends it; what still lives after ten seconds is killed."""
        offices = self.offices()
        for office in offices:
            office.terminate()
        for office in alive(offices, seconds=15):
            kill(office, others=office.children(recursive=True))


def kill(process: psutil.Process, *, others: Iterable[psutil.Process] = ()) -> None:
    """Kill -9 one process, see the others end by themselves, and leave none if they do not."""
    process.kill()
    left = alive([process, *others], seconds=10)
    for child in left:
        child.kill()
    assert not left, "a child outlived its parent"


def alive(processes: Iterable[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Those that still run after some seconds; an orphan that nobody has reaped runs no more."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while left := [process for process in left if _runs(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(LOOK / 10)
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def by(rows: Iterable[Row], key: str) -> dict[Any, Row]:
    """The rows by one of their keys, which must be different in each."""
    listed = list(rows)
    found = {row[key]: row for row in listed}
    assert len(found) == len(listed), f"{key} is not unique"
    return found


# ---------------------------------------------------------------- a firm on a Dovecot
@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A member with a mailbox: login `user` at the server."""

    member: str
    address: str
    user: str


def set_up(
    cli: Cli,
    server: Dovecot,
    seats: Iterable[Seat],
    clients: dict[str, tuple[str, ...]],
    *,
    scope: str = "whole",
    port: int | None = None,
    role: str = "admin",
    tls: str = "ssl",
) -> str:
    """Members, clients with their addresses, then the mailboxes. The first seat is the owner's; says their name.

    Args:
        role: of everybody but the owner; an admin sees every client.
        cli: the home, still empty.
        server: holds the mailboxes.
        seats: the owner's first.
        clients: name → addresses, a contact each.
        scope: of every mailbox.
        port: where the server is reached instead of its own port.
        tls: `none` only with the port of a line in clear.
    """
    owner = str(cli.rows("member", "list")[0]["name"])
    listed = list(seats)
    for seat in listed[1:]:
        cli.one("member", "add", seat.member, "--role", role)
    for name, addresses in clients.items():
        contacts = [word for address in addresses for word in ("--contact", f"{address.partition('@')[0]} <{address}>")]
        cli.one("client", "add", name, *contacts)
    for number, seat in enumerate(listed):
        member = owner if number == 0 else seat.member
        add_mailbox(cli, server, seat, member=member, scope=scope, port=port, tls=tls)
    return owner


def add_mailbox(
    cli: Cli, server: Dovecot, seat: Seat, *, member: str, scope: str, port: int | None = None, tls: str = "ssl"
) -> Row:
    more = ["--member", member, "--scope", scope, "--tls", tls]
    return cli.one(*adding(server, seat, port=port), *more, stdin=f"{server.password}\n")


def adding(server: Dovecot, seat: Seat, *, port: int | None = None) -> list[str]:
    """The words of `mailbox add` for a mailbox of a Dovecot; the password comes on standard input."""
    where = f"localhost:{port or server.tls_port}"
    return [
        "mailbox", "add", seat.address, "--imap", where, "--login", seat.user, "--ca", str(server.cafile),
        "--password-stdin", "--no-send", "--history", "all",
    ]  # fmt: skip


@contextlib.contextmanager
def ended(process: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    """A command that is gone when the block is left."""
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


# ---------------------------------------------------------------- sums and sets that every audit must keep
def check_audit(lines: Iterable[Row]) -> int:
    """The sums of docs/cli.md hold in every line, and nothing is missing; says how many mails the server holds."""
    total = 0
    for line in lines:
        skipped = sum(line["skipped_by"].values())
        assert skipped == line["skipped"], line
        assert line["store"] == line["filed"] + line["unfiled"] + line["skipped"] + line["failed"], line
        assert line["server"] == line["store"] - count(line["extra"]) + line["pending"] + count(line["missing"]), line
        assert (line["missing"], line["extra"], line["bodies_missing"]) == ([], [], []), line
        assert (line["failed"], line["pending"]) == (0, 0), line
        total += int(line["server"])
    return total


def count(ranges: Iterable[str]) -> int:
    """How many UIDs ranges like 3 and 5:9 hold."""
    pairs = [text.partition(":") for text in ranges]
    return sum(int(last or first) - int(first) + 1 for first, _, last in pairs)
