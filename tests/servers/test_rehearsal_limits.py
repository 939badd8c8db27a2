"""The rehearsal server under clients that send what they like, in numbers, and how quick it is."""

import re
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.rehearsal import Account, Rehearsal
from tests.support.rehearsal import Talk, literal

MAIL = b"From: a@client.example\r\nSubject: one\r\n\r\n" + b"A line of text.\r\n" * 500


@pytest.fixture(scope="module")
def server() -> Iterator[Rehearsal]:
    with Rehearsal([Account(login=f"user{n}", password="pass") for n in range(60)]) as started:
        yield started


def opened(server: Rehearsal, login: str) -> Talk:
    talk = Talk(server.port)
    talk.ok(f"LOGIN {login} pass".encode())
    talk.ok(b"SELECT INBOX")
    return talk


# ---------------------------------------------------------------- hostile input
SOUND = (
    b"FETCH 1:* (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE) (CHANGEDSINCE 1)",
    b"UID FETCH 1,3:* BODY.PEEK[1.2.HEADER.FIELDS (From To)]<0.5>",
    b"FETCH * (BODY[TEXT] RFC822)",
    b"STORE 1 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Seen key)",
    b"UID STORE 1:* -FLAGS \\Deleted",
    b"SEARCH RETURN (MIN COUNT) CHARSET UTF-8 OR (NOT SEEN) TEXT word UID 1:* SINCE 1-Jan-2026 LARGER 5",
    b'UID SEARCH HEADER Subject {3+}\r\nabc MODSEQ "/flags/x" all 7 KEYWORD k SENTBEFORE 3-Mar-2026 BODY "a b"',
    b"COPY 1 Sent",
    b"UID MOVE 1:2 Archive",
    b'APPEND INBOX (\\Seen) "01-Feb-2026 10:11:12 +0100" {8+}\r\nA: b\r\n\r\n {3+}\r\nabc',
    b'LIST (SUBSCRIBED RECURSIVEMATCH) "" ("%" "a/*") RETURN (CHILDREN STATUS (MESSAGES UNSEEN))',
    b'LSUB "a/" %',
    b"CREATE a/b/&AOk-",
    b"RENAME a/b c",
    b"DELETE c",
    b"SUBSCRIBE INBOX",
    b"STATUS INBOX (MESSAGES UIDNEXT HIGHESTMODSEQ)",
    b"SELECT INBOX (CONDSTORE)",
    b"EXAMINE Sent",
    b"UID EXPUNGE 1:*",
    b"AUTHENTICATE PLAIN AGEAYg==",
    b"ENABLE CONDSTORE",
    b"IDLE\r\nDONE",
    b"CLOSE",
)
PIECES = st.sampled_from(
    [
        *b"""( ) " \\ * % 1 0 1:* 4294967296 1,1:2 , : +FLAGS \\Seen key BODY[ ] [ < > <0.5> NIL OR NOT CHARSET & &AAAA-
        &2D0- ../ // {3} {99999999999} INBOX a/b + . 31-Feb-2026 1-Jan-0000 (FLAGS (MESSAGES) UID ALL""".split(),
        *(b" ", b"", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b"{3+}\r\nabc", b"{0+}\r\n", b"BODY.PEEK[1.2.HEADER ("),
    ]
)


@st.composite
def commands(draw: st.DrawFn) -> bytes:
    """A sound command with some of its words replaced, doubled or taken away."""
    words = re.split(rb"( |(?=[()\[\]]))", draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(words) - 1))
        words[at : at + draw(st.integers(0, 2))] = [draw(PIECES | st.binary(max_size=4))]
    return b"".join(word or b"" for word in words)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(commands(), min_size=1, max_size=6))
def test_whatever_comes_is_answered_and_never_the_servers_fault(server: Rehearsal, lines: list[bytes]) -> None:
    server.deliver("user0", MAIL)
    with opened(server, "user0") as talk:
        talk.send(b"".join(b"X%d %s\r\n" % (n, line) for n, line in enumerate(lines)) + b"DONE\r\nZ LOGOUT\r\n")
        talk.socket.shutdown(1)
        heard = b""
        while data := talk.response():
            heard += data
    assert b"SERVERBUG" not in heard
    with opened(server, "user1") as other:
        other.ok(b"NOOP")


