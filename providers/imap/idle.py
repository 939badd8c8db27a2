"""One watched connection after its login: what it says next and what it understands. No sockets, threads or clock.

idle_sent → idle → done_sent → idle_sent …      where the server has IDLE (RFC 2177)
resting → asked → resting …                     where it hasn't: NOOP (RFC 3501, 6.1.2)
"""

import re
from typing import Final, Literal

from providers.errors import Garbled, Unavailable
from providers.imap.arguments import write

State = Literal["idle_sent", "idle", "done_sent", "resting", "asked"]

MAX_BUFFER: Final = 64 << 10
MAX_LITERAL: Final = 1 << 20
_EVENT: Final = re.compile(rb"\* (?:(\d{1,10}) EXISTS|\d+ (?:EXPUNGE|FETCH)|VANISHED)\b", re.IGNORECASE)
_LITERAL: Final = re.compile(rb"\{(\d{1,12})\}\Z")


class Idling:
    """Feed it bytes and time-outs; it gives bytes to send, says when something stirred, and raises when it is over.

    Args:
        idle: the server has IDLE.
        renew: seconds after which an IDLE is ended and begun anew: servers hang up after 30 minutes, routers sooner.
        poll: seconds between NOOPs where there is no IDLE.
        patience: seconds that an answer may take.
        begun: it is gone on with: its first answer tells nothing.
    """

    def __init__(self, *, idle: bool, renew: float, poll: float, patience: float, begun: bool = False) -> None:
        self._renew, self._poll, self._patience = renew, poll, patience
        self._tag = 0
        self._buffer = bytearray()
        self._skip = 0
        self._begun = begun
        self.exists = 0  # as it was heard last
        self.only_arrivals = begun  # nothing but EXISTS was heard
        self.state: State = "resting"
        self.out = b""
        self.wait: float = 0
        self._go_on(idle=idle)

    def _go_on(self, *, idle: bool) -> None:
        if idle:
            self._say("IDLE", "idle_sent", self._patience)
        else:
            self.state, self.wait = "resting", self._poll if self._begun else 0

    def _say(self, word: str, state: State, wait: float) -> None:
        self._tag += 1
        self.out += b"".join(write(b"W%d" % self._tag, word))
        self.state, self.wait = state, wait

    @property
    def at_rest(self) -> bytes | None:
        """The tag of the IDLE that DONE would end; None in the midst of anything else."""
        resting = self.state == "idle" and not (self.out or self._buffer or self._skip)
        return b"W%d" % self._tag if resting else None

    def timed_out(self) -> None:
        """`wait` seconds went by since the state changed."""
        match self.state:
            case "idle":
                self.out += b"DONE\r\n"
                self.state, self.wait = "done_sent", self._patience
            case "resting":
                self._say("NOOP", "asked", self._patience)
            case _:
                raise Unavailable("timeout")

    def leave(self) -> bytes:
        """What to say before hanging up."""
        return (b"DONE\r\n" if self.state in ("idle", "idle_sent") else b"") + b"".join(write(b"W0", "LOGOUT"))

    def feed(self, data: bytes) -> bool:
        """Whether something stirred. The first answer counts: mail may have come before the watch began."""
        stirred = False
        self._buffer += data
        while (line := self._next_line()) is not None:
            stirred |= self._read(line)
        if len(self._buffer) > MAX_BUFFER:
            raise Garbled("limit")
        return stirred

    def _next_line(self) -> bytes | None:
        skipped = min(self._skip, len(self._buffer))
        del self._buffer[:skipped]
        self._skip -= skipped
        end = self._buffer.find(b"\n")
        if self._skip or end < 0:
            return None
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        literal = _LITERAL.search(line)
        if literal:
            self._skip = int(literal[1])
            if self._skip > MAX_LITERAL:
                raise Garbled("literal")
        return line

    def _read(self, line: bytes) -> bool:
        if line.startswith(b"* "):
            if line[2:5].upper() == b"BYE":
                raise Unavailable("bye")
            return self._event(line)
        if line.startswith(b"+") and self.state == "idle_sent":
            self.state, self.wait = "idle", self._renew
            return self._first()
        if line.startswith(b"W%d " % self._tag):
            return self._ended(line.split(b" ", 2)[1].upper() == b"OK")
        return False  # the rest of a response after its literal

    def _event(self, line: bytes) -> bool:
        event = _EVENT.match(line)
        if event is None:
            return False
        if event[1] is None:
            self.only_arrivals = False
        else:
            self.exists = int(event[1])
        return True

    def _ended(self, ok: bool) -> bool:  # noqa: FBT001  # the tagged answer
        if self.state in ("asked", "idle_sent", "idle"):
            # No IDLE after all, or one that the server ended by itself: asking now and then cannot spin.
            self._go_on(idle=False)
            stirred = self._first()
            self.wait = self._poll
            return stirred
        self._go_on(idle=ok)
        return False

    def _first(self) -> bool:
        first, self._begun = not self._begun, True
        return first
