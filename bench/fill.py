"""Homes to measure on: made-up mail, a thread each, brought in by `postroom import`; the same as a Maildir, and as the
bare list's table. Made once for each number of threads and kept in the folder that is named.
"""

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final, NamedTuple

ME: Final = "olga@firm.example"
CLIENTS: Final = 40
SEED: Final = 4
NEWEST: Final = 1_790_000_000
APART: Final = 300  # seconds between two mails
_FORM: Final = 2  # of what is kept; another number makes it anew
_WORDS: Final = re.findall(
    r"\w+",
    "invoice quarter return lease draft contract payroll notary register deadline balance transfer receipt expense "
    "appeal hearing deed audit budget ledger premium boundary licence tender warranty estate harbour orchard kitchen",
)


class Mail(NamedTuple):
    """One made-up mail."""

    number: int
    client: int
    sender: str
    address: str
    subject: str
    text: str
    at: int


def mails(count: int) -> Iterator[Mail]:
    """Oldest first. A subject begins with #000123, by which a row is known on any screen."""
    chance = random.Random(SEED)  # noqa: S311 - made-up text
    for number in range(count):
        client = chance.randrange(CLIENTS)
        words = " ".join(chance.choices(_WORDS, k=5))
        yield Mail(
            number=number,
            client=client,
            sender=f"{chance.choice(_WORDS).title()} {chance.choice(_WORDS).title()}",
            address=f"person{chance.randrange(8)}@client{client}.example",
            subject=f"#{number:06} {words}",
            text=f"This is mail #{number:06}.\n\n"
            + "\n".join(" ".join(chance.choices(_WORDS, k=11)) for _ in range(12)),
            at=NEWEST - (count - number) * APART,
        )


def raw(mail: Mail) -> bytes:
    """As it would come."""
    date = format_datetime(datetime.fromtimestamp(mail.at, UTC))
    return (
        f"Message-ID: <{mail.number}@client{mail.client}.example>\nDate: {date}\nFrom: {mail.sender} <{mail.address}>\n"
        f"To: Olga Owner <{ME}>\nSubject: {mail.subject}\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        f"{mail.text}\n"
    ).encode()


class Filled(NamedTuple):
    """What there is to measure on."""

    home: Path
    maildir: Path
    table: Path
    env: Mapping[str, str]


def filled(folder: Path, count: int) -> Filled:
    """Made now, or as it was kept."""
    place = folder / f"{count}"
    there = Filled(place / "home", place / "Maildir", place / "list.db", environment(place))
    mark = place / "made.json"
    made = {"form": _FORM, "count": count}
    if not (mark.is_file() and json.loads(mark.read_text()) == made):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, mode=0o700)
        for told, make in (("list", _table), ("Maildir", _maildir), ("home", _home)):
            began = time.monotonic()
            make(there, count)
            sys.stderr.write(f"{told} of {count}: {time.monotonic() - began:.0f} s\n")
        mark.write_text(json.dumps(made))
    return there


def environment(place: Path) -> dict[str, str]:
    """Nothing of the caller's own home, and a terminal in English."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "TZ") if name in os.environ}
    return {**kept, "HOME": str(place), "POSTROOM_HOME": str(place / "home"), "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color", "COLORTERM": "truecolor"}  # fmt: skip


def postroom(*words: str) -> list[str]:
    """The command of this environment."""
    return [str(Path(sys.executable).with_name("postroom")), *words]


def _table(there: Filled, count: int) -> None:
    with sqlite3.connect(there.table) as table:
        table.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY, sender TEXT, subject TEXT, at INTEGER)")
        rows = ((mail.number, mail.sender, mail.subject, mail.at) for mail in mails(count))
        table.executemany("INSERT INTO mail VALUES (?, ?, ?, ?)", rows)
    table.close()


def _maildir(there: Filled, count: int) -> None:
    for name in ("cur", "new", "tmp"):
        (there.maildir / name).mkdir(parents=True)
    for mail in mails(count):
        (there.maildir / "cur" / f"{mail.at}.{mail.number}.bench:2,S").write_bytes(raw(mail))


def _home(there: Filled, count: int) -> None:
    run = _Run(there)
    for client in range(CLIENTS):
        people = [f"Person {one} <person{one}@client{client}.example>" for one in range(8)]
        run("client", "add", f"Client {client:02}", *(word for one in people for word in ("--contact", one)))
    file = there.home.parent / "all.mbox"
    with file.open("wb") as box:
        for mail in mails(count):
            box.write(f"From {mail.address} {time.asctime(time.gmtime(mail.at))}\nStatus: RO\n".encode())
            box.write(raw(mail) + b"\n")
    run("import", str(file), "--mailbox", "bench")
    file.unlink()
    run("office", "stop")


class _Run:
    """Commands on the home, one after the other."""

    def __init__(self, there: Filled) -> None:
        self._env = dict(there.env)

    def __call__(self, *words: str) -> None:
        subprocess.run(
            postroom(*words), env=self._env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