RAW = st.lists(
    st.sampled_from(
        [
            b"Content-Type: multipart/mixed; boundary=", b"Content-Type: message/rfc822", b"b", b'"b"', b"--b",
            b"--b--", b"From: ", b"To: a b <c@d>, g: x;", b"(", b"<", b">", b'"', b"\\", b",;:", b"\r\n", b"\r\n",
            b"\r\n\r\n", b"\n", b"Subject: =?utf-8?b?", b"?=", b"Date: Foo", b"Content-Transfer-Encoding: base64",
            b" fold", b"\x00", b"\xff",
            b"Content-Type: text/plain; charset=nope", b"Content-Disposition: x; y=", b"text",
        ]
    )
    | st.binary(max_size=6),
    max_size=40,
).map(b"".join)  # fmt: skip
ASKED = (
    b"FETCH %d (ENVELOPE BODYSTRUCTURE BODY BODY.PEEK[] BODY.PEEK[1] BODY.PEEK[1.1.MIME] BODY.PEEK[2.HEADER]"
    b" BODY.PEEK[TEXT]<3.9> BODY.PEEK[HEADER.FIELDS (from to)] BODY.PEEK[HEADER.FIELDS.NOT (from)])"
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(RAW)
def test_whatever_a_mail_is_it_is_served_as_it_came(server: Rehearsal, raw: bytes) -> None:
    uid = server.deliver("user2", raw)
    expected = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"\x00", b"\x80")
    with opened(server, "user2") as talk:
        number = len(server.messages("user2"))
        assert b"BODY[] {%d}\r\n%s" % (len(expected), expected) in talk.ok(ASKED % number).whole
        for key in (b"TEXT zz", b"BODY zz", b"SUBJECT zz", b"FROM zz", b"SENTSINCE 1-Jan-2020"):
            talk.ok(b"UID SEARCH UID %d " % uid + key)


@pytest.mark.parametrize(
    "command",
    [
        b"SEARCH " + b"(" * 20_000,
        b"SEARCH " + b"NOT " * 10_000 + b"ALL",
        b"SEARCH " + b"OR ALL " * 5_000 + b"ALL",
        b"FETCH 1 (" + b"FLAGS " * 10_000 + b"FLAGS)",
        b"FETCH " + b"1:*," * 15_000 + b"1 FLAGS",
        b'LIST "" "' + b"*a" * 10_000 + b'"',
        b'LIST "" "' + b"%*" * 125 + b'x"',
        b"STORE 1 +FLAGS (" + b" ".join(b"k%d" % n for n in range(6_000)) + b")",
        b"NOOP " + b"x" * 200_000,
    ],
    ids=lambda command: command[:20].decode("latin-1"),
)
def test_long_commands_are_cheap(server: Rehearsal, command: bytes) -> None:
    server.deliver("user3", MAIL)
    with opened(server, "user3") as talk:
        began = time.monotonic()
        assert talk.run(command).status in {b"BAD", b"NO", b"OK"}
        talk.ok(b"NOOP")
    assert time.monotonic() - began < 2


def test_a_large_literal_is_refused_before_it_is_sent(server: Rehearsal) -> None:
    with opened(server, "user4") as talk:
        assert b"[TOOBIG]" in talk.run(b"APPEND INBOX {4294967295}").text
        assert b"[TOOBIG]" in talk.run(b"LOGIN {100000000}").text
        talk.ok(b"NOOP")
        talk.begin(b"APPEND INBOX {4294967295+}")
        talk.until(b"* BYE")


def test_a_line_without_end_is_not_kept_in_memory(server: Rehearsal) -> None:
    flood = b"x" * 100_000
    with opened(server, "user5") as talk:
        tag = talk.idle()
        tracemalloc.start()
        for _ in range(400):
            talk.send(flood)
        talk.send(b"\r\n")
        assert talk.answer(tag).status == b"BAD"
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        talk.ok(b"NOOP")
    assert peak < 8_000_000


