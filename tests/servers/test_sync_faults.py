"""A mailbox on a server that breaks off, lies or refuses: the rest goes on, and in the end everything is there once."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from actors.mailbox.line import Rest
from actors.messages import Classify, DeclareFolders, Deposit, MailboxTold, OpenPass
from providers.protocols import Server
from providers.rehearsal import BARE, CAPABILITIES, At, Do, Fault, Rehearsal
from store.model.mailbox import SyncState
from store.model.uidset import UidSet
from tests.office.test_mailbox import mail
from tests.support.breaking import Breaking, Way
from tests.support.wired import LOGIN, Make, office_maker

COUNT = 300
EVERYTHING = set(range(1, COUNT + 1))


@pytest.fixture
def office() -> Iterator[Make]:
    with ExitStack() as stack:
        yield office_maker(stack)


BREAKS = {
    "hangs up mid-literal": Fault(at=At.LITERAL, do=Do.HANG_UP, nth=90, after=20),
    "stalls mid-literal": Fault(at=At.LITERAL, do=Do.STALL, nth=200, after=20),
    "says a literal's length wrong": Fault(
        at=At.LITERAL, do=Do.SAY, nth=60, after=20, text=b"more than was said\r\n" * 3
    ),
    "hangs up in a later fetch": Fault(at=At.COMMAND, do=Do.HANG_UP, command="UID FETCH", nth=3),
    "says goodbye in a fetch": Fault(at=At.COMMAND, do=Do.BYE, command="UID FETCH", nth=2, text=b"Shutting down"),
    "hangs up after a fetch, before its tag": Fault(at=At.ANSWERED, do=Do.HANG_UP, command="UID FETCH", nth=2),
    "is busy": Fault(at=At.COMMAND, do=Do.NO, command="UID FETCH", nth=2, text=b"[UNAVAILABLE] Later"),
    "throttles fetches": Fault(
        at=At.COMMAND, do=Do.NO, command="UID FETCH", nth=2, times=3, text=b"[OVERQUOTA] Bandwidth"
    ),
    "throttles the opening": Fault(at=At.COMMAND, do=Do.NO, command="EXAMINE", text=b"[LIMIT] Slow down"),
    "throttles the list": Fault(at=At.COMMAND, do=Do.NO, command="LIST", text=b"[OVERQUOTA] Too many commands"),
    "throttles by a goodbye": Fault(at=At.ANSWERED, do=Do.BYE, command="UID FETCH", nth=2, text=b"[OVERQUOTA] Enough"),
    "answers goodbye with a tag": Fault(
        at=At.COMMAND, do=Do.SAY, command="UID FETCH", text=b"{tag} BYE [LIMIT] Go\r\n"
    ),
    "hangs up at the list": Fault(at=At.COMMAND, do=Do.HANG_UP, command="LIST"),
    "hangs up at the opening": Fault(at=At.ANSWERED, do=Do.HANG_UP, command="EXAMINE"),
    "talks nonsense at the opening": Fault(at=At.COMMAND, do=Do.SAY, command="EXAMINE", text=b"* \xff\x00 what\r\n"),
    "takes QRESYNC back": Fault(at=At.COMMAND, do=Do.BAD, command="ENABLE", text=b"What?"),
}


@pytest.mark.parametrize("capabilities", [CAPABILITIES, BARE], ids=["all extensions", "none"])
@pytest.mark.parametrize("name", BREAKS)
def test_a_line_that_breaks_costs_no_mail(office: Make, name: str, capabilities: frozenset[str]) -> None:
    one = office(capabilities, count=COUNT, faults=[BREAKS[name]], patience=0.3 if BREAKS[name].do is Do.STALL else 10)
    fits = BREAKS[name].command != "ENABLE" or "ENABLE" in capabilities
    one.mended()
    assert set(one.server.fired) == ({BREAKS[name]} if fits else set())
    assert one.desk.rows["INBOX"].whole == EVERYTHING
    assert one.desk.rows["Sent"].whole == {1}
    inbox = one.desk.rows["INBOX"].key
    copies = [message for message in one.desk.heard if isinstance(message, Classify) and message.origin.folder == inbox]
    assert all(copy.raw == mail(copy.uid) for message in copies for copy in message.copies)
    assert not one.desk.rows["INBOX"].pending
    assert not one.desk.rows["INBOX"].failed


@pytest.mark.parametrize("way", ["cut", "garble", "end", "hold"])
@pytest.mark.parametrize("after", [8_000, 60_000])
def test_a_tls_line_that_dies_costs_no_mail(office: Make, way: Way, after: int) -> None:
    """Amid a record, at the list or amid the copies: what has not come is fetched on another line."""
    with ExitStack() as stack:
        relays: list[Breaking] = []

        def through(server: Rehearsal) -> Server:
            relays.append(stack.enter_context(Breaking(server.tls_port, way, after=after)))
            return Server(host="localhost", port=relays[0].port, authority=Path(server.cafile).read_text())

        one = office(count=COUNT, patience=0.5 if way == "hold" else 10, through=through)
        one.mended()
        assert relays[0].broken.is_set()
        one.stop()
    inbox = one.desk.rows["INBOX"]
    assert (inbox.whole, inbox.failed, bool(inbox.pending)) == (EVERYTHING, {}, False)
    codes = {told.progress.error_code for told in one.desk.heard if isinstance(told, MailboxTold)} - {None}
    assert len(codes) == 1, "one cause is said, and taken back"
    assert [told for told in one.desk.heard if isinstance(told, MailboxTold)][-1].progress.state is SyncState.SYNCED


def test_the_rest_after_a_failure_grows_and_differs() -> None:
    """Up to a minute, so that its return is seen; two mailboxes of one server do not come back in one moment."""

    def rests(jitter: float) -> list[float]:
        rest, now, found = Rest(), 0.0, []
        for _ in range(9):
            rest.failed(now, jitter)
            seconds = next(tenth / 10 for tenth in range(10_000) if not rest.resting(now + tenth / 10))
            found.append(seconds)
            now += seconds
        return found

    early, late = rests(0.0), rests(0.999)
    assert early == sorted(early)
    assert (early[0], early[3] / early[0], early[-1]) == (0.5, 8, 30)
    assert all(one < other <= 60 for one, other in zip(early, late, strict=True))


def test_a_broken_second_look_learns_the_same_as_a_whole_one(office: Make) -> None:
    one = office(count=COUNT)
    one.sync()
    one.server.plan(Fault(at=At.ANSWERED, do=Do.HANG_UP, command="EXAMINE", times=2))
    one.server.expunge(LOGIN, "INBOX", [5, 6, 7, 200])
    one.server.flag(LOGIN, "INBOX", 9, ["\\Flagged"])
    one.server.deliver(LOGIN, mail(1000))
    one.mended()
    inbox = one.desk.rows["INBOX"]
    assert inbox.whole == (EVERYTHING | {COUNT + 1}) - {5, 6, 7, 200}
    assert (inbox.gone, inbox.flags[9]) == ({5, 6, 7, 200}, ("\\Flagged",))


@pytest.mark.parametrize("lie", [{"exists": 4294967295}, {"exists": 0}, {"uidnext": 4294967295}, {"uidnext": 1}])
def test_a_server_that_lies_about_its_numbers_costs_questions_and_no_mail(office: Make, lie: dict[str, int]) -> None:
    one = office()
    one.sync()
    one.server.plan(Fault(at=At.COMMAND, do=Do.LIE, command="EXAMINE", times=0, **lie))  # type: ignore[arg-type]
    uid = one.server.deliver(LOGIN, mail(70))
    one.server.expunge(LOGIN, "INBOX", [3])
    one.mended()
    inbox = one.desk.rows["INBOX"]
    assert (inbox.whole, inbox.gone) == ((set(range(1, 41)) | {uid}) - {3}, {3})
    one.server.plan()
    one.start()
    one.sync()
    assert inbox.whole == (set(range(1, 41)) | {uid}) - {3}


ALL = b'* ESEARCH (TAG "{tag}") UID ALL 1:4294967295\r\n', b"* SEARCH 4294967295\r\n"


@pytest.mark.parametrize("exists", [None, 4294967295])
@pytest.mark.parametrize("capabilities", [CAPABILITIES, BARE], ids=["all extensions", "none"])
def test_uids_that_are_only_claimed_keep_no_mail_from_coming(
    office: Make, capabilities: frozenset[str], exists: int | None
) -> None:
    """Thousands of millions of them, above all that there is."""
    said = ALL["ESEARCH" not in capabilities]
    lies = [
        Fault(at=At.COMMAND, do=Do.SAY, command="UID SEARCH", times=0, text=said),
        Fault(at=At.COMMAND, do=Do.LIE, command="EXAMINE", times=0, exists=exists),
    ]
    one = office(capabilities, faults=lies)
    before = psutil.Process().memory_info().rss
    one.sync()
    inbox = one.desk.rows["INBOX"]
    assert inbox.whole == set(range(1, 41))
    assert not inbox.pending
    assert set(inbox.failed) <= {4294967295}
    assert psutil.Process().memory_info().rss - before < 32 << 20
    assert len(one.server.commands("FETCH")) < 30
    one.server.deliver(LOGIN, mail(99))
    one.mended()
    assert inbox.whole == set(range(1, 42))


def test_mail_that_goes_between_the_search_and_the_fetch_is_gone_and_no_failure(office: Make) -> None:
    one = office()

    def at_the_opening(message: object) -> bool:
        if isinstance(message, Deposit) and message.pending and 20 in one_row():
            one.server.expunge(LOGIN, "INBOX", [20, 30])
        return False

    def one_row() -> UidSet:
        return UidSet.of(message.uid for message in one.server.messages(LOGIN))

    one.desk.silent = at_the_opening
    one.sync()
    inbox = one.desk.rows["INBOX"]
    assert inbox.whole == set(range(1, 41)) - {20, 30}
    assert (inbox.gone, inbox.failed) == ({20, 30}, {})


@pytest.mark.parametrize("at", [DeclareFolders, OpenPass, Deposit, Classify])
def test_another_uidvalidity_between_two_commands_ends_in_the_new_copies(office: Make, at: type) -> None:
    one = office()
    one.server.expunge(LOGIN, "INBOX", range(1, 11))
    renewed = False

    def once(message: object) -> bool:
        nonlocal renewed
        if isinstance(message, at) and not renewed:
            renewed = True
            one.server.renew_uidvalidity(LOGIN)
        return False

    one.desk.silent = once
    one.mended()
    one.mended()
    assert renewed
    assert one.desk.rows["INBOX"].whole == set(range(1, 31))
    assert one.desk.rows["INBOX"].uidvalidity == one.server.change(
        lambda post: post.mailbox(LOGIN).folder("INBOX").uidvalidity
    )


def test_slow_bytes_are_waited_for(office: Make) -> None:
    one = office(count=10, faults=[Fault(at=At.COMMAND, do=Do.SLOW, command="UID FETCH", size=400, pause=0.001)])
    one.sync()
    assert one.desk.rows["INBOX"].whole == set(range(1, 11))


def test_a_copy_that_the_server_always_refuses_fails_alone_and_the_others_come(office: Make) -> None:
    refuse = Fault(at=At.COMMAND, do=Do.NO, command="UID FETCH", times=0, nth=1, text=b"Broken")
    one = office(count=3, faults=[refuse])
    one.sync()
    inbox = one.desk.rows["INBOX"]
    assert set(inbox.failed) == {1, 2, 3}
    assert set(inbox.failed.values()) == {"server_refused"}
    one.server.plan()
    one.sync()
    assert inbox.whole == {1, 2, 3}


def test_the_person_hears_of_a_lost_line_and_of_its_return(office: Make) -> None:
    one = office(faults=[Fault(at=At.COMMAND, do=Do.HANG_UP, command="UID FETCH")])
    one.mended()
    states = [told.progress.state for told in one.desk.heard if isinstance(told, MailboxTold)]
    assert SyncState.OFFLINE in states
    assert states[-1] is SyncState.SYNCED
