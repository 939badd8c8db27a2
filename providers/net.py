"""The one place that opens sockets, and the one that makes TLS contexts (Z10, Z23).

Certificates and host names are always checked. Without TLS nothing but a loopback address is even connected to by
`dial`. Hosts that DNS or a stranger's file names are reached through `Gate`. Both look a name up once, judge what it
says, and connect to that very address.
"""

import asyncio
import functools
import ipaddress
import socket
import ssl
from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from providers.errors import ProviderError, Refused, Unavailable
from providers.protocols import Reach, Server

MAX_ADDRESSES: Final = 8
MAX_LINE: Final = 64 << 10
_CERT_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_NAME_ERRORS: Final = frozenset({62, 63, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, EMAIL_, IP_ADDRESS_


def dial(server: Server, *, timeout: float) -> socket.socket:
    """A connected TCP socket to the first address that answers. Nothing is sent on it."""
    problem: ProviderError = Unavailable("dns")
    for family, address in _addresses(server):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            sock.connect(address)
            _keep_alive(sock)
            refuse_clear_text(server, sock)
        except OSError as error:
            sock.close()
            problem = error if isinstance(error, ProviderError) else outside(error)
            continue
        except ProviderError:
            sock.close()
            raise
        return sock
    raise problem


def _addresses(server: Server) -> list[tuple[socket.AddressFamily, tuple[str | int | bytes, ...]]]:
    try:
        infos = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError, OverflowError):
        raise Unavailable("dns") from None
    found: list[tuple[socket.AddressFamily, tuple[str | int | bytes, ...]]] = [(info[0], info[4]) for info in infos]
    if server.tls == "none":
        found = [(family, address) for family, address in found if _is_loopback(str(address[0]))]
        if not found or server.reach == "public":  # loopback is nobody's but the house's
            raise Refused("clear_text")
    if server.reach == "public":
        found = [(family, address) for family, address in found if is_public(str(address[0]))]
        if not found:
            raise Refused("not_public")
    return found[:MAX_ADDRESSES]


def refuse_clear_text(server: Server, sock: socket.socket) -> None:
    """`none` is for loopback, judged by the address that is really at the other end, never by a name."""
    if server.tls == "none" and not _is_loopback(str(sock.getpeername()[0])):
        raise Refused("clear_text")


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def is_public(address: str) -> bool:
    """Whether an address is one of the internet's, also where it hides another (mapped, 6to4, Teredo, NAT64)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a scope too: only link-local addresses have one
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return _global(found.ipv4_mapped)
        if found in _NAT64:
            return _global(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF))
        if any(one is not None and not _global(one) for one in (found.sixtofour, *(found.teredo or ()))):
            return False
    return _global(found)


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)


def plain_host(name: str) -> str:
    """A host's name as names are compared."""
    return name.strip().rstrip(".").lower()


class Addresses(Protocol):
    """Who knows the addresses of hosts."""

    async def addresses(self, host: str) -> tuple[str, ...]:
        """None where there are none or nobody answers."""
        ...


class Gate:
    """The way to hosts that a member, a mail or DNS names (Z23): a name is looked up once, what is not public is left
    out where `reach` says so, and the connection goes to that very address. `known` hosts may be anywhere.

    `authority` (PEM) is trusted beside the system's; `ports` are used in the place of others.
    """

    def __init__(
        self,
        names: Addresses,
        *,
        reach: Reach,
        known: Container[str] = (),
        authority: str | None = None,
        ports: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self._names, self._reach, self._known, self._authority, self._ports = names, reach, known, authority, ports

    async def open(self, host: str, port: int, *, tls: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the first address that answers; the caller closes it, and says when it takes too long.

        Raises Refused not_public, and Unavailable as `outside` tells.
        """
        problem: ProviderError = Unavailable("dns")
        for address in await self._allowed(host):
            try:
                return await asyncio.open_connection(
                    address,
                    self._ports.get(port, port),
                    limit=MAX_LINE,
                    ssl=tls_context(self._authority) if tls else None,
                    server_hostname=host if tls else None,
                )
            except (OSError, ValueError) as error:
                problem = outside(error)
        raise problem

    async def secure(self, writer: asyncio.StreamWriter, host: str) -> None:
        """The handshake on a connection that began in clear."""
        try:
            await writer.start_tls(tls_context(self._authority), server_hostname=host)
        except (OSError, ValueError) as error:
            raise outside(error) from None

    async def _allowed(self, host: str) -> tuple[str, ...]:
        known = await self._names.addresses(host)
        anywhere = self._reach == "any" or plain_host(host) in self._known
        allowed = known if anywhere else tuple(filter(is_public, known))
        if known and not allowed:
            raise Refused("not_public")
        return allowed[:MAX_ADDRESSES]


def _keep_alive(sock: socket.socket) -> None:
    """A dead line is noticed within some four minutes even where nothing is sent, as in IDLE."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


@functools.lru_cache(maxsize=32)
def tls_context(authority: str | None) -> ssl.SSLContext:
    """The system's authorities, and `authority` (PEM) beside them. Contexts are shared: each costs a megabyte."""
    # Not ssl.create_default_context(): it would write session keys to wherever SSLKEYLOGFILE says.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if authority is not None:
        try:
            context.load_verify_locations(cadata=authority)
        except (OSError, ValueError):  # ssl.SSLError is an OSError
            raise Unavailable("tls_authority") from None
    return context


def secure(sock: socket.socket, server: Server) -> ssl.SSLSocket:
    """The handshake. On failure the socket is closed and the error names what was wrong."""
    try:
        return tls_context(server.authority).wrap_socket(sock, server_hostname=server.host)
    except OSError as error:
        sock.close()
        raise (error if isinstance(error, ProviderError) else outside(error)) from None
    except ValueError:  # a host that can be no server name
        sock.close()
        raise Unavailable("tls_name") from None


def outside(error: BaseException) -> ProviderError:
    """An error of socket or TLS as one of ours, without its words."""
    match error:
        case ProviderError():
            return error
        case ssl.SSLCertVerificationError(verify_code=code):
            if code in _NAME_ERRORS:
                return Unavailable("tls_name")
            return Unavailable("tls_expired" if code == _CERT_EXPIRED else "tls_certificate")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return Unavailable("closed")
        case ssl.SSLError():
            return Unavailable("tls_other")
        case ssl.CertificateError():
            return Unavailable("tls_name")
        case TimeoutError():
            return Unavailable("timeout")
        case ConnectionRefusedError():
            return Unavailable("refused_connection")
        case ConnectionError() | EOFError():
            return Unavailable("closed")
        case _:
            return Unavailable("unreachable")
