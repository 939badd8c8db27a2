"""What every MailSource does: a private Dovecot, Cyrus and Courier, the rehearsal server, and the scripted mailbox."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from providers.errors import Refused, Unavailable, Unsupported
from providers.imap.session import connect
from providers.protocols import Fetched, ListedFolder, MailSource, Server
from providers.rehearsal import Account, Rehearsal
from store.model.uidset import MAX_UID, UidSet
from tests.support.courier import Courier, CourierFactory
from tests.support.cyrus import Cyrus, CyrusFactory
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.scripted import ScriptedMailbox

LETTERS = {"\\Seen": "S", "\\Flagged": "F"}


@dataclass
class Ground:
    """A mailbox of the test's own: a door to it, and a way to put mail there behind the door's back."""

    connect: Callable[[], MailSource]
    deliver: Callable[[str, bytes, Sequence[str]], object]
    top: str = ""  # what a folder's name begins with

    def __post_init__(self) -> None:
        self._opened = ExitStack()

    def open(self) -> MailSource:
        source = self.connect()
        self._opened.callback(source.close)
        return source

    def close(self) -> None:
        self._opened.close()

    def with_mail(self, *raws: bytes, flags: Sequence[str] = ()) -> MailSource:
        for raw in raws:
            self.deliver("INBOX", raw, flags)
        source = self.open()
        source.select(folder(source, "INBOX"))
        return source


@pytest.fixture(scope="module")
def dovecot_users(dovecot: DovecotFactory) -> Iterator[tuple[Dovecot, str]]:
    server = dovecot(users=60)
    return ((server, user) for user in server.users)


@pytest.fixture(scope="module")
def cyrus_users(cyrus: CyrusFactory) -> Iterator[tuple[Cyrus, str]]:
    server = cyrus()
    return ((server, f"user{number}") for number in itertools.count(1))


@pytest.fixture(scope="module")
def courier_users(courier: CourierFactory) -> Iterator[tuple[Courier, str]]:
    server = courier()
    return ((server, f"user{number}") for number in itertools.count(1))


KINDS = [
    "scripted",
    "rehearsal",
    pytest.param("dovecot", marks=pytest.mark.dovecot),
    pytest.param("cyrus", marks=pytest.mark.cyrus),
    pytest.param("courier", marks=[pytest.mark.courier, pytest.mark.long]),
]


@pytest.fixture(params=KINDS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    kinds = {"scripted": _scripted, "rehearsal": _rehearsal, "dovecot": _dovecot, "cyrus": _cyrus, "courier": _courier}
    with ExitStack() as stack:
        made = kinds[request.param](request, stack)
        stack.callback(made.close)
        yield made


def _scripted(_request: pytest.FixtureRequest, _stack: ExitStack) -> Ground:
    mailbox = ScriptedMailbox()
    server = Server(host="localhost", port=993)
    return Ground(
        connect=lambda: mailbox.connect(server, "ana", "pass"),
        deliver=lambda where, raw, flags: mailbox.deliver(where, raw, flags=flags),
    )


def _rehearsal(_request: pytest.FixtureRequest, stack: ExitStack) -> Ground:
    rehearsal = stack.enter_context(Rehearsal([Account(login="ana", password="pass")]))
    server = Server(host=rehearsal.host, port=rehearsal.tls_port, authority=Path(rehearsal.cafile).read_text())
    return Ground(
        connect=lambda: connect(server, "ana", "pass", timeout=10),
        deliver=lambda where, raw, flags: rehearsal.deliver("ana", raw, where, flags),
    )


def _dovecot(request: pytest.FixtureRequest, _stack: ExitStack) -> Ground:
    dovecot, user = next(request.getfixturevalue("dovecot_users"))
    server = Server(host="localhost", port=dovecot.tls_port, authority=Path(dovecot.cafile).read_text())

    def deliver(where: str, raw: bytes, flags: Sequence[str]) -> object:
        return dovecot.deliver(user, raw, where, flags="".join(LETTERS[flag] for flag in flags))

    return Ground(connect=lambda: connect(server, user, "pass", timeout=10), deliver=deliver)


def _cyrus(request: pytest.FixtureRequest, _stack: ExitStack) -> Ground:
    cyrus, user = next(request.getfixturevalue("cyrus_users"))
    server = Server(host="localhost", port=cyrus.tls_port, authority=Path(cyrus.cafile).read_text())
    return Ground(
        connect=lambda: connect(server, user, "pass", timeout=10),
        deliver=lambda where, raw, flags: cyrus.deliver(user, raw, where, flags=" ".join(flags)),
    )


def _courier(request: pytest.FixtureRequest, _stack: ExitStack) -> Ground:
    courier, user = next(request.getfixturevalue("courier_users"))
    server = Server(host="localhost", port=courier.tls_port, authority=Path(courier.cafile).read_text())
    return Ground(
        connect=lambda: connect(server, user, "pass", timeout=10),
        deliver=lambda where, raw, flags: courier.deliver(user, raw, where, flags=" ".join(flags)),
        top="INBOX.",
    )


def mail(n: int, *, body: str = "Hello") -> bytes:
    text = (
        f"Message-ID: <m{n}@firm.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\nFrom: ana@firm.example\r\n"
        f"To: bo@client.example\r\nSubject: Letter {n}\r\n folded\r\nX-Private: not asked for\r\n\r\n{body} {n}\r\n"
    )
    return text.encode()


def folder(source: MailSource, name: str) -> ListedFolder:
    return next(one for one in source.folders() if name in (one.name, one.special_use, one.name.rpartition(".")[2]))


def test_folders_and_what_they_are_for(ground: Ground) -> None:
    found = ground.open().folders()
    assert (found[0].name, found[0].special_use) == ("INBOX", "inbox")
    assert {one.special_use for one in found} >= {"inbox", "sent", "drafts", "junk", "trash", "archive"}
    assert all(one.selectable for one in found)


def test_select_status_and_uids_agree(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2), mail(3))
    inbox = folder(source, "INBOX")
    selected, status = source.select(inbox), source.status(folder(source, "sent"))
    assert selected.exists == len(source.uids()) == 3
    assert selected.uidvalidity > 0
    assert selected.uidnext == 0 or selected.uidnext > max(source.uids())  # zero: not told
    assert source.status(inbox).uidnext > max(source.uids())
    assert selected.read_only
    assert (selected.highestmodseq > 0) == source.capabilities.condstore
    assert (status.messages, status.uidvalidity > 0) == (0, True)
    assert not source.select(inbox, writable=True).read_only


def test_an_empty_folder(ground: Ground) -> None:
    source = ground.with_mail()
    assert source.uids() == UidSet()
    assert list(source.flags()) == []
    assert list(source.fetch(UidSet([(1, MAX_UID)]), whole=True, limit=1 << 20)) == []


def test_header_fields_only(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2), flags=["\\Flagged"])
    found = {one.uid: one for one in source.fetch(source.uids(), whole=False, limit=1 << 20)}
    assert set(found) == set(source.uids())
    for n, uid in enumerate(sorted(found), start=1):
        raw = found[uid].raw
        assert b"Message-ID: <m%d@firm.example>\r\n" % n in raw
        assert b"Subject: Letter %d\r\n folded\r\n" % n in raw
        assert raw.endswith(b"\r\n\r\n")
        assert b"X-Private" not in raw
        assert b"Hello" not in raw
        assert not found[uid].whole
        assert found[uid].size == len(mail(n))
        assert found[uid].flags == ("\\Flagged",)
        assert found[uid].internaldate > 1_000_000_000


def test_whole_copies_come_byte_for_byte(ground: Ground) -> None:
    sent = [mail(n, body="x" * n * 1000) for n in range(1, 6)]
    source = ground.with_mail(*sent)
    found = {one.uid: one for one in source.fetch(source.uids(), whole=True, limit=1 << 20)}
    assert [found[uid].raw for uid in sorted(found)] == sent
    assert all(one.whole and one.size == len(one.raw) for one in found.values())


def test_a_large_copy_comes_in_parts_and_whole(ground: Ground) -> None:
    large = mail(1, body="\r\n".join(f"line {n}" for n in range(40_000)))
    source = ground.with_mail(large, mail(2))
    found = {one.uid: one.raw for one in source.fetch(source.uids(), whole=True, limit=100_000)}
    assert [found[uid] for uid in sorted(found)] == [large, mail(2)]


def test_looking_never_marks_as_read(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2, body="y" * 90_000))
    source.select(folder(source, "INBOX"), writable=True)
    for whole, limit in itertools.product((False, True), (70_000, 1 << 20)):
        assert len(list(source.fetch(source.uids(), whole=whole, limit=limit))) == 2
    assert source.search_message_id("m1@firm.example")
    again = ground.open()
    again.select(folder(again, "INBOX"))
    assert [one.flags for chunk in again.flags() for one in chunk] == [(), ()]


def test_only_uids_asked_for(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2), mail(3))
    _, second, _ = source.uids()
    assert [one.uid for one in source.fetch(UidSet.of([second]), whole=True, limit=1 << 20)] == [second]
    above = UidSet([(MAX_UID - 5, MAX_UID)])
    assert list(source.fetch(above, whole=False, limit=1 << 20)) == []
    assert list(source.flags(above)) == []


def test_flags_are_stored_and_told(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2))
    source.select(folder(source, "INBOX"), writable=True)
    first, second = source.uids()
    (told,) = source.store_flags(UidSet.of([first]), add=["\\Flagged", "\\Seen"])
    assert set(told.flags) == {"\\Flagged", "\\Seen"}
    (told,) = source.store_flags(UidSet.of([first]), add=["\\Answered"], remove=["\\Seen"])
    assert set(told.flags) == {"\\Flagged", "\\Answered"}
    flags = {one.uid: set(one.flags) for chunk in source.flags() for one in chunk}
    assert flags == {first: {"\\Flagged", "\\Answered"}, second: set()}


def test_only_changed_flags(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2))
    selected = source.select(folder(source, "INBOX"), writable=True)
    first, _ = source.uids()
    if not source.capabilities.condstore:
        with pytest.raises(Unsupported, match="condstore"):
            source.flags(changed_since=1)
        return
    source.store_flags(UidSet.of([first]), add=["\\Seen"])
    changed = [one for chunk in source.flags(changed_since=selected.highestmodseq) for one in chunk]
    assert [(one.uid, one.flags) for one in changed] == [(first, ("\\Seen",))]
    assert changed[0].modseq > selected.highestmodseq


def test_what_happened_since_is_told_at_the_opening(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2), mail(3), mail(4))
    inbox = folder(source, "INBOX")
    before = source.select(inbox, writable=True)
    assert before.changes is None
    known = (before.uidvalidity, before.highestmodseq)
    nothing = source.select(inbox, qresync=known).changes
    if not source.capabilities.qresync:
        assert nothing is None
        return
    assert nothing is not None
    assert (nothing.since, nothing.vanished, nothing.told, nothing.flags) == (known[1], UidSet(), UidSet(), ())
    source.select(inbox, writable=True)
    first, second, _, fourth = source.uids()
    source.store_flags(UidSet.of([first]), add=["\\Seen"])
    source.move(UidSet.of([second, fourth]), folder(source, "archive"))
    ground.deliver("INBOX", mail(5), [])
    selected = ground.open().select(inbox, qresync=known)
    changes = selected.changes
    assert changes is not None
    (new,) = changes.told - UidSet.of([first])
    assert (changes.vanished, set(changes.told)) == (UidSet.of([second, fourth]), {first, new})
    assert new > fourth
    assert {one.uid: one.flags for one in changes.flags or ()} == {first: ("\\Seen",), new: ()}
    assert (selected.exists, selected.highestmodseq > known[1]) == (3, True)


def test_under_another_uidvalidity_or_from_the_future_nothing_is_told(ground: Ground) -> None:
    source = ground.with_mail(mail(1))
    inbox = folder(source, "INBOX")
    now = source.select(inbox)
    for known in (
        (now.uidvalidity + 1, now.highestmodseq),
        (now.uidvalidity, now.highestmodseq + 1000),
        (now.uidvalidity, 0),
        (0, 0),
    ):
        assert source.select(inbox, qresync=known).changes is None
    assert len(source.uids()) == 1


def test_the_state_of_all_folders_comes_with_their_list(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2))
    source.append(folder(source, "sent"), mail(3))
    source = ground.open()
    told = {one.name: one.status for one in source.folders(status=True)}
    assert all(one.status is None for one in source.folders())
    if not source.capabilities.list_status:
        assert not any(told.values())
        return
    assert told["INBOX"] == source.status(folder(source, "INBOX"))
    assert told["Sent"] == source.status(folder(source, "sent"))
    for name, count in (("INBOX", 2), ("Sent", 1), ("Archive", 0)):
        status = told[name]
        assert status is not None
        selected = source.select(folder(source, name))
        assert (status.messages, status.uidnext) == (count, selected.uidnext)
        assert (status.uidvalidity, status.highestmodseq) == (selected.uidvalidity, selected.highestmodseq)


def test_a_folder_is_still_what_it_was_until_something_happens(ground: Ground) -> None:
    source, other = ground.with_mail(mail(1), mail(2)), ground.open()
    inbox = folder(source, "INBOX")
    first, second = source.uids()
    source.folders(status=True)
    assert source.still()
    assert source.still()
    other.select(inbox, writable=True)
    acts: list[Callable[[], object]] = [
        lambda: ground.deliver("INBOX", mail(3), []),
        lambda: other.store_flags(UidSet.of([first]), add=["\\Seen"]),
        lambda: other.move(UidSet.of([second]), folder(other, "archive")),
    ]
    for act in acts:
        act()
        assert not source.still()
        assert not source.still()
        source.select(inbox)
        assert source.still()
    assert len(list(source.fetch(source.uids(), whole=True, limit=1 << 20))) == 2
    assert not source.still()  # news may have come among the answers
    source.select(folder(source, "sent"))
    assert source.still()


def test_nothing_is_changed_where_one_only_reads(ground: Ground) -> None:
    source = ground.with_mail(mail(1))
    with pytest.raises(Refused, match="read_only"):
        source.store_flags(source.uids(), add=["\\Seen"])
    with pytest.raises(Refused, match="read_only"):
        source.move(source.uids(), folder(source, "archive"))


def test_move(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2), mail(3))
    inbox, archive = folder(source, "INBOX"), folder(source, "archive")
    source.select(inbox, writable=True)
    first, second, third = source.uids()
    moved = source.move(UidSet.of([first, third]), archive)
    assert moved.source == (first, third)
    assert source.select(inbox).exists == 1
    assert source.uids() == UidSet.of([second])
    target = source.select(archive)
    assert (moved.uidvalidity, set(moved.target)) == (target.uidvalidity, set(source.uids()))
    raws = {one.uid: one.raw for one in source.fetch(source.uids(), whole=True, limit=1 << 20)}
    assert [raws[uid] for uid in moved.target] == [mail(1), mail(3)]


def test_moving_what_is_not_there_is_no_error(ground: Ground) -> None:
    source = ground.with_mail(mail(1))
    source.select(folder(source, "INBOX"), writable=True)
    assert source.move(UidSet.of([MAX_UID]), folder(source, "archive")).target == ()


def test_only_what_is_marked_and_named_is_expunged(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(2), mail(3))
    inbox = folder(source, "INBOX")
    with pytest.raises(Refused, match="read_only"):
        source.expunge(source.uids())
    source.select(inbox, writable=True)
    first, second, third = source.uids()
    source.store_flags(UidSet.of([first, second]), add=["\\Deleted"])
    assert source.expunge(UidSet.of([second, third]))
    source.select(inbox)
    assert source.uids() == UidSet.of([first, third])


def test_append(ground: Ground) -> None:
    source = ground.open()
    sent = folder(source, "sent")
    put = source.append(sent, mail(7), flags=["\\Seen"], internaldate=1_700_000_000)
    selected = source.select(sent)
    assert (put.uidvalidity, put.target) == (selected.uidvalidity, tuple(source.uids()))
    (found,) = source.fetch(source.uids(), whole=True, limit=1 << 20)
    assert (found.raw, found.flags, found.internaldate) == (mail(7), ("\\Seen",), 1_700_000_000)


def test_append_in_pieces(ground: Ground) -> None:
    whole = mail(7) + b"line\r\n" * 50_000
    source = ground.open()
    sent = folder(source, "sent")
    source.append(sent, Pieces(whole), flags=["\\Seen"], internaldate=1_700_000_000)
    source.select(sent)
    (found,) = source.fetch(source.uids(), whole=True, limit=1 << 20)
    assert (found.raw, found.flags, found.internaldate) == (whole, ("\\Seen",), 1_700_000_000)


class Pieces:
    """A mail that is nowhere whole."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole

    @property
    def size(self) -> int:
        return len(self._whole)

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._whole), 1000):
            yield self._whole[at : at + 1000]


