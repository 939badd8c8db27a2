"""What is copied of a mailbox, changed later, on every Desk."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, LocalCopy, NewMailbox
from store.model.errors import BadRequest, NotFound
from store.model.mailbox import MailboxScope
from tests.contract.test_desk import ASKS, new, refused
from tests.contract.test_desk_writing import OWN, SERVER, WORLDS

SINCE = 1_700_000_000


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_mailbox(
            new(), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=SERVER, history_from=SINCE)
        )
        yield desk


async def copied(desk: Desk) -> tuple[MailboxScope, int | None]:
    (box,) = [box for box in await desk.mailboxes() if box.settings.address == OWN]
    return box.settings.scope, box.settings.history_from


async def test_what_is_not_said_stays(desk: Desk) -> None:
    done = await desk.set_mailbox(new(), OWN.upper(), scope=MailboxScope.CLIENTS)
    assert (done.done, done.affected) == (True, 1)
    assert await copied(desk) == (MailboxScope.CLIENTS, SINCE)
    assert (await desk.set_mailbox(new(), OWN, history_from=SINCE - 9)).done
    assert await copied(desk) == (MailboxScope.CLIENTS, SINCE - 9)
    assert not (await desk.set_mailbox(new(), OWN, scope=MailboxScope.CLIENTS, history_from=SINCE - 9)).done
    assert not (await desk.set_mailbox(new(), OWN)).done


async def test_a_history_of_nought_is_everything(desk: Desk) -> None:
    assert (await desk.set_mailbox(new(), OWN, history_from=0)).done
    assert await copied(desk) == (MailboxScope.WHOLE, None)
    assert not (await desk.set_mailbox(new(), OWN, history_from=0)).done


async def test_a_repeat_gets_the_first_answer_and_sets_nothing_again(desk: Desk) -> None:
    request = new()
    first = await desk.set_mailbox(request, OWN, history_from=SINCE - 9)
    await desk.set_mailbox(new(), OWN, history_from=SINCE)
    assert await desk.set_mailbox(request, OWN, history_from=SINCE - 9) == first
    assert (await copied(desk))[1] == SINCE


@pytest.mark.parametrize("history", [-1, 4_000_000_000])
async def test_history_begins_in_the_past(desk: Desk, history: int) -> None:
    error = await refused(desk.set_mailbox(new(), OWN, history_from=history))
    assert isinstance(error, BadRequest)
    assert (error.code, await copied(desk)) == ("bad_value", (MailboxScope.WHOLE, SINCE))


async def test_only_a_mailbox_that_one_has_can_be_set(desk: Desk) -> None:
    assert isinstance(await refused(desk.set_mailbox(new(), "nobody@firm.example", history_from=9)), NotFound)

    async def copies() -> AsyncIterator[LocalCopy]:
        yield LocalCopy(folder="INBOX", data=ASKS.raw())

    await desk.import_copies(new(), "old mail", copies())
    error = await refused(desk.set_mailbox(new(), "old mail", scope=MailboxScope.CLIENTS))
    assert (type(error), error.code) == (BadRequest, "local_mailbox")


async def test_others_folders_are_chosen_from_those_that_are_shown(desk: Desk) -> None:
    (box,) = [box for box in await desk.mailboxes() if box.settings.address == OWN]
    assert (box.offered, box.settings.shared) == ((), ())
    error = await refused(desk.set_mailbox(new(), OWN, shared=("Others/x",)))
    assert isinstance(error, BadRequest)
    assert error.code == "no_such_folder"
    assert not (await desk.set_mailbox(new(), OWN, shared=())).done
