"""Whose word on a sender a mailbox believes ([C9]), on every Desk."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest
from store.model.mailbox import MailboxView
from tests.contract.test_desk import new, refused
from tests.contract.test_desk_writing import OWN, SERVER, WORLDS


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_mailbox(new(), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=SERVER))
        yield desk


async def box(desk: Desk) -> MailboxView:
    (found,) = [one for one in await desk.mailboxes() if one.settings.address == OWN]
    return found


async def test_a_member_says_whose_and_takes_it_back(desk: Desk) -> None:
    assert (await box(desk)).settings.authserv_id is None
    assert (await box(desk)).authserv_proposed is None
    assert (await desk.set_mailbox(new(), OWN, authserv_id=" MX.Firm.Example")).done
    assert (await box(desk)).settings.authserv_id == "mx.firm.example"
    assert not (await desk.set_mailbox(new(), OWN, authserv_id="mx.firm.example")).done
    assert (await desk.set_mailbox(new(), OWN, signature="Olga")).done
    assert (await box(desk)).settings.authserv_id == "mx.firm.example"
    assert (await desk.set_mailbox(new(), OWN, authserv_id="")).done
    assert (await box(desk)).settings.authserv_id is None


@pytest.mark.parametrize("name", ["a b", "a;b", "a(b)", "a\nb", "x" * 256])
async def test_what_no_server_is_called_is_refused(desk: Desk, name: str) -> None:
    error = await refused(desk.set_mailbox(new(), OWN, authserv_id=name))
    assert isinstance(error, BadRequest)
    assert (error.code, error.arguments) == ("bad_value", {"field": "authserv_id"})
