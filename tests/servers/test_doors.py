"""The ways to mail servers: both are tried before anything is kept, a refusal names its step."""

import os
import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from actors import life
from actors.desk.api import NewMailbox
from actors.doors import Doors, RunMailbox, secret_name
from actors.paths import Home, under
from actors.spurning import SpurningSender
from providers.errors import AuthRefused, Refused
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


def on_server(*hosts: str) -> Home:
    """A server's home, whose administrator has named these hosts."""
    made = replace(under(short_folder() / "home"), unit="postroom.service", mail_hosts=frozenset(hosts))
    life.make_home(made)
    return made


def at(home: Home) -> Doors:
    return Doors(home, jitter=lambda: 0.0, on_other=lambda _told: None)


def test_only_two_look_into_mailboxes_at_a_time(doors: Doors, servers: Rehearsal) -> None:
    mailbox = wanted(servers)

    def third() -> int:
        with pytest.raises(Away) as told:
            doors.look_in(mailbox, PASSWORD, lambda _source: 0)
        assert told.value.code == "busy"
        return len(servers.host)

    found = doors.look_in(mailbox, PASSWORD, lambda _one: doors.look_in(mailbox, PASSWORD, lambda _two: third()))
    assert found == len(servers.host)
    assert doors.look_in(mailbox, PASSWORD, lambda source: source.folders()[0].special_use) == "inbox"


def test_a_look_that_is_refused_says_where(doors: Doors, servers: Rehearsal) -> None:
    with pytest.raises(SignInRefused) as told:
        doors.look_in(wanted(servers), "wrong", lambda _source: 0)
    assert told.value.arguments["step"] == "imap"


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


