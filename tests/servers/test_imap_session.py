"""IMAP against servers that lie, break off or listen closely. Each costs itself only, and is told by remedy."""

import base64
import contextlib
import re
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable, Unsupported
from providers.imap.line import MAX_LITERAL
from providers.imap.selecting import MAX_CHANGED
from providers.imap.session import connect
from providers.imap.vendor import encode_name
from providers.protocols import Changes, FolderStatus, ListedFolder, MailSource, Pipeline, Server
from store.model.uidset import MAX_UID, UidSet
from tests.support.line_server import LineServer, Wire

INBOX = ListedFolder(name="INBOX", raw=b"INBOX", delimiter="/")
Answer = Callable[[Wire, bytes, bytes], bool]


def obliging(
    answer: Answer = lambda *_: False, capabilities: bytes = b"IMAP4rev1 MOVE UIDPLUS ESEARCH"
) -> Callable[[Wire], None]:
    """A server that says OK to everything; `answer` may answer a command itself and say so."""

    def script(wire: Wire) -> None:
        wire.say(b"* OK ready")
        while True:
            tag, command, _ = wire.hear_command()
            if answer(wire, tag, command):
                continue
            if command.startswith(b"CAPABILITY"):
                wire.say(b"* CAPABILITY " + capabilities)
            if command.startswith((b"EXAMINE", b"SELECT")):
                wire.say(b"* 3 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 4] x")
            wire.say(tag + b" OK done")

    return script


def to(server: LineServer, *, login: str = "ana", password: str = "pass", timeout: float = 5) -> MailSource:
    return connect(Server(host=server.host, port=server.port, tls="none"), login, password, timeout=timeout)


def saying(command: bytes, *lines: bytes, then: bytes = b" OK done") -> Answer:
    """Answer one kind of command with these lines."""

    def answer(wire: Wire, tag: bytes, heard: bytes) -> bool:
        if not heard.startswith(command):
            return False
        wire.say(*lines, tag + then)
        return True

    return answer


@pytest.fixture
def opened() -> Iterator[Callable[..., MailSource]]:
    """A session on INBOX of a server with that answer; all ends with the test."""
    stack = contextlib.ExitStack()

    def open_one(answer: Answer = lambda *_: False, *, writable: bool = False) -> MailSource:
        source = to(stack.enter_context(LineServer(obliging(answer))))
        stack.callback(source.close)
        source.select(INBOX, writable=writable)
        return source

    with stack:
        yield open_one


