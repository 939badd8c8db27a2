"""MailWatch over IMAP: one thread over `selectors` for all mailboxes, each in IDLE on its folder, or asked by NOOP.

Connecting and logging in run on a short-lived thread each, so that a slow server holds up nobody. Callbacks run on the
hub's thread and must only post. imapclient's IDLE is never used: it hides a closed line and events already read.
"""

import contextlib
import logging
import queue
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from providers.errors import Garbled, ProviderError, Refused, Unavailable, Unsupported
from providers.imap.idle import Idling
from providers.net import outside
from providers.protocols import Glance, ListedFolder, Secret, Server, Watching

if TYPE_CHECKING:
    from providers.imap.session import Session

log = logging.getLogger(__name__)

CHUNK: Final = 16 << 10
READS_AT_ONCE: Final = 16
QUIET: Final = 0.2  # seconds between two stirs of a mailbox
LOGINS_AT_ONCE: Final = 8  # a hundred at once leave 25 KB of heap behind, each
LENDING: Final = 5.0  # seconds; the hub answers at once, unless it is at its end
LOGIN_QUEUE: Final = 2.0  # seconds; then slow servers have taken all places, and one goes in without

Step = Callable[[], None]
Lent = tuple["Session", bytes, int]  # with the tag of its IDLE, and the EXISTS heard last


