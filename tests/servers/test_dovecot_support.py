"""The private Dovecot that other tests stand on: logins, folders, flags, TLS, and that nothing of it stays."""

import imaplib
import ssl
from pathlib import Path

import psutil
import pytest

from tests.support.dovecot import Dovecot, DovecotFactory

pytestmark = pytest.mark.dovecot
RAW = b"From: a@firm.example\r\nSubject: one\r\nMessage-ID: <1@firm.example>\r\n\r\nhello\r\n"


def _line(server: Dovecot, login: str, *, tls: str = "none") -> imaplib.IMAP4:
    trust = ssl.create_default_context(cafile=str(server.cafile))
    if tls == "ssl":
        line: imaplib.IMAP4 = imaplib.IMAP4_SSL(server.host, server.tls_port, ssl_context=trust)
    else:
        line = imaplib.IMAP4(server.host, server.port)
    if tls == "starttls":
        line.starttls(trust)
    line.login(login, server.password)
    return line


@pytest.fixture(scope="module")
def server(dovecot: DovecotFactory) -> Dovecot:
    return dovecot(users=2, shared={"desk": "user2"})


@pytest.mark.parametrize("tls", ["none", "starttls", "ssl"])
def test_each_way_in_is_open(server: Dovecot, tls: str) -> None:
    line = _line(server, "user1", tls=tls)
    assert line.select()[0] == "OK"
    line.logout()


def test_mail_lies_where_it_was_put(server: Dovecot) -> None:
    server.seed("user1", [RAW, RAW, RAW], "Expedientes/Año & otros")
    server.deliver("user1", RAW, "Archive", flags="SF", received=1_700_000_000)
    line = _line(server, "user1")
    assert line.select('"Expedientes/A&APE-o &- otros"')[1] == [b"3"]
    line.select("Archive")
    answer = line.fetch("1", "(FLAGS INTERNALDATE)")[1][0]
    assert isinstance(answer, bytes)
    assert {b"\\Seen", b"\\Flagged"} <= set(imaplib.ParseFlags(answer))
    assert b"14-Nov-2023" in answer
    line.logout()


def test_a_shared_login_opens_the_same_mail(server: Dovecot) -> None:
    server.deliver("user2", RAW)
    for login in ("user2", "desk"):
        line = _line(server, login)
        assert line.select()[1] == [b"1"]
        line.logout()


def test_a_new_uidvalidity_follows(server: Dovecot) -> None:
    seen = []
    server.deliver("user1", RAW, "Turns")
    for _ in range(2):
        line = _line(server, "user1")
        line.select("Turns")
        seen.append(line.response("UIDVALIDITY")[1][0])
        line.logout()
        server.new_uidvalidity("user1", "Turns")
    assert seen[0] != seen[1]


@pytest.mark.usefixtures("dovecot")
def test_nothing_of_it_stays(tmp_path: Path) -> None:
    with Dovecot(tmp_path) as server:
        line = _line(server, "user1")
        line.select()
    left = [p.pid for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or [])]
    assert left == []
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        line.noop()
    line.shutdown()
