"""Mail on its way out in a whole office: every way it can go, and every actor dead at every message of it.

Whatever happens: each recipient gets it once, or it is uncertain and says so; its copy stands in Sent once; it is one
email; Bcc is nowhere but in the envelope.
"""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
import pytest

from actors.classifier import ClassifierActor
from actors.desk import sending as desk_sending
from actors.desk.actor import DeskActor
from actors.desk.api import NewContact, NewMailbox
from actors.desk.local import LocalDesk
from actors.mailbox.actor import MailboxActor
from actors.outbox import sender as sending
from actors.outbox.actor import OutboxActor
from actors.outbox.sender import SenderActor
from providers.errors import AuthRefused, Refused, Unavailable, Uncertain
from providers.protocols import RecipientResult
from store.model.address import Person
from store.model.errors import BadRequest
from store.model.firm import MemberRole, Right
from store.model.ids import OutboxId, RequestId
from store.model.mailbox import ServerSettings
from store.model.outbox import Answering, Draft, OutboxRow, OutboxState, RecipientState
from store.model.thread import ThreadState
from store.model.views import EmailRow, NoticeKind, ThreadQuery, View
from tests.support.killing import Plan, arm
from tests.support.office import DEADLINE
from tests.support.rig import Rig, rig
from tests.support.scripted import ScriptedMailbox
from tests.support.submission import ScriptedSubmission

OLGA, ADA, CARL, HUSH = "olga@firm.example", "ada@byron.example", "carl@byron.example", "hush@other.example"
S = OutboxState
ACTORS = (OutboxActor, SenderActor, DeskActor, MailboxActor, ClassifierActor)
MESSAGES = {
    "outbox": ("Boot", "OutboxStirred", "OutboxOpen", "Tick"),
    "sender": ("Boot", "SenderCleared", "SendJobs", "MailTaken", "MailSettled", "Tick"),
    "desk": (
        "AskOutbox", "MailDue", "SenderStarted", "TakeMail", "MailBegun", "MailAnswered", "AskSent", "AppendNoted",
        "AppendDone", "Deposit",
    ),
    "mailbox": ("AppendSent", "NoteKept"),
    "classifier": ("Classify", "BatchParsed"),
}  # fmt: skip
KILLS = [(name, kind, when) for name, kinds in MESSAGES.items() for kind in kinds for when in ("before", "after")]


def new() -> RequestId:
    return RequestId(uuid.uuid4().hex)


def draft(*, subject: str = "Papers", to: tuple[str, ...] = (ADA,), bcc: tuple[str, ...] = ()) -> Draft:
    return Draft(
        from_=OLGA,
        to=tuple(Person(address=one) for one in to),
        bcc=tuple(Person(address=one) for one in bcc),
        subject=subject,
        text="Dear Ada,\n\nhere they are.",
    )


def refused(address: str, code: str = "unknown_recipient") -> RecipientResult:
    return RecipientResult(address=address, answer="refused", status=550, code=code)


@dataclass
class Desk:
    """A firm with one mailbox that sends."""

    office: Rig
    desk: LocalDesk
    server: ScriptedMailbox

    @property
    def submission(self) -> ScriptedSubmission:
        return self.office.doors.submission

    async def send(self, written: Draft, *, hold: int = 0) -> OutboxRow:
        row = await self.desk.put_draft(new(), written)
        return await self.desk.send(new(), row.outbox, hold=hold)

    async def row(self, outbox: OutboxId) -> OutboxRow:
        return next(row for row in await self.desk.outbox() if row.outbox == outbox)

    async def until(self, outbox: OutboxId, true: Callable[[OutboxRow], bool]) -> OutboxRow:
        """The row as soon as this holds; looks again at each announcement."""
        stirred = asyncio.Event()
        stop = await self.desk.subscribe(lambda _told: stirred.set())
        try:
            async with asyncio.timeout(DEADLINE):
                while not true(row := await self.row(outbox)):
                    await stirred.wait()
                    stirred.clear()
        finally:
            stop()
        return row

    async def until_state(self, outbox: OutboxId, state: OutboxState) -> OutboxRow:
        return await self.until(outbox, lambda row: row.state is state)

    async def until_kept(self, outbox: OutboxId) -> OutboxRow:
        """Sent, an email, and in Sent."""
        row = await self.until(outbox, lambda row: row.state is S.SENT and row.email is not None)
        async with asyncio.timeout(DEADLINE):
            while not self.in_sent(row) or await self.places(row) != ["Sent"]:
                await self.desk.sync(wait=True, timeout=DEADLINE)
        return row

    async def email(self, row: OutboxRow) -> EmailRow:
        return next(one for one in await self.desk.search("", limit=500) if one.message_id == row.message_id)

    async def places(self, row: OutboxRow) -> list[str]:
        return [seen.folder for seen in (await self.email(row)).sightings if not seen.gone]

    def in_sent(self, row: OutboxRow) -> int:
        wanted = f"<{row.message_id}>".encode()
        with self.server.lock:
            return sum(wanted in mail.raw for mail in self.server.folders["Sent"].mails.values())

    async def told(self, kind: NoticeKind) -> list[dict[str, str | int]]:
        return [notice.arguments for notice in await self.desk.notices() if notice.kind is kind]


