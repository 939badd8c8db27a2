"""A mailbox signed in at a provider by the command line, through an office; Dovecot asks the same provider."""

import shutil
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import segno

from tests.support.cli import Cli, alive, ended
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.openid import OpenId
from tests.support.pty import Terminal
from tests.support.smtp import Receiver

pytestmark = pytest.mark.dovecot

ANA, BEN = "user1@firm.example", "user2@firm.example"


@pytest.fixture(scope="module")
def server(provider: OpenId, dovecot: DovecotFactory) -> Dovecot:
    made = dovecot(users=2, introspection=(provider.introspection, provider.cafile))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "x@olmo.example", ANA, "Deed"
    mail["Message-ID"] = "<1@olmo.example>"
    mail.set_content("the deed")
    made.deliver("user1", mail.as_bytes())
    return made


@pytest.fixture
def cli(provider: OpenId) -> Iterator[Cli]:
    provider.asked.clear()
    home = short_folder()
    with Cli(home) as made:
        yield made
    shutil.rmtree(home)


def register(cli: Cli, provider: OpenId, name: str = "microsoft") -> None:
    provider.style = "microsoft" if name == "microsoft" else "google"
    provider.client_secret = "" if name == "microsoft" else "planted-client-secret"
    where = provider.authority if name == "microsoft" else provider.issuer
    words = ["provider", "set", name, "--client-id", provider.client_id, "--authority", where]
    words += ["--ca", str(provider.cafile)]
    if provider.client_secret:
        cli.one(*words, "--secret-stdin", stdin=f"{provider.client_secret}\n")
    else:
        cli.one(*words)


def adding(server: Dovecot, *more: str, address: str = ANA) -> list[str]:
    where = f"localhost:{server.tls_port}"
    return ["mailbox", "add", address, "--imap", where, "--ca", str(server.cafile), "--no-send", *more]


def state(cli: Cli) -> str:
    """Of the one mailbox."""
    return str(cli.call("status", "--json").rows[0]["mailboxes"][0]["state"])


def end_office(cli: Cli, *, kill: bool = True) -> None:
    """At once, or as a service manager does."""
    if kill:
        cli.kill_office()
        return
    (office,) = cli.offices()
    office.terminate()
    assert not alive([office], seconds=30)


def check_no_secret(cli: Cli, provider: OpenId) -> None:
    """Neither grant nor token lies anywhere in the clear."""
    words = [
        *provider.refresh_tokens,
        *provider.access_tokens,
        *provider.used,
        provider.client_secret or "planted-client",
    ]
    for path in cli.home.rglob("*"):
        if path.is_file():
            kept = path.read_bytes()
            assert not any(word.encode() in kept for word in words), path


# ---------------------------------------------------------------- by device
def test_a_device_code_signs_a_mailbox_in(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider)
    begun = cli.one(*adding(server, "--oauth", "--provider", "microsoft", "--begin"))
    assert begun["url"] == f"{provider.authority}/device"
    provider.enter(begun["user_code"], account=ANA)
    made = cli.one("mailbox", "finish", begun["sign_in"])
    assert made["address"] == ANA
    cli.one("sync", "--wait")
    assert [row["subject"] for row in cli.rows("search", "")] == ["Deed"]
    check_no_secret(cli, provider)
    cli.refused("mailbox", "finish", begun["sign_in"], code=3)


def test_who_manages_members_sees_how_old_sign_ins_are(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider)
    for name in ("Ana", "Ben", "Tom"):
        cli.one("member", "add", name)
    begun = cli.as_("Ana").one(*adding(server, "--oauth", "--provider", "microsoft", "--begin"))
    provider.enter(begun["user_code"], account=ANA)
    cli.as_("Ana").one("mailbox", "finish", begun["sign_in"])
    cli.one(*adding(server, "--password-stdin", "--member", "Ben", address=BEN), stdin=f"{server.password}\n")
    cli.one("sync", "--wait")
    rows = {row["name"]: row["mailbox"] for row in cli.rows("member", "list", "--sync")}
    assert rows["Tom"] is None
    assert (rows["Ana"]["address"], rows["Ana"]["state"]) == (ANA, "synced")
    assert rows["Ana"]["token"] >= rows["Ana"]["signed_in"]
    assert rows["Ben"]["signed_in"] is not None
    assert rows["Ben"]["token"] is None
    said = cli.call("member", "list", "--sync").out
    assert not any(token in said for token in provider.access_tokens)
    assert {row["name"] for row in cli.as_("Ben").rows("member", "list", "--sync")} == {"Ben"}
    provider.expire()


