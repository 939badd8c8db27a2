"""The office's life by commands: started twice, killed, stopped, restarted, paused; and what `status` promises."""

import json
import shutil
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import POSTROOM, Cli, Seat, add_mailbox, alive, check_audit, ended, set_up
from tests.support.corpus_mail import CLIENTS, MEMBERS, Place, firm_mail
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder

pytestmark = pytest.mark.dovecot

SEAT = Seat(member="", address=MEMBERS["user1"], user="user1")
STATES = {"not_set_up", "syncing", "synced", "offline", "needs_sign_in", "paused", "broken"}


@pytest.fixture
def cli() -> Iterator[Cli]:
    home = short_folder()
    with Cli(home) as made:
        yield made
    shutil.rmtree(home)


@pytest.fixture
def server(dovecot: DovecotFactory) -> Iterator[Dovecot]:
    """With some mail of three stories."""
    made = dovecot(users=1)
    for post in firm_mail(40, seed=5):
        made.deliver("user1", post.copy(Place(user="user1"), 1), received=post.received)
    yield made
    made.stop()


def deliver(server: Dovecot, token: str) -> None:
    head = f"From: ana@olmo.example\r\nTo: {SEAT.address}\r\nSubject: late {token}\r\n"
    server.deliver("user1", f"{head}Message-ID: <{token}@x.example>\r\n\r\nBody of {token}\r\n".encode())


# ---------------------------------------------------------------- starting and ending
def test_start_stop_restart_and_what_they_say(cli: Cli) -> None:
    assert cli.one("office", "start") == {"done": True, "undo": None, "affected": 1}
    assert cli.one("office", "start") == {"done": False, "undo": None, "affected": 0}
    first = cli.one("status")["office"]
    assert [x.pid for x in cli.offices()] == [first["pid"]]
    cli.one("office", "restart")
    assert cli.one("status")["office"]["pid"] != first["pid"]
    (office,) = cli.offices()
    family = [office, *office.children(recursive=True)]
    assert cli.one("office", "stop")["done"] is True
    assert alive(family, seconds=5) == []
    assert cli.refused("office", "stop", code=5)["code"] == "no_office"


def test_any_command_starts_an_office_and_twelve_at_once_start_one(cli: Cli) -> None:
    processes = [cli.start("member", "list", "--json") for _ in range(12)]
    outs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 12
    assert len(set(outs)) == 1
    assert len(cli.offices()) == 1


def test_a_stale_socket_and_lock_are_no_hindrance(cli: Cli) -> None:
    cli.one("client", "add", "Kept")
    cli.kill_office()
    assert (cli.home / "desk.sock").exists()
    assert cli.refused("status", code=5)["code"] == "no_office"
    assert [row["name"] for row in cli.rows("client", "list")] == ["Kept"]


def test_sigterm_ends_it_in_good_order(cli: Cli) -> None:
    cli.one("office", "start")
    (office,) = cli.offices()
    family = [office, *office.children(recursive=True)]
    office.send_signal(signal.SIGTERM)
    assert alive(family, seconds=10) == []
    assert not (cli.home / "desk.sock").exists()


def test_serve_is_the_same_office_in_the_foreground(cli: Cli) -> None:
    with ended(cli.start("serve")) as process:
        cli.until(lambda: cli.call("status").code == 0, what="the office to serve")
        assert cli.one("status")["office"]["pid"] == process.pid
        assert cli.one("office", "start")["done"] is False
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0
    assert cli.refused("status", code=5)["code"] == "no_office"


def test_a_home_that_others_can_read_is_refused(cli: Cli) -> None:
    (cli.home / "something").touch()
    cli.home.chmod(0o755)
    error = cli.refused("client", "list", code=5)
    assert error["code"] == "home_not_ours"
    assert str(cli.home) in error["remedy"]
    cli.home.chmod(0o700)


