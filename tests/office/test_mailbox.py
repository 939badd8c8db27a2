"""A mailbox actor with a scripted server and a desk that only keeps a ledger: what it deposits, repeats, carries."""

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
import pytest

from actors.base import Death, Ground
from actors.mailbox.actor import MailboxActor
from actors.mailbox.chunks import Chunks
from actors.mailbox.door import MailboxDoor
from actors.messages import (
    AskChanges,
    AuditNow,
    AuditTold,
    Carried,
    Carry,
    Change,
    Classify,
    ClosePass,
    DeclareFolders,
    Deposit,
    Deposited,
    MailboxTold,
    Opened,
    OpenPass,
    Restarted,
    SettingsChanged,
    SyncDone,
    SyncNow,
    Tick,
    Wanted,
)
from actors.switchboard import CLASSIFIER, DESK, FRONT, Switchboard, mailbox_name
from providers.errors import AuthRefused, Refused, Unavailable
from providers.protocols import Server, Watching
from store.model.ids import FolderKey, MailboxKey
from store.model.ledger import Present
from store.model.mailbox import MailboxScope, MailboxSettings, ServerSettings, SyncState
from store.model.record import Record
from store.model.uidset import UidSet
from store.rules.sync_steps import Known, Wants
from tests.support.office import DEADLINE, ManualTime
from tests.support.scripted import ScriptedMailbox

SERVER = Server(host="localhost", port=1, tls="none")
OLD = 1_600_000_000


def mail(number: int) -> bytes:
    return (
        f"Message-ID: <{number}@x.example>\r\nFrom: a@x.example\r\nSubject: {number}\r\n\r\nbody {number}\r\n".encode()
    )


@dataclass
class Row:
    """A folder's ledger."""

    key: int
    uidvalidity: int = 0
    modseq: int = 0
    uidnext: int = 0
    pass_: int = 0
    whole: set[int] = field(default_factory=set)
    headers: set[int] = field(default_factory=set)
    pending: UidSet = field(default_factory=UidSet)
    skipped: UidSet = field(default_factory=UidSet)
    failed: dict[int, str] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    flags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)  # gone for people, not from the server

    def present(self) -> Present:
        here = UidSet.of(self.whole | self.headers)
        return Present(
            folder=FolderKey(self.key),
            uidvalidity=self.uidvalidity,
            highestmodseq=self.modseq,
            uidnext=self.uidnext,
            pass_=self.pass_,
            here=str(here),
            pending=str(self.pending),
            skipped=str(self.skipped),
            failed=str(UidSet.of(self.failed)),
            left=str(UidSet.of(self.left)),
        )


