"""The watch: every stir is heard, a dead line is noticed, and one bad mailbox disturbs no other."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from providers.errors import AuthRefused, Garbled, Refused, Unavailable
from providers.imap.watch import ImapWatch
from providers.protocols import MailWatch, Server, Watching
from tests.support.dovecot import DovecotFactory
from tests.support.line_server import LineServer, Wire
from tests.support.scripted import ScriptedMailbox

WATCHES: tuple[type[MailWatch], ...] = (ImapWatch, ScriptedMailbox)  # the checker of types looks at them


@dataclass
class Ear:
    """What a watch's owner is told."""

    stirs: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    losses: "queue.SimpleQueue[BaseException]" = field(default_factory=queue.SimpleQueue)

    def stirred(self) -> None:
        self.stirs.put("stir")

    def wait_for_stir(self) -> None:
        self.stirs.get(timeout=30)

    def wait_for_loss(self) -> BaseException:
        return self.losses.get(timeout=30)


Hub = Callable[..., ImapWatch]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A maker of hubs that are stopped with the test."""
    made: list[ImapWatch] = []

    def make(*, renew: float = 60, poll: float = 60, patience: float = 5, quiet: float = 0) -> ImapWatch:
        made.append(ImapWatch(renew=renew, poll=poll, patience=patience, quiet=quiet))
        return made[-1]

    yield make
    for one in made:
        one.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "mail-watch"]


def watch(hub: ImapWatch, server: LineServer, ear: Ear) -> Watching:
    there = Server(host=server.host, port=server.port, tls="none")
    return hub.watch(there, "ana", "pass", "INBOX", on_stir=ear.stirred, on_lost=ear.losses.put)


def idle(wire: Wire) -> bytes:
    """Log in, take IDLE; gives its tag, unanswered."""
    wire.greet_and_log_in()
    return hear_idle(wire)


def hear_idle(wire: Wire) -> bytes:
    tag, _, word = wire.hear().partition(b" ")
    assert word == b"IDLE"
    return tag


# ---------------------------------------------------------------- the three ways in which events were hidden
def test_the_server_hangs_up(hub: Hub) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear)
        assert isinstance(problem := ear.wait_for_loss(), Unavailable)
        assert problem.code == "closed"


def test_half_a_line_and_then_the_rest(hub: Hub) -> None:
    cut = threading.Event()

    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        wire.say_raw(b"* 4 EXI")
        assert cut.wait(10)
        wire.say_raw(b"STS\r\n")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear)
        ear.wait_for_stir()  # the watch stands
        assert ear.stirs.empty()
        cut.set()
        ear.wait_for_stir()


@pytest.mark.parametrize("packet", [b"+ idling\r\n* 4 EXISTS\r\n", b"* 4 EXISTS\r\n+ idling\r\n"])
def test_an_event_in_the_same_packet(hub: Hub, packet: bytes) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        wire.say_raw(packet)
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear)
        ear.wait_for_stir()


def test_an_event_read_ahead_with_the_login(hub: Hub) -> None:
    """It sits in no socket: whoever waits for the socket to be readable waits for ever."""

    def script(wire: Wire) -> None:
        wire.say(b"* OK ready")
        while True:
            tag, command, _ = wire.hear_command()
            if command.startswith(b"CAPABILITY"):
                wire.say(b"* CAPABILITY IMAP4rev1 IDLE")
            if command.startswith(b"EXAMINE"):
                wire.say(b"* OK [UIDVALIDITY 7] x", b"* OK [UIDNEXT 6] x", tag + b" OK done", b"* 5 EXISTS")
                hear_idle(wire)
                wire.wait_for_close()
            wire.say(tag + b" OK done")

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear)
        ear.wait_for_stir()


# ---------------------------------------------------------------- what a watch does
def test_each_new_event_is_told_and_chatter_is_not(hub: Hub) -> None:
    more = threading.Semaphore(0)

    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        for line in (b"* 4 EXISTS", b"* 2 EXPUNGE", b"* 1 FETCH (FLAGS (\\Seen))", b"* VANISHED 7", b"* 5 EXISTS"):
            assert more.acquire(timeout=10)
            wire.say(b"* OK Still here", b"* 0 RECENT", line)
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear)
        for _ in range(5):
            ear.wait_for_stir()
            assert ear.stirs.empty()
            more.release()
        ear.wait_for_stir()


def test_a_flood_of_events_is_told_a_few_times(hub: Hub) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        for n in range(500):
            wire.say(b"* %d EXISTS" % n)
        wire.say(b"* BYE done")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(quiet=30), server, ear)
        ear.wait_for_loss()
        assert ear.stirs.qsize() == 1


def test_a_stir_in_the_quiet_time_is_told_after_it(hub: Hub) -> None:
    begun = threading.Event()

    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        assert begun.wait(10)
        wire.say(b"* 4 EXISTS")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(quiet=0.2), server, ear)
        ear.wait_for_stir()
        begun.set()
        ear.wait_for_stir()


def test_idle_is_renewed_and_nothing_is_missed_meanwhile(hub: Hub) -> None:
    def script(wire: Wire) -> None:
        tag = idle(wire)
        wire.say(b"+ idling")
        for n in range(3):
            assert wire.hear() == b"DONE"
            wire.say(b"* %d EXISTS" % n, tag + b" OK done")
            tag = hear_idle(wire)
            wire.say(b"+ idling")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(renew=0.02), server, ear)
        for _ in range(4):
            ear.wait_for_stir()


@pytest.mark.parametrize("answers_idle", [b"", b"+ idling"])
def test_a_server_that_says_nothing_more(hub: Hub, answers_idle: bytes) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        if answers_idle:
            wire.say(answers_idle)
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(renew=0.05, patience=0.3), server, ear)
        assert isinstance(problem := ear.wait_for_loss(), Unavailable)
        assert problem.code == "timeout"


@pytest.mark.parametrize("capabilities", [b"IMAP4rev1", b"IMAP4rev1 IDLE"])
def test_without_idle_the_server_is_asked(hub: Hub, capabilities: bytes) -> None:
    """Where there is none, and where it is announced and refused."""

    def script(wire: Wire) -> None:
        wire.greet_and_log_in(capabilities)
        asked = 0
        while True:
            tag, command, _ = wire.hear_command()
            if command == b"IDLE":
                wire.say(tag + b" BAD what")
                continue
            assert command == b"NOOP"
            asked += 1
            wire.say(*([b"* 9 EXISTS"] if asked == 3 else []), tag + b" OK done")

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(poll=0.02), server, ear)
        ear.wait_for_stir()
        ear.wait_for_stir()
    assert server.commands.count(b"NOOP") >= 3
    assert b"EXAMINE" in server.heard
    assert b"SELECT" not in server.heard


def test_an_idle_that_ends_by_itself_does_not_spin(hub: Hub) -> None:
    begun = threading.Event()

    def script(wire: Wire) -> None:
        tag = idle(wire)
        wire.say(b"+ idling", tag + b" OK ended")
        begun.set()
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        one = hub()
        watch(one, server, ear)
        ear.wait_for_stir()
        assert begun.wait(10)
        one.stop()
    assert server.heard.count(b"IDLE") == 1


# ---------------------------------------------------------------- how it ends
@pytest.mark.parametrize(
    ("last", "kind", "code"),
    [
        (b"* BYE shutting down\r\n", Unavailable, "bye"),
        (b"x" * 100_000, Garbled, "limit"),
        (b"* 1 FETCH (BODY[] {999999999}\r\n", Garbled, "literal"),
    ],
)
def test_an_end_by_remedy(hub: Hub, last: bytes, kind: type[Exception], code: str) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        wire.say_raw(last)
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear)
        problem = ear.wait_for_loss()
    assert isinstance(problem, kind)
    assert getattr(problem, "code", "") == code


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        (b"AUTHENTICATE", b" NO [AUTHENTICATIONFAILED] no", AuthRefused),
        (b"AUTHENTICATE", b" NO [UNAVAILABLE] later", Unavailable),
        (b"EXAMINE", b" NO [NONEXISTENT] none", Refused),
    ],
)
def test_a_refusal_by_remedy(hub: Hub, command: bytes, answer: bytes, kind: type[Exception]) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"* OK ready")
        while True:
            tag, heard, _ = wire.hear_command()
            if heard.startswith(b"CAPABILITY"):
                wire.say(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR IDLE")
            wire.say(tag + (answer if heard.startswith(command) else b" OK done"))

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear)
        assert isinstance(ear.wait_for_loss(), kind)
        assert ear.stirs.empty()


def test_nothing_is_told_after_cancelling(hub: Hub) -> None:
    go, gone = threading.Event(), threading.Event()

    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        assert go.wait(10)
        try:
            wire.say(b"* 4 EXISTS")
            wire.wait_for_close()
        finally:
            gone.set()

    with LineServer(script) as server:
        ear = Ear()
        watching = watch(hub(), server, ear)
        ear.wait_for_stir()
        watching.cancel()
        watching.cancel()
        go.set()
        assert gone.wait(10)
    assert ear.stirs.empty()
    assert ear.losses.empty()
    assert b"LOGOUT" in server.heard


def test_cancelling_before_the_login_is_done(hub: Hub) -> None:
    go, gone = threading.Event(), threading.Event()

    def script(wire: Wire) -> None:
        assert go.wait(10)
        try:
            wire.greet_and_log_in()
            wire.wait_for_close()
        finally:
            gone.set()

    with LineServer(script) as server:
        ear = Ear()
        watch(hub(), server, ear).cancel()
        go.set()
        assert gone.wait(10)
    assert ear.stirs.empty()
    assert ear.losses.empty()


def test_one_bad_mailbox_disturbs_no_other(hub: Hub) -> None:
    """A flood, a callback that fails, and a good one beside them on the same thread."""
    flooding, standing, done = threading.Event(), threading.Event(), threading.Event()

    def flood(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        while not done.is_set():
            wire.say_raw(b"* 1 EXISTS\r\n" * 1000)
            flooding.set()

    def good(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        assert standing.wait(10)
        wire.say(b"* 7 EXISTS")
        wire.wait_for_close()

    def fails() -> None:
        raise RuntimeError

    with LineServer(flood) as flooding_server, LineServer(flood) as failing_server, LineServer(good) as good_server:
        one, ear = hub(quiet=0.01), Ear()
        there = Server(host=failing_server.host, port=failing_server.port, tls="none")
        one.watch(there, "ana", "pass", "INBOX", on_stir=fails, on_lost=lambda _: fails())
        watch(one, flooding_server, Ear())
        assert flooding.wait(10)
        watch(one, good_server, ear)
        ear.wait_for_stir()
        standing.set()
        ear.wait_for_stir()
        done.set()


def test_a_stopped_hub_takes_no_more(hub: Hub) -> None:
    one = hub()
    one.stop()
    one.stop()
    with pytest.raises(Unavailable):
        one.watch(Server(host="127.0.0.1", port=1, tls="none"), "a", "b", "INBOX", on_stir=Ear().stirred, on_lost=print)


# ---------------------------------------------------------------- a real server, over TLS
@pytest.mark.dovecot
def test_many_mailboxes_over_tls(hub: Hub, dovecot: DovecotFactory) -> None:
    server = dovecot(users=20)
    there = Server(host="localhost", port=server.tls_port, authority=Path(server.cafile).read_text())
    one = hub(renew=0.2)
    ears = {user: Ear() for user in server.users}
    for user, ear in ears.items():
        one.watch(there, user, server.password, "INBOX", on_stir=ear.stirred, on_lost=ear.losses.put)
    for ear in ears.values():
        ear.wait_for_stir()
    for user in ears:
        server.deliver(user, b"Subject: new\n\nmail\n")
    for ear in ears.values():
        ear.wait_for_stir()
        assert ear.losses.empty()
    server.stop()
    assert all(isinstance(ear.wait_for_loss(), Unavailable) for ear in ears.values())


# ---------------------------------------------------------------- a glance at what came
def listing(wire: Wire, uids: bytes, *before: bytes) -> None:
    """DONE is heard, and all UIDs are asked for."""
    assert wire.hear() == b"DONE"
    wire.say(b"W1 OK done")
    tag, _, asked = wire.hear().partition(b" ")
    assert asked.startswith(b"UID SEARCH")
    wire.say(*before, b"* SEARCH " + uids, tag + b" OK found")


def test_what_came_is_looked_at_where_it_was_heard_of(hub: Hub) -> None:
    looked = threading.Event()

    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        assert looked.wait(30)
        looked.clear()
        wire.say(b"* 2 EXISTS", b"* 1 RECENT")
        listing(wire, b"3 7")
        assert looked.wait(30)
        hear_idle(wire)
        wire.say(b"+ idling", b"* 3 EXISTS")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        one = watch(hub(), server, ear)
        ear.wait_for_stir()
        assert one.glance() is None  # mail may have come before the watch began
        looked.set()
        ear.wait_for_stir()
        glance = one.glance()
        assert glance is not None
        assert (str(glance.uids), glance.selected.uidnext, glance.selected.exists) == ("3,7", 8, 2)
        one.give_back()
        looked.set()
        ear.wait_for_stir()  # for the third mail; going on with IDLE alone tells nothing
        assert ear.stirs.empty()
        assert ear.losses.empty()


@pytest.mark.parametrize("event", [b"* 1 FETCH (FLAGS (\\Seen))", b"* 1 EXPUNGE", b"* VANISHED 3"])
def test_other_news_than_arrivals_is_no_matter_of_a_glance(hub: Hub, event: bytes) -> None:
    begun = threading.Event()

    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        assert begun.wait(30)
        wire.say(event, b"* 2 EXISTS")
        listing(wire, b"3 7")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        one = watch(hub(), server, ear)
        ear.wait_for_stir()
        one.glance()
        begun.set()
        ear.wait_for_stir()
        assert one.glance() is None
        assert one.glance() is not None  # what was heard before was for the look that came instead
        one.give_back()


def test_mail_that_comes_during_a_glance_stirs_after_it(hub: Hub) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        listing(wire, b"3 7", b"* 3 EXISTS")
        hear_idle(wire)
        wire.say(b"+ idling")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        one = watch(hub(), server, ear)
        ear.wait_for_stir()
        assert one.glance() is None
        assert one.glance() is not None
        one.give_back()
        ear.wait_for_stir()


def test_a_refused_glance_watches_on_and_a_broken_one_is_lost(hub: Hub) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        assert wire.hear() == b"DONE"
        wire.say(b"W1 OK done")
        wire.say(wire.hear().partition(b" ")[0] + b" NO not now")
        hear_idle(wire)
        wire.say(b"+ idling", b"* 1 EXISTS")
        assert wire.hear() == b"DONE"
        wire.say(b"W1 OK done")
        wire.hear()
        wire.say(b"* BYE")

    with LineServer(script) as server:
        ear = Ear()
        one = watch(hub(), server, ear)
        ear.wait_for_stir()
        assert one.glance() is None
        assert one.glance() is None  # refused
        ear.wait_for_stir()
        assert one.glance() is None  # broken
        assert isinstance(ear.wait_for_loss(), Unavailable)


def test_a_cancelled_watch_lends_nothing_and_takes_nothing_back(hub: Hub) -> None:
    def script(wire: Wire) -> None:
        idle(wire)
        wire.say(b"+ idling")
        listing(wire, b"3")
        wire.wait_for_close()

    with LineServer(script) as server:
        ear = Ear()
        one = watch(hub(), server, ear)
        ear.wait_for_stir()
        one.glance()
        assert one.glance() is not None
        one.cancel()
        one.give_back()
        assert one.glance() is None
        assert ear.losses.empty()


@pytest.mark.dovecot
def test_a_glance_at_a_real_server_over_tls(hub: Hub, dovecot: DovecotFactory) -> None:
    server = dovecot()
    there = Server(host="localhost", port=server.tls_port, authority=Path(server.cafile).read_text())
    ear = Ear()
    one = hub().watch(there, "user1", server.password, "INBOX", on_stir=ear.stirred, on_lost=ear.losses.put)
    ear.wait_for_stir()
    one.glance()
    for number in range(1, 4):
        server.deliver("user1", b"Subject: new\n\nmail %d\n" % number)
        ear.wait_for_stir()
        glance = one.glance()
        assert glance is not None
        newest = glance.uids.newest(1)
        assert (len(glance.uids), glance.selected.uidnext) == (number, newest.ranges[-1][1] + 1)
        copy = next(iter(glance.source.fetch(newest, whole=True, limit=1 << 20)))
        assert copy.raw.endswith(b"mail %d\r\n" % number)
        one.give_back()
    assert ear.losses.empty()
