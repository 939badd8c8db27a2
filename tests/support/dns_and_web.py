"""A small internet on loopback: a name server over UDP, an https server, and mail servers that greet over TLS.

async with internet() as net:
    net.dns.add("olmo.example", "MX", "10 aspmx.l.google.com.")
    net.host("autoconfig.olmo.example").pages["/mail/config-v1.1.xml"] = page(XML)
    found = await net.discovery().find("ana@olmo.example")
assert net.heard_of(b"secret") == []

Every host that `host` makes has 127.0.0.1 for its address and a certificate of its name; what it says is decided by the
name that TLS was asked for. All that anybody said to it is recorded.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme

from providers.discovery import Discovery
from providers.names import Dns
from providers.net import Gate
from providers.probing import Probing
from providers.protocols import Reach
from providers.web import Https

HOST = "127.0.0.1"
Page = Callable[[asyncio.StreamWriter], Awaitable[None]]


class NameServer(asyncio.DatagramProtocol):
    """Zone data by name and type. `silent` names get no answer at all; of `turns` each query takes the next."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.turns: dict[str, list[str]] = {}
        self.silent: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.port = 0

    def add(self, name: str, kind: str, *texts: str) -> None:
        self.records.setdefault((name.lower(), kind), []).extend(texts)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if any(name == one or name.endswith(f".{one}") for one in self.silent):
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        texts = self._texts(name, kind)
        if texts:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *texts))
        elif not any(known == name for known, _kind in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)

    def _texts(self, name: str, kind: str) -> list[str]:
        if kind == "A" and name in self.turns:
            turns = self.turns[name]
            return [turns.pop(0) if len(turns) > 1 else turns[0]]
        return self.records.get((name, kind), [])

    def close(self) -> None:
        self._transport.close()


@dataclass
class Host:
    """What stands at one name: web pages by path; whether IMAP and SMTP greet."""

    name: str
    pages: dict[str, Page] = field(default_factory=dict)
    heard: bytearray = field(default_factory=bytearray)
    context: ssl.SSLContext | None = None


@dataclass
class Internet:
    """See the module."""

    authority: trustme.CA
    dns: NameServer
    hosts: dict[str, Host] = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)  # a well-known port → ours
    connections: dict[int, int] = field(default_factory=dict)  # how many came to each well-known port
    clear: bytearray = field(default_factory=bytearray)  # what was said without TLS
    base: ssl.SSLContext | None = None  # chooses the certificate

    def host(self, name: str, *, certificate: str | None = None, address: str = HOST) -> Host:
        """A name that stands; with a certificate of another name if that is given."""
        made = Host(name)
        made.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(certificate or name).configure_cert(made.context)
        self.hosts[name] = made
        self.dns.add(name, "A", address)
        return made

    @property
    def pem(self) -> str:
        return self.authority.cert_pem.bytes().decode()

    @property
    def names(self) -> Dns:
        return Dns(servers=[HOST], port=self.dns.port, seconds=3)

    def gate(self, *, reach: Reach = "any") -> Gate:
        return Gate(self.names, reach=reach, authority=self.pem, ports=self.ports)

    def discovery(self, *, reach: Reach = "any", seconds: float = 10, patience: float = 5) -> Discovery:
        """As the office makes it, but for the reach."""
        gate = self.gate(reach=reach)
        return Discovery(
            names=self.names,
            web=Https(gate, seconds=patience),
            probe=Probing(gate, seconds=patience),
            seconds=seconds,
        )

    def heard_of(self, words: bytes) -> list[str]:
        """The hosts that heard these words."""
        return [name for name, host in self.hosts.items() if words in host.heard] + ["clear"] * (words in self.clear)


@asynccontextmanager
async def internet() -> AsyncIterator[Internet]:
    """One, until the end of the block."""
    loop = asyncio.get_running_loop()
    _transport, names = await loop.create_datagram_endpoint(NameServer, local_addr=(HOST, 0))
    made = Internet(authority=trustme.CA(), dns=names)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(names.close)
        for port, talk, tls in ((443, _web, True), (993, _imap, True), (465, _smtp, True), (143, _imap, False),
                                (587, _smtp, False)):  # fmt: skip
            server = await _serve(made, port, talk, tls=tls)
            stack.callback(server.close)
        yield made
    await asyncio.sleep(0)  # closing is the loop's work


Talk = Callable[[Internet, asyncio.StreamReader, asyncio.StreamWriter, Host | None], Awaitable[None]]


async def _serve(net: Internet, port: int, talk: Talk, *, tls: bool) -> asyncio.Server:
    asked: dict[ssl.SSLObject, str] = {}

    def chosen(line: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        """The certificate of the name that is asked for."""
        host = net.hosts.get(name or "")
        if host is not None and host.context is not None:
            line.context = host.context
            asked[line] = host.name

    base = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    net.authority.issue_cert("nobody.example").configure_cert(base)
    base.sni_callback = chosen

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        net.connections[port] = net.connections.get(port, 0) + 1
        try:
            name = asked.get(writer.get_extra_info("ssl_object"), "") if tls else ""
            await talk(net, reader, writer, net.hosts.get(name))
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(came, HOST, 0, ssl=base if tls else None)
    net.ports[port] = int(server.sockets[0].getsockname()[1])
    net.base = base
    return server


async def _web(net: Internet, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: Host | None) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if host is None:
        net.clear += head
        return
    host.heard += head
    path = head.split(b" ")[1].decode().partition("?")[0]
    await host.pages.get(path, answer(b"", status="404 Not Found"))(writer)


async def _imap(net: Internet, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: Host | None) -> None:
    await _mail(net, reader, writer, host, greeting=b"* OK ready\r\n")


async def _smtp(net: Internet, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: Host | None) -> None:
    await _mail(net, reader, writer, host, greeting=b"220-hello\r\n220 ready\r\n")


async def _mail(
    net: Internet, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: Host | None, *, greeting: bytes
) -> None:
    writer.write(greeting)
    while line := await reader.readline():
        if host is None:
            net.clear += line
        else:
            host.heard += line
        if line.startswith(b"EHLO"):
            writer.write(b"250-here\r\n250 STARTTLS\r\n")
        elif b"STARTTLS" in line:
            writer.write(b"a OK now\r\n" if line.startswith(b"a ") else b"220 now\r\n")
            assert net.base is not None
            await writer.start_tls(net.base)


# ---------------------------------------------------------------- pages
def answer(body: bytes, *, status: str = "200 OK", fields: str = "") -> Page:
    """A page with its length."""

    async def page(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return page


def raw(*pieces: bytes) -> Page:
    """Bytes as they are."""

    async def page(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return page


def never() -> Page:
    """It takes the question and says nothing until the other side goes."""

    async def page(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await writer.drain()
        await asyncio.Event().wait()

    return page


def config(*, imap: str = "", smtp: str = "", name: str = "Olmo Mail") -> bytes:
    """A config file: a server is `host port SSL|STARTTLS|plain form`."""
    parts = [f"<displayName>{name}</displayName>"]
    for tag, kind, text in (("incomingServer", "imap", imap), ("outgoingServer", "smtp", smtp)):
        if text:
            host, port, socket, form = text.split(" ")
            parts.append(
                f'<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType>'
                f"<authentication>password-cleartext</authentication><username>{form}</username></{tag}>"
            )
    return f'<clientConfig version="1.1"><emailProvider id="x">{"".join(parts)}</emailProvider></clientConfig>'.encode()
