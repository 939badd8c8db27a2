"""The SMTP receiver: mail submission for the rehearsal accounts, through aiosmtpd, on the server's own loop.

What it accepts is delivered to the mailboxes it is addressed to and recorded; nothing ever leaves the machine.
"""

import asyncio
import logging
import ssl
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from typing import AnyStr, Protocol

from aiosmtpd import smtp

from providers.rehearsal.imap.post import Post
from providers.rehearsal.recording import Accepted
from providers.rehearsal.smtp_faults import SmtpFault, Verb

LARGEST_MAIL = 64 * 1024 * 1024
HOST = "mail.rehearsal.example"


class House(Protocol):
    """What the receiver needs of its server."""

    @property
    def post(self) -> Post: ...
    @property
    def authserv_id(self) -> str: ...
    def smtp_due(self, verb: Verb, recipients: list[str]) -> SmtpFault | None: ...
    def plain(self, connection: int, data: bytes) -> None: ...
    def accepted_mail(self, mail: Accepted) -> None: ...


def quiet() -> None:
    """Keep the log quiet: aiosmtpd logs addresses, and warns of attributes of its own."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Receiver(smtp.SMTP):
    """One connection."""

    def __init__(self, house: House, *, number: int, context: ssl.SSLContext | None, secured: bool) -> None:
        self._house, self._number, self._secured = house, number, secured
        super().__init__(
            Hooks(house),
            data_size_limit=LARGEST_MAIL,
            hostname=HOST,
            ident="rehearsal",
            tls_context=context,
            require_starttls=context is not None,
            auth_require_tls=context is not None,
            authenticator=self._authenticated,
            loop=asyncio.get_running_loop(),
        )

    @property
    def login(self) -> str:
        data: object = self.session and self.session.auth_data
        return data.login.decode("utf-8", "replace") if isinstance(data, smtp.LoginPassword) else ""

    def data_received(self, data: bytes) -> None:
        if not self._secured and self._tls_protocol is None:
            self._house.plain(self._number, data)
        super().data_received(data)

    def hang_up_gently(self) -> None:
        """After what was said has gone out; the rest of a mail would be read as commands."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.close()
        raise asyncio.CancelledError

    def hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def suffer(self, fault: SmtpFault | None) -> str:
        """The reply of a fault; CancelledError, by which aiosmtpd's reader is left for good, if it is none."""
        if fault is None or fault.reply:
            return fault.reply if fault else ""
        if fault.stall:
            await asyncio.Event().wait()
        self.hang_up()
        raise asyncio.CancelledError

    async def refused(self, verb: Verb) -> bool:
        recipients = self.envelope.rcpt_tos if self.envelope else []
        reply = await self.suffer(self._house.smtp_due(verb, recipients))
        if reply:
            await self.push(reply)
        return bool(reply)

    async def push(self, status: AnyStr) -> None:
        await super().push(status)
        if status[:3] in ("421", b"421") and self.transport is not None:
            self.transport.close()
            raise asyncio.CancelledError

    async def check_auth_needed(self, caller_method: str) -> bool:
        if self.session is None or self.session.authenticated:
            return False
        await self.push("530 5.7.0 Authentication required")
        return True

    def _authenticated(
        self, _server: smtp.SMTP, _session: smtp.Session, _envelope: smtp.Envelope, _mechanism: str, data: object
    ) -> smtp.AuthResult:
        if not isinstance(data, smtp.LoginPassword):
            return smtp.AuthResult(success=False, handled=False)
        login, password = data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace")
        known = self._house.post.signed_in(login, password) is not None
        return smtp.AuthResult(success=known, handled=False, auth_data=data if known else None)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self.refused(Verb.EHLO):
            await super().smtp_EHLO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self.refused(Verb.AUTH):
            await super().smtp_AUTH(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self.refused(Verb.DATA):
            return
        recipients = self.envelope.rcpt_tos if self.envelope else []
        fault = self._house.smtp_due(Verb.CONTENT, recipients) if recipients else None
        if fault is None:
            await super().smtp_DATA(arg)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        if self._reader is not None:
            await self._reader.read(1)
        await self.push(await self.suffer(fault))
        self.hang_up_gently()


class Hooks:
    """What aiosmtpd asks at each step of a mail. A refused step leaves the envelope as it was."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def handle_MAIL(
        self, server: Receiver, _session: smtp.Session, envelope: smtp.Envelope, address: str, options: list[str]
    ) -> str:
        reply = await server.suffer(self._house.smtp_due(Verb.MAIL, []))
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: Receiver, _session: smtp.Session, envelope: smtp.Envelope, address: str, options: list[str]
    ) -> str:
        reply = await server.suffer(self._house.smtp_due(Verb.RCPT, [address]))
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Receiver, _session: smtp.Session, envelope: smtp.Envelope) -> str:
        fault = self._house.smtp_due(Verb.DOT, envelope.rcpt_tos)
        if fault is None or fault.kept:
            self._take(server, envelope)
        return await server.suffer(fault) or "250 2.0.0 OK: queued"

    async def handle_exception(self, _error: Exception) -> str:
        return "451 4.3.0 Internal error"

    def _take(self, server: Receiver, envelope: smtp.Envelope) -> None:
        raw = envelope.original_content or b""
        post = self._house.post
        boxes: dict[str, str] = {}  # mailbox: the address it is delivered for; each once
        outside = []
        for address in envelope.rcpt_tos:
            box = post.addresses.get(address.lower())
            if box is None:
                outside.append(address)
            else:
                boxes.setdefault(box, address)
        for box, address in boxes.items():
            head = (
                f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {address}\r\n{self._verdict(server, raw)}"
                f"Received: by {HOST} with ESMTPSA;\r\n\t{format_datetime(post.clock())}\r\n"
            )
            post.deliver(box, head.encode("utf-8", "replace") + raw, "INBOX")
        if server.login in post.logins:
            post.keep_sent(server.login, raw)
        self._house.accepted_mail(
            Accepted(
                login=server.login,
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                raw=raw,
                mailboxes=tuple(boxes),
                outside=tuple(outside),
            )
        )

    def _verdict(self, server: Receiver, raw: bytes) -> str:
        """What the server vouches for: that who signed in is at the domain that the mail says it is from."""
        if not self._house.authserv_id:
            return ""
        sender = parseaddr(str(BytesHeaderParser().parsebytes(raw).get("From", "")))[1].rpartition("@")[2].lower()
        own = {
            address.rpartition("@")[2]
            for address, box in self._house.post.addresses.items()
            if box == self._house.post.logins[server.login][1]
        }
        results = f"Authentication-Results: {self._house.authserv_id};\r\n "
        if sender not in own:
            return f"{results}spf=pass; dkim=none; dmarc=fail\r\n"
        return (
            f"{results}spf=pass smtp.mailfrom={sender};\r\n dkim=pass header.d={sender};\r\n"
            f" dmarc=pass header.from={sender}\r\n"
        )
