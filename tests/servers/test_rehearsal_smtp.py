"""The SMTP receiver of the rehearsal server: who may send, where mail goes, and what goes wrong on request."""

import base64
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from providers.rehearsal import Account, Rehearsal, SmtpFault, Verb
from tests.support.rehearsal import Talk

ANA = Account(login="ana", password="pass", addresses=("ana@firm.example", "office@firm.example"))
BO = Account(login="bo@firm.example", password="word")
MAIL = b"From: ana@firm.example\r\nTo: bo@firm.example\r\nSubject: one\r\n\r\n.dot\r\nText\r\n"
Start = Callable[..., Rehearsal]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def made(*faults: SmtpFault, **settings: object) -> Rehearsal:
            return stack.enter_context(Rehearsal([ANA, BO], smtp_faults=faults, **settings))  # type: ignore[arg-type]

        yield made


def context(server: Rehearsal) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.cafile)


def connected(server: Rehearsal) -> smtplib.SMTP:
    client = smtplib.SMTP("localhost", server.smtp_port, timeout=10)
    client.starttls(context=context(server))
    return client


def signed_in(server: Rehearsal) -> smtplib.SMTP:
    client = connected(server)
    client.login("ana", "pass")
    return client


def test_mail_goes_to_the_mailboxes_here_and_the_rest_is_kept(start: Start) -> None:
    server = start()
    to = ["bo@firm.example", "OFFICE@firm.example", "ana@firm.example", "c@client.example"]
    with Talk(server.port) as talk:
        talk.ok(b"LOGIN bo@firm.example word")
        talk.ok(b"SELECT INBOX")
        talk.idle()
        with signed_in(server) as client:
            assert client.sendmail("ana@firm.example", to, MAIL) == {}
        assert talk.response() == b"* 1 EXISTS\r\n"
    (bo,) = server.messages(BO.login)
    (ana,) = server.messages(ANA.login)
    assert bo.content.raw.endswith(b"\r\n" + MAIL)
    head = bo.content.raw.removesuffix(MAIL)
    assert head.startswith(b"Return-Path: <ana@firm.example>\r\nDelivered-To: bo@firm.example\r\nReceived: ")
    assert b"Delivered-To: OFFICE@firm.example\r\n" in ana.content.raw
    (accepted,) = server.accepted
    assert (accepted.login, accepted.sender, accepted.raw) == ("ana", "ana@firm.example", MAIL)
    assert accepted.recipients == tuple(to)
    assert accepted.outside == ("c@client.example",)
    assert server.outside == (accepted,)


def test_mail_for_the_house_only_is_not_outside(start: Start) -> None:
    server = start()
    with signed_in(server) as client:
        client.sendmail("ana@firm.example", ["bo@firm.example"], MAIL)
    assert len(server.accepted) == 1
    assert server.outside == ()