def test_nothing_in_the_home_is_open_to_others(cli: Cli) -> None:
    cli.one("client", "add", "Kept")
    assert cli.rows("doctor")
    open_ = [path for path in [cli.home, *cli.home.rglob("*")] if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert open_ == []


def test_a_newer_home_is_refused_and_left_alone(cli: Cli) -> None:
    cli.one("office", "start")
    cli.one("office", "stop")
    vault = cli.home / "data" / "postroom.db"
    with sqlite3.connect(vault) as line:
        (version,) = line.execute("PRAGMA user_version").fetchone()
        line.execute("PRAGMA user_version = 99999")
    line.close()
    error = cli.refused("client", "list", code=5)
    assert error["code"] == "home_newer"
    assert version > 0


# ---------------------------------------------------------------- what programs read
def test_status_has_the_promised_keys(cli: Cli, server: Dovecot) -> None:
    set_up(cli, server, [SEAT], CLIENTS)
    cli.one("sync", "--wait")
    cli.rows("audit")
    told = cli.one("status", "--actors")
    assert {"pid", "since", "version"} <= set(told["office"])
    assert told["office"]["since"].endswith("Z")
    (mailbox,) = told["mailboxes"]
    keys = {"address", "state", "done", "total", "rate", "eta_s", "last_success", "lag_s", "last_error", "audit"}
    assert keys <= set(mailbox)
    assert (mailbox["address"], mailbox["state"], mailbox["last_error"]) == (SEAT.address, "synced", None)
    assert mailbox["done"] == mailbox["total"]
    assert set(mailbox["audit"]) == {"server", "store", "missing", "failed"}
    assert mailbox["audit"]["server"] == mailbox["audit"]["store"] > 0
    names = {row["name"] for row in told["actors"]}
    assert len(names) == len(told["actors"]) >= 4
    assert all(set(row) == {"name", "restarts", "inbox", "last_error"} for row in told["actors"])
    assert all(row["restarts"] == 0 for row in told["actors"])


def test_the_state_of_a_mailbox_follows_its_server(cli: Cli, server: Dovecot) -> None:
    set_up(cli, server, [SEAT], CLIENTS)
    cli.one("sync", "--wait")
    server.stop()
    told = cli.call("sync", "--wait", "--json", "--timeout", "30")
    assert told.code == 5
    assert list(told.rows[0]["offline"]) == [SEAT.address]
    status = cli.call("status", "--json")
    assert (status.code, status.rows[0]["mailboxes"][0]["state"]) == (1, "offline")
    assert SEAT.address in status.err
    assert cli.rows("search"), "what is here can be read"
    server.start()
    cli.until(lambda: cli.call("sync", "--wait", "--json").code == 0, what="the server to be found again")
    assert cli.one("status")["mailboxes"][0]["state"] == "synced"


def test_a_refused_login_is_said_and_mended_by_the_server(cli: Cli, server: Dovecot) -> None:
    set_up(cli, server, [SEAT], CLIENTS)
    cli.one("sync", "--wait")
    cli.one("office", "stop")
    users = server.top / "users"
    before = users.read_text()
    users.write_text(before.replace("{PLAIN}pass", "{PLAIN}changed"))
    cli.one("office", "start")
    told = cli.call("sync", "--wait", "--json", "--timeout", "30")
    assert told.code in {1, 5}
    cli.until(
        lambda: cli.call("status", "--json").rows[0]["mailboxes"][0]["state"] == "needs_sign_in",
        what="the refusal told",
    )
    users.write_text(before)


def test_pause_and_resume(cli: Cli, server: Dovecot) -> None:
    set_up(cli, server, [SEAT], CLIENTS)
    cli.one("sync", "--wait")
    assert cli.one("mailbox", "pause", SEAT.address)["done"]
    assert cli.one("mailbox", "show", SEAT.address)["paused"] is True
    assert cli.call("status", "--json").rows[0]["mailboxes"][0]["state"] == "paused"
    away = cli.call("sync", SEAT.address, "--wait")
    assert (away.code, away.err.strip()) == (5, f"{SEAT.address}: it is paused.")
    deliver(server, "p1")
    cli.one("office", "restart")
    assert cli.call("status", "--json").rows[0]["mailboxes"][0]["state"] == "paused"
    assert cli.rows("search", "subject:p1") == []
    assert cli.one("mailbox", "resume", SEAT.address)["done"]
    cli.one("sync", "--wait")
    assert len(cli.rows("search", "subject:p1")) == 1


# ---------------------------------------------------------------- going on
def test_a_restart_goes_on_where_it_was(cli: Cli, server: Dovecot) -> None:
    set_up(cli, server, [SEAT], CLIENTS)
    cli.one("sync", "--wait")
    before = {row["email"] for row in cli.rows("search")}
    cli.one("office", "stop")
    deliver(server, "r1")
    cli.one("office", "start")
    cli.until(lambda: cli.rows("search", "subject:r1"), what="mail that came meanwhile")
    assert before < {row["email"] for row in cli.rows("search")}
    check_audit(cli.rows("audit"))


def test_a_change_of_uidvalidity_keeps_every_email(cli: Cli, server: Dovecot) -> None:
    set_up(cli, server, [SEAT], CLIENTS)
    cli.one("sync", "--wait")
    before = {row["email"]: (row["clients"], len(row["sightings"])) for row in cli.rows("search")}
    (line, *_) = [row for row in cli.rows("audit") if row["folder"] == "INBOX"]
    cli.one("office", "stop")
    server.stop()
    server.new_uidvalidity("user1")
    server.start()
    cli.one("office", "start")
    cli.one("sync", "--wait")
    (anew, *_) = [row for row in cli.rows("audit") if row["folder"] == "INBOX"]
    assert anew["uidvalidity"] != line["uidvalidity"]
    check_audit(cli.rows("audit"))
    rows = cli.rows("search")
    present = {row["email"]: sum(not x["gone"] for x in row["sightings"]) for row in rows}
    assert {row["email"]: row["clients"] for row in rows} == {email: names for email, (names, _) in before.items()}
    assert set(present.values()) == {1}
    assert [row for row in cli.rows("notices") if row["kind"] == "mail_gone"] == []


def test_a_new_link_fetches_what_it_wants(cli: Cli, server: Dovecot) -> None:
    """In scope *headers* a client's past mail is filed at once and its bodies come by themselves."""
    owner = str(cli.rows("member", "list")[0]["name"])
    add_mailbox(cli, server, SEAT, member=owner, scope="headers")
    cli.one("sync", "--wait")
    assert not any(row["whole"] for row in cli.rows("search"))
    senders = {row["from"] for row in cli.rows("search")}
    name, addresses = next((name, known) for name, known in CLIENTS.items() if senders & set(known))
    cli.one("client", "add", name, *(word for x in addresses for word in ("--contact", f"Someone <{x}>")))
    filed = [row["email"] for row in cli.rows("search") if row["clients"] == [name]]
    assert filed, "at once"
    cli.one("sync", "--wait")
    rows = {row["email"]: row for row in cli.rows("search")}
    assert all(rows[email]["whole"] for email in filed)
    assert {row["email"] for row in rows.values() if row["whole"]} == {e for e, row in rows.items() if row["clients"]}
    check_audit(cli.rows("audit"))


# ---------------------------------------------------------------- pipes and streams
def test_a_reader_that_leaves_early_is_no_error_to_see(cli: Cli, tmp_path: Path) -> None:
    for post in firm_mail(120, seed=9):
        (tmp_path / f"{post.token}.eml").write_bytes(post.raw)
    cli.one("import", str(tmp_path), "--mailbox", "old")
    for command in ("search", "search --json", "threads --json", "journal --json"):
        told = subprocess.run(
            ["/bin/sh", "-c", f'"$0" {command} | head -n 1', *POSTROOM],
            capture_output=True,
            env=cli.env,
            timeout=60,
            check=False,
        )
        assert told.stdout.count(b"\n") == 1
        assert told.stderr == b"", told.stderr
    assert cli.offices()


def test_errors_with_json_are_one_object_on_standard_error(cli: Cli) -> None:
    wrong = ((["show", "nothing"], 3), (["client", "add", ""], 2), (["undo"], 2), (["search", "--limit", "x"], 2))
    for words, code in wrong:
        told = cli.call(*words, "--json")
        assert (told.code, told.out) == (code, "")
        assert set(json.loads(told.err)["error"]) == {"code", "sentence", "remedy"}


def test_without_json_sentences_are_for_people_and_on_standard_error(cli: Cli) -> None:
    told = cli.call("client", "add", "Olmo")
    assert (told.code, told.out) == (0, "")
    assert told.err.strip()
    refused = cli.call("show", "nothing")
    assert (refused.code, refused.out) == (3, "")
    assert refused.err.count("\n") == 1
    assert "{" not in refused.err


def test_spanish_where_the_locale_is(cli: Cli) -> None:
    told = cli.call("show", "nothing", env={"LC_ALL": "es_ES.UTF-8", "LANGUAGE": "es"})
    assert told.code == 3
    assert told.err != cli.call("show", "nothing").err


def test_the_office_inherits_nothing_hostile(cli: Cli, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "sitecustomize.py").write_text(f"open({str(mark)!r}, 'w')")
    (tmp_path / "multiprocessing.py").write_text(f"open({str(mark)!r}, 'w')")
    done = subprocess.run(
        cli.command("import", "/dev/null/x", "--mailbox", "m"),
        cwd=tmp_path,
        env=cli.env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    subprocess.run(cli.command("office", "start"), cwd=tmp_path, env=cli.env, capture_output=True, check=True)
    (office,) = cli.offices()
    for process in [office, *office.children(recursive=True)]:
        assert Path(f"/proc/{process.pid}/cwd").readlink() == Path("/")
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        assert b"PYTHONPATH" not in environment
    assert not mark.exists()
