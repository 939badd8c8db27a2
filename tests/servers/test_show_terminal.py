"""Everything that a mail can bring, through the command line into a terminal: text and line ends come out, nothing else
(Z7), and no command crashes.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support import corpora as mail_corpora
from tests.support import vt
from tests.support.cli import Cli
from tests.support.home import short_folder
from tests.support.hostile import PLANTED, Hostile
from tests.support.many import codes_of, in_terminal

HARMLESS = b"x\r\n"  # what a terminal gets from a program that prints lines
SEEDS = (1, 2, int.from_bytes(os.urandom(4)))
MAILS = 60


@pytest.fixture
def cli() -> Iterator[Cli]:
    home = short_folder()
    with Cli(home) as made:
        yield made
    shutil.rmtree(home)


def check(sent: bytes) -> None:
    """Nothing but printable text and line ends reached the terminal; no command met a bug."""
    assert vt.foreign(sent, own=HARMLESS, words=PLANTED) == []
    shown = vt.text(sent)
    assert vt.hidden(shown) == set()
    assert "Traceback" not in shown
    assert set(codes_of(sent)) <= {0}, shown[-2000:]


def write(folder: Path, mails: Iterable[bytes]) -> list[Path]:
    """A folder of .eml files."""
    folder.mkdir(parents=True)
    paths = []
    for number, raw in enumerate(mails):
        paths.append(folder / f"{number}.eml")
        paths[-1].write_bytes(raw)
    return paths


def shown_as_files(cli: Cli, paths: Iterable[Path], scratch: Path) -> bytes:
    commands = [["show", str(path), *how] for path in paths for how in ((), ("--text",), ("--json",))]
    return in_terminal(commands, env=cli.env, scratch=scratch)


def shown_from_office(cli: Cli, scratch: Path) -> bytes:
    """Lists, each email and each reason, as commands print them for a person and for a program."""
    emails = [row["email"] for row in cli.rows("search")]
    lists = [[name, *how] for name in ("search", "threads", "notices") for how in ((), ("--json",))]
    more = [["mailbox", "list"], ["client", "list"], ["contact", "list"], ["audit", "--all"], ["status"], ["journal"]]
    each = [[command, email] for email in emails for command in ("show", "why")]
    return in_terminal([*lists, *more, *each], env=cli.env, scratch=scratch)


# ---------------------------------------------------------------- made up
@pytest.mark.parametrize("seed", SEEDS, ids=["first", "second", "fresh"])
def test_hostile_files_are_shown_inert(cli: Cli, tmp_path: Path, seed: int) -> None:
    hostile = Hostile(seed)
    paths = write(tmp_path / "mail", (hostile.mail() for _ in range(MAILS)))
    try:
        check(shown_as_files(cli, paths, tmp_path))
    except AssertionError as wrong:
        raise AssertionError(f"seed {seed}: {wrong}") from wrong


def test_hostile_mail_in_the_office_is_shown_inert(cli: Cli, tmp_path: Path) -> None:
    hostile = Hostile(3)
    top = tmp_path / "in"
    for folder in ("plain", "\x1b[2Jpwned", "a\u202egnp", "tab\there", "\x9b2J"):
        write(top / folder, (hostile.mail() for _ in range(12)))
    cli.one("client", "add", "Eve", "--contact", "Eve <eve@evil.example>")
    brought = cli.one("import", str(top), "--mailbox", "brought in")
    assert (brought["added"] + brought["known"], brought["failed"]) == (60, 0)
    check(shown_from_office(cli, tmp_path))


@pytest.mark.parametrize(
    "words",
    [
        ["show", "\x1b[2Jpwned"],
        ["search", "\x1b]0;evil-title\x07"],
        ["client", "show", "\x9b2Jpwned"],
        ["client", "add", "\x1b[2Jpwned"],
        ["contact", "add", "\x1b[2Jpwned <eve@evil.example\x07>"],
        ["contact", "link", "\x1b[2J@evil.example", "\x07"],
        ["mailbox", "add", "\x1b[2J", "--imap", "\x1b[2J:\x07", "--no-send", "--password-stdin"],
        ["import", "/no/such/\x1b[2Jpwned", "--mailbox", "\x1b[2J"],
        ["member", "access", "\x1b[2J", "--rights", "\x07"],
        ["mark", "\x1b[2J", "--read"],
        ["--as", "\x1b[2Jpwned", "status"],
        ["\x1b[2Jpwned"],
        ["threads", "--view", "\x1b[2Jpwned"],
        ["journal", "\x1b]0;evil-title\x07"],
        ["search", "--limit", "\x1b[2Jpwned"],
    ],
    ids=lambda words: words[0] if words[0].isalpha() else "odd",
)
def test_what_a_caller_typed_is_echoed_inert(cli: Cli, tmp_path: Path, words: list[str]) -> None:
    """Refusals name what they refuse: another program may have made up the words."""
    sent = in_terminal([words, [*words, "--json"]], env=cli.env, scratch=tmp_path)
    assert vt.foreign(sent, own=HARMLESS, words=PLANTED) == []
    assert vt.hidden(vt.text(sent)) == set()
    assert "Traceback" not in vt.text(sent)
    assert 70 not in codes_of(sent)


def test_raw_bytes_reach_no_terminal_without_force(cli: Cli, tmp_path: Path) -> None:
    (path,) = write(tmp_path / "mail", [b"Subject: \x1b[2Jpwned\r\n\r\n\x1b[2Jpwned\r\n"])
    refused = in_terminal([["show", str(path), "--raw"]], env=cli.env, scratch=tmp_path)
    assert vt.foreign(refused, own=HARMLESS, words=PLANTED) == []
    assert codes_of(refused) == [2]
    assert b"\x1b[2Jpwned" in in_terminal([["show", str(path), "--raw", "--force"]], env=cli.env, scratch=tmp_path)
    assert cli.call("show", str(path), "--raw").out.encode() == path.read_bytes()


# ---------------------------------------------------------------- real mail
@pytest.mark.corpora
@pytest.mark.parametrize("family", ["mime", "calendar/invites"])
def test_odd_real_mail_is_shown_inert(cli: Cli, corpora: Path, tmp_path: Path, family: str) -> None:
    paths = write(tmp_path / "mail", (mail.raw for mail in mail_corpora.mails(corpora, family)))
    assert paths
    sent = in_terminal([["show", str(path)] for path in paths], env=cli.env, scratch=tmp_path)
    check(sent)


@pytest.mark.long
@pytest.mark.corpora
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("family", mail_corpora.FAMILIES)
def test_every_real_mail_is_shown_inert(cli: Cli, corpora: Path, tmp_path: Path, family: str) -> None:
    """As files, then from an office that brought them in."""
    paths = write(tmp_path / "mail", (mail.raw for mail in mail_corpora.mails(corpora, family)))
    assert paths
    check(shown_as_files(cli, paths, tmp_path))
    brought = cli.one("import", str(tmp_path / "mail"), "--mailbox", "brought in", timeout=600)
    assert brought["failed"] == 0
    check(shown_from_office(cli, tmp_path))
