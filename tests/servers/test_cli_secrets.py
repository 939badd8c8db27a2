"""Where secrets are kept, as somebody at a command line meets it: told at the first one, changed, and found by nobody.

A real keychain (gnome-keyring in a session of its own), a real Dovecot, a local OpenID provider.
"""

import asyncio
import contextlib
import inspect
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import psutil
import pytest

from actors.desk.api import PROTOCOL_VERSION, Desk, Hello
from actors.desk.remote import RemoteDesk
from actors.desk.wire import Way, method_names, spoken
from actors.paths import under
from providers.sealed import BoxUnreadable
from providers.secrets import Ground, Secrets
from store.model.errors import DeskError
from tests.support.cli import Called, Cli, Row
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.keychain import Session
from tests.support.openid import OpenId
from tests.support.pty import Terminal
from tui.version import VERSION

pytestmark = pytest.mark.dovecot

ANA, BEN = "user1@firm.example", "user2@firm.example"
PASSWORD, WRONG = "planted-password-Xu7", "planted-app-password-Qe4"
PASSPHRASE, CLIENT_SECRET = "planted passphrase Lm9", "planted-client-secret-Ws2"
SECONDS = 60


@pytest.fixture(scope="module")
def provider(provider: OpenId) -> OpenId:
    provider.style, provider.client_secret = "google", CLIENT_SECRET
    return provider


@pytest.fixture(scope="module")
def server(provider: OpenId, dovecot: DovecotFactory) -> Dovecot:
    made = dovecot(users=2, introspection=(provider.introspection, provider.cafile))
    users = made.top / "users"
    users.write_text(users.read_text().replace(":{PLAIN}pass:", f":{{PLAIN}}{PASSWORD}:"))
    return made


@pytest.fixture
def cli() -> Iterator[Cli]:
    home = short_folder()
    with Cli(home) as made:
        yield made
    shutil.rmtree(home)


def adding(server: Dovecot, *more: str, address: str = ANA) -> list[str]:
    where = f"localhost:{server.tls_port}"
    return ["mailbox", "add", address, "--imap", where, "--ca", str(server.cafile), "--no-send", *more]


def doctor(cli: Cli) -> Row:
    (row,) = [row for row in cli.call("doctor", "--json").rows if row["check"] == "secrets"]
    return row


def syncs(cli: Cli) -> bool:
    return cli.call("sync", "--wait", "--json").code == 0


# ---------------------------------------------------------------- where
def test_without_a_keychain_it_is_the_sealed_file_and_is_said(cli: Cli, server: Dovecot) -> None:
    assert doctor(cli)["sentence"] == "no secret is kept yet"
    added = cli.call(*adding(server, "--password-stdin"), stdin=f"{PASSWORD}\n")
    assert added.code == 0, added.err
    assert "kept in a sealed file (no keychain answered" in added.err
    assert "sealed file" in doctor(cli)["sentence"]
    cli.one("office", "stop")
    assert (doctor(cli)["ok"], "no keychain answered" in doctor(cli)["sentence"]) == (True, True)
    (cli.home / "config" / "secrets.key").unlink()
    assert (doctor(cli)["ok"], doctor(cli)["remedy"]) == (False, "Put the key file back, or sign in again.")


class Desktop(Cli):
    """Commands in a desktop session."""

    session: Session

    @property
    def env(self) -> dict[str, str]:
        return super().env | self.session.environment


