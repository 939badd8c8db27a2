"""The rehearsal server's fault plan does what it says, when it says."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from providers.rehearsal import BARE, CAPABILITIES, Account, At, Certificate, Do, Fault, Rehearsal
from tests.support.rehearsal import Talk, literal

MAIL = b"From: a@client.example\r\nSubject: one\r\n\r\n" + b"line\r\n" * 2_000
ANA = Account(login="ana", password="pass")
Start = Callable[..., Rehearsal]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def made(*faults: Fault, **settings: object) -> Rehearsal:
            server = stack.enter_context(Rehearsal([ANA], faults=faults, **settings))  # type: ignore[arg-type]
            server.deliver("ana", MAIL)
            server.deliver("ana", MAIL)
            return server

        yield made


def signed_in(server: Rehearsal) -> Talk:
    talk = Talk(server.port)
    talk.ok(b"LOGIN ana pass")
    return talk


def opened(server: Rehearsal) -> Talk:
    talk = signed_in(server)
    talk.ok(b"SELECT INBOX")
    return talk


def context(server: Rehearsal) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.cafile)


def refused_by(server: Rehearsal) -> str:
    """Why a careful client does not take the server's certificate."""
    with pytest.raises(ssl.SSLCertVerificationError) as caught, Talk(server.tls_port, context=context(server)):
        pass
    return caught.value.verify_message


def test_certificates_that_must_not_be_taken(start: Start) -> None:
    assert "expired" in refused_by(start(certificate=Certificate.EXPIRED))
    server = start(certificate=Certificate.WRONG_NAME)
    assert "localhost" in refused_by(server)
    with Talk(server.tls_port, context=context(server), name="elsewhere.example") as talk:
        talk.ok(b"NOOP")
    with pytest.raises(ssl.SSLCertVerificationError), Talk(start().tls_port, context=ssl.create_default_context()):
        pass


def test_starttls_stripped(start: Start) -> None:
    server = start(capabilities=CAPABILITIES - {"STARTTLS"})
    with Talk(server.port) as talk:
        assert b"STARTTLS" not in talk.greeting + talk.ok(b"CAPABILITY").whole
        assert talk.run(b"STARTTLS").status == b"BAD"


def test_login_only_inside_tls(start: Start) -> None:
    server = start(login_needs_tls=True)
    with Talk(server.port) as talk:
        assert b"LOGINDISABLED" in talk.greeting
        assert b"AUTH=" not in talk.greeting
        assert b"[PRIVACYREQUIRED]" in talk.run(b"LOGIN ana pass").text
        assert b"[PRIVACYREQUIRED]" in talk.run(b"AUTHENTICATE PLAIN AGFuYQBwYXNz").text
        talk.ok(b"STARTTLS")
        talk.start_tls(context(server))
        talk.ok(b"LOGIN ana pass")


def test_preauth(start: Start) -> None:
    server = start(Fault(at=At.GREETING, do=Do.PREAUTH, text=b"ana"))
    with Talk(server.port) as talk:
        assert talk.greeting.startswith(b"* PREAUTH ")
        assert talk.ok(b"SELECT INBOX").has(b"2 EXISTS\r\n")
        assert talk.run(b"STARTTLS").status == b"BAD"
    with Talk(server.port) as talk:
        assert talk.greeting.startswith(b"* OK ")


def test_text_before_the_handshake_comes_in_one_packet_with_the_answer(start: Start) -> None:
    injected = b"* CAPABILITY IMAP4rev1\r\n{next} OK LOGIN done, {tag}\r\n"
    server = start(Fault(at=At.STARTTLS, do=Do.SAY, text=injected))
    with Talk(server.port) as talk:
        talk.send(b"A7 STARTTLS\r\nA8 LOGIN ana pass\r\n")
        packet = talk.socket.recv(4096)
        assert packet.startswith(b"A7 OK ")
        assert packet.endswith(b"* CAPABILITY IMAP4rev1\r\nA8 OK LOGIN done, A7\r\n")
        talk.start_tls(context(server))
        assert talk.ok(b"NOOP").untagged == []  # what the client sent ahead of the handshake was never heard
        assert talk.run(b"SELECT INBOX").status == b"BAD"
    assert b"A8 LOGIN ana pass" in server.unencrypted


