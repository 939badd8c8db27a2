"""The check of submission at set-up: each step by name, one attempt only, nothing sent."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable, Unsupported
from providers.protocols import MailSender, Server, Tls
from providers.smtp import SmtpSender
from tests.support.line_server import LineServer, Wire
from tests.support.smtp import Receiver

SENDER: type[MailSender] = SmtpSender  # the checker of types looks at it


@pytest.fixture
def sender() -> Iterator[SmtpSender]:
    made = SmtpSender(timeout=5)
    yield made
    made.close()


def there(receiver: Receiver, tls: Tls) -> Server:
    return Server(host="127.0.0.1", port=receiver.port, tls=tls, authority=Path(receiver.cafile).read_text())


def says(auth: bytes, reply: bytes = b"235 welcome") -> Callable[[Wire], None]:
    """A server with that AUTH line, answering each attempt alike."""

    def script(wire: Wire) -> None:
        wire.say(b"220 ready")
        while True:
            word = wire.hear().split(b" ")[0].upper()
            if word == b"EHLO":
                wire.say(b"250-here", b"250 " + auth)
            elif word == b"AUTH":
                wire.say(reply)
            else:
                wire.say(b"221 bye" if word == b"QUIT" else b"250 ok")

    return script


def near(server: LineServer) -> Server:
    return Server(host=server.host, port=server.port, tls="none")


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
@pytest.mark.parametrize("password", ["pass", 'q"uo\\te €', " ", "a" * 300])
def test_a_good_login_sends_nothing(sender: SmtpSender, tls: Tls, password: str) -> None:
    with Receiver(tls=tls, logins={"ana": password}) as receiver:
        sender.check(there(receiver, tls), "ana", password)
        sender.check(there(receiver, tls), "ana", password)
        assert receiver.mails == []
        said = b"".join(receiver.said)
        assert base64.b64encode(b"\0ana\0" + password.encode()) in said
        assert b"AUTH" not in b"".join(receiver.said_in_clear)
        assert b"MAIL" not in said


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_a_wrong_password_is_tried_once(sender: SmtpSender, tls: Tls) -> None:
    with Receiver(tls=tls, logins={"ana": "pass"}) as receiver:
        with pytest.raises(AuthRefused, match="login"):
            sender.check(there(receiver, tls), "ana", "wrong")
        assert b"".join(receiver.said).count(b"AUTH ") == 1


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (b"535 5.7.8 no", AuthRefused, "login"),
        (b"534 5.7.9 Application-specific password required", AuthRefused, "needs_app_password"),
        (b"538 5.7.11 Encryption required", AuthRefused, "plain_refused"),
        (b"535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", AuthRefused, "smtp_off"),
        (b"454 4.7.0 later", Unavailable, "busy"),
        (b"421 4.3.2 closing", Unavailable, "busy"),
    ],
)
def test_refusals_by_remedy(sender: SmtpSender, reply: bytes, kind: type[ProviderError], code: str) -> None:
    with LineServer(says(b"AUTH PLAIN LOGIN CRAM-MD5", reply)) as server, pytest.raises(kind) as caught:
        sender.check(near(server), "ana", "pass")
    assert caught.value.code == code
    assert server.heard.count(b"AUTH ") == 1


def test_a_server_without_login(sender: SmtpSender) -> None:
    with LineServer(says(b"SIZE")) as server, pytest.raises(Unsupported, match="auth"):
        sender.check(near(server), "ana", "pass")
    assert b"ana" not in server.heard


def test_login_is_enough_when_the_server_quits_badly(sender: SmtpSender) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"220 ready")
        wire.hear()
        wire.say(b"250-here", b"250 AUTH PLAIN")
        wire.hear()
        wire.say(b"235 welcome")

    with LineServer(script) as server:
        sender.check(near(server), "ana", "pass")


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [(b"554 no", Refused), (b"421 later", Unavailable), (b"* OK IMAP", ProviderError), (b"\xff\xfe", ProviderError)],
)
def test_an_unfriendly_greeting(sender: SmtpSender, greeting: bytes, kind: type[ProviderError]) -> None:
    def script(wire: Wire) -> None:
        wire.say(greeting)
        wire.wait_for_close()

    with LineServer(script) as server, pytest.raises(kind):
        sender.check(near(server), "ana", "pass")


def test_silence_and_absence() -> None:
    sender = SmtpSender(timeout=0.2)
    try:
        with LineServer(Wire.wait_for_close) as server, pytest.raises(Unavailable, match="timeout"):
            sender.check(near(server), "ana", "pass")
        with pytest.raises(Unavailable, match="refused_connection"):
            sender.check(near(server), "ana", "pass")
    finally:
        sender.close()


@pytest.mark.parametrize(("login", "password"), [("ana", "a\rb"), ("ana", "a\0b"), ("a\nna", "x"), ("ana", "\ud800")])
def test_what_cannot_be_a_password_is_not_sent(sender: SmtpSender, login: str, password: str) -> None:
    with LineServer(says(b"AUTH PLAIN")) as server, pytest.raises(AuthRefused, match="characters"):
        sender.check(near(server), login, password)
    assert server.connections == 0


def test_a_reply_without_end(sender: SmtpSender) -> None:
    def script(wire: Wire) -> None:
        while True:
            wire.say_raw(b"220-" + b"x" * 400 + b"\r\n")

    with LineServer(script) as server, pytest.raises((Garbled, Unavailable, Refused)):
        sender.check(near(server), "ana", "pass")
