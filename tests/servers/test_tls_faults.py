"""No secret byte before TLS, none to the wrong server, none in clear (Z10): work, watch and submission alike."""

import contextlib
import datetime as dt
import queue
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from providers.errors import Garbled, ProviderError, Refused, Unavailable
from providers.imap.session import connect
from providers.imap.watch import ImapWatch
from providers.net import dial, refuse_clear_text, tls_context
from providers.protocols import Server, Tls
from providers.smtp import SmtpSender
from tests.support.line_server import LineServer, Wire

LOGIN, PASSWORD = "ana", "correct horse"
SECRETS = (b"correct horse", b"AGFuYQBjb3JyZWN0IGhvcnNl", b"Y29ycmVjdCBob3JzZQ==", b"YW5h", b"ana", b"AUTH", b"LOGIN")
Try = Callable[[Server], None]


@dataclass(frozen=True)
class Certificates:
    """An authority that the client trusts, and contexts of servers with better and worse certificates."""

    authority: str  # PEM
    good: ssl.SSLContext
    other_name: ssl.SSLContext
    expired: ssl.SSLContext
    stranger: ssl.SSLContext


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    authority, stranger = trustme.CA(), trustme.CA()
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return Certificates(
        authority=authority.cert_pem.bytes().decode(),
        good=_context(authority.issue_cert("localhost", "127.0.0.1")),
        other_name=_context(authority.issue_cert("elsewhere.example")),
        expired=_context(authority.issue_cert("localhost", not_before=past, not_after=past + dt.timedelta(days=1))),
        stranger=_context(stranger.issue_cert("localhost")),
    )


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


# ---------------------------------------------------------------- three ways in
def work(server: Server) -> None:
    connect(server, LOGIN, PASSWORD, timeout=5).close()


def watch(server: Server) -> None:
    hub = ImapWatch(patience=5)
    told: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    hub.watch(server, LOGIN, PASSWORD, "INBOX", on_stir=lambda: told.put(None), on_lost=told.put)
    try:
        problem = told.get(timeout=10)
    finally:
        hub.stop()
    if problem is not None:
        raise problem


def submit(server: Server) -> None:
    sender = SmtpSender(timeout=5)
    try:
        sender.check(server, LOGIN, PASSWORD)
    finally:
        sender.close()


def imap(
    wire: Wire, *, secured: bool = False, offers: bytes = b"IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR", greet: bool = True
) -> bytes:
    """Speak IMAP until STARTTLS, or, secured, to the end. Gives the tag of STARTTLS."""
    if greet:
        wire.say(b"* OK ready")
    while True:
        tag, command, _ = wire.hear_command()
        word = command.split(b" ")[0]
        if word == b"STARTTLS" and not secured:
            return tag
        if word == b"CAPABILITY":
            wire.say(b"* CAPABILITY " + offers)
        if word in (b"EXAMINE", b"SELECT"):
            wire.say(b"* OK [UIDVALIDITY 1] x")
        wire.say(tag + b" OK done")


def smtp(wire: Wire, *, secured: bool = False, offers: bytes = b"STARTTLS", greet: bool = True) -> bytes:
    if greet:
        wire.say(b"220 ready")
    while True:
        word = wire.hear().split(b" ")[0].upper()
        if word == b"STARTTLS" and not secured:
            return b""
        if word == b"EHLO":
            wire.say(b"250-here", b"250-" + offers, b"250 AUTH PLAIN")
        elif word == b"AUTH":
            wire.say(b"235 welcome")
        else:
            wire.say(b"221 bye" if word == b"QUIT" else b"250 ok")


@dataclass(frozen=True)
class Way:
    """How a client of ours comes in, and what a server says to it."""

    attempt: Try
    speak: "Speak"
    go: bytes


WAYS = [
    pytest.param(Way(work, imap, b" OK go on"), id="work"),
    pytest.param(Way(watch, imap, b" OK go on"), id="watch"),
]
WAYS_AND_SMTP = [*WAYS, pytest.param(Way(submit, smtp, b"220 go on"), id="submission")]
Speak = Callable[..., bytes]


def only(speak: Speak, *, secured: bool = False) -> Callable[[Wire], None]:
    def script(wire: Wire) -> None:
        speak(wire, secured=secured)

    return script


