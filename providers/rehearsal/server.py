"""The rehearsal servers: IMAP and SMTP on loopback, on a thread and loop of their own.

    with Rehearsal([Account(login="clara@firm.example", password="…")]) as server:
        ...server.port, server.tls_port, server.smtp_port, server.cafile...
        server.deliver("clara@firm.example", raw)

Every method may be called from any thread. Mail lives in memory and is gone with the server.
"""

import asyncio
import concurrent.futures
import logging
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from providers.rehearsal.accounts import CAPABILITIES, Account
from providers.rehearsal.certificate import Certificate, make, server_context
from providers.rehearsal.faults import Fault, FaultPlan, Moment
from providers.rehearsal.imap.commands.table import COMMANDS
from providers.rehearsal.imap.folder import Message
from providers.rehearsal.imap.post import Post
from providers.rehearsal.imap.session import Session
from providers.rehearsal.imap.wire import Wire
from providers.rehearsal.recording import Accepted, Heard, Recording
from providers.rehearsal.smtp_faults import SmtpFault, SmtpFaultPlan, Verb

_LOG = logging.getLogger(__name__)
_PATIENCE = 30  # seconds; the server's thread never blocks, so this is only ever reached by a bug
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class Rehearsal:
    def __init__(
        self,
        accounts: Iterable[Account],
        *,
        capabilities: Iterable[str] = CAPABILITIES,
        login_needs_tls: bool = False,
        certificate: Certificate = Certificate.GOOD,
        faults: Iterable[Fault] = (),
        smtp_faults: Iterable[SmtpFault] = (),
        smtp_starttls: bool = True,
        host: str = "127.0.0.1",
        authserv_id: str = "",
        clock: Callable[[], datetime] = _now,
        taken: Callable[["Rehearsal", Accepted], None] | None = None,
    ) -> None:
        """`taken` is told of each mail that was accepted, on the server's own thread."""
        self.host = host
        self.authserv_id = authserv_id  # under which it vouches for its own members' mail; empty: it does not
        self._taken = taken
        self.post = Post(accounts, clock=clock)
        self.capabilities = frozenset(capabilities)
        self.login_needs_tls = login_needs_tls
        self.port = self.tls_port = self.smtp_port = self.smtps_port = 0
        self.cafile = Path()
        self._certificate, self._smtp_starttls = certificate, smtp_starttls
        self._recording = Recording()
        self._faults = FaultPlan(faults, noted=self._recording.fire)
        self._smtp_faults = SmtpFaultPlan(smtp_faults, noted=self._recording.fire)
        self._context: ssl.SSLContext | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._servers: list[asyncio.Server] = []
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._receivers: list[Any] = []  # submission.Receiver, which is imported when the server starts
        self._connections = 0

    # ---- its life
    def start(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="postroom-rehearsal-")
        folder = Path(self._folder.name)
        pems = make(self._certificate, host=self.host, now=_now())
        self._context = server_context(pems, folder)
        self.cafile = folder / "authority.pem"
        self.cafile.write_bytes(pems.authority)
        loop = self._loop = asyncio.new_event_loop()
        loop.set_exception_handler(_unhandled)
        self._thread = threading.Thread(target=loop.run_forever, name="rehearsal", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), loop).result(_PATIENCE)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(self._close(), loop).result(_PATIENCE)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
        self._loop = self._thread = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self._recording.stir()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _open(self) -> None:
        from providers.rehearsal.submission import Receiver, quiet

        quiet()
        loop = asyncio.get_running_loop()

        def receiver(*, secured: bool) -> Receiver:
            self._connections += 1
            context = self.tls_context if self._smtp_starttls and not secured else None
            made = Receiver(self, number=self._connections, context=context, secured=secured)
            self._receivers = [*(r for r in self._receivers if r.transport is not None), made]
            return made

        for name, factory, context in (
            ("port", lambda: self._wire(tls=False), None),
            ("tls_port", lambda: self._wire(tls=True), self._context),
            ("smtp_port", lambda: receiver(secured=False), None),
            ("smtps_port", lambda: receiver(secured=True), self._context),
        ):
            server = await loop.create_server(factory, self.host, 0, ssl=context, backlog=1000)
            self._servers.append(server)
            setattr(self, name, server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        tasks = list(self._sessions.values())
        for session, task in self._sessions.items():
            session.wire.abort()
            task.cancel()
        for made in self._receivers:
            made.hang_up()
        await asyncio.gather(*tasks, return_exceptions=True)
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0)  # the transports' last callbacks
        self._servers.clear()

    def _wire(self, *, tls: bool) -> Wire:
        self._connections += 1
        return Wire(number=self._connections, ear=self, opened=self._opened, tls=tls)

    def _opened(self, wire: Wire) -> None:
        session = Session(wire, self)
        task = asyncio.get_running_loop().create_task(session.run(COMMANDS))
        self._sessions[session] = task
        task.add_done_callback(lambda _: self._ended(session))

    def _ended(self, session: Session) -> None:
        self._sessions.pop(session, None)
        self._recording.stir()

    # ---- what its sessions ask
    @property
    def tls_context(self) -> ssl.SSLContext:
        if self._context is None:
            raise RuntimeError("the server was not started")
        return self._context

    def due(self, moment: Moment) -> Fault | None:
        return self._faults.due(moment)

    def smtp_due(self, verb: Verb, recipients: list[str]) -> SmtpFault | None:
        return self._smtp_faults.due(verb, recipients)

    def hear(self, connection: int, *, login: str, tls: bool, line: bytes) -> None:
        self._recording.hear(connection, login=login, tls=tls, line=line)

    def plain(self, connection: int, data: bytes) -> None:
        self._recording.plain(connection, data)

    def accepted_mail(self, mail: Accepted) -> None:
        self._recording.accept(mail)
        if self._taken is not None:
            self._taken(self, mail)

    # ---- what others do with it
    def change(self, act: Callable[[Post], T]) -> T:
        """Do something with the server's mail, on its own thread; what it returns comes back."""
        loop = self._loop
        if loop is None or threading.current_thread() is self._thread:
            return act(self.post)
        done: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                done.set_result(act(self.post))
            except Exception as error:  # noqa: BLE001 - it belongs to the caller
                done.set_exception(error)

        loop.call_soon_threadsafe(run)
        return done.result(_PATIENCE)

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something on the server's thread in a while, if it still stands then."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.call_later, seconds, act)

    def deliver(
        self,
        account: str,
        raw: bytes,
        folder: str = "INBOX",
        flags: Iterable[str] = (),
        internaldate: datetime | None = None,
    ) -> int:
        """Put a mail in a folder of the account, made if need be, and tell who watches; its UID."""
        kept = tuple(flags)
        return self.change(lambda post: post.deliver(account, raw, folder, flags=kept, internaldate=internaldate).uid)

    def messages(self, account: str, folder: str = "INBOX") -> tuple[Message, ...]:
        return self.change(lambda post: tuple(post.mailbox(account).folder(folder).messages.values()))

    def flag(self, account: str, folder: str, uid: int, flags: Iterable[str]) -> None:
        """Give a message these flags, as another client would."""

        def act(post: Post) -> None:
            place = post.mailbox(account).folder(folder)
            place.flag(place.messages[uid], place.spelled(flags))

        self.change(act)

    def expunge(self, account: str, folder: str, uids: Iterable[int]) -> None:
        self.change(lambda post: post.mailbox(account).folder(folder).expunge(uids))

    def renew_uidvalidity(self, account: str, folder: str = "INBOX") -> int:
        """Number the folder's messages anew under another UIDVALIDITY; who has it open is cut off."""
        return self.change(lambda post: post.mailbox(account).renew(folder))

    def open_account(self, account: Account) -> None:
        self.change(lambda post: post.open(account))

    def set_password(self, login: str, password: str) -> None:
        self.change(lambda post: post.set_password(login, password))

    def hang_up(self, login: str = "") -> int:
        """Cut the connections of a login, or all; how many there were."""

        def act(_: Post) -> int:
            cut = [session for session in self._sessions if login in ("", session.login)]
            for session in cut:
                session.wire.abort()
            return len(cut)

        return self.change(act)

    def plan(self, *faults: Fault) -> None:
        """Replace the fault plan; counting starts afresh."""
        made = FaultPlan(faults, noted=self._recording.fire)
        self.change(lambda _: setattr(self, "_faults", made))

    def plan_smtp(self, *faults: SmtpFault) -> None:
        made = SmtpFaultPlan(faults, noted=self._recording.fire)
        self.change(lambda _: setattr(self, "_smtp_faults", made))

    # ---- what it heard
    @property
    def heard(self) -> tuple[Heard, ...]:
        return self._recording.heard

    def commands(self, verb: str = "", *, login: str = "") -> tuple[Heard, ...]:
        """The command lines so far; "FETCH" means UID FETCH too."""
        return tuple(
            line
            for line in self.heard
            if verb in ("", line.verb, line.verb.removeprefix("UID ")) and login in ("", line.login)
        )

    @property
    def unencrypted(self) -> bytes:
        """All that clients sent outside TLS, to both servers."""
        return self._recording.unencrypted

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        return self._recording.accepted

    @property
    def outside(self) -> tuple[Accepted, ...]:
        """Accepted mail with recipients who have no mailbox here."""
        return tuple(mail for mail in self.accepted if mail.outside)

    @property
    def fired(self) -> tuple[Fault | SmtpFault, ...]:
        return self._recording.fired

    @property
    def connections(self) -> int:
        """How many IMAP connections are open."""
        return self.change(lambda _: len(self._sessions))

    def wait(self, true: Callable[["Rehearsal"], bool], seconds: float = 10) -> bool:
        """Wait until something is true of the server, asked again whenever it heard, accepted or lost something."""
        return self._recording.wait(lambda: true(self), seconds)


def _unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio would log with a traceback, which may hold mail."""
    _LOG.debug("rehearsal connection: %s", type(context.get("exception")).__name__)
