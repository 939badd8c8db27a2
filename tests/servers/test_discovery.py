"""From an address to its servers, against a name server, a web server and mail servers of our own."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from providers.errors import ProviderError, Refused, Unavailable
from providers.net import is_public
from providers.protocols import Reach
from providers.web import MAX_BODY, Https
from store.model.found import Found, FoundBy
from tests.support.dns_and_web import HOST, Internet, answer, config, internet, never, raw

PATH = "/mail/config-v1.1.xml"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"
BOTH = config(imap="imap.host.example 993 SSL %EMAILADDRESS%", smtp="smtp.host.example 465 SSL %EMAILADDRESS%")


@pytest.fixture
async def net() -> AsyncIterator[Internet]:
    async with internet() as made:
        yield made


# ---------------------------------------------------------------- ten made-up domains, each found in its way
def by_autoconfig(net: Internet) -> None:
    net.host("autoconfig.d1.example").pages[PATH] = answer(BOTH)


def by_well_known(net: Internet) -> None:
    net.host("d2.example").pages[WELL_KNOWN] = answer(BOTH)


def by_autoconfig_with_forms(net: Internet) -> None:
    net.host("autoconfig.d3.example").pages[PATH] = answer(
        config(imap="mail.%EMAILDOMAIN% 143 STARTTLS %EMAILLOCALPART%", smtp="mail.d3.example 25 plain x")
    )


def by_srv(net: Internet) -> None:
    net.dns.add("_imaps._tcp.d4.example", "SRV", "0 1 993 in.host.example.")
    net.dns.add("_submissions._tcp.d4.example", "SRV", "0 1 465 out.host.example.")


def by_srv_with_starttls(net: Internet) -> None:
    net.dns.add("_imaps._tcp.d5.example", "SRV", "0 0 0 .")
    net.dns.add("_imap._tcp.d5.example", "SRV", "0 1 143 in.host.example.")
    net.dns.add("_submission._tcp.d5.example", "SRV", "0 1 587 out.host.example.")


def by_srv_in_order(net: Internet) -> None:
    net.dns.add("_imaps._tcp.d6.example", "SRV", "20 9 993 last.host.example.", "10 1 993 second.host.example.",
                "10 5 9993 first.host.example.")  # fmt: skip


def by_google_s_mx(net: Internet) -> None:
    net.dns.add("d7.example", "MX", "10 alt1.aspmx.l.google.com.", "1 aspmx.l.google.com.")


def by_microsoft_s_mx(net: Internet) -> None:
    net.dns.add("d8.example", "MX", "0 d8-example.mail.protection.outlook.com.")


def by_the_second_mx(net: Internet) -> None:
    net.dns.add("d9.example", "MX", "5 filter.own.example.", "10 in1-smtp.messagingengine.com.")


def by_guess(net: Internet) -> None:
    net.host("imap.d10.example")
    net.host("mail.d10.example")


Row = tuple[Callable[[Internet], None], str, FoundBy, str, str]
FOUND: list[Row] = [
    (by_autoconfig, "d1", FoundBy.AUTOCONFIG, "imap.host.example:993:ssl:ana@d1.example", "smtp.host.example:465:ssl"),
    (by_well_known, "d2", FoundBy.AUTOCONFIG, "imap.host.example:993:ssl:ana@d2.example", "smtp.host.example:465:ssl"),
    (by_autoconfig_with_forms, "d3", FoundBy.AUTOCONFIG, "mail.d3.example:143:starttls:ana", ""),
    (by_srv, "d4", FoundBy.SRV, "in.host.example:993:ssl:ana@d4.example", "out.host.example:465:ssl"),
    (by_srv_with_starttls, "d5", FoundBy.SRV, "in.host.example:143:starttls:ana@d5.example",
     "out.host.example:587:starttls"),
    (by_srv_in_order, "d6", FoundBy.SRV, "first.host.example:9993:ssl:ana@d6.example", ""),
    (by_google_s_mx, "d7", FoundBy.MX, "imap.gmail.com:993:ssl:ana@d7.example", "smtp.gmail.com:465:ssl"),
    (by_microsoft_s_mx, "d8", FoundBy.MX, "outlook.office365.com:993:ssl:ana@d8.example",
     "smtp.office365.com:587:starttls"),
    (by_the_second_mx, "d9", FoundBy.MX, "imap.fastmail.com:993:ssl:ana@d9.example", "smtp.fastmail.com:465:ssl"),
    (by_guess, "d10", FoundBy.GUESS, "imap.d10.example:993:ssl:ana@d10.example", "mail.d10.example:465:ssl"),
]  # fmt: skip


@pytest.mark.parametrize("row", FOUND, ids=[row[1] for row in FOUND])
async def test_a_made_up_domain_is_found(net: Internet, row: Row) -> None:
    plant, name, source, imap, smtp = row
    plant(net)
    (found,) = await net.discovery().find(f"ana@{name}.example")
    assert found.imap is not None
    assert (found.source, found.trusted) == (source, source is FoundBy.AUTOCONFIG)
    assert f"{found.imap.host}:{found.imap.port}:{found.imap.tls}:{found.imap.login}" == imap
    assert smtp == ("" if found.smtp is None else f"{found.smtp.host}:{found.smtp.port}:{found.smtp.tls}")


async def test_what_is_found_in_several_ways_is_told_once_and_in_order(net: Internet) -> None:
    by_google_s_mx(net)
    net.dns.add("_imaps._tcp.d7.example", "SRV", "0 1 993 imap.gmail.com.")
    net.host("mail.d7.example")
    found = await net.discovery().find("ana@d7.example")
    assert [one.source for one in found] == [FoundBy.SRV, FoundBy.GUESS]
    assert not any(one.trusted for one in found)


async def test_the_table_answers_without_a_network(net: Internet) -> None:
    (found,) = await net.discovery().find("ana@gmail.com")
    assert (found.source, found.trusted) == (FoundBy.TABLE, True)
    assert net.dns.asked == []


async def test_who_has_no_imap_is_looked_for_all_the_same(net: Internet) -> None:
    net.dns.add("_imaps._tcp.proton.me", "SRV", "0 1 993 in.host.example.")
    found = await net.discovery().find("ana@proton.me")
    assert [(one.source, one.lacks) for one in found] == [(FoundBy.SRV, ""), (FoundBy.TABLE, "imap")]


async def test_a_file_that_knows_only_plain_sockets_says_so(net: Internet) -> None:
    net.host("autoconfig.d.example").pages[PATH] = answer(config(imap="mail.d.example 143 plain x"))
    (found,) = await net.discovery().find("ana@d.example")
    assert (found.imap, found.lacks) == (None, "tls")


async def test_starttls_is_tried_where_nothing_else_answers(net: Internet) -> None:
    net.host("imap.d.example")
    net.host("smtp.d.example")
    net.ports[993] = net.ports[465] = 1  # nobody listens there
    (found,) = await net.discovery().find("ana@d.example")
    assert found.imap is not None
    assert found.smtp is not None
    assert (found.imap.port, found.imap.tls, found.smtp.port, found.smtp.tls) == (143, "starttls", 587, "starttls")
    assert bytes(net.clear).split() == [b"a", b"STARTTLS", b"EHLO", b"[127.0.0.1]", b"STARTTLS"] or set(
        net.clear.split()
    ) == {b"a", b"STARTTLS", b"EHLO", b"[127.0.0.1]"}


async def test_a_name_in_another_script(net: Internet) -> None:
    net.dns.add("_imaps._tcp.xn--bcher-kva.example", "SRV", "0 1 993 in.host.example.")
    (found,) = await net.discovery().find("ana@bücher.example")
    assert found.imap is not None
    assert found.imap.login == "ana@xn--bcher-kva.example"


# ---------------------------------------------------------------- what must not be believed
async def nothing(net: Internet, domain: str = "d.example", *, reach: Reach = "any") -> tuple[Found, ...]:
    return await net.discovery(reach=reach, patience=0.5).find(f"ana@{domain}")


async def test_a_forged_srv_is_not_trusted_and_hears_nothing(net: Internet) -> None:
    evil = net.host("mail.evil.example")
    net.dns.add("_imaps._tcp.d.example", "SRV", "0 1 993 mail.evil.example.")
    (found,) = await net.discovery().find("ana@d.example")
    assert found.imap is not None
    assert (found.imap.host, found.trusted) == ("mail.evil.example", False)
    assert evil.heard == b""


@pytest.mark.parametrize("target", ["127.0.0.1.", "localhost.", "x.", "169.254.169.254."])
async def test_srv_names_no_address_and_no_name_of_this_house(net: Internet, target: str) -> None:
    net.dns.add("_imaps._tcp.d.example", "SRV", f"0 1 993 {target}")
    assert await nothing(net) == ()


async def test_a_certificate_of_another_name_is_nobody(net: Internet) -> None:
    net.host("autoconfig.d.example", certificate="evil.example").pages[PATH] = answer(BOTH)
    net.host("imap.d.example", certificate="evil.example")
    assert await nothing(net) == ()
    assert net.heard_of(b"ana") == []


async def test_http_alone_is_not_asked(net: Internet) -> None:
    net.host("autoconfig.d.example")
    net.ports[443] = net.ports[143]  # it listens, without TLS
    assert await nothing(net) == ()
    assert b"ana" not in net.clear


async def test_private_addresses_are_not_connected_to(net: Internet) -> None:
    net.host("autoconfig.d.example").pages[PATH] = answer(BOTH)
    net.host("imap.d.example")
    assert await nothing(net, reach="public") == ()
    assert net.connections == {}
    with pytest.raises(Refused, match="not_public"):
        await net.gate(reach="public").open("autoconfig.d.example", 443, tls=True)


async def test_a_name_that_changes_its_address_is_looked_up_once(net: Internet) -> None:
    """A resolver that says a public address when it is judged and a private one when it is used."""
    net.host("autoconfig.d.example").pages[PATH] = answer(BOTH)
    net.dns.turns["autoconfig.d.example"] = [HOST, "203.0.113.9"]
    with pytest.raises(Refused, match="not_public"):  # the first answer is the one that is judged and used
        await net.gate(reach="public").open("autoconfig.d.example", 443, tls=True)
    assert [name for name, kind in net.dns.asked if kind == "A"] == ["autoconfig.d.example"]
    net.dns.turns["autoconfig.d.example"] = [HOST, "203.0.113.9"]
    _reader, writer = await net.gate().open("autoconfig.d.example", 443, tls=True)
    assert writer.get_extra_info("peername")[0] == HOST
    writer.transport.abort()


async def test_a_mapped_address_is_the_one_that_it_hides(net: Internet) -> None:
    net.host("d.example").pages[WELL_KNOWN] = answer(BOTH)
    net.dns.add("d.example", "AAAA", "::ffff:127.0.0.1")
    with pytest.raises(Refused, match="not_public"):
        await net.gate(reach="public").open("d.example", 443, tls=True)
    assert net.connections == {}


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(net: Internet, status: str) -> None:
    inside = net.host("inside.example")
    inside.pages["/"] = answer(BOTH)
    away = answer(b"", status=status, fields="Location: https://inside.example/\r\n")
    metadata = answer(b"", status=status, fields="Location: http://169.254.169.254/latest/\r\n")
    net.host("autoconfig.d.example").pages[PATH] = away
    net.host("d.example").pages[WELL_KNOWN] = metadata
    net.ports[993] = net.ports[465] = net.ports[143] = net.ports[587] = 1
    assert await nothing(net) == ()
    assert inside.heard == b""
    with pytest.raises(Refused, match="redirect"):
        await Https(net.gate()).get("autoconfig.d.example", PATH)


HOSTILE = {
    "too large": (answer(b"<clientConfig>" + b" " * MAX_BODY + b"</clientConfig>"), Refused),
    "a length that lies": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", BOTH), Refused),
    "a negative length": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", BOTH), Refused),
    "no end": (raw(b"HTTP/1.1 200 OK\r\n\r\n", *([b"x" * 4096] * 40)), Refused),
    "chunks without end": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                               *([b"1000\r\n" + b"x" * 4096 + b"\r\n"] * 40)), Refused),
    "a chunk of nonsense": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"), ProviderError),
    "a head without end": (raw(b"HTTP/1.1 200 OK\r\n", *([b"X: " + b"y" * 4096 + b"\r\n"] * 40)), ProviderError),
    "no http": (raw(b"* OK IMAP ready\r\n\r\n"), ProviderError),
    "compressed": (answer(BOTH, fields="Content-Encoding: gzip\r\n"), ProviderError),
    "cut off": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<client"), ProviderError),
    "an error": (answer(BOTH, status="500 Oops"), Refused),
    "nothing": (raw(), ProviderError),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
async def test_what_a_web_server_says_badly_is_not_read(net: Internet, what: str) -> None:
    page, error = HOSTILE[what]
    net.host("autoconfig.d.example").pages[PATH] = page
    net.ports[993] = net.ports[465] = net.ports[143] = net.ports[587] = 1
    with pytest.raises(error) as caught:
        await Https(net.gate()).get("autoconfig.d.example", PATH)
    assert "Oops" not in repr(caught.value)
    assert await nothing(net) == ()


async def test_chunks_are_put_together(net: Internet) -> None:
    half = len(BOTH) // 2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (BOTH[:half], BOTH[half:])) + b"0\r\n\r\n"
    net.host("autoconfig.d.example").pages[PATH] = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces
    )
    assert await Https(net.gate()).get("autoconfig.d.example", PATH) == BOTH


async def test_who_does_not_answer_keeps_nobody_waiting(net: Internet) -> None:
    net.host("autoconfig.d.example").pages[PATH] = never()
    net.dns.silent.add("_tcp.d.example")
    net.dns.add("d.example", "MX", "1 aspmx.l.google.com.")
    with pytest.raises(Unavailable, match="timeout"):
        await Https(net.gate(), seconds=0.2).get("autoconfig.d.example", PATH)
    (found,) = await net.discovery(seconds=1).find("ana@d.example")
    assert found.source is FoundBy.MX


async def test_it_can_be_stopped_and_leaves_nothing_running(net: Internet) -> None:
    asked = asyncio.Event()

    async def page(_writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    net.host("autoconfig.d.example").pages[PATH] = page
    before = asyncio.all_tasks()
    finding = asyncio.ensure_future(net.discovery().find("ana@d.example"))
    await asked.wait()
    finding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finding
    left = {task for task in asyncio.all_tasks() - before if "came" not in repr(task.get_coro())}
    assert left == set()


async def test_no_password_is_there_to_be_said(net: Internet) -> None:
    """What hosts hear of a person is the address, in the question that the domain's own host is asked."""
    for plant, *_rest in FOUND:
        plant(net)
    for number in range(1, 11):
        await net.discovery().find(f"ana.ruiz@d{number}.example")
    assert set(net.heard_of(b"ana")) == {"autoconfig.d1.example", "d2.example", "autoconfig.d3.example"}
    for host in net.hosts.values():
        assert not any(word in host.heard.upper() for word in (b"LOGIN", b"AUTH", b"MAIL FROM", b"COOKIE"))


# ---------------------------------------------------------------- addresses
NOT_PUBLIC = """
    127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 224.0.0.1 240.0.0.1
    192.0.2.1 198.18.0.1 :: ::1 fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 2002:a00:1::
    2002:7f00:1::1 64:ff9b::a00:1 64:ff9b::7f00:1 2001:db8::1 2001:0:a00:1::f5ff:fffe mail.olmo.example
"""


@pytest.mark.parametrize("address", [*NOT_PUBLIC.split(), ""])
def test_what_is_not_the_internet_s(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is(address: str) -> None:
    assert is_public(address)