@asynccontextmanager
async def firm() -> AsyncIterator[Desk]:
    async with rig() as office:
        server = office.doors.servers["olga"] = ScriptedMailbox()
        desk = await office.desk()
        await desk.add_client(new(), "Byron", [NewContact(name="Ada", address=ADA)])
        here = ServerSettings(host="localhost", port=1, tls="none")
        await desk.add_mailbox(new(), NewMailbox(address=OLGA, login="olga", password="hush", imap=here, smtp=here))
        await desk.sync(wait=True, timeout=DEADLINE)
        yield Desk(office, desk, server)
        assert office.ended == []


# ---------------------------------------------------------------- the whole way
async def test_sent_mail_arrives_is_filed_and_stands_in_sent_once() -> None:
    async with firm() as at:
        sent = await at.send(draft(to=(ADA, CARL), bcc=(HUSH,)))
        row = await at.until_kept(sent.outbox)
        (arrived,) = at.submission.arrived
        assert arrived.recipients == (ADA, CARL, HUSH)
        assert arrived.sender == OLGA
        assert [one.state for one in row.recipients] == [RecipientState.ACCEPTED] * 3
        (kept,) = at.server.folders["Sent"].mails.values()
        assert (kept.raw, kept.flags) == (arrived.message, ("\\Seen",))
        assert HUSH.encode() not in arrived.message
        email = await at.email(row)
        assert [filing.client.name for filing in email.filings] == ["Byron"]
        assert (email.whole, email.email) == (True, row.email)
        assert email.read
        view = await at.desk.email(email.email)
        assert "here they are" in view.text
        assert not await at.desk.notices()


async def test_it_is_an_email_before_its_copy_is_in_sent() -> None:
    async with firm() as at:
        at.server.fail("append", Unavailable("closed"))
        sent = await at.send(draft())
        row = await at.until(sent.outbox, lambda row: row.email is not None)
        assert row.state is S.SENT
        await at.until_kept(sent.outbox)
        assert at.in_sent(row) == 1
        assert len(at.submission.arrived) == 1


async def test_an_answer_hangs_in_its_thread_and_names_what_it_answers() -> None:
    async with firm() as at:
        at.server.deliver(
            "INBOX",
            f"From: Ada <{ADA}>\r\nTo: {OLGA}\r\nSubject: A question\r\nMessage-ID: <q1@byron.example>\r\n"
            f"References: <q0@byron.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nWell?\r\n".encode(),
        )
        await at.desk.sync(wait=True, timeout=DEADLINE)
        (asked,) = await at.desk.search("", limit=5)
        answer = Draft(
            from_=OLGA, to=(Person(address=ADA),), subject="Re: A question", text="Yes.", how=Answering.REPLY,
            answers=asked.email,
        )  # fmt: skip
        row = await at.until_kept((await at.send(answer)).outbox)
        head = at.submission.arrived[0].message.partition(b"\r\n\r\n")[0]
        assert b"In-Reply-To: <q1@byron.example>" in head
        assert b"References: <q0@byron.example>" in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
        assert (await at.email(row)).thread == asked.thread


