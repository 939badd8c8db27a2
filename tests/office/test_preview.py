"""What a preview counts, on a scripted mailbox: as the real filing files it afterwards, and nothing of it is kept."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from actors.desk.api import Desk, NewContact, NewMailbox
from actors.previewing import chunks, newest
from store.model.errors import SignInRefused
from store.model.ids import RequestId
from store.model.labels import DRAFT
from store.model.mailbox import ServerSettings
from store.model.preview import Preview
from store.model.uidset import UidSet
from tests.support.rig import Rig, rig
from tests.support.scripted import EVERYTHING, ScriptedFolder, ScriptedMailbox

OWN = "olga@firm.example"
OLD, NEW = 1_600_000_000, 1_750_000_000
SINCE = 1_700_000_000
PLANTED = "Xyzzyplanted"
BOX = NewMailbox(
    address=OWN,
    login=OWN,
    password="p",
    imap=ServerSettings(host="localhost", port=1, tls="none"),
    smtp=None,
    history_from=SINCE,
)
_numbers: Iterator[int] = iter(range(1, 10_000))


def mail(sender: str, to: str, *, name: int | None = None, answers: int | None = None) -> bytes:
    number = next(_numbers) if name is None else name
    names = "" if answers is None else f"In-Reply-To: <{answers}@x.example>\r\n"
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {PLANTED} {number}\r\nMessage-ID: <{number}@x.example>\r\n{names}"
        "Date: Mon, 23 Jun 2025 10:00:00 +0000\r\n\r\nText\r\n"
    ).encode()


def filled() -> ScriptedMailbox:
    """Two of Ada's client, a thread that goes on with somebody else, one of nobody, one sent; one twice in folders."""
    box = ScriptedMailbox()
    ada = mail(f"{PLANTED} <ada@byron.example>", OWN, name=5001)
    for folder in ("INBOX", "Archive"):
        box.deliver(folder, ada, internaldate=NEW)
    box.deliver("INBOX", mail("stranger@else.example", f"{OWN}, ada@byron.example"), internaldate=NEW)
    box.deliver("Sent", mail(OWN, "ada@byron.example, eva@else.example", name=5002), internaldate=NEW)
    box.deliver("INBOX", mail("eva@else.example", OWN, answers=5002), internaldate=NEW)
    box.deliver("INBOX", mail("nobody@else.example", OWN), internaldate=NEW)
    box.deliver("INBOX", mail("ada@byron.example", OWN), internaldate=OLD)
    box.deliver("Drafts", mail(OWN, "ada@byron.example"), internaldate=NEW, flags=("\\Draft",))
    for _ in range(3):
        box.deliver("Junk", mail("spam@else.example", OWN), internaldate=NEW)
    return box


@pytest.fixture
async def office() -> AsyncIterator[Rig]:
    async with rig() as office:
        office.doors.servers[OWN] = filled()
        yield office


async def told(desk: Desk, mailbox: NewMailbox = BOX) -> list[Preview]:
    return [one async for one in desk.preview(mailbox)]


def planted(folder: Path) -> list[str]:
    found = [one for one in folder.rglob("*") if one.is_file()]
    return [one.name for one in found if any(word in one.read_bytes() for word in (PLANTED.encode(), b"byron.example"))]


async def test_it_counts_each_email_once_where_it_would_be_filed(office: Rig) -> None:
    desk = await office.desk()
    await desk.add_client(RequestId("c"), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    *going, last = await told(desk)
    assert [(one.name, one.emails) for one in last.clients] == [("Byron", 4)]
    assert last.unfiled == 1
    assert dict(last.excluded_by) == {"spam_folder": 3, "drafts_folder": 1, "before_history": 1}
    assert last.excluded == 5
    assert going
    assert not any(one.over for one in going)
    assert going[-1].looked == going[-1].total == 6


async def test_the_real_filing_agrees(office: Rig) -> None:
    desk = await office.desk()
    await desk.add_client(RequestId("c"), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    last = (await told(desk))[-1]
    await desk.add_mailbox(RequestId("m"), BOX)
    done = await desk.sync(wait=True, timeout=30)
    assert not done.failed
    filed = [bool(row.filings) for row in await desk.search("", limit=50)]
    assert (sum(filed), len(filed) - sum(filed)) == (last.clients[0].emails, last.unfiled)


async def test_nothing_of_it_is_kept(office: Rig) -> None:
    desk = await office.desk()
    await told(desk)
    assert await desk.mailboxes() == ()
    assert office.doors.secrets == set()
    assert planted(office.folder) == []
    assert office.doors.servers[OWN].open_sources == 0
    await desk.add_mailbox(RequestId("m"), BOX)
    assert (await desk.sync(wait=True, timeout=30)).failed == {}
    assert planted(office.folder) != []  # so would it be found


async def test_the_never_sync_list_of_a_mailbox_is_heeded(office: Rig) -> None:
    desk = await office.desk()
    await desk.add_mailbox(RequestId("m"), replace(BOX, history_from=NEW + 86_400 * 3))
    await desk.set_mailbox(RequestId("n"), OWN, never_sync=["byron.example"])
    last = (await told(desk))[-1]
    assert dict(last.excluded_by)["never_sync"] == 3
    assert last.clients == ()


async def test_a_refused_login_says_so(office: Rig) -> None:
    with pytest.raises(SignInRefused):
        await told(await office.desk(), replace(BOX, login="other"))


async def test_whoever_leaves_ends_it(office: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    server, look_in = office.doors.servers[OWN], office.doors.look_in
    loop, over, left = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def looked(*given: Any) -> Any:  # noqa: ANN401 - whatever look_in is given
        try:
            return look_in(*given)
        finally:
            loop.call_soon_threadsafe(over.set)

    monkeypatch.setattr(office.doors, "look_in", looked)

    def held(method: str) -> None:
        if method == "fetch":
            left.wait(30)

    server.before = held
    stream = cast("AsyncGenerator[Preview, None]", (await office.desk()).preview(BOX))
    assert not (await anext(stream)).over
    await stream.aclose()
    left.set()
    await asyncio.wait_for(over.wait(), 30)
    assert server.calls["fetch"] == 1
    assert server.open_sources == 0


async def test_of_gmail_the_folder_that_holds_all_is_looked_at(office: Rig) -> None:
    box = office.doors.servers[OWN] = ScriptedMailbox(capabilities=replace(EVERYTHING, gmail=True))
    box.folders["[Gmail]/All Mail"] = ScriptedFolder(name="[Gmail]/All Mail", special_use="all")
    for sender, flags in (("eva@else.example", ()), ("ada@byron.example", ()), (OWN, (DRAFT,))):
        raw = mail(sender, "somebody@else.example")
        box.deliver("[Gmail]/All Mail", raw, internaldate=NEW, flags=flags)
        box.deliver("Drafts" if flags else "INBOX", raw, internaldate=NEW)
    last = (await told(await office.desk()))[-1]
    assert (last.unfiled, dict(last.excluded_by)) == (2, {"drafts_folder": 1})


def test_the_newest_come_first() -> None:
    uids = UidSet.of(range(1, 11))
    assert sorted(newest(uids, 3)) == [8, 9, 10]
    assert [sorted(one) for one in chunks(uids, 4)] == [[7, 8, 9, 10], [3, 4, 5, 6], [1, 2]]
