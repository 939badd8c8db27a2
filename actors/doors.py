"""The ways from the office to mail servers: their set-up checks, their secrets, and the door of each mailbox.

Providers are imported when they are first needed: the socket must answer before IMAP and SMTP are loaded. What a
mailbox logs in with comes from one TokenSource, which alone reads the box; what a server refuses is told to it.
"""

import asyncio
import contextlib
import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast, get_args

from actors.desk.commands.mailboxes import server_key
from actors.desk.signing_in import Settle
from actors.kept_sign_ins import KeptSignIns
from actors.mailbox.door import MailboxDoor
from actors.messages import OtherSignedIn
from actors.outbox.door import SenderDoor
from actors.paths import Home
from actors.signing import SignIns
from actors.spurning import SpurningSender
from providers.errors import AuthRefused, ProviderError, Unavailable
from providers.oauth.records import App, Command, Grant, Kept, Token, app_opened, app_sealed
from providers.oauth.source import TokenSource
from providers.protocols import MailSender, MailSource, MailWatch, Secret, Server, Tls, Watching
from store.model.errors import Away, BadRequest, DeskError, SignInRefused
from store.model.found import Found
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxSettings, ServerSettings
from store.model.record import Record

if TYPE_CHECKING:
    from actors.desk.api import NewMailbox
    from providers.discovery import Discovery
    from providers.secrets import Secrets

LOOKS = 2  # at mailboxes that are not synced, at a time: each has a parsing process of its own
Looked = TypeVar("Looked")
FILE_SECONDS = 5.0  # that a domain's own web server may take; others have been asked meanwhile


class RunMailbox(Record, frozen=True, kw_only=True):
    """A mailbox as its actor is started. Without an IMAP server in its settings it is a local one. `sends`: it has a
    server to send by, or something is left to do of what it sent.
    """

    mailbox: MailboxKey
    settings: MailboxSettings
    incarnation: int
    paused: bool
    sends: bool = False


