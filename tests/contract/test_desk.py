"""One suite for every Desk: what a screen may rely on holds for the fake, inside the office, and over the socket."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest

from actors.desk.api import AuditResult, Desk, Imported, LocalCopy, NewContact
from store.model.errors import BadRequest, Conflict, DeskError, NotFound
from store.model.filing import Reason
from store.model.ids import EmailId, RequestId, ThreadId
from store.model.thread import ThreadState
from store.model.views import Announcement, EmailRow, ThreadQuery, View
from tests.support.fake_desk import FakeDesk
from tests.support.rig import rig
from tests.support.served import served

DEADLINE = 30.0
Answer = TypeVar("Answer")
World = Callable[[], AbstractAsyncContextManager[Desk]]


@asynccontextmanager
async def fake() -> AsyncIterator[Desk]:
    yield FakeDesk()


@asynccontextmanager
async def fake_over_the_socket() -> AsyncIterator[Desk]:
    async with served(FakeDesk()) as office:
        desk = await office.attach()
        yield desk
        await desk.close()


@asynccontextmanager
async def local() -> AsyncIterator[Desk]:
    async with rig() as office:
        yield await office.desk()


@asynccontextmanager
async def remote() -> AsyncIterator[Desk]:
    async with rig() as office, served(await office.desk()) as door:
        desk = await door.attach()
        yield desk
        await desk.close()


WORLDS: dict[str, World] = {"fake": fake, "fake-remote": fake_over_the_socket, "local": local, "remote": remote}


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


# ---- Made-up mail


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail for the import."""

    number: int
    sender: str
    subject: str = "Deed"
    text: str = "The deed is ready."
    to: str = "olga@firm.example"
    answers: int | None = None
    folder: str = "INBOX"
    seen: bool = False

    def raw(self) -> bytes:
        reply = f"In-Reply-To: <{self.answers}@mail.example>\r\n" if self.answers is not None else ""
        return (
            f"From: {self.sender}\r\nTo: {self.to}\r\nSubject: {self.subject}\r\n"
            f"Message-ID: <{self.number}@mail.example>\r\n{reply}"
            f"Date: Mon, 02 Mar 2026 10:{self.number:02}:00 +0000\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n"
            f"{self.text}\r\n"
        ).encode()


ASKS = Letter(number=1, sender="Ada Byron <ada@byron.example>")
ASKS_AGAIN = Letter(number=2, sender="Ada Byron <ada@byron.example>", subject="Re: Deed", answers=1)
OTHER = Letter(number=3, sender="Bea Blum <bea@blum.example>", subject="Invoice", text="Please pay.")


def new() -> RequestId:
    return RequestId(uuid.uuid4().hex)


async def bring(desk: Desk, *letters: Letter, mailbox: str = "Old mail", request: RequestId | None = None) -> Imported:
    async def copies() -> AsyncIterator[LocalCopy]:
        for letter in letters:
            flags = ("\\Seen",) if letter.seen else ()
            yield LocalCopy(folder=letter.folder, data=letter.raw(), flags=flags)

    return await desk.import_copies(request or new(), mailbox, copies())


async def emails(desk: Desk) -> dict[int, EmailRow]:
    """Every email by its letter's number."""
    rows = await desk.search("", limit=200)
    return {int((row.message_id or "0@").partition("@")[0]): row for row in rows}


async def refused(awaitable: Awaitable[object]) -> DeskError:
    with pytest.raises(DeskError) as caught:
        await awaitable
    return caught.value


# ---- Greeting and lists


async def test_a_new_firm_is_empty(desk: Desk) -> None:
    welcome = await desk.welcome()
    assert welcome.empty
    assert welcome.member.role == "owner"
    assert await desk.clients() == ()
    assert (await desk.threads(ThreadQuery())).total == 0


async def test_imported_mail_is_listed_newest_first(desk: Desk) -> None:
    result = await bring(desk, ASKS, ASKS_AGAIN, OTHER)
    assert (result.added, result.known, result.failed) == (3, 0, 0)
    page = await desk.threads(ThreadQuery())
    assert [(row.subject, row.count) for row in page.rows] == [("Invoice", 1), ("Re: Deed", 2)]
    assert page.total == 2
    thread = await desk.thread(page.rows[1].thread)
    assert [row.subject for row in thread] == ["Deed", "Re: Deed"]


