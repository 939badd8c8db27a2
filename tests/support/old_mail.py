"""A mailbox with a past, for the office on servers of several makers. Must not hold tests."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from tests.support.cli import Row, check_audit
from tests.support.home import short_folder
from tests.support.imap import Reached
from tests.support.two_programs import Conflict

COUNT = 100
SEEN = "\\Seen"
_LETTER = (
    "From: Ana <ana@strange.example>\r\nTo: clara@firm.example\r\nSubject: about old{n:05}\r\n"
    "Message-ID: <old{n}@client.example>\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\r\nWords {n}.\r\n"
)


class Delivers(Reached, Protocol):
    """A server that takes mail for its users."""

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", *, flags: str = "") -> None: ...


@contextmanager
def with_old_mail(server: Delivers) -> Iterator[Conflict]:
    """A hundred mails in three folders, every second one read; synced."""
    for number in range(COUNT):
        folder = ("INBOX", "Sent", "Archive")[number % 3]
        server.deliver("user1", _LETTER.format(n=number).encode(), folder, flags=SEEN if number % 2 else "")
    home = short_folder()
    with Conflict(server, home) as firm:
        firm.sync()
        yield firm
    shutil.rmtree(home, ignore_errors=True)


def check_old_mail(firm: Conflict, folders: Sequence[str]) -> None:
    """Everything is there once, as it is on the server, and the audit says so."""
    old = {token: row for token, row in firm.known().items() if token.startswith("old")}
    assert len(old) == COUNT
    flags = firm.other.everything()
    for folder in folders:
        for token, uid in firm.other.tokens(folder).items():
            assert _places(old[token]) == [(folder, uid)]
            assert old[token]["read"] == (SEEN in flags[folder][uid])
    assert check_audit(firm.cli.rows("audit")) >= COUNT


def _places(row: Row) -> list[tuple[str, int]]:
    return [(one["folder"], one["uid"]) for one in row["sightings"] if not one["gone"]]