# ---------------------------------------------------------------- one call, one command (Z8)
TEXT = st.text(max_size=30) | st.sampled_from(
    ['a"\r\nA9 SETACL x', "{3}\r\nabc", "x\0y", 'q"uo\\te', "ä" * 40, "a) (b"]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(name=TEXT, message_id=TEXT, flag=TEXT, login=TEXT, password=TEXT)
def test_whatever_the_text_no_command_but_ours_goes_out(
    name: str, message_id: str, flag: str, login: str, password: str
) -> None:
    with LineServer(obliging()) as server:
        with contextlib.suppress(ProviderError):
            to(server, login=login, password=password).close()
        source = to(server)
        asked = len(server.commands)
        acts: list[Callable[[MailSource, ListedFolder], object]] = [
            lambda source, _: source.select(INBOX, writable=True),
            lambda source, place: source.append(place, b"Subject: x\r\n\r\n", flags=[flag]),
            lambda source, place: source.status(place),
            lambda source, _: source.search_message_id(message_id),
            lambda source, _: source.search_address(message_id),
            lambda source, _: source.store_flags(UidSet.of([1]), add=[flag]),
            lambda source, place: source.move(UidSet.of([1]), place),
            lambda source, place: source.select(place),
        ]
        for raw in (name.encode("utf-8", "surrogatepass"), *_encoded(name)):
            place = ListedFolder(name=name, raw=raw, delimiter="/")
            for act in acts:
                with contextlib.suppress(ProviderError):
                    act(source, place)
        source.close()
    words = {command.split(b" ")[0] for command in server.commands[asked:]}
    assert words <= {b"SELECT", b"EXAMINE", b"APPEND", b"STATUS", b"UID", b"LOGOUT"}
    assert len(server.commands) - asked <= 2 * len(acts) + 1
    assert {command.split(b" ")[0] for command in server.commands[:asked]} <= {b"CAPABILITY", b"LOGIN", b"LOGOUT"}


def _encoded(name: str) -> list[bytes]:
    with contextlib.suppress(Refused):
        return [encode_name(name)]
    return []


# ---------------------------------------------------------------- logging in
@pytest.mark.parametrize("capabilities", [b"IMAP4rev1 AUTH=PLAIN SASL-IR", b"IMAP4rev1 AUTH=PLAIN", b"IMAP4rev1"])
@pytest.mark.parametrize("password", ["pass", 'q"uo\\te', "contraseña €", "{5}", " spaces  ", "a" * 2000])
def test_a_password_of_odd_letters_arrives_whole(capabilities: bytes, password: str) -> None:
    heard: list[bytes] = []

    def script(wire: Wire) -> None:
        wire.say(b"* OK ready")
        while True:
            tag, command, literals = wire.hear_command()
            word, _, rest = command.partition(b" ")
            if word == b"CAPABILITY":
                wire.say(b"* CAPABILITY " + capabilities)
            if word == b"AUTHENTICATE":
                secret = rest.partition(b" ")[2]
                if not secret:
                    wire.say(b"+ ")
                    secret = wire.hear()
                heard.extend(base64.b64decode(secret).split(b"\0")[1:])
            if word == b"LOGIN":
                texts = [re.sub(rb"\\(.)", rb"\1", one) for one in re.findall(rb'"((?:[^"\\]|\\.)*)"', rest)]
                heard.extend([*texts, *literals])
            wire.say(tag + b" OK done")

    with LineServer(script) as server:
        to(server, login="ana", password=password).close()
    assert heard == [b"ana", password.encode()]


@pytest.mark.parametrize("password", ["a\rb", "a\nb", "a\0b", "\ud800"])
def test_a_password_that_cannot_be_is_not_sent(password: str) -> None:
    with LineServer(obliging()) as server, pytest.raises(AuthRefused, match="characters"):
        to(server, password=password)
    assert b"LOGIN" not in server.heard


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (b" NO [AUTHENTICATIONFAILED] no", AuthRefused, "login"),
        (b" NO wrong", AuthRefused, "login"),
        (b" NO [ALERT] Application-specific password required", AuthRefused, "needs_app_password"),
        (b" NO [ALERT] Your account is not enabled for IMAP use.", AuthRefused, "imap_off"),
        (b" NO [AUTHENTICATIONFAILED] You are yet to enable IMAP for your account.", AuthRefused, "imap_off"),
        (b" NO User is authenticated but not connected.", AuthRefused, "imap_off"),
        (b" NO [PRIVACYREQUIRED] no", AuthRefused, "plain_refused"),
        (b" NO [UNAVAILABLE] later", Unavailable, "busy"),
        (b" NO [INUSE] later", Unavailable, "busy"),
    ],
)
def test_a_refused_login_by_remedy(answer: bytes, kind: type[ProviderError], code: str) -> None:
    with LineServer(obliging(saying(b"LOGIN", then=answer))) as server, pytest.raises(kind) as caught:
        to(server)
    assert caught.value.code == code
    assert b"wrong" not in repr(caught.value).encode()
    assert sum(command.startswith(b"LOGIN") for command in server.commands) == 1


def test_login_disabled() -> None:
    script = obliging(capabilities=b"IMAP4rev1 LOGINDISABLED")
    with LineServer(script) as server, pytest.raises(AuthRefused, match="disabled"):
        to(server)
    assert b"pass" not in server.heard


def test_goodbye_in_the_middle_of_a_login() -> None:
    with LineServer(obliging(saying(b"LOGIN", b"* BYE too many"))) as server, pytest.raises(Unavailable, match="bye"):
        to(server)


def test_a_server_that_never_greets() -> None:
    with LineServer(Wire.wait_for_close) as server, pytest.raises(Unavailable, match="timeout"):
        to(server, timeout=0.2)


def test_a_server_that_drips() -> None:
    def script(wire: Wire) -> None:
        while True:
            wire.say_raw(b"*")
            wire.sock.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                wire.sock.recv(1)

    with LineServer(script) as server, pytest.raises(Unavailable, match="timeout"):
        to(server, timeout=0.3)


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request", b"* BAD no", b"\xff\xfe", b"* CAPABILITY {99999999999}"]
)
def test_no_imap_server_at_all(greeting: bytes) -> None:
    def script(wire: Wire) -> None:
        wire.say(greeting)
        wire.wait_for_close()

    with LineServer(script) as server, pytest.raises(ProviderError) as caught:
        to(server)
    assert isinstance(caught.value, (Garbled, Unavailable, Refused))
    assert b"pass" not in server.heard