class Doors:
    """See the module. Used from every thread."""

    def __init__(self, home: Home, *, jitter: Callable[[], float], on_other: Callable[[OtherSignedIn], object]) -> None:
        self._home = home
        self._jitter = jitter
        self._lock = threading.Lock()
        self._looks = threading.BoundedSemaphore(LOOKS)
        self._box: Secrets | None = None
        self._secrets = threading.Lock()
        self._coming: Counter[str] = (
            Counter()
        )  # secrets that are sealed, and nobody knows yet whether they are recorded
        self.sign_ins = SignIns(KeptSignIns(self.box), on_other=on_other)
        self.source = TokenSource(self.box, clock=time.monotonic, named=dict(home.commands))
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
            probe=Probing(Gate(names, reach="public" if shared else "any", known=self._home.mail_hosts)),
        )

    def check(self, wanted: "NewMailbox", secret: Secret | None = None) -> None:
        """Log in on both servers, with the password in it or with another secret. Raises SignInRefused, Away("server")
        or BadRequest, naming the step.
        """
        secret = wanted.password if secret is None else secret
        self._step("imap", wanted.imap, lambda server: self._try_imap(server, wanted, secret))
        if wanted.smtp is not None:
            self._step("smtp", wanted.smtp, lambda server: self._try_smtp(server, wanted, secret))

    def look_in(self, wanted: "NewMailbox", secret: Secret, look: Callable[[MailSource], Looked]) -> Looked:
        """Look at a mailbox that is not synced, on a connection of its own. Raises as `check`, and Away("busy")."""
        from providers.imap.session import connect  # noqa: PLC0415 - see the module

        found: list[Looked] = []

        def act(server: Server) -> None:
            session = connect(server, wanted.login, secret)
            try:
                found.append(look(session))
            finally:
                session.close()

        if not self._looks.acquire(blocking=False):
            raise Away("busy")
        try:
            self._step("imap", wanted.imap, act)
        finally:
            self._looks.release()
        return found[0]

    def run(self, command: Command) -> Secret:
        """What a person's own program gives now. Raises Away."""
        try:
            return self.source.run(command)
        except ProviderError as error:
            raise Away("command", cause=error.code) from None

    def _step(self, step: str, settings: ServerSettings, act: Callable[[Server], None]) -> None:
        try:
            act(self._server(settings))
        except ProviderError as error:
            raise _refusal(error, step, settings.host) from None

    @staticmethod
    def _try_imap(server: Server, wanted: "NewMailbox", secret: Secret) -> None:
        from providers.imap.session import connect  # noqa: PLC0415 - see the module

        session = connect(server, wanted.login, secret)
        try:
            session.folders()
        finally:
            session.close()

    @staticmethod
    def _try_smtp(server: Server, wanted: "NewMailbox", secret: Secret) -> None:
        from providers.smtp import SmtpSender  # noqa: PLC0415 - see the module

        sender = SmtpSender()
        own = None if wanted.smtp is None else wanted.smtp.login
        try:
            sender.check(server, own or wanted.login, secret)
        finally:
            sender.close()

    def keep(self, wanted: "NewMailbox", kept: Kept | None = None, token: Token | None = None) -> Settle:
        """Seal the password in it, or what else logs in, and leave it there until it is known whether that is recorded:
        what is returned is called with it, and puts things back as they were if it is not.
        """
        name = secret_name(wanted.imap, wanted.login)

        def settle(*, recorded: bool) -> None:
            with self._secrets:
                self._coming[name] -= 1
                if not recorded:
                    self.source.restore(name, before)

        with self._secrets:
            try:
                before = self.box().get(name)
                self.source.keep(name, wanted.password if kept is None else kept, token=token)
            except ProviderError as error:
                raise _lost(error) from None
            self._coming[name] += 1
        return settle

    def app(self, provider: str) -> App | None:
        """The firm's registration with a provider. Raises Away."""
        try:
            kept = self.box().get(f"app/{provider}")
        except ProviderError as error:
            raise _lost(error) from None
        return None if kept is None else app_opened(kept)

    def token_ages(self) -> dict[str, float]:
        """How old the access tokens in use are, in seconds, by what their mailboxes are."""
        return {name.removeprefix("imap/"): age for name, age in self.source.ages().items()}

    def app_of(self, wanted: "NewMailbox") -> App | None:
        """The registration by which a mailbox was signed in, as it is now. Raises Away."""
        grant = self._grant(wanted)
        return None if grant is None else self.app(grant.app.provider)

    def account_of(self, wanted: "NewMailbox") -> str:
        """Who signed a mailbox in at its provider; "" where nobody did. Raises Away."""
        grant = self._grant(wanted)
        return "" if grant is None else grant.account

    def _grant(self, wanted: "NewMailbox") -> Grant | None:
        try:
            kept = self.source.kept(secret_name(wanted.imap, wanted.login))
        except ProviderError as error:
            raise _lost(error) from None
        return kept if isinstance(kept, Grant) else None

    def put_app(self, provider: str, app: App | None) -> Settle:
        """Seal the firm's registration, or forget it; what is returned puts it back if it is not recorded."""
        box, name = self.box(), f"app/{provider}"
        try:
            before = box.get(name)
            if app is None:
                box.remove(name)
            else:
                box.put(name, app_sealed(app))
        except ProviderError as error:
            raise _lost(error) from None

        def settle(*, recorded: bool) -> None:
            if recorded:
                return
            if before is None:
                box.remove(name)
            else:
                box.put(name, before)

        return settle

    def forget(self, former: Callable[[], Sequence[str]]) -> None:
        """Take the secrets of these mailboxes out, by server and login; what cannot be now, the next time. One that is
        being set up anew has its secret before its record: it is passed over, and `former` asked while none can begin.
        """
        with self._secrets, contextlib.suppress(ProviderError):
            for name in [f"imap/{one}" for one in former()]:
                if not self._coming[name]:
                    self.source.restore(name, None)

    def door(self, mailbox: RunMailbox) -> MailboxDoor:
        """What the actor of a mailbox is given."""
        settings = mailbox.settings
        if settings.imap is None:
            raise ValueError("a local mailbox has no door")
        name, server = secret_name(settings.imap, settings.login), self._server(settings.imap)

        def connect() -> MailSource:
            from providers.imap.session import connect  # noqa: PLC0415 - see the module

            secret = self._secret(name)
            try:
                return connect(server, settings.login, secret)
            except AuthRefused:
                self.source.spurn(name, secret)
                raise

        def watch(folder: str, on_stir: Callable[[], None], on_lost: Callable[[BaseException], None]) -> Watching:
            secret = self._secret(name)

            def lost(error: BaseException) -> None:
                if isinstance(error, AuthRefused):
                    self.source.spurn(name, secret)
                on_lost(error)

            return self._watches().watch(server, settings.login, secret, folder, on_stir=on_stir, on_lost=lost)

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

            return SpurningSender(SmtpSender(), lambda secret: self.source.spurn(name, secret))

        return SenderDoor(
            mailbox=mailbox.mailbox,
            server=None if settings.smtp is None else self._server(settings.smtp),
            login=(settings.smtp and settings.smtp.login) or settings.login,
            secret=lambda: self._secret(name),
            open=open_,
            nonce=uuid.uuid4().hex,
        )

    def stop(self) -> None:
        """Hang up everywhere."""
        self.sign_ins.stop()
        with self._lock:
            hub, self._hub = self._hub, None
        if hub is not None:
            hub.stop()

    def _server(self, settings: ServerSettings) -> Server:
        """On a server no member looks around in its house: what is not the internet's is for the administrator to
        allow, and nothing at all is said in clear there.
        """
        from providers.net import plain_host  # noqa: PLC0415 - see the module

        if settings.tls not in get_args(Tls):
            raise BadRequest("bad_value", field="tls")
        tls, shared = cast("Tls", settings.tls), self._home.unit is not None
        own = plain_host(settings.host) in self._home.mail_hosts and tls != "none"
        return Server(
            host=settings.host,
            port=settings.port,
            tls=tls,
            authority=settings.authority,
            reach="public" if shared and not own else "any",
        )

    def _secret(self, name: str) -> Secret:
        """What a person must mend is AuthRefused, a box that cannot be read among it."""
        try:
            return self.source.secret(name)
        except ProviderError as error:
            if error.remedy in ("later", "reconnect"):
                raise
            raise AuthRefused(error.code) from None

    def box(self) -> "Secrets":
        """The home's box, wherever it is."""
        from providers.secrets import Ground, Secrets, credential_of  # noqa: PLC0415 - see the module

        with self._lock:
            if self._box is None:
                home, credential = self._home, credential_of(os.environ)
                self._box = Secrets(
                    Ground(data=home.data, key=home.key, credential=credential, shared=home.unit is not None)
                )
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


def _lost(error: ProviderError) -> Away:
    """Of secrets that cannot be read: for good, or until the keychain or the passphrase is there again."""
    return Away("secrets_away" if isinstance(error, Unavailable) else "secret_lost", cause=error.code)


_SAID = ("imap_off", "smtp_off", "needs_app_password")  # why a login is refused, where a person can mend just that


def _refusal(error: ProviderError, step: str, host: str) -> DeskError:
    if error.code in ("plain_refused", "clear_text"):
        return BadRequest("plain_refused")
    if error.code == "not_public":
        return BadRequest("host_not_public", step=step, host=host)
    if isinstance(error, AuthRefused):
        return SignInRefused(error.code if error.code in _SAID else "login_refused", step=step, host=host)
    return Away("server", step=step, cause=error.code, host=host)
