"""Every method of the Desk has its row: what becomes of it when somebody calls it, over the socket, with another's ids.

Three callers: an employee who was given nothing; one with every right but *view all clients*, and no client; an admin
walled off the one client. All of mail, client, contact, documents, notes, rules and mailbox is the owner's.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import msgspec
import pytest

from actors.desk import wire
from actors.desk.api import Desk, NewContact, NewMailbox
from store.model.address import Person
from store.model.errors import ErrorFrame
from store.model.filing_rules import Conditions
from store.model.firm import MemberRole, Right
from store.model.ids import ClientId, NoticeKey
from store.model.outbox import Draft
from store.vault.ids import Ids
from tests.contract.test_desk import Letter, bring, new
from tests.support.fake_desk import FakeDesk
from tests.support.hostile_calls import SERVER, Named, ask, unused
from tests.support.relay import relay
from tests.support.rig import Rig, rig
from tests.support.scripted import ScriptedMailbox
from tests.support.served import HELLO, served

DEADLINE = 30.0
CLIENT, BOX = "Arbor ZQclient", "olga@firm.example"
CALLERS: Final[dict[str, dict[str, Any]]] = {
    "Eva": {},
    "Max": {"rights": [right for right in Right if right is not Right.VIEW_ALL_CLIENTS]},
    "Adam": {"role": MemberRole.ADMIN},
}
# What is answered about the owner's things, and about nothing at all, which must be the same:
#   own        done, and the same answer: there is nothing of the owner's in it
#   made       done, of one's own; the answers name what was made
#   hidden     not found
#   forbidden  not allowed
#   (a code)   refused otherwise
# and what is not the same, since the caller may know that it is there:
#   managed    not allowed, of a mailbox that a manager knows of; of none: not found
#   looked     done, of a mailbox that a manager looks after; of none: not found
#   taken      an address is one contact's: that it is taken is said, not whose it is
#   events     see the truth table
Row = tuple[str, str, str]


def _all(word: str) -> Row:
    return word, word, word


OWN, MADE, HIDDEN, FORBIDDEN, EVENTS = map(_all, ("own", "made", "hidden", "forbidden", "events"))
MANAGERS: Final[Row] = ("forbidden", "forbidden", "own")
WITH_RIGHT: Final[Row] = ("forbidden", "hidden", "hidden")
MAILBOX: Final[Row] = ("hidden", "hidden", "managed")
TAKEN: Final[Row] = ("forbidden", "taken", "taken")

TOLD_NOW: Final = frozenset({"status", "team"})  # how things stand at that moment


def _rows(row: Row, methods: str) -> dict[str, Row]:
    return dict.fromkeys(methods.split(), row)


TABLE: Final[dict[str, Row]] = {
    "undo": _all("nothing_to_undo"),  # asked first: later there is something of one's own
    **_rows(
        OWN,
        "welcome folders mail_folders next_undo suggest_clients count_past settings oldest_announcement status"
        " mailboxes clients contacts client_page members team notices notice_count rules senders complete outbox"
        " cancel_sign_in providers secrets find_servers import_copies",
    ),
    **_rows(MADE, "set_setting"),
    **_rows(
        HIDDEN,
        "threads thread email fetch_body raw search why part comments audit client contact_page contact activity"
        " try_rule notes file mark archive delete move spam unspam done reopen snooze assign comment propose draft"
        " put_draft attach attach_part detach send cancel retry resolve discard begin_sign_in wait_sign_in"
        " finish_sign_in preview ending set_wall set_private add_rule remove_rule put_note remove_note documents"
        " find_documents document_name document add_document save_attachment rename_document move_document"
        " delete_document begin_export client_emails end_export client_standing hold_client erase_client see_notice"
        " archive_notice later_notice never_notice",
    ),
    **_rows(FORBIDDEN, "set_access set_role set_away leave_firm stop_office"),
    **_rows(MANAGERS, "journal check_journal set_provider keep_secrets unlock_secrets"),
    **_rows(
        WITH_RIGHT,
        "link unlink set_email_sync set_notify rename_client tag_client set_domain merge_clients rename_contact"
        " add_address remove_address merge_contacts remove_contact client_from",
    ),
    **_rows(MAILBOX, "pause resume set_mailbox set_own_address stop_mailbox reset_mailbox share unshare"),
    **_rows(TAKEN, "add_client add_contact make_clients"),
    **_rows(EVENTS, "announcements subscribe"),
    "plan_import": ("forbidden", "made", "made"),
    "import_people": ("forbidden", "made", "made"),
    "add_member": ("forbidden", "forbidden", "made"),
    "sync": ("hidden", "hidden", "looked"),
    "add_mailbox": _all("login_refused"),
}


@dataclass
class Firm:
    rig: Rig
    olga: Desk
    hidden: Named
    ids: Ids

    async def picture(self) -> list[bytes]:
        """What the owner has, as they see it."""
        olga, named = self.olga, cast("Any", self.hidden)
        found = [
            await olga.email(named.email),
            await olga.comments(named.thread),
            await olga.client(CLIENT),
            await olga.contact(named.contact),
            next(box for box in await olga.mailboxes() if box.settings.address == BOX).settings,
            await olga.draft(named.outbox),
            await olga.notes(CLIENT),
            await olga.documents(CLIENT),
            await olga.rules(),
            [(one.name, one.role, one.rights, one.walls) for one in await olga.members() if one.name in CALLERS],
        ]
        return [wire.encode(one) for one in found]


async def _document() -> AsyncIterator[bytes]:
    yield b"ZQbytes"


@pytest.fixture
async def firm() -> AsyncIterator[Firm]:
    async with rig() as office:
        yield await _filled(office)


async def _filled(office: Rig) -> Firm:
    olga = await office.desk()
    office.doors.servers[BOX] = ScriptedMailbox()
    await olga.add_client(new(), CLIENT, [NewContact(name="Ada ZQcontact", address="ada@byron.example")])
    await bring(
        olga,
        Letter(number=1, sender="Ada ZQsender <ada@byron.example>", subject="ZQsubject", text="ZQtext"),
        Letter(number=2, sender="Bea ZQother <bea@blum.example>", subject="ZQunfiled", text="ZQprivate"),
    )
    mailbox = NewMailbox(address=BOX, login=BOX, password="p", imap=SERVER, smtp=SERVER)
    await olga.add_mailbox(new(), mailbox)
    await olga.set_mailbox(new(), BOX, signature="ZQsignature")
    del office.doors.servers[BOX]  # whoever knows its password may join it: nobody does
    (mail,) = [row for row in await olga.search("") if row.subject == "ZQsubject"]
    await olga.comment(new(), mail.thread, "ZQcomment")
    draft = Draft(from_=BOX, to=(Person(address="x@ZQrecipient.example"),), subject="ZQdraft", text="ZQwords")
    outbox = await olga.put_draft(new(), draft)
    note = await olga.put_note(new(), CLIENT, "ZQnote")
    document = await olga.add_document(new(), CLIENT, "ZQdocument.pdf", _document())
    await olga.add_rule(new(), "ZQrule", CLIENT, Conditions(senders=("z@ZQsender.example",)))
    for name, given in CALLERS.items():
        await olga.add_member(new(), name, **given)
    await olga.set_wall(new(), CLIENT, "Adam", on=True)
    client = await olga.client(CLIENT)
    secret = await office.pool.run(lambda c: c.value("SELECT value FROM meta WHERE name = 'id_secret'"))
    ids = Ids(secret)
    hidden = Named(
        email=mail.email, thread=mail.thread, client=client.client, contact=client.contacts[0][0].contact,
        document=document.document, note=note.note, notice=ids.notice(NoticeKey(1)), outbox=outbox.outbox, mailbox=BOX,
        address="ada@byron.example", rule="ZQrule", member=(await olga.welcome()).member.name,
    )  # fmt: skip
    return Firm(office, olga, hidden, ids)


def test_every_method_has_its_row() -> None:
    assert TABLE.keys() == wire.method_names()


def judged(theirs: bytes | ErrorFrame, nobodys: bytes | ErrorFrame) -> str:
    """The word for a pair of answers. What has no word is what somebody could tell the two apart by."""
    if isinstance(theirs, bytes):
        if isinstance(nobodys, bytes):
            return "own" if theirs == nobodys else "made"
        return "looked" if nobodys.code == "not_found" else f"told apart: {nobodys.code}"
    if theirs == nobodys:
        return {"not_found": "hidden", "not_allowed": "forbidden"}.get(theirs.code, theirs.code)
    if theirs.code == "address_taken" and isinstance(nobodys, bytes):
        return "taken"
    if theirs.code == "not_allowed" and isinstance(nobodys, ErrorFrame) and nobodys.code == "not_found":
        return "managed"
    return f"told apart: {theirs!r}, {nobodys!r}"


@pytest.mark.parametrize("name", CALLERS)
async def test_what_is_anothers_is_as_if_it_were_not(firm: Firm, name: str) -> None:
    before = await firm.picture()
    asked = [method for method in TABLE if TABLE[method] != EVENTS]
    async with served(await firm.rig.desk(name)) as office, relay(office.home) as between:
        desk = await between.attach()
        found = {}
        for number, method in enumerate(asked):
            nothing = unused(firm.ids, member=firm.hidden.member, me=name, fresh=f"nobody{number}@elsewhere.example")
            async with asyncio.timeout(DEADLINE):
                theirs = await ask(desk, method, replace(firm.hidden, me=name))
                nobodys = await ask(desk, method, nothing)
                at_that_moment = method in TOLD_NOW and isinstance(nobodys, bytes)
                found[method] = judged(theirs, theirs if at_that_moment else nobodys)
        await desk.close()
        heard = bytes(b"".join(between.heard))
    place = list(CALLERS).index(name)
    assert found == {method: TABLE[method][place] for method in asked}
    assert re.findall(rb"ZQ\w+", heard) == []
    assert await firm.picture() == before


async def test_the_owner_is_answered(firm: Firm) -> None:
    """Else the table would say nothing."""
    desk = cast("Any", firm.olga)
    named = firm.hidden
    for method in ("thread", "email", "why", "comments", "client", "contact", "notes", "documents", "draft", "ending"):
        given = (
            {"ref": named.client if method == "client" else named.contact} if method in ("client", "contact") else None
        )
        if given is None:
            (only,) = (p for p in ("thread", "email", "client", "outbox", "address") if p in _parameters(method))
            given = {only: named.mailbox if only == "address" else getattr(named, only)}
        assert await getattr(desk, method)(**given), method
    assert ClientId(named.client) in {one.client for one in await firm.olga.clients()}


def _parameters(method: str) -> tuple[str, ...]:
    return wire.spoken(method).names


async def test_a_frame_that_says_who_somebody_is_is_refused() -> None:
    """No call takes a caller's word for who they are; nothing of it reaches the desk."""
    desk = FakeDesk()
    async with served(desk) as office:
        reader, writer = await asyncio.open_unix_connection(sock=office.raw())
        writer.write(wire.framed(wire.Greeting(hello=HELLO)))
        await _answered(reader, 0)
        calls = len(desk.calls)
        for number, method in enumerate(sorted(wire.method_names()), 1):
            for forged in ({"as_": "Olga Owner"}, {"caller": 1}, {"scope": None}):
                given = msgspec.Raw(msgspec.msgpack.encode(forged))
                writer.write(wire.framed(wire.Request(id=number, method=method, arguments=given)))
                failure = await _answered(reader, number)
                assert isinstance(failure, wire.Failure), method
                assert failure.error.kind == "bad_request", method
        writer.close()
    assert len(desk.calls) == calls


async def _answered(reader: asyncio.StreamReader, number: int) -> wire.FromOffice:
    """The next frame that answers this number."""
    decoder = wire.decoder(wire.FromOffice)
    async with asyncio.timeout(DEADLINE):
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big")
            frame: wire.FromOffice = decoder.decode(await reader.readexactly(length))
            if getattr(frame, "id", 0) == number:
                return frame
