"""`mailbox add --preview` at a real server: the counts come as JSON, and nothing is in the home's bytes afterwards."""

import shutil
from pathlib import Path

import pytest

from tests.support.cli import Cli, Seat, adding
from tests.support.dovecot import DovecotFactory
from tests.support.home import short_folder

pytestmark = pytest.mark.dovecot

SEAT = Seat(member="", address="iris@firm.example", user="user1")
PLANTED = b"Xyzzyplanted"


def mail(number: int, sender: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: iris@firm.example\r\nSubject: {PLANTED.decode()}\r\n"
        f"Message-ID: <{number}@x.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nText\r\n"
    ).encode()


def kept(home: Path) -> list[str]:
    files = [path for path in home.rglob("*") if path.is_file()]
    return [path.name for path in files if PLANTED in path.read_bytes()]


def test_it_counts_and_keeps_nothing(dovecot: DovecotFactory) -> None:
    server, home = dovecot(users=1), short_folder()
    for number in range(3):
        server.deliver("user1", mail(number, "ada@byron.example"))
    server.deliver("user1", mail(3, "eva@else.example"))
    with Cli(home) as cli:
        cli.rows("client", "add", "Byron", "--contact", "Ada <ada@byron.example>")
        told = cli.one(*adding(server, SEAT), "--preview", stdin=f"{server.password}\n")
        assert told["clients"] == [{"client": "Byron", "emails": 3}]
        assert (told["unfiled"], told["excluded"], told["not_looked_at"]) == (1, 0, 0)
        assert cli.rows("mailbox", "list") == []
        assert kept(home) == []
        error = cli.refused(*adding(server, SEAT), "--preview", code=6, stdin="wrong\n")
        assert error["code"] == "login_refused"
        asked = [word for word in adding(server, SEAT) if word != "--password-stdin"]
        again = cli.one(*asked, "--password-command", f"/bin/echo {server.password}", "--preview")
        assert again == told
        assert cli.refused(*asked, "--oauth", "--begin", "--preview", code=2)["code"] == "bad_value"
        assert kept(home) == []
        assert cli.one(*adding(server, SEAT), stdin=f"{server.password}\n")["done"]
    shutil.rmtree(home)