class LedgerDesk:
    """Answers as the desk and the classifier do, keeping nothing but the ledger; can hold its answers back."""

    def __init__(self, switchboard: Switchboard) -> None:
        self.switchboard = switchboard
        self.rows: dict[str, Row] = {}
        self.heard: list[Record] = []
        self.silent: Callable[[Record], bool] = lambda _message: False
        self.wants: Callable[[Classify], str] = lambda _request: ""
        self.changes: tuple[Change, ...] = ()
        self.stirred = threading.Condition()

    def tell(self, message: Record) -> None:
        with self.stirred:
            self.heard.append(message)
            if not self.silent(message):
                self._answer(message)
            self.stirred.notify_all()

    def wait(self, holds: Callable[["LedgerDesk"], object]) -> None:
        with self.stirred:
            assert self.stirred.wait_for(lambda: holds(self), DEADLINE), self.heard[-5:]

    def told(self, kind: type[Record]) -> list[Record]:
        return [message for message in self.heard if isinstance(message, kind)]

    def _answer(self, message: Record) -> None:
        match message:
            case DeclareFolders():
                for folder in message.folders:
                    self.rows.setdefault(folder.name, Row(len(self.rows) + 1))
                told = tuple(self.rows[folder.name].present() for folder in message.folders)
                self._reply(Opened(id=message.id, folders=told))
            case OpenPass():
                row = self._row(message.folder)
                row.pass_ += 1
                if row.uidvalidity != message.uidvalidity:
                    fresh = Row(row.key, uidvalidity=message.uidvalidity, pass_=row.pass_)
                    row.__dict__.update(fresh.__dict__)
                present = row.present()
                due = present.failed if message.retry else ""
                self._reply(Opened(id=message.id, folders=(msgspec.structs.replace(present, due=due),)))
            case Deposit():
                self._deposit(message)
            case Classify():
                self._copies(message)
            case ClosePass():
                row = self._row(message.origin.folder)
                row.modseq, row.uidnext = message.highestmodseq, message.uidnext
                self._reply(Deposited(id=message.id, folder=message.origin.folder))
            case AskChanges():
                self._reply(Carry(changes=self.changes))
            case _:
                pass

    def _deposit(self, message: Deposit) -> None:
        row = self._row(message.origin.folder)
        row.pending |= UidSet.parse(message.pending)
        for uids, _reason in message.skipped:
            row.skipped |= UidSet.parse(uids)
        for uids, reason in message.failed:
            row.failed.update(dict.fromkeys(UidSet.parse(uids), reason))
            row.pending -= UidSet.parse(uids)
        gone = UidSet.parse(message.gone)
        row.pending -= gone
        row.whole -= set(gone)
        row.headers -= set(gone)
        row.gone |= set(gone)
        row.left -= set(gone)
        row.flags.update(message.flags)
        self._raise(row, message.handing)
        self._reply(Deposited(id=message.id, folder=message.origin.folder))

    def _copies(self, message: Classify) -> None:
        row = self._row(message.origin.folder)
        for copy in message.copies:
            (row.whole if copy.whole else row.headers).add(copy.uid)
            row.failed.pop(copy.uid, None)
            row.flags[copy.uid] = copy.flags
        row.pending -= UidSet.of(copy.uid for copy in message.copies)
        self._raise(row, message.handing)
        self._reply(Deposited(id=message.id, folder=message.origin.folder, wanting=self.wants(message)))

    def _raise(self, row: Row, handing: str) -> None:
        for uid in UidSet.parse(handing):
            row.tries[uid] = row.tries.get(uid, 0) + 1

    def _row(self, folder: FolderKey) -> Row:
        return next(row for row in self.rows.values() if row.key == folder)

    def _reply(self, message: Record) -> None:
        self.switchboard.tell(mailbox_name(1), message)


class Post:
    """One mailbox actor with its surroundings."""

    def __init__(
        self, mailbox: ScriptedMailbox, *, scope: MailboxScope = MailboxScope.WHOLE, since: int | None = None
    ) -> None:
        self.mailbox = mailbox
        self.time = ManualTime()
        self.switchboard = Switchboard()
        self.desk = LedgerDesk(self.switchboard)
        for name in (DESK, CLASSIFIER, FRONT):
            self.switchboard.connect(name, self.desk)
        self.deaths: list[Death] = []
        self.gate = threading.Event()  # nothing is asked of the server before the test says so
        mailbox.before = self._wait_at_the_gate
        self.settings = MailboxSettings(
            address="a@x.example",
            login="a",
            imap=ServerSettings(host="localhost", port=1, tls="none"),
            scope=scope,
            history_from=since,
        )
        ground = Ground(
            name=mailbox_name(1),
            generation=1,
            switchboard=self.switchboard,
            clock=self.time,
            died=self.deaths.append,
        )
        self.actor = MailboxActor.start(ground, self.door())

    def _wait_at_the_gate(self, method: str) -> None:
        if method == "connect":
            self.gate.wait(DEADLINE)

    def door(self) -> MailboxDoor:
        return MailboxDoor(
            mailbox=MailboxKey(1),
            settings=self.settings,
            incarnation=1,
            paused=False,
            connect=lambda: self.mailbox.connect(SERVER, "a", "p"),
            watch=self._watch,
            jitter=lambda: 0.5,
            nonce="t",
        )

    def _watch(self, folder: str, stir: Callable[[], None], lost: Callable[[BaseException], None]) -> Watching:
        return self.mailbox.watch(SERVER, "a", "p", folder, on_stir=stir, on_lost=lost)

    def sync(self, name: str = "s") -> SyncDone:
        """Ask for a whole look and wait for its end."""
        self.begin(name)
        self.desk.wait(
            lambda desk: [one for one in desk.told(SyncDone) if isinstance(one, SyncDone) and one.id == name]
        )
        assert not self.deaths
        return next(one for one in self.desk.heard if isinstance(one, SyncDone) and one.id == name)

    def begin(self, name: str = "s") -> None:
        """Ask for a whole look."""
        self.actor.tell(SyncNow(id=name))
        self.gate.set()

    def tick(self, seconds: float) -> None:
        self.time.advance(seconds)
        self.actor.tell(Tick(now=self.time.now(), monotonic=self.time.monotonic()))