def test_a_full_server() -> None:
    def script(wire: Wire) -> None:
        wire.say(b"* BYE too many connections")
        wire.wait_for_close()

    with LineServer(script) as server, pytest.raises(Unavailable, match="bye"):
        to(server)


def test_nobody_listens() -> None:
    with LineServer(obliging()) as server:
        gone = Server(host=server.host, port=server.port, tls="none")
    with pytest.raises(Unavailable, match="refused_connection"):
        connect(gone, "ana", "pass", timeout=5)


def test_no_such_host() -> None:
    with pytest.raises(Unavailable, match="dns"):
        connect(Server(host="no such host\r\n", port=993), "ana", "pass", timeout=5)


# ---------------------------------------------------------------- lies: Z30
def test_announced_uids_stay_a_pair_of_numbers(opened: Callable[..., MailSource]) -> None:
    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if command.startswith(b"SELECT"):
            wire.say(b"* 4294967295 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 4294967295] x", tag + b" OK x")
        elif command.startswith(b"UID SEARCH"):
            wire.say(b'* ESEARCH (TAG "x") UID ALL 1:4294967295', tag + b" OK x")
        elif command.startswith(b"UID MOVE"):
            wire.say(b"* OK [COPYUID 1 1:4294967295 1:4294967295] x", tag + b" OK x")
        else:
            return False
        return True

    source = opened(answer, writable=True)
    tracemalloc.start()
    try:
        assert source.select(INBOX, writable=True).exists == MAX_UID
        assert source.uids() == UidSet(), "nothing but a claim"
        everything = UidSet([(1, MAX_UID)])
        assert list(source.fetch(everything, whole=True, limit=1 << 20)) == []
        assert list(source.fetch(everything, whole=False, limit=1 << 20)) == []
        assert list(source.flags()) == []
        assert source.move(UidSet.of([1, 2]), INBOX).target == ()
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_literal_above_the_limit_is_not_read(opened: Callable[..., MailSource]) -> None:
    huge = b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] {%d}" % (MAX_LITERAL + 1)
    source = opened(saying(b"UID FETCH", huge))
    with pytest.raises(Refused, match="too_large"):
        list(source.fetch(UidSet.of([1]), whole=False, limit=1 << 20))
    with pytest.raises(Unavailable, match="closed"):
        source.noop()


def test_one_answer_of_endless_literals_is_not_kept(opened: Callable[..., MailSource]) -> None:
    def answer(wire: Wire, _tag: bytes, command: bytes) -> bool:
        if not command.startswith(b"UID FETCH"):
            return False
        wire.say_raw(b"* 1 FETCH (UID 1 ")
        while True:
            wire.say_raw(b"BODY[] {0}\r\n " * 5000)

    source = opened(answer)
    with pytest.raises(Refused, match="too_large"):
        list(source.fetch(UidSet.of([1]), whole=False, limit=1 << 20))


def test_a_line_without_end_is_not_kept(opened: Callable[..., MailSource]) -> None:
    def answer(wire: Wire, _tag: bytes, command: bytes) -> bool:
        if not command.startswith(b"NOOP"):
            return False
        while True:
            wire.say_raw(b"x" * 65536)

    with pytest.raises(Garbled, match="limit"):
        opened(answer).noop()


def test_a_copy_above_the_limit_comes_after_all_others(opened: Callable[..., MailSource]) -> None:
    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if not command.startswith(b"UID FETCH 1:3 ("):
            return False
        assert b" BODY.PEEK[]<0.65536>)" in command
        wire.say(b'* 1 FETCH (UID 1 BODY[] "one")')
        wire.say(b"* 2 FETCH (UID 2 RFC822.SIZE %d BODY[]<0> {65536}" % (MAX_LITERAL + 1))
        wire.say_raw(b"x" * 65536 + b")\r\n")
        wire.say(b'* 3 FETCH (UID 3 BODY[] "three")', tag + b" OK done")
        return True

    fetching = opened(answer).fetch(UidSet([(1, 3)]), whole=True, limit=1)
    assert [next(fetching).raw, next(fetching).raw] == [b"one", b"three"]
    with pytest.raises(Refused, match="too_large") as caught:
        next(fetching)
    assert caught.value.arguments["uid"] == 2


