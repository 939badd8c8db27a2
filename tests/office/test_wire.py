"""The socket under callers that mean no good, or no harm but are slow: Z11 and Z15."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.desk import wire
from actors.desk.api import PROTOCOL_VERSION, Desk, Hello
from actors.desk.remote import Reattach, RemoteDesk
from actors.desk.server import Manners
from actors.paths import under
from store.model.errors import Away, BadRequest, DeskError, NotAllowed, NotFound
from store.model.ids import EmailId, RequestId
from store.model.secrets import SecretsView
from store.model.sign_in import ProviderApp
from store.model.views import ThreadQuery
from tests.support.fake_desk import FakeDesk
from tests.support.home import short_folder
from tests.support.served import HELLO, Served, served

ROOT = Path(__file__).parents[2]
DEADLINE = 20.0
NOBODY = 65534


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def office(desk: FakeDesk) -> AsyncIterator[Served]:
    async with served(desk) as office:
        yield office


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


async def told(connected: socket.socket) -> bytes:
    """Everything that comes until the other side hangs up."""
    reader, writer = await asyncio.open_unix_connection(sock=connected)
    async with asyncio.timeout(DEADLINE):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


# ---- The table


def test_every_method_of_the_desk_is_spoken() -> None:
    methods = {name for name in vars(Desk) if not name.startswith("_")}
    assert methods == wire.method_names()
    assert {wire.spoken(name).way for name in methods} == set(wire.Way)
    for name in methods:
        wire.decoder(wire.spoken(name).arguments)


def test_no_call_gives_the_store_or_a_secret() -> None:
    answers = " ".join(str(wire.spoken(name).answer) for name in wire.method_names())
    answers = answers.replace(str(SecretsView), "")  # where they are kept
    assert not any(word in answers.casefold() for word in ("secret", "password", "path", "backup"))


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 50))
def test_frames_survive_any_cutting(payloads: list[bytes], size: int) -> None:
    stream = b"".join(map(frame, payloads))
    cutter = wire.Cutter(300)
    got = []
    for start in range(0, len(stream), size):
        cutter.feed(stream[start : start + size])
        while (payload := cutter.next()) is not None:
            got.append(payload)
    assert got == payloads


def test_lists_and_texts_of_a_caller_are_bounded() -> None:
    decode = wire.decoder(wire.spoken("mark").arguments).decode
    good = {"request": "r", "emails": ["e"] * wire.MAX_ITEMS}
    assert len(decode(wire.encode(good)).emails) == wire.MAX_ITEMS
    for bad in ({"emails": ["e"] * (wire.MAX_ITEMS + 1)}, {"emails": ["x" * (wire.MAX_TEXT + 1)]}, {"other": 1}):
        with pytest.raises(msgspec.ValidationError):
            decode(wire.encode({**good, **bad}))


# ---- Hostile callers


@pytest.mark.parametrize(
    "said",
    [
        frame(b"garbage"),
        (1 << 31).to_bytes(4, "big"),
        (wire.MAX_HELLO + 1).to_bytes(4, "big"),
        wire.framed(wire.Request(id=1, method="clients", arguments=msgspec.Raw(b"\x80"))),
        wire.framed(wire.Cancel(id=1)),
        frame(b"\x91" * 4000),
    ],
    ids=["garbage", "2 GB", "long greeting", "request first", "cancel first", "deep"],
)
async def test_who_does_not_greet_properly_gets_not_a_byte(office: Served, desk: FakeDesk, said: bytes) -> None:
    connected = office.raw()
    connected.sendall(said)
    assert await told(connected) == b""
    assert desk.calls == []


async def test_who_says_nothing_is_hung_up_on(desk: FakeDesk) -> None:
    async with served(desk, manners=Manners(greeting=0.05)) as office:
        assert await told(office.raw()) == b""
        assert office.visits.here == 0


async def test_an_unknown_uid_gets_not_a_byte(desk: FakeDesk) -> None:
    async with served(desk, known=lambda _uid: False) as office:
        connected = office.raw()
        connected.sendall(wire.framed(wire.Greeting(hello=HELLO)))
        assert await told(connected) == b""
        assert office.greetings == []
        shared = replace(office.home, office_uid=os.getuid())
        with pytest.raises(NotAllowed) as refused:
            await RemoteDesk.connect(shared, HELLO)
        assert refused.value.code == "unknown_caller"


async def test_an_office_of_ones_own_that_goes_at_the_greeting_is_gone(desk: FakeDesk) -> None:
    """Whoever is told that it is gone starts another; nobody is told that they are no member."""
    async with served(desk, known=lambda _uid: False) as office:
        with pytest.raises(Away) as away:
            await office.attach()
        assert away.value.code == "office_gone"


async def until(true: Callable[[], bool]) -> None:
    """What happens in this very loop gives no event to wait for: let the loop run until it has."""
    async with asyncio.timeout(DEADLINE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def greeted(office: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A raw caller that has been let in."""
    reader, writer = await asyncio.open_unix_connection(sock=office.raw())
    writer.write(wire.framed(wire.Greeting(hello=HELLO)))
    assert isinstance(await received(reader), wire.Greeted)
    return reader, writer


