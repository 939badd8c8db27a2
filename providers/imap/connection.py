"""The commands of one connection: writes them, gives their answers as they arrive, and says refusals by remedy.

One reads at a time (`Taker`), and reads to the end, keeping what it must, before another begins. It never opens,
secures or logs in; after a broken answer the connection is closed and stays so.
"""

import contextlib
from collections import deque
from collections.abc import Iterator
from typing import Final, NoReturn, Protocol, Self

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable
from providers.imap.arguments import Argument, write
from providers.imap.framing import read_response
from providers.imap.line import Line
from providers.imap.responses import Go, Tagged, Untagged, code_of
from providers.protocols import Content

MAX_ANSWERS: Final = 50_000  # of a command whose answers are kept together, such as LIST
_SWITCHED_OFF: Final = (
    b"not enabled for imap",
    b"enable imap",
    b"imap is disabled",
    b"imap access is disabled",
    b"imap is not enabled",
    b"authenticated but not connected",
    b"does not have access rights to this service",
)
_BUSY: Final = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED", "CONTACTADMIN"})
_COUNTED: Final = frozenset({"EXISTS", "EXPUNGE", "VANISHED"})
_NEWS: Final = _COUNTED | {"FETCH"}
_CODES: Final = {
    "OVERQUOTA": "over_quota",
    "NONEXISTENT": "no_folder",
    "TRYCREATE": "no_folder",
    "TOOBIG": "too_large",
}


class Greeted(Protocol):
    """What the vendor module tells of a greeting."""

    @property
    def preauth(self) -> bool: ...

    @property
    def said(self) -> frozenset[str]: ...


class Taker(Protocol):
    """Who reads a connection's answers."""

    def make_way(self) -> None:
        """Another command is to be sent: read the rest, and keep it for whoever still asks for it."""
        ...


class Exchange:
    """One command under way: iterate for its untagged responses; then `tagged` tells how it ended."""

    def __init__(self, connection: "Connection", pieces: list[bytes], pour: Content | None = None) -> None:
        self._connection = connection
        self._pieces = pieces
        self._pour = pour
        self._kept: deque[Untagged] = deque()
        self._lost = False
        self.abandoned = False
        self.tagged: Tagged | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Untagged:
        if self._kept:
            return self._kept.popleft()
        if self._lost:
            raise Refused("interrupted")
        return self._read()

    def _read(self) -> Untagged:
        while self.tagged is None:
            response = self._connection.step()
            match response:
                case Go():
                    self._go_on()
                case Tagged():
                    self.tagged = response
                case Untagged():
                    return response
        raise StopIteration

    def _go_on(self) -> None:
        pour, self._pour = (None, self._pour) if self._pieces else (self._pour, None)
        if pour is None:
            self._connection.send(self._pieces.pop(0) if self._pieces else b"*\r\n")
            return
        for piece in pour:
            self._connection.send(piece)
        self._connection.send(b"\r\n")

    def make_way(self) -> None:
        """See Taker."""
        try:
            while True:
                response = self._read()
                if not self.abandoned and len(self._kept) < MAX_ANSWERS:
                    self._kept.append(response)
                else:
                    self._lost = True
        except StopIteration:
            return

    def finish(self) -> Tagged:
        """Read the rest away and complain if the server refused."""
        tagged = self.drain()
        if tagged.status != "OK":
            raise refusal(tagged)
        return tagged

    def drain(self) -> Tagged:
        for _ in self:
            pass
        if self.tagged is None:
            raise Unavailable("closed")
        return self.tagged