def test_a_folder_is_made(ground: Ground) -> None:
    source = ground.open()
    source.create(f"{ground.top}Sent Messages".encode())
    made = folder(source, f"{ground.top}Sent Messages")
    source.append(made, mail(7))
    assert source.select(made).exists == 1


def test_a_message_id_is_found_whole_or_not_at_all(ground: Ground) -> None:
    source = ground.with_mail(mail(1), mail(11), mail(1))
    first, _, third = source.uids()
    assert source.search_message_id("<m1@firm.example>") == UidSet.of([first, third])
    assert source.search_message_id("m1@firm.example") == UidSet.of([first, third])
    assert source.search_message_id("1@firm.example") == UidSet()
    assert source.search_message_id('x"\\@firm.example') == UidSet()


def test_an_address_is_found_in_from_to_and_cc(ground: Ground) -> None:
    cc = mail(3).replace(b"To: bo@client.example", b"To: al@firm.example\r\nCc: Bo <BO@Client.example>")
    bcc = mail(4).replace(b"To: bo@client.example", b"To: al@firm.example").replace(b"Hello", b"bo@client.example")
    source = ground.with_mail(mail(1), cc, bcc)
    first, second, third = source.uids()
    assert source.search_address("bo@client.example") == UidSet.of([first, second])
    assert source.search_address("bo@client.example", since=1_000_000_000) == UidSet.of([first, second])
    assert source.search_address("bo@client.example", since=4_000_000_000) == UidSet()
    assert source.search_address("ana@firm.example") == UidSet.of([first, second, third])
    assert source.search_address("a\r\nA9 LOGOUT@client.example") == UidSet()


