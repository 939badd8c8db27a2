"""Clients, contacts and their import by commands: what they print, refuse, and take back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, by
from tests.support.corpus_mail import firm_mail
from tests.support.home import short_folder

OLMO, ROWING = "Olmo Bakery", "Harbour Rowing Club"
ANA = "ana@olmo.example"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("old")
    for post in firm_mail(60, seed=11):
        (top / f"{post.token}.eml").write_bytes(post.raw)
    return top


@pytest.fixture
def cli(folder: Path) -> Iterator[Cli]:
    home = short_folder()
    with Cli(home, inside=True) as made:
        made.one("import", str(folder), "--mailbox", "old")
        made.one("client", "add", OLMO, "--contact", f"Ana <{ANA}>")
        made.one("client", "add", ROWING, "--contact", "Secretary <secretary@rowing.example>")
        yield made
    shutil.rmtree(home)


def test_a_client_s_tags_domains_and_names(cli: Cli) -> None:
    assert cli.one("client", "tag", OLMO, "+vip", "+tax", "-none")["tags"] == ["tax", "vip"]
    told = cli.one("client", "tag", OLMO, "-tax")
    assert (told["tags"], told["undo"]) == (["vip"], "tag_client")
    assert cli.refused("client", "tag", OLMO, "vip", code=2)["code"] == "usage"
    assert cli.one("client", "domain", OLMO, "add", "olmo.example")["domains"] == ["olmo.example"]
    refused = cli.refused("client", "domain", OLMO, "add", "gmail.com", code=2)
    assert refused["code"] == "domain_public"
    assert "gmail.com" in refused["sentence"]
    cli.one("client", "rename", OLMO, "Olmo")
    shown = cli.one("client", "show", "olmo")
    assert (shown["name"], shown["tags"], shown["domains"]) == ("Olmo", ["vip"], ["olmo.example"])
    assert shown["emails"] > 0
    assert shown["last"].endswith("Z")
    rows = by(cli.rows("client", "list"), "name")
    assert rows["Olmo"]["tags"] == ["vip"]
    assert rows["Olmo"]["unread"] == shown["unread"]
    assert [row["name"] for row in cli.rows("client", "list", "VIP")] == ["Olmo"]
    for word in ("rename_client", "set_domain", "tag_client", "tag_client"):
        assert cli.one("undo")["undo"] == word
    assert cli.one("client", "show", OLMO)["tags"] == []


def test_two_clients_become_one_and_two_again(cli: Cli) -> None:
    before = by(cli.rows("client", "list"), "name")
    told = cli.one("client", "merge", OLMO, ROWING)
    assert (told["name"], told["undo"]) == (ROWING, "merge_clients")
    (row,) = cli.rows("client", "list")
    assert row["threads"] >= max(one["threads"] for one in before.values())
    assert cli.one("client", "show", before[OLMO]["client"])["name"] == ROWING
    cli.refused("client", "show", OLMO, code=3)
    cli.one("undo")
    assert by(cli.rows("client", "list"), "name") == before


def test_a_contact_s_addresses_switches_and_name(cli: Cli) -> None:
    before = cli.one("contact", "show", ANA)
    cli.one("contact", "address", "add", ANA, "ana@home.example")
    cli.one("contact", "notify", "off", ANA, "--client", OLMO)
    cli.one("contact", "rename", ANA, "Ana Olmo")
    shown = cli.one("contact", "show", "ana@home.example")
    assert (shown["contact"], shown["name"]) == (before["contact"], "Ana Olmo")
    assert [(one["address"], one["email_sync"], one["notify"]) for one in shown["clients"][0]["addresses"]] == [
        ("ana@home.example", False, False),
        (ANA, True, False),
    ]
    cli.one("contact", "merge", ANA, "secretary@rowing.example")
    assert cli.one("contact", "show", before["contact"])["name"] == "Secretary"
    assert cli.refused("contact", "remove", ANA, code=2)["code"] == "contact_linked"
    cli.one("undo")
    cli.one("contact", "address", "remove", "ana@home.example")
    assert cli.refused("contact", "address", "remove", ANA, code=2)["code"] == "last_address"
    assert [row["name"] for row in cli.rows("contact", "list", "olmo.ex")] == ["Ana Olmo"]
    assert [row["name"] for row in cli.rows("contact", "list", "--client", ROWING)] == ["Secretary"]


def test_what_was_added_is_taken_back_as_one(cli: Cli) -> None:
    before = cli.rows("contact", "list"), cli.rows("client", "list")
    told = cli.one("contact", "add", "Sue <sue@olmo.example>", "sue@home.example", "--client", OLMO)
    assert told["undo"] == "add_contact"
    assert len(cli.one("contact", "show", "sue@home.example")["clients"][0]["addresses"]) == 2
    cli.one("undo")
    assert cli.one("client", "add", "New Ltd")["undo"] == "add_client"
    cli.one("undo")
    assert (cli.rows("contact", "list"), cli.rows("client", "list")) == before


def test_an_import_is_tried_done_repeated_and_taken_back(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(
        "Who;Reach;Firm\r\nJosé Núñez;jose@new.example;New Ltd\r\nAna;ana@olmo.example, ana@home.example;\r\n"
        "Bad;nowhere;\r\n".encode("cp1252")
    )
    ask = ("contact", "import", str(file), "--map", "name=Who", "--map", "email=Reach", "--map", "client=firm")
    before = cli.rows("contact", "list"), cli.rows("client", "list")
    tried = cli.one(*ask, "--dry-run")
    assert (tried["format"], tried["encoding"], tried["delimiter"]) == ("csv", "cp1252", ";")
    assert [one["role"] for one in tried["columns"]] == ["name", "email", "client"]
    assert [(one["line"], one["outcome"]) for one in tried["lines"]] == [(2, "made"), (3, "joined"), (4, "refused")]
    assert (tried["made"], tried["joined"], tried["refused"], tried["clients"], tried["done"]) == (1, 1, 1, 1, False)
    assert (cli.rows("contact", "list"), cli.rows("client", "list")) == before
    done = cli.one(*ask, code=1)
    assert (done["made"], done["joined"], done["done"], done["undo"]) == (1, 1, True, "import_people")
    assert cli.one("contact", "show", "jose@new.example")["name"] == "José Núñez"
    assert by(cli.rows("client", "list"), "name")["New Ltd"]["threads"] == 0
    again = cli.one(*ask, code=1)
    assert (again["made"], again["joined"], again["done"]) == (0, 0, False)
    cli.one("undo")
    assert (cli.rows("contact", "list"), cli.rows("client", "list")) == before


def test_what_cannot_be_imported_is_said(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    assert cli.refused("contact", "import", str(file), code=2)["code"] == "no_file"
    assert cli.refused("contact", "import", "/dev/zero", code=2)["code"] == "too_long"
    file.write_text("Name,E-mail\n" + "x," * 2_000)
    refused = cli.refused("contact", "import", str(file), code=2)
    assert refused["code"] == "too_many_columns"
    assert "2" in refused["sentence"]
    file.write_text("Name,E-mail\nAna,a@x.example\n")
    assert cli.refused("contact", "import", str(file), "--map", "email=Nobody", code=2)["code"] == "no_column"
    assert cli.refused("contact", "import", str(file), "--map", "colour=Name", code=2)["code"] == "bad_value"
    assert cli.refused("contact", "import", str(file), "--encoding", "klingon", code=2)["code"] == "people_encoding"