def test_it_is_waited_for(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider)
    with ended(cli.start(*adding(server, "--oauth", "--provider", "microsoft"))) as waiting:
        assert waiting.stderr is not None
        said = ""
        while "code" not in (line := waiting.stderr.readline().decode()):
            assert line, said
            said += line
        assert ANA in said
        provider.enter(line.split()[-1], account=ANA)
        rest = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, rest
    assert [row["address"] for row in cli.rows("mailbox", "list")] == [ANA]


def test_another_account_s_grant_is_forgotten(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider)
    begun = cli.one(*adding(server, "--oauth", "--provider", "microsoft", "--begin"))
    provider.enter(begun["user_code"], account=BEN)
    error = cli.refused("mailbox", "finish", begun["sign_in"], code=6)
    assert "another account" in error["sentence"]
    assert cli.rows("mailbox", "list") == []
    cli.refused("mailbox", "finish", begun["sign_in"], code=3)  # one attempt
    check_no_secret(cli, provider)


def test_both_are_told_of_it(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    """Ana begins a sign-in, and Ben's account finishes it: the phish of Z24."""
    register(cli, provider, "openid")
    cli.one("member", "add", "Ana", "--role", "admin")
    cli.one("member", "add", "Ben")
    cli.one(*adding(server, "--password-stdin", "--member", "Ben", address=BEN), stdin=f"{server.password}\n")
    begun = cli.as_("Ana").one(*adding(server, "--oauth", "--provider", "openid", "--way", "paste", "--begin"))
    ended_at = provider.visit(begun["url"], account=BEN)
    words = ["mailbox", "finish", begun["sign_in"], "--redirect-stdin"]
    cli.as_("Ana").refused(*words, code=6, stdin=f"{ended_at}\n")
    assert provider.count("revoke") == 1

    def told(name: str) -> list[str]:
        return [line for line in cli.as_(name).call("notices").out.splitlines() if "sign-in" in line]

    cli.until(lambda: told("Ana") and told("Ben"), what="the notices")
    assert BEN not in told("Ana")[0]
    assert all(word in told("Ben")[0] for word in (BEN, "Ana", ANA))
    assert "other_signed_in" in [row["action"] for row in cli.rows("journal")]


# ---------------------------------------------------------------- an office that ends meanwhile
@pytest.mark.parametrize("kill", [False, True])
def test_a_device_s_sign_in_outlives_its_office(cli: Cli, provider: OpenId, server: Dovecot, *, kill: bool) -> None:
    register(cli, provider)
    begun = cli.one(*adding(server, "--oauth", "--provider", "microsoft", "--begin"))
    end_office(cli, kill=kill)
    provider.enter(begun["user_code"], account=ANA)
    assert cli.one("mailbox", "finish", begun["sign_in"])["address"] == ANA
    check_no_secret(cli, provider)


def test_a_pasted_address_may_come_to_the_next_office(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider, "openid")
    begun = cli.one(*adding(server, "--oauth", "--provider", "openid", "--way", "paste", "--begin"))
    end_office(cli)
    ended_at = provider.visit(begun["url"], account=ANA)
    assert cli.one("mailbox", "finish", begun["sign_in"], "--redirect-stdin", stdin=f"{ended_at}\n")["done"]
    check_no_secret(cli, provider)


def test_a_browser_s_sign_in_ends_with_its_office_and_says_so(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider, "openid")
    begun = cli.one(*adding(server, "--oauth", "--provider", "openid", "--way", "browser", "--begin"))
    end_office(cli)
    error = cli.refused("mailbox", "finish", begun["sign_in"], code=3)
    assert "--way paste" in error["remedy"]


def test_somebody_else_s_mailbox_is_not_opened_by_one_s_own_grant(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    """The account is the one that was asked for, but the mail server does not let it into that mailbox."""
    register(cli, provider)
    begun = cli.one(*adding(server, "--oauth", "--provider", "microsoft", "--account", BEN, "--begin"))
    provider.enter(begun["user_code"], account=BEN)
    error = cli.refused("mailbox", "finish", begun["sign_in"], code=6)
    assert error["code"] == "login_refused"
    assert cli.rows("mailbox", "list") == []


def test_a_shared_mailbox_is_mended_by_who_signed_it_in(
    cli: Cli, provider: OpenId, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither provider nor account need be said again; the login is nobody's who could sign in."""
    asked = provider.introspect

    def opens(token: str) -> dict[str, Any]:
        """The mail server lets Ben into Ana's mailbox."""
        answer = asked(token)
        return {**answer, "email": ANA, "username": ANA} if answer.get("email") == BEN else answer

    monkeypatch.setattr(provider, "introspect", opens)
    register(cli, provider)
    begun = cli.one(*adding(server, "--oauth", "--provider", "microsoft", "--account", BEN, "--begin"))
    provider.enter(begun["user_code"], account=BEN)
    assert cli.one("mailbox", "finish", begun["sign_in"])["address"] == ANA
    again = cli.one("mailbox", "reauth", ANA, "--oauth", "--way", "device", "--begin")
    provider.enter(again["user_code"], account=BEN)
    assert cli.one("mailbox", "finish", again["sign_in"])["address"] == ANA


def test_who_says_no_way_is_asked_as_before(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    """In a terminal, as the notice names the command."""
    register(cli, provider, "openid")
    begun = cli.one(*adding(server, "--oauth", "--provider", "openid", "--way", "paste", "--begin"))
    ended_at = provider.visit(begun["url"], account=ANA)
    cli.one("mailbox", "finish", begun["sign_in"], "--redirect-stdin", stdin=f"{ended_at}\n")
    secret = f"{server.password}\n"
    cli.one(*adding(server, "--login", "user2", "--password-stdin", address=BEN), stdin=secret)
    env = cli.env | {"TERM": "xterm"}
    with Terminal(cli.command("mailbox", "reauth", ANA), env=env) as terminal:
        terminal.wait_for("browser ended")
    with Terminal(cli.command("mailbox", "reauth", BEN), env=env) as terminal:
        terminal.wait_for("Password of")


@pytest.mark.parametrize(("plain", "drawn"), [("0", True), ("1", False)])
def test_the_address_is_drawn_for_a_camera_in_a_terminal(
    cli: Cli, provider: OpenId, server: Dovecot, *, plain: str, drawn: bool
) -> None:
    register(cli, provider)
    words = cli.command(*adding(server, "--oauth", "--provider", "microsoft", "--way", "device", "--begin"))
    with Terminal(words, env=cli.env | {"TERM": "xterm", "POSTROOM_PLAIN": plain}) as terminal:
        assert terminal.wait_exit() == 0
        address = terminal.shown.split("Open ")[1].split()[0]
        code = segno.make(address, error="l", micro=False)
        blank = "█" * (len(code.matrix) + 4)
        assert (blank in terminal.shown) is drawn


def test_what_only_begins_says_how_it_goes_on(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider, "openid")
    said = cli.call(*adding(server, "--oauth", "--provider", "openid", "--way", "paste", "--begin")).err
    ended_at = provider.visit(said.split("Open ")[1].split()[0], account=ANA)
    words = said.split("postroom ")[1].split()
    assert cli.one(*words, stdin=f"{ended_at}\n")["address"] == ANA


def test_microsoft_is_offered_no_app_password(cli: Cli, server: Dovecot) -> None:
    error = cli.refused(*adding(server, "--oauth", "--provider", "microsoft"), code=2)
    assert error["code"] == "no_client_id"
    assert "app password" not in error["remedy"]


def test_a_provider_that_redirects_is_told_in_words(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider)
    provider.fail("devicecode", "redirect")
    error = cli.refused(*adding(server, "--oauth", "--provider", "microsoft", "--begin"), code=5)
    assert "elsewhere" in error["sentence"]


# ---------------------------------------------------------------- by a pasted address
def test_a_pasted_address_signs_a_mailbox_in(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider, "openid")
    begun = cli.one(*adding(server, "--oauth", "--provider", "openid", "--way", "paste", "--begin"))
    assert begun["user_code"] is None
    error = cli.refused("mailbox", "finish", begun["sign_in"], "--redirect-stdin", code=2, stdin="hello\n")
    assert error["code"] == "not_redirected"
    ended_at = provider.visit(begun["url"], account=ANA)
    assert cli.one("mailbox", "finish", begun["sign_in"], "--redirect-stdin", stdin=f"{ended_at}\n")["done"]
    cli.one("sync", "--wait")
    check_no_secret(cli, provider)


def test_an_answer_to_another_sign_in_ends_this_one(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider, "openid")
    words = adding(server, "--oauth", "--provider", "openid", "--way", "paste", "--begin")
    first = cli.one(*words)
    second = cli.one(*words)
    ended_at = provider.visit(first["url"], account=ANA)
    cli.refused("mailbox", "finish", first["sign_in"], "--redirect-stdin", code=3, stdin=f"{ended_at}\n")
    error = cli.refused("mailbox", "finish", second["sign_in"], "--redirect-stdin", code=6, stdin=f"{ended_at}\n")
    assert "another sign-in" in error["sentence"]
    assert provider.count("token") == 0


def test_a_browser_on_this_machine_is_listened_for(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider, "openid")
    begun = cli.one(*adding(server, "--oauth", "--provider", "openid", "--way", "browser", "--begin"))
    ended_at = provider.visit(begun["url"], account=ANA)
    with urllib.request.urlopen(ended_at, timeout=10) as page:  # noqa: S310 - the loopback address of before
        assert page.status == 200
    assert cli.one("mailbox", "finish", begun["sign_in"])["done"]


# ---------------------------------------------------------------- taken back, and mended
def test_a_grant_that_is_taken_back_needs_sign_in_and_is_mended(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider)
    begun = cli.one(*adding(server, "--oauth", "--provider", "microsoft", "--begin"))
    provider.enter(begun["user_code"], account=ANA)
    cli.one("mailbox", "finish", begun["sign_in"])
    cli.one("sync", "--wait")
    provider.revoke(ANA)
    cli.call("office", "stop")  # the next office has no token of before
    states = set()
    for _try in range(6):
        cli.call("sync", "--wait", "--timeout", "20")
        states.add(state(cli))
        if "needs_sign_in" in states:
            break
    assert "needs_sign_in" in states
    asked = provider.count("token", grant_type="refresh_token")
    assert asked >= 2
    cli.call("sync", "--wait", "--timeout", "20")
    assert provider.count("token", grant_type="refresh_token") == asked, "it is asked no more"
    begun = cli.one("mailbox", "reauth", ANA, "--oauth", "--provider", "microsoft", "--begin")
    provider.enter(begun["user_code"], account=ANA)
    cli.one("mailbox", "finish", begun["sign_in"])
    cli.one("sync", "--wait")
    assert state(cli) in ("synced", "syncing")


def test_a_provider_that_is_away_needs_nobody(cli: Cli, provider: OpenId, server: Dovecot) -> None:
    register(cli, provider)
    begun = cli.one(*adding(server, "--oauth", "--provider", "microsoft", "--begin"))
    provider.enter(begun["user_code"], account=ANA)
    cli.one("mailbox", "finish", begun["sign_in"])
    cli.call("office", "stop")
    provider.fail("token", "busy", times=3)
    for _try in range(3):
        cli.call("sync", "--wait", "--timeout", "20")
        assert state(cli) != "needs_sign_in"
    provider._faults.clear()  # noqa: SLF001 - it is back
    assert cli.call("sync", "--wait").code == 0


# ---------------------------------------------------------------- programs and passwords
def test_an_own_program_gives_the_password(cli: Cli, server: Dovecot, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{server.password}\n")
    words = adding(server, "--login", "user1", "--password-command", f"cat '{secret}'")
    assert cli.one(*words)["address"] == ANA
    cli.one("sync", "--wait")
    cli.call("office", "stop")
    assert cli.call("sync", "--wait").code == 0  # the next office runs it again
    secret.unlink()
    cli.call("office", "stop")
    cli.call("sync", "--wait", "--timeout", "20")
    assert state(cli) != "needs_sign_in"


def test_an_own_program_gives_a_token(cli: Cli, provider: OpenId, server: Dovecot, tmp_path: Path) -> None:
    from tests.support.openid import Issued

    provider.access_tokens["own-token"] = Issued(ANA, "mail", expires=provider.clock() + 3600)
    secret = tmp_path / "token"
    secret.write_text("own-token\n")
    assert cli.one(*adding(server, "--token-command", f"cat {secret}"))["address"] == ANA
    cli.one("sync", "--wait")


@pytest.mark.parametrize(("command", "code"), [("no-such-program-at-all", 2), ("false", 5), ("echo wrong", 6)])
def test_a_program_that_gives_nothing_good(cli: Cli, server: Dovecot, command: str, code: int) -> None:
    cli.refused(*adding(server, "--login", "user1", "--password-command", command), code=code)
    assert cli.rows("mailbox", "list") == []


def test_a_password_is_changed_by_reauth(cli: Cli, server: Dovecot) -> None:
    cli.one(*adding(server, "--login", "user1", "--password-stdin"), stdin="pass\n")
    error = cli.refused("mailbox", "reauth", ANA, "--password-stdin", code=6, stdin="planted-wrong\n")
    assert error["code"] == "login_refused"
    assert cli.call("sync", "--wait").code == 0  # the one that was kept still stands
    assert cli.one("mailbox", "reauth", ANA, "--password-stdin", stdin="pass\n")["done"]
    cli.refused("mailbox", "reauth", BEN, "--password-stdin", code=3, stdin="pass\n")


# ---------------------------------------------------------------- registrations
def test_a_registration_is_listed_without_its_secret(cli: Cli, provider: OpenId) -> None:
    register(cli, provider, "openid")
    (row,) = [row for row in cli.rows("provider", "list") if row["provider"] == "openid"]
    assert row == {
        "provider": "openid", "client_id": provider.client_id, "tenant": None, "authority": provider.issuer,
        "has_secret": True,
    }  # fmt: skip
    check_no_secret(cli, provider)


def test_the_first_secret_says_where_secrets_are_kept(cli: Cli) -> None:
    words = ["provider", "set", "google", "--client-id", "x", "--secret-stdin"]
    assert "Secrets are kept" in cli.call(*words, stdin="planted-client-secret\n").err
    assert "Secrets are kept" not in cli.call(*words, stdin="planted-client-secret\n").err


def test_without_a_registration_the_ways_are_told(cli: Cli, server: Dovecot) -> None:
    error = cli.refused(*adding(server, "--oauth", "--provider", "google", "--begin"), code=2)
    assert error["code"] == "no_client_id"
    assert "app password" in error["remedy"]
    assert "token command" in error["remedy"]


def test_a_member_sets_no_registration(cli: Cli) -> None:
    cli.one("member", "add", "Ed Employee", "--role", "employee")
    cli.refused("--as", "Ed Employee", "provider", "set", "google", "--client-id", "c", code=4)


def test_a_mail_server_without_tokens_is_said(cli: Cli, provider: OpenId) -> None:
    register(cli, provider)
    with Receiver(tls="ssl", logins={ANA: "pass"}) as receiver:
        assert receiver.port  # IMAP is not what stands here: the step is named
        begun = cli.one(
            "mailbox", "add", ANA, "--imap", f"localhost:{receiver.port}", "--ca", str(receiver.cafile), "--no-send",
            "--oauth", "--provider", "microsoft", "--begin",
        )  # fmt: skip
        provider.enter(begun["user_code"], account=ANA)
        error = cli.refused("mailbox", "finish", begun["sign_in"], code=5)
    assert "imap" in error["sentence"]