def test_sizes_that_are_not_true_make_no_difference(opened: Callable[..., MailSource]) -> None:
    """The announced size is large, the copy isn't: parts end where one comes up short."""
    raw = b"Subject: x\r\n\r\n" + b"y" * 70_000

    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        found = re.search(rb"BODY.PEEK\[\]<(\d+)\.(\d+)>", command)
        if found:
            part = raw[int(found[1]) :][: int(found[2])]
            wire.say(b"* 1 FETCH (UID 1 RFC822.SIZE 9000000 BODY[]<%d> {%d}" % (int(found[1]), len(part)))
            wire.say_raw(part + b")\r\n")
        elif command.startswith(b"UID FETCH"):
            wire.say(b"* 1 FETCH (UID 1 RFC822.SIZE 9000000)")
        else:
            return False
        wire.say(tag + b" OK done")
        return True

    (found,) = opened(answer).fetch(UidSet.of([1]), whole=True, limit=1000)
    assert found.raw == raw


def test_news_of_other_mails_in_a_fetch_are_not_its_answers(opened: Callable[..., MailSource]) -> None:
    lines = (
        b"* 9 FETCH (FLAGS (\\Seen))",
        b"* 3 FETCH (UID 99 BODY[HEADER.FIELDS (FROM)] NIL)",
        b'* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] "From: a")',
        b"* 2 FETCH (UID 2 FLAGS (\\Seen))",
        b'* 4 FETCH (UID 98 BODY[HEADER.FIELDS (FROM)] "From: b")',
        b"* 7 EXPUNGE",
    )
    found = list(opened(saying(b"UID FETCH", *lines)).fetch(UidSet([(1, 5)]), whole=False, limit=1 << 20))
    assert [(one.uid, one.raw) for one in found] == [(1, b"From: a")]


def drained(pipeline: Pipeline) -> tuple[dict[int, list[tuple[int, bytes]]], dict[int, str | None]]:
    """By fetch: UIDs and bytes, and the code of what was refused."""
    copies: dict[int, list[tuple[int, bytes]]] = {}
    ends: dict[int, str | None] = {}
    while pipeline.under_way:
        arrived = pipeline.read()
        if arrived.copy is not None:
            copies.setdefault(arrived.fetch, []).append((arrived.copy.uid, arrived.copy.raw))
        else:
            ends[arrived.fetch] = arrived.error.code if arrived.error else None
    return copies, ends


def together(*lines: bytes, ends: Sequence[bytes] = (b" OK done", b" OK done")) -> Answer:
    """As many FETCHes as there are ends are heard out; then come these lines, and the tags last first."""
    tags: list[bytes] = []

    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if not command.startswith(b"UID FETCH"):
            return False
        tags.append(tag)
        if len(tags) == len(ends):
            wire.say(*lines, *(one + end for one, end in reversed(list(zip(tags, ends, strict=True)))))
        return True

    return answer


def test_answers_of_fetches_carried_out_together_are_known_by_their_uid(opened: Callable[..., MailSource]) -> None:
    lines = (
        b'* 3 FETCH (UID 3 BODY[]<0> "three")',
        b"* 9 EXISTS",
        b'* 1 FETCH (UID 1 BODY[]<0> "one")',
        b'* 8 FETCH (UID 88 BODY[]<0> "nobody asked")',
        b'* 4 FETCH (FLAGS (\\Seen) UID 4 BODY[]<0> "four")',
        b"* 1 FETCH (UID 1 FLAGS (\\Seen))",
        b'* 3 FETCH (UID 3 BODY[]<0> "three again")',
        b'* 2 FETCH (UID 2 BODY[]<0> "two")',
    )
    pipeline = opened(together(*lines)).pipeline(limit=1 << 20)
    upper = pipeline.add(UidSet.parse("3:4"), whole=True)
    lower = pipeline.add(UidSet.parse("1:2"), whole=True)
    copies, ends = drained(pipeline)
    assert copies == {upper: [(3, b"three"), (4, b"four")], lower: [(1, b"one"), (2, b"two")]}
    assert ends == {upper: None, lower: None}