@pytest.fixture
def post() -> Iterator[Callable[..., Post]]:
    made: list[Post] = []

    def make(mailbox: ScriptedMailbox, *, scope: MailboxScope = MailboxScope.WHOLE, since: int | None = None) -> Post:
        made.append(Post(mailbox, scope=scope, since=since))
        return made[-1]

    yield make
    for one in made:
        one.actor.stop()
        assert not one.deaths


Make = Callable[..., Post]


def filled(count: int = 300) -> ScriptedMailbox:
    mailbox = ScriptedMailbox()
    for number in range(1, count + 1):
        mailbox.deliver("INBOX", mail(number), internaldate=OLD + number)
    mailbox.deliver("Sent", mail(9001))
    mailbox.deliver("Junk", mail(9002))
    return mailbox


def test_everything_but_spam_trash_and_drafts_is_deposited_newest_first(post: Make) -> None:
    one = post(filled())
    assert one.sync().code is None
    inbox = one.desk.rows["INBOX"]
    assert inbox.whole == set(range(1, 301))
    assert inbox.pending == UidSet()
    assert one.desk.rows["Sent"].whole == {1}
    assert one.desk.rows["Junk"].skipped == UidSet.of([1])
    assert not one.desk.rows["Junk"].whole
    first = next(message for message in one.desk.heard if isinstance(message, Classify))
    assert {copy.uid for copy in first.copies} == set(range(251, 301))
    assert all(copy.backfill for copy in first.copies)


def test_a_pending_uid_is_handed_over_only_after_its_tries_are_raised(post: Make) -> None:
    one = post(filled())
    one.sync()
    raised: set[int] = set()
    inbox = FolderKey(one.desk.rows["INBOX"].key)
    for message in one.desk.heard:
        if isinstance(message, Classify | Deposit) and message.origin.folder == inbox:
            if isinstance(message, Classify):
                assert {copy.uid for copy in message.copies} <= raised
            raised |= set(UidSet.parse(message.handing))
    assert set(one.desk.rows["INBOX"].tries.values()) == {1}


def test_nothing_new_costs_no_look(post: Make) -> None:
    one = post(filled())
    one.sync("first")
    before = len(one.desk.told(OpenPass))
    one.sync("second")
    assert len(one.desk.told(OpenPass)) == before
    assert one.mailbox.calls["uids"] <= len(one.desk.rows) + 1  # and what is lately in spam, once


def test_new_mail_flags_and_expunges_follow(post: Make) -> None:
    one = post(filled(5))
    one.sync()
    one.mailbox.deliver("INBOX", mail(6), internaldate=int(one.time.now()))
    one.desk.wait(lambda desk: 6 in desk.rows["INBOX"].whole)
    assert not [c for m in one.desk.heard if isinstance(m, Classify) for c in m.copies if c.uid == 6 and c.backfill]
    one.mailbox.set_flags("INBOX", 2, ["\\Seen"])
    one.desk.wait(lambda desk: desk.rows["INBOX"].flags[2] == ("\\Seen",))
    one.mailbox.expunge("INBOX", 3)
    one.desk.wait(lambda desk: desk.rows["INBOX"].gone == {3})


def test_scope_headers_fetches_bodies_only_when_wanted(post: Make) -> None:
    one = post(filled(200), scope=MailboxScope.HEADERS)
    inbox = one.desk

    def wants(request: Classify) -> str:
        return str(UidSet.of(copy.uid for copy in request.copies if not copy.whole and copy.uid % 50 == 0))

    inbox.wants = wants
    one.sync()
    row = one.desk.rows["INBOX"]
    assert row.whole == {50, 100, 150, 200} | ({1} if one.desk.rows["Sent"] is row else set())
    assert row.headers == set(range(1, 201))
    one.actor.tell(Wanted(folder=FolderKey(row.key), uidvalidity=1, uids="7", urgent=True))
    one.desk.wait(lambda desk: 7 in desk.rows["INBOX"].whole)
    one.actor.tell(Wanted(folder=FolderKey(row.key), uidvalidity=1, uids="9:10"))
    one.desk.wait(lambda desk: desk.told(OpenPass))
    one.sync("again")