@pytest.mark.parametrize(
    "own_id", ["", "Message-ID: <>\r\n", "Message-ID: <\xc3\xa9 @x>\r\n"], ids=["none", "empty", "odd"]
)
async def test_an_answer_to_mail_without_a_usable_id_stands_in_its_thread_too(own_id: str) -> None:
    async with firm() as at:
        at.server.deliver(
            "INBOX",
            f"From: Ada <{ADA}>\r\nTo: {OLGA}\r\nSubject: A question\r\n{own_id}"
            f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nWell?\r\n".encode("latin-1"),
        )
        await at.desk.sync(wait=True, timeout=DEADLINE)
        (asked,) = await at.desk.search("", limit=5)
        answer = Draft(
            from_=OLGA, to=(Person(address=ADA),), subject="Re: A question", text="Yes.", how=Answering.REPLY,
            answers=asked.email,
        )  # fmt: skip
        row = await at.until_kept((await at.send(answer)).outbox)
        assert (await at.email(row)).thread == (await at.desk.email(asked.email)).thread
        at.server.deliver(
            "INBOX",
            f"From: Ada <{ADA}>\r\nTo: {OLGA}\r\nSubject: Re: A question\r\nMessage-ID: <q2@byron.example>\r\n"
            f"In-Reply-To: <{row.message_id}>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nThanks.\r\n".encode(),
        )
        await at.desk.sync(wait=True, timeout=DEADLINE)
        assert len({one.thread for one in await at.desk.search("", limit=5)}) == 1


async def test_where_all_are_in_bcc_only_its_writer_sees_who_and_answers_stand_in_its_thread() -> None:
    async with firm() as at:
        await at.desk.add_member(new(), "Nora", role=MemberRole.ADMIN)
        row = await at.until_kept((await at.send(draft(to=(), bcc=(HUSH, CARL)))).outbox)
        assert at.submission.arrived[0].recipients == (HUSH, CARL)
        assert b"To: undisclosed-recipients:;" in at.submission.arrived[0].message
        assert row.email is not None
        view = await at.desk.email(row.email)
        assert ([one.address for one in view.bcc], view.to, view.cc) == ([HUSH, CARL], (), ())
        await at.desk.file(new(), email=row.email, client="Byron")
        nora = await at.office.desk("Nora")
        theirs = await nora.email(row.email)
        assert (theirs.bcc, theirs.to) == ((), ())
        at.server.deliver(
            "INBOX",
            f"From: {HUSH}\r\nTo: {OLGA}\r\nSubject: Re: Papers\r\nMessage-ID: <q2@other.example>\r\n"
            f"In-Reply-To: <{row.message_id}>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nThanks.\r\n".encode(),
        )
        await at.desk.sync(wait=True, timeout=DEADLINE)
        assert len({one.thread for one in await at.desk.search("", limit=5)}) == 1
        (listed,) = (await at.desk.threads(ThreadQuery(view=View.INBOX))).rows
        assert (listed.count, listed.state) == (2, ThreadState.TO_ANSWER)


async def test_held_mail_waits_for_its_time_and_may_be_taken_back() -> None:
    async with firm() as at:
        later = await at.send(draft(subject="Later"), hold=3600)
        soon = await at.send(draft(subject="Soon"), hold=1)
        assert later.state is soon.state is S.HELD
        await at.until_state(soon.outbox, S.SENT)
        assert (await at.row(later.outbox)).state is S.HELD
        await at.desk.cancel(new(), later.outbox)
        await at.until_kept((await at.send(draft(subject="Last"))).outbox)
        assert len(at.submission.arrived) == 2
        assert (await at.row(later.outbox)).state is S.CANCELLED


async def test_a_paused_mailbox_holds_its_mail_until_it_goes_on() -> None:
    async with firm() as at:
        await at.desk.pause(new(), OLGA)
        with pytest.raises(BadRequest, match="cannot_send"):
            await at.send(draft(subject="Refused"))
        await at.desk.resume(new(), OLGA)
        sent = await at.send(draft(), hold=1)
        await at.desk.pause(new(), OLGA)
        await at.until_state(sent.outbox, S.QUEUED)
        assert not at.submission.asked
        await at.desk.resume(new(), OLGA)
        await at.until_kept(sent.outbox)
        assert len(at.submission.arrived) == 1


