"""The one place that opens sockets for mail, and the one that makes TLS contexts (Z10).

Certificates and host names are always checked. Without TLS nothing but a loopback address is even connected to.
"""

import functools
import ipaddress
import socket
import ssl
from typing import Final

from providers.errors import ProviderError, Refused, Unavailable
from providers.protocols import Server

MAX_ADDRESSES: Final = 8
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
        if not found:
            raise Refused("clear_text")
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