def test_mail_before_the_history_is_skipped(post: Make) -> None:
    mailbox = ScriptedMailbox()
    for number in range(1, 11):
        mailbox.deliver("INBOX", mail(number), internaldate=OLD + number * 10 * 86_400)
    one = post(mailbox, since=OLD + 55 * 86_400)
    one.sync()
    assert one.desk.rows["INBOX"].whole == {6, 7, 8, 9, 10}
    assert one.desk.rows["INBOX"].skipped == UidSet.parse("1:5")


def test_what_is_open_is_repeated_when_the_desk_restarts_and_after_a_while(post: Make) -> None:
    one = post(filled(400))
    held: list[Record] = []

    def first_classify(message: Record) -> bool:
        if isinstance(message, Classify) and len(held) < 2:
            held.append(message)
            return True
        return False

    one.desk.silent = first_classify
    one.begin()
    one.desk.wait(lambda _desk: len(held) == 2)
    one.actor.tell(Restarted(name=DESK, generation=2))
    assert one.sync("after").code is None
    assert one.desk.rows["INBOX"].whole == set(range(1, 401))


def test_a_lost_answer_is_asked_for_again_after_thirty_seconds(post: Make) -> None:
    one = post(filled(10))
    lost: list[Record] = []

    def once(message: Record) -> bool:
        if isinstance(message, OpenPass) and not lost:
            lost.append(message)
            return True
        return False

    one.desk.silent = once
    one.begin()
    one.desk.wait(lambda _desk: lost)
    one.tick(31)
    one.desk.wait(lambda desk: desk.told(SyncDone))
    assert one.desk.rows["INBOX"].whole == set(range(1, 11))


def test_a_deposit_that_kills_twice_is_handed_over_copy_by_copy_and_then_fails(post: Make) -> None:
    one = post(filled(10))
    poison = 4

    def poisonous(message: Record) -> bool:
        return isinstance(message, Classify) and any(copy.uid == poison for copy in message.copies)

    one.desk.silent = lambda message: poisonous(message) and message in one.desk.heard
    one.begin()
    one.desk.wait(lambda desk: [m for m in desk.heard if poisonous(m)])
    for generation in range(2, 6):
        guilty = [m for m in one.desk.heard if poisonous(m)][-1]
        assert isinstance(guilty, Classify)
        seen = sum(map(poisonous, one.desk.heard))

        def moved_on(desk: LedgerDesk, seen: int = seen) -> bool:
            return sum(map(poisonous, desk.heard)) > seen or bool(desk.rows["INBOX"].failed)

        one.actor.tell(Restarted(name=CLASSIFIER, generation=generation, guilty=guilty.id))
        one.desk.wait(moved_on)
    one.desk.wait(lambda desk: desk.rows["INBOX"].failed)
    assert one.desk.rows["INBOX"].failed == {poison: "crashed"}
    one.desk.wait(lambda desk: desk.told(SyncDone))
    assert one.desk.rows["INBOX"].whole >= set(range(1, 11)) - {poison}
    alone = [m for m in one.desk.heard if isinstance(m, Classify) and m.alone and poisonous(m)]
    assert alone
    assert all(len(m.copies) == 1 for m in alone)


def test_a_refused_slice_is_fetched_one_by_one(post: Make) -> None:
    one = post(filled(20))
    one.mailbox.fail("fetch", Refused("no"), after=3)
    assert one.sync().code is None
    assert one.desk.rows["INBOX"].whole == set(range(1, 21))


