"""Attachments save themselves in a whole office: a mailbox's mail, real actors, the caller's desk; whoever dies."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from actors.desk.actor import DeskActor
from actors.desk.api import NewContact, NewMailbox
from actors.desk.local import LocalDesk
from actors.documents import DocumentsActor
from store.model.document import Document
from store.model.ids import RequestId
from store.model.mailbox import ServerSettings
from tests.office.test_desk_saving import PDF, mail
from tests.support.killing import Plan, arm
from tests.support.office import DEADLINE
from tests.support.rig import Rig, rig
from tests.support.scripted import ScriptedMailbox

OLGA, MX = "olga@firm.example", "mx.firm.example"
NEW = 4_000_000_000  # after the mailbox was added
PASSED = f"Authentication-Results: {MX}; dmarc=pass header.from=acme.example\r\n".encode()


def new() -> RequestId:
    return RequestId(uuid.uuid4().hex)


async def saving(office: Rig) -> LocalDesk:
    """Olga's mailbox saves attachments; Acme's mail has one."""
    server = office.doors.servers["olga"] = ScriptedMailbox()
    desk = await office.desk()
    await desk.add_client(new(), "Acme", [NewContact(name="Ana", address="ana@acme.example")])
    imap = ServerSettings(host="localhost", port=1, tls="none")
    await desk.add_mailbox(
        new(), NewMailbox(address=OLGA, login="olga", password="p", imap=imap, smtp=None, authserv_id=MX)
    )
    await desk.set_mailbox(new(), OLGA, save_attachments=True)
    server.deliver("INBOX", PASSED + mail("one@x", PDF, to=OLGA), internaldate=NEW)
    await desk.sync(wait=True, timeout=DEADLINE)
    return desk


async def saved(desk: LocalDesk) -> AsyncIterator[Document]:
    """Acme's documents, as soon as they have changed."""
    async for event in desk.announcements(since=0):
        if event.kind == "documents_changed":
            for one in await desk.documents("Acme"):
                yield one
            return


async def test_a_clients_attachment_is_among_the_documents_by_itself() -> None:
    async with rig() as office, asyncio.timeout(DEADLINE):
        desk = await saving(office)
        (one,) = [document async for document in saved(desk)]
        assert (one.name, one.mailbox, one.by, one.year) == ("Deed.pdf", OLGA, None, "2026")
        assert b"".join([piece async for piece in desk.document(one.document)]) == PDF[3]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [("documents", "SavingOpen"), ("documents", "SavingStirred"), ("desk", "AskSaving"), ("desk", "AttachmentsStaged")],
)
async def test_whoever_dies_it_is_saved_once(name: str, kind: str, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(name=name, kind=kind, when=when)
    arm(monkeypatch, plan, (DeskActor, DocumentsActor))
    async with rig() as office, asyncio.timeout(DEADLINE):
        desk = await saving(office)
        assert [one.name async for one in saved(desk)] == ["Deed.pdf"]
        await asyncio.to_thread(plan.struck.wait, DEADLINE)
        await desk.hold_client(new(), "Acme", on=True)  # answered when the desk has done all that it was told before
        files = [path for path in office.home.documents.rglob("*") if path.is_file() and ".aside" not in path.parts]
        assert [path.name for path in files] == ["Deed.pdf"]
