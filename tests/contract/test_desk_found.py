"""Looking for an address's servers, on every Desk."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest
from store.model.found import FoundBy, Way
from store.model.mailbox import ServerSettings
from tests.contract.test_desk import new, refused
from tests.contract.test_desk_writing import OWN, SERVER, WORLDS


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def test_a_provider_of_the_table_is_found_whole(desk: Desk) -> None:
    (found,) = await desk.find_servers(" Ana@gmail.com ")
    assert (found.source, found.trusted, found.authserv_id) == (FoundBy.TABLE, True, "mx.google.com")
    assert found.imap is not None
    assert found.smtp is not None
    assert (found.imap.host, found.imap.port, found.imap.tls) == ("imap.gmail.com", 993, "ssl")
    assert (found.imap.login, found.imap.ways) == ("Ana@gmail.com", (Way.GOOGLE, Way.PASSWORD))
    assert "labels" in found.quirks


async def test_what_nobody_knows_is_no_error(desk: Desk) -> None:
    assert await desk.find_servers("ana@olmo.example") == ()


@pytest.mark.parametrize("text", ["", "ana", "a b@olmo.example", "ana@olmo.example\r\nX: y"])
async def test_what_is_no_address_is_refused(desk: Desk, text: str) -> None:
    error = await refused(desk.find_servers(text))
    assert isinstance(error, BadRequest)
    assert error.code == "bad_address"


async def test_looking_adds_nothing(desk: Desk) -> None:
    await desk.find_servers("ana@gmail.com")
    assert await desk.mailboxes() == ()


def with_login(login: str) -> NewMailbox:
    smtp = ServerSettings(host="localhost", port=1, tls="none", login=login)
    return NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=smtp)


async def test_another_login_for_sending_is_kept_with_its_server(desk: Desk) -> None:
    await desk.add_mailbox(new(), with_login("olga"))
    (box,) = await desk.mailboxes()
    assert box.settings.smtp is not None
    assert (box.settings.login, box.settings.smtp.login) == (OWN, "olga")


@pytest.mark.parametrize("world", ["local", "remote"])
async def test_a_login_for_sending_is_one_line(world: str) -> None:
    async with WORLDS[world]() as desk:
        error = await refused(desk.add_mailbox(new(), with_login("olga\r\nRSET")))
        assert (type(error), error.arguments) == (BadRequest, {"field": "login"})
        assert await desk.mailboxes() == ()
