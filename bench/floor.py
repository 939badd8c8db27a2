"""The least that a sync in Python can do, as a process: imaplib → a pack file → SQLite's FTS5, on the disk at every 500
mails. `python -P -m bench.floor HOST PORT USER PASSWORD FOLDER` prints seconds and mails.
"""

import contextlib
import imaplib
import json
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import mktime_tz, parsedate_tz
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import fast_mail_parser

CHUNK: Final = 500
FIRST: Final = 50
_UID: Final = re.compile(rb"UID (\d+) FLAGS \(([^)]*)\)")
_SCHEMA: Final = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;
CREATE TABLE mail (uid INTEGER PRIMARY KEY, at INTEGER, flags, sender, rcpt, subject, place INTEGER, size INTEGER);
CREATE VIRTUAL TABLE fts USING fts5 (
    subject, sender, rcpt, body, content = '', tokenize = 'unicode61 remove_diacritics 2');
"""


class Account(NamedTuple):
    """Where the mail is."""

    host: str
    port: int
    user: str
    password: str


class _Read(NamedTuple):
    at: int
    sender: str
    rcpt: str
    subject: str
    text: str


def sync(account: Account, folder: Path) -> int:
    """The inbox, newest first; how many mails."""
    line = imaplib.IMAP4(account.host, account.port)
    line.login(account.user, account.password)
    line.select(readonly=True)
    uids = [int(uid) for uid in line.uid("SEARCH", "ALL")[1][0].split()]
    store = sqlite3.connect(folder / "store.db")
    store.executescript(_SCHEMA)
    with (folder / "mail.pack").open("wb") as pack:
        for low, high in _chunks(len(uids)):
            _chunk(line, f"{uids[low]}:{uids[high - 1]}", store, pack)
    line.logout()
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return len(uids)


def _chunks(high: int) -> Iterator[tuple[int, int]]:
    size = FIRST
    while high > 0:
        low = max(0, high - size)
        yield low, high
        high, size = low, CHUNK


def _chunk(line: imaplib.IMAP4, uids: str, store: sqlite3.Connection, pack: BinaryIO) -> None:
    rows, words = [], []
    for part in line.uid("FETCH", uids, "(UID FLAGS BODY.PEEK[])")[1]:
        about = _UID.search(part[0]) if isinstance(part, tuple) else None
        if about is None:
            continue
        raw = part[1].replace(b"\r\n", b"\n")
        read, uid = _read(raw), int(about[1])
        rows.append((uid, read.at, about[2].decode(), read.sender, read.rcpt, read.subject, pack.tell(), len(raw)))
        words.append((uid, read.subject, read.sender, read.rcpt, read.text))
        pack.write(raw)
    store.executemany("INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    store.executemany("INSERT INTO fts (rowid, subject, sender, rcpt, body) VALUES (?, ?, ?, ?, ?)", words)
    pack.flush()
    os.fsync(pack.fileno())
    store.commit()


def _read(raw: bytes) -> _Read:
    mail = fast_mail_parser.parse_email(raw, mode="lazy")
    heads = mail.headers
    sender, rcpt = (_decoded((heads.get(name) or [""])[0]) for name in ("From", "To"))
    return _Read(_when(mail.date), sender, rcpt, _decoded(mail.subject), mail.text_plain[0] if mail.text_plain else "")


def _decoded(value: str) -> str:
    if "=?" in value:
        with contextlib.suppress(HeaderParseError, LookupError, UnicodeError):
            return str(make_header(decode_header(value)))
    return value


def _when(date: str) -> int:
    parsed = parsedate_tz(date)
    return 0 if parsed is None else int(mktime_tz(parsed))


def main(arguments: list[str]) -> int:
    """Sync and tell."""
    host, port, user, password, folder = arguments
    began = time.perf_counter()
    count = sync(Account(host, int(port), user, password), Path(folder))
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began, "mails": count}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
