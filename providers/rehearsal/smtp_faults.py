"""What the SMTP receiver does wrong, and when, as data; the counterpart of `faults` for the other protocol."""

from collections.abc import Callable, Iterable
from enum import Enum
from fnmatch import fnmatchcase

import msgspec


class Verb(Enum):
    EHLO = "EHLO"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"  # before 354
    CONTENT = "CONTENT"  # after 354, when the first of the content has come
    DOT = "DOT"  # the mail has come, nothing is answered yet


class SmtpFault(msgspec.Struct, frozen=True, kw_only=True):
    """Refuse with `reply`, or with none hang up, or say nothing more."""

    verb: Verb
    reply: str = ""  # "451 4.3.0 later"; 421 also hangs up; empty: hang up
    recipient: str = "*"  # a pattern; at RCPT the one named, later any of the mail's
    nth: int = 1
    times: int = 0  # 0: without end
    stall: bool = False
    kept: bool = False  # at DOT: the mail is taken and delivered first, whatever its sender hears


class SmtpFaultPlan:
    """Counts and says which fault is due. Used by the server's own thread only."""

    def __init__(
        self, faults: Iterable[SmtpFault] = (), *, noted: Callable[[SmtpFault], None] = lambda _: None
    ) -> None:
        self._rules = tuple(faults)
        self._seen = [0] * len(self._rules)
        self._noted = noted

    def due(self, verb: Verb, recipients: Iterable[str] = ()) -> SmtpFault | None:
        names = [name.lower() for name in recipients] or [""]
        found: SmtpFault | None = None
        for place, fault in enumerate(self._rules):
            if fault.verb is not verb or not any(fnmatchcase(name, fault.recipient.lower()) for name in names):
                continue
            self._seen[place] += 1
            turn = self._seen[place] - fault.nth
            if found is None and turn >= 0 and (not fault.times or turn < fault.times):
                found = fault
        if found is not None:
            self._noted(found)
        return found