def test_tls_from_the_first_byte(start: Start) -> None:
    server = start()
    with smtplib.SMTP_SSL("localhost", server.smtps_port, context=context(server), timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("starttls")
        client.login("bo@firm.example", "word")
        client.sendmail("bo@firm.example", ["ana@firm.example"], MAIL)
    assert server.accepted[0].login == "bo@firm.example"
    assert server.unencrypted == b""


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_both_ways_to_sign_in(start: Start, mechanism: str) -> None:
    server = start()
    with connected(server) as client:
        client.ehlo()
        client.user, client.password = "ana", "wrong"
        way = client.auth_plain if mechanism == "PLAIN" else client.auth_login
        with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
            client.auth(mechanism, way)
        assert caught.value.smtp_code == 535
        client.password = "pass"
        assert client.auth(mechanism, way)[0] == 235
    assert base64.b64encode(b"\0ana\0pass") not in server.unencrypted


def test_nothing_without_tls_and_nothing_without_a_login(start: Start) -> None:
    server = start()
    with smtplib.SMTP("localhost", server.smtp_port, timeout=10) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN AGFuYQBwYXNz")[0] == 530
        assert client.mail("ana@firm.example")[0] == 530
    with connected(server) as client:
        client.ehlo()
        assert client.mail("ana@firm.example")[0] == 530
    assert server.accepted == ()


def test_starttls_stripped_tempts_a_client_to_speak_in_clear(start: Start) -> None:
    server = start(smtp_starttls=False)
    with smtplib.SMTP("localhost", server.smtp_port, timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.has_extn("auth")
        client.login("ana", "pass")
    assert base64.b64encode(b"\0ana\0pass") in server.unencrypted


@pytest.mark.parametrize("verb", [Verb.MAIL, Verb.DATA, Verb.DOT])
@pytest.mark.parametrize("reply", ["451 4.3.0 later", "550 5.7.1 never"])
def test_refusing_a_mail_once(start: Start, verb: Verb, reply: str) -> None:
    server = start(SmtpFault(verb=verb, reply=reply, times=1))
    with signed_in(server) as client:
        with pytest.raises(smtplib.SMTPResponseException) as caught:
            client.sendmail("ana@firm.example", ["bo@firm.example"], MAIL)
        assert caught.value.smtp_code == int(reply[:3])
        assert server.accepted == ()
        client.rset()
        client.sendmail("ana@firm.example", ["bo@firm.example"], MAIL)
    assert len(server.accepted) == len(server.fired) == 1


def test_refusing_some_recipients(start: Start) -> None:
    server = start(
        SmtpFault(verb=Verb.RCPT, reply="550 5.1.1 unknown", recipient="*@GONE.example"),
        SmtpFault(verb=Verb.RCPT, reply="450 4.2.0 full", recipient="bo@firm.example", nth=2),
    )
    with signed_in(server) as client:
        to = ["x@gone.example", "bo@firm.example", "y@gone.example"]
        refused = client.sendmail("ana@firm.example", to, MAIL)
        assert {name: code for name, (code, _) in refused.items()} == {"x@gone.example": 550, "y@gone.example": 550}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("ana@firm.example", ["bo@firm.example"], MAIL)
    assert [mail.recipients for mail in server.accepted] == [("bo@firm.example",)]


@pytest.mark.parametrize("kept", [False, True])
def test_hanging_up_at_the_final_dot_with_or_without_the_mail(start: Start, kept: bool) -> None:  # noqa: FBT001
    server = start(SmtpFault(verb=Verb.DOT, kept=kept))
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)), signed_in(server) as client:
        client.sendmail("ana@firm.example", ["bo@firm.example"], MAIL)
    assert len(server.messages(BO.login)) == len(server.accepted) == int(kept)
    assert len(server.fired) == 1


def test_going_away_with_a_word(start: Start) -> None:
    server = start(SmtpFault(verb=Verb.EHLO, reply="421 4.3.2 Shutting down", nth=3))
    client = signed_in(server)
    assert client.ehlo()[0] == 421
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        client.noop()
    client.close()


def test_signing_in_refused_for_now(start: Start) -> None:
    server = start()
    server.plan_smtp(SmtpFault(verb=Verb.AUTH, reply="454 4.7.0 later", times=1))
    with connected(server) as client:
        client.ehlo()
        assert client.docmd("AUTH", "PLAIN AGFuYQBwYXNz")[0] == 454
        assert client.docmd("AUTH", "PLAIN AGFuYQBwYXNz")[0] == 235


def test_never_answering(start: Start) -> None:
    server = start(SmtpFault(verb=Verb.DOT, stall=True))
    client = signed_in(server)
    client.timeout = 0.2
    assert client.sock is not None
    client.sock.settimeout(0.2)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        client.sendmail("ana@firm.example", ["bo@firm.example"], MAIL)
    client.close()
    assert server.accepted == ()


def test_one_mail_after_another_on_one_line(start: Start) -> None:
    server = start()
    with signed_in(server) as client:
        for _ in range(50):
            client.sendmail("ana@firm.example", ["bo@firm.example"], MAIL)
    assert len(server.messages(BO.login)) == 50