async def received(reader: asyncio.StreamReader) -> object:
    async with asyncio.timeout(DEADLINE):
        length = int.from_bytes(await reader.readexactly(4), "big")
        return wire.decoder(wire.FromOffice).decode(await reader.readexactly(length))


async def ended(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(DEADLINE):
        try:
            while await reader.read(1 << 16):
                pass
        except ConnectionResetError:
            return True
        return True


def request(number: int, method: str, arguments: bytes) -> bytes:
    return wire.framed(wire.Request(id=number, method=method, arguments=msgspec.Raw(arguments)))


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("nothing", b"\x80"),
        ("__init__", b"\x80"),
        ("called", b"\x80"),
        ("clients", b"\xc0"),
        ("clients", b"\x90"),
        ("clients", wire.encode({"surprise": 1})),
        ("email", b"\x80"),
        ("email", wire.encode({"email": 7})),
        ("mark", wire.encode({"request": "r", "emails": [[]] * 100_000})),
        ("mark", wire.encode({"request": "r", "emails": "e" * 100_000})),
        ("add_mailbox", wire.encode({"request": "r", "mailbox": {}})),
    ],
)
async def test_a_request_that_does_not_fit_is_refused_and_the_next_answered(
    office: Served, method: str, arguments: bytes
) -> None:
    reader, writer = await greeted(office)
    writer.write(request(1, method, arguments))
    failure = await received(reader)
    assert isinstance(failure, wire.Failure)
    assert isinstance(failure.error.error(), BadRequest)
    writer.write(request(2, "clients", b"\x80"))
    assert isinstance(await received(reader), wire.Answer)
    writer.close()


@pytest.mark.parametrize(
    "said",
    [
        (wire.MAX_FRAME + 1).to_bytes(4, "big"),
        frame(b"\x91" * 500_000),
        frame(b"\x81" * 500_000),
        wire.framed(wire.Greeting(hello=HELLO)),
        request(0, "clients", b"\x80"),
        request(5, "subscribe", b"\x80") * 2,
    ],
    ids=["too long", "deep arrays", "deep maps", "greeting again", "id 0", "id twice"],
)
async def test_who_breaks_the_rules_is_hung_up_on(office: Served, said: bytes) -> None:
    reader, writer = await greeted(office)
    writer.write(said)
    assert await ended(reader)
    writer.close()
    again = await office.attach()
    assert await again.clients() == ()
    await again.close()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=200).map(frame),
            st.builds(
                lambda tag, rest: frame(b"\x94" + bytes([tag]) + rest), st.integers(0, 12), st.binary(max_size=60)
            ),
            st.builds(
                lambda number, method, arguments: request(number, method, msgspec.msgpack.encode(arguments)),
                st.integers(-2, 40),
                st.sampled_from([*sorted(wire.method_names()), "nothing"]),
                st.recursive(
                    st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5) | st.binary(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
                    max_leaves=8,
                ),
            ),
            st.builds(lambda number: wire.framed(wire.Credit(id=number, items=2**60)), st.integers(0, 5)),
            st.builds(lambda number: wire.framed(wire.End(id=number)), st.integers(0, 5)),
            st.builds(lambda number: wire.framed(wire.Item(id=number, data=msgspec.Raw(b"\xc0"))), st.integers(0, 5)),
        ),
        max_size=12,
    )
)
def test_whatever_a_caller_says_others_are_served(said: list[bytes]) -> None:
    asyncio.run(_fuzzed(b"".join(said)))


async def _fuzzed(said: bytes) -> None:
    async with served(FakeDesk()) as office:
        reader, writer = await greeted(office)
        writer.write(said)
        writer.write_eof()
        await ended(reader)
        writer.close()
        other = await office.attach()
        assert (await other.threads(ThreadQuery())).total == 0
        await other.close()


async def test_a_caller_has_only_so_many_requests_at_once(desk: FakeDesk) -> None:
    desk.hold("clients")
    async with served(desk, manners=Manners(requests=3)) as office:
        remote = await office.attach()
        held = [asyncio.ensure_future(remote.clients()) for _ in range(3)]
        await until(lambda: len(desk.calls) == 4)
        with pytest.raises(Away) as busy:
            await remote.members()
        assert busy.value.code == "busy"
        desk.hold("clients").set()
        assert await asyncio.gather(*held) == [(), (), ()]
        assert len(await remote.members()) == 1
        await remote.close()