async def test_importing_again_adds_nothing(desk: Desk) -> None:
    await bring(desk, ASKS)
    again = await bring(desk, ASKS, OTHER)
    assert (again.added, again.known) == (1, 1)
    assert len(await emails(desk)) == 2


async def test_a_window_of_a_list(desk: Desk) -> None:
    letters = [Letter(number=n, sender="Ada <ada@byron.example>", subject=f"Matter {n}") for n in range(1, 8)]
    await bring(desk, *letters)
    page = await desk.threads(ThreadQuery(), offset=2, limit=3)
    assert [row.subject for row in page.rows] == ["Matter 5", "Matter 4", "Matter 3"]
    assert (page.offset, page.total) == (2, 7)


async def test_an_email_is_shown_with_its_text(desk: Desk) -> None:
    await bring(desk, ASKS)
    row = (await emails(desk))[1]
    view = await desk.email(row.email)
    assert view.text.strip() == "The deed is ready."
    assert view.from_[0].address == "ada@byron.example"
    assert view.whole
    assert await desk.fetch_body(row.email) == view


async def test_the_raw_mail_comes_in_chunks(desk: Desk) -> None:
    long = Letter(number=1, sender="Ada <ada@byron.example>", text="All work and no play. " * 30_000)
    await bring(desk, long)
    chunks = [chunk async for chunk in desk.raw((await emails(desk))[1].email)]
    assert b"".join(chunks) == long.raw()
    assert len(chunks) > 1


async def test_a_mail_longer_than_a_frame_is_imported_in_pieces(desk: Desk) -> None:
    long = Letter(number=1, sender="Ada <ada@byron.example>", text="x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 40_000)
    raw = long.raw()
    size = 500_000

    async def copies() -> AsyncIterator[LocalCopy]:
        for start in range(0, len(raw), size):
            yield LocalCopy(folder="INBOX", data=raw[start : start + size], last=start + size >= len(raw))

    assert (await desk.import_copies(new(), "Old mail", copies())).added == 1
    email = (await emails(desk))[1].email
    assert len((await desk.email(email)).text) >= 1_000_000  # an answer of several frames
    assert b"".join([chunk async for chunk in desk.raw(email)]) == raw


async def test_an_import_whose_source_fails_fails_with_it(desk: Desk) -> None:
    async def copies() -> AsyncIterator[LocalCopy]:
        yield LocalCopy(folder="INBOX", data=ASKS.raw())
        raise LookupError

    with pytest.raises(LookupError):
        await desk.import_copies(new(), "Old mail", copies())
    assert (await desk.welcome()).firm  # the line is still good


async def test_search_finds_words(desk: Desk) -> None:
    await bring(desk, ASKS, OTHER)
    assert [row.subject for row in await desk.search("deed")] == ["Deed"]
    assert await desk.search("nothing-like-this") == ()


async def test_search_goes_on_before_an_email(desk: Desk) -> None:
    await bring(desk, ASKS, ASKS_AGAIN, OTHER)
    first = await desk.search("", limit=2)
    rest = await desk.search("", limit=2, before=first[-1].email)
    assert [row.message_id for row in (*first, *rest)] == ["3@mail.example", "2@mail.example", "1@mail.example"]


@pytest.mark.parametrize("method", ["email", "why", "fetch_body"])
async def test_an_unknown_email_is_not_found(desk: Desk, method: str) -> None:
    assert isinstance(await refused(getattr(desk, method)(EmailId("nothing"))), NotFound)


async def test_an_unknown_thread_or_client_is_not_found(desk: Desk) -> None:
    assert isinstance(await refused(desk.thread(ThreadId("nothing"))), NotFound)
    assert isinstance(await refused(desk.client("nobody")), NotFound)
    assert isinstance(await refused(desk.done(new(), ThreadId("nothing"))), NotFound)


async def test_raw_of_an_unknown_email_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        [chunk async for chunk in desk.raw(EmailId("nothing"))]


async def test_an_audit_of_nothing_compares_nothing(desk: Desk) -> None:
    assert await desk.audit() == AuditResult(lines=())


# ---- Clients and filing


async def test_a_client_has_its_contacts(desk: Desk) -> None:
    client = await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="Ada@BYRON.example")])
    detail = await desk.client("byron")
    assert detail.client == client.client
    ((contact, addresses),) = detail.contacts
    assert (contact.name, [(a.address, a.email_sync) for a in addresses]) == ("Ada", [("ada@byron.example", True)])
    assert [c.name for c in await desk.contacts()] == ["Ada"]