def test_a_new_mail_is_not_held_up_by_telling_of_it(post: Make) -> None:
    """Its tries are raised with its announcement, and that one is on its way is no news: it is there as soon."""
    mailbox = filled(5)
    one = post(mailbox)
    one.sync()
    before = len(one.desk.heard)
    mailbox.deliver("INBOX", mail(100))
    one.desk.wait(lambda desk: len(desk.rows["INBOX"].whole) == 6)
    heard = [*itertools.takewhile(lambda message: not isinstance(message, Classify), one.desk.heard[before:])]
    assert [type(message) for message in heard] == [OpenPass, Deposit, ClosePass]
    (announced,) = [message for message in heard if isinstance(message, Deposit)]
    assert announced.pending == announced.handing != ""
    assert one.desk.rows["INBOX"].tries[max(one.desk.rows["INBOX"].whole)] == 1


def test_what_was_begun_is_given_back_where_a_look_cannot_go_on(post: Make) -> None:
    """The flags of what is here are refused after the new mail was announced: nobody has handled it uncleanly."""
    mailbox = filled(5)
    mailbox.capabilities = msgspec.structs.replace(mailbox.capabilities, qresync=False)
    one = post(mailbox)
    one.sync()
    mailbox.fail("glance", Refused("no"))
    mailbox.fail("flags", Refused("no"))
    mailbox.deliver("INBOX", mail(100))
    one.desk.wait(lambda desk: [m for m in desk.told(Deposit) if isinstance(m, Deposit) and m.given_back])
    given_back = [m.given_back for m in one.desk.heard if isinstance(m, Deposit) and m.given_back]
    assert given_back == [str(one.desk.rows["INBOX"].pending)]
    one.sync("again")
    assert not one.desk.rows["INBOX"].pending


def test_a_server_that_goes_away_is_offline_and_tried_again(post: Make) -> None:
    one = post(filled(300))
    one.mailbox.fail("fetch", Unavailable("closed"), after=60)
    told = one.sync("first")
    assert (told.code, told.offline) == ("closed", True)
    states = [m.progress.state for m in one.desk.heard if isinstance(m, MailboxTold)]
    assert states[-1] is SyncState.OFFLINE
    one.tick(400)
    one.desk.wait(lambda desk: desk.rows["INBOX"].whole == set(range(1, 301)))
    one.sync("second")
    assert [m.progress.state for m in one.desk.heard if isinstance(m, MailboxTold)][-1] is SyncState.SYNCED


def test_a_refused_login_is_said_only_after_two_refusals(post: Make) -> None:
    mailbox = filled(1)
    mailbox.fail("connect", AuthRefused("login"), times=2)
    one = post(mailbox)
    one.gate.set()
    one.desk.wait(lambda desk: [m for m in desk.told(MailboxTold) if m.progress.error_code])  # type: ignore[attr-defined]  # told gives Records
    states = [m.progress.state for m in one.desk.heard if isinstance(m, MailboxTold)]
    assert states[-1] is SyncState.OFFLINE
    one.tick(400)
    one.desk.wait(
        lambda desk: any(isinstance(m, MailboxTold) and m.progress.state is SyncState.NEEDS_SIGN_IN for m in desk.heard)
    )
    assert one.sync("woken").code is None


def test_changes_are_carried_and_echo_nothing(post: Make) -> None:
    one = post(filled(5))
    one.sync()
    inbox, archive = (FolderKey(one.desk.rows[name].key) for name in ("INBOX", "Archive"))
    seen = Change(change=1, folder=inbox, uidvalidity=1, uid=2, message_id=None, flags_add=("\\Seen",))
    moved = Change(change=2, folder=inbox, uidvalidity=1, uid=3, message_id=None, target_use="archive")
    stale = Change(change=3, folder=inbox, uidvalidity=99, uid=4, message_id=None, target_folder=archive)
    missing = Change(change=4, folder=inbox, uidvalidity=1, uid=77, message_id=None, flags_add=("\\Seen",))
    one.actor.tell(Carry(changes=(seen, moved, stale, missing)))
    one.actor.tell(Carry(changes=(seen, moved)))  # a repeat
    one.desk.wait(lambda desk: len(desk.told(Carried)) >= 4)
    outcomes = {m.change: (m.outcome, m.new_folder, m.new_uid) for m in one.desk.heard if isinstance(m, Carried)}
    assert outcomes == {1: ("done", None, 0), 2: ("done", archive, 1), 3: ("stale", None, 0), 4: ("gone", None, 0)}
    assert one.mailbox.folders["INBOX"].mails[2].flags == ("\\Seen",)
    assert 3 not in one.mailbox.folders["INBOX"].mails
    assert one.mailbox.calls["move"] == 1