async def test_who_lost_the_right_meanwhile_sends_nothing() -> None:
    async with firm() as at:
        await at.desk.add_member(new(), "Nora", rights=(Right.SEND,))
        await at.desk.set_access(new(), "Nora", give=("Byron",))
        at.office.doors.servers["nora"] = ScriptedMailbox()
        here = ServerSettings(host="localhost", port=2, tls="none")
        nora = await at.office.desk("Nora")
        wanted = NewMailbox(
            address="nora@firm.example", login="nora", password="hush", imap=here, smtp=here, member="Nora"
        )
        await at.desk.add_mailbox(new(), wanted)
        theirs = Desk(at.office, nora, at.office.doors.servers["nora"])
        written = msgspec.structs.replace(draft(), from_="nora@firm.example")
        sent = await theirs.send(written, hold=2)
        await at.desk.set_access(new(), "Nora", rights=())
        row = await theirs.until_state(sent.outbox, S.FAILED)
        assert row.last_error == "not_allowed"
        assert not at.submission.asked
        (told,) = await theirs.told(NoticeKind.SEND_FAILED)
        assert told["cause"] == "not_allowed"


# ---------------------------------------------------------------- what servers do
async def test_each_recipient_is_told_apart_and_only_the_rest_is_tried_again() -> None:
    async with firm() as at:
        at.submission.say(CARL, refused(CARL))
        sent = await at.send(draft(to=(ADA, CARL)))
        row = await at.until_state(sent.outbox, S.SENT)
        assert [(one.address, one.state, one.code) for one in row.recipients] == [
            (ADA, RecipientState.ACCEPTED, None),
            (CARL, RecipientState.REFUSED, "unknown_recipient"),
        ]
        (told,) = await at.told(NoticeKind.SEND_FAILED)
        assert (told["address"], told["cause"]) == (CARL, "unknown_recipient")
        await at.desk.retry(new(), sent.outbox)
        row = await at.until(sent.outbox, lambda row: all(one.code is None for one in row.recipients))
        row = await at.until_kept(sent.outbox)
        assert [one.recipients for one in at.submission.arrived] == [(ADA,), (CARL,)]
        assert at.submission.arrived[0].message == at.submission.arrived[1].message
        assert at.in_sent(row) == 1


async def test_a_deferred_recipient_waits_and_says_why() -> None:
    async with firm() as at:
        at.submission.say(CARL, RecipientResult(address=CARL, answer="deferred", status=452, code="mailbox_full"))
        sent = await at.send(draft(to=(ADA, CARL)))
        row = await at.until(sent.outbox, lambda row: row.tries == 1 and row.state is S.QUEUED)
        assert row.last_error == "mailbox_full"
        assert [one.state for one in row.recipients] == [RecipientState.ACCEPTED, RecipientState.WAITING]
        await at.until(sent.outbox, lambda row: row.email is not None)  # Ada has it: it is an email
        cancelled = await at.desk.cancel(new(), sent.outbox)
        assert (cancelled.state, cancelled.recipients[1].code) == (S.SENT, "cancelled")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Refused("sender"), S.FAILED),
        (AuthRefused("login"), S.PAUSED),
    ],
)
async def test_what_will_never_do_stops_and_can_be_tried_again(
    error: Refused | AuthRefused, state: OutboxState
) -> None:
    async with firm() as at:
        at.submission.fail(error)
        sent = await at.send(draft())
        row = await at.until_state(sent.outbox, state)
        assert row.last_error == error.code
        (told,) = await at.told(NoticeKind.SEND_FAILED)
        assert told["cause"] == error.code
        await at.desk.retry(new(), sent.outbox)
        await at.until_kept(sent.outbox)
        assert len(at.submission.arrived) == 1


async def test_a_server_that_is_away_is_tried_again_by_itself() -> None:
    async with firm() as at:
        at.submission.fail(Unavailable("timeout"))
        sent = await at.send(draft())
        row = await at.until(sent.outbox, lambda row: row.last_error == "timeout")
        assert (row.state, row.tries) == (S.QUEUED, 1)
        assert not at.submission.arrived


# ---------------------------------------------------------------- doubt
async def doubtful(at: Desk, *, arrives: bool) -> OutboxRow:
    at.submission.fail(Uncertain("closed"), arrives=arrives)
    sent = await at.send(draft())
    row = await at.until_state(sent.outbox, S.UNCERTAIN)
    assert row.recipients[0].state is RecipientState.UNCERTAIN
    (told,) = await at.told(NoticeKind.SEND_UNCERTAIN)
    assert told["address"] == ADA
    assert at.submission.asked == 1
    return row