def there(server: LineServer, certificates: Certificates, tls: Tls) -> Server:
    return Server(host="localhost", port=server.port, tls=tls, authority=certificates.authority)


def assert_no_secret(heard: bytes) -> None:
    assert not [secret for secret in SECRETS if secret in heard]


@pytest.fixture
def _on_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake servers listen on 127.0.0.1 only; `localhost` may mean ::1 first."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *rest, **more: real("127.0.0.1" if host == "localhost" else host, port, *rest, **more),
    )


pytestmark = pytest.mark.usefixtures("_on_ipv4")


# ---------------------------------------------------------------- the good way
@pytest.mark.parametrize("way", WAYS_AND_SMTP)
def test_starttls_hides_the_secret(certificates: Certificates, way: Way) -> None:
    def script(wire: Wire) -> None:
        wire.say(way.speak(wire) + way.go)
        wire.start_tls(certificates.good)
        way.speak(wire, secured=True, greet=False)

    with LineServer(script) as server:
        way.attempt(there(server, certificates, "starttls"))
    assert_no_secret(server.heard_in_clear)
    assert b"AGFuYQBjb3JyZWN0IGhvcnNl" in server.heard


@pytest.mark.parametrize("way", WAYS_AND_SMTP)
def test_tls_from_the_first_byte(certificates: Certificates, way: Way) -> None:
    with LineServer(only(way.speak, secured=True), tls=certificates.good) as server:
        way.attempt(there(server, certificates, "ssl"))
    assert server.heard_in_clear == b""
    assert b"AGFuYQBjb3JyZWN0IGhvcnNl" in server.heard


# ---------------------------------------------------------------- worse ways
@pytest.mark.parametrize("way", WAYS_AND_SMTP)
def test_starttls_stripped(certificates: Certificates, way: Way) -> None:
    def script(wire: Wire) -> None:
        way.speak(wire, offers=b"IMAP4rev1 AUTH=PLAIN" if way.speak is imap else b"SIZE")

    with LineServer(script) as server, pytest.raises(Unavailable, match="no_tls_offered"):
        way.attempt(there(server, certificates, "starttls"))
    assert_no_secret(server.heard)


@pytest.mark.parametrize("way", WAYS_AND_SMTP)
def test_starttls_refused(certificates: Certificates, way: Way) -> None:
    def script(wire: Wire) -> None:
        tag = way.speak(wire)
        wire.say(tag + b" NO not now" if tag else b"454 not now")
        wire.wait_for_close()

    with LineServer(script) as server, pytest.raises(Unavailable):
        way.attempt(there(server, certificates, "starttls"))
    assert_no_secret(server.heard)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_preauth(certificates: Certificates, way: Way, tls: Tls) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"* PREAUTH welcome, ana")
        way.speak(wire, greet=False)

    context = certificates.good if tls == "ssl" else None
    with LineServer(script, tls=context) as server, pytest.raises(Garbled, match="preauth"):
        way.attempt(there(server, certificates, tls))
    assert_no_secret(server.heard)


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_injected_before_the_handshake(certificates: Certificates, way: Way) -> None:
    def script(wire: Wire) -> None:
        wire.say(way.speak(wire) + way.go, b"* CAPABILITY IMAP4rev1 AUTH=PLAIN", b"A OK you are logged in")
        wire.start_tls(certificates.good)
        way.speak(wire, secured=True, greet=False)

    with LineServer(script) as server, pytest.raises(Garbled, match="before_tls"):
        way.attempt(there(server, certificates, "starttls"))
    assert_no_secret(server.heard)


def test_a_reply_injected_before_the_handshake_of_submission_is_never_believed(certificates: Certificates) -> None:
    """What comes before the handshake is dropped; what is then said, is said through it."""
    after: list[bytes] = []

    def script(wire: Wire) -> None:
        smtp(wire)
        wire.say(b"220 go on", b"250-elsewhere", b"250 AUTH LOGIN")
        wire.start_tls(certificates.good)
        after.append(wire.hear())
        wire.say(b"250-here", b"250 AUTH PLAIN")
        smtp(wire, secured=True, greet=False)

    with LineServer(script) as server, contextlib.suppress(ProviderError):
        submit(there(server, certificates, "starttls"))
    assert all(line.startswith(b"EHLO") for line in after)
    assert_no_secret(server.heard_in_clear)