class ImapWatch:
    """The hub. Times are in seconds; `renew` stays under the 29 minutes of RFC 2177."""

    def __init__(
        self,
        *,
        renew: float = 9 * 60,
        poll: float = 60,
        patience: float = 30,
        quiet: float = QUIET,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.renew, self.poll, self.patience, self.quiet = renew, poll, patience, quiet
        self._clock = clock
        self._steps: deque[Step] = deque()
        self._logins = threading.Semaphore(LOGINS_AT_ONCE)
        self._lock = threading.Lock()
        self._stopped = self._finished = False
        self._thread: threading.Thread | None = None
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._watched: set[_Watched] = set()
        self._unread: set[_Watched] = set()  # stopped reading in mid-flow: TLS may hold bytes that no selector tells of

    # ------------------------------------------------------------ any thread
    def watch(
        self,
        server: Server,
        login: str,
        secret: Secret,
        folder: str,
        *,
        on_stir: Callable[[], None],
        on_lost: Callable[[BaseException], None],
    ) -> Watching:
        """Begin. `on_stir` is called once the watch stands and when the folder stirs; `on_lost` once, at its end."""
        watched = _Watched(self, on_stir, on_lost)
        with self._lock:
            if self._stopped:
                raise Unavailable("closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mail-watch", daemon=True)
                self._thread.start()

        def begin() -> None:
            mine = self._logins.acquire(timeout=LOGIN_QUEUE)
            try:
                session = _open(server, login, secret, folder, timeout=self.patience)
            except Exception as error:  # noqa: BLE001  # whatever it was, the owner must hear of it
                problem = _as_ours(error)
                self.post(lambda: self._lost(watched, problem))
            else:
                self.post(lambda: self._begin(watched, session))
            finally:
                if mine:
                    self._logins.release()

        threading.Thread(target=begin, name="mail-watch-login", daemon=True).start()
        return watched

    def stop(self) -> None:
        """Hang up everywhere; when it returns no callback runs any more."""
        with self._lock:
            self._stopped = True
            thread = self._thread
        self._wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        elif thread is None:
            self._close()

    def lend(self, watched: "_Watched") -> "Lent | None":
        """The socket of a watch is its owner's until `take_back`; None: it is not to be had, or more was heard than
        arrivals.
        """
        answer: queue.SimpleQueue[Lent | None] = queue.SimpleQueue()
        self.post(lambda: answer.put(self._lend(watched)))
        try:
            return answer.get(timeout=LENDING)
        except queue.Empty:
            self.post(lambda: self._unclaimed(watched, answer))
            return None

    def take_back(self, watched: "_Watched", session: "Session", *, stirred: bool) -> None:
        """Watch on; `stirred`: something was heard meanwhile that nobody has looked at."""
        self.post(lambda: self._begin(watched, session, again=True, stirred=stirred))

    def lose(self, watched: "_Watched", error: ProviderError) -> None:
        """The lent socket is no good any more."""
        self.post(lambda: self._lost(watched, error))

    def post(self, step: Step) -> None:
        self._steps.append(step)
        self._wake()
        if self._finished:  # a login that ends after the hub: its socket must be closed by somebody
            self._take_steps()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it wakes anyway; closed: nobody is left to wake
            self._waker.send(b".")

    # ------------------------------------------------------------ the hub's thread
    def _run(self) -> None:
        while not self._stopped:
            for key, _ in self._selector.select(self._until_due()):
                if isinstance(key.data, _Watched):
                    self._guarded(key.data, self._serve)
                else:
                    self._drain_wakes()
            for watched in tuple(self._unread):
                self._guarded(watched, self._serve)
            self._take_steps()
            now = self._clock()
            for watched in [one for one in self._watched if one.due <= now or one.stir_due <= now]:
                self._guarded(watched, self._on_time)
        self._close()

    def _take_steps(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._steps.popleft()()

    def _until_due(self) -> float | None:
        if self._unread or self._steps:
            return 0
        nearest = min((min(one.due, one.stir_due) for one in self._watched), default=None)
        return None if nearest is None else max(0.0, nearest - self._clock())

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass

    def _guarded(self, watched: "_Watched", act: Callable[["_Watched"], None]) -> None:
        """One mailbox's trouble ends its own watch only."""
        if watched.sock is None:
            return
        try:
            act(watched)
        except Exception as error:  # noqa: BLE001
            self._lost(watched, _as_ours(error))

    def _begin(self, watched: "_Watched", session: "Session", *, again: bool = False, stirred: bool = False) -> None:
        sock, read_ahead = session.release()
        if watched.cancelled or self._stopped:
            sock.close()
            return
        sock.setblocking(False)
        watched.sock, watched.session = sock, session
        watched.idling = Idling(
            idle=session.capabilities.idle, renew=self.renew, poll=self.poll, patience=self.patience, begun=again
        )
        watched.due = float("inf")
        self._watched.add(watched)
        self._selector.register(sock, selectors.EVENT_READ, watched)
        self._guarded(watched, lambda one: self._understand(one, read_ahead))
        self._guarded(watched, self._serve)
        if stirred and watched.sock is not None:
            self._stir(watched)

    def _lend(self, watched: "_Watched") -> "Lent | None":
        if watched.sock is None or watched.session is None:
            return None
        idling = watched.need()
        tag = idling.at_rest if idling.only_arrivals and watched not in self._unread else None
        idling.only_arrivals = True  # the owner looks now, whichever way
        if tag is None or self._stopped:
            return None
        self._selector.unregister(watched.sock)
        self._watched.discard(watched)
        watched.sock = None
        return watched.session, tag, idling.exists

    def _unclaimed(self, watched: "_Watched", answer: "queue.SimpleQueue[Lent | None]") -> None:
        """Lent after its owner had stopped waiting."""
        lent = answer.get_nowait()
        if lent is not None:
            lent[0].close()
            self._lost(watched, Unavailable("closed"))

    def _serve(self, watched: "_Watched") -> None:
        """Read all there is, then say what there is to say."""
        self._unread.discard(watched)
        for _ in range(READS_AT_ONCE):
            data = _received(watched.sock)
            if data is None:
                break
            if not data:
                raise Unavailable("closed")
            self._understand(watched, data)
            if watched.sock is None:
                return
        else:
            self._unread.add(watched)
        self._flush(watched)

    def _understand(self, watched: "_Watched", data: bytes) -> None:
        idling = watched.need()
        before = idling.state
        stirred = idling.feed(data)
        if idling.state != before or watched.due == float("inf"):
            watched.due = self._clock() + idling.wait
        if stirred:
            self._stir(watched)

    def _on_time(self, watched: "_Watched") -> None:
        now = self._clock()
        if watched.stir_due <= now:
            self._stir(watched)
        if watched.sock is not None and watched.due <= now:
            idling = watched.need()
            idling.timed_out()
            watched.due = now + idling.wait
            self._flush(watched)

    def _flush(self, watched: "_Watched") -> None:
        idling = watched.need()
        sock = watched.sock
        if sock is None:
            return
        blocked = False
        while idling.out and not blocked:
            try:
                idling.out = idling.out[sock.send(idling.out) :]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                blocked = True
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if idling.out else 0)
        if self._selector.get_key(sock).events != events:
            self._selector.modify(sock, events, watched)

    def _stir(self, watched: "_Watched") -> None:
        """At once, then at most every `quiet` seconds."""
        now = self._clock()
        if now < watched.stirred + self.quiet:
            watched.stir_due = watched.stirred + self.quiet
            return
        watched.stirred, watched.stir_due = now, float("inf")
        if not watched.cancelled and not _call(watched.on_stir):
            self.drop(watched)

    def _lost(self, watched: "_Watched", error: ProviderError) -> None:
        if not self._drop(watched) or watched.cancelled or self._stopped:
            return
        _call(lambda: watched.on_lost(error))

    def drop(self, watched: "_Watched") -> None:
        """Cancelled: say goodbye and hang up."""
        if watched.sock is not None:
            with contextlib.suppress(OSError):
                watched.sock.send(watched.need().leave())
        self._drop(watched)

    def _drop(self, watched: "_Watched") -> bool:
        """Whether it was still there."""
        sock, watched.sock = watched.sock, None
        self._unread.discard(watched)
        self._watched.discard(watched)
        if sock is not None:
            self._selector.unregister(sock)
            sock.close()
        over_already, watched.over = watched.over, True
        return not over_already

    def _close(self) -> None:
        for watched in tuple(self._watched):
            self.drop(watched)
        self._finished = True
        self._take_steps()
        self._selector.close()
        self._waker.close()
        self._woken.close()


class _Watched:
    """One mailbox at the hub. All but `cancelled` and what its owner has borrowed is the hub's thread's."""

    __slots__ = (
        "_borrowed", "_counted", "_hub", "cancelled", "due", "idling", "on_lost", "on_stir", "over", "session", "sock",
        "stir_due", "stirred",
    )  # fmt: skip

    def __init__(self, hub: ImapWatch, on_stir: Callable[[], None], on_lost: Callable[[BaseException], None]) -> None:
        self._hub = hub
        self.on_stir, self.on_lost = on_stir, on_lost
        self.cancelled = self.over = False
        self.sock: socket.socket | None = None
        self.session: Session | None = None
        self._borrowed: Session | None = None
        self._counted = 0
        self.idling: Idling | None = None
        self.due = self.stir_due = float("inf")
        self.stirred = float("-inf")

    def cancel(self) -> None:
        self.cancelled = True
        self._hub.post(lambda: self._hub.drop(self))

    def glance(self) -> Glance | None:
        """See Watching."""
        lent = self._hub.lend(self)
        if lent is None:
            return None
        session, tag, exists = self._borrowed, _, _ = lent
        try:
            opened = session.wake(tag, exists=exists, timeout=self._hub.patience)
            self._counted = session.counted
            uids = session.uids()
        except (Refused, Unsupported):
            self.give_back()
            return None
        except ProviderError as error:
            self._borrowed = None
            session.close()
            self._hub.lose(self, error)
            return None
        highest = uids.ranges[-1][1] if uids else 0
        return Glance(session, msgspec.structs.replace(opened, exists=len(uids), uidnext=highest + 1), uids)

    def give_back(self) -> None:
        """See Watching."""
        session, self._borrowed = self._borrowed, None
        if session is not None:
            self._hub.take_back(self, session, stirred=session.counted != self._counted)

    def need(self) -> Idling:
        if self.idling is None:
            raise Unavailable("closed")
        return self.idling


def _received(sock: socket.socket | None) -> bytes | None:
    """None: nothing more for now; b"": closed by the server."""
    try:
        return sock.recv(CHUNK) if sock is not None else None
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None


def _as_ours(error: Exception) -> ProviderError:
    if isinstance(error, (ProviderError, OSError)):
        return outside(error)
    log.warning("a watch ended by %s", type(error).__name__)
    return Garbled("parse")


def _call(callback: Callable[[], None]) -> bool:
    """A callback only posts; if even that fails its owner is gone, and nobody is left to watch for."""
    try:
        callback()
    except Exception as error:  # noqa: BLE001
        log.warning("a watch's callback failed: %s", type(error).__name__)
        return False
    return True


def _open(server: Server, login: str, secret: Secret, folder: str, *, timeout: float) -> "Session":
    """Logged in, with the folder open."""
    from providers.imap.login import sign_on
    from providers.imap.session import Session
    from providers.imap.vendor import encode_name  # imapclient costs 61 ms

    session = Session(sign_on(server, login, secret, timeout=timeout))
    try:
        session.select(ListedFolder(name=folder, raw=encode_name(folder), delimiter=None))
    except BaseException:
        session.close()
        raise
    return session