# ---------------------------------------------------------------- on a server (Z23)
@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Where anybody connects to."""
    made: list[object] = []

    class Socket(socket.socket):
        def connect(self, address: object) -> None:
            made.append(address)
            if str(address).startswith("('8.8."):
                raise ConnectionRefusedError
            super().connect(address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "socket", Socket)
    return made


def answers(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> list[str]:
    """A name server that says something else each time; the names that it was asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
        said = rounds[min(len(asked), len(rounds) - 1)]
        asked.append(host)
        family = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in said]
        return [(kind, socket.SOCK_STREAM, 6, "", (one, port)) for kind, one in zip(family, said, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


INSIDE = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.9", "::1", "::ffff:10.0.0.1", "fe80::1%lo", "fc00::7"]


@pytest.mark.parametrize("step", ["imap", "smtp"])
def test_no_member_looks_around_in_the_house(
    servers: Rehearsal, connected: list[object], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    asked = answers(monkeypatch, INSIDE)
    doors = at(on_server("127.0.0.1"))
    odd = ServerSettings(host="mail.evil.example", port=993, tls="ssl")
    given = wanted(servers, of_imap=odd) if step == "imap" else wanted(servers, of_smtp=odd)
    monkeypatch.setattr(doors, "_try_imap", lambda *_: None) if step == "smtp" else None
    with pytest.raises(BadRequest) as error:
        doors.check(given)
    assert (error.value.code, error.value.arguments["step"]) == ("host_not_public", step)
    assert connected == []
    assert asked == ["mail.evil.example"]


def test_the_address_that_was_judged_is_the_one_that_is_dialled(
    servers: Rehearsal, connected: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that says something good first, and then something of the house."""
    asked = answers(monkeypatch, ["8.8.4.4", "10.0.0.1"], ["127.0.0.1"])
    odd = ServerSettings(host="mail.evil.example", port=993, tls="ssl")
    with pytest.raises(Away) as error:
        at(on_server()).check(wanted(servers, of_imap=odd))
    assert error.value.arguments["cause"] == "refused_connection"
    assert connected == [("8.8.4.4", 993)]
    assert asked == ["mail.evil.example"]


def test_a_mailbox_that_is_set_up_is_judged_at_every_call(
    servers: Rehearsal, connected: list[object], own: Home
) -> None:
    at(own).keep(wanted(servers))
    later = at(replace(own, unit="postroom.service"))
    with pytest.raises(Refused, match="not_public"):
        later.door(run_mailbox(servers)).connect()
    box = run_mailbox(servers)
    sender = later.sender(
        msgspec.structs.replace(box, settings=msgspec.structs.replace(box.settings, smtp=smtp(servers)))
    )
    assert sender.server is not None
    line = sender.open()
    assert isinstance(line, SpurningSender)
    with pytest.raises(Refused, match="not_public"):
        line.check(sender.server, LOGIN, PASSWORD)
    line.close()
    lost: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    later.door(box).watch("INBOX", lambda: None, lost.put)
    assert str(lost.get(timeout=30)) == "not_public"
    assert ("127.0.0.1", servers.tls_port) not in connected
    later.stop()


@pytest.mark.parametrize("named", ["127.0.0.1", "mail.firm.example"])
def test_the_administrator_may_name_a_host_of_the_house(
    servers: Rehearsal, connected: list[object], named: str
) -> None:
    doors = at(on_server(named))
    if named == servers.host:
        doors.check(wanted(servers))
        assert connected
        return
    with pytest.raises(BadRequest, match="host_not_public"):
        doors.check(wanted(servers))
    assert connected == []


def test_nothing_is_said_in_clear_on_a_server(servers: Rehearsal, connected: list[object]) -> None:
    with pytest.raises(BadRequest, match="plain_refused"):
        at(on_server("127.0.0.1")).check(wanted(servers, of_imap=imap(servers, tls="none")))
    assert connected == []


def test_an_unknown_way_to_be_secure_is_refused(doors: Doors, servers: Rehearsal) -> None:
    with pytest.raises(BadRequest):
        doors.check(wanted(servers, of_imap=imap(servers, tls="maybe")))


def test_a_secret_is_kept_sealed_and_taken_back(doors: Doors, own: Home, servers: Rehearsal) -> None:
    take_back = doors.keep(wanted(servers))
    assert PASSWORD.encode() not in own.sealed.read_bytes()
    second = doors.keep(wanted(servers, password="newer"))
    second(recorded=False)
    assert doors.box().get(secret_name(imap(servers), LOGIN)) == PASSWORD.encode()
    take_back(recorded=False)
    assert doors.box().get(secret_name(imap(servers), LOGIN)) is None


def run_mailbox(servers: Rehearsal) -> RunMailbox:
    settings = MailboxSettings(address=LOGIN, login=LOGIN, imap=imap(servers))
    return RunMailbox(mailbox=MailboxKey(1), settings=settings, incarnation=1, paused=False)


def test_a_secret_that_is_being_set_up_again_is_not_forgotten(doors: Doors, servers: Rehearsal) -> None:
    """The mailbox was stopped, and whoever takes its secret out comes late: the fresh one is sealed already."""
    given = wanted(servers)
    former = [secret_name(given.imap, LOGIN).removeprefix("imap/")]
    doors.keep(given)(recorded=True)
    settle = doors.keep(given)
    doors.forget(lambda: former)
    assert doors.box().get(f"imap/{former[0]}") is not None
    settle(recorded=False)
    doors.forget(lambda: former)
    assert doors.box().get(f"imap/{former[0]}") is None


def test_whether_a_secret_is_former_is_asked_while_none_is_recorded(doors: Doors, servers: Rehearsal) -> None:
    given = wanted(servers)
    name = secret_name(given.imap, LOGIN).removeprefix("imap/")
    former = [name]
    settle = doors.keep(given)
    asked, recorded = threading.Event(), threading.Event()

    def slowly() -> list[str]:
        asked.set()
        assert not recorded.wait(0.05), "it was settled while somebody looked"
        return list(former)

    def record() -> None:
        asked.wait(10)
        former.clear()
        settle(recorded=True)
        recorded.set()

    thread = threading.Thread(target=record)
    thread.start()
    doors.forget(slowly)
    thread.join()
    assert doors.box().get(f"imap/{name}") is not None


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