def test_a_folder_that_is_gone(ground: Ground) -> None:
    source = ground.open()
    gone = ListedFolder(name="Gone", raw=b"Gone", delimiter="/")
    with pytest.raises(Refused, match="no_folder"):
        source.select(gone)
    with pytest.raises(Refused):
        source.status(gone)
    source.noop()


def test_another_command_in_the_middle_of_a_fetch_loses_nothing(ground: Ground) -> None:
    source = ground.with_mail(*(mail(n) for n in range(20)))
    fetching = source.fetch(source.uids(), whole=True, limit=1 << 20)
    first = next(fetching)
    source.noop()
    assert {first.uid, *(one.uid for one in fetching)} == set(source.uids())


def test_a_fetch_that_is_given_up_disturbs_nobody(ground: Ground) -> None:
    source = ground.with_mail(*(mail(n) for n in range(20)))
    for _ in source.fetch(source.uids(), whole=True, limit=1 << 20):
        break
    assert len(source.uids()) == 20


def test_a_fetch_never_goes_on_in_another_folder(ground: Ground) -> None:
    source = ground.with_mail(*(mail(n) for n in range(600)))
    inbox = source.folders()[0]
    fetching = source.fetch(source.uids(), whole=False, limit=1 << 20)
    next(fetching)
    source.select(inbox)
    with pytest.raises(Refused, match="interrupted"):
        for _ in fetching:
            pass


