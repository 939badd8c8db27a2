"""Text that may go into a header or a command: addresses, message ids, header text. Each refuses controls (Z8)."""

import re
from typing import Final, Self

from store.model.record import Record

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS: Final = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+|\"[^\"\\]+\"@[^\s@<>(),;:\\\"\[\]]+")
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
    try:
        return domain.casefold().encode("idna").decode("ascii") if not domain.isascii() else domain.lower()
    except UnicodeError:
        return domain.casefold()


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