@pytest.mark.parametrize("way", WAYS)
def test_capabilities_said_before_tls_are_forgotten(certificates: Certificates, way: Way) -> None:
    """AUTH=PLAIN was offered in clear only; behind TLS the server has none, and LOGINDISABLED."""

    def script(wire: Wire) -> None:
        wire.say(way.speak(wire) + way.go)
        wire.start_tls(certificates.good)
        way.speak(wire, secured=True, greet=False, offers=b"IMAP4rev1 LOGINDISABLED")

    with LineServer(script) as server, pytest.raises(ProviderError, match="disabled"):
        way.attempt(there(server, certificates, "starttls"))
    assert_no_secret(server.heard)


@pytest.mark.parametrize("way", WAYS_AND_SMTP)
@pytest.mark.parametrize("tls", ["ssl", "starttls"])
@pytest.mark.parametrize(
    ("which", "code"), [("other_name", "tls_name"), ("expired", "tls_expired"), ("stranger", "tls_certificate")]
)
def test_a_certificate_that_is_not_its_own(
    certificates: Certificates, way: Way, tls: Tls, which: str, code: str
) -> None:
    context: ssl.SSLContext = getattr(certificates, which)

    def script(wire: Wire) -> None:
        if tls == "starttls":
            wire.say(way.speak(wire) + way.go)
            wire.start_tls(context)
        wire.wait_for_close()

    with LineServer(script, tls=context if tls == "ssl" else None) as server, pytest.raises(Unavailable) as caught:
        way.attempt(there(server, certificates, tls))
    assert caught.value.code == code
    assert_no_secret(server.heard)


@pytest.mark.parametrize("way", WAYS_AND_SMTP)
def test_an_authority_of_our_own_is_needed_by_that_server_only(certificates: Certificates, way: Way) -> None:
    with LineServer(only(way.speak, secured=True), tls=certificates.good) as server:
        with pytest.raises(Unavailable, match="tls_certificate"):
            way.attempt(Server(host="localhost", port=server.port, tls="ssl"))
        with pytest.raises(Unavailable, match="tls_authority"):
            way.attempt(Server(host="localhost", port=server.port, tls="ssl", authority="no certificate"))
    assert_no_secret(server.heard)


@pytest.mark.parametrize("way", WAYS_AND_SMTP)
def test_a_clear_server_where_tls_is_expected(certificates: Certificates, way: Way) -> None:
    with LineServer(only(way.speak)) as server, pytest.raises(Unavailable, match=r"tls_other|closed"):
        way.attempt(there(server, certificates, "ssl"))
    assert_no_secret(server.heard)


@pytest.mark.parametrize("attempt", [work, watch, submit])
@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"])
def test_without_tls_nothing_but_loopback_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, attempt: Try, address: str
) -> None:
    """A name says nothing: localhost.example may resolve to anything."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, port, **_: [(family, socket.SOCK_STREAM, 6, "", (address, port))]
    )
    connected: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: connected.append(where))
    with pytest.raises(Refused, match="clear_text"):
        attempt(Server(host="localhost.example", port=143, tls="none"))
    assert connected == []


def test_the_address_at_the_other_end_counts() -> None:
    class Elsewhere(socket.socket):
        def getpeername(self) -> tuple[str, int]:
            return ("192.0.2.1", 143)

    with Elsewhere() as sock:
        with pytest.raises(Refused, match="clear_text"):
            refuse_clear_text(Server(host="localhost", port=143, tls="none"), sock)
        refuse_clear_text(Server(host="localhost", port=143, tls="ssl"), sock)


def test_loopback_may_go_without_tls() -> None:
    with LineServer(only(imap, secured=True)) as server:
        work(Server(host="127.0.0.1", port=server.port, tls="none"))
        dial(Server(host="127.0.0.1", port=server.port, tls="none"), timeout=5).close()


def test_contexts_check_certificates_and_names_and_leak_no_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificates: Certificates
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    for authority in (None, certificates.authority):
        context = tls_context(authority)
        assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert not list(tmp_path.iterdir())
