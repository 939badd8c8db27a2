"""`mailbox add` tries the servers first: each way to fail has its exit code and sentence, and leaves nothing behind."""

import datetime as dt
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.support.cli import Cli, Row, Seat, adding
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.line_server import LineServer, Wire
from tests.support.smtp import Receiver

pytestmark = pytest.mark.dovecot

SEAT = Seat(member="", address="iris@firm.example", user="user1")
SECRET = "never-to-be-kept-9f31"


@pytest.fixture(scope="module")
def server(dovecot: DovecotFactory) -> Dovecot:
    return dovecot(users=1)


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    """One home for all failures: after each of them it must be as before."""
    home = short_folder()
    with Cli(home) as made:
        made.rows("member", "list")
        yield made
    shutil.rmtree(home)


def check_nothing_is_kept(cli: Cli) -> None:
    assert cli.rows("mailbox", "list") == []
    assert cli.one("status")["mailboxes"] == []
    secrets = [row for row in cli.rows("doctor") if row["check"] == "secrets"]
    assert [row["sentence"] for row in secrets] == ["no secret is kept yet"]
    kept = [path for path in cli.home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert kept == []


def refused(cli: Cli, words: list[str], *, code: int, password: str = SECRET) -> Row:
    error = cli.refused(*words, code=code, stdin=f"{password}\n")
    assert SECRET not in str(error)
    check_nothing_is_kept(cli)
    return error


def words_for(host: str, port: int, *more: str) -> list[str]:
    where = f"{host}:{port}"
    return ["mailbox", "add", SEAT.address, "--imap", where, "--password-stdin", "--no-send", *more]


# ---------------------------------------------------------------- the network
def test_a_closed_port(cli: Cli, free_port: int) -> None:
    error = refused(cli, words_for("127.0.0.1", free_port), code=5)
    assert error["code"] == "server"
    assert "nothing answers at that port" in error["sentence"]
    assert "imap" in error["sentence"]


def test_a_host_that_does_not_exist(cli: Cli) -> None:
    error = refused(cli, words_for("imap.no-such-firm.invalid", 993), code=5)
    assert error["code"] == "server"
    assert "imap.no-such-firm.invalid" in error["sentence"]
    assert "its name is not known" in error["sentence"]


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])


# ---------------------------------------------------------------- certificates
@dataclass(frozen=True, slots=True)
class Certificates:
    authority: Path
    other_name: ssl.SSLContext
    expired: ssl.SSLContext


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    authority, past = trustme.CA(), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return Certificates(
        path,
        _context(authority.issue_cert("elsewhere.example")),
        _context(authority.issue_cert("localhost", not_before=past, not_after=past + dt.timedelta(days=1))),
    )


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def greet(wire: Wire) -> None:
    wire.say(b"* OK ready")
    wire.wait_for_close()


@pytest.mark.parametrize(
    ("which", "sentence"),
    [("other_name", "its certificate is for another name"), ("expired", "its certificate has expired")],
)
def test_a_certificate_that_does_not_hold(cli: Cli, certificates: Certificates, which: str, sentence: str) -> None:
    with LineServer(greet, tls=getattr(certificates, which)) as liar:
        error = refused(cli, words_for("localhost", liar.port, "--ca", str(certificates.authority)), code=5)
        assert liar.heard == b"", "a secret before the certificate was judged"
    assert error["code"] == "server"
    assert sentence in error["sentence"]


def test_an_authority_that_nobody_named(cli: Cli, server: Dovecot) -> None:
    error = refused(cli, words_for("localhost", server.tls_port, "--login", "user1"), code=5, password=server.password)
    assert "its certificate is not trusted" in error["sentence"]


def test_a_file_that_holds_no_authority(cli: Cli, server: Dovecot, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    error = refused(cli, words_for("localhost", server.tls_port, "--ca", str(tmp_path / "ca.pem")), code=5)
    assert "holds no certificate authority" in error["sentence"]
    assert refused(cli, words_for("localhost", server.tls_port, "--ca", "/no/such"), code=2)["code"] == "no_file"


# ---------------------------------------------------------------- the login
def test_a_wrong_password(cli: Cli, server: Dovecot) -> None:
    error = refused(cli, adding(server, SEAT), code=6)
    assert error["code"] == "login_refused"
    assert "localhost" in error["sentence"]
    assert "(imap)" in error["sentence"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b" NO [ALERT] Your account is not enabled for IMAP use.", "imap_off"),
        (b" NO [ALERT] Application-specific password required", "needs_app_password"),
    ],
)
def test_a_login_that_is_right_and_not_let_in(cli: Cli, answer: bytes, code: str) -> None:
    """As Gmail words it; a Dovecot says of all this no more than that the login is wrong."""

    def script(wire: Wire) -> None:
        wire.say(b"* OK [CAPABILITY IMAP4rev1] ready")
        while True:
            tag, command, _ = wire.hear_command()
            if command.startswith(b"LOGIN"):
                wire.say(tag + answer)
            else:
                wire.say(b"* CAPABILITY IMAP4rev1", tag + b" OK done")

    with LineServer(script) as server:
        error = refused(cli, words_for("127.0.0.1", server.port, "--tls", "none"), code=6)
    assert error["code"] == code
    assert "127.0.0.1" in error["sentence"]
    assert error["remedy"]


