"""Sending over real lines: who was accepted, when nothing was sent, when nobody can know; one line for many mails."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Literal

import pytest

from providers.errors import (
    AuthRefused,
    Garbled,
    NotBegun,
    ProviderError,
    Refused,
    Unavailable,
    Uncertain,
    Unsupported,
)
from providers.protocols import MailSender, RecipientResult, Server
from providers.quirks import saves_sent
from providers.rehearsal import Account, Rehearsal, SmtpFault, Verb
from providers.smtp import KEPT, SmtpSender
from providers.smtp_replies import result
from store.mime.compose import compose
from store.model.address import Person
from store.model.outgoing import Enclosed, Outgoing
from tests.support.line_server import LineServer, Wire

SENDER: type[MailSender] = SmtpSender  # the checker of types looks at it
ANA = Account(login="ana", password="pass", addresses=("ana@firm.example",))
BO = Account(login="bo@firm.example", password="word")
MAIL = b"From: ana@firm.example\r\nTo: bo@firm.example\r\nSubject: one\r\n\r\n.dot\r\n..two\r\nText\r\n"
Start = Callable[..., Rehearsal]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Office:
    """A sender, and what it was asked to begin."""

    def __init__(self, *, timeout: float = 5) -> None:
        self.clock = Clock()
        self.sender = SmtpSender(timeout=timeout, answer_timeout=timeout, clock=self.clock)
        self.asked = 0
        self.yes = True

    def begin(self) -> bool:
        self.asked += 1
        return self.yes

    def send(
        self,
        server: Server,
        *recipients: str,
        message: bytes = MAIL,
        sender: str = "ana@firm.example",
        login: str = "ana",
        password: str = "pass",
    ) -> tuple[RecipientResult, ...]:
        return self.sender.send(
            server,
            login,
            password,
            sender=sender,
            recipients=recipients or ("bo@firm.example",),
            message=message,
            begin=self.begin,
        )


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.sender.close()


@pytest.fixture
def hasty() -> Iterator[Office]:
    made = Office(timeout=0.3)
    yield made
    made.sender.close()


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def made(*faults: SmtpFault, **settings: object) -> Rehearsal:
            return stack.enter_context(Rehearsal([ANA, BO], smtp_faults=faults, **settings))  # type: ignore[arg-type]

        yield made


def at(server: Rehearsal, tls: Literal["ssl", "starttls"] = "ssl") -> Server:
    port = server.smtps_port if tls == "ssl" else server.smtp_port
    return Server(host="127.0.0.1", port=port, tls=tls, authority=server.cafile.read_text())


def answers(results: tuple[RecipientResult, ...]) -> list[tuple[str, str, str | None]]:
    return [(one.address, one.answer, one.code) for one in results]


def logins(server: Rehearsal) -> int:
    return sum(1 for fault in server.fired if isinstance(fault, SmtpFault) and fault.verb is Verb.AUTH)


# ---------------------------------------------------------------- sent
@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_a_mail_arrives_as_it_was_made(office: Office, start: Start, tls: Literal["ssl", "starttls"]) -> None:
    server = start()
    results = office.send(at(server, tls), "bo@firm.example", "Someone@client.example")
    assert answers(results) == [("bo@firm.example", "accepted", None), ("Someone@client.example", "accepted", None)]
    (mail,) = server.accepted
    assert mail.raw == MAIL
    assert (mail.login, mail.sender) == ("ana", "ana@firm.example")
    assert mail.recipients == ("bo@firm.example", "Someone@client.example")
    assert office.asked == 1
    assert b"ana" not in server.unencrypted
    assert b"MAIL" not in server.unencrypted


@pytest.mark.parametrize("raw", [b".\r\n", b"a: b\r\n\r\n.\r\n", b"a: b\r\n\r\nno end", b"a: b\r\n\r\n..\r\n.x\r\n"])
def test_dots_and_ends(office: Office, start: Start, raw: bytes) -> None:
    server = start()
    office.send(at(server), message=raw)
    assert server.accepted[0].raw == raw.removesuffix(b"\r\n") + b"\r\n"


def test_a_large_mail_goes_as_the_server_takes_it(office: Office, start: Start) -> None:
    server = start()
    data = bytes(range(256)) * 40_000
    letter = Outgoing(
        from_=Person(address="ana@firm.example"),
        to=(Person(address="bo@firm.example"),),
        date=0,
        message_id="1@firm.example",
        attachments=(Enclosed(name="x", type="a/b", data=data),),
    )
    raw = compose(letter)
    assert answers(office.send(at(server), message=raw)) == [("bo@firm.example", "accepted", None)]
    assert server.accepted[0].raw == raw


# ---------------------------------------------------------------- refused by verb
def test_refused_recipients_are_told_apart_and_the_rest_gets_it(office: Office, start: Start) -> None:
    server = start(
        SmtpFault(verb=Verb.RCPT, reply="550 5.1.1 unknown", recipient="gone@*"),
        SmtpFault(verb=Verb.RCPT, reply="452 4.2.2 full", recipient="full@*"),
    )
    results = office.send(at(server), "gone@x.example", "bo@firm.example", "full@x.example", "no address")
    assert answers(results) == [
        ("gone@x.example", "refused", "unknown_recipient"),
        ("bo@firm.example", "accepted", None),
        ("full@x.example", "deferred", "mailbox_full"),
        ("no address", "refused", "unknown_recipient"),
    ]
    assert server.accepted[0].recipients == ("bo@firm.example",)


def test_without_a_recipient_nothing_begins(office: Office, start: Start) -> None:
    server = start(SmtpFault(verb=Verb.RCPT, reply="550 5.7.1 no", recipient="gone@*"))
    assert answers(office.send(at(server), "gone@x.example")) == [("gone@x.example", "refused", "policy")]
    assert office.asked == 0
    office.send(at(server))
    assert [mail.recipients for mail in server.accepted] == [("bo@firm.example",)]


@pytest.mark.parametrize(
    ("verb", "reply", "kind", "code"),
    [
        (Verb.MAIL, "550 5.7.1 not yours", Refused, "sender"),
        (Verb.MAIL, "552 5.3.4 too big", Refused, "too_large"),
        (Verb.MAIL, "451 4.3.0 later", Unavailable, "busy"),
        (Verb.MAIL, "530 5.7.0 sign in", AuthRefused, "login"),
        (Verb.RCPT, "421 4.3.2 closing", Unavailable, "busy"),
        (Verb.EHLO, "421 4.3.2 closing", Unavailable, "busy"),
        (Verb.AUTH, "454 4.7.0 later", Unavailable, "busy"),
        (Verb.AUTH, "535 5.7.8 no", AuthRefused, "login"),
        (Verb.EHLO, "", Unavailable, "closed"),
        (Verb.MAIL, "", Unavailable, "closed"),
        (Verb.RCPT, "", Unavailable, "closed"),
    ],
)
def test_refused_before_anything_begins(  # noqa: PLR0917 - a table
    office: Office, start: Start, verb: Verb, reply: str, kind: type[ProviderError], code: str
) -> None:
    server = start(SmtpFault(verb=verb, reply=reply, times=1))
    with pytest.raises(kind) as caught:
        office.send(at(server))
    assert caught.value.code == code
    assert office.asked == 0
    office.send(at(server))
    assert len(server.accepted) == 1


@pytest.mark.parametrize(
    ("verb", "reply", "answer", "code"),
    [
        (Verb.DATA, "451 4.3.0 later", "deferred", "later"),
        (Verb.DATA, "421 4.3.2 closing", "deferred", "later"),
        (Verb.DATA, "554 5.7.1 spam", "refused", "policy"),
        (Verb.DOT, "451 4.3.0 later", "deferred", "later"),
        (Verb.DOT, "421 4.3.2 closing", "deferred", "later"),
        (Verb.DOT, "552 5.3.4 too big", "refused", "too_large"),
        (Verb.DOT, "550 5.7.1 never", "refused", "policy"),
        (Verb.CONTENT, "554 5.6.0 enough", "refused", "no"),
    ],
)
def test_a_clear_no_to_the_content_is_nobodys_mail(  # noqa: PLR0917 - a table
    office: Office, start: Start, verb: Verb, reply: str, answer: str, code: str
) -> None:
    server = start(SmtpFault(verb=verb, reply=reply, times=1))
    results = office.send(at(server), "bo@firm.example", "c@client.example")
    assert answers(results) == [("bo@firm.example", answer, code), ("c@client.example", answer, code)]
    assert server.accepted == ()
    assert office.asked == 1
    office.send(at(server))
    assert len(server.accepted) == 1


# ---------------------------------------------------------------- begun or not
def test_who_may_not_begin_sends_nothing(office: Office, start: Start) -> None:
    server = start()
    office.yes = False
    with pytest.raises(NotBegun):
        office.send(at(server))
    assert server.accepted == ()
    office.yes = True
    office.send(at(server))
    assert len(server.accepted) == 1


def test_an_error_of_who_is_asked_ends_the_mail(office: Office, start: Start) -> None:
    server = start()

    def broken() -> bool:
        raise LookupError

    with pytest.raises(LookupError):
        office.sender.send(
            at(server),
            "ana",
            "pass",
            sender="ana@firm.example",
            recipients=["bo@firm.example"],
            message=MAIL,
            begin=broken,
        )
    office.send(at(server))
    assert len(server.accepted) == 1


def test_cut_before_354_was_not_sent(office: Office, start: Start) -> None:
    server = start(SmtpFault(verb=Verb.DATA, times=1))
    with pytest.raises(Unavailable, match="closed"):
        office.send(at(server))
    assert office.asked == 1
    assert server.accepted == ()


@pytest.mark.parametrize("tls", ["ssl", "starttls"])
@pytest.mark.parametrize(("verb", "kept"), [(Verb.CONTENT, False), (Verb.DOT, False), (Verb.DOT, True)])
def test_cut_after_354_is_uncertain(
    office: Office,
    start: Start,
    tls: Literal["ssl", "starttls"],
    verb: Verb,
    kept: bool,  # noqa: FBT001
) -> None:
    server = start(SmtpFault(verb=verb, kept=kept, times=1))
    with pytest.raises(Uncertain, match="closed"):
        office.send(at(server, tls))
    assert len(server.accepted) == int(kept)
    office.send(at(server, tls))
    assert len(server.accepted) == int(kept) + 1


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        (Verb.EHLO, Unavailable),
        (Verb.AUTH, Unavailable),
        (Verb.MAIL, Unavailable),
        (Verb.RCPT, Unavailable),
        (Verb.DATA, Unavailable),
        (Verb.CONTENT, Uncertain),
        (Verb.DOT, Uncertain),
    ],
)
def test_a_server_that_falls_silent(hasty: Office, start: Start, verb: Verb, kind: type[ProviderError]) -> None:
    server = start(SmtpFault(verb=verb, stall=True))
    with pytest.raises(kind, match="timeout"):
        hasty.send(at(server))
    assert server.accepted == ()


def script(*replies: tuple[bytes, bytes], size: bytes = b"SIZE") -> Callable[[Wire], None]:
    """A server of these replies by verb; `.` is what it says to the content."""
    said = {
        b"MAIL": b"250 ok",
        b"RCPT": b"250 ok",
        b"DATA": b"354 go",
        b".": b"250 ok",
        b"RSET": b"250 ok",
        **dict(replies),
    }

    def run(wire: Wire) -> None:
        wire.say(b"220 ready")
        while True:
            word = wire.hear().split(b" ")[0].upper()
            if word == b"EHLO":
                wire.say(b"250-here", b"250-" + size, b"250 AUTH PLAIN")
            elif word == b"AUTH":
                wire.say(b"235 welcome")
            elif word == b"DATA":
                wire.say(said[word])
                if said[word].startswith(b"354"):
                    while wire.hear() != b".":
                        pass
                    wire.say(said[b"."])
            else:
                wire.say(said.get(word, b"221 bye"))

    return run


def near(server: LineServer) -> Server:
    return Server(host=server.host, port=server.port, tls="none")


@pytest.mark.parametrize("reply", [b"what?", b"199 hm", b"354 more", b"999 x", b"\xff\xfe", b"25"])
def test_an_answer_that_is_none_is_uncertain(office: Office, reply: bytes) -> None:
    with LineServer(script((b".", reply))) as server, pytest.raises(Uncertain, match="parse"):
        office.send(near(server))
    assert server.heard.count(b"DATA\r\n") == 1


@pytest.mark.parametrize("verb", [b"MAIL", b"RCPT", b"DATA"])
@pytest.mark.parametrize("reply", [b"what?", b"199 hm", b"999 x"])
def test_nonsense_before_the_content_is_no_mail(office: Office, verb: bytes, reply: bytes) -> None:
    with LineServer(script((verb, reply))) as server, pytest.raises((Garbled, Unavailable)):
        office.send(near(server))
    assert b"Subject" not in server.heard


def test_an_early_yes_is_no_yes(office: Office) -> None:
    replies = {b"EHLO": (b"250-here", b"250 AUTH PLAIN"), b"AUTH": (b"235 welcome",)}

    def run(wire: Wire) -> None:
        wire.say(b"220 ready")
        while (word := wire.hear()[:4]) != b"DATA":
            wire.say(*replies.get(word, (b"250 ok",)))
        wire.say(b"354 go")
        wire.hear()
        wire.say(b"250 thank you")
        wire.wait_for_close()

    raw = b"a: b\r\n\r\n" + b"x" * 70 + b"\r\n"
    with LineServer(run) as server, pytest.raises(Uncertain):
        office.send(near(server), message=raw + (b"y" * 70 + b"\r\n") * 400_000)
    assert server.heard.count(b"MAIL") == 1


# ---------------------------------------------------------------- what is refused before a connection or DATA
def test_too_large_is_said_before_anything_is_sent(office: Office) -> None:
    with LineServer(script(size=b"SIZE 50")) as server, pytest.raises(Refused, match="too_large"):
        office.send(near(server))
    assert b"MAIL" not in server.heard


def test_the_size_is_told(office: Office) -> None:
    with LineServer(script(size=b"SIZE 5000")) as server:
        office.send(near(server))
    assert b"MAIL FROM:<ana@firm.example> SIZE=%d\r\n" % len(MAIL) in server.heard


@pytest.mark.parametrize("raw", [b"a: b\n\r\n", b"a: b\r\n\r\nx\r.\r\n", b"x\n.\n"])
def test_bare_line_ends_never_go_out(office: Office, raw: bytes) -> None:
    with LineServer(script()) as server, pytest.raises(Refused, match="line_ends"):
        office.send(near(server), message=raw)
    assert server.connections == 0


@pytest.mark.parametrize(
    "address", ["a@x.example\r\nRCPT TO:<b@x.example>", "a>@x.example", "a b@x.example", "", "a@\0"]
)
def test_no_address_writes_a_command_of_its_own(office: Office, address: str) -> None:
    with LineServer(script()) as server:
        assert answers(office.send(near(server), address, "bo@firm.example"))[0] == (
            address,
            "refused",
            "unknown_recipient",
        )
        with pytest.raises(Refused, match="sender"):
            office.send(near(server), sender=address)
    assert server.heard.count(b"RCPT") == 1
    assert server.heard.count(b"MAIL") == 1


def test_addresses_outside_ascii_need_a_server_that_knows_them(office: Office) -> None:
    letter = "From: ana@firm.example\r\nTo: señor@client.example\r\n\r\nx\r\n".encode()
    with LineServer(script()) as server:
        results = office.send(near(server), "señor@client.example", "bo@firm.example", "x@grün.example")
        assert answers(results)[0] == ("señor@client.example", "refused", "smtputf8")
        assert [one.answer for one in results[1:]] == ["accepted", "accepted"]
        with pytest.raises(Refused, match="smtputf8"):
            office.send(near(server), "señor@client.example", message=letter)
    assert b"TO:<x@" + "grün".encode("idna") + b".example>" in server.heard
    assert server.heard.count(b"DATA\r\n") == 1
    with LineServer(script(size=b"SMTPUTF8")) as server:
        assert answers(office.send(near(server), "señor@client.example", message=letter))[0][1] == "accepted"
    assert b"FROM:<ana@firm.example> SMTPUTF8\r\n" in server.heard
    assert "TO:<señor@client.example>\r\n".encode() in server.heard


# ---------------------------------------------------------------- lines
def test_one_line_for_many_mails_within_a_minute(office: Office) -> None:
    with LineServer(script()) as server:
        for _ in range(20):
            office.send(near(server))
        assert server.connections == 1
        office.clock.now += KEPT - 1
        office.send(near(server))
        assert server.connections == 1
        office.clock.now += KEPT + 1
        office.send(near(server))
        assert server.connections == 2
        office.send(near(server), login="other")
        assert server.connections == 3
        office.sender.hang_up()
        office.send(near(server), login="other")
        assert server.connections == 4
    assert server.heard.count(b"AUTH") == 4
    assert server.heard.count(b"DATA\r\n") == 24


def test_a_line_that_has_died_meanwhile_is_made_again(office: Office, start: Start) -> None:
    server = start()
    office.send(at(server))
    server.change(lambda _: [made.hang_up() for made in server._receivers])  # noqa: SLF001 - nothing else cuts SMTP lines
    office.send(at(server))
    assert len(server.accepted) == office.asked == 2


def test_a_line_that_the_server_has_had_enough_of_is_made_again(office: Office, start: Start) -> None:
    server = start(SmtpFault(verb=Verb.MAIL, reply="421 4.7.0 too many", nth=2, times=1))
    office.send(at(server))
    office.send(at(server))
    assert len(server.accepted) == office.asked == 2
    assert len(server.fired) == 1


def test_a_kept_line_lost_at_data_is_not_tried_again_by_itself(office: Office, start: Start) -> None:
    server = start(SmtpFault(verb=Verb.DATA, nth=2, times=1))
    office.send(at(server))
    with pytest.raises(Unavailable, match="closed"):
        office.send(at(server))
    assert office.asked == 2
    assert len(server.accepted) == 1


def test_no_tls_no_secret(office: Office, start: Start) -> None:
    server = start(smtp_starttls=False)
    with pytest.raises(Unavailable, match="no_tls_offered"):
        office.send(at(server, "starttls"))
    assert b"AUTH" not in server.unencrypted


def test_a_server_without_login_gets_no_mail(office: Office) -> None:
    def run(wire: Wire) -> None:
        wire.say(b"220 ready")
        wire.hear()
        wire.say(b"250 here")
        wire.wait_for_close()

    with LineServer(run) as server, pytest.raises(Unsupported, match="auth"):
        office.send(near(server))
    assert b"MAIL" not in server.heard


# ---------------------------------------------------------------- what replies mean, what hosts do
@pytest.mark.parametrize(
    ("status", "words", "about", "code"),
    [
        (250, "", "recipient", None),
        (251, "will forward", "recipient", None),
        (450, "4.7.1 greylisted", "recipient", "later"),
        (550, "5.1.10 null mx", "recipient", "unknown_recipient"),
        (550, "no such user", "recipient", "unknown_recipient"),
        (552, "full", "recipient", "mailbox_full"),
        (552, "large", "content", "too_large"),
        (554, "5.7.509 dmarc", "content", "policy"),
        (554, "no", "content", "no"),
        (550, "5.1.100 x", "content", "no"),
    ],
)
def test_numbers_and_their_codes(
    status: int, words: str, about: Literal["recipient", "content"], code: str | None
) -> None:
    assert result("a@b.example", status=status, words=words, about=about).code == code


def test_who_keeps_what_was_sent() -> None:
    assert saves_sent("SMTP.gmail.com.")
    assert saves_sent("smtp.office365.com")
    assert not saves_sent("smtp.gmail.com.evil.example")
    assert not saves_sent("mail.firm.example")