def test_a_refused_fetch_ends_itself_only(opened: Callable[..., MailSource]) -> None:
    lines = (b'* 3 FETCH (UID 3 BODY[]<0> "three")', b'* 1 FETCH (UID 1 BODY[]<0> "one")')
    pipeline = opened(together(*lines, ends=(b" NO [SERVERBUG] x", b" OK x"))).pipeline(limit=1 << 20)
    with pytest.raises(Unavailable, match="busy"):
        pipeline.add(UidSet.of([3]), whole=True), pipeline.add(UidSet.of([1]), whole=True), drained(pipeline)
    pipeline = opened(together(*lines, ends=(b" NO no", b" OK x"))).pipeline(limit=1 << 20)
    upper, lower = (pipeline.add(UidSet.of([uid]), whole=True) for uid in (3, 1))
    copies, ends = drained(pipeline)
    assert copies == {upper: [(3, b"three")], lower: [(1, b"one")]}
    assert ends == {upper: "no", lower: None}


def test_what_goes_between_search_and_fetch_simply_does_not_come(opened: Callable[..., MailSource]) -> None:
    lines = (b"* 2 EXPUNGE", b'* 2 FETCH (UID 3 BODY[]<0> "three")', b"* VANISHED 1")
    pipeline = opened(together(*lines, ends=(b" OK x",))).pipeline(limit=1 << 20)
    one = pipeline.add(UidSet.parse("1:3"), whole=True)
    assert drained(pipeline) == ({one: [(3, b"three")]}, {one: None})


def test_a_large_copy_that_goes_while_its_parts_are_read_ends_nothing_else(opened: Callable[..., MailSource]) -> None:
    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if command.startswith(b"UID FETCH 1:2 "):
            wire.say(b"* 1 FETCH (UID 1 RFC822.SIZE 90000 BODY[]<0> {65536}")
            wire.say_raw(b"x" * 65536 + b")\r\n")
            wire.say(b'* 2 FETCH (UID 2 BODY[]<0> "two")', tag + b" OK done")
        elif command.startswith(b"UID FETCH 1 "):
            assert b"BODY.PEEK[]<65536.65536>" in command
            wire.say(b"* 1 EXPUNGE", tag + b" OK done")
        else:
            return False
        return True

    pipeline = opened(answer).pipeline(limit=1)
    one = pipeline.add(UidSet.parse("1:2"), whole=True)
    assert drained(pipeline) == ({one: [(2, b"two")]}, {one: None})


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"* 1 FETCH (UID 1 BODY[]<0> {900}\r\nshort)\r\n", Unavailable),  # and hangs up
        (b"* 1 FETCH (UID 1 BODY[]<0> {2}\r\nlonger than said)\r\nP99 OK\r\n", Garbled),
        (b"* 1 FETCH (UID 4294967296 BODY[]<0> {1}\r\nx)\r\n", Garbled),
        (b"* 1 FETCH (UID 1 BODY[]<0> {99999999999}\r\n", Refused),
        (b"* 1 FETCH UID 1\r\n", Garbled),
        (b"* BYE good night\r\n", Unavailable),
        (b"P1 OK that was said before\r\n", Garbled),
        (b"+ go on\r\n", Garbled),
        (b"\xff\x00\r\n", Garbled),
        (b"", Unavailable),
    ],
)
def test_a_pipeline_that_breaks_ends_its_connection(
    opened: Callable[..., MailSource], said: bytes, kind: type[ProviderError]
) -> None:
    def answer(wire: Wire, _tag: bytes, command: bytes) -> bool:
        if command.startswith(b"UID FETCH"):
            wire.say_raw(said)
            wire.sock.close()
        return command.startswith(b"UID FETCH")

    source = opened(answer)
    pipeline = source.pipeline(limit=1 << 20)
    pipeline.add(UidSet.of([1]), whole=True)
    with pytest.raises(kind):
        drained(pipeline)
    with pytest.raises(Unavailable, match="closed"):
        source.noop()


def test_a_copy_of_the_last_uid_there_can_be(opened: Callable[..., MailSource]) -> None:
    line = b'* 4294967295 FETCH (UID 4294967295 BODY[]<0> "last")'
    pipeline = opened(together(line, ends=(b" OK x",))).pipeline(limit=1 << 20)
    one = pipeline.add(UidSet.of([MAX_UID]), whole=True)
    assert drained(pipeline) == ({one: [(MAX_UID, b"last")]}, {one: None})


# ---------------------------------------------------------------- what happened since: QRESYNC
QUICK = b"IMAP4rev1 ENABLE QRESYNC CONDSTORE LIST-STATUS LIST-EXTENDED"