def test_no_password_is_asked_of_nobody(cli: Cli) -> None:
    with LineServer(greet) as server:
        error = refused(cli, words_for("127.0.0.1", server.port, "--tls", "none"), code=2, password="")
        assert server.heard == b""
    assert error["code"] == "no_password"


def test_submission_that_refuses_where_imap_accepts(cli: Cli, server: Dovecot) -> None:
    with Receiver(tls="ssl", logins={"user1": "another"}) as receiver:
        words = [word for word in adding(server, SEAT) if word != "--no-send"]
        trust = _both(server.cafile, receiver.cafile)
        words[words.index("--ca") + 1] = str(trust)
        words += ["--tls", "ssl", "--smtp", f"localhost:{receiver.port}"]
        error = refused(cli, words, code=6, password=server.password)
        assert receiver.mails == []
    assert "(smtp)" in error["sentence"]
    assert "--no-send" in error["remedy"]


def test_submission_that_is_away(cli: Cli, server: Dovecot, free_port: int) -> None:
    words = [word for word in adding(server, SEAT) if word != "--no-send"]
    error = refused(cli, [*words, "--smtp", f"localhost:{free_port}"], code=5, password=server.password)
    assert "smtp" in error["sentence"]
    assert "nothing answers at that port" in error["sentence"]


def _both(*paths: Path) -> Path:
    """One file that names several authorities."""
    joined = paths[-1].with_name("both.pem")
    joined.write_text("".join(path.read_text() for path in paths))
    return joined


# ---------------------------------------------------------------- usage
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["mailbox", "add", "iris@firm.example", "--password-stdin"], "no_server"),
        (["mailbox", "add", "iris@firm.example", "--imap", "localhost", "--password-stdin"], "no_server"),
        (["mailbox", "add", "iris@firm.example", "--imap", "localhost", "--no-send"], "no_password"),
        (words_for("localhost", 1, "--history", "yesterday"), "bad_value"),
        (["mailbox", "add", "x@y", "--imap", "localhost:none", "--no-send", "--password-stdin"], "bad_value"),
        (["mailbox", "add", "no address", "--imap", "localhost:1", "--no-send", "--password-stdin"], "bad_address"),
        (words_for("192.0.2.1", 143, "--tls", "none"), "plain_refused"),
        (words_for("localhost", 1, "--member", "Nobody At All"), "not_found"),
    ],
    ids=["imap", "smtp", "password", "history", "port", "address", "plain", "member"],
)
def test_what_makes_no_sense(cli: Cli, words: list[str], code: str) -> None:
    assert refused(cli, words, code=3 if code == "not_found" else 2)["code"] == code


def test_control_characters_reach_no_server(cli: Cli) -> None:
    def script(wire: Wire) -> None:
        wire.greet_and_log_in(b"IMAP4rev1")  # without AUTH=PLAIN the login name goes into a command

    with LineServer(script) as listening:
        words = words_for("127.0.0.1", listening.port, "--tls", "none", "--login", "a\r\nA9 LOGOUT")
        told = cli.call(*words, "--json", stdin=f"{SECRET}\n")
        assert not any(command.startswith(b"LOGOUT") for command in listening.commands)
        assert b"A9" not in listening.heard
    assert told.code not in {0, 1}
    assert told.error["sentence"]
    check_nothing_is_kept(cli)


# ---------------------------------------------------------------- and it works
def test_what_works_is_kept_once(server: Dovecot) -> None:
    home = short_folder()
    with Cli(home) as cli:
        words = [*adding(server, SEAT), "--id", "first"]
        added = cli.one(*words, stdin=f"{server.password}\n")
        assert (added["address"], added["done"], added["smtp"]) == (SEAT.address, True, None)
        again = cli.one(*words, stdin=f"{server.password}\n")
        assert again["mailbox"] == added["mailbox"], "the same key gets the first answer"
        error = cli.refused(*adding(server, SEAT), code=2, stdin=f"{server.password}\n")
        assert error["code"] == "mailbox_taken"
        (listed,) = cli.rows("mailbox", "list")
        assert listed["mailbox"] == added["mailbox"]
        shown = cli.one("mailbox", "show", SEAT.address.upper())
        assert shown["imap"] == {"host": "localhost", "port": server.tls_port, "socket": "ssl"}
        assert (shown["scope"], shown["history"], shown["paused"]) == ("whole", "all", False)
        assert server.password not in str(shown)
        told = cli.one("sync", "--wait")
        assert told["synced"] == [SEAT.address]
        assert {row["state"] for row in cli.rows("mailbox", "list")} == {"synced"}
    shutil.rmtree(home)
