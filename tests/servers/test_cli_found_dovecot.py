"""A mailbox in one line: its servers are named by its domain's own file, Dovecot holds it."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest

from tests.support.cli import Cli, Row
from tests.support.dns_and_web import Internet, answer, config, internet
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.found_office import FoundOffice
from tests.support.home import short_folder

pytestmark = pytest.mark.dovecot

PATH = "/mail/config-v1.1.xml"
HOST = "mail.olmo.example"  # in the certificate of every private server
MAIL = b"From: <ada@byron.example>\r\nTo: user1@olmo.example\r\nSubject: Deed\r\nMessage-ID: <1@x>\r\n\r\nHi\r\n"


@pytest.fixture(scope="module")
def server(dovecot: DovecotFactory) -> Dovecot:
    return dovecot(users=1)


@pytest.fixture
async def net() -> AsyncIterator[Internet]:
    async with internet() as made:
        yield made


async def test_a_password_mailbox_is_synced_in_one_line(net: Internet, server: Dovecot) -> None:
    page = config(imap=f"{HOST} {server.tls_port} SSL %EMAILLOCALPART%")
    autoconfig = net.host("autoconfig.olmo.example")
    autoconfig.pages[PATH] = answer(page)
    server.deliver("user1", MAIL)
    home = short_folder()

    def act() -> tuple[Row, Row, list[Row]]:
        with Cli(home) as cli, FoundOffice(cli, net, hosts=[HOST]):
            found = cli.one("provider", "find", "user1@olmo.example")
            words = ("mailbox", "add", "user1@olmo.example", "--no-send", "--ca", str(server.cafile))
            added = cli.one(*words, "--history", "all", "--password-stdin", stdin=f"{server.password}\n")
            cli.one("sync", "--wait")
            return found, added, cli.rows("search", "deed")

    found, added, mails = await asyncio.to_thread(act)
    shutil.rmtree(home)
    assert (found["source"], found["trusted"]) == ("autoconfig", True)
    assert found["imap"]["login"] == "user1"
    assert added["imap"] == {"host": HOST, "port": server.tls_port, "socket": "ssl"}
    assert (added["login"], [mail["subject"] for mail in mails]) == ("user1", ["Deed"])
    assert server.password.encode() not in autoconfig.heard


async def test_what_only_dns_names_is_asked_for_and_nothing_is_sent(net: Internet, server: Dovecot) -> None:
    net.dns.add("_imaps._tcp.olmo.example", "SRV", f"0 1 {server.tls_port} {HOST}.")
    home = short_folder()

    def act() -> tuple[Row, list[Row]]:
        with Cli(home) as cli, FoundOffice(cli, net, hosts=[HOST]):
            words = ("mailbox", "add", "user1@olmo.example", "--no-send", "--ca", str(server.cafile))
            refused = cli.refused(*words, "--password-stdin", code=2, stdin=f"{server.password}\n")
            return refused, cli.rows("mailbox", "list")

    refused, listed = await asyncio.to_thread(act)
    shutil.rmtree(home)
    assert (refused["code"], listed) == ("hosts_unconfirmed", [])
    assert HOST in refused["sentence"]