class Connection:
    """Owns a line."""

    def __init__(self, line: Line, greeted: Greeted) -> None:
        self.line = line
        self._taker: Taker | None = None
        self._running: set[bytes] = set()  # tags of commands that have not ended
        self._sent = 0
        self._closed = False
        self.selection = 0  # counts SELECT and EXAMINE: what was begun in one folder is not continued in another
        self.news = 0  # counts what may tell of a change in the selected folder
        self.counted = 0  # of these, what tells that mail came or went
        self.words: frozenset[str] = greeted.said
        self.preauth = greeted.preauth

    def ask(self, *arguments: Argument, pour: Content | None = None) -> Exchange:
        """Send a command. What an earlier one still has to say is read away first. `pour` is a literal at its end."""
        self.take(None)
        _, pieces = self.begin(*arguments, poured=None if pour is None else pour.size)
        exchange = Exchange(self, pieces, pour)
        self._taker = exchange
        return exchange

    def take(self, taker: Taker | None) -> None:
        """From now on this one reads."""
        if self._closed:
            raise Unavailable("closed")
        before, self._taker = self._taker, taker
        if before is not None and before is not taker:
            before.make_way()

    def begin(self, *arguments: Argument, poured: int | None = None) -> tuple[bytes, list[bytes]]:
        """Send a command beside those that run: its tag, and the pieces that the server must ask for."""
        if self._closed:
            raise Unavailable("closed")
        self._sent += 1
        tag = b"P%d" % self._sent
        first, *rest = write(tag, *arguments, literal_plus="LITERAL+" in self.words, poured=poured)
        self.send(first)
        self._running.add(tag)
        return tag, rest

    def stream(self, *arguments: Argument, selection: int | None = None) -> Iterator[Untagged]:
        """The untagged responses as they come; at the end a refusal is raised."""
        if selection is not None and selection != self.selection:
            raise Refused("interrupted")
        exchange = self.ask(*arguments)
        try:
            yield from exchange
            exchange.finish()
        finally:
            exchange.abandoned = True

    def answer(self, *arguments: Argument, pour: Content | None = None) -> tuple[list[Untagged], Tagged]:
        """All untagged responses and the tagged one, whatever it says."""
        exchange = self.ask(*arguments, pour=pour)
        kept: list[Untagged] = []
        for response in exchange:
            if len(kept) >= MAX_ANSWERS:
                self.fail(Garbled("limit"))
            kept.append(response)
        return kept, exchange.drain()

    def learn(self) -> None:
        """Ask for the capabilities anew; whatever was said before is forgotten."""
        self.words = frozenset()
        kept, tagged = self.answer("CAPABILITY")
        if tagged.status != "OK":
            raise refusal(tagged)
        text = b" ".join(response.text for response in kept if response.kind == "CAPABILITY")
        self.words = frozenset(text.decode("ascii", "replace").upper().split())

    def step(self) -> Go | Untagged | Tagged:
        """The next response, whatever it belongs to."""
        try:
            response = read_response(self.line)
        except ProviderError as error:
            self.fail(error)
        if isinstance(response, Tagged):
            if response.tag not in self._running:
                self.fail(Garbled("parse"))
            self._running.discard(response.tag)
        elif isinstance(response, Untagged):
            if response.kind == "BYE":
                self.fail(Unavailable("bye"))
            self.news += response.kind in _NEWS
            self.counted += response.kind in _COUNTED
        return response

    def send(self, piece: bytes) -> None:
        try:
            self.line.send(piece)
        except ProviderError as error:
            self.fail(error)

    def fail(self, error: ProviderError) -> NoReturn:
        """After this nobody can know where the next answer begins."""
        self.close()
        raise error from None

    def end_idle(self, tag: bytes) -> None:
        """An IDLE that somebody else began on this line is under way: end it (RFC 2177)."""
        self._running.add(tag)
        exchange = Exchange(self, [])
        self._taker = exchange
        self.send(b"DONE\r\n")
        exchange.finish()

    def leave(self) -> None:
        """LOGOUT without waiting for the answer, where nothing is under way."""
        if not self._closed and not self._running:
            with contextlib.suppress(ProviderError):
                self.ask("LOGOUT")
        self.close()

    def close(self) -> None:
        self._closed = True
        self._taker = None
        self._running.clear()
        self.line.close()


def throttled(code: str, *, adds: bool = False) -> bool:
    """Whether the same may do later. OVERQUOTA means the room for mail only where a command adds mail; to all others it
    is said of a quota of commands or bytes.
    """
    return code in _BUSY or (code == "OVERQUOTA" and not adds)


def switched_off(text: bytes) -> bool:
    """Whether the login is right, and IMAP is not allowed for the account: no code says so, hence by what Gmail, Zoho,
    Yandex and Exchange write, and what other servers' administrators do.
    """
    lower = text.lower()
    return any(words in lower for words in _SWITCHED_OFF)


def refusal(tagged: Tagged, *, adds: bool = False) -> ProviderError:
    """NO and BAD as one of our errors; the server's words stay here (Z14). `adds`: the command was to add mail."""
    code, _ = code_of(tagged.text)
    if throttled(code, adds=adds):
        return Unavailable("busy")
    if switched_off(tagged.text):
        return AuthRefused("imap_off")
    if code in ("AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"):
        return AuthRefused("login")
    return Refused(_CODES.get(code, "no" if tagged.status == "NO" else "bad"))
