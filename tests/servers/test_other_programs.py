"""mbsync and neomutt work with the rehearsal server as with any other server.

Skipped, and counted, where a program is not installed. Nothing of the office takes part.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from providers.rehearsal import BARE, CAPABILITIES, Account, Rehearsal
from tests.support.pty import Terminal

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]

LOGIN = "ana"
DEEP = "Kunden/Müller & Söhne/2026"
FOLDERS = ("INBOX", "Sent", DEEP)
MARK = re.compile(rb"^X-TUID: .*\n", re.MULTILINE)
SEEN, FLAGGED = "\\Seen", "\\Flagged"


def mail(number: int) -> bytes:
    text = (
        f"From: Ana <a@client.example>\r\nTo: {LOGIN}@firm.example\r\nSubject: letter {number}\r\n"
        f"Message-ID: <{number}@client.example>\r\nDate: Mon, 2 Nov 2026 10:00:{number:02} +0000\r\n\r\n"
        f"Words of {number}.\r\n"
    )
    return text.encode()


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def flags(server: Rehearsal, folder: str = "INBOX") -> dict[int, set[str]]:
    return {one.uid: set(one.flags) & {SEEN, FLAGGED} for one in server.messages(LOGIN, folder)}


# ---------------------------------------------------------------- mbsync
MBSYNC = """\
IMAPAccount a
Host localhost
Port {port}
User {login}
Pass pass
SSLType {tls}
CertificateFile {server.cafile}

IMAPStore far
Account a

MaildirStore near
Path {top}/
Inbox {top}/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Sync All
SyncState *
"""


@dataclass
class Mbsync:
    """A maildir that mbsync keeps the same as the server."""

    server: Rehearsal
    program: str
    config: Path
    top: Path

    def run(self) -> list[str]:
        """Sync all; the verbs that it cost."""
        before = len(self.server.heard)
        done = subprocess.run(
            [self.program, "-c", str(self.config), "-a"], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return [heard.verb for heard in self.server.heard[before:]]

    def place(self, folder: str) -> Path:
        return self.top / folder.replace("Müller & Söhne", "M&APw-ller &- S&APY-hne")  # mbsync keeps modified UTF-7

    def mails(self, folder: str) -> dict[bytes, tuple[Path, str]]:
        """Raw → file and letters of its flags. Of what it brought mbsync leaves its own mark in the header."""
        files = [path for sub in ("cur", "new") for path in (self.place(folder) / sub).iterdir()]
        return {MARK.sub(b"", path.read_bytes()): (path, path.name.partition(":2,")[2]) for path in files}

    def mark(self, folder: str, number: int, letters: str) -> None:
        """What a mail program does in a maildir."""
        path, _ = self.mails(folder)[lines(mail(number))]
        path.rename(self.place(folder) / "cur" / f"{path.name.partition(':')[0]}:2,{letters}")


def lines(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


@pytest.fixture(params=["all", "bare"])
def mbsync(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mbsync]:
    """Twelve mails in three folders: with every extension over TLS, and with none over STARTTLS."""
    found, bare = program("mbsync"), request.param == "bare"
    account = Account(login=LOGIN, password="pass")
    with Rehearsal([account], capabilities=BARE | {"STARTTLS"} if bare else CAPABILITIES) as server:
        for number in range(12):
            server.deliver(LOGIN, mail(number), FOLDERS[number % 3], flags=[SEEN] if number % 2 else [])
        port, tls = (server.port, "STARTTLS") if bare else (server.tls_port, "IMAPS")
        top = tmp_path / "mail"
        top.mkdir()
        config = tmp_path / "mbsyncrc"
        config.write_text(MBSYNC.format(port=port, login=LOGIN, tls=tls, server=server, top=top))
        yield Mbsync(server, found, config, top)


def test_mbsync_pulls_a_tree_of_folders_and_then_finds_nothing_new(mbsync: Mbsync) -> None:
    mbsync.run()
    for folder in FOLDERS:
        mails = mbsync.mails(folder)
        numbers = [number for number in range(12) if FOLDERS[number % 3] == folder]
        assert {raw: letters for raw, (_, letters) in mails.items()} == {
            lines(mail(number)): "S" if number % 2 else "" for number in numbers
        }
    verbs = mbsync.run()
    assert not {"APPEND", "UID STORE", "UID EXPUNGE", "EXPUNGE"} & set(verbs)
    assert verbs.count("UID FETCH") == len(FOLDERS)  # flags; nothing is fetched anew


def test_mbsync_brings_flags_and_deletions_back_and_takes_the_servers(mbsync: Mbsync) -> None:
    mbsync.run()
    mbsync.mark("INBOX", 0, "FS")
    mbsync.mark("Sent", 1, "ST")
    mbsync.server.flag(LOGIN, DEEP, 1, [FLAGGED])
    (gone, *_) = [one.uid for one in mbsync.server.messages(LOGIN, DEEP) if lines(one.content.raw) == lines(mail(5))]
    mbsync.server.expunge(LOGIN, DEEP, [gone])
    mbsync.run()
    assert flags(mbsync.server)[1] == {SEEN, FLAGGED}
    assert set(flags(mbsync.server, "Sent")) == {2, 3, 4}
    deep = mbsync.mails(DEEP)
    assert lines(mail(5)) not in deep
    assert deep[lines(mail(2))][1] == "F"


def test_mbsync_brings_new_mail_both_ways(mbsync: Mbsync) -> None:
    """Without UIDPLUS mbsync 1.4 trips over the answer to its own question for what it has put there: Dovecot's too."""
    mbsync.run()
    if mbsync.server.capabilities.isdisjoint({"UIDPLUS"}):
        mbsync.server.deliver(LOGIN, mail(50))
        mbsync.run()
        assert lines(mail(50)) in mbsync.mails("INBOX")
        return
    (mbsync.place(DEEP) / "new" / "1795500000.one.here").write_bytes(lines(mail(40)))
    mbsync.server.deliver(LOGIN, mail(50))
    mbsync.run()
    assert lines(mail(50)) in mbsync.mails("INBOX")
    assert lines(mail(40)) in [MARK.sub(b"", lines(one.content.raw)) for one in mbsync.server.messages(LOGIN, DEEP)]
    before = flags(mbsync.server, DEEP)
    assert "APPEND" not in mbsync.run()
    assert flags(mbsync.server, DEEP) == before