def test_an_audit_tells_every_folder_or_why_not(post: Make) -> None:
    one = post(filled(5))
    one.sync()
    one.actor.tell(AuditNow(id="a", all_folders=True))
    one.desk.wait(lambda desk: desk.told(AuditTold))
    told = next(m for m in one.desk.heard if isinstance(m, AuditTold))
    assert {name: uids for _, name, _, uids in told.folders}["INBOX"] == "1:5"
    assert {name: uids for _, name, _, uids in told.folders}["Junk"] == "1"
    one.mailbox.fail("select", Unavailable("closed"))
    one.actor.tell(AuditNow(id="b", all_folders=False))
    one.desk.wait(lambda desk: len(desk.told(AuditTold)) == 2)
    assert [m.error_code for m in one.desk.heard if isinstance(m, AuditTold)] == [None, "closed"]


def test_a_paused_mailbox_hangs_up_and_resumes(post: Make) -> None:
    one = post(filled(5))
    one.sync()
    one.actor.tell(SettingsChanged(settings=one.settings, incarnation=1, paused=True))
    told = one.sync("while paused")
    assert (told.code, told.offline) == ("paused", True)
    one.mailbox.deliver("INBOX", mail(6))
    one.actor.tell(SettingsChanged(settings=one.settings, incarnation=1, paused=False))
    one.desk.wait(lambda desk: 6 in desk.rows["INBOX"].whole)


def test_a_uidvalidity_change_is_a_new_look(post: Make) -> None:
    one = post(filled(5))
    one.sync()
    one.mailbox.new_uidvalidity("INBOX")
    one.desk.wait(lambda desk: desk.rows["INBOX"].uidvalidity == 2 and len(desk.rows["INBOX"].whole) == 5)


def test_synced_is_said_only_on_the_evidence_of_a_look(post: Make) -> None:
    one = post(filled(5))
    one.sync()
    told = [m.progress for m in one.desk.heard if isinstance(m, MailboxTold)][-1]
    for _ in range(5):
        one.tick(2)
    one.mailbox.fail("folders", Unavailable("closed"))
    one.tick(60)
    one.desk.wait(
        lambda desk: any(isinstance(m, MailboxTold) and m.progress.state is SyncState.OFFLINE for m in desk.heard)
    )
    later = [m.progress for m in one.desk.heard if isinstance(m, MailboxTold)]
    assert {progress.last_success for progress in later[later.index(told) :]} == {told.last_success}


def test_a_lost_watch_makes_it_look_whether_the_server_is_there(post: Make) -> None:
    one = post(filled(5))
    one.sync()
    before = one.mailbox.calls["folders"]
    one.mailbox.lose(Unavailable("closed"))
    one.desk.wait(lambda _desk: one.mailbox.calls["folders"] > before)


def test_what_a_person_asks_for_does_not_make_the_rest_longer(post: Make) -> None:
    mailbox = filled(1)
    mailbox.fail("connect", Unavailable("refused_connection"), times=20)
    one = post(mailbox)
    for number in range(10):
        one.sync(f"{number}")
    one.mailbox.due("connect")
    while one.mailbox.due("connect") is not None:
        pass
    one.tick(61)
    one.desk.wait(lambda desk: 1 in desk.rows.get("INBOX", Row(0)).whole)


def test_what_has_failed_is_tried_again_when_a_person_asks(post: Make) -> None:
    one = post(filled(5))
    one.mailbox.fail("fetch", Refused("no"), times=2)
    one.sync("first")
    failed = set(one.desk.rows["INBOX"].failed)
    one.sync("second")
    assert failed
    assert one.desk.rows["INBOX"].whole == {1, 2, 3, 4, 5}
    assert not one.desk.rows["INBOX"].failed


def test_a_folder_that_cannot_be_listed_stops_no_other(post: Make) -> None:
    one = post(filled(5))
    one.mailbox.fail("uids", Refused("no"))
    told = one.sync()
    assert told.code == "no"
    assert one.desk.rows["Sent"].whole == {1}
    assert one.sync("again").code is None
    assert one.desk.rows["INBOX"].whole == {1, 2, 3, 4, 5}