async def test_a_person_says_that_it_was_sent() -> None:
    async with firm() as at:
        row = await doubtful(at, arrives=True)
        await at.desk.resolve(new(), row.outbox, "sent")
        row = await at.until_kept(row.outbox)
        assert (at.in_sent(row), at.submission.asked) == (1, 1)


async def test_a_person_says_that_it_is_to_go_again() -> None:
    async with firm() as at:
        row = await doubtful(at, arrives=False)
        await at.desk.resolve(new(), row.outbox, "again")
        await at.until_kept(row.outbox)
        assert len(at.submission.arrived) == 1


def answer_to(row: OutboxRow, *, sender: str = ADA, extra: str = "") -> bytes:
    return (
        f"From: {sender}\r\nTo: {OLGA}\r\nSubject: Re: Papers\r\nMessage-ID: <{uuid.uuid4().hex}@x.example>\r\n"
        f"In-Reply-To: <{row.message_id}>\r\n{extra}Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nThank you.\r\n"
    ).encode()


async def test_the_recipients_answer_settles_it() -> None:
    async with firm() as at:
        row = await doubtful(at, arrives=True)
        at.server.deliver("INBOX", answer_to(row))
        await at.until_kept(row.outbox)
        assert at.submission.asked == 1


async def test_neither_a_bounce_nor_a_stranger_settles_it() -> None:
    async with firm() as at:
        row = await doubtful(at, arrives=True)
        at.server.deliver("INBOX", answer_to(row, sender="mallory@evil.example"))
        at.server.deliver("INBOX", answer_to(row, extra="Auto-Submitted: auto-replied\r\n"))
        bounce = "Return-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
        at.server.deliver("INBOX", answer_to(row, sender="MAILER-DAEMON@byron.example", extra=bounce))
        await at.desk.sync(wait=True, timeout=DEADLINE)
        assert len(await at.desk.search("", limit=9)) == 3
        assert (await at.row(row.outbox)).state is S.UNCERTAIN


async def test_a_copy_that_the_server_put_into_sent_settles_it() -> None:
    async with firm() as at:
        row = await doubtful(at, arrives=True)
        at.server.deliver("Sent", at.submission.arrived[0].message, flags=("\\Seen",))
        await at.desk.sync(wait=True, timeout=DEADLINE)
        row = await at.until_kept(row.outbox)
        assert (at.in_sent(row), at.submission.asked) == (1, 1)


# ---------------------------------------------------------------- Sent
async def test_a_line_cut_in_the_append_leaves_one_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with firm() as at:
        deliver = at.server.deliver

        def cut(folder: str, raw: bytes, **rest: object) -> int:
            deliver(folder, raw, **rest)  # type: ignore[arg-type]  # as it came
            monkeypatch.setattr(at.server, "deliver", deliver)
            raise Unavailable("closed")

        monkeypatch.setattr(at.server, "deliver", cut)
        row = await at.until_kept((await at.send(draft())).outbox)
        assert at.in_sent(row) == 1
        assert at.server.calls["append"] == 1


async def test_a_mailbox_without_sent_gets_one() -> None:
    async with firm() as at:
        with at.server.lock:
            del at.server.folders["Sent"]
        await at.desk.sync(wait=True, timeout=DEADLINE)
        sent = await at.send(draft())
        async with asyncio.timeout(DEADLINE):
            while "Sent" not in at.server.folders:
                await at.desk.sync(wait=True, timeout=DEADLINE)
        row = await at.until_kept(sent.outbox)
        assert (at.in_sent(row), at.server.calls["create"]) == (1, 1)


async def test_where_nothing_stands_beside_the_inbox_sent_is_made_below_it() -> None:
    async with firm() as at:
        at.server.fail("create", Refused("no"))
        with at.server.lock:
            del at.server.folders["Sent"]
        await at.desk.sync(wait=True, timeout=DEADLINE)
        row = await at.until((await at.send(draft())).outbox, lambda row: row.email is not None)
        async with asyncio.timeout(DEADLINE):
            while await at.places(row) != ["INBOX/Sent"]:
                await at.desk.sync(wait=True, timeout=DEADLINE)
        assert "Sent" not in at.server.folders
        assert at.server.calls["create"] == 2