def test_a_keychain_that_answers_is_used_moved_from_and_to(cli: Cli, server: Dovecot, tmp_path: Path) -> None:
    with Session(tmp_path) as session, Desktop(cli.home) as desktop:
        desktop.session, cli = session, desktop
        added = cli.call(*adding(server, "--password-stdin"), stdin=f"{PASSWORD}\n")
        assert "kept in the keychain of your session" in added.err
        assert not list(cli.home.rglob("*.sealed"))
        assert syncs(cli)
        assert cli.one("config", "get", "secrets")["value"] == "keychain"
        assert cli.one("config", "set", "secrets", "file")["done"] is True
        assert cli.one("config", "set", "secrets", "file")["done"] is False
        cli.kill_office()
        assert syncs(cli)
        assert cli.one("config", "set", "secrets", "keychain")["done"] is True
        assert not list(cli.home.rglob("*.sealed"))
        cli.kill_office()
        assert syncs(cli)
        cli.one("office", "stop")
        cli.one("office", "start")
        assert doctor(cli)["ok"] is True
        session.end_keychain()  # what answers next is locked, as before a login
        assert doctor(cli)["ok"] is False
        assert cli.one("config", "get", "secrets")["trouble"] in {"keychain_locked", "keychain_away"}
        assert cli.refused("config", "set", "secrets", "file", code=5)["code"] == "secrets_away"
        assert cli.one("status", code=1 if not syncs(cli) else 0)["mailboxes"][0]["state"] != "needs_sign_in"


def test_a_passphrase_is_asked_at_a_terminal_and_by_nobody_else(cli: Cli, server: Dovecot) -> None:
    cli.one(*adding(server, "--password-stdin"), stdin=f"{PASSWORD}\n")
    assert cli.refused("config", "set", "secrets", "passphrase", code=2)["code"] == "passphrase_needed"
    assert cli.refused("config", "set", "secrets", "drawer", code=2)["code"] == "bad_setting"
    words = ("config", "set", "secrets", "passphrase", "--passphrase-stdin")
    assert cli.refused(*words, code=2, stdin="short\n")["code"] == "passphrase_short"
    assert cli.one(*words, stdin=f"{PASSPHRASE}\n")["done"]
    assert syncs(cli)
    cli.kill_office()
    assert not syncs(cli)
    assert "Give it at a terminal" in doctor(cli)["remedy"]
    assert cli.call("status", "--json").rows[0]["mailboxes"][0]["state"] != "needs_sign_in"
    asks = "Passphrase of the secrets"
    with Terminal(cli.command("config", "get", "hold"), env=cli.env | {"TERM": "xterm"}, timeout=SECONDS) as terminal:
        terminal.wait_for(asks)
        terminal.send("not this one\r")
        terminal.wait_until(lambda shown: shown.count(asks) == 2, what="a second question")
        terminal.send(f"{PASSPHRASE}\r")
        assert terminal.wait_exit() == 0
        assert PASSPHRASE.encode() not in terminal.raw
    cli.until(lambda: syncs(cli), what="a sync after the passphrase")


# ---------------------------------------------------------------- nobody finds them
class Heard:
    """All that anybody was told."""

    def __init__(self, cli: Cli) -> None:
        self.cli, self.parts = cli, list[bytes]()

    def call(self, *words: str, stdin: str = "") -> Called:
        called = self.cli.call(*words, stdin=stdin)
        self.parts.append((called.out + called.err).encode())
        return called