def test_a_body_under_way_is_not_fetched_again_when_it_is_said_to_be_wanted() -> None:
    chunks = Chunks(Known(wanting=UidSet.parse("1:2")), Wants(whole=False))
    first = chunks.pop()
    chunks.want(UidSet.parse("1:3"))
    second = chunks.pop()
    assert first is not None
    assert second is not None
    assert (str(first.uids), str(second.uids)) == ("1:2", "3")
    assert chunks.over


# ---------------------------------------------------------------- new mail where it was heard of
def watching(post: Make) -> Post:
    """Six mails are in, and the watch stands: its first stir has been answered by a look."""
    one = post(filled(5))
    one.sync()
    one.mailbox.deliver("INBOX", mail(6))
    one.desk.wait(lambda desk: 6 in desk.rows["INBOX"].whole)
    one.sync("settled")
    one.mailbox.calls.clear()
    return one


def test_new_mail_opens_no_folder(post: Make) -> None:
    one = watching(post)
    selects = one.mailbox.calls["select"]
    for uid in (7, 8):
        one.mailbox.deliver("INBOX", mail(uid))
        one.desk.wait(lambda desk, uid=uid: uid in desk.rows["INBOX"].whole)  # type: ignore[misc]
    assert (one.mailbox.calls["glance"], one.mailbox.calls["select"]) == (2, selects)
    one.mailbox.set_flags("INBOX", 7, ["\\Seen"])
    one.desk.wait(lambda desk: desk.rows["INBOX"].flags.get(7) == ("\\Seen",))
    assert one.mailbox.calls["select"] == selects + 1


def test_what_a_glance_did_not_see_is_seen_by_the_next_look(post: Make) -> None:
    """The server's count of changes is not moved on by a glance."""
    one = watching(post)
    before = one.mailbox.before

    def meanwhile(method: str) -> None:
        before(method)
        if method == "glance":
            one.mailbox.before = before
            with one.mailbox.lock:  # nobody is told
                kept = one.mailbox.folders["INBOX"].mails[2]
                kept.flags, kept.modseq = ("\\Flagged",), one.mailbox.next_modseq()

    one.mailbox.before = meanwhile
    one.mailbox.deliver("INBOX", mail(7))
    one.desk.wait(lambda desk: 7 in desk.rows["INBOX"].whole)
    one.sync("after")
    assert one.mailbox.calls["glance"] == 1
    assert one.desk.rows["INBOX"].flags[2] == ("\\Flagged",)


def test_mail_that_comes_during_a_glance_is_fetched_too(post: Make) -> None:
    one = watching(post)
    before = one.mailbox.before

    def meanwhile(method: str) -> None:
        before(method)
        if method == "fetch":
            one.mailbox.before = before
            one.mailbox.deliver("INBOX", mail(8))

    one.mailbox.before = meanwhile
    one.mailbox.deliver("INBOX", mail(7))
    one.desk.wait(lambda desk: {7, 8} <= desk.rows["INBOX"].whole)


def test_a_line_that_breaks_in_a_glance_loses_nothing(post: Make) -> None:
    one = watching(post)
    one.mailbox.fail("fetch", Unavailable("closed"))
    one.mailbox.deliver("INBOX", mail(7))
    one.desk.wait(lambda desk: [m for m in desk.told(MailboxTold) if m.progress.state is SyncState.OFFLINE])  # type: ignore[attr-defined]
    one.sync("after")
    assert 7 in one.desk.rows["INBOX"].whole
    given_back = [m.given_back for m in one.desk.heard if isinstance(m, Deposit) and m.given_back]
    assert given_back == ["7"]  # nobody has handled it uncleanly


def test_old_mail_moved_into_the_inbox_stays_outside_the_history(post: Make) -> None:
    one = post(filled(0), since=OLD)
    one.sync()
    one.mailbox.deliver("INBOX", mail(1), internaldate=OLD - 100 * 86_400)
    one.mailbox.deliver("INBOX", mail(2), internaldate=OLD + 100)
    one.desk.wait(lambda desk: desk.rows["INBOX"].whole)
    assert one.desk.rows["INBOX"].whole == {2}
    assert one.desk.rows["INBOX"].skipped == UidSet.of([1])
