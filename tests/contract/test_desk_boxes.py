"""The life of a mailbox after it was set up, on every Desk."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.mailbox import MailboxView, SyncState
from tests.contract.test_desk import new, refused
from tests.contract.test_desk_writing import OWN, SERVER, WORLDS

NOBODY = "nobody@firm.example"


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_mailbox(new(), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=SERVER))
        await desk.add_member(new(), "Tom")
        yield desk


async def box(desk: Desk) -> MailboxView:
    (found,) = [one for one in await desk.mailboxes() if one.settings.address == OWN]
    return found


async def test_stopped_it_is_gone_and_can_be_added_again(desk: Desk) -> None:
    said = await desk.ending(OWN.upper())
    assert (said.address, said.pauses, said.outbox, said.others) == (OWN, (), 0, ())
    request = new()
    done = await desk.stop_mailbox(request, OWN)
    assert (done.done, done.affected) == (True, 1)
    assert await desk.stop_mailbox(request, OWN) == done
    assert await desk.mailboxes() == ()
    assert await desk.senders() == ()
    assert isinstance(await refused(desk.stop_mailbox(new(), OWN)), NotFound)
    assert isinstance(await refused(desk.ending(OWN)), NotFound)
    again = await desk.add_mailbox(new(), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=SERVER))
    assert again.settings.address == OWN
    assert len(await desk.mailboxes()) == 1


async def test_reset_it_keeps_its_settings(desk: Desk) -> None:
    await desk.set_mailbox(new(), OWN, signature="Olga\nFirm")
    before = await box(desk)
    assert (await desk.reset_mailbox(new(), OWN)).done
    after = await box(desk)
    assert (after.mailbox, after.settings, after.members) == (before.mailbox, before.settings, before.members)
    assert isinstance(await refused(desk.reset_mailbox(new(), NOBODY)), NotFound)


async def test_it_is_shared_and_left(desk: Desk) -> None:
    assert (await desk.share(new(), OWN, "Tom")).done
    assert "Tom" in (await box(desk)).members
    assert not (await desk.share(new(), OWN, "Tom")).done
    assert (await desk.ending(OWN)).others != ()
    assert (await desk.unshare(new(), OWN, "Tom")).done
    assert "Tom" not in (await box(desk)).members
    assert isinstance(await refused(desk.unshare(new(), OWN, "Tom")), NotFound)
    assert isinstance(await refused(desk.share(new(), OWN, "Nobody")), NotFound)
    assert isinstance(await refused(desk.share(new(), NOBODY, "Tom")), NotFound)


async def test_the_last_one_who_leaves_stops_it(desk: Desk) -> None:
    (me,) = (await box(desk)).members
    assert (await desk.unshare(new(), OWN, me)).done
    assert await desk.mailboxes() == ()


async def test_what_is_set_is_shown(desk: Desk) -> None:
    done = await desk.set_mailbox(
        new(), OWN, save_attachments=True, on_behalf=True, signature="<b>Olga</b>\n", signature_html=True,
        aliases=("Info@Firm.example", OWN), never_sync=("Home.example", "*@shop.example"),
    )  # fmt: skip
    assert done.done
    seen = await box(desk)
    assert (seen.settings.save_attachments, seen.settings.on_behalf) == (True, True)
    assert (seen.settings.signature, seen.settings.signature_html) == ("<b>Olga</b>", True)
    assert (seen.aliases, seen.never_sync) == (("info@firm.example",), ("*@shop.example", "home.example"))
    assert not (await desk.set_mailbox(new(), OWN, on_behalf=True, aliases=("info@firm.example",))).done
    assert (await desk.set_mailbox(new(), OWN, signature="", aliases=(), never_sync=(), no_send=True)).done
    seen = await box(desk)
    assert (seen.settings.signature, seen.settings.signature_html, seen.settings.smtp) == ("", False, None)
    assert (seen.aliases, seen.never_sync, seen.settings.on_behalf) == ((), (), True)


@pytest.mark.parametrize("wrong", [{"aliases": ("no address",)}, {"never_sync": ("a b",)}, {"never_sync": (" ",)}])
async def test_what_is_no_address_is_none(desk: Desk, wrong: dict[str, Any]) -> None:
    before = await box(desk)
    assert isinstance(await refused(desk.set_mailbox(new(), OWN, **wrong)), BadRequest)
    assert (await box(desk)).aliases == before.aliases


async def test_the_team_page_says_how_everybody_syncs(desk: Desk) -> None:
    by_name = {one.name: one for one in await desk.team()}
    assert by_name["Tom"].mailboxes == ()
    (me,) = (await box(desk)).members
    (status,) = by_name[me].mailboxes
    assert status.address == OWN
    await desk.pause(new(), OWN)
    by_name = {one.name: one for one in await desk.team()}
    assert by_name[me].mailboxes[0].state is SyncState.PAUSED


async def test_a_member_leaves(desk: Desk) -> None:
    (me,) = (await box(desk)).members
    await desk.share(new(), OWN, "Tom")
    assert isinstance(await refused(desk.leave_firm(new(), me, pass_to="Tom")), NotAllowed)
    assert isinstance(await refused(desk.leave_firm(new(), "Tom", pass_to="Tom")), BadRequest)
    assert (await desk.leave_firm(new(), "Tom", pass_to=me)).done
    assert [one.name for one in await desk.members()] == [me]
    assert isinstance(await refused(desk.leave_firm(new(), "Tom", pass_to=me)), NotFound)