def test_several_fetches_at_once_bring_each_its_own(ground: Ground) -> None:
    sent = {n: mail(n, body="x" * n * 500) for n in range(1, 31)}
    source = ground.with_mail(*sent.values())
    uids = list(source.uids())
    absent = 1 << 31  # to a set with a UID near the end of the range Cyrus answers nothing at all
    sets = [UidSet.of(uids[20:]), UidSet.of([*uids[:5], absent]), UidSet.of(uids[5:20])]
    pipeline = source.pipeline(limit=1 << 20)
    asked = {pipeline.add(some, whole=number != 1): some for number, some in enumerate(sets)}
    found: dict[int, list[Fetched]] = {number: [] for number in asked}
    ended = set()
    while pipeline.under_way:
        arrived = pipeline.read()
        if arrived.copy is None:
            assert arrived.error is None
            ended.add(arrived.fetch)
        else:
            assert arrived.fetch not in ended
            found[arrived.fetch].append(arrived.copy)
    assert ended == set(asked)
    for number, some in asked.items():
        assert sorted(one.uid for one in found[number]) == [uid for uid in uids if uid in some]
    raws = {one.uid: one for copies in found.values() for one in copies}
    for n, uid in enumerate(uids, start=1):
        assert raws[uid].whole == (uid not in sets[1])
        assert raws[uid].size == len(sent[n])
        if raws[uid].whole:
            assert raws[uid].raw == sent[n]
        else:
            assert b"Message-ID: <m%d@firm.example>\r\n" % n in raws[uid].raw


