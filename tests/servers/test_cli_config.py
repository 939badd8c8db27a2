"""Settings, keys, announcements, the user service and mbox files by commands."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, Row, by, ended
from tests.support.home import short_folder
from tui.keys import TABLE

LINE = b"From ana@olmo.example Tue Mar  3 17:05:43 2015\n"


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    home = short_folder()
    with Cli(home, inside=True) as made:
        made.one("member", "add", "Tom")
        yield made
    shutil.rmtree(home)


def values(cli: Cli) -> dict[str, str]:
    return {row["key"]: row["value"] for row in cli.rows("config", "get")}


# ---------------------------------------------------------------- settings
def test_a_setting_is_got_set_and_taken_back(cli: Cli) -> None:
    assert cli.one("config", "get", "hold") == {"key": "hold", "value": "10"}
    made = cli.one("config", "set", "hold", "30", "--id", "h1")
    assert made == {"key": "hold", "value": "30", "done": True, "undo": "set", "affected": 1}
    assert cli.one("config", "set", "hold", "30", "--id", "h1") == made
    assert cli.one("config", "set", "hold", "30")["done"] is False
    assert values(cli)["hold"] == "30"
    assert cli.one("undo")["undo"] == "set"
    assert values(cli)["hold"] == "10"
    cli.one("config", "set", "theme", "light")
    assert cli.one("config", "set", "theme")["value"] == "auto"
    assert cli.call("config", "get", "theme").out == "auto\n"


def test_settings_are_each_member_s_own_and_outlive_a_kill(cli: Cli) -> None:
    cli.one("config", "set", "language", "es")
    assert values(cli.as_("Tom"))["language"] == "auto"
    cli.as_("Tom").one("config", "set", "mouse", "off")
    cli.kill_office()
    assert (values(cli)["language"], values(cli)["mouse"]) == ("es", "auto")
    assert values(cli.as_("Tom"))["mouse"] == "off"
    cli.one("config", "set", "language")


def test_commands_speak_the_language_that_a_member_has_set_whatever_the_locale(cli: Cli) -> None:
    english, spanish = {"LC_ALL": "en_GB.UTF-8"}, {"LC_ALL": "es_ES.UTF-8"}

    def said(of: Cli, env: dict[str, str]) -> str:
        return of.call("undo", env=env).err

    cli.one("config", "set", "hold", "31")
    assert said(cli, english).startswith("Undone.")
    cli.one("config", "set", "hold", "31")
    assert said(cli, spanish).startswith("Deshecho.")
    cli.one("config", "set", "language", "es")
    assert cli.call("config", "get", "colour", env=english).err.startswith("No hay ningún ajuste")
    assert cli.as_("Tom").call("config", "get", "colour", env=english).err.startswith("There is no setting")
    assert cli.as_("Tom").call("config", "get", "colour", env=spanish).err.startswith("No hay ningún ajuste")
    cli.one("config", "set", "language", "en")
    assert cli.call("config", "get", "colour", env=spanish).err.startswith("There is no setting")
    cli.one("config", "set", "language")


def test_what_it_cannot_be_is_said_with_what_it_can(cli: Cli) -> None:
    assert cli.refused("config", "get", "colour", code=2)["code"] == "no_setting"
    error = cli.refused("config", "set", "theme", "blue", code=2)
    assert error["code"] == "bad_setting"
    assert "auto · dark · light · plain" in error["remedy"]


def test_a_file_that_cannot_be_read_stops_the_office_with_a_sentence(cli: Cli) -> None:
    cli.one("config", "set", "hold", "20")
    path = cli.home / "data" / "collections" / "settings.json"
    kept = path.read_bytes()
    cli.one("office", "stop")
    path.write_bytes(kept[: len(kept) // 2])
    error = cli.refused("config", "get", code=5)
    assert error["code"] == "setup_unreadable"
    assert str(path) in error["sentence"]
    path.write_bytes(kept)
    assert values(cli)["hold"] == "20"


# ---------------------------------------------------------------- keys
def test_the_keys_are_the_table_s_with_one_s_own(cli: Cli) -> None:
    rows = cli.rows("keys")
    assert all(set(row) == {"action", "key", "place", "in_palette"} for row in rows)
    assert {row["action"] for row in rows} == {entry.action for entry in TABLE}
    assert keys_of(rows, "archive") == {"A"}
    assert cli.one("config", "get", "keys.archive")["value"] == "A"
    cli.one("config", "set", "keys.archive", "!, g e")
    assert keys_of(cli.rows("keys"), "archive") == {"exclamation_mark", "g e"}
    assert keys_of(cli.rows("keys"), "spam") == {None}
    assert keys_of(cli.as_("Tom").rows("keys"), "archive") == {"A"}
    assert cli.refused("config", "set", "keys.star", "!", code=2)["code"] == "key_taken"
    assert cli.refused("config", "set", "keys.star", "5", code=2)["code"] == "bad_key"
    assert cli.refused("config", "set", "keys.nothing", "F", code=2)["code"] == "no_setting"
    assert cli.one("config", "set", "keys.archive")["value"] == "A"
    assert cli.rows("keys") == rows


def keys_of(rows: list[Row], action: str) -> set[str | None]:
    return {row["key"] for row in rows if row["action"] == action}


# ---------------------------------------------------------------- announcements
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_announcements_come_as_they_are_made_until_a_signal(cli: Cli, number: signal.Signals) -> None:
    cli.one("client", "add", f"Early {number.name}")
    with ended(cli.start("watch", "--since", "0", "--json")) as process:
        kinds: dict[str, Row] = {}
        while "firm_changed" not in kinds:
            kinds |= {(row := told(process))["kind"]: row}
        assert set(kinds["firm_changed"]) == {"seq", "at", "kind", "email", "thread", "client", "count"}
        done = cli.one("config", "set", "hold", "7" if number == signal.SIGINT else "8")
        assert done["done"]
        while told(process)["kind"] != "settings_changed":
            pass
        process.send_signal(number)
        assert (process.wait(20), process.stderr and process.stderr.read()) == (0, b"")


def told(process: "subprocess.Popen[bytes]") -> Row:
    assert process.stdout is not None
    row: Row = json.loads(process.stdout.readline())
    return row


def test_it_ends_when_nobody_reads_any_more(cli: Cli) -> None:
    with ended(cli.start("watch", "--since", "0", "--json")) as process:
        told(process)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(20) in (0, 1)
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_what_is_no_longer_kept_is_said_and_the_rest_is_told(cli: Cli) -> None:
    cli.one("client", "add", "Kept")
    with ended(cli.start("watch", "--since", "-5", "--json")) as process:
        assert told(process)["seq"] >= 1
        assert process.stderr is not None
        assert b"seven days" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 1


# ---------------------------------------------------------------- the user service
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$LOG"
[ "$2" != is-active ]
"""
LOGINCTL = """#!/bin/sh
echo Linger=no
"""


