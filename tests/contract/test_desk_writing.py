"""Writing, for every Desk: drafts with their files, how answers begin, and mail that is held, taken back and queued."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from msgspec.structs import replace

from actors.desk.api import Desk, NewContact, NewMailbox, Wording
from store.model.address import Person
from store.model.errors import BadRequest, Conflict, NotFound
from store.model.ids import OutboxId, RequestId
from store.model.mailbox import ServerSettings
from store.model.outbox import Answering, Draft, OutboxRow, OutboxState
from tests.contract.test_desk import Letter, bring, emails, new, refused
from tests.support.fake_desk import FakeDesk
from tests.support.rig import rig
from tests.support.scripted import ScriptedMailbox
from tests.support.served import served

OWN = "olga@firm.example"
SERVER = ServerSettings(host="localhost", port=1, tls="none")
ANA = Person(name="Ana", address="ana@olmo.example")
ASKS = Letter(
    number=1,
    sender="Ada Byron <ada@byron.example>",
    to="olga@firm.example, Bea <bea@blum.example>",
    text="Is it ready?\r\n\r\n-- \r\nAda",
)
LONG = 10_000  # seconds: nothing leaves while a test runs
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
        office.doors.servers[OWN] = ScriptedMailbox()
        yield await office.desk()


@asynccontextmanager
async def remote() -> AsyncIterator[Desk]:
    async with rig() as office, served(await office.desk()) as door:
        office.doors.servers[OWN] = ScriptedMailbox()
        desk = await door.attach()
        yield desk
        await desk.close()


WORLDS: dict[str, World] = {"fake": fake, "fake-remote": fake_over_the_socket, "local": local, "remote": remote}


@pytest.fixture(params=WORLDS)
async def bare(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """Without a mailbox."""
    async with WORLDS[request.param]() as desk:
        yield desk


@pytest.fixture
async def desk(bare: Desk) -> Desk:
    """With one that can send."""
    await bare.add_mailbox(new(), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=SERVER))
    return bare


def draft(**said: object) -> Draft:
    return replace(Draft(from_=OWN, to=(ANA,), subject="Deed", text="It is ready."), **said)


async def put(desk: Desk, outbox: OutboxId | None = None, **said: object) -> OutboxRow:
    return await desk.put_draft(new(), draft(**said), outbox=outbox)


async def file(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def outbox_states(desk: Desk) -> list[tuple[str, str]]:
    return [(row.subject, str(row.state)) for row in await desk.outbox()]


# ---- Without a mailbox ([S2])


async def test_without_a_mailbox_nothing_is_written(bare: Desk) -> None:
    assert await bare.senders() == ()
    assert (await refused(bare.propose())).code == "no_sender"
    assert (await refused(bare.put_draft(new(), draft()))).code == "no_sender"


async def test_a_mailbox_that_only_receives_says_so(bare: Desk) -> None:
    await bare.add_mailbox(new(), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=None))
    (sender,) = await bare.senders()
    assert sender.code == "receive_only"
    row = await put(bare)
    error = await refused(bare.send(new(), row.outbox))
    assert (error.code, error.arguments["cause"]) == ("cannot_send", "receive_only")


async def test_one_writes_from_own_addresses(desk: Desk) -> None:
    (sender,) = await desk.senders()
    assert (sender.address, sender.mailbox, sender.main, sender.code) == (OWN, OWN, True, None)
    assert (await refused(put(desk, from_="boss@elsewhere.example"))).code == "bad_sender"


# ---- Drafts


async def test_a_draft_is_kept_until_it_is_thrown_away(desk: Desk) -> None:
    row = await put(desk, cc=(Person(address="c@x.example"),), bcc=(Person(address="hid@x.example"),))
    assert await outbox_states(desk) == [("Deed", "draft")]
    kept = await desk.draft(row.outbox)
    assert kept.draft == draft(cc=(Person(address="c@x.example"),), bcc=(Person(address="hid@x.example"),))
    again = await put(desk, row.outbox, subject="The deed", text="Tomorrow.")
    assert again.outbox == row.outbox
    assert (await desk.draft(row.outbox)).draft.text == "Tomorrow."
    assert (await desk.discard(new(), row.outbox)).done
    assert await desk.outbox() == ()
    assert isinstance(await refused(desk.draft(row.outbox)), NotFound)
    assert isinstance(await refused(put(desk, row.outbox)), NotFound)


async def test_a_long_draft_crosses_the_wire(desk: Desk) -> None:
    text = "Señora, \n" * 30_000
    row = await put(desk, text=text)
    assert (await desk.draft(row.outbox)).draft.text == text


async def test_a_bad_address_is_said(desk: Desk) -> None:
    error = await refused(put(desk, to=(Person(address="not an address"),)))
    assert (error.code, error.arguments["address"]) == ("bad_address", "not an address")


async def test_a_repeat_makes_one_draft(desk: Desk) -> None:
    request = new()
    first = await desk.put_draft(request, draft())
    assert await desk.put_draft(request, draft()) == first
    assert len(await desk.outbox()) == 1
    assert (await refused(desk.put_draft(request, draft(subject="Other")))).code == "id_reused"


# ---- What goes with it


async def test_a_file_goes_with_it(desk: Desk) -> None:
    row = await put(desk)
    request = RequestId("the-file")
    whole = await desk.attach(request, row.outbox, "deed.pdf", "application/pdf", file(b"a" * 1000, b"b" * 24))
    assert [(one.name, one.type, one.size) for one in whole.attachments] == [("deed.pdf", "application/pdf", 1024)]
    again = await desk.attach(request, row.outbox, "deed.pdf", "application/pdf", file(b"a" * 1000, b"b" * 24))
    assert len(again.attachments) == 1
    empty = await desk.attach(new(), row.outbox, "../.x/empty.txt", "text/plain; charset=x", file(b""))
    assert [(one.name, one.type, one.size) for one in empty.attachments[1:]] == [("_.x_empty.txt", "text/plain", 0)]
    left = await desk.detach(new(), row.outbox, whole.attachments[0].n)
    assert [one.size for one in left.attachments] == [0]
    assert isinstance(await refused(desk.detach(new(), row.outbox, 77)), NotFound)
    assert isinstance(await refused(desk.attach(new(), OutboxId("o9"), "a", "b/c", file(b"x"))), NotFound)


async def test_the_parts_of_a_forwarded_mail_go_with_it(desk: Desk) -> None:
    raw = (
        b"From: ada@byron.example\r\nTo: olga@firm.example\r\nSubject: Deed\r\nMessage-ID: <1@mail.example>\r\n"
        b"Date: Mon, 02 Mar 2026 10:01:00 +0000\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee it.\r\n'
        b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="deed.pdf"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n"
    )

    class Raw(Letter):
        def raw(self) -> bytes:
            return raw

    await bring(desk, Raw(number=1, sender=""))
    email = (await emails(desk))[1].email
    begins = await desk.propose(how=Answering.FORWARD, answers=email)
    assert [part.name for part in begins.parts] == ["deed.pdf"]
    row = await desk.put_draft(new(), replace(begins.draft, to=(ANA,)))
    whole = await desk.attach_part(new(), row.outbox, email, begins.parts[0].n)
    assert [(one.name, one.type, one.size) for one in whole.attachments] == [("deed.pdf", "application/pdf", 9)]
    assert isinstance(await refused(desk.attach_part(new(), row.outbox, email, 5)), NotFound)


# ---- How it begins


async def test_an_answer_begins_with_what_is_answered(desk: Desk) -> None:
    await bring(desk, ASKS)
    email = (await emails(desk))[1].email
    begins = await desk.propose(how=Answering.REPLY, answers=email, wording=Wording(wrote="El {date}, {who} escribió:"))
    assert begins.draft.from_ == OWN
    assert begins.draft.to == (Person(name="Ada Byron", address="ada@byron.example"),)
    assert (begins.draft.subject, begins.draft.how, begins.draft.answers) == ("Re: Deed", Answering.REPLY, email)
    assert "> Is it ready?" in begins.draft.text.splitlines()
    assert any(line.startswith("El ") and "Ada Byron" in line for line in begins.draft.text.splitlines())
    row = await desk.put_draft(new(), begins.draft)
    assert row.subject == "Re: Deed"


async def test_an_answer_to_all_goes_to_nobody_twice(desk: Desk) -> None:
    await bring(desk, ASKS)
    begins = await desk.propose(how=Answering.REPLY_ALL, answers=(await emails(desk))[1].email)
    everybody = [who.address for who in (*begins.draft.to, *begins.draft.cc)]
    assert everybody == ["ada@byron.example", "bea@blum.example"]


async def test_a_forwarded_mail_begins_with_its_head(desk: Desk) -> None:
    await bring(desk, ASKS)
    wording = Wording(forwarded="Mensaje reenviado", from_="De")
    begins = await desk.propose(how=Answering.FORWARD, answers=(await emails(desk))[1].email, wording=wording)
    assert (begins.draft.subject, begins.draft.to) == ("Fwd: Deed", ())
    assert "Mensaje reenviado" in begins.draft.text
    assert "De: Ada Byron <ada@byron.example>" in begins.draft.text


async def test_a_new_mail_begins_with_who_is_written_to(desk: Desk) -> None:
    begins = await desk.propose(to="ana@olmo.example")
    assert (begins.draft.to, begins.draft.how) == ((Person(address="ana@olmo.example"),), Answering.NEW)
    assert (await refused(desk.propose(to="nobody"))).code == "bad_address"


# ---- To whom


async def test_addresses_are_completed_contacts_first(desk: Desk) -> None:
    await bring(desk, ASKS, Letter(number=2, sender="Adam <adam@blum.example>"))
    await desk.add_client(new(), "Olmo", [NewContact(name="Adela Olmo", address="adela@olmo.example")])
    found = await desk.complete("ad")
    assert [one.address for one in found] == ["adela@olmo.example", "adam@blum.example", "ada@byron.example"]
    assert found[0].clients == ("Olmo",)
    assert [one.address for one in await desk.complete("byr")] == ["ada@byron.example"]
    assert await desk.complete("") == ()
    assert await desk.complete("zz") == ()
    assert len(await desk.complete("ad", limit=1)) == 1


# ---- Sending


async def test_sent_mail_is_held_and_taken_back(desk: Desk) -> None:
    row = await put(desk)
    held = await desk.send(new(), row.outbox, hold=LONG)
    assert held.state is OutboxState.HELD
    assert held.send_at is not None
    assert held.message_id is not None
    assert held.message_id.endswith("@firm.example")
    assert (await desk.undo(new())).undo == "send"
    assert await outbox_states(desk) == [("Deed", "draft")]


async def test_deleted_mail_is_answered_like_any_other(desk: Desk) -> None:
    await bring(desk, ASKS)
    (asked,) = (await emails(desk)).values()
    await desk.delete(new(), [asked.email])
    begins = await desk.propose(how=Answering.REPLY, answers=asked.email)
    assert (begins.draft.answers, [one.address for one in begins.draft.to]) == (asked.email, ["ada@byron.example"])
    assert "> Is it ready?" in begins.draft.text
    row = await desk.put_draft(new(), begins.draft)
    assert (await desk.send(new(), row.outbox, hold=LONG)).state is OutboxState.HELD
    assert (await desk.draft(row.outbox)).draft.answers == asked.email


async def test_the_same_request_sends_once(desk: Desk) -> None:
    row, request = await put(desk), new()
    held = await desk.send(request, row.outbox, hold=LONG)
    assert await desk.send(request, row.outbox, hold=LONG) == held
    error = await refused(desk.send(new(), row.outbox, hold=LONG))
    assert isinstance(error, Conflict)
    assert (error.code, error.arguments["state"]) == ("outbox_state", "held")


async def test_held_mail_is_cancelled_and_written_anew(desk: Desk) -> None:
    row = await put(desk)
    await desk.send(new(), row.outbox, hold=LONG)
    assert (await desk.cancel(new(), row.outbox)).state is OutboxState.CANCELLED
    assert (await refused(desk.undo(new()))).code == "undo_changed"
    assert (await put(desk, row.outbox)).state is OutboxState.DRAFT
    assert (await refused(desk.retry(new(), row.outbox))).code == "outbox_state"
    assert (await refused(desk.resolve(new(), row.outbox, "sent"))).code == "outbox_state"


async def test_held_mail_is_not_thrown_away_but_written_on(desk: Desk) -> None:
    row = await put(desk)
    await desk.send(new(), row.outbox, hold=LONG)
    assert (await refused(desk.discard(new(), row.outbox))).code == "outbox_state"
    assert (await refused(desk.attach(new(), row.outbox, "a", "b/c", file(b"x")))).code == "outbox_state"
    again = await put(desk, row.outbox, subject="Later")
    assert (again.state, again.subject) == (OutboxState.DRAFT, "Later")


async def test_no_recipient_no_mail(desk: Desk) -> None:
    row = await put(desk, to=())
    error = await refused(desk.send(new(), row.outbox))
    assert isinstance(error, BadRequest)
    assert error.code == "no_recipients"


async def test_a_paused_mailbox_says_so(desk: Desk) -> None:
    row = await put(desk)
    await desk.pause(new(), OWN)
    assert (await desk.senders())[0].code == "paused"
    assert (await refused(desk.send(new(), row.outbox))).arguments["cause"] == "paused"
