"""The ways from the office to mail servers: their set-up checks, their secrets, and the door of each mailbox.

Providers are imported when they are first needed: the socket must answer before IMAP and SMTP are loaded. A password is
read from the sealed box for each login and kept nowhere else.
"""

import asyncio
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, cast, get_args

from actors.desk.commands.mailboxes import server_key
from actors.mailbox.door import MailboxDoor
from actors.outbox.door import SenderDoor
from actors.paths import Home
from providers.errors import AuthRefused, ProviderError
from providers.protocols import MailSender, MailSource, MailWatch, SecretBox, Server, Tls, Watching
from store.model.errors import Away, BadRequest, DeskError, SignInRefused
from store.model.found import Found
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxSettings, ServerSettings
from store.model.record import Record

if TYPE_CHECKING:
    from actors.desk.api import NewMailbox
    from providers.discovery import Discovery

FILE_SECONDS = 5.0  # that a domain's own web server may take; others have been asked meanwhile


class RunMailbox(Record, frozen=True, kw_only=True):
    """A mailbox as its actor is started. Without an IMAP server in its settings it is a local one."""

    mailbox: MailboxKey
    settings: MailboxSettings
    incarnation: int
    paused: bool


class Doors:
    """See the module. Used from every thread."""

    def __init__(self, home: Home, *, jitter: Callable[[], float]) -> None:
        self._home = home
        self._jitter = jitter
        self._lock = threading.Lock()
        self._box: SecretBox | None = None
        self._hub: MailWatch | None = None

    async def find(self, address: str) -> tuple[Found, ...]:
        """What is known of the servers of an address; see providers.discovery."""
        discovery = await asyncio.to_thread(self.discovery)
        return await discovery.find(address)

    def discovery(self) -> "Discovery":
        """Web servers must be the internet's, and on a server mail servers too: members are not to look around in its
        house (Z23). Blocks while it is loaded.
        """
        from providers.discovery import Discovery  # noqa: PLC0415 - see the module
        from providers.names import Dns  # noqa: PLC0415
        from providers.net import Gate, tls_context  # noqa: PLC0415
        from providers.probing import Probing  # noqa: PLC0415
        from providers.web import Https  # noqa: PLC0415

        names, shared = Dns(), self._home.unit is not None
        tls_context(None)  # reading the system's authorities takes a while, and the next step is on the server's loop
        return Discovery(
            names=names,
            web=Https(Gate(names, reach="public"), seconds=FILE_SECONDS),
            probe=Probing(Gate(names, reach="public" if shared else "any")),
        )

    def check(self, wanted: "NewMailbox") -> None:
        """Log in on both servers. Raises SignInRefused, Away("server") or BadRequest, naming the step."""
        self._step("imap", wanted.imap, lambda server: self._try_imap(server, wanted))
        if wanted.smtp is not None:
            self._step("smtp", wanted.smtp, lambda server: self._try_smtp(server, wanted))

    @staticmethod
    def _step(step: str, settings: ServerSettings, act: Callable[[Server], None]) -> None:
        try:
            act(_server(settings))
        except ProviderError as error:
            raise _refusal(error, step, settings.host) from None

    @staticmethod
    def _try_imap(server: Server, wanted: "NewMailbox") -> None:
        from providers.imap.session import connect  # noqa: PLC0415 - see the module

        session = connect(server, wanted.login, wanted.password)
        try:
            session.folders()
        finally:
            session.close()

    @staticmethod
    def _try_smtp(server: Server, wanted: "NewMailbox") -> None:
        from providers.smtp import SmtpSender  # noqa: PLC0415 - see the module

        sender = SmtpSender()
        own = None if wanted.smtp is None else wanted.smtp.login
        try:
            sender.check(server, own or wanted.login, wanted.password)
        finally:
            sender.close()

    def keep(self, wanted: "NewMailbox") -> Callable[[], None]:
        """Seal the password; what is returned puts things back as they were."""
        box, name = self._secrets(), secret_name(wanted.imap, wanted.login)
        try:
            before = box.get(name)
            box.put(name, wanted.password.encode())
        except ProviderError as error:
            raise Away("secret_lost", cause=error.code) from None
        return lambda: box.remove(name) if before is None else box.put(name, before)

    def door(self, mailbox: RunMailbox) -> MailboxDoor:
        """What the actor of a mailbox is given."""
        settings = mailbox.settings
        if settings.imap is None:
            raise ValueError("a local mailbox has no door")
        name, server = secret_name(settings.imap, settings.login), _server(settings.imap)

        def connect() -> MailSource:
            from providers.imap.session import connect  # noqa: PLC0415 - see the module

            return connect(server, settings.login, self._password(name))

        def watch(folder: str, on_stir: Callable[[], None], on_lost: Callable[[BaseException], None]) -> Watching:
            password = self._password(name)
            return self._watches().watch(server, settings.login, password, folder, on_stir=on_stir, on_lost=on_lost)

        return MailboxDoor(
            mailbox=mailbox.mailbox,
            settings=settings,
            incarnation=mailbox.incarnation,
            paused=mailbox.paused,
            connect=connect,
            watch=watch,
            jitter=self._jitter,
            nonce=uuid.uuid4().hex,
        )

    def sender(self, mailbox: RunMailbox) -> SenderDoor:
        """What the sender of a mailbox is given."""
        settings = mailbox.settings
        if settings.imap is None:
            raise ValueError("a local mailbox has no sender")
        name = secret_name(settings.imap, settings.login)

        def open_() -> MailSender:
            from providers.smtp import SmtpSender  # noqa: PLC0415 - see the module

            return SmtpSender()

        return SenderDoor(
            mailbox=mailbox.mailbox,
            server=None if settings.smtp is None else _server(settings.smtp),
            login=(settings.smtp and settings.smtp.login) or settings.login,
            password=lambda: self._password(name),
            open=open_,
            nonce=uuid.uuid4().hex,
        )

    def stop(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            hub, self._hub = self._hub, None
        if hub is not None:
            hub.stop()

    def _password(self, name: str) -> str:
        try:
            kept = self._secrets().get(name)
        except ProviderError as error:
            raise AuthRefused(error.code) from None
        if kept is None:
            raise AuthRefused("secret_missing")
        return kept.decode()

    def _secrets(self) -> SecretBox:
        from providers.sealed import SealedBox  # noqa: PLC0415 - see the module

        with self._lock:
            if self._box is None:
                self._box = SealedBox(self._home.sealed, self._home.key)
            return self._box

    def _watches(self) -> MailWatch:
        from providers.imap.watch import ImapWatch  # noqa: PLC0415 - see the module

        with self._lock:
            if self._hub is None:
                self._hub = ImapWatch()
            return self._hub


def secret_name(imap: ServerSettings, login: str) -> str:
    """A mailbox is (server, login), and so is its secret (Z4)."""
    return f"imap/{server_key(imap, login)}"


def _server(settings: ServerSettings) -> Server:
    if settings.tls not in get_args(Tls):
        raise BadRequest("bad_value", field="tls")
    tls = cast("Tls", settings.tls)
    return Server(host=settings.host, port=settings.port, tls=tls, authority=settings.authority)


def _refusal(error: ProviderError, step: str, host: str) -> DeskError:
    if error.code in ("plain_refused", "clear_text"):
        return BadRequest("plain_refused")
    if isinstance(error, AuthRefused):
        return SignInRefused("login_refused", step=step, host=host)
    return Away("server", step=step, cause=error.code, host=host)