async def test_a_server_that_will_not_have_the_copy_is_believed() -> None:
    async with firm() as at:
        at.server.fail("append", Refused("over_quota"))
        sent = await at.send(draft())
        row = await at.until(sent.outbox, lambda row: row.email is not None)
        await at.until_kept((await at.send(draft(subject="Next"))).outbox)
        assert at.in_sent(row) == 0
        assert await at.places(row) == ["Outbox"]
        (told,) = await at.told(NoticeKind.CHANGE_DROPPED)
        assert told["cause"] == "over_quota"


def renamed(raw: bytes, name: bytes) -> bytes:
    """As a server sends it on that has ids of its own."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"message-id:")]
    return b"\r\n".join([*lines, b"Message-ID: <" + name + b">"]) + b"\r\n\r\n" + body


async def test_a_copy_under_another_id_is_the_same_email_and_answers_find_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_sending, "saves_sent", lambda _host: True)
    async with firm() as at:
        sent = await at.send(draft())
        row = await at.until(sent.outbox, lambda row: row.email is not None)
        other = await at.send(draft(subject="Other papers"))
        await at.until(other.outbox, lambda row: row.email is not None)
        copy = renamed(at.submission.arrived[0].message, b"theirs@provider.example")
        uid = at.server.deliver("Sent", copy, flags=("\\Seen",))
        answer = answer_to(row).replace((row.message_id or "").encode(), b"theirs@provider.example")
        at.server.deliver("INBOX", answer)
        await at.desk.sync(wait=True, timeout=DEADLINE)
        found = {one.subject: one for one in await at.desk.search("", limit=9)}
        assert set(found) == {"Papers", "Other papers", "Re: Papers"}
        assert (found["Papers"].email, await at.places(row)) == (row.email, ["Sent"])
        assert found["Re: Papers"].thread == found["Papers"].thread != found["Other papers"].thread
        at.server.set_flags("Sent", uid, ("\\Seen", "\\Flagged"))
        at.server.new_uidvalidity("Sent")
        await at.desk.sync(wait=True, timeout=DEADLINE)
        assert len(await at.desk.search("", limit=9)) == 3
        assert at.server.calls["append"] == 0


# ---------------------------------------------------------------- deaths
async def test_a_life_of_mail_brings_every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    new_kinds = {(name, kind) for name, kinds in MESSAGES.items() for kind in kinds}
    plan = Plan()
    arm(monkeypatch, plan, ACTORS)
    async with firm() as at:
        await at.until_kept((await at.send(draft(), hold=1)).outbox)
        async with asyncio.timeout(DEADLINE):
            while not new_kinds <= set(plan.seen):  # noqa: ASYNC110 - a Tick comes within a second
                await asyncio.sleep(0.01)
    ours = {(name, kind) for name, kind in plan.seen if name in ("outbox", "sender")}
    assert ours <= new_kinds | {("outbox", "Finish"), ("sender", "Finish")}, "a message that no kill strikes"


@pytest.mark.parametrize(("name", "kind", "when"), KILLS, ids=str)
async def test_whoever_dies_it_arrives_once_or_is_uncertain(
    name: str, kind: str, when: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for logger in ("actors", "providers", "store"):
        caplog.set_level(logging.DEBUG, logger=logger)
    monkeypatch.setattr(sending, "REPEAT_SECONDS", 1.0)
    plan = Plan(name=name, kind=kind, when=when)
    arm(monkeypatch, plan, ACTORS)
    async with firm() as at:
        sent = [await at.send(draft(subject=f"Papers {number}", bcc=(HUSH,)), hold=number % 2) for number in range(3)]
        for one in sent:
            row = await at.until(one.outbox, lambda row: row.state in (S.SENT, S.UNCERTAIN))
            if row.state is S.SENT:
                assert at.in_sent(await at.until_kept(one.outbox)) == 1
        count = Counter(arrived.message for arrived in at.submission.arrived)
        assert set(count.values()) == {1}, "sent twice"
        async with asyncio.timeout(DEADLINE):
            while not plan.struck.is_set():  # noqa: ASYNC110 - a Tick comes within a second
                await asyncio.sleep(0.01)
        certain = [row for row in await at.desk.outbox() if row.state is S.SENT]
        assert len(count) >= len(certain)
        assert len(certain) == 3 or kind in ("MailBegun", "MailTaken"), "doubt where there is none"
    assert not [word for word in ("Papers", "byron", "hush@", "olga@") if word in caplog.text]
