"""Documents by commands: kept from files and from mail, listed, got, renamed, moved, deleted, and taken back."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.test_desk_documents import LETTER
from tests.support.cli import Cli, Row
from tests.support.documents import docx
from tests.support.home import short_folder

DEED = b"the deed\n" * 100_000


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """Byron's letter has an attachment; Tom may see Byron alone, without further rights."""
    home, mail = short_folder(), tmp_path_factory.mktemp("mail")
    (mail / "letter.eml").write_bytes(LETTER)
    with Cli(home, inside=True) as made:
        made.one("client", "add", "Byron", "--contact", "Ada <ada@byron.example>")
        made.one("client", "add", "Blum")
        made.one("member", "add", "Tom")
        made.one("member", "access", "Tom", "--give", "Byron")
        made.one("import", str(mail), "--mailbox", "old")
        yield made
    shutil.rmtree(home)


@pytest.fixture
def deed(cli: Cli, tmp_path: Path) -> Iterator[Row]:
    """A document of Byron's, and nothing else."""
    path = tmp_path / "Deed.pdf"
    path.write_bytes(DEED)
    yield cli.one("document", "add", "Byron", str(path))
    for client in ("Byron", "Blum"):
        for row in cli.rows("document", "list", client):
            cli.one("document", "delete", row["document"])


def on_disk(cli: Cli) -> list[str]:
    top = cli.home / "documents"
    return sorted(
        str(path.relative_to(top)) for path in top.rglob("*") if path.is_file() and ".aside" not in path.parts
    )


def test_a_kept_file_is_an_ordinary_file_of_its_client_and_year(cli: Cli, deed: Row, tmp_path: Path) -> None:
    assert (deed["name"], deed["size"], deed["done"], deed["undo"]) == ("Deed.pdf", len(DEED), True, "document")
    assert deed["sha256"] == hashlib.sha256(DEED).hexdigest()
    (row,) = cli.rows("document", "list", "Byron")
    assert {key: deed[key] for key in row} == row
    (place,) = on_disk(cli)
    folder, year, name = place.split("/")
    assert (folder, year.isdecimal(), name) == (f"Byron ({deed['client']})", True, "Deed.pdf")
    saved = cli.one("document", "get", deed["document"], str(tmp_path / "copy.pdf"))
    assert saved["sha256"] == deed["sha256"]
    assert (tmp_path / "copy.pdf").read_bytes() == DEED
    folder_copy = tmp_path / "copies"
    folder_copy.mkdir()
    assert Path(cli.one("document", "get", deed["document"], str(folder_copy))["file"]).name == "Deed.pdf"


def test_the_same_again_is_said_and_not_kept(cli: Cli, deed: Row, tmp_path: Path) -> None:
    path = tmp_path / "Again.pdf"
    path.write_bytes(DEED)
    again = cli.one("document", "add", "Byron", str(path))
    assert (again["document"], again["done"], again["undo"]) == (deed["document"], False, None)


@pytest.mark.usefixtures("deed")
def test_an_attachment_is_kept_among_a_clients_documents(cli: Cli) -> None:
    (mail,) = cli.rows("search", "")
    kept = cli.one("attachment", "save", mail["email"], "1", "--client", "Blum")
    assert (kept["name"], kept["email"], kept["mailbox"]) == ("Deed_ draft.pdf", mail["email"], "old")
    assert any(place.endswith("/2026/Deed_ draft.pdf") for place in on_disk(cli))


def test_renamed_moved_deleted_and_each_taken_back(cli: Cli, deed: Row) -> None:
    document = deed["document"]
    for act, shown in (
        (("rename", document, "Will.pdf"), ["Byron/Will.pdf"]),
        (("move", document, "Blum"), ["Blum/Deed.pdf"]),
        (("delete", document), []),
    ):
        assert cli.one("document", *act)["done"]
        assert [f"{place.partition(' (')[0]}/{Path(place).name}" for place in on_disk(cli)] == shown
        assert cli.one("undo")["done"]
        assert [Path(place).name for place in on_disk(cli)] == ["Deed.pdf"]


def test_documents_are_found_by_their_words(cli: Cli, tmp_path: Path) -> None:
    kept = []
    for client, name, words in (
        ("Byron", "Note.docx", "the quincunx clause"),
        ("Blum", "Other.docx", "another quincunx"),
    ):
        path = tmp_path / name
        path.write_bytes(docx(words))
        kept.append(cli.one("document", "add", client, str(path)))
    cli.until(lambda: len(cli.rows("document", "list", "--text", "quincunx")) == len(kept), what="their words")
    both = cli.rows("document", "list", "--text", "quincunx")
    assert {row["snippet"] for row in both} == {"the quincunx clause", "another quincunx"}
    (one,) = cli.rows("document", "list", "byron", "--text", "quincunx clause")
    assert {key: one[key] for key in kept[0] if key in one} == {k: v for k, v in kept[0].items() if k in one}
    assert [row["name"] for row in cli.rows("document", "list", "--text", "quincunx", "--limit", "1")] == [
        both[0]["name"]
    ]
    assert [row["name"] for row in cli.as_("Tom").rows("document", "list", "--text", "quincunx")] == ["Note.docx"]
    told = cli.call("document", "list", "--text", "another").out
    assert told.split()[-4:] == ["Blum", "Other.docx", "another", "quincunx"]
    cli.refused("document", "list", code=2)
    for row in kept:
        cli.one("document", "delete", row["document"])


def test_who_may_only_see_a_client_neither_moves_nor_deletes(cli: Cli, deed: Row) -> None:
    tom = cli.as_("Tom")
    assert [row["document"] for row in tom.rows("document", "list", "Byron")] == [deed["document"]]
    tom.refused("document", "delete", deed["document"], code=4)
    tom.refused("document", "move", deed["document"], "Blum", code=3)
    tom.refused("document", "list", "Blum", code=3)


def test_what_another_program_put_there_keeps_its_name(cli: Cli, deed: Row) -> None:
    (place,) = on_disk(cli)
    other = (cli.home / "documents" / place).with_name("Will.pdf")
    other.write_bytes(b"somebody's own")
    cli.one("document", "rename", deed["document"], "Will.pdf")
    assert other.read_bytes() == b"somebody's own"
    assert [row["name"] for row in cli.rows("document", "list", "Byron")] == ["Will (2).pdf"]
    other.unlink()


@pytest.mark.usefixtures("deed")
def test_the_limit_is_the_firms(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "Large.pdf"
    path.write_bytes(bytes(2 << 20))
    cli.as_("Tom").refused("config", "set", "documents.limit", "1", code=4)
    cli.one("config", "set", "documents.limit", "1")
    error = cli.as_("Tom").refused("document", "add", "Byron", str(path), code=2)
    assert error["code"] == "document_too_large"
    cli.one("undo")
    assert cli.as_("Tom").one("document", "add", "Byron", str(path))["done"]
