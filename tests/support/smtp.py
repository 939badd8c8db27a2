"""An SMTP server on loopback that keeps all it is told, for tests of sending: none, STARTTLS or TLS, with AUTH.

    with Receiver(tls="starttls", logins={"user1": "pass"}) as receiver:
        ...  # send to receiver.host, receiver.port, trusting receiver.cafile
        mail = receiver.wait_for_mail()

Knows nothing of the office.
"""

import asyncio
import base64
import re
import ssl
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Tls = Literal["none", "starttls", "ssl"]
HOST = "127.0.0.1"
_METHODS = frozenset({"XOAUTH2", "OAUTHBEARER"})
_XOAUTH2 = re.compile("user=(?P<login>[^\1]+)\1auth=Bearer (?P<token>[^\1]+)\1\1")
_OAUTHBEARER = re.compile("n,a=(?P<login>[^\1,]+),\1host=[^\1]+\1port=[0-9]+\1auth=Bearer (?P<token>[^\1]+)\1\1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """One mail that was taken, with the envelope and login it came by."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    login: str | None
    encrypted: bool


class Receiver:
    """One server on a port of its own, from `with` to its end.

    Args:
        tls: how the line is encrypted; with `starttls` AUTH is offered only after it.
        logins: login → password; without any, AUTH is not asked for.
        answers: what is said instead of yes: `"RCPT no@firm.example"`, `"MAIL"`, `"DATA"` → `"550 5.1.1 unknown"`.
        whose: token → whose it is, or None; with it the `mechanisms` for tokens are offered too.
    """

    def __init__(
        self,
        *,
        tls: Tls = "none",
        logins: Mapping[str, str] | None = None,
        answers: Mapping[str, str] | None = None,
        whose: Callable[[str], str | None] | None = None,
        mechanisms: Sequence[str] = ("XOAUTH2", "OAUTHBEARER"),
    ) -> None:
        self.whose, self.mechanisms = whose, tuple(mechanisms) if whose is not None else ()
        self.host, self.port = HOST, 0
        self.tls, self.logins, self.answers = tls, dict(logins or {}), dict(answers or {})
        self.mails: list[ReceivedMail] = []
        self.said: list[bytes] = []
        self.said_in_clear: list[bytes] = []
        self._news = threading.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="pr")
        self.cafile = Path(self._folder.name) / "ca.pem"
        self._controller: Controller | None = None

    def wait_for_mail(self, count: int = 1, *, timeout: float = 10) -> ReceivedMail:
        """Wait until so many mails came; gives the last of them."""
        with self._news:
            if not self._news.wait_for(lambda: len(self.mails) >= count, timeout):
                raise AssertionError(f"{len(self.mails)} of {count} mails came")
            return self.mails[count - 1]

    def __enter__(self) -> Self:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.cafile))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", HOST).configure_cert(context)
        self._controller = _Controller(self, context)
        self._controller.start()
        assert isinstance(self._controller.server, asyncio.Server)
        self.port = self._controller.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._folder.cleanup()

    # ------------------------------------------------------------ aiosmtpd's hooks
    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (answer := self.answers.get("MAIL")) is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if (answer := self.answers.get(f"RCPT {address}", self.answers.get("RCPT"))) is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        if (answer := self.answers.get("DATA")) is not None:
            return answer
        content = envelope.content
        mail = ReceivedMail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=content if isinstance(content, bytes) else (content or "").encode(),
            login=session.auth_data,
            encrypted=session.ssl is not None or self.tls == "ssl",
        )
        with self._news:
            self.mails.append(mail)
            self._news.notify_all()
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        if isinstance(data, LoginPassword):
            login, password = data.login.decode(errors="replace"), data.password.decode(errors="replace")
            if self.logins.get(login) == password:
                return AuthResult(success=True, auth_data=login)
        return AuthResult(success=False, handled=False)

    def let_in(self, method: str, said: bytes) -> AuthResult:
        """Judge the first word of a login by token; it must be written as its method wants it."""
        text = said.decode()
        pattern = {"XOAUTH2": _XOAUTH2, "OAUTHBEARER": _OAUTHBEARER}[method]
        found = pattern.fullmatch(text)
        if found is None or self.whose is None:
            return AuthResult(success=False, handled=False, message="501 5.5.2 malformed")
        if self.whose(found["token"]) == found["login"]:
            return AuthResult(success=True, auth_data=found["login"])
        return AuthResult(success=False, handled=False)

    def heard(self, data: bytes, *, encrypted: bool) -> None:
        self.said.append(data)
        if not encrypted:
            self.said_in_clear.append(data)


class _Controller(Controller):
    def __init__(self, receiver: Receiver, context: ssl.SSLContext) -> None:
        self._receiver, self._context = receiver, context
        super().__init__(receiver, hostname=HOST, port=0, ssl_context=context if receiver.tls == "ssl" else None)

    def factory(self) -> SMTP:
        with warnings.catch_warnings():  # AUTH in clear is what some tests are about
            warnings.simplefilter("ignore")
            return _Session(self._receiver, self._context, self.loop)

    def _trigger_server(self) -> None:
        """Stay away: the vendor's first connection would stand among those the test counts."""
        self.smtpd = self.factory()
        self._factory_invoked.set()


class _Session(SMTP):
    """One line; notes what the client says, before and after encryption apart."""

    def __init__(self, receiver: Receiver, context: ssl.SSLContext, loop: asyncio.AbstractEventLoop) -> None:
        self._receiver = receiver
        super().__init__(
            receiver,
            hostname="receiver.example",
            enable_SMTPUTF8=True,
            loop=loop,
            tls_context=context if receiver.tls == "starttls" else None,
            require_starttls=receiver.tls == "starttls",
            authenticator=receiver.authenticate,
            auth_required=bool(receiver.logins or receiver.mechanisms),
            auth_exclude_mechanism=_METHODS - set(receiver.mechanisms),
            auth_require_tls=receiver.tls == "starttls",
        )

    async def auth_XOAUTH2(self, _: SMTP, args: list[str]) -> AuthResult:
        return await self._by_token("XOAUTH2", args, agreed=b"")

    async def auth_OAUTHBEARER(self, _: SMTP, args: list[str]) -> AuthResult:
        return await self._by_token("OAUTHBEARER", args, agreed=b"\1")

    async def _by_token(self, method: str, args: list[str], *, agreed: bytes) -> AuthResult:
        """A refusal is told in a challenge, which the client answers before it hears the number."""
        judged = self._receiver.let_in(method, base64.b64decode(args[1], validate=True))
        if not judged.success and judged.message is None:
            heard = await self.challenge_auth('{"status":"401","schemes":"bearer"}')
            if heard != agreed:
                return AuthResult(success=False, handled=False, message="501 5.5.2 not agreed")
        return judged

    def data_received(self, data: bytes) -> None:
        encrypted = self._receiver.tls == "ssl" or (self.session is not None and self.session.ssl is not None)
        self._receiver.heard(data, encrypted=encrypted)
        super().data_received(data)
