"""A client's export: whole, readable by others, proven by its manifest; only what one may see; and the hold."""

import email
import hashlib
import json
import mailbox
import shutil
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest

from tests.contract.test_desk_documents import LETTER
from tests.support.cli import Cli
from tests.support.home import short_folder

FROM_LINES = (
    b'From: ada@byron.example\r\nTo: olga@firm.example\r\nSubject: =HYPERLINK("x")\r\nMessage-ID: <2@mail.example>\r\n'
    b"Date: Tue, 03 Mar 2026 10:00:00 +0000\r\n\r\nFrom here on\r\n>From quoted\r\nthe end.\r\n"
)


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    home, mail = short_folder(), tmp_path_factory.mktemp("mail")
    (mail / "1.eml").write_bytes(LETTER)
    (mail / "2.eml").write_bytes(FROM_LINES)
    (mail / "3.eml").write_bytes(FROM_LINES.replace(b"ada@byron", b"somebody@else").replace(b"<2@", b"<3@"))
    deed = mail / "Deed.pdf"
    deed.write_bytes(b"the deed")
    with Cli(home, inside=True) as made:
        made.one("client", "add", "Byron", "--contact", '"Ada, of the moors;" <ada@byron.example>')
        made.one("member", "add", "Tom")
        made.one("member", "add", "Eve")
        made.one("member", "access", "Tom", "--give", "Byron")
        made.one("member", "access", "Eve", "--give", "Byron", "--rights", "export")
        made.one("import", str(mail), "--mailbox", "old")
        made.one("document", "add", "Byron", str(deed))
        yield made
    shutil.rmtree(home)


@pytest.fixture
def folder(cli: Cli, tmp_path: Path) -> Path:
    """An export of Byron."""
    cli.one("client", "export", "Byron", str(tmp_path / "out"))
    return tmp_path / "out"


def test_it_holds_mail_documents_and_contacts(folder: Path) -> None:
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files[:2] == ["README.txt", "contacts.vcf"]
    assert [name for name in files if name.startswith("mail/")] == [
        "mail/00001 2026-03-02 Deed.eml",
        "mail/00002 2026-03-03 =HYPERLINK(_x_).eml",
    ]
    (document,) = [name for name in files if name.startswith("documents/")]
    assert (folder / document).read_bytes() == b"the deed"
    assert (folder / "mail/00001 2026-03-02 Deed.eml").read_bytes() == LETTER
    assert b"FN:Ada\\, of the moors\\;" in (folder / "contacts.vcf").read_bytes()
    assert b"EMAIL:ada@byron.example" in (folder / "contacts.vcf").read_bytes()
    assert "Byron" in (folder / "README.txt").read_text()
    assert b"'=HYPERLINK" in (folder / "mail.csv").read_bytes()
    for path in folder.rglob("*"):
        assert not path.stat().st_mode & 0o077


def test_another_programs_mailbox_reads_it(folder: Path) -> None:
    box = mailbox.mbox(folder / "mail.mbox")
    parsed = [email.message_from_bytes(message.as_bytes(), policy=policy.default) for message in box]
    box.close()
    assert [str(one["Message-ID"]) for one in parsed] == ["<1@mail.example>", "<2@mail.example>"]
    assert ">From here on" in parsed[1].get_content()


def test_the_manifest_proves_it_and_stands_in_the_journal(cli: Cli, folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_bytes())
    for file in told["files"]:
        data = (folder / file["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
    own = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert cli.one("client", "export", "--verify", str(folder)) == {
        "files": len(told["files"]), "wrong": None, "manifest": own,
    }  # fmt: skip
    entries = [row for row in cli.rows("journal") if row["action"] == "end_export"]
    assert any(own in row["object"] for row in entries)
    assert all(" mails: 2 " in row["object"] for row in entries)  # a count, and no email's key
    assert all("Byron" not in row["object"] for row in entries)


@pytest.mark.parametrize("damage", ["changed", "gone", "too many", "a link", "the manifest"])
def test_the_first_wrong_file_is_named(cli: Cli, folder: Path, damage: str) -> None:
    victim = folder / "contacts.vcf"
    if damage == "changed":
        victim.write_bytes(victim.read_bytes().replace(b"ada", b"eve"))
    elif damage == "gone":
        victim.unlink()
    elif damage == "too many":
        victim = folder / "mail" / "more.eml"
        victim.write_bytes(b"")
    elif damage == "a link":
        (folder / "copy").write_bytes(victim.read_bytes())
        victim.unlink()
        victim.symlink_to(folder / "copy")
    else:
        victim = folder / "manifest.json"
        victim.write_bytes(b"{}")
    called = cli.call("client", "export", "--verify", str(folder), "--json")
    assert (called.code, called.rows[0]["wrong"]) == (1, victim.relative_to(folder).as_posix())


def test_who_may_see_a_client_needs_the_right_too(cli: Cli, tmp_path: Path) -> None:
    cli.as_("Tom").refused("client", "export", "Byron", str(tmp_path / "tom"), code=4)
    assert list((tmp_path / "tom").iterdir()) == []
    told = cli.as_("Eve").one("client", "export", "Byron", str(tmp_path / "eve"))
    assert (told["emails"], told["documents"], told["missing"]) == (2, 1, [])
    assert cli.as_("Eve").refused("client", "export", "Nobody", str(tmp_path / "x"), code=3)


def test_nothing_is_written_into_a_folder_that_holds_something(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    cli.refused("client", "export", "Byron", str(tmp_path), code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_hold_is_laid_and_lifted_by_those_who_manage(cli: Cli) -> None:
    cli.as_("Eve").refused("client", "hold", "Byron", "on", code=4)
    assert cli.one("client", "hold", "Byron", "on")["done"]
    assert not cli.one("client", "hold", "Byron", "on")["done"]
    (row,) = cli.rows("document", "list", "Byron")
    assert cli.refused("document", "delete", row["document"], code=4)["code"] == "on_hold"
    assert cli.one("client", "hold", "Byron", "off")["done"]


def test_an_exported_client_is_erased_and_found_nowhere(tmp_path: Path) -> None:
    home, mail = short_folder(), tmp_path / "mail"
    mail.mkdir()
    (mail / "1.eml").write_bytes(LETTER)
    with Cli(home, inside=True) as cli:
        cli.one("client", "add", "Byron", "--contact", "Ada <ada@byron.example>")
        cli.one("import", str(mail), "--mailbox", "old")
        cli.refused("client", "erase", "Byron", "--yes", code=2)
        cli.one("client", "export", "Byron", str(tmp_path / "out"))
        assert cli.refused("client", "erase", "Byron", code=2)["code"] == "not_confirmed"
        done = cli.one("client", "erase", "Byron", "--yes")
        assert (done["affected"], done["undo"]) == (1, None)
        cli.until(lambda: not cli.rows("client", "list") and not cli.rows("search", ""), what="erased")
        cli.until(lambda: not holding(home, b"byron"), what="found nowhere")
        cli.one("import", str(mail), "--mailbox", "old")
        assert cli.rows("search", "") == []
    shutil.rmtree(home)


def holding(home: Path, word: bytes) -> list[str]:
    """The files in which it stands."""
    return [path.name for path in home.rglob("*") if path.is_file() and word in path.read_bytes().lower()]
