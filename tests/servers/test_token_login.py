"""Logging in with tokens: Dovecot asks the local provider, a receiver judges what submission says (RFC 7628)."""

import base64
import logging
import threading

import pytest

from providers.errors import AuthRefused, Unavailable
from providers.imap.session import connect
from providers.imap.watch import ImapWatch
from providers.protocols import Bearer, Server
from providers.smtp import SmtpSender
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.line_server import LineServer, Wire
from tests.support.openid import Issued, OpenId
from tests.support.smtp import Receiver

ANA, BEN = "user1@firm.example", "user2@firm.example"
METHODS = pytest.mark.parametrize("method", ["XOAUTH2", "OAUTHBEARER"])


@pytest.fixture(scope="module")
def asking(provider: OpenId, dovecot: DovecotFactory) -> Dovecot:
    """Of each token it asks the provider."""
    return dovecot(users=2, introspection=(provider.introspection, provider.cafile))


@pytest.fixture
def imap(asking: Dovecot) -> Server:
    return Server(host="localhost", port=asking.tls_port, authority=asking.cafile.read_text())


def given(provider: OpenId, account: str) -> Bearer:
    """A token that the provider knows as this account's."""
    token = f"{account.partition('@')[0]}-{len(provider.access_tokens)}-planted-token"
    provider.access_tokens[token] = Issued(account, "mail", expires=provider.clock() + 3600)
    return Bearer(token=token)


def whose(provider: OpenId, token: str) -> str | None:
    issued = provider.access_tokens.get(token)
    return None if issued is None else issued.account


