"""Submission: the check at set-up, and sending. The only module that imports aiosmtplib.

aiosmtplib left to itself logs in over a clear line where STARTTLS is not offered, tries a refused password with every
method in turn, and cannot tell a mail that was never begun from one that may have gone out. So each step is taken here
by name: connect, secure, look again, log in once; then MAIL, RCPT, the caller's yes, DATA, content, answer.
"""

import asyncio
import base64
import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from providers.errors import (
    AuthRefused,
    Garbled,
    NotBegun,
    ProviderError,
    Refused,
    Unavailable,
    Uncertain,
    Unsupported,
)
from providers.net import dial, outside, tls_context
from providers.protocols import Bearer, Content, RecipientResult, Secret, Server
from providers.sasl import AGREED, OAUTHBEARER, XOAUTH2, initial, unusable
from providers.smtp_envelope import Envelope, envelope_of, number, stuffed
from providers.smtp_replies import closes, result, sender_refusal

if TYPE_CHECKING:
    import aiosmtplib

_LATER: Final = frozenset({421, 432, 450, 451, 452, 454})
_OVERALL: Final = 2  # times the timeout of one step
_ENVELOPE: Final = 10  # times the same, for all recipients of a mail
KEPT: Final = 60  # seconds that an unused line is kept
_START_INPUT: Final = 354
_GO_ON: Final = 334
_AUTHENTICATED: Final = 235
_NO_SUCH: Final = 501


@dataclass(slots=True)
class _Line:
    """A connection and for whom it is. The transport is held here too, since the vendor lets go of one that it closes
    before it is closed. The writer serves for flow control.
    """

    client: "aiosmtplib.SMTP"
    sock: socket.socket
    key: tuple[Server, str, Secret]
    transport: asyncio.BaseTransport | None = None
    writer: asyncio.StreamWriter | None = None
    used_at: float = 0