def test_planted_secrets_are_found_nowhere(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    """Password, app password, client secret, passphrase, grants and tokens, after errors, kills and a re-sealing."""
    heard = Heard(cli)
    with watching(cli) as watched:
        live(heard, provider, server)
        (office,) = cli.offices()
        check_process(office)
        office.send_signal(signal.SIGUSR1)  # its stacks, as a support person asks for them
        cli.until((cli.home / "log" / "stacks.log").read_bytes, what="the stacks")
        heard.parts.append(asyncio.run(told_by_every_call(cli)))
        for asked in (["status"], ["mailbox", "list"], ["notices", "--all"], ["provider", "list"]):
            assert heard.call("--as", "Otto", *asked, "--json").code in (0, 1), asked
        cli.one("office", "stop")
        heard.parts.append(b"".join(watched.communicate(timeout=SECONDS)))
    words = planted(provider)
    assert len(words) > 6
    for part in heard.parts:
        check(part, words, "an answer")
    files = [path for path in cli.home.rglob("*") if path.is_file()]
    assert {"postroom.db", "office.log", "stacks.log", "secrets.json"} <= {path.name for path in files}
    for path in files:
        check(path.read_bytes(), words, str(path))
    check_backup(cli)


def live(heard: Heard, provider: OpenId, server: Dovecot) -> None:
    """A life with what goes wrong in one."""
    cli = heard.cli
    cli.one("member", "add", "Otto")
    heard.call(*adding(server, "--password-stdin"), stdin=f"{WRONG}\n")
    assert heard.call(*adding(server, "--password-stdin", "--json"), stdin=f"{PASSWORD}\n").code == 0
    register = ["provider", "set", "openid", "--client-id", provider.client_id, "--authority", provider.issuer]
    assert heard.call(*register, "--ca", str(provider.cafile), "--secret-stdin", stdin=f"{CLIENT_SECRET}\n").code == 0
    sign_in = ["--oauth", "--provider", "openid", "--way", "paste", "--begin", "--json"]
    begun = heard.call(*adding(server, *sign_in, address=BEN)).rows[0]
    back = provider.visit(begun["url"], account=BEN)
    assert heard.call("mailbox", "finish", begun["sign_in"], "--redirect-stdin", stdin=f"{back}\n").code == 0
    heard.call("sync", "--wait", "--json")
    heard.call("mailbox", "reauth", ANA, "--password-stdin", "--json", stdin=f"{WRONG}\n")
    cli.kill_office()
    heard.call("sync", "--wait", "--json")
    words = ["config", "set", "secrets", "passphrase", "--passphrase-stdin", "--json"]
    assert heard.call(*words, stdin=f"{PASSPHRASE}\n").code == 0
    cli.kill_office()
    heard.call("sync", "--wait", "--json")
    for each in (["doctor"], ["status", "--actors"], ["mailbox", "show", ANA], ["config", "get", "secrets"]):
        heard.call(*each, "--json")


@contextlib.contextmanager
def watching(cli: Cli) -> "Iterator[subprocess.Popen[bytes]]":
    """Somebody else at the socket, from the beginning."""
    cli.rows("member", "list")
    process = cli.start("watch", "--json")
    try:
        yield process
    finally:
        process.kill()
        process.wait(SECONDS)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


async def told_by_every_call(cli: Cli) -> bytes:
    """Whatever the desk answers to a call that needs no argument."""
    hello = Hello(protocol=PROTOCOL_VERSION, version=VERSION, language="en", time_zone="UTC")
    desk = await RemoteDesk.connect(under(cli.home), hello)
    answers = []
    try:
        await desk.unlock_secrets(PASSPHRASE)  # so that the office holds what it can
        for name in sorted(method_names() - {"stop_office", "undo"}):
            needed = list(inspect.signature(getattr(Desk, name)).parameters.values())[1:]
            if spoken(name).way is Way.CALL and all(one.default is not one.empty for one in needed):
                with contextlib.suppress(DeskError):
                    answers.append(msgspec.json.encode(await getattr(desk, name)()))
    finally:
        await desk.close()
    assert len(answers) > 10
    return b"\n".join(answers)


def planted(provider: OpenId) -> Sequence[bytes]:
    words = {PASSWORD, WRONG, PASSPHRASE, CLIENT_SECRET, *provider.refresh_tokens, *provider.access_tokens}
    return [word.encode() for word in words | set(provider.used)]


def check(part: bytes, words: Sequence[bytes], where: str) -> None:
    assert not [word for word in words if word in part], where


def check_process(office: psutil.Process) -> None:
    """No core file, and nothing in what other programs may read of it."""
    soft, hard = office.rlimit(psutil.RLIMIT_CORE)
    assert (soft, hard) == (0, 0)
    folder = Path(f"/proc/{office.pid}")
    if os.geteuid():  # root reads everything
        with pytest.raises(PermissionError):
            (folder / "environ").read_bytes()
    for name in ("cmdline", "environ") if not os.geteuid() else ("cmdline",):
        assert b"planted" not in (folder / name).read_bytes()


def check_backup(cli: Cli) -> None:
    """Data without the key: the secrets are there and say nothing."""
    copy = cli.home / "copy"
    shutil.copytree(cli.home / "data", copy, ignore=shutil.ignore_patterns("*.sock"))
    box = Secrets(Ground(data=copy, key=copy / "no.key"))
    assert box.names()
    with pytest.raises(BoxUnreadable):
        box.unlock("guessed passphrase")
