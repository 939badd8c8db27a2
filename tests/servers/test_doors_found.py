"""The ways to mail servers, of an address whose servers were found: looked for in the table, with a login for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors import life
from actors.desk.api import NewMailbox
from actors.doors import Doors, RunMailbox
from actors.paths import under
from providers.rehearsal import Account, Rehearsal
from store.model.errors import SignInRefused
from store.model.found import FoundBy
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxSettings, ServerSettings
from tests.support.home import short_folder

LOGIN, PASSWORD = "olga@firm.example", "correct horse"


@pytest.fixture(scope="module")
def servers() -> Iterator[Rehearsal]:
    with Rehearsal([Account(login=LOGIN, password=PASSWORD)]) as running:
        yield running


@pytest.fixture
def doors() -> Iterator[Doors]:
    own = under(short_folder() / "home")
    life.make_home(own)
    made = Doors(own, jitter=lambda: 0.0, on_other=lambda _told: None)
    yield made
    made.stop()


def at(servers: Rehearsal, port: int, *, login: str | None = None) -> ServerSettings:
    authority = Path(servers.cafile).read_text()
    return ServerSettings(host=servers.host, port=port, tls="ssl", authority=authority, login=login)


@pytest.mark.parametrize(("own", "let_in"), [(None, True), (LOGIN, True), ("somebody else", False)])
def test_an_smtp_server_is_tried_with_its_own_login(
    doors: Doors, servers: Rehearsal, own: str | None, *, let_in: bool
) -> None:
    wanted = NewMailbox(
        address=LOGIN,
        login=LOGIN,
        password=PASSWORD,
        imap=at(servers, servers.tls_port),
        smtp=at(servers, servers.smtps_port, login=own),
    )
    if let_in:
        doors.check(wanted)
        return
    with pytest.raises(SignInRefused) as refused:
        doors.check(wanted)
    assert refused.value.arguments["step"] == "smtp"


@pytest.mark.parametrize(("own", "login"), [(None, "olga"), (LOGIN, LOGIN)])
def test_mail_is_sent_with_it(doors: Doors, servers: Rehearsal, own: str | None, login: str) -> None:
    settings = MailboxSettings(
        address=LOGIN,
        login="olga",
        imap=at(servers, servers.tls_port),
        smtp=at(servers, servers.smtps_port, login=own),
    )
    run = RunMailbox(mailbox=MailboxKey(1), settings=settings, incarnation=1, paused=False)
    assert doors.sender(run).login == login


async def test_the_office_looks_in_the_table_first(doors: Doors) -> None:
    (found,) = await doors.find("ana@gmail.com")
    assert (found.source, found.trusted) == (FoundBy.TABLE, True)
