"""The plumbing of the desk inside the office: who waits, how long, and what a death in the middle does."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar, cast

import pykka
import pytest

from actors.base import Ground, PostroomActor
from actors.desk.api import AuditResult, LocalCopy, NewMailbox
from actors.desk.front import Front
from actors.desk.local import IMPORT_COPIES, Caller, LocalDesk, OwnMailbox, Reader, batched, coalesced
from actors.desk.signing_in import Settle
from actors.messages import (
    Announced,
    AuditDone,
    AuditNow,
    BodyAway,
    BodyHere,
    Command,
    CopiesImported,
    ImportCopies,
    Restarted,
    SyncDone,
    SyncNow,
    WantBody,
)
from actors.switchboard import DESK, FRONT, Switchboard, mailbox_name
from store.model.errors import Away, BadRequest, Conflict, DeskError, NotAllowed, NotFound
from store.model.evidence import Verified
from store.model.firm import Member, MemberRole
from store.model.found import Found
from store.model.ids import EmailId, EmailKey, MailboxId, MailboxKey, MemberId, MemberKey, RequestId, ThreadId
from store.model.ledger import AuditLine
from store.model.mailbox import MailboxSettings, MailboxView, ServerSettings, SyncState
from store.model.record import Record
from store.model.views import Announcement, Done, EmailView
from tests.support.office import Deaths, Ear, ManualTime, ground

Answer = TypeVar("Answer")
DONE = Done(done=True, affected=1)
OLD = OwnMailbox(key=MailboxKey(9), address="Old mail", local=True, paused=False)
OWN = (
    OwnMailbox(key=MailboxKey(1), address="olga@firm.example", local=False, paused=False),
    OwnMailbox(key=MailboxKey(2), address="info@firm.example", local=False, paused=False),
    OLD,
)
NEW = NewMailbox(
    address="new@firm.example",
    login="new",
    password="hush",
    imap=ServerSettings(host="mail.example", port=993, tls="ssl"),
    smtp=None,
)

LINE = AuditLine(
    mailbox="info@firm.example",
    folder="INBOX",
    uidvalidity=7,
    server=1,
    store=1,
    filed=1,
    unfiled=0,
    skipped=0,
    skipped_by={},
    failed=0,
    pending=0,
)


class StubReader:
    """A vault whose content a test sets."""

    def __init__(self) -> None:
        self.generation = 1
        self.whole = True
        self.content: bytes | DeskError = b""
        self.events: list[Announcement] = []
        self.role = MemberRole.OWNER

    def me(self) -> Member:
        return Member(member=MemberId("m1"), name="Olga", role=self.role)

    def stored_servers(self, imap: ServerSettings, login: str) -> None:
        """Nobody has it."""

    def members(self) -> tuple[Member, ...]:
        return (self.me(), Member(member=MemberId("m2"), name="Tom", role=MemberRole.EMPLOYEE))

    def looked_after(self) -> tuple[OwnMailbox, ...]:
        return self.own_mailboxes()

    def own_mailboxes(self) -> tuple[OwnMailbox, ...]:
        return OWN

    def email(self, email: EmailId, *, version: int) -> EmailView:
        return view(whole=self.whole)

    def email_key(self, email: EmailId) -> EmailKey:
        return EmailKey(77)

    def raw(self, email: EmailId) -> bytes:
        if isinstance(self.content, DeskError):
            raise self.content
        return self.content

    def announced(self, *, after: int, limit: int) -> tuple[tuple[Announcement, ...], int]:
        new = [event for event in self.events if event.seq > after][:limit]
        return tuple(new), new[-1].seq if new else after

    def last_announced(self) -> int:
        return self.events[-1].seq if self.events else 0


def view(*, whole: bool) -> EmailView:
    return EmailView(
        email=EmailId("e"),
        thread=ThreadId("t"),
        subject="",
        from_=(),
        to=(),
        cc=(),
        bcc=(),
        reply_to=(),
        date=None,
        received=0,
        message_id=None,
        verified=Verified.UNKNOWN,
        versions=1,
        version=1,
        whole=whole,
        text="",
        blocks=(),
        links=(),
        attachments=(),
        warnings=(),
        clients=(),
    )


class ScriptedDesk(PostroomActor):
    """Answers commands as it is told: a record, a refusal, or death."""

    def __init__(self, stand: Ground, script: list[Any], commands: list[Command]) -> None:
        super().__init__(stand)
        self.script = script
        self.commands = commands

    def receive(self, message: object) -> object:
        match message:
            case Command():
                self.commands.append(message)
                answer = self.script.pop(0)
                if isinstance(answer, type) and issubclass(answer, BaseException):
                    raise answer
                return answer
            case WantBody():
                self.tell("ear", message)
            case Hold():
                message.until.wait(10)
            case SyncNow():
                raise ValueError
        return None


class Hold(Record, frozen=True, kw_only=True):
    until: Any


class Office:
    """What LocalDesk stands in, scripted."""

    def __init__(self) -> None:
        self.switchboard = Switchboard()
        self.front = Front(asyncio.get_running_loop())
        self.clock = ManualTime()
        self.version, self.pid, self.since, self.shared = "test", 1, 0.0, False
        self.reader = StubReader()
        self.deaths = Deaths()
        self.ear = Ear()
        self.script: list[Any] = []
        self.commands: list[Command] = []
        self.ended = 0
        self.past = False
        self.did: list[str] = []
        self.refuse: DeskError | None = None
        self.logins: Any = None  # no test here signs in
        self.files: Any = None  # or keeps a document
        self.switchboard.connect(FRONT, self.front)
        self.switchboard.connect("ear", self.ear)
        self.refs: list[pykka.ActorRef[ScriptedDesk]] = []

    def start_desk(self, generation: int = 1) -> None:
        stand = ground(DESK, self.switchboard, self.clock, died=self.deaths, generation=generation)
        self.refs.append(ScriptedDesk.start(stand, self.script, self.commands))
        self.switchboard.connect(DESK, self.refs[-1])
        self.switchboard.broadcast(Restarted(name=DESK, generation=generation))

    async def read(self, member: MemberKey, work: Callable[[Reader], Answer]) -> Answer:
        return work(cast("Reader", self.reader))

    async def unsettled(self) -> bool:
        return self.past

    async def find_servers(self, address: str) -> tuple[Found, ...]:
        self.did.append(address)
        return ()

    async def check_servers(self, mailbox: NewMailbox) -> None:
        self.did.append("checked")
        if self.refuse is not None:
            raise self.refuse

    async def keep_secret(self, mailbox: NewMailbox) -> Settle:
        self.did.append("sealed")

        def settle(*, recorded: bool) -> None:
            self.did.append("recorded" if recorded else "taken back")

        return settle

    async def staff(self) -> None:
        self.did.append("staffed")

    async def see_off(self, desk: object) -> None:
        self.did.append("seen off")

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    yield office
    for ref in office.refs:
        ref.stop()


@pytest.fixture
def desk(office: Office) -> LocalDesk:
    return LocalDesk(Caller(member=MemberKey(1), as_=MemberKey(5)), office)


async def told(ear: Ear, kind: type[Any], count: int = 1) -> list[Any]:
    return await asyncio.to_thread(ear.wait_for, kind, count=count)


# ---- Commands


async def test_a_command_carries_who_and_for_whom(office: Office, desk: LocalDesk) -> None:
    office.script += [DONE]
    office.start_desk()
    assert await desk.mark(RequestId("r1"), [EmailId("a"), EmailId("b")], read=True) == DONE
    (command,) = office.commands
    assert (command.id, command.member, command.as_, command.method) == ("r1", 1, 5, "mark")
    assert command.arguments == {"emails": ("a", "b"), "read": True, "starred": None, "passing": False, "threads": ()}


async def test_a_refusal_is_raised(office: Office, desk: LocalDesk) -> None:
    office.script += [Conflict("changed_since")]
    office.start_desk()
    with pytest.raises(Conflict):
        await desk.undo(RequestId("r1"))


async def test_the_desk_s_death_is_survived_by_asking_the_next_one(office: Office, desk: LocalDesk) -> None:
    office.script += [ValueError, DONE]
    office.start_desk()
    asking = asyncio.ensure_future(desk.undo(RequestId("r1")))
    await asyncio.to_thread(office.deaths.wait_for, 1)
    office.switchboard.disconnect(DESK)
    office.start_desk(2)
    assert await asking == DONE
    assert [command.id for command in office.commands] == ["r1", "r1"]


async def test_a_command_that_kills_is_asked_twice_only(office: Office, desk: LocalDesk) -> None:
    office.script += [ValueError, ValueError]
    office.start_desk()
    asking = asyncio.ensure_future(desk.undo(RequestId("r1")))
    await asyncio.to_thread(office.deaths.wait_for, 1)
    office.start_desk(2)
    with pytest.raises(DeskError) as bug:
        await asking
    assert bug.value.code == "bug"
    assert len(office.commands) == 2


async def test_a_command_that_only_waited_is_not_to_blame(office: Office, desk: LocalDesk) -> None:
    asking = None
    for generation in range(1, 5):
        until = threading.Event()
        office.start_desk(generation)
        office.refs[-1].tell(Hold(until=until))
        office.refs[-1].tell(SyncNow(id="kills"))
        asking = asking or asyncio.ensure_future(desk.undo(RequestId("r1")))
        inbox: Any = office.refs[-1].actor_inbox
        while inbox.qsize() < 2:  # noqa: ASYNC110 - until the command waits behind what kills
            await asyncio.sleep(0)
        until.set()
        await asyncio.to_thread(office.deaths.wait_for, generation)
    office.script += [DONE]
    office.start_desk(5)
    assert asking is not None
    assert await asking == DONE


async def test_a_desk_that_is_not_there_yet_is_waited_for(office: Office, desk: LocalDesk) -> None:
    office.script += [DONE]
    asking = asyncio.ensure_future(desk.undo(RequestId("r1")))
    await asyncio.sleep(0)
    office.start_desk()
    assert await asking == DONE


# ---- Waiting for mailboxes


async def test_sync_waits_for_every_mailbox(office: Office, desk: LocalDesk) -> None:
    ears = {key: Ear() for key in (1, 2)}
    for key, ear in ears.items():
        office.switchboard.connect(mailbox_name(key), ear)
    syncing = asyncio.ensure_future(desk.sync(wait=True))
    asked = {key: (await told(ear, SyncNow))[0].id for key, ear in ears.items()}
    office.front.tell(SyncDone(id="of-somebody-else", mailbox=MailboxKey(1)))
    office.front.tell(SyncDone(id=asked[1], mailbox=MailboxKey(1)))
    await asyncio.sleep(0)
    assert not syncing.done()
    office.front.tell(SyncDone(id=asked[2], mailbox=MailboxKey(2), code="timeout", offline=True))
    result = await syncing
    assert result.synced == ("olga@firm.example", "Old mail")
    assert (result.failed, result.offline) == ({}, {"info@firm.example": "timeout"})


async def test_sync_waits_until_past_mail_is_settled(office: Office, desk: LocalDesk) -> None:
    ear = Ear()
    office.switchboard.connect(mailbox_name(1), ear)
    office.past = True
    syncing = asyncio.ensure_future(desk.sync(["olga@firm.example"], wait=True))
    for _ in range(20):
        await asyncio.sleep(0)
    assert ear.told == []
    office.past = False
    office.front.tell(Announced(seq=1))
    (asked,) = await told(ear, SyncNow)
    office.front.tell(SyncDone(id=asked.id, mailbox=MailboxKey(1)))
    assert (await syncing).synced == ("olga@firm.example",)


async def test_sync_asks_again_after_a_restart(office: Office, desk: LocalDesk) -> None:
    syncing = asyncio.ensure_future(desk.sync(["OLGA@firm.example"], wait=True))
    for _ in range(3):
        await asyncio.sleep(0)
    ear = Ear()
    office.switchboard.connect(mailbox_name(1), ear)
    office.front.tell(Restarted(name=mailbox_name(1), generation=2))
    (asked,) = await told(ear, SyncNow)
    office.front.tell(SyncDone(id=asked.id, mailbox=MailboxKey(1)))
    assert (await syncing).synced == ("olga@firm.example",)


async def test_waiting_ends_with_a_sentence(desk: LocalDesk) -> None:
    with pytest.raises(Away) as away:
        await desk.sync(wait=True, timeout=0.05)
    assert away.value.code == "timeout"


@pytest.mark.parametrize("method", ["sync", "audit"])
async def test_a_mailbox_of_somebody_else_is_not_found(desk: LocalDesk, method: str) -> None:
    with pytest.raises(NotFound):
        await getattr(desk, method)(["other@firm.example"])


async def test_an_audit_gives_the_lines_of_each(office: Office, desk: LocalDesk) -> None:
    ear = Ear()
    office.switchboard.connect(mailbox_name(1), ear)
    auditing = asyncio.ensure_future(desk.audit(["olga@firm.example"], all_folders=True))
    (asked,) = await told(ear, AuditNow)
    assert asked.all_folders
    office.front.tell(AuditDone(id=asked.id, lines=()))
    assert await auditing == AuditResult(lines=())


async def test_an_audit_that_fails_says_which_mailbox(office: Office, desk: LocalDesk) -> None:
    ear = Ear()
    office.switchboard.connect(mailbox_name(1), ear)
    auditing = asyncio.ensure_future(desk.audit(["olga@firm.example"]))
    (asked,) = await told(ear, AuditNow)
    office.front.tell(AuditDone(id=asked.id, lines=(), error_code="closed"))
    assert await auditing == AuditResult(lines=(), failed={"olga@firm.example": "closed"})


async def test_a_mailbox_that_cannot_be_compared_hides_no_other(office: Office, desk: LocalDesk) -> None:
    ears = {key: Ear() for key in (1, 2)}
    for key, ear in ears.items():
        office.switchboard.connect(mailbox_name(key), ear)
    auditing = asyncio.ensure_future(desk.audit())
    asked = {key: (await told(ear, AuditNow))[0].id for key, ear in ears.items()}
    office.front.tell(AuditDone(id=asked[1], lines=(), error_code="closed"))
    office.front.tell(AuditDone(id=asked[2], lines=(LINE,)))
    assert await auditing == AuditResult(lines=(LINE,), failed={"olga@firm.example": "closed"})


async def test_a_mailbox_that_does_not_answer_hides_no_other(office: Office, desk: LocalDesk) -> None:
    ear = Ear()
    office.switchboard.connect(mailbox_name(2), ear)
    auditing = asyncio.ensure_future(desk.audit(timeout=0.3))
    (asked,) = await told(ear, AuditNow)
    office.front.tell(AuditDone(id=asked.id, lines=(LINE,)))
    assert await auditing == AuditResult(lines=(LINE,), failed={"olga@firm.example": "timeout"})


async def test_a_local_mailbox_has_no_server_to_audit(desk: LocalDesk) -> None:
    with pytest.raises(BadRequest):
        await desk.audit(["old mail"])


# ---- Bodies


async def test_a_body_that_is_here_is_not_asked_for(office: Office, desk: LocalDesk) -> None:
    assert (await desk.fetch_body(EmailId("e"))).whole
    assert office.ear.told == []


async def test_a_body_is_waited_for(office: Office, desk: LocalDesk) -> None:
    office.reader.whole = False
    office.start_desk()
    fetching = asyncio.ensure_future(desk.fetch_body(EmailId("e")))
    assert (await told(office.ear, WantBody))[0].email == 77
    office.reader.whole = True
    office.front.tell(BodyHere(email=EmailKey(77)))
    assert (await fetching).whole


async def test_a_body_that_cannot_be_had_is_said(office: Office, desk: LocalDesk) -> None:
    office.reader.whole = False
    office.start_desk()
    fetching = asyncio.ensure_future(desk.fetch_body(EmailId("e")))
    await told(office.ear, WantBody)
    office.front.tell(BodyAway(email=EmailKey(77), code="closed"))
    with pytest.raises(Away) as away:
        await fetching
    assert (away.value.code, away.value.arguments) == ("body_unavailable", {"cause": "closed"})


# ---- Rights that change in the middle (Z6)


async def test_raw_ends_between_two_chunks_when_the_right_goes(office: Office, desk: LocalDesk) -> None:
    office.reader.content = b"x" * 1_000_000
    stream = desk.raw(EmailId("e"))
    assert len(await anext(stream)) < 1_000_000
    office.reader.generation += 1
    office.reader.content = NotFound()
    with pytest.raises(NotFound):
        await anext(stream)


async def test_raw_goes_on_when_something_else_changed(office: Office, desk: LocalDesk) -> None:
    office.reader.content = bytes(range(256)) * 4000
    got = b""
    async for chunk in desk.raw(EmailId("e")):
        got += chunk
        office.reader.generation += 1
    assert got == office.reader.content


# ---- Announcements


def event(seq: int, kind: str = "threads_changed", thread: str | None = None) -> Announcement:
    return Announcement(seq=seq, at=0, kind=kind, thread=None if thread is None else ThreadId(thread))


async def test_a_subscriber_hears_from_now_on(office: Office, desk: LocalDesk) -> None:
    office.reader.events = [event(1)]
    heard: asyncio.Queue[Announcement] = asyncio.Queue()
    cancel = await desk.subscribe(heard.put_nowait)
    office.reader.events += [event(2), event(3, thread="t")]
    office.front.tell(Announced(seq=3))
    async with asyncio.timeout(10):
        assert [(await heard.get()).seq, (await heard.get()).seq] == [2, 3]
    cancel()


async def test_equal_announcements_are_one() -> None:
    told = coalesced([event(1), event(2, thread="t"), event(3), event(4, thread="u"), event(5)])
    assert [(one.seq, one.count) for one in told] == [(2, 1), (4, 1), (5, 3)]


# ---- Mailboxes


async def test_adding_a_mailbox_keeps_nothing_unless_the_servers_let_in(office: Office, desk: LocalDesk) -> None:
    office.start_desk()
    office.refuse = Away("server", step="imap", cause="dns", host="mail.example")
    with pytest.raises(Away):
        await desk.add_mailbox(RequestId("r"), NEW)
    assert office.did == ["checked"]
    assert office.commands == []


async def test_a_secret_is_sealed_first_and_never_told(office: Office, desk: LocalDesk) -> None:
    settings = MailboxSettings(address=NEW.address, login=NEW.login, imap=NEW.imap)
    added = MailboxView(mailbox=MailboxId("b1"), settings=settings, members=(), paused=False, state=SyncState.SYNCING)
    office.script += [added]
    office.start_desk()
    assert await desk.add_mailbox(RequestId("r"), NEW) == added
    assert office.did == ["checked", "sealed", "recorded", "staffed"]
    assert "hush" not in repr(office.commands)


async def test_a_refused_mailbox_takes_its_secret_back(office: Office, desk: LocalDesk) -> None:
    office.script += [BadRequest("mailbox_taken")]
    office.start_desk()
    with pytest.raises(BadRequest):
        await desk.add_mailbox(RequestId("r"), NEW)
    assert office.did == ["checked", "sealed", "taken back"]


@pytest.mark.parametrize("when", ["checked", "sealed"])
async def test_who_hangs_up_leaves_nothing_half_done(
    office: Office, desk: LocalDesk, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = MailboxSettings(address=NEW.address, login=NEW.login, imap=NEW.imap)
    office.script += [
        MailboxView(mailbox=MailboxId("b1"), settings=settings, members=(), paused=False, state=SyncState.SYNCING)
    ]
    office.start_desk()
    there, go_on, staffed = asyncio.Event(), asyncio.Event(), asyncio.Event()
    method = {"checked": "check_servers", "sealed": "keep_secret"}[when]
    before, staff = getattr(office, method), office.staff

    async def held(mailbox: NewMailbox) -> object:
        there.set()
        await go_on.wait()
        return await before(mailbox)

    async def ended() -> None:
        await staff()
        staffed.set()

    monkeypatch.setattr(office, method, held)
    monkeypatch.setattr(office, "staff", ended)
    adding = asyncio.ensure_future(desk.add_mailbox(RequestId("r"), NEW))
    await there.wait()
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    go_on.set()
    if when == "sealed":
        await staffed.wait()
    assert office.did == {"checked": [], "sealed": ["checked", "sealed", "recorded", "staffed"]}[when]


async def test_an_employee_cannot_have_servers_tried_for_others(office: Office, desk: LocalDesk) -> None:
    office.reader.role = MemberRole.EMPLOYEE
    other = NewMailbox(address="x@y.example", login="x", password="p", imap=NEW.imap, smtp=None, member="Tom")
    with pytest.raises(NotAllowed):
        await desk.add_mailbox(RequestId("r"), other)
    assert office.did == []


@pytest.mark.parametrize(
    ("member", "address", "refused"),
    [("Nobody", "x@y.example", NotFound), ("TOM", "x@y.example", None), ("m2", "x y", BadRequest)],
)
async def test_what_makes_no_sense_calls_no_server(
    office: Office, desk: LocalDesk, member: str, address: str, refused: type[DeskError] | None
) -> None:
    office.refuse = Away("server", step="imap", cause="dns", host="mail.example")
    other = NewMailbox(address=address, login="x", password="p", imap=NEW.imap, smtp=None, member=member)
    with pytest.raises(refused or Away):
        await desk.add_mailbox(RequestId("r"), other)
    assert office.did == ([] if refused else ["checked"])


# ---- Import


async def pieces(*copies: LocalCopy) -> AsyncIterator[LocalCopy]:
    for copy in copies:
        yield copy


async def test_pieces_become_mails_and_mails_batches_of_one_folder() -> None:
    copies = [
        LocalCopy(folder="A", data=b"one ", last=False),
        LocalCopy(folder="A", data=b"mail", flags=("\\Seen",), at=5),
        *[LocalCopy(folder="B", data=b"x") for _ in range(IMPORT_COPIES + 1)],
    ]
    got = [batch async for batch in batched(pieces(*copies))]
    assert [(folder, len(mails)) for folder, mails in got] == [("A", 1), ("B", IMPORT_COPIES), ("B", 1)]
    assert got[0][1] == [(b"one mail", ("\\Seen",), 5)]


async def test_a_mail_without_end_is_refused() -> None:
    endless = (LocalCopy(folder="A", data=bytes(1 << 20), last=False) for _ in range(100))
    with pytest.raises(BadRequest):
        [batch async for batch in batched(pieces(*endless))]


async def test_an_import_is_summed_and_kept(office: Office, desk: LocalDesk) -> None:
    settings = MailboxSettings(address=OLD.address, login="", imap=None)
    opened = MailboxView(mailbox=MailboxId("b9"), settings=settings, members=(), paused=False, state=SyncState.SYNCED)
    office.script += [opened, DONE]
    office.start_desk()
    ear = Ear()
    office.switchboard.connect(mailbox_name(9), ear)
    importing = asyncio.ensure_future(
        desk.import_copies(
            RequestId("r"), OLD.address, pieces(LocalCopy(folder="A", data=b"a"), LocalCopy(folder="B", data=b"b"))
        )
    )
    for number, (added, known) in enumerate(((1, 0), (0, 1)), start=1):
        asked: Record = (await told(ear, ImportCopies, number))[-1]
        assert isinstance(asked, ImportCopies)
        office.front.tell(CopiesImported(id=asked.id, added=added, known=known, failed=0))
    await importing
    assert [command.method for command in office.commands] == ["open_import", "import_copies"]
    assert office.commands[1].arguments == {"mailbox": OLD.address, "added": 1, "known": 1, "failed": 0}


# ---- The office itself


async def test_only_oneself_at_home_stops_the_office(office: Office, desk: LocalDesk) -> None:
    with pytest.raises(NotAllowed):
        await desk.stop_office()  # acting as somebody else
    own = LocalDesk(Caller(member=MemberKey(1)), office)
    office.shared = True
    with pytest.raises(NotAllowed):
        await own.stop_office()
    office.shared = False
    await own.stop_office()
    assert office.ended == 1
