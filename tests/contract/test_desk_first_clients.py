"""First clients hold for every Desk: who is suggested, clients made at once, a client from a sender, the undo."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from actors.desk.api import Desk, NewClient, NewContact, NewMailbox
from store.model.errors import BadRequest, Conflict, NotFound
from store.model.ids import EmailId
from store.model.mailbox import ServerSettings
from store.model.views import ThreadQuery
from tests.contract.test_desk import Letter, bring, emails, fake, fake_over_the_socket, new, refused
from tests.support.rig import Rig, rig
from tests.support.scripted import ScriptedMailbox
from tests.support.served import served

OLGA = "olga@firm.example"
ADA, BEA = "Ada Byron <ada@byron-looms.example>", "Bea Blum <bea@gmail.com>"
World = Callable[[], AbstractAsyncContextManager[Desk]]
SERVER = ServerSettings(host="localhost", port=993, tls="ssl")
BOX = NewMailbox(address=OLGA, login=OLGA, password="secret", imap=SERVER, smtp=None)

ASKS = Letter(number=1, sender=ADA)
ANSWER = Letter(number=2, sender=f"Olga <{OLGA}>", to=ADA, answers=1)
THANKS = Letter(number=3, sender=ADA, answers=2)
PRIVATE = Letter(number=4, sender=BEA)
TO_BEA = Letter(number=5, sender=f"Olga <{OLGA}>", to=BEA)
ONE_WAY = Letter(number=6, sender="Cold Call <call@cold.example>")
ALL = (ASKS, ANSWER, THANKS, PRIVATE, TO_BEA, ONE_WAY)


async def with_mailbox(office: Rig) -> Desk:
    office.doors.servers[OLGA] = ScriptedMailbox()
    desk = await office.desk()
    await desk.add_mailbox(new(), BOX)
    return desk


@asynccontextmanager
async def local() -> AsyncIterator[Desk]:
    async with rig() as office:
        yield await with_mailbox(office)


@asynccontextmanager
async def remote() -> AsyncIterator[Desk]:
    async with rig() as office, served(await with_mailbox(office)) as door:
        desk = await door.attach()
        yield desk
        await desk.close()


WORLDS: dict[str, World] = {"fake": fake, "fake-remote": fake_over_the_socket, "local": local, "remote": remote}


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await bring(desk, *ALL)
        yield desk


def client(name: str, *addresses: str) -> NewClient:
    return NewClient(name=name, contacts=tuple(NewContact(name=name, address=address) for address in addresses))


async def filed(desk: Desk) -> dict[int, str]:
    return {
        number: "+".join(filing.client.name for filing in row.filings)
        for number, row in (await emails(desk)).items()
        if row.filings
    }


async def test_the_people_written_with_both_ways_are_suggested(desk: Desk) -> None:
    byron, blum = await desk.suggest_clients()
    assert (byron.name, byron.domain, byron.emails) == ("Byron Looms", "byron-looms.example", 3)
    (ada,) = byron.addresses
    assert (ada.address, ada.name, ada.sent, ada.received) == ("ada@byron-looms.example", "Ada Byron", 1, 2)
    assert ada.last == byron.last > blum.addresses[0].last - 3600
    assert (blum.name, blum.domain, [each.address for each in blum.addresses]) == (
        "Bea Blum", "gmail.com", ["bea@gmail.com"],
    )  # fmt: skip
    assert await desk.suggest_clients(limit=1) == (byron,)


async def test_past_mail_that_is_not_filed_is_counted(desk: Desk) -> None:
    assert await desk.count_past(["ADA@byron-looms.example", "bea@gmail.com", "nobody@x.example"]) == 5
    assert await desk.count_past([]) == 0
    assert (await refused(desk.count_past(["nobody"]))).code == "bad_address"


async def test_clients_made_at_once_file_the_past_and_go_with_one_undo(desk: Desk) -> None:
    byron, blum = await desk.suggest_clients()
    chosen = [
        NewClient(name=each.name, contacts=tuple(NewContact(name=a.name, address=a.address) for a in each.addresses))
        for each in (byron, blum)
    ]
    request = new()
    made = await desk.make_clients(request, chosen)
    assert [each.name for each in made.clients] == ["Byron Looms", "Bea Blum"]
    assert (made.emails, made.affected, made.done, made.undo) == (5, 5, True, "make_clients")
    assert await desk.make_clients(request, chosen) == made
    assert await filed(desk) == dict.fromkeys((1, 2, 3), "Byron Looms") | dict.fromkeys((4, 5), "Bea Blum")
    assert (await desk.threads(ThreadQuery(client=made.clients[0].client))).total == 1
    assert await desk.suggest_clients() == ()
    assert await desk.count_past(["ada@byron-looms.example"]) == 0
    assert (await desk.undo(new())).undo == "make_clients"
    assert (await filed(desk), await desk.clients(), await desk.contacts()) == ({}, (), ())
    assert len(await desk.suggest_clients()) == 2


async def test_the_addresses_of_one_contact_carry_the_same_name(desk: Desk) -> None:
    await desk.make_clients(new(), [client("Byron", "ada@byron-looms.example", "ada@home.example")])
    (contact,) = await desk.contacts()
    assert (contact.name, sorted(contact.addresses)) == ("Byron", ["ada@byron-looms.example", "ada@home.example"])


async def test_one_bad_client_makes_none(desk: Desk) -> None:
    await desk.add_client(new(), "Taken")
    for bad, code in (
        (client("taken"), "name_taken"),
        (client("Byron"), "name_taken"),
        (client(" "), "bad_name"),
        (client("Blum", "nowhere"), "bad_address"),
        (client("Olga", OLGA), "sender_is_own"),
    ):
        error = await refused(desk.make_clients(new(), [client("Byron", "ada@byron-looms.example"), bad]))
        assert isinstance(error, BadRequest)
        assert error.code == code
    assert isinstance(await refused(desk.make_clients(new(), [])), BadRequest)
    assert [each.name for each in await desk.clients()] == ["Taken"]
    assert await desk.contacts() == ()


async def test_a_client_of_a_sender_and_back(desk: Desk) -> None:
    email = (await emails(desk))[1].email
    made = await desk.client_from(new(), email)
    assert ([each.name for each in made.clients], made.emails, made.undo) == (["Ada Byron"], 3, "client_from")
    assert await filed(desk) == dict.fromkeys((1, 2, 3), "Ada Byron")
    assert (await desk.undo(new())).undo == "client_from"
    assert (await filed(desk), await desk.clients(), await desk.contacts()) == ({}, (), ())


async def test_a_sender_is_added_to_a_client(desk: Desk) -> None:
    email = (await emails(desk))[4].email
    await desk.client_from(new(), (await emails(desk))[1].email, name="Byron & Co")
    made = await desk.client_from(new(), email, client="byron & co")
    assert ([each.name for each in made.clients], made.emails) == (["Byron & Co"], 2)
    assert await filed(desk) == dict.fromkeys((1, 2, 3, 4, 5), "Byron & Co")
    assert isinstance(await refused(desk.client_from(new(), email, client="Byron & Co")), Conflict)
    assert (await desk.undo(new())).undo == "client_from"
    assert await filed(desk) == dict.fromkeys((1, 2, 3), "Byron & Co")


async def test_who_becomes_no_client(desk: Desk) -> None:
    own = (await emails(desk))[2].email
    assert (await refused(desk.client_from(new(), own))).code == "sender_is_own"
    assert isinstance(await refused(desk.client_from(new(), EmailId("nothing"))), NotFound)
    asks = (await emails(desk))[1].email
    assert isinstance(await refused(desk.client_from(new(), asks, client="nobody")), NotFound)
    await desk.add_client(new(), "Ada Byron")
    assert (await refused(desk.client_from(new(), asks))).code == "name_taken"