def test_a_fetch_can_be_added_while_others_come_in_and_large_copies_come_by_parts(ground: Ground) -> None:
    large = mail(1, body="\r\n".join(f"line {n}" for n in range(20_000)))
    source = ground.with_mail(large, mail(2), large, mail(4))
    first, second, third, fourth = source.uids()
    pipeline = source.pipeline(limit=70_000)
    one = pipeline.add(UidSet.of([third, fourth]), whole=True)
    got = {(arrived := pipeline.read()).fetch: arrived.copy}
    other = pipeline.add(UidSet.of([first, second]), whole=True)
    raws = {copy.uid: copy.raw for copy in got.values() if copy is not None}
    while pipeline.under_way:
        arrived = pipeline.read()
        if arrived.copy is not None:
            raws[arrived.copy.uid] = arrived.copy.raw
            assert arrived.fetch == (one if arrived.copy.uid in (third, fourth) else other)
    assert raws == {first: large, second: mail(2), third: large, fourth: mail(4)}


def test_nothing_more_comes_of_a_folder_that_is_left(ground: Ground) -> None:
    source = ground.with_mail(*(mail(n) for n in range(20)))
    pipeline = source.pipeline(limit=1 << 20)
    pipeline.add(source.uids(), whole=True)
    pipeline.read()
    source.select(folder(source, "sent"))
    with pytest.raises(Refused, match="interrupted"):
        pipeline.read()
    assert source.uids() == UidSet()


def test_new_mail_is_seen_after_noop(ground: Ground) -> None:
    source = ground.with_mail(mail(1))
    assert len(source.uids()) == 1
    ground.deliver("INBOX", mail(2), [])
    source.noop()
    assert len(source.uids()) == 2


def test_closed_is_closed(ground: Ground) -> None:
    source = ground.open()
    source.close()
    source.close()
    with pytest.raises(Unavailable, match="closed"):
        source.noop()