def quick(*lines: bytes, enabled: bytes = b"* ENABLED QRESYNC") -> Callable[[Wire], None]:
    """A server with QRESYNC that says these lines at SELECT."""

    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if command.startswith(b"ENABLE"):
            wire.say(enabled, tag + b" OK x")
        elif b"(QRESYNC (" in command:
            wire.say(b"* 3 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 4] x", *lines, tag + b" OK x")
        else:
            return False
        return True

    return obliging(answer, QUICK)


def resynced(*lines: bytes) -> Changes | None:
    with LineServer(quick(b"* OK [HIGHESTMODSEQ 20] x", *lines)) as server, closing(to(server)) as source:
        return source.select(INBOX, qresync=(7, 10)).changes


def test_everything_vanished_costs_a_pair_of_numbers() -> None:
    tracemalloc.start()
    try:
        changes = resynced(b"* VANISHED (EARLIER) 1:4294967295", b"* VANISHED (EARLIER) 5:4294967295")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert changes is not None
    assert changes.vanished == UidSet([(1, MAX_UID)])


def test_what_is_told_of_the_folder_left_behind_is_not_of_this_one() -> None:
    before = (b"* VANISHED (EARLIER) 1:9", b"* 2 FETCH (UID 2 FLAGS (\\Seen))", b"* OK [CLOSED] x")
    after = (b"* 3 EXISTS", b"* OK [UIDVALIDITY 7] x", b"* OK [HIGHESTMODSEQ 20] x", b"* VANISHED (EARLIER) 4")
    changes = resynced(*before, *after, b"* VANISHED 5", b"* 1 FETCH (FLAGS ())")
    assert changes is not None
    assert (changes.vanished, changes.told, changes.flags) == (UidSet.of([4]), UidSet(), ())


def test_more_flags_than_are_kept_are_said_to_be_untold() -> None:
    changes = resynced(*(b"* %d FETCH (UID %d FLAGS ())" % (n, n) for n in range(1, MAX_CHANGED + 2)))
    assert changes is not None
    assert (changes.told, changes.flags) == (UidSet([(1, MAX_CHANGED + 1)]), None)


@pytest.mark.parametrize(
    "lines",
    [
        [b"* OK [NOMODSEQ] x"],
        [b"* OK [HIGHESTMODSEQ 9] x"],
        [b"* OK [HIGHESTMODSEQ 20] x", b"* OK [UIDVALIDITY 8] x", b"* VANISHED (EARLIER) 1"],
        [b"* OK [HIGHESTMODSEQ 20] x", b"* VANISHED (EARLIER) " + b",".join(b"%d" % n for n in range(1, 600_000, 2))],
        [b"* OK [HIGHESTMODSEQ 20] x", *(b"* 1 FETCH (UID %d FLAGS ())" % n for n in range(1, 110_000, 2))],
    ],
)
def test_what_a_server_cannot_tell_or_tells_without_end_is_untold(lines: list[bytes]) -> None:
    with LineServer(quick(*lines)) as server, closing(to(server)) as source:
        assert source.select(INBOX, qresync=(7, 10)).changes is None
        source.noop()


def test_who_does_not_confirm_qresync_is_not_asked_by_it() -> None:
    with LineServer(quick(enabled=b"* ENABLED")) as server, closing(to(server)) as source:
        assert source.select(INBOX, qresync=(7, 10)).changes is None
        assert not source.capabilities.qresync
    assert server.commands[-2] == b'EXAMINE "INBOX" (CONDSTORE)'


@pytest.mark.parametrize(
    ("name", "raw"),
    [(b'"a b"', b"a b"), (b'"q\\"uo\\\\te"', b'q"uo\\te'), (b"{3}\r\na(b", b"a(b"), (b"inbox", b"inbox"), (b"x", b"x")],
)
def test_a_state_belongs_to_the_folder_that_it_names(name: bytes, raw: bytes) -> None:
    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if command.startswith(b"LIST"):
            wire.say(b'* LIST () "/" ' + name, b"* STATUS " + name + b" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 5)")
            wire.say(b'* LIST () "/" other', b"* STATUS elsewhere (MESSAGES 9)", tag + b" OK x")
        return command.startswith(b"LIST")

    with LineServer(obliging(answer, QUICK)) as server, closing(to(server)) as source:
        folders = {folder.raw: folder.status for folder in source.folders(status=True)}
    assert folders == {raw: FolderStatus(uidvalidity=5, uidnext=4, messages=3), b"other": None}
    assert b"STATUS (UIDVALIDITY UIDNEXT MESSAGES HIGHESTMODSEQ)" in server.commands[-2]


