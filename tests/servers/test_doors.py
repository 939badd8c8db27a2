"""The ways to mail servers: both are tried before anything is kept, a refusal names its step."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors import life
from actors.desk.api import NewMailbox
from actors.doors import Doors, RunMailbox, secret_name
from actors.paths import Home, under
from providers.errors import AuthRefused
from providers.rehearsal import Account, Rehearsal
from store.model.errors import Away, BadRequest, SignInRefused
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxSettings, ServerSettings
from tests.support.home import short_folder
from tests.support.office import Ear

LOGIN, PASSWORD = "olga@firm.example", "correct horse"


@pytest.fixture(scope="module")
def servers() -> Iterator[Rehearsal]:
    with Rehearsal([Account(login=LOGIN, password=PASSWORD)]) as running:
        yield running


@pytest.fixture
def own() -> Home:
    made = under(short_folder() / "home")
    life.make_home(made)
    return made


@pytest.fixture
def doors(own: Home) -> Iterator[Doors]:
    doors = Doors(own, jitter=lambda: 0.0, on_other=lambda _told: None)
    yield doors
    doors.stop()


def imap(servers: Rehearsal, **other: str | int) -> ServerSettings:
    settings: dict[str, str | int] = {"host": servers.host, "port": servers.tls_port, "tls": "ssl"}
    return ServerSettings(**{**settings, "authority": Path(servers.cafile).read_text(), **other})  # type: ignore[arg-type]


def smtp(servers: Rehearsal, **other: str | int) -> ServerSettings:
    return imap(servers, **{"port": servers.smtps_port, **other})


def wanted(
    servers: Rehearsal, *, password: str = PASSWORD, of_imap: ServerSettings | None = None,
    of_smtp: ServerSettings | None = None, send: bool = True,
) -> NewMailbox:  # fmt: skip
    return NewMailbox(
        address=LOGIN,
        login=LOGIN,
        password=password,
        imap=of_imap or imap(servers),
        smtp=(of_smtp or smtp(servers)) if send else None,
    )


def test_both_servers_let_us_in(doors: Doors, servers: Rehearsal) -> None:
    doors.check(wanted(servers))
    doors.check(wanted(servers, send=False))


def test_a_refused_login_names_the_step(doors: Doors, servers: Rehearsal) -> None:
    with pytest.raises(SignInRefused) as refused:
        doors.check(wanted(servers, password="wrong"))
    assert refused.value.arguments == {"step": "imap", "host": servers.host}


def test_a_server_that_is_not_there_names_the_step(doors: Doors, servers: Rehearsal) -> None:
    with pytest.raises(Away) as away:
        doors.check(wanted(servers, of_smtp=smtp(servers, port=1)))
    assert away.value.code == "server"
    assert away.value.arguments == {"step": "smtp", "cause": "refused_connection", "host": servers.host}


def test_a_certificate_that_nobody_vouches_for_is_refused(doors: Doors, servers: Rehearsal) -> None:
    settings = ServerSettings(host=servers.host, port=servers.tls_port, tls="ssl")
    with pytest.raises(Away) as away:
        doors.check(wanted(servers, of_imap=settings))
    assert (away.value.arguments["step"], away.value.arguments["cause"]) == ("imap", "tls_certificate")


def test_an_unknown_way_to_be_secure_is_refused(doors: Doors, servers: Rehearsal) -> None:
    with pytest.raises(BadRequest):
        doors.check(wanted(servers, of_imap=imap(servers, tls="maybe")))


def test_a_secret_is_kept_sealed_and_taken_back(doors: Doors, own: Home, servers: Rehearsal) -> None:
    take_back = doors.keep(wanted(servers))
    assert PASSWORD.encode() not in own.sealed.read_bytes()
    second = doors.keep(wanted(servers, password="newer"))
    second()
    assert doors.box().get(secret_name(imap(servers), LOGIN)) == PASSWORD.encode()
    take_back()
    assert doors.box().get(secret_name(imap(servers), LOGIN)) is None


def run_mailbox(servers: Rehearsal) -> RunMailbox:
    settings = MailboxSettings(address=LOGIN, login=LOGIN, imap=imap(servers))
    return RunMailbox(mailbox=MailboxKey(1), settings=settings, incarnation=1, paused=False)


def test_a_mailbox_s_door_leads_to_its_server(doors: Doors, servers: Rehearsal) -> None:
    doors.keep(wanted(servers))
    door = doors.door(run_mailbox(servers))
    source = door.connect()
    assert source.folders()[0].name == "INBOX"
    source.close()
    assert PASSWORD not in repr(door)


def test_a_door_without_a_secret_asks_the_person(doors: Doors, servers: Rehearsal) -> None:
    door = doors.door(run_mailbox(servers))
    with pytest.raises(AuthRefused) as refused:
        door.connect()
    assert refused.value.code == "secret_missing"


def test_a_lost_key_asks_the_person(doors: Doors, own: Home, servers: Rehearsal) -> None:
    doors.keep(wanted(servers))
    own.key.unlink()
    own.key.write_bytes(os.urandom(32))
    own.key.chmod(0o600)
    with pytest.raises(AuthRefused):
        Doors(own, jitter=lambda: 0.0, on_other=lambda _told: None).door(run_mailbox(servers)).connect()
    with pytest.raises(Away) as lost:
        Doors(own, jitter=lambda: 0.0, on_other=lambda _told: None).keep(wanted(servers))
    assert lost.value.code == "secret_lost"


def test_a_watch_stirs_when_mail_comes(doors: Doors, servers: Rehearsal) -> None:
    from actors.messages import FolderStirred

    doors.keep(wanted(servers))
    ear = Ear()
    lost: list[BaseException] = []
    watching = doors.door(run_mailbox(servers)).watch("INBOX", lambda: ear.tell(FolderStirred()), lost.append)
    ear.wait_for(FolderStirred)
    servers.deliver(LOGIN, b"Subject: new\r\n\r\nHello.\r\n")
    ear.wait_for(FolderStirred, count=2)
    watching.cancel()
    assert lost == []
