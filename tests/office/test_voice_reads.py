"""From which address a new mail goes out ([W9]), and that a colleague is away ([S15]), at the desk itself."""

import time

from actors.desk.api import Desk, NewContact, NewMailbox
from store.model.ids import RequestId
from tests.contract.test_desk import Letter, bring, new
from tests.support.hostile_calls import SERVER
from tests.support.rig import Rig, rig
from tests.support.scripted import ScriptedMailbox

OWN, ALIAS = "olga@firm.example", "info@firm.example"


async def with_box(office: Rig, desk: Desk, address: str) -> None:
    office.doors.servers[address] = ScriptedMailbox()
    box = NewMailbox(address=address, login=address, password="p", imap=SERVER, smtp=SERVER)
    await desk.add_mailbox(new(), box)


async def test_a_new_mail_is_from_the_address_last_used_with_that_client() -> None:
    async with rig() as office:
        desk = await office.desk()
        await with_box(office, desk, OWN)
        await desk.set_mailbox(new(), OWN, aliases=(ALIAS,))
        people = [
            NewContact(name="Ada", address="ada@byron.example"),
            NewContact(name="Bob", address="bob@byron.example"),
        ]
        await desk.add_client(RequestId("c"), "Byron", people)
        assert (await desk.propose(to="ada@byron.example")).draft.from_ == OWN
        await bring(desk, Letter(number=1, sender=f"Firm <{ALIAS}>", to="ada@byron.example"))
        assert (await desk.propose(to="ada@byron.example")).draft.from_ == ALIAS
        assert (await desk.propose(to="bob@byron.example")).draft.from_ == ALIAS  # the same client's
        assert (await desk.propose(to="jo@elsewhere.example")).draft.from_ == OWN
        await bring(desk, Letter(number=2, sender=f"Olga <{OWN}>", to="bob@byron.example"))
        assert (await desk.propose(to="ada@byron.example")).draft.from_ == OWN


async def test_a_colleague_who_is_away_is_completed_with_who_stands_in() -> None:
    async with rig() as office:
        olga = await office.desk()
        await with_box(office, olga, OWN)
        await olga.add_member(new(), "Tom Holt")
        tom = await office.desk("Tom Holt")
        await with_box(office, tom, "tom@firm.example")
        (found,) = await olga.complete("tom@firm.example")
        assert (found.away_until, found.deputy) == (None, "")
        me, until = (await olga.welcome()).member, int(time.time()) + 90_000
        await tom.set_away(new(), "Tom Holt", until, deputy=me.member)
        (found,) = await olga.complete("tom")
        assert (found.address, found.away_until, found.deputy) == ("tom@firm.example", until, me.name)
        await tom.set_away(new(), "Tom Holt", None)
        (found,) = await olga.complete("tom")
        assert (found.away_until, found.deputy) == (None, "")