async def test_who_uploads_without_credit_is_hung_up_on(office: Served, desk: FakeDesk) -> None:
    desk.hold("import_copies")
    reader, writer = await greeted(office)
    writer.write(request(1, "import_copies", wire.encode({"request": "r", "mailbox": "Old"})))
    writer.write(wire.framed(wire.Item(id=1, data=msgspec.Raw(wire.encode({"folder": "", "data": b""})))) * 30)
    assert await ended(reader)
    writer.close()


async def test_a_caller_that_stops_waiting_stops_the_work(office: Served, desk: FakeDesk) -> None:
    desk.hold("clients")
    remote = await office.attach()
    waiting = asyncio.ensure_future(remote.clients())
    await until(lambda: len(desk.calls) == 2)
    waiting.cancel()
    await asyncio.wait([waiting])
    (connection,) = office.server.connections
    await until(lambda: not connection.busy)
    await remote.close()


# ---- Slow callers


async def test_who_does_not_read_events_is_dropped(desk: FakeDesk) -> None:
    async with served(desk, manners=Manners(unread=50_000)) as office:
        _reader, writer = await greeted(office)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
        writer.write(request(1, "subscribe", b"\x80"))
        await until(lambda: len(desk.calls) == 2)

        def dropped() -> bool:
            for _ in range(1000):
                desk.announce("threads_changed")
            return not office.visits.here

        await until(dropped)
        writer.close()


async def test_who_does_not_read_answers_is_dropped_after_a_while(desk: FakeDesk) -> None:
    for number in range(40):
        desk.deliver(f"Subject: {number}\r\n\r\n{'word ' * 100}".encode())
    async with served(desk, manners=Manners(reading=0.1)) as office:
        _reader, writer = await greeted(office)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
        for number in range(1, 31):
            writer.write(request(number, "search", wire.encode({"text": ""})))
        await until(lambda: not office.visits.here)
        writer.close()


async def test_a_slow_reader_of_a_stream_costs_no_memory(office: Served, desk: FakeDesk) -> None:
    email = desk.deliver(b"Subject: long\r\n\r\n" + b"x" * (30 << 20))
    remote = await office.attach()
    stream = remote.raw(email)
    got = len(await anext(stream))
    (connection,) = office.server.connections
    for _ in range(100):
        await asyncio.sleep(0)
        assert connection.unsent < 2 << 20
    async for chunk in stream:
        got += len(chunk)
    assert got == len(desk.mail(email).raw)
    await remote.close()


# ---- Whose socket it is, and versions


async def test_nobody_listens() -> None:
    folder = short_folder()
    with pytest.raises(Away) as away:
        await RemoteDesk.connect(under(folder), HELLO)
    assert away.value.code == "no_office"


async def test_another_version_is_told_which_side_to_restart(office: Served) -> None:
    for protocol, side in ((PROTOCOL_VERSION + 1, "office"), (PROTOCOL_VERSION - 1, "screen")):
        with pytest.raises(Away) as away:
            await office.attach(Hello(protocol=protocol, version="other"))
        assert away.value.code == "version"
        assert away.value.arguments == {"ours": "other", "theirs": "test", "restart": side}


async def test_a_lost_line_fails_what_waits_and_what_comes(office: Served, desk: FakeDesk) -> None:
    desk.hold("clients")
    remote = await office.attach()
    waiting = asyncio.ensure_future(remote.clients())
    stream = remote.announcements()
    item = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await office.server.close()
    for gone in (waiting, item):
        with pytest.raises(Away) as away:
            await gone
        assert away.value.code == "office_gone"
    async with asyncio.timeout(DEADLINE):
        await remote.wait_gone()
    with pytest.raises(Away):
        await remote.clients()
    assert remote.gone


async def test_a_bug_of_the_desk_is_a_code(office: Served, desk: FakeDesk, caplog: pytest.LogCaptureFixture) -> None:
    remote = await office.attach()
    desk.fail("clients", KeyError("planted subject"))  # type: ignore[arg-type]  # the point of this test
    with pytest.raises(DeskError) as bug:
        await remote.clients()
    assert (bug.value.code, bug.value.arguments) == ("bug", {})
    assert "KeyError at tests/" in caplog.text
    assert "planted" not in caplog.text
    await remote.close()


async def test_hidden_and_unused_look_the_same(office: Served) -> None:
    reader, writer = await greeted(office)
    answers = []
    for email in ("e99", "never-given-out"):
        writer.write(request(7, "email", wire.encode({"email": email})))
        answers.append(wire.encode(await received(reader)))
    assert answers[0] == answers[1]
    writer.close()