def test_the_service_is_installed_and_lingering_is_looked_after(tmp_path: Path) -> None:
    programs, config = tmp_path / "bin", tmp_path / "config"
    programs.mkdir()
    for name, script in (("systemctl", SYSTEMCTL), ("loginctl", LOGINCTL)):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    env = {
        "PATH": f"{programs}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(config), "LOG": str(tmp_path / "log"),
    }  # fmt: skip
    home = short_folder()
    with Cli(home) as cli:
        cli.one("office", "start")
        called = cli.call("office", "install", "--json", env=env)
        assert called.code == 1
        assert "enable-linger" in called.err
        (row,) = called.rows
        assert (row["lingering"], row["done"]) == (False, True)
        assert Path(row["path"]).parent == config / "systemd" / "user"
        assert f'"POSTROOM_HOME={home}"' in Path(row["path"]).read_text()
        assert cli.offices() == [], "the service is to have the home"
    assert (tmp_path / "log").read_text().splitlines()[-1] == f"--user enable --now {row['unit']}"
    shutil.rmtree(home)


def test_without_systemd_it_says_what_to_do(tmp_path: Path) -> None:
    home = short_folder()
    called = Cli(home).call("office", "install", "--json", env={"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert (called.code, called.out, called.error["code"]) == (5, "", "no_systemd")
    assert "postroom serve" in called.error["remedy"]
    assert list(tmp_path.iterdir()) == []
    shutil.rmtree(home)


# ---------------------------------------------------------------- mbox files
def letter(number: int, more: bytes = b"") -> bytes:
    return (
        b"From: Ana <ana@olmo.example>\nTo: olga@firm.example\nSubject: Mbox %d\n"
        b"Message-ID: <mbox%d@olmo.example>\n%s\nDear Olga,\n\n>From now on.\n" % (number, number, more)
    )


def test_an_mbox_comes_in_with_its_dates_and_flags_and_again_adds_nothing(cli: Cli, tmp_path: Path) -> None:
    top = tmp_path / "Mail"
    (top / "Work.sbd").mkdir(parents=True)
    (top / "Inbox").write_bytes(LINE + letter(1) + b"\n" + LINE + letter(2, b"Status: RO\nX-Status: F\n"))
    (top / "Work.sbd" / "Olmo").write_bytes(LINE + letter(3, b"Date: Mon, 02 Mar 2015 10:00:00 +0000\n"))
    made = cli.one("import", str(top), "--mailbox", "thunder")
    assert (made["added"], made["known"], made["failed"]) == (3, 0, 0)
    rows = by(cli.rows("search", "subject:Mbox"), "subject")
    assert rows["Mbox 1"]["received"] == "2015-03-03T17:05:43Z"
    assert rows["Mbox 3"]["received"] == "2015-03-02T10:00:00Z"
    assert [rows[f"Mbox {n}"]["read"] for n in (1, 2)] == [False, True]
    assert rows["Mbox 2"]["starred"]
    assert {place["folder"] for row in rows.values() for place in row["sightings"]} == {"INBOX", "Work/Olmo"}
    shown = cli.one("show", rows["Mbox 1"]["email"])
    assert shown["text"].strip().endswith("From now on.")
    (top / "Inbox").write_bytes(LINE + letter(1, b"Status: RO\n") + b"\n" + LINE + letter(2))
    again = cli.one("import", str(top), "--mailbox", "thunder")
    assert (again["added"], again["known"]) == (0, 3)