def test_a_secret_inside_tls_is_not_in_the_record_of_clear_bytes(start: Start) -> None:
    server = start()
    with Talk(server.port) as talk:
        talk.ok(b"STARTTLS")
        talk.start_tls(context(server))
        talk.ok(b"LOGIN ana pass")
    assert b"STARTTLS" in server.unencrypted
    assert b"pass" not in server.unencrypted
    assert [line.tls for line in server.commands()] == [False, True]


@pytest.mark.parametrize("at", [At.GREETING, At.COMMAND, At.ANSWERED])
def test_hanging_up(start: Start, at: At) -> None:
    server = start(Fault(at=at, do=Do.HANG_UP, command="" if at is At.GREETING else "NOOP", nth=2))
    with signed_in(server) as talk:
        talk.ok(b"NOOP")
        if at is At.GREETING:
            with Talk(server.port) as second:
                assert second.greeting == b""
        else:
            talk.begin(b"NOOP")
            assert talk.response() == b""
    assert len(server.fired) == 1
    with signed_in(server) as talk:
        talk.ok(b"NOOP")


def test_hanging_up_in_idle_at_once_and_instead_of_news(start: Start) -> None:
    server = start(Fault(at=At.IDLE, do=Do.HANG_UP), Fault(at=At.PUSH, do=Do.HANG_UP, nth=2))
    with opened(server) as talk:
        talk.idle()
        assert talk.response() == b""
    with opened(server) as talk:
        talk.idle()
        server.deliver("ana", MAIL)
        assert talk.until(b"RECENT")[0] == b"* 3 EXISTS\r\n"
        server.deliver("ana", MAIL)
        assert talk.response() == b""


def test_hanging_up_amid_a_literal_on_its_way_out(start: Start) -> None:
    server = start(Fault(at=At.LITERAL, do=Do.HANG_UP, nth=2, after=100))
    with opened(server) as talk:
        talk.begin(b"FETCH 1:2 BODY.PEEK[]")
        data = b""
        while piece := talk.socket.recv(65536):
            data += piece
    first, second = data.split(b"* 2 FETCH")
    assert MAIL in first
    assert second.endswith(b"}\r\n" + MAIL[:100])


@pytest.mark.parametrize("do", [Do.HANG_UP, Do.STALL])
def test_breaking_off_amid_an_upload(start: Start, do: Do) -> None:
    server = start(Fault(at=At.UPLOAD, do=do, after=1_000))
    with opened(server) as talk:
        talk.begin(b"APPEND INBOX " + literal(MAIL))
        if do is Do.HANG_UP:
            with pytest.raises((AssertionError, ConnectionError)):
                talk.answer(b"T3")
        else:
            talk.socket.settimeout(0.2)
            with pytest.raises(TimeoutError):
                talk.response()
    assert len(server.messages("ana")) == 2
    assert len(server.fired) == 1


def test_stalling_and_letting_go(start: Start) -> None:
    server = start(Fault(at=At.COMMAND, do=Do.STALL, command="FETCH", times=0))
    with opened(server) as talk:
        talk.begin(b"UID FETCH 1 FLAGS")
        talk.begin(b"NOOP")
        talk.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.response()
    assert server.wait(lambda s: s.connections == 0)
    assert not server.commands("NOOP")


def test_saying_no_bad_and_goodbye(start: Start) -> None:
    server = start(
        Fault(at=At.COMMAND, do=Do.NO, command="LOGIN", text=b"[UNAVAILABLE] Later"),
        Fault(at=At.COMMAND, do=Do.NO, command="UID FETCH", text=b"[LIMIT] Slower", nth=2, times=2),
        Fault(at=At.COMMAND, do=Do.BYE, command="CHECK", text=b"Shutting down"),
        Fault(at=At.COMMAND, do=Do.BAD, command="NOOP", text=b"Odd", login="ana"),
    )
    with Talk(server.port) as talk:
        refused = talk.run(b"LOGIN ana pass")
        assert (refused.status, refused.text) == (b"NO", b"[UNAVAILABLE] Later\r\n")
        talk.ok(b"NOOP")
        talk.ok(b"LOGIN ana pass")
        assert talk.run(b"NOOP").status == b"BAD"
        talk.ok(b"SELECT INBOX")
        answers = [talk.run(b"UID FETCH 1 FLAGS").status for _ in range(4)]
        assert answers == [b"OK", b"NO", b"NO", b"OK"]
        talk.ok(b"FETCH 1 FLAGS")
        talk.begin(b"CHECK")
        assert talk.response() == b"* BYE Shutting down\r\n"
        assert talk.response() == b""