async def test_arguments_are_judged_before_they_are_sent(office: Served, desk: FakeDesk) -> None:
    remote = await office.attach()
    calls = len(desk.calls)
    with pytest.raises(BadRequest):
        await remote.mark(RequestId("r"), [EmailId("x" * (wire.MAX_TEXT + 1))], read=True)
    for bad in (EmailId("\udce9"), EmailId("x" * (wire.MAX_TEXT + 1))):
        with pytest.raises(BadRequest):
            await remote.email(bad)
    for number in (2**63, 2**70):
        with pytest.raises(BadRequest):
            await remote.search("", limit=number)
    with pytest.raises(NotFound):
        await remote.email(EmailId("x"))
    assert len(desk.calls) == calls + 1
    await remote.close()


async def test_a_desk_that_outlives_its_office_repeats_the_call_on_the_next_one(desk: FakeDesk) -> None:
    request = RequestId("r1")
    async with served(desk) as first, served(desk) as second:
        offices = iter((first, second))

        async def opens() -> RemoteDesk:
            return await next(offices).attach()

        lasting = Reattach(opens)
        assert await lasting.call(lambda remote: remote.clients()) == ()
        desk.hold("add_client")
        adding = asyncio.ensure_future(lasting.call(lambda remote: remote.add_client(request, "Byron")))
        await until(lambda: desk.calls[-1][0] == "add_client")
        await first.server.close()
        await until(lambda: second.visits.here == 1)
        desk.hold("add_client").set()
        assert (await adding).name == "Byron"
        assert len(desk.firm.clients) == 1
        await lasting.close()


async def test_a_refusal_is_not_repeated(office: Served, desk: FakeDesk) -> None:
    async def opens() -> RemoteDesk:
        return await office.attach()

    lasting = Reattach(opens)
    with pytest.raises(NotFound):
        await lasting.call(lambda remote: remote.email(EmailId("none")))
    assert [call[0] for call in desk.calls].count("email") == 1
    await lasting.close()


as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")


@as_root
async def test_a_second_user_gets_not_a_byte(office: Served) -> None:
    folder = office.home.sockets
    folder.chmod(0o711)
    office.home.socket.chmod(0o666)  # even where the folder and the socket let them in
    script = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534)\n"
        "line = socket.socket(socket.AF_UNIX); line.settimeout(20)\n"
        "line.connect(sys.argv[1]); got = 0\n"
        "try: line.sendall(bytes.fromhex(sys.argv[2])); got = len(line.recv(1000))\n"
        "except ConnectionError: pass\n"
        "print(got)\n"
    )
    greeting = wire.framed(wire.Greeting(hello=HELLO)).hex()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(office.home.socket), greeting, stdout=asyncio.subprocess.PIPE
    )
    out, _err = await child.communicate()
    assert out == b"0\n"
    assert office.greetings == []


@as_root
async def test_a_squatted_socket_gets_not_a_byte() -> None:
    folder = short_folder()
    os.chown(folder, NOBODY, NOBODY)
    home = under(folder)
    script = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534)\n"
        "line = socket.socket(socket.AF_UNIX); line.bind(sys.argv[1]); line.listen()\n"
        "print('ready', flush=True); caller, _ = line.accept(); print(len(caller.recv(1000)))\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(home.socket), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"
    with pytest.raises(Away) as away:
        await RemoteDesk.connect(home, HELLO)
    assert away.value.code == "not_ours"
    assert (await child.communicate())[0] == b"0\n"


def test_bombs_cost_nothing_under_a_memory_limit() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.support.bombs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.stdout.split() == ["survived"], result.stderr


# ---- Those who are nobody any more ([S14])


def acting(name: str) -> Hello:
    return msgspec.structs.replace(HELLO, act_as=name)


async def test_who_is_nobody_any_more_is_hung_up_on_at_once(office: Served) -> None:
    ben, ana = await office.attach(acting("Ben")), await office.attach(acting("Ana"))
    asked = await ben.subscribe(lambda _told: None)
    office.gone.add("Ben")
    await office.server.see_off(last=FakeDesk())
    async with asyncio.timeout(DEADLINE):
        await ben.wait_gone()
    asked()
    assert await ana.providers()
    assert not ana.gone
    await ana.close()
    await ben.close()


async def test_who_leaves_by_their_own_act_hears_that_it_is_done(
    office: Served, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leave() -> tuple[ProviderApp, ...]:
        office.gone.add("Ben")
        await office.server.see_off(last=desk)
        return (ProviderApp(provider="microsoft"),)

    monkeypatch.setattr(desk, "providers", leave)
    ben = await office.attach(acting("Ben"))
    assert await ben.providers() == (ProviderApp(provider="microsoft"),)
    async with asyncio.timeout(DEADLINE):
        await ben.wait_gone()
    await ben.close()