# ---------------------------------------------------------------- neomutt
NEOMUTT = """\
set folder="imaps://{login}@localhost:{port}/"
set spoolfile="imaps://{login}@localhost:{port}/INBOX"
set imap_user={login} imap_pass=pass
set ssl_force_tls=yes certificate_file={server.cafile}
set header_cache={top}/cache message_cachedir={top}/bodies
set imap_qresync={modern} imap_condstore={modern} imap_idle={modern}
set mail_check=1 timeout=1 imap_keepalive=300
set sort=date index_format="%C|%Z|%s;" status_format="%f %m mails" pager_index_lines=0
set delete=yes quit=yes beep=no wait_key=no sleep_time=0 mark_old=no markers=no
"""


@dataclass
class Neomutt:
    """Seven mails, and how neomutt is started on them."""

    server: Rehearsal
    program: str
    top: Path
    modern: bool

    def open(self) -> Terminal:
        rc = self.top / "rc"
        rc.write_text(
            NEOMUTT.format(
                login=LOGIN, port=self.server.tls_port, server=self.server, top=self.top,
                modern="yes" if self.modern else "no",
            )
        )  # fmt: skip
        env = {"HOME": str(self.top), "TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
        return Terminal([self.program, "-n", "-F", str(rc)], env=env, columns=100, lines=24, cwd=self.top)


@pytest.fixture(params=["all", "bare"])
def neomutt(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Neomutt]:
    found, modern = program("neomutt"), request.param == "all"
    account = Account(login=LOGIN, password="pass")
    with Rehearsal([account], capabilities=CAPABILITIES if modern else BARE) as server:
        for number in range(1, 8):
            server.deliver(LOGIN, mail(number))
        for name in ("cache", "bodies"):
            (tmp_path / name).mkdir()
        yield Neomutt(server, found, tmp_path, modern)


def leave(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait_exit() == 0


def test_neomutt_reads_flags_and_purges_and_sees_what_others_do(neomutt: Neomutt) -> None:
    server = neomutt.server
    with neomutt.open() as terminal:
        terminal.wait_for("7 mails")
        terminal.send("2\r")
        terminal.send("\r")
        terminal.wait_for("Words of 2.")
        terminal.send("i")
        terminal.wait_for("1|N  |letter 1;")
        terminal.send("1\rF")
        terminal.wait_for("|N !|letter 1;")
        terminal.send("4\rd")
        terminal.wait_for("D |letter 4;")
        terminal.send("$")
        terminal.wait_for("6 mails")
        assert flags(server) == {1: {FLAGGED}, 2: {SEEN}, 3: set(), 5: set(), 6: set(), 7: set()}
        server.flag(LOGIN, "INBOX", 6, [SEEN, FLAGGED])
        terminal.wait_for("|  !|letter 6;")
        server.expunge(LOGIN, "INBOX", [1])  # after an EXISTS in one go neomutt would count wrong
        terminal.wait_gone("letter 1;")
        server.deliver(LOGIN, mail(30))
        terminal.wait_for("letter 30;")
        leave(terminal)
    assert flags(server) == {2: {SEEN}, 3: set(), 5: set(), 6: {SEEN, FLAGGED}, 7: set(), 8: set()}


def test_neomutt_catches_up_from_its_cache(neomutt: Neomutt) -> None:
    server = neomutt.server
    with neomutt.open() as terminal:
        terminal.wait_for("7 mails")
        leave(terminal)
    server.flag(LOGIN, "INBOX", 3, [FLAGGED])
    server.expunge(LOGIN, "INBOX", [2, 7])
    server.deliver(LOGIN, mail(31))
    heard = len(server.heard)
    with neomutt.open() as terminal:
        shown = terminal.wait_for("6 mails")
        assert [row.split("|")[1:3] for row in shown.replace(";", "|").splitlines() if "|letter" in row] == [
            ["N  ", "letter 1"], ["N !", "letter 3"], ["N  ", "letter 4"], ["N  ", "letter 5"], ["N  ", "letter 6"],
            ["N  ", "letter 31"],
        ]  # fmt: skip
        leave(terminal)
    caught_up = [one.line for one in server.heard[heard:] if b"CHANGEDSINCE" in one.line and b"VANISHED" in one.line]
    assert len(caught_up) == neomutt.modern
    asked = [one.line for one in server.heard[heard:] if b"BODY.PEEK" in one.line]
    numbers = [line.split()[2] for line in asked]
    assert numbers in ([b"6"], [b"2", b"6"])  # the new one and one whose number has moved; the cache has the others