def test_without_uidvalidity_uids_mean_nothing() -> None:
    with (
        LineServer(obliging(saying(b"EXAMINE", b"* 3 EXISTS"))) as server,
        closing(to(server)) as source,
        pytest.raises(Unsupported),
    ):
        source.select(INBOX)


@pytest.mark.parametrize("condstore", [b"", b" CONDSTORE"])
def test_who_tells_no_uidnext_keeps_numbers_only_where_a_folder_is_opened_to_be_changed(condstore: bytes) -> None:
    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if not command.startswith((b"EXAMINE", b"SELECT")):
            return False
        read_only = b"[READ-ONLY]" if command.startswith(b"EXAMINE") else b"[READ-WRITE]"
        wire.say(b"* 3 EXISTS", b"* OK [UIDVALIDITY 7] x", tag + b" OK " + read_only)
        return True

    with LineServer(obliging(answer, b"IMAP4rev1" + condstore)) as server, closing(to(server)) as source:
        for _ in range(2):
            selected = source.select(INBOX)
            assert (selected.exists, selected.uidnext, selected.read_only) == (3, 0, True)
            with pytest.raises(Refused, match="read_only"):
                source.store_flags(UidSet.of([1]), add=["\\Seen"])
    heard = [command.split()[0] for command in server.commands]
    wanted = [b"EXAMINE", b"EXAMINE"] if condstore else [b"EXAMINE", b"SELECT", b"SELECT"]
    assert [word for word in heard if word in (b"EXAMINE", b"SELECT")] == wanted


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (b" NO [OVERQUOTA] full", Refused, "over_quota"),
        (b" NO [TRYCREATE] none", Refused, "no_folder"),
        (b" NO no", Refused, "no"),
        (b" BAD what", Refused, "bad"),
        (b" NO [UNAVAILABLE] later", Unavailable, "busy"),
    ],
)
def test_a_refused_request_by_remedy(
    opened: Callable[..., MailSource], answer: bytes, kind: type[ProviderError], code: str
) -> None:
    source = opened(saying(b"UID MOVE", then=answer), writable=True)
    with pytest.raises(kind) as caught:
        source.move(UidSet.of([1]), INBOX)
    assert caught.value.code == code
    source.noop()


def test_a_quota_said_of_what_adds_nothing_is_a_throttle(opened: Callable[..., MailSource]) -> None:
    source = opened(saying(b"UID SEARCH", then=b" NO [OVERQUOTA] Account exceeded command or bandwidth limits"))
    with pytest.raises(Unavailable, match="busy"):
        source.uids()


# ---------------------------------------------------------------- servers that can little
def test_moving_without_move_expunges_only_what_was_copied() -> None:
    with LineServer(obliging(capabilities=b"IMAP4rev1 UIDPLUS")) as server, closing(to(server)) as source:
        source.select(INBOX, writable=True)
        source.move(UidSet.of([3, 5]), INBOX)
    assert server.commands[-4:] == [
        b'UID COPY 3,5 "INBOX"',
        b"UID STORE 3,5 +FLAGS.SILENT (\\Deleted)",
        b"UID EXPUNGE 3,5",
        b"LOGOUT",
    ]


def test_without_uidplus_nothing_is_expunged() -> None:
    with LineServer(obliging(capabilities=b"IMAP4rev1")) as server, closing(to(server)) as source:
        source.select(INBOX, writable=True)
        source.move(UidSet.of([3]), INBOX)
        assert source.uids() == UidSet()
        with pytest.raises(Unsupported):
            source.flags(changed_since=4)
    assert not any(b"EXPUNGE" in command for command in server.commands)
    assert b"UID SEARCH ALL" in server.commands


def test_nothing_is_left_in_a_log(opened: Callable[..., MailSource], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    source = opened(saying(b"UID FETCH", b'* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] "From: planted")'))
    list(source.fetch(UidSet.of([1]), whole=False, limit=1 << 20))
    source.search_message_id("planted@x")
    assert not any(word in caplog.text for word in ("planted", "pass", "INBOX"))