# ---------------------------------------------------------------- Dovecot
@METHODS
@pytest.mark.dovecot
def test_dovecot_lets_a_token_in(provider: OpenId, imap: Server, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if method == "OAUTHBEARER":
        monkeypatch.setattr("providers.imap.login.XOAUTH2", "X-NOT-OFFERED")
    session = connect(imap, ANA, given(provider, ANA))
    try:
        assert session.folders()[0].name == "INBOX"
    finally:
        session.close()


@METHODS
@pytest.mark.dovecot
def test_dovecot_refuses_a_token_that_is_not_good_for_the_login(
    provider: OpenId, imap: Server, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if method == "OAUTHBEARER":
        monkeypatch.setattr("providers.imap.login.XOAUTH2", "X-NOT-OFFERED")
    for login, token in ((ANA, Bearer(token="never-issued")), (BEN, given(provider, ANA))):
        with pytest.raises(AuthRefused) as refused:
            connect(imap, login, token)
        assert refused.value.code == "login"


@pytest.mark.dovecot
def test_a_watch_stands_by_a_token(provider: OpenId, imap: Server) -> None:
    hub, stood, lost = ImapWatch(), threading.Event(), threading.Event()
    try:
        hub.watch(imap, ANA, given(provider, ANA), "INBOX", on_stir=stood.set, on_lost=lambda _error: lost.set())
        assert stood.wait(20)
        hub.watch(imap, ANA, Bearer(token="no"), "INBOX", on_stir=lambda: None, on_lost=lambda _error: lost.set())
        assert lost.wait(20)
    finally:
        hub.stop()


# ---------------------------------------------------------------- what is said, to the letter
def _greet(wire: Wire, capabilities: bytes) -> None:
    """Up to where the login begins."""
    wire.say(b"* OK ready")
    tag, _, _ = wire.hear_command()
    wire.say(b"* CAPABILITY " + capabilities, tag + b" OK done")


def _scripted(capabilities: bytes, *, refuse: bool, heard: list[bytes]) -> LineServer:
    def script(wire: Wire) -> None:
        _greet(wire, capabilities)
        tag, command, _ = wire.hear_command()
        heard.extend(command.split(b" "))
        if b"SASL-IR" not in capabilities:
            wire.say(b"+ ")
            heard.append(wire.hear())
        if refuse:
            wire.say(b"+ " + base64.b64encode(b'{"status":"401"}'))
            heard.append(wire.hear())
            wire.say(tag + b" NO [AUTHENTICATIONFAILED] planted-words")
            return
        wire.say(tag + b" OK in")
        tag, _, _ = wire.hear_command()
        wire.say(b"* CAPABILITY IMAP4rev1", tag + b" OK done")
        wire.wait_for_close()

    return LineServer(script)


XOAUTH2 = b"user=ana\1auth=Bearer t0k\1\1"


@pytest.mark.parametrize("initial", [b" SASL-IR", b""])
@pytest.mark.parametrize("refuse", [True, False])
def test_xoauth2_as_google_and_microsoft_want_it(initial: bytes, refuse: bool) -> None:  # noqa: FBT001
    heard: list[bytes] = []
    with _scripted(b"IMAP4rev1 AUTH=PLAIN AUTH=OAUTHBEARER AUTH=XOAUTH2" + initial, refuse=refuse, heard=heard) as made:
        server = Server(host="127.0.0.1", port=made.port, tls="none")
        if refuse:
            with pytest.raises(AuthRefused) as refused:
                connect(server, "ana", Bearer(token="t0k"), timeout=5)
            assert refused.value.code == "login"
        else:
            connect(server, "ana", Bearer(token="t0k"), timeout=5).close()
    said = [b"AUTHENTICATE", b"XOAUTH2", base64.b64encode(XOAUTH2)]
    assert heard == (said + ([b""] if refuse else []))


def test_oauthbearer_names_login_host_and_port() -> None:
    heard: list[bytes] = []
    with _scripted(b"IMAP4rev1 AUTH=OAUTHBEARER SASL-IR", refuse=True, heard=heard) as made:
        with pytest.raises(AuthRefused):
            connect(Server(host="127.0.0.1", port=made.port, tls="none"), "a,n=a", Bearer(token="t0k"), timeout=5)
        port = made.port
    first = f"n,a=a=2Cn=3Da,\1host=127.0.0.1\1port={port}\1auth=Bearer t0k\1\1".encode()
    assert heard == [b"AUTHENTICATE", b"OAUTHBEARER", base64.b64encode(first), b"AQ=="]


def test_a_token_is_no_password_where_none_is_wanted() -> None:
    def script(wire: Wire) -> None:
        _greet(wire, b"IMAP4rev1 AUTH=PLAIN SASL-IR")
        wire.wait_for_close()

    with LineServer(script) as made, pytest.raises(AuthRefused) as refused:
        connect(Server(host="127.0.0.1", port=made.port, tls="none"), "ana", Bearer(token="t0k"), timeout=5)
    assert refused.value.code == "no_oauth"
    assert b"AUTH" not in made.heard
    assert b"LOGIN" not in made.heard


@pytest.mark.parametrize(("login", "token"), [("a\1b", "t"), ("ana", "t\1auth=Bearer x"), ("ana", "t\r\nA1 LOGOUT")])
def test_what_could_say_more_is_not_said(login: str, token: str) -> None:
    heard: list[bytes] = []
    with (
        _scripted(b"IMAP4rev1 AUTH=XOAUTH2 SASL-IR", refuse=False, heard=heard) as made,
        pytest.raises(AuthRefused) as refused,
    ):
        connect(Server(host="127.0.0.1", port=made.port, tls="none"), login, Bearer(token=token), timeout=5)
    assert refused.value.code == "characters"
    assert heard == []


# ---------------------------------------------------------------- submission
def _smtp(receiver: Receiver) -> Server:
    authority = receiver.cafile.read_text()
    port, tls = receiver.port, receiver.tls
    return Server(host="localhost", port=port, tls=tls, authority=authority)  # pyright: ignore[reportArgumentType]


@METHODS
@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_submission_by_a_token(provider: OpenId, method: str, tls: str) -> None:
    assert tls in ("ssl", "starttls")
    with Receiver(
        tls="ssl" if tls == "ssl" else "starttls", whose=lambda token: whose(provider, token), mechanisms=(method,)
    ) as receiver:
        sender = SmtpSender(timeout=10)
        try:
            token = given(provider, ANA)
            sender.check(_smtp(receiver), ANA, token)
            (told,) = sender.send(
                _smtp(receiver), ANA, token, sender=ANA, recipients=["x@y.example"], message=b"A: b\r\n\r\nc\r\n",
                begin=lambda: True,
            )  # fmt: skip
            assert told.answer == "accepted"
            assert receiver.wait_for_mail().login == ANA
            for login, wrong in ((ANA, Bearer(token="never-issued")), (BEN, token)):
                with pytest.raises(AuthRefused) as refused:
                    sender.check(_smtp(receiver), login, wrong)
                assert refused.value.code == "login"
        finally:
            sender.close()
        assert not any(token.token.encode() in said for said in receiver.said_in_clear)


def test_submission_without_a_way_for_tokens_hears_none() -> None:
    with Receiver(tls="ssl", logins={ANA: "pass"}) as receiver:
        sender = SmtpSender(timeout=10)
        try:
            with pytest.raises(AuthRefused) as refused:
                sender.check(_smtp(receiver), ANA, Bearer(token="planted-token"))
        finally:
            sender.close()
        assert refused.value.code == "no_oauth"
        assert not any(b"AUTH XOAUTH2" in said or b"planted" in said for said in receiver.said)


def test_no_token_goes_over_a_clear_line() -> None:
    with Receiver(tls="none", whose=lambda _token: ANA) as receiver:
        sender = SmtpSender(timeout=10)
        try:
            with pytest.raises(Unavailable):
                sender.check(
                    Server(host="localhost", port=receiver.port, tls="starttls"), ANA, Bearer(token="planted-token")
                )
        finally:
            sender.close()
        assert not any(b"AUTH" in said for said in receiver.said)


def test_no_log_has_a_token(provider: OpenId, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Receiver(tls="ssl", whose=lambda token: whose(provider, token)) as receiver:
        sender = SmtpSender(timeout=10)
        try:
            sender.check(_smtp(receiver), ANA, given(provider, ANA))
        finally:
            sender.close()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("mail.log", "asyncio"))]
    assert not any("planted-token" in line for line in ours)