async def test_a_name_is_taken_once(desk: Desk) -> None:
    await desk.add_client(new(), "Byron")
    error = await refused(desk.add_client(new(), "byron"))
    assert isinstance(error, BadRequest)
    assert error.code == "name_taken"
    assert len(await desk.clients()) == 1


async def test_a_bad_address_is_refused(desk: Desk) -> None:
    error = await refused(desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada\r\nBcc: x")]))
    assert (error.exit_code, error.code) == (2, "bad_address")
    assert await desk.clients() == ()


async def test_linking_files_what_is_already_known(desk: Desk) -> None:
    await bring(desk, ASKS, OTHER)
    client = await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    page = await _eventually(
        desk, lambda: desk.threads(ThreadQuery(client=client.client)), lambda page: page.total == 1
    )
    assert [row.subject for row in page.rows] == ["Deed"]
    filings = (await emails(desk))[1].filings
    assert [(f.client.name, f.reason, f.confidence) for f in filings] == [("Byron", Reason.ADDRESS, 100)]
    assert [row.subject for row in (await desk.threads(ThreadQuery(view=View.UNFILED))).rows] == ["Invoice"]


async def test_mail_of_a_known_contact_is_filed_as_it_comes(desk: Desk) -> None:
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS)
    why = await desk.why((await emails(desk))[1].email)
    assert [(f.client.name, f.reason) for f in why.filings] == [("Byron", Reason.ADDRESS)]


async def test_unlinking_takes_it_out_and_undo_brings_it_back(desk: Desk) -> None:
    client = await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS)
    await desk.unlink(new(), "ada@byron.example", "Byron")
    query = ThreadQuery(client=client.client)
    await _eventually(desk, lambda: desk.threads(query), lambda page: page.total == 0)
    await desk.undo(new())
    await _eventually(desk, lambda: desk.threads(query), lambda page: page.total == 1)


async def test_the_switch_off_files_no_longer(desk: Desk) -> None:
    client = await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS)
    await desk.set_email_sync(new(), "ada@byron.example", client="Byron", on=False)
    query = ThreadQuery(client=client.client)
    await _eventually(desk, lambda: desk.threads(query), lambda page: page.total == 0)


async def test_linking_twice_is_already_there(desk: Desk) -> None:
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    assert isinstance(await refused(desk.link(new(), "ada@byron.example", "Byron")), Conflict)


async def test_filing_by_hand_beats_the_address_and_can_be_undone(desk: Desk) -> None:
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await desk.add_client(new(), "Blum")
    await bring(desk, ASKS)
    email = (await emails(desk))[1].email
    done = await desk.file(new(), email=email, client="Blum")
    assert done.done
    assert [(f.client.name, f.reason) for f in (await emails(desk))[1].filings] == [("Blum", Reason.BY_HAND)]
    assert (await desk.undo(new())).done
    assert [f.client.name for f in (await emails(desk))[1].filings] == ["Byron"]


async def test_filing_nowhere_by_hand(desk: Desk) -> None:
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS)
    await desk.file(new(), email=(await emails(desk))[1].email, client=None)
    assert (await emails(desk))[1].filings == ()


async def test_an_id_answers_one_question_only(desk: Desk) -> None:
    request = new()
    made = await desk.add_client(request, "Byron")
    assert (await refused(desk.add_client(request, "Blum"))).code == "id_reused"
    assert (await refused(desk.add_contact(request, "Ada", ["ada@byron.example"]))).code == "id_reused"
    assert await desk.add_client(request, "Byron") == made
    assert [client.name for client in await desk.clients()] == ["Byron"]


async def test_a_repeat_gets_the_first_answer(desk: Desk) -> None:
    request = new()
    first = await desk.add_client(request, "Byron")
    assert await desk.add_client(request, "Byron") == first
    assert len(await desk.clients()) == 1


async def test_nothing_to_undo(desk: Desk) -> None:
    error = await refused(desk.undo(new()))
    assert (error.exit_code, error.code) == (2, "nothing_to_undo")


# ---- State


