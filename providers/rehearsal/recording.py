"""What the rehearsal servers heard and accepted, for tests that count or look for secrets.

Written by the server's thread, read by any. Nothing here is logged. Old entries make room for new ones, so that a demo
can run for days.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from providers.rehearsal.faults import Fault
from providers.rehearsal.smtp_faults import SmtpFault

MOST_LINES = 100_000
MOST_PLAIN = 1024 * 1024  # bytes kept of one connection
MOST_CONNECTIONS = 1_000


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One command line of a client, without the literals in it."""

    connection: int
    login: str
    tls: bool
    line: bytes

    @property
    def verb(self) -> str:
        words = self.line.upper().split(maxsplit=3)
        verb = words[1:3] if words[1:2] == [b"UID"] else words[1:2]
        return b" ".join(verb).decode("latin-1")


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """One mail that the SMTP receiver took."""

    login: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    mailboxes: tuple[str, ...]  # where it was delivered
    outside: tuple[str, ...]  # recipients who have no mailbox here


class Recording:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heard: deque[Heard] = deque(maxlen=MOST_LINES)
        self._plain: dict[int, bytearray] = {}
        self._accepted: deque[Accepted] = deque(maxlen=MOST_LINES)
        self._fired: deque[Fault | SmtpFault] = deque(maxlen=MOST_LINES)

    # written by the server
    def hear(self, connection: int, *, login: str, tls: bool, line: bytes) -> None:
        with self._changed:
            self._heard.append(Heard(connection=connection, login=login, tls=tls, line=line))
            self._changed.notify_all()

    def plain(self, connection: int, data: bytes) -> None:
        with self._changed:
            kept = self._plain.setdefault(connection, bytearray())
            kept += data[: MOST_PLAIN - len(kept)]
            if len(self._plain) > MOST_CONNECTIONS:
                del self._plain[next(iter(self._plain))]
            self._changed.notify_all()

    def accept(self, mail: Accepted) -> None:
        with self._changed:
            self._accepted.append(mail)
            self._changed.notify_all()

    def fire(self, fault: Fault | SmtpFault) -> None:
        with self._changed:
            self._fired.append(fault)
            self._changed.notify_all()

    def stir(self) -> None:
        """Something else changed that a waiter may ask about."""
        with self._changed:
            self._changed.notify_all()

    # read by anybody
    @property
    def heard(self) -> tuple[Heard, ...]:
        with self._changed:
            return tuple(self._heard)

    @property
    def unencrypted(self) -> bytes:
        """All that came in outside TLS."""
        with self._changed:
            return b"".join(self._plain.values())

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        with self._changed:
            return tuple(self._accepted)

    @property
    def fired(self) -> tuple[Fault | SmtpFault, ...]:
        with self._changed:
            return tuple(self._fired)

    def wait(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until `true()`; it is asked again whenever something happened. False: the time is up."""
        until = time.monotonic() + seconds
        with self._changed:
            while not true():
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return true()
        return True
