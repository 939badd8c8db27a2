"""`mailbox add` without servers, and `provider find`: what is taken, what is asked, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.desk.api import NewMailbox
from store.model.found import Found, FoundBy, FoundServer, Way
from tests.support.cli import POSTROOM, Called, Cli
from tests.support.fake_desk import FakeDesk
from tests.support.pty import Terminal
from tests.support.served import served

ANA = "ana@olmo.example"
ADD = ("mailbox", "add", ANA)


def at(host: str, port: int, tls: str = "ssl", *, login: str = ANA, ways: tuple[Way, ...] = ()) -> FoundServer:
    return FoundServer(host=host, port=port, tls=tls, login=login, ways=ways)


def found(source: FoundBy, *, smtp: bool = True) -> Found:
    return Found(
        source=source,
        imap=at("mail.olmo.example", 993),
        smtp=at("out.olmo.example", 587, "starttls") if smtp else None,
        trusted=source in (FoundBy.TABLE, FoundBy.AUTOCONFIG),
    )


class Firm:
    """A desk that answers on a socket, and the command line at it."""

    def __init__(self, desk: FakeDesk, home: Path) -> None:
        self.desk, self.cli = desk, Cli(home)

    async def call(self, *words: str, stdin: str = "secret\n") -> Called:
        return await asyncio.to_thread(self.cli.call, *words, "--json", stdin=stdin)

    @property
    def added(self) -> list[NewMailbox]:
        return [named["mailbox"] for name, _given, named in self.desk.calls if name == "add_mailbox"]


@pytest.fixture
async def firm() -> AsyncIterator[Firm]:
    desk = FakeDesk()
    async with served(desk) as office:
        assert office.home.root is not None
        yield Firm(desk, office.home.root)


async def test_what_the_domain_itself_names_is_taken(firm: Firm) -> None:
    firm.desk.found[ANA] = (found(FoundBy.AUTOCONFIG), found(FoundBy.SRV))
    called = await firm.call(*ADD, "--password-stdin")
    assert called.code == 0, called
    (wanted,) = firm.added
    assert wanted.smtp is not None
    assert (wanted.imap.host, wanted.imap.port, wanted.imap.tls) == ("mail.olmo.example", 993, "ssl")
    assert (wanted.smtp.host, wanted.smtp.port, wanted.smtp.tls) == ("out.olmo.example", 587, "starttls")
    assert (wanted.login, wanted.password) == (ANA, "secret")


@pytest.mark.parametrize("source", [FoundBy.SRV, FoundBy.MX, FoundBy.GUESS])
async def test_a_script_sends_no_password_to_who_dns_or_a_guess_names(firm: Firm, source: FoundBy) -> None:
    firm.desk.found[ANA] = (found(source),)
    called = await firm.call(*ADD, "--password-stdin")
    assert (called.code, called.error["code"]) == (2, "hosts_unconfirmed")
    assert "mail.olmo.example, out.olmo.example" in called.error["sentence"]
    assert firm.added == []
    named = ("--imap", "mail.olmo.example", "--smtp", "out.olmo.example:587")
    assert (await firm.call(*ADD, *named, "--password-stdin")).code == 0
    (wanted,) = firm.added
    assert wanted.smtp is not None
    assert wanted.smtp.tls == "starttls"


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
async def test_a_terminal_is_asked_before_the_password(firm: Firm, answer: str, code: int) -> None:
    firm.desk.found[ANA] = (found(FoundBy.SRV),)

    def talk() -> int:
        with Terminal([*POSTROOM, *ADD], env={**firm.cli.env, "TERM": "xterm-256color"}) as terminal:
            terminal.wait_for("Send the password to mail.olmo.example, out.olmo.example?")
            assert "Password of" not in terminal.shown
            terminal.send(f"{answer}\n")
            if code == 0:
                terminal.wait_for(f"Password of {ANA}")
                terminal.send("secret\n")
            return terminal.wait_exit()

    assert await asyncio.to_thread(talk) == code
    assert [wanted.password for wanted in firm.added] == (["secret"] if code == 0 else [])


async def test_what_the_caller_names_goes_before_what_is_found(firm: Firm) -> None:
    firm.desk.found[ANA] = (found(FoundBy.AUTOCONFIG),)
    assert (await firm.call(*ADD, "--imap", "own.olmo.example:143", "--login", "ana", "--password-stdin")).code == 0
    (wanted,) = firm.added
    assert wanted.smtp is not None
    assert (wanted.imap.host, wanted.imap.tls, wanted.login) == ("own.olmo.example", "starttls", "ana")
    assert (wanted.smtp.host, wanted.smtp.login) == ("out.olmo.example", None)


async def test_servers_that_are_named_are_not_looked_for(firm: Firm) -> None:
    assert (await firm.call(*ADD, "--imap", "a.b.example", "--no-send", "--password-stdin")).code == 0
    assert [name for name, _given, _named in firm.desk.calls if name == "find_servers"] == []
    (wanted,) = firm.added
    assert wanted.smtp is None


async def test_a_provider_that_wants_two_logins_gets_them(firm: Firm) -> None:
    assert (await firm.call("mailbox", "add", "ana.ruiz@icloud.com", "--password-stdin")).code == 0
    (wanted,) = firm.added
    assert wanted.smtp is not None
    assert (wanted.login, wanted.imap.login, wanted.smtp.login) == ("ana.ruiz", None, "ana.ruiz@icloud.com")


async def test_google_s_word_on_senders_is_believed_from_the_table(firm: Firm) -> None:
    assert (await firm.call("mailbox", "add", "ana@gmail.com", "--password-stdin")).code == 0
    assert firm.added[0].authserv_id == "mx.google.com"


@pytest.mark.parametrize(
    ("address", "code"), [(ANA, "no_server"), ("a@proton.me", "lacks_imap"), ("a@so.wind.ne.jp", "lacks_tls")]
)
async def test_why_nothing_can_be_synced_is_said(firm: Firm, address: str, code: str) -> None:
    called = await firm.call("mailbox", "add", address, "--password-stdin")
    assert (called.code, called.error["code"]) == (2, code)
    assert called.error["remedy"]


async def test_a_found_provider_without_smtp_is_receive_only_by_wish(firm: Firm) -> None:
    firm.desk.found[ANA] = (found(FoundBy.AUTOCONFIG, smtp=False),)
    called = await firm.call(*ADD, "--password-stdin")
    assert (called.code, called.error["code"]) == (2, "no_server")
    assert (await firm.call(*ADD, "--no-send", "--password-stdin")).code == 0


# ---------------------------------------------------------------- provider find
async def test_all_that_is_known_is_told(firm: Firm) -> None:
    firm.desk.found[ANA] = (found(FoundBy.SRV), found(FoundBy.GUESS))
    called = await firm.call("provider", "find", ANA)
    (row,) = called.rows
    assert row["imap"] == {
        "host": "mail.olmo.example", "port": 993, "socket": "ssl", "login_form": "%EMAILADDRESS%", "login": ANA,
        "auth": [],
    }  # fmt: skip
    assert (row["source"], row["trusted"], [one["source"] for one in row["others"]]) == ("srv", False, ["guess"])
    (row,) = (await firm.call("provider", "find", "ana@gmail.com")).rows
    assert row["imap"]["auth"] == ["oauth-google", "password"]
    assert (row["source"], row["provider"], row["authserv_id"]) == ("table", "GMail", "mx.google.com")
    assert "labels" in row["quirks"]


async def test_who_is_not_known_is_not_found(firm: Firm) -> None:
    called = await firm.call("provider", "find", ANA)
    assert called.code == 3
    assert "server of this address is not known" in called.err
    assert (await firm.call("provider", "find", "no address")).code == 2


async def test_a_provider_s_name_steers_no_terminal(firm: Firm) -> None:
    evil = Found(source=FoundBy.MX, provider="Mail\x1b]52;c;x\x07\u202e", imap=at("a.b.example", 993))
    firm.desk.found[ANA] = (evil,)
    for json in ((), ("--json",)):
        called = await asyncio.to_thread(firm.cli.call, "provider", "find", ANA, *json)
        assert called.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(called.out + called.err)
