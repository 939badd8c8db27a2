"""What a submission server's numbers mean for a recipient or a mail. Its words go no further (Z14): of them only the
digits of an enhanced status code (RFC 3463) are read.
"""

import re
from typing import Final, Literal

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable
from providers.protocols import RecipientResult

About = Literal["recipient", "content"]

_ENHANCED: Final = re.compile(r"\s*[245]\.(\d{1,3}\.\d{1,3})(?!\d)")
_UNKNOWN: Final = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
_FULL: Final = "2.2"
_TOO_LARGE: Final = frozenset({"2.3", "3.4"})
_CLOSING: Final = 421


def result(address: str, *, status: int, words: str, about: About) -> RecipientResult:
    """A recipient's fate by the reply to its RCPT, or to the content. Garbled if the reply is neither yes nor no."""
    if 200 <= status < 300:
        return RecipientResult(address=address, answer="accepted", status=status)
    if 400 <= status < 500:
        code = "mailbox_full" if _detail(words) == _FULL else "later"
        return RecipientResult(address=address, answer="deferred", status=status, code=code)
    if 500 <= status < 600:
        return RecipientResult(address=address, answer="refused", status=status, code=_refusal(status, words, about))
    raise Garbled("parse")


def _refusal(status: int, words: str, about: About) -> str:
    detail = _detail(words)
    if detail in _UNKNOWN:
        return "unknown_recipient"
    if detail in _TOO_LARGE:
        return "too_large"
    if detail == _FULL:
        return "mailbox_full"
    if detail.startswith("7."):
        return "policy"
    if status == 552:
        return "mailbox_full" if about == "recipient" else "too_large"
    return "unknown_recipient" if about == "recipient" and status in (550, 551, 553) else "no"


def sender_refusal(status: int, words: str) -> ProviderError:
    """Why MAIL FROM was not accepted: it concerns the whole mail."""
    if 400 <= status < 500:
        return Unavailable("busy")
    if status in (530, 535):
        return AuthRefused("login")
    if not 500 <= status < 600:
        return Garbled("parse")
    return Refused("too_large" if status == 552 or _detail(words) in _TOO_LARGE else "sender")


def closes(status: int) -> bool:
    """Whether the server hangs up with this reply."""
    return status == _CLOSING


def _detail(words: str) -> str:
    found = _ENHANCED.match(words[:20])
    return found[1] if found else ""
