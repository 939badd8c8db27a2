"""One member's mailbox between the office and another mail program, which acts while the office is not looking.

    with Conflict(server, home) as firm:
        mail = firm.arrives("mug")
        with firm.away():  # acts are queued here, the server hears nothing of them
            firm.does("archive", mail)
            other.expunge("INBOX", firm.uid(mail))
        firm.until(...)

Only what a command prints is known of the office. Must not wait for anything but a state that a test names.
"""

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from tests.support.cli import Cli, Row
from tests.support.imap import OtherProgram, Reached

ADDRESS = "clara@firm.example"
Places = dict[str, list[tuple[int, frozenset[str]]]]  # folder → (UID, flags)
NOT_FOUND = 3  # an exit code


class Conflict:
    """See the module. `port` is where the office reaches the server, in clear (`tls` none) or not."""

    def __init__(self, server: Reached, home: Path, *, user: str = "user1", smtp: int = 0) -> None:
        """`smtp`: the port by which it sends, with STARTTLS; 0: it does not."""
        self.server, self.user = server, user
        self._sends = ("--smtp", f"localhost:{smtp}") if smtp else ("--no-send",)
        self.cli = Cli(home, inside=True)
        self._serial = itertools.count(1)
        self._other: OtherProgram | None = None

    # ------------------------------------------------------------ mail
    def letter(self, token: str, *, message_id: bool = True) -> bytes:
        named = f"Message-ID: <{token}@client.example>\r\n" if message_id else ""
        return (
            f"From: Ana <ana@strange.example>\r\nTo: {ADDRESS}\r\nSubject: about {token}\r\n"
            f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n{named}\r\nBody of {token}.\r\n"
        ).encode()

    def arrives(self, *, folder: str = "INBOX", flags: str = "", message_id: bool = True) -> str:
        """A new mail, synced; its token."""
        (token,) = self.arrive(1, folder=folder, flags=flags, message_id=message_id)
        return token

    def arrive(self, count: int, *, folder: str = "INBOX", flags: str = "", message_id: bool = True) -> list[str]:
        """So many new mails, synced."""
        tokens = [f"q{next(self._serial):05}" for _ in range(count)]
        for token in tokens:
            self.other.put(folder, self.letter(token, message_id=message_id), flags)
        self.sync()
        found = self.known()
        assert set(tokens) <= set(found)
        return tokens

    def known(self) -> dict[str, Row]:
        """Token → email, as the office shows it."""
        called = self.cli.call("search", "--limit", "2000", "--json")
        while called.code == NOT_FOUND:  # the mail after which it would have gone on has left meanwhile
            called = self.cli.call("search", "--limit", "2000", "--json")
        assert called.code == 0, called
        return {row["subject"].split()[-1]: row for row in called.rows}

    def row(self, token: str) -> Row | None:
        return self.known().get(token)

    def sightings(self, token: str) -> list[tuple[str, int]]:
        """Where the office shows it: folder and UID of what is present."""
        row = self.row(token)
        return [] if row is None else sorted((x["folder"], x["uid"]) for x in row["sightings"] if not x["gone"])

    def on_server(self, token: str) -> Places:
        """Where the server has it."""
        found: Places = {}
        for folder in self.other.folders():
            uid = self.other.tokens(folder).get(token)
            if uid is not None:
                found[folder] = [(uid, self.other.flags(folder)[uid])]
        return found

    def uid(self, token: str, folder: str = "INBOX") -> int:
        return self.other.tokens(folder)[token]

    # ------------------------------------------------------------ acts
    def does(self, command: str, token: str, *more: str) -> Row:
        """A member's act on a mail."""
        row = self.row(token)
        assert row is not None, token
        return self.cli.one(command, row["email"], *more)

    def sync(self) -> None:
        """A look at everything; a server that has just cut the line off may be away for the first one."""
        self.cli.until(lambda: self.cli.call("sync", "--wait").code == 0, what="a look at everything")

    @contextlib.contextmanager
    def away(self, *, checked: bool = True) -> Iterator[OtherProgram]:
        """The office does not reach the server meanwhile; the other program does. Unless `checked` the first look after
        it may fail.
        """
        self.cli.one("mailbox", "pause", ADDRESS)
        yield self.other
        self.cli.one("mailbox", "resume", ADDRESS)
        if checked:
            self.sync()

    def dropped(self, token: str | None = None) -> list[tuple[str, str]]:
        """What its maker is told of a mail: (act, cause); None: of any."""
        email = None if token is None else (self.row(token) or {}).get("email")
        rows = [row for row in self.cli.rows("notices") if row["kind"] == "change_dropped"]
        return [(row["act"], row["cause"]) for row in rows if token is None or row["email"] == email]

    def notices(self) -> list[Row]:
        return self.cli.rows("notices")

    def reconnect(self) -> None:
        """The other program logs in anew."""
        if self._other is not None:
            with self._other:
                pass
        self._other = OtherProgram(self.server, self.user)

    def until(self, holds: Callable[[], object], what: str) -> None:
        self.cli.until(holds, what=what, seconds=30)

    def kill(self) -> None:
        self.cli.kill_office()

    # ------------------------------------------------------------ life
    @property
    def other(self) -> OtherProgram:
        assert self._other is not None
        return self._other

    def __enter__(self) -> Self:
        try:
            self.cli.one(
                "mailbox", "add", ADDRESS, "--imap", f"localhost:{self.server.tls_port}", "--login", self.user, "--ca",
                str(self.server.cafile), "--password-stdin", *self._sends, "--history", "all", "--scope", "whole",
                stdin=f"{self.server.password}\n",
            )  # fmt: skip
            self.reconnect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with self.cli, self._other or contextlib.nullcontext():
            pass
        shutil.rmtree(self.cli.home)
