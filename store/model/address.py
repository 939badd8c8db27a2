"""Text that may go into a header or a command: addresses, message ids, header text. Each refuses controls (Z8)."""

import re
from functools import lru_cache
from typing import Final, Self
from unicodedata import normalize

from store.model.record import Record

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS: Final = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+|\"[^\"\\]+\"@[^\s@<>(),;:\\\"\[\]]+")
_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")
_DEVIATES: Final = re.compile("[\u00df\u03c2\u200c\u200d]")
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
MAX_ADDRESS: Final = 320


class NotAllowed(ValueError):
    """Raised when text holds what the type refuses."""


class Address(str):
    """An addr-spec, normalised for comparison: domain lower-cased and IDNA-encoded, local part case-folded."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        stripped = text.strip()
        if _CONTROL.search(stripped) or len(stripped) > MAX_ADDRESS or not _ADDRESS.fullmatch(stripped):
            raise NotAllowed("not an e-mail address")
        local, _, domain = stripped.rpartition("@")
        return super().__new__(cls, f"{local.casefold()}@{_ascii_domain(domain)}")

    @property
    def domain(self) -> str:
        """The part after the last @, lower-cased ASCII."""
        return self.rpartition("@")[2]


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return ".".join(map(_ascii_label, _DOTS.split(domain)))
    except UnicodeError:
        return domain.casefold()


def _ascii_label(label: str) -> str:
    """IDNA2003 would make another domain of what IDNA2008 tells apart (RFC 5894, 7.2): `faß` is not `fass`."""
    lower = normalize("NFC", label.lower())
    if _DEVIATES.search(lower):
        return "xn--" + lower.encode("punycode").decode("ascii")
    return label.encode("idna").decode("ascii").lower()


@lru_cache(maxsize=8192)
def base(address: str) -> str:
    """Whom a normalised address reaches, however it is written: without the tag after `+` (RFC 5233), at Gmail without
    dots and under its one name. What is left of it is never empty.
    """
    local, _, domain = address.rpartition("@")
    if domain in _GMAIL:
        local, domain = local.replace(".", "") or local, "gmail.com"
    if not local.startswith('"'):
        local = local.partition("+")[0] or local
    return f"{local}@{domain}"


class MessageId(str):
    """A message id without its angle brackets, as compared (RFC 5322, 3.6.4): case kept, no blanks or controls."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        stripped = text.strip().removeprefix("<").removesuffix(">").strip()
        if not stripped or len(stripped) > 998 or _CONTROL.search(stripped) or " " in stripped:
            raise NotAllowed("not a message id")
        return super().__new__(cls, stripped)


class HeaderText(str):
    """One line of unstructured header text."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if _CONTROL.search(text):
            raise NotAllowed("a header holds one line without control characters")
        return super().__new__(cls, text)


class Person(Record, frozen=True, kw_only=True):
    """A name and an address as a header shows them; the name is foreign text and may be empty."""

    name: str = ""
    address: str
