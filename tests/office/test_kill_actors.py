"""Any single actor dies at any message: no email or body is lost, every errand is done once, no mailbox hangs."""

import asyncio
import logging
import uuid
from dataclasses import dataclass

import pytest

from actors.classifier import ClassifierActor
from actors.desk.actor import DeskActor
from actors.desk.api import NewContact, NewMailbox
from actors.desk.local import LocalDesk
from actors.documents import DocumentsActor
from actors.mailbox.actor import MailboxActor
from actors.notifier import NotifierActor
from store.model.ids import RequestId
from store.model.mailbox import MailboxScope, ServerSettings
from store.model.views import EmailRow
from tests.support.killing import Plan, arm
from tests.support.office import DEADLINE
from tests.support.rig import Rig, rig
from tests.support.scripted import ScriptedMailbox

MAILS = 60
ACTORS = (ClassifierActor, DeskActor, DocumentsActor, MailboxActor, NotifierActor)
OLD = 1_600_000_000
NEW = 4_000_000_000  # after the mailbox was added: its mail is told of

# Every message that a whole office's life brings to an actor; the test below finds a missing one.
MESSAGES = {
    "classifier": ("Boot", "Classify", "BatchParsed", "Tick", "Restarted"),
    "desk": (
        "Boot",
        "Command",
        "DeclareFolders",
        "OpenPass",
        "Deposit",
        "ClosePass",
        "AskChanges",
        "AskErrands",
        "AskOutbox",
        "AskSaving",
        "AskFiles",
        "ErrandDone",
        "MailboxTold",
        "Carried",
        "AuditTold",
        "WantBody",
        "Continue",
        "Tick",
    ),
    "mailbox": (
        "Boot",
        "Continue",
        "Opened",
        "Deposited",
        "Carry",
        "Wanted",
        "SeekAddresses",
        "FolderStirred",
        "SyncNow",
        "AuditNow",
        "Tick",
    ),
    "notifier": ("Boot", "EmailsFiled", "Tick"),
    "documents": ("Boot", "SavingOpen", "FilesOpen", "Tick"),
}
PLANTED = ("Matter", "Body 1", "byron", "olga", "hush", "INBOX", "mail.example", "Byron")
KILLS = [
    (name, kind, when)
    for name, kinds in MESSAGES.items()
    for kind in kinds
    for when in ("before", "after")
    if (name, kind) != ("classifier", "Restarted")  # comes only with a kill
]


def new() -> RequestId:
    return RequestId(uuid.uuid4().hex)


def mail(number: int, sender: str = "ada@byron.example") -> bytes:
    return (
        f"From: Ada <{sender}>\r\nTo: olga@firm.example\r\nSubject: Matter {number}\r\n"
        f"Message-ID: <{number}@mail.example>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nBody {number}.\r\n"
    ).encode()


@dataclass
class Outcome:
    """What stands when all is over."""

    emails: dict[str, tuple[bool, tuple[str, ...]]]
    filed: set[str]
    notices: list[str]
    unclean: list[str]
    server: int


async def live(office: Rig) -> Outcome:
    """A small life: a first sync, a link, new mail, a body asked for, an archived mail, an audit."""
    server = office.doors.servers["olga"] = ScriptedMailbox()
    for number in range(MAILS):
        server.deliver("INBOX", mail(number, f"ada{number % 3}@byron.example"), internaldate=OLD + number)
    desk = await office.desk()
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada0@byron.example")])
    await desk.add_mailbox(
        new(),
        NewMailbox(
            address="olga@firm.example",
            login="olga",
            password="hush",
            imap=ServerSettings(host="localhost", port=1, tls="none"),
            smtp=None,
            scope=MailboxScope.HEADERS,
        ),
    )
    await desk.sync(wait=True, timeout=DEADLINE)
    await desk.link(new(), "ada1@byron.example", "Byron")
    await desk.sync(wait=True, timeout=DEADLINE)
    server.deliver("INBOX", mail(1000, "ada0@byron.example"), internaldate=NEW)
    await desk.sync(wait=True, timeout=DEADLINE)
    rows = await everything(desk)
    unfiled = next(row for row in rows.values() if not row.whole)
    await desk.fetch_body(unfiled.email, timeout=DEADLINE)
    await desk.archive(new(), [rows["1000@mail.example"].email])
    async with asyncio.timeout(DEADLINE):
        while not server.folders["Archive"].mails:
            await desk.sync(wait=True, timeout=DEADLINE)
    await desk.sync(wait=True, timeout=DEADLINE)
    return await outcome(desk, server)


async def everything(desk: LocalDesk) -> dict[str, EmailRow]:
    return {row.message_id or "": row for row in await desk.search("", limit=500)}


async def outcome(desk: LocalDesk, server: ScriptedMailbox) -> Outcome:
    audit = await desk.audit(timeout=DEADLINE)
    rows = await desk.search("", limit=500)
    async with asyncio.timeout(DEADLINE):
        while not (notices := await desk.notices()):  # noqa: ASYNC110 - the notifier's own pace
            await asyncio.sleep(0.01)
    return Outcome(
        emails={row.message_id or "": (row.whole, tuple(filing.client.name for filing in row.filings)) for row in rows},
        filed={row.message_id or "" for row in rows if row.filings},
        notices=sorted(f"{notice.kind} {notice.client.name if notice.client else ''}" for notice in notices),
        unclean=[*audit.failed, *(line.folder for line in audit.lines if not line.clean)],
        server=sum(len(folder.mails) for folder in server.folders.values()),
    )


def is_whole(result: Outcome) -> None:
    """What must hold whatever died."""
    assert len(result.emails) == result.server == MAILS + 1
    assert result.unclean == []
    expected = {f"{number}@mail.example" for number in range(MAILS) if number % 3 != 2} | {"1000@mail.example"}
    assert result.filed == expected
    assert all(result.emails[name][0] for name in expected), "a filed email without its body"
    assert sum(notice.startswith("client_wrote") for notice in result.notices) == 1


async def test_a_life_undisturbed_brings_every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan()
    arm(monkeypatch, plan, ACTORS)
    async with rig() as office:
        is_whole(await live(office))
        assert office.ended == []
    known = {(name, kind) for name, kinds in MESSAGES.items() for kind in kinds}
    assert set(plan.seen) - known == {("mailbox", "Finish")}, "a message that no kill strikes"


@pytest.mark.parametrize(("name", "kind", "when"), KILLS, ids=str)
async def test_an_actor_dies_and_nothing_is_lost(
    name: str, kind: str, when: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for logger in ("actors", "providers", "store"):
        caplog.set_level(logging.DEBUG, logger=logger)
    plan = Plan(name=name, kind=kind, when=when)
    arm(monkeypatch, plan, ACTORS)
    async with rig() as office:
        is_whole(await live(office))
        async with asyncio.timeout(DEADLINE):
            while not plan.struck.is_set():  # noqa: ASYNC110 - a Tick comes within a second
                await asyncio.sleep(0.01)
        assert office.ended == []
        is_whole(await outcome(await office.desk(), office.doors.servers["olga"]))
    assert f"{name}" in caplog.text  # the death is said,
    assert not [word for word in PLANTED if word in caplog.text]  # and nothing of the mail (Z14)