class SmtpSender:
    """MailSender. One event loop of its own, kept from call to call as its last line is; one owner, one thread."""

    def __init__(
        self,
        *,
        timeout: float = 30,
        answer_timeout: float = 600,
        host_name: str = "localhost",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout
        self._answer_timeout = answer_timeout  # for the content's answer (RFC 5321, 4.5.3.2.6): a person pays for hurry
        self._host_name = host_name  # what EHLO says: never this machine's name, which is nobody's business
        self._clock = clock
        self._runner = asyncio.Runner()
        self._kept: _Line | None = None

    def check(self, server: Server, login: str, secret: Secret) -> None:
        """Connect, secure, log in, quit: nothing is sent."""
        _refuse_unusable(login, secret)
        try:
            self._runner.run(self._check(server, login, secret))
        except (OSError, ValueError) as error:
            raise _as_ours(error) from None

    def send(
        self,
        server: Server,
        login: str,
        secret: Secret,
        *,
        sender: str,
        recipients: Sequence[str],
        message: bytes | Content,
        begin: Callable[[], bool],
    ) -> tuple[RecipientResult, ...]:
        """See MailSender."""
        _refuse_unusable(login, secret)
        envelope = envelope_of(sender, recipients, message)
        try:
            return self._runner.run(self._send((server, login, secret), envelope, message, begin))
        except (OSError, ValueError) as error:
            raise _as_ours(error) from None

    def hang_up(self) -> None:
        """Let the kept line go, with a word to the server. Never raises."""
        if self._kept is not None:
            with contextlib.suppress(Exception):
                self._runner.run(self._part())

    def close(self) -> None:
        self.hang_up()
        self._runner.close()

    # ------------------------------------------------------------ lines
    async def _check(self, server: Server, login: str, secret: Secret) -> None:
        line = await self._open((server, login, secret))
        await _quit(line, timeout=self._timeout)  # logged in is what was asked

    async def _open(self, key: tuple[Server, str, Secret]) -> _Line:
        """Connected, secured, logged in; or an error of ours and nothing left open."""
        import aiosmtplib  # 64 ms

        server, login, secret = key
        context = tls_context(server.authority)
        sock = dial(server, timeout=self._timeout)
        sock.setblocking(False)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            sock=sock,
            use_tls=server.tls == "ssl",
            start_tls=False,
            tls_context=context,
            local_hostname=self._host_name,
            timeout=self._timeout,
        )
        line = _Line(client, sock, key)
        try:
            async with asyncio.timeout(_OVERALL * self._timeout):
                await client.connect()
                line.transport = client.transport
                if server.tls == "starttls":
                    await _start_tls(client)
                    line.transport = client.transport
                await client.ehlo()
                await _log_in(client, server, login, secret)
        except aiosmtplib.SMTPException as error:
            await _drop(line)
            raise _smtp_error(error) from None
        except BaseException:
            await _drop(line)
            raise
        return line

    async def _part(self) -> None:
        line, self._kept = self._kept, None
        if line is not None:
            await _quit(line, timeout=min(self._timeout, _OVERALL))

    def _take(self, key: tuple[Server, str, Secret]) -> _Line | None:
        """The kept line, if it is the right one and fresh enough; it is not kept while it is used."""
        line = self._kept
        if line is None or line.key != key or self._clock() - line.used_at > KEPT or not line.client.is_connected:
            return None
        self._kept = None
        return line

    async def _keep(self, line: _Line, *, ended: bool = False) -> None:
        """Ready for the next mail: a mail that has not ended is taken back first. A line that will not do goes."""
        with contextlib.suppress(Exception):
            if ended or (await line.client.execute_command(b"RSET")).code == 250:
                line.used_at = self._clock()
                self._kept = line
                return
        await _drop(line)

    # ------------------------------------------------------------ a mail
    async def _send(
        self, key: tuple[Server, str, Secret], envelope: Envelope, message: bytes | Content, begin: Callable[[], bool]
    ) -> tuple[RecipientResult, ...]:
        line = self._take(key)
        named = await self._name_again(line, envelope)
        if line is None or named is None:
            line = await self._open(key)
            named = await self._name(line, envelope)
        return await self._after_naming(line, named, message, begin)

    async def _name_again(self, line: _Line | None, envelope: Envelope) -> list[RecipientResult] | None:
        """On a line that was kept; None if there is none or its server had enough of it. Nothing has begun then."""
        if line is None:
            await self._part()
            return None
        try:
            return await self._name(line, envelope)
        except (Unavailable, Garbled):
            return None

    async def _name(self, line: _Line, envelope: Envelope) -> list[RecipientResult]:
        """MAIL and RCPT. An error leaves no line."""
        try:
            async with asyncio.timeout(_ENVELOPE * self._timeout):
                return await _name_all(line.client, envelope)
        except Exception as error:  # noqa: BLE001 - told as ours
            await _drop(line)
            raise _ours(error) from None

    async def _after_naming(
        self, line: _Line, named: list[RecipientResult], message: bytes | Content, begin: Callable[[], bool]
    ) -> tuple[RecipientResult, ...]:
        if all(one.answer != "accepted" for one in named):
            await self._keep(line)
            return tuple(named)
        try:
            begun = begin()
        except BaseException:
            await _drop(line)
            raise
        if not begun:
            await self._keep(line)
            raise NotBegun("not_begun")
        status, words = await self._hand_over(line, message)
        return tuple(
            result(one.address, status=status, words=words, about="content") if one.answer == "accepted" else one
            for one in named
        )

    async def _hand_over(self, line: _Line, message: bytes | Content) -> tuple[int, str]:
        """DATA and the content; the number that settles the mail, with its words. Up to 354 nothing was sent, from then
        on whatever is no clear answer is Uncertain.
        """
        try:
            reply = await line.client.execute_command(b"DATA")
        except Exception as error:  # noqa: BLE001 - told as ours
            await _drop(line)
            raise _ours(error) from None
        if reply.code == _START_INPUT:
            return await self._content(line, message)
        if not 400 <= reply.code < 600:
            await _drop(line)
            raise Garbled("parse")
        await (_drop(line) if closes(reply.code) else self._keep(line))
        return reply.code, reply.message

    async def _content(self, line: _Line, message: bytes | Content) -> tuple[int, str]:
        try:
            status, words, whole = await self._pour(line, message)
        except Exception as error:  # noqa: BLE001 - whatever it was: the mail may have gone out
            await _drop(line)
            raise Uncertain(_uncertain(error)) from None
        except BaseException:
            await _drop(line)
            raise
        if whole and not closes(status):
            await self._keep(line, ended=200 <= status < 300)
        else:
            await _drop(line)
        if 400 <= status < 600 or (whole and 200 <= status < 300):
            return status, words
        raise Uncertain("parse")

    async def _pour(self, line: _Line, message: bytes | Content) -> tuple[int, str, bool]:
        """The content in pieces, as the server takes them; its answer, and whether all was handed over before it."""
        protocol = line.client.protocol
        if protocol is None:
            raise ConnectionError
        writer = _writer(line)
        answer = asyncio.ensure_future(protocol.read_response())  # listens from here on: a refusal may come early
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        whole = False
        try:
            await asyncio.sleep(0)
            with contextlib.suppress(ConnectionError):  # what the server said before it hung up counts
                for piece in stuffed(message):
                    if answer.done():
                        break
                    writer.write(piece)
                    await asyncio.sleep(0)  # a line that takes everything at once leaves no turn to listen
                    async with asyncio.timeout(self._timeout):
                        await writer.drain()
                else:
                    whole = True
            reply = await asyncio.wait_for(answer, self._answer_timeout)
        finally:
            answer.cancel()
        return reply.code, reply.message, whole