def test_a_client_that_never_reads_is_not_heard_any_more(server: Rehearsal) -> None:
    server.deliver("user14", MAIL * 100)
    with opened(server, "user14") as talk:
        talk.socket.settimeout(0.5)
        tracemalloc.start()
        with pytest.raises(TimeoutError):  # noqa: PT012 - whichever it is that nobody takes any more
            for _ in range(10_000):
                talk.begin(b"FETCH 1 BODY.PEEK[]" + b" " * 5_000)
                talk.begin(b"FETCH 1 BODY.PEEK[]")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000


def test_huge_sets_stay_ranges(server: Rehearsal) -> None:
    for _ in range(3):
        server.deliver("user6", MAIL)
    with opened(server, "user6") as talk:
        tracemalloc.start()
        for command in (
            b"UID FETCH 1:4294967295 FLAGS",
            b"UID SEARCH UID 1:4294967295",
            b"UID STORE 2:4294967295 +FLAGS.SILENT (\\Seen)",
            b"UID COPY 4:4294967295 Archive",
            b"UID EXPUNGE 1:4294967295",
        ):
            talk.ok(command)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000


def test_bad_commands_without_end_end_the_session(server: Rehearsal) -> None:
    with Talk(server.port) as talk:
        talk.send(b"what ever\r\n" * 200)
        talk.until(b"* BYE")


def test_keywords_and_folders_have_a_limit(server: Rehearsal) -> None:
    server.deliver("user7", MAIL)
    with opened(server, "user7") as talk:
        talk.ok(b"STORE 1 FLAGS (" + b" ".join(b"k%d" % n for n in range(400)) + b")")
        assert b"[LIMIT]" in talk.run(b"STORE 1 FLAGS (" + b" ".join(b"m%d" % n for n in range(400)) + b")").text
        assert talk.run(b"CREATE " + b"x" * 2_000).status == b"NO"


# ---------------------------------------------------------------- numbers
def test_hundreds_of_idle_sessions_hear_of_one_mail(server: Rehearsal) -> None:
    with ExitStack() as stack:
        talks = [stack.enter_context(opened(server, "user8")) for _ in range(300)]
        for talk in talks:
            talk.idle()
        began = time.monotonic()
        server.deliver("user8", MAIL)
        assert all(talk.response() == b"* 1 EXISTS\r\n" for talk in talks)
        assert time.monotonic() - began < 2


def test_appends_wait_for_nothing(server: Rehearsal) -> None:
    with opened(server, "user9") as talk:
        began = time.monotonic()
        for _ in range(100):
            tag = talk.begin(b"APPEND INBOX {%d}" % len(MAIL))
            assert talk.response().startswith(b"+")
            talk.send(MAIL)
            talk.send(b"\r\n")
            assert talk.answer(tag).status == b"OK"
        for _ in range(200):
            talk.append(MAIL)
        assert time.monotonic() - began < 2  # 40 ms each, four seconds, where Nagle meets a delayed acknowledgement


def test_bodies_come_in_bulk(server: Rehearsal) -> None:
    for _ in range(300):
        server.deliver("user10", MAIL)
    with opened(server, "user10") as talk:
        began = time.monotonic()
        found = talk.ok(b"UID FETCH 1:* (FLAGS BODY.PEEK[])")
        assert time.monotonic() - began < 1.5
    assert len(found.untagged) == 300
    assert all(MAIL in line for line in found.untagged)


def test_a_slow_reader_holds_up_nobody_else(server: Rehearsal) -> None:
    for _ in range(30):
        server.deliver("user11", MAIL * 40)
    with opened(server, "user11") as slow, opened(server, "user12") as other:
        tag = slow.begin(b"UID FETCH 1:* BODY.PEEK[]")  # ten megabytes, which nobody reads for now
        for _ in range(50):
            other.ok(b"NOOP")
        other.append(MAIL)
        assert len(slow.answer(tag).untagged) == 30


def test_a_large_mail_goes_both_ways(server: Rehearsal) -> None:
    large = b"Subject: large\r\n\r\n" + b"x" * 76 * 1024 * 256
    with opened(server, "user13") as talk:
        assert b"APPENDUID" in talk.ok(b"APPEND INBOX " + literal(large)).text
        assert large in talk.ok(b"FETCH 1 BODY.PEEK[]").whole
