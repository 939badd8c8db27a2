"""Submission; for now the check at set-up. The only module that imports aiosmtplib.

aiosmtplib left to itself logs in over a clear line where STARTTLS is not offered, and tries a refused password with
every method in turn. So each step is taken here by name: connect, secure, look again, log in once.
"""

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable, Unsupported
from providers.net import dial, outside, tls_context
from providers.protocols import Server

if TYPE_CHECKING:
    import aiosmtplib

_LATER: Final = frozenset({421, 432, 450, 451, 452, 454})
_OVERALL: Final = 2  # times the timeout of one step


class SmtpSender:
    """MailSender. One event loop of its own, kept from call to call; one owner, one thread."""

    def __init__(self, *, timeout: float = 30, host_name: str = "localhost") -> None:
        self._timeout = timeout
        self._host_name = host_name  # what EHLO says: never this machine's name, which is nobody's business
        self._runner = asyncio.Runner()

    def check(self, server: Server, login: str, password: str) -> None:
        """Connect, secure, log in, quit: nothing is sent."""
        _refuse_unusable(login, password)
        sock = dial(server, timeout=self._timeout)
        try:
            self._runner.run(asyncio.wait_for(self._check(sock, server, login, password), _OVERALL * self._timeout))
        except (OSError, ValueError) as error:
            raise _as_ours(error) from None
        finally:
            sock.close()

    def close(self) -> None:
        self._runner.close()

    async def _check(self, sock: socket.socket, server: Server, login: str, password: str) -> None:
        import aiosmtplib  # 64 ms

        sock.setblocking(False)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            sock=sock,
            use_tls=server.tls == "ssl",
            start_tls=False,
            tls_context=tls_context(server.authority),
            local_hostname=self._host_name,
            timeout=self._timeout,
        )
        try:
            await client.connect()
            if server.tls == "starttls":
                await _start_tls(client)
            await client.ehlo()
            await _log_in(client, login, password)
            with contextlib.suppress(aiosmtplib.SMTPException):  # logged in is what was asked
                await client.execute_command(b"QUIT")
        except aiosmtplib.SMTPException as error:
            raise _smtp_error(error) from None
        finally:
            await _hang_up(client)


async def _hang_up(client: "aiosmtplib.SMTP") -> None:
    """At once: a TLS goodbye would be waited for long after the runner has stopped turning."""
    if isinstance(client.transport, asyncio.WriteTransport):
        client.transport.abort()
    client.close()
    for _ in range(3):  # the loop's own turns until the transports have let go of the socket
        await asyncio.sleep(0)


async def _start_tls(client: "aiosmtplib.SMTP") -> None:
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise Unavailable("no_tls_offered")
    await client.starttls()
    if client.get_transport_info("sslcontext") is None:
        raise Unavailable("no_tls_offered")


async def _log_in(client: "aiosmtplib.SMTP", login: str, password: str) -> None:
    """One method, tried once: a wrong password must not count three times towards a lock-out."""
    methods = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    offered = [method for method in methods if method in client.server_auth_methods]
    if not offered:
        raise Unsupported("auth")
    await methods[offered[0]](login.encode(), password.encode())


def _refuse_unusable(login: str, password: str) -> None:
    """Before anything is connected: RFC 4616 has no NUL, and no server a line end, in a name or password."""
    for text in (login, password):
        if any(letter in text for letter in "\r\n\0") or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise AuthRefused("characters")


def _as_ours(error: Exception) -> ProviderError:
    return outside(error) if isinstance(error, (OSError, ProviderError)) else Garbled("parse")


def _smtp_error(error: "aiosmtplib.SMTPException") -> ProviderError:
    """By reply code (RFC 4954, 6); what hides an error of the socket or of TLS is unwrapped."""
    import aiosmtplib

    match error:
        case aiosmtplib.SMTPAuthenticationError(code=code):
            return _login_refusal(code, error.message)
        case aiosmtplib.SMTPTimeoutError():
            return Unavailable("timeout")
        case aiosmtplib.SMTPResponseException(code=code):
            return Unavailable("busy") if code in _LATER or code == -1 else Refused("no")
        case aiosmtplib.SMTPConnectError() | aiosmtplib.SMTPServerDisconnected():
            cause = error.__cause__
            return outside(cause) if isinstance(cause, OSError) and cause is not error else Unavailable("closed")
        case _:
            return Garbled("parse")


def _login_refusal(code: int, message: str) -> ProviderError:
    if code in _LATER:
        return Unavailable("busy")
    if code in (534, 538) or "application-specific" in message.lower():
        return AuthRefused("needs_app_password" if code == 534 else "plain_refused")
    return AuthRefused("login")
