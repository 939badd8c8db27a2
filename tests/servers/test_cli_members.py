"""Roles, walls, access, private threads and who is away, by commands of several members."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.home import short_folder

OLMO, BLUM = "Olmo Bakery", "Blum"
SUBJECTS = {OLMO: "About the deed", BLUM: "About the lease"}


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The owner has a mail from each of two clients; Tom and Nora are employees."""
    folder: Path = tmp_path_factory.mktemp("old")
    for number, (name, subject) in enumerate(SUBJECTS.items()):
        mail = (
            f"From: Somebody <one@{name.split()[0].lower()}.example>\r\nTo: olga@firm.example\r\nSubject: {subject}\r\n"
            f"Message-ID: <{number}@made-up.example>\r\nDate: Mon, 1 Jan 2024 1{number}:00:00 +0000\r\n\r\nHello.\r\n"
        )
        (folder / f"{number}.eml").write_bytes(mail.encode())
    home = short_folder()
    with Cli(home, inside=True) as made:
        made.one("import", str(folder), "--mailbox", "old")
        for name in SUBJECTS:
            made.one("client", "add", name, "--contact", f"Somebody <one@{name.split()[0].lower()}.example>")
        for name in ("Tom", "Nora"):
            made.one("member", "add", name)
        yield made
    shutil.rmtree(home)


def seen(cli: Cli, member: str) -> set[str]:
    return {row["subject"] for row in cli.as_(member).rows("search", "")}


def thread(cli: Cli, subject: str) -> str:
    (found,) = {row["thread"] for row in cli.rows("search", "") if row["subject"] == subject}
    return str(found)


def test_access_is_given_said_and_taken(cli: Cli) -> None:
    assert seen(cli, "Tom") == set()
    given = cli.one("client", "access", OLMO, "--give", "Tom", "--give", "Nora")
    assert (given["done"], given["undo"], given["followers"]) == (True, "access", ["Nora", "Tom"])
    assert seen(cli, "Tom") == {SUBJECTS[OLMO]}
    shown = cli.one("member", "access", "Tom")
    assert (shown["clients"], shown["all_clients"], shown["rights"]) == ([given["client"]], False, [])
    cli.one("undo")
    assert cli.one("client", "access", OLMO)["followers"] == []
    assert seen(cli, "Tom") == set()
    cli.one("member", "access", "Tom", "--rights", "view_all_clients")
    assert seen(cli, "Tom") == set(SUBJECTS.values())
    cli.one("member", "access", "Tom", "--rights", "")
    assert "rights" in cli.refused("member", "access", "Tom", "--rights", "fly", code=2)["sentence"]


def test_a_wall_beats_a_role_and_is_not_told_to_whom_it_is_against(cli: Cli) -> None:
    assert cli.one("member", "role", "Nora", "admin")["undo"] == "role"
    assert seen(cli, "Nora") == set(SUBJECTS.values())
    assert cli.one("client", "wall", BLUM, "Nora")["undo"] == "wall"
    assert seen(cli, "Nora") == {SUBJECTS[OLMO]}
    assert cli.one("client", "access", BLUM)["walled"] == ["Nora"]
    nora = cli.as_("Nora")
    hidden, unknown = nora.refused("client", "access", BLUM, code=3), nora.refused("client", "access", "Zzz", code=3)
    assert hidden == unknown
    assert nora.one("member", "access", "me")["walls"] == []
    assert nora.refused("client", "wall", OLMO, "Nora", code=4)["code"] == "not_allowed"
    assert nora.refused("client", "wall", BLUM, "Nora", "--remove", code=3) == unknown
    assert cli.one("client", "wall", BLUM, "Nora", "--remove")["done"]
    assert seen(cli, "Nora") == set(SUBJECTS.values())
    assert nora.refused("member", "role", "Tom", "admin", code=4)["code"] == "not_allowed"
    cli.one("member", "role", "Nora", "employee")
    assert seen(cli, "Nora") == set()


def test_a_private_thread_is_its_mailboxs_members_alone(cli: Cli) -> None:
    cli.one("member", "access", "Tom", "--give", BLUM)
    tom = cli.as_("Tom")
    key = thread(cli, SUBJECTS[BLUM])
    assert tom.refused("private", key, code=4)["code"] == "not_allowed"
    assert cli.one("private", key)["undo"] == "private"
    assert seen(cli, "Tom") == set()
    assert tom.refused("done", key, code=3) == tom.refused("done", "t-no-such", code=3)
    assert SUBJECTS[BLUM] in {row["subject"] for row in cli.rows("search", "")}
    assert cli.one("private", key, "--off")["affected"] == 1
    assert seen(cli, "Tom") == {SUBJECTS[BLUM]}
    cli.one("member", "access", "Tom", "--take", BLUM)


def test_away_is_said_with_its_deputy_and_ended(cli: Cli) -> None:
    tom = cli.as_("Tom")
    error = tom.refused("member", "away", "me", "--until", "2099-01-05", "--deputy", "Nora", code=2)
    assert error["code"] == "bad_value"
    said = tom.one("member", "away", "me", "--until", "14d", "--deputy", "Nora")
    assert (said["undo"], said["away_until"] is not None) == ("away", True)
    nora = {row["name"]: row for row in cli.rows("member", "list")}
    assert (nora["Tom"]["away_until"], nora["Tom"]["deputy"]) == (said["away_until"], nora["Nora"]["member"])
    assert cli.as_("Nora").refused("member", "away", "Tom", "--back", code=4)["code"] == "not_allowed"
    assert cli.one("member", "away", "Tom", "--back")["done"]
    assert {row["name"]: row for row in cli.rows("member", "list")}["Tom"]["away_until"] is None


def test_the_firm_is_handed_over_only_by_its_owner_who_is_sure(cli: Cli) -> None:
    assert cli.as_("Tom").refused("member", "role", "Nora", "owner", "--yes", code=4)["code"] == "not_allowed"
    assert cli.refused("member", "role", "Nora", "owner", code=2)["code"] == "not_confirmed"
    assert {row["name"]: row["role"] for row in cli.rows("member", "list")}["Nora"] == "employee"


def test_every_act_is_in_the_journal(cli: Cli) -> None:
    actions = [row["action"] for row in cli.rows("journal")]
    for action in ("set_access", "set_role", "set_wall", "set_private", "set_away"):
        assert action in actions
    assert cli.call("journal", "--verify").code == 0


def test_an_email_says_that_it_is_private(cli: Cli) -> None:
    (email,) = [row["email"] for row in cli.rows("search", "") if row["subject"] == SUBJECTS[OLMO]]
    assert cli.one("show", email)["private"] is False
    cli.one("private", thread(cli, SUBJECTS[OLMO]))
    assert cli.one("show", email)["private"] is True
    cli.one("undo")
    assert cli.one("show", email)["private"] is False