async def test_read_and_starred(desk: Desk) -> None:
    await bring(desk, ASKS, OTHER)
    rows = await emails(desk)
    assert not rows[1].read
    await desk.mark(new(), [rows[1].email, rows[3].email], read=True)
    await desk.mark(new(), [rows[3].email], starred=True)
    rows = await emails(desk)
    assert [(rows[n].read, rows[n].starred) for n in (1, 3)] == [(True, False), (True, True)]
    await desk.undo(new())
    assert not (await emails(desk))[3].starred


async def test_done_and_reopened(desk: Desk) -> None:
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS)
    thread = (await emails(desk))[1].thread
    assert (await emails(desk))[1].thread_state is ThreadState.TO_ANSWER
    await desk.done(new(), thread)
    assert (await emails(desk))[1].thread_state is ThreadState.DONE
    await desk.reopen(new(), thread)
    assert (await emails(desk))[1].thread_state is ThreadState.TO_ANSWER


async def test_folders_count_what_is_to_answer(desk: Desk) -> None:
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS, OTHER)
    rows = await desk.folders()
    byron = next(row for row in rows if row.client is not None and row.client.name == "Byron")
    assert (byron.to_answer, byron.unread, byron.threads) == (1, True, 1)
    assert next(row for row in rows if row.view is View.UNFILED).threads == 1


# ---- Members


async def test_members_are_added_and_given_access(desk: Desk) -> None:
    await desk.add_client(new(), "Byron")
    member = await desk.add_member(new(), "Ed Employee")
    done = await desk.set_access(new(), "Ed Employee", give=["Byron"])
    assert done.done
    found = next(m for m in await desk.members() if m.member == member.member)
    assert len(found.clients) == 1
    assert isinstance(await refused(desk.set_access(new(), "Nobody", give=["Byron"])), NotFound)


# ---- What comes by itself


async def test_a_subscriber_hears_of_changes_from_now_on(desk: Desk) -> None:
    await desk.add_client(new(), "Before")
    heard: list[Announcement] = []
    came = asyncio.Event()

    def sink(told: Announcement) -> None:
        heard.append(told)
        came.set()

    cancel = await desk.subscribe(sink)
    await bring(desk, ASKS)
    async with asyncio.timeout(DEADLINE):
        await came.wait()
    kinds = {"emails_filed", "threads_changed", "mailbox_told", "states_changed", "scope_changed"}
    assert {told.kind for told in heard} <= kinds
    cancel()


async def test_announcements_are_repeated_since_a_number(desk: Desk) -> None:
    await bring(desk, ASKS)
    await desk.add_client(new(), "Byron")

    async def heard(since: int, wanted: Callable[[Announcement], bool]) -> list[Announcement]:
        told: list[Announcement] = []
        async for each in desk.announcements(since=since):
            told.append(each)
            if wanted(each):
                break
        return told

    async with asyncio.timeout(DEADLINE):
        all_ = await heard(0, lambda each: each.kind == "firm_changed")
        again = await heard(all_[-1].seq - 1, lambda each: each.kind == "firm_changed")
    for told in (all_, again):
        assert [each.seq for each in told] == sorted({each.seq for each in told})
    assert len(all_) > 1
    assert [each.seq for each in again] == [all_[-1].seq]


async def test_a_stream_that_is_left_leaves_the_line_good(desk: Desk) -> None:
    await desk.add_client(new(), "Byron")
    for _ in range(50):
        stream = desk.announcements(since=0)
        assert (await anext(stream)).seq > 0
        await stream.aclose()  # type: ignore[attr-defined]  # every Desk's is an async generator
    assert len(await desk.clients()) == 1


async def test_many_calls_at_once(desk: Desk) -> None:
    await bring(desk, ASKS)
    answers = await asyncio.gather(*(desk.threads(ThreadQuery()) for _ in range(20)))
    assert {answer.total for answer in answers} == {1}


async def _eventually(desk: Desk, look: Callable[[], Awaitable[Answer]], good: Callable[[Answer], bool]) -> Answer:
    """Look again at each announcement until it is as it should be: what follows a link is done beside other work."""
    heard = asyncio.Event()
    cancel = await desk.subscribe(lambda _told: heard.set())
    try:
        async with asyncio.timeout(DEADLINE):
            while not good(found := await look()):
                await heard.wait()
                heard.clear()
        return found
    finally:
        cancel()
