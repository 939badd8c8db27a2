"""The views on every Desk: where a thread stands after what was done to it, and an attachment as it was sent."""

import time
from base64 import encodebytes
from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, LocalCopy, NewContact
from store.model.errors import NotFound
from store.model.ids import EmailId, ThreadId
from store.model.views import ThreadQuery, ThreadRow, View
from tests.contract.test_desk import ASKS, ASKS_AGAIN, OTHER, WORLDS, bring, emails, new, refused

LATER = int(time.time()) + 86_400


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def listed(desk: Desk, view: View) -> list[ThreadRow]:
    return list((await desk.threads(ThreadQuery(view=view))).rows)


async def where(desk: Desk, thread: ThreadId) -> set[View]:
    """The views that show it; their lines in the left pane count what they show."""
    shown = {view: [row.thread for row in await listed(desk, view)] for view in View}
    counts = {row.view: row.threads for row in await desk.folders() if row.view is not None}
    assert counts == {view: len(threads) for view, threads in shown.items()}
    return {view for view, threads in shown.items() if thread in threads}


async def brought(desk: Desk, *, filed: bool = False) -> ThreadId:
    if filed:
        await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS)
    return (await listed(desk, View.ALL))[0].thread


async def test_every_view_has_a_line(desk: Desk) -> None:
    assert {row.view for row in await desk.folders()} == {*View}


async def test_a_snoozed_thread_is_out_of_the_inbox_until_somebody_writes(desk: Desk) -> None:
    thread = await brought(desk, filed=True)
    assert await where(desk, thread) == {View.ALL, View.INBOX}
    await desk.snooze(new(), thread, LATER)
    assert await where(desk, thread) == {View.ALL, View.SNOOZED}
    (row,) = (await desk.threads(ThreadQuery(client=(await desk.clients())[0].client))).rows
    assert row.snoozed_until == LATER
    await bring(desk, ASKS_AGAIN)
    assert await where(desk, thread) == {View.ALL, View.INBOX}
    assert (await listed(desk, View.ALL))[0].snoozed_until is None


async def test_a_snooze_is_taken_back(desk: Desk) -> None:
    thread = await brought(desk)
    await desk.snooze(new(), thread, LATER)
    await desk.undo(new())
    assert await where(desk, thread) == {View.ALL, View.INBOX, View.UNFILED}


async def test_what_is_assigned_to_me_is_a_list_until_it_is_done(desk: Desk) -> None:
    thread = await brought(desk)
    me = (await desk.welcome()).member
    await desk.assign(new(), thread, me.member)
    assert await where(desk, thread) == {View.ALL, View.INBOX, View.UNFILED, View.ASSIGNED}
    assert (await listed(desk, View.ASSIGNED))[0].assigned == me.name
    await desk.done(new(), thread)
    assert await where(desk, thread) == {View.ALL, View.UNFILED, View.DONE}


async def test_a_comment_is_counted(desk: Desk) -> None:
    thread = await brought(desk)
    await desk.comment(new(), thread, "call her")
    assert [row.comments for row in await listed(desk, View.ALL)] == [1]


async def test_deleted_mail_without_a_client_is_in_deleted_alone(desk: Desk) -> None:
    thread = await brought(desk)
    await bring(desk, OTHER)
    (email,) = [row.email for number, row in (await emails(desk)).items() if number == ASKS.number]
    await desk.delete(new(), [email])
    assert await where(desk, thread) == {View.DELETED}
    assert [row.email for row in await desk.thread(thread)] == [email]
    assert (await desk.email(email)).text.strip() == "The deed is ready."
    assert b"".join([piece async for piece in desk.raw(email)]).endswith(b"The deed is ready.\r\n")
    assert (await desk.why(email)).filings == ()
    assert await desk.search("deed") == ()
    await desk.undo(new())
    assert await where(desk, thread) == {View.ALL, View.INBOX, View.UNFILED}


async def test_deleted_mail_of_a_client_stays_with_it(desk: Desk) -> None:
    thread = await brought(desk, filed=True)
    await desk.delete(new(), [], threads=[thread])
    assert await where(desk, thread) == {View.ALL, View.INBOX, View.DELETED}


# ---- Attachments

DATA = bytes(range(256)) * 2600  # longer than a chunk
WITH_PARTS = (
    b"From: ada@byron.example\r\nTo: olga@firm.example\r\nSubject: Deed\r\nMessage-ID: <1@mail.example>\r\n"
    b"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n"
    b"--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + encodebytes(DATA)
    + b"--b\r\nContent-Type: text/csv; name=empty.csv\r\n\r\n\r\n--b--\r\n"
)


async def with_parts(desk: Desk) -> EmailId:
    async def copies() -> AsyncIterator[LocalCopy]:
        for start in range(0, len(WITH_PARTS), 200_000):
            piece = WITH_PARTS[start : start + 200_000]
            yield LocalCopy(folder="INBOX", data=piece, last=start + 200_000 >= len(WITH_PARTS))

    await desk.import_copies(new(), "Old mail", copies())
    return (await desk.search(""))[0].email


async def read(desk: Desk, email: EmailId, n: int, *, version: int = 0) -> list[bytes]:
    return [piece async for piece in desk.part(email, n, version=version)]


async def test_an_attachment_comes_as_it_was_sent_in_chunks(desk: Desk) -> None:
    email = await with_parts(desk)
    attachments = (await desk.email(email)).attachments
    assert [(part.n, part.name, part.size) for part in attachments] == [(1, "a.bin", len(DATA)), (2, "empty.csv", 0)]
    pieces = await read(desk, email, 1)
    assert b"".join(pieces) == DATA
    assert len(pieces) > 1
    assert b"".join(await read(desk, email, 2)) == b""


async def test_what_is_no_attachment_is_not_found(desk: Desk) -> None:
    email = await with_parts(desk)
    for n, version in ((0, 0), (3, 0), (1, 2)):
        assert isinstance(await refused(read(desk, email, n, version=version)), NotFound)
    assert isinstance(await refused(read(desk, EmailId("nothing"), 1)), NotFound)