# ---------------------------------------------------------------- steps
async def _name_all(client: "aiosmtplib.SMTP", envelope: Envelope) -> list[RecipientResult]:
    utf8 = client.supports_extension("smtputf8")
    if envelope.utf8 and not utf8:
        raise Refused("smtputf8")
    largest = number(client.esmtp_extensions.get("size", ""))
    if 0 < largest < envelope.size:
        raise Refused("too_large")
    options = [b"SIZE=%d" % envelope.size] if client.supports_extension("size") else []
    if utf8 and (envelope.utf8 or not all((path or "").isascii() for _, path in envelope.recipients)):
        options += [b"BODY=8BITMIME", b"SMTPUTF8"] if client.supports_extension("8bitmime") else [b"SMTPUTF8"]
    reply = await client.execute_command(b"MAIL", b"FROM:<%s>" % envelope.sender.encode(), *options)
    if not 200 <= reply.code < 300:
        raise sender_refusal(reply.code, reply.message)
    return [await _name_one(client, address, path, utf8=utf8) for address, path in envelope.recipients]


async def _name_one(client: "aiosmtplib.SMTP", address: str, path: str | None, *, utf8: bool) -> RecipientResult:
    if path is None:
        return RecipientResult(address=address, answer="refused", status=_NO_SUCH, code="unknown_recipient")
    if not path.isascii() and not utf8:
        return RecipientResult(address=address, answer="refused", status=_NO_SUCH, code="smtputf8")
    reply = await client.execute_command(b"RCPT", b"TO:<%s>" % path.encode())
    if closes(reply.code):
        raise Unavailable("busy")
    return result(address, status=reply.code, words=reply.message, about="recipient")


def _writer(line: _Line) -> asyncio.StreamWriter:
    """For its flow control only. One to a line: it takes the transport with it when it goes."""
    protocol, transport = line.client.protocol, line.client.transport
    if line.writer is None:
        if protocol is None or not isinstance(transport, asyncio.WriteTransport):
            raise ConnectionError
        line.writer = asyncio.StreamWriter(transport, protocol, None, asyncio.get_running_loop())
    return line.writer


async def _quit(line: _Line, *, timeout: float) -> None:
    with contextlib.suppress(Exception):
        await line.client.execute_command(b"QUIT", timeout=timeout)
    await _drop(line)


async def _drop(line: _Line) -> None:
    """At once: a TLS goodbye would be waited for long after the runner has stopped turning."""
    try:
        for transport in (line.transport, line.client.transport):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        line.client.close()
        for _ in range(3):  # the loop's own turns until the transports have let go of the socket
            await asyncio.sleep(0)
    finally:
        line.sock.close()


async def _start_tls(client: "aiosmtplib.SMTP") -> None:
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise Unavailable("no_tls_offered")
    await client.starttls()
    if client.get_transport_info("sslcontext") is None:
        raise Unavailable("no_tls_offered")


async def _log_in(client: "aiosmtplib.SMTP", server: Server, login: str, secret: Secret) -> None:
    """One method, tried once: a wrong password must not count three times towards a lock-out."""
    if isinstance(secret, Bearer):
        await _by_token(client, server, login, secret)
        return
    methods = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    offered = [method for method in methods if method in client.server_auth_methods]
    if not offered:
        raise Unsupported("auth")
    await methods[offered[0]](login.encode(), secret.encode())


async def _by_token(client: "aiosmtplib.SMTP", server: Server, login: str, secret: Bearer) -> None:
    """What the server says when it refuses is a challenge, which is answered before its own number."""
    method = next((one for one in (XOAUTH2, OAUTHBEARER) if one.lower() in client.server_auth_methods), None)
    if method is None:
        raise AuthRefused("no_oauth")
    said = base64.b64encode(initial(method, server=server, login=login, token=secret.token))
    reply = await client.execute_command(b"AUTH", method.encode(), said)
    if reply.code == _GO_ON:
        reply = await client.execute_command(base64.b64encode(AGREED[method]))
    if reply.code != _AUTHENTICATED:
        raise _login_refusal(reply.code, reply.message)


def _refuse_unusable(login: str, secret: Secret) -> None:
    """Before anything is connected: RFC 4616 has no NUL, and no server a line end, in a name or password."""
    if isinstance(secret, Bearer):
        if unusable(login) or unusable(secret.token):
            raise AuthRefused("characters")
        return
    for text in (login, secret):
        if any(letter in text for letter in "\r\n\0") or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise AuthRefused("characters")


def _as_ours(error: Exception) -> ProviderError:
    return outside(error) if isinstance(error, (OSError, ProviderError)) else Garbled("parse")


def _ours(error: Exception) -> ProviderError:
    import aiosmtplib

    return _smtp_error(error) if isinstance(error, aiosmtplib.SMTPException) else _as_ours(error)


def _uncertain(error: Exception) -> str:
    import aiosmtplib

    return "parse" if isinstance(error, aiosmtplib.SMTPResponseException) else _ours(error).code


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
    lower = message.lower()
    if code == 538:
        return AuthRefused("plain_refused")
    if code == 534 or "application-specific" in lower:
        return AuthRefused("needs_app_password")
    return AuthRefused("smtp_off" if "smtpclientauthentication is disabled" in lower else "login")