def test_lies_about_numbers(start: Start) -> None:
    lie = Fault(at=At.COMMAND, do=Do.LIE, command="SELECT", exists=4294967295, uidnext=4294967295)
    server = start(lie, Fault(at=At.COMMAND, do=Do.LIE, command="STATUS", exists=7))
    with signed_in(server) as talk:
        found = talk.ok(b"SELECT INBOX")
        assert found.has(b"4294967295 EXISTS\r\n")
        assert found.number(b"UIDNEXT") == 4294967295
        assert talk.ok(b"STATUS INBOX (MESSAGES UIDNEXT)").has(b"STATUS INBOX (MESSAGES 7 UIDNEXT 3)\r\n")
        assert talk.ok(b"SELECT INBOX").has(b"2 EXISTS\r\n")


def test_garbage_in_between(start: Start) -> None:
    server = start(Fault(at=At.IDLE, do=Do.SAY, text=b"* 4294967295 EXISTS\r\n* \xff\x00 what\r\n"))
    with opened(server) as talk:
        tag = talk.idle()
        assert talk.response() == b"* 4294967295 EXISTS\r\n"
        assert talk.response() == b"* \xff\x00 what\r\n"
        talk.send(b"DONE\r\n")
        assert talk.answer(tag).status == b"OK"


def test_slow_bytes(start: Start) -> None:
    server = start(Fault(at=At.COMMAND, do=Do.SLOW, command="NOOP", size=2, pause=0.02))
    with signed_in(server) as talk:
        began = time.monotonic()
        talk.ok(b"NOOP")
        assert time.monotonic() - began > 0.1


def test_a_plan_can_be_changed_while_it_runs(start: Start) -> None:
    server = start()
    with signed_in(server) as talk:
        talk.ok(b"NOOP")
        server.plan(Fault(at=At.COMMAND, do=Do.NO, command="NOOP", times=0, text=b"no"))
        assert talk.run(b"NOOP").status == b"NO"
        server.plan()
        talk.ok(b"NOOP")


@pytest.mark.parametrize(
    "command",
    [
        b"IDLE",
        b"ENABLE CONDSTORE",
        b"NAMESPACE",
        b"ID NIL",
        b"UNSELECT",
        b"MOVE 1 Sent",
        b"UID MOVE 1 Sent",
        b"UID EXPUNGE 1",
        b"SELECT INBOX (CONDSTORE)",
        b"SELECT INBOX (QRESYNC (1 1))",
        b"UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
        b"STATUS INBOX (HIGHESTMODSEQ)",
        b"FETCH 1 MODSEQ",
        b"FETCH 1 FLAGS (CHANGEDSINCE 1)",
        b"STORE 1 (UNCHANGEDSINCE 1) FLAGS (\\Seen)",
        b"SEARCH MODSEQ 1",
        b"SEARCH RETURN (COUNT) ALL",
        b'LIST "" "*" RETURN (SPECIAL-USE)',
    ],
)
def test_a_server_without_extensions(start: Start, command: bytes) -> None:
    with opened(start(capabilities=BARE)) as talk:
        assert talk.run(command).status == b"BAD"
        talk.ok(b"SELECT INBOX")


def test_no_codes_without_their_extensions(start: Start) -> None:
    server = start(capabilities=BARE)
    with signed_in(server) as talk:
        assert b"HIGHESTMODSEQ" not in talk.ok(b"SELECT INBOX").whole
        tag = talk.begin(b"APPEND INBOX {%d}" % len(MAIL))
        assert talk.response().startswith(b"+")
        talk.send(MAIL + b"\r\n")
        assert b"APPENDUID" not in talk.answer(tag).text
        assert b"COPYUID" not in talk.ok(b"COPY 1 Sent").text
        assert b"\\Sent" not in talk.ok(b'LIST "" "*"').whole
        talk.begin(b"APPEND INBOX " + literal(MAIL))
        assert talk.response().startswith(b"T6 BAD ")
        assert talk.response().startswith(b"* BYE ")
