"""The fault plan: what the rehearsal servers do wrong, and when, as data.

A plan is a list of `Fault` records. At each point of a conversation every record that fits is counted, and the first
whose turn it is acts. Nothing here speaks to a socket: the sessions ask, and do what the record says.
"""

import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

import msgspec


class At(Enum):
    """Where in an IMAP conversation a fault can act."""

    GREETING = "greeting"
    STARTTLS = "starttls"  # the answer to STARTTLS, before the handshake
    COMMAND = "command"  # a command has come, nothing is answered yet
    ANSWERED = "answered"  # a command was carried out, its tagged answer is due
    IDLE = "idle"  # "+ idling" has gone out
    PUSH = "push"  # news is about to be told to an idling session
    LITERAL = "literal"  # in the first literal of a FETCH answer, after so many bytes
    UPLOAD = "upload"  # in a literal that the client sends, after so many bytes


class Do(Enum):
    """What a fault does."""

    HANG_UP = "hang up"
    STALL = "stall"  # say nothing more, hear nothing more, keep the connection
    SAY = "say"  # send `text` (see `Fault.words`), then go on; at STARTTLS in one packet with the answer
    BYE = "bye"  # "* BYE " and `text`, then hang up
    NO = "no"  # answer the command with NO and `text`, for example "[UNAVAILABLE] later"
    BAD = "bad"
    PREAUTH = "preauth"  # greet with PREAUTH, signed in as `text`
    LIE = "lie"  # tell `exists` and `uidnext` in SELECT, EXAMINE and STATUS
    SLOW = "slow"  # from here on `size` bytes every `pause` seconds


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    at: At
    do: Do
    command: str = ""  # "FETCH" fits UID FETCH too, "UID FETCH" only that; empty fits all
    login: str = ""
    connection: int = 0  # the number of the connection, 1 the first; 0 fits all
    nth: int = 1  # acts from the n-th fitting moment on
    times: int = 1  # so often; 0: without end
    text: bytes = b""
    after: int = 0
    exists: int | None = None
    uidnext: int | None = None
    size: int = 1
    pause: float = 0.01

    def words(self, tag: bytes) -> bytes:
        """The text, with {tag} and {next} in it standing for the command's tag and the one likely to follow."""
        number = re.search(rb"[0-9]+\Z", tag)
        after = tag[: number.start()] + b"%d" % (int(number[0]) + 1) if number else tag
        return self.text.replace(b"{tag}", tag).replace(b"{next}", after)


class Moment(NamedTuple):
    at: At
    command: str = ""
    login: str = ""
    connection: int = 0


class FaultPlan:
    """Counts the moments and says which fault is due. Used by the server's own thread only."""

    def __init__(self, faults: Iterable[Fault] = (), *, noted: Callable[[Fault], None] = lambda _: None) -> None:
        self._rules = tuple(faults)
        self._seen = [0] * len(self._rules)
        self._noted = noted

    def due(self, moment: Moment) -> Fault | None:
        found: Fault | None = None
        for place, fault in enumerate(self._rules):
            if not _fits(fault, moment):
                continue
            self._seen[place] += 1
            turn = self._seen[place] - fault.nth
            if found is None and turn >= 0 and (not fault.times or turn < fault.times):
                found = fault
        if found is not None:
            self._noted(found)
        return found


def _fits(fault: Fault, moment: Moment) -> bool:
    return (
        fault.at is moment.at
        and fault.connection in (0, moment.connection)
        and fault.login in ("", moment.login)
        and fault.command in ("", moment.command, moment.command.removeprefix("UID "))
    )
