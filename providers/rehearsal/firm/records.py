"""What the demo firm is made of once loaded: plain frozen records, ready to be put on a server. No behaviour."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMember:
    """A person of the firm. `role` is one of owner, admin, employee."""

    name: str
    address: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoContact:
    """A person at a client. The same contact (equal name and addresses) may stand under two clients."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClient:
    """A client of the demo firm, in the language its mail is mostly written in."""

    name: str
    language: str
    contacts: tuple[DemoContact, ...]
    tags: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()  # members' names
    walled: tuple[str, ...] = ()
    written: tuple[tuple[str, str], ...] = ()  # notes: who, what
    files: tuple[tuple[str, str], ...] = ()  # documents: name, text


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCopy:
    """One copy of a mail in one member's mailbox, with what that mailbox's provider added to it."""

    member: str
    folder: str
    flags: tuple[str, ...]
    received: datetime
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMail:
    """A mail and all its copies. `thread` and `client` say where the data has it, not where it will be filed."""

    message_id: str
    thread: str
    client: str | None
    language: str
    date: datetime
    copies: tuple[DemoCopy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoArrival:
    """A mail yet to come: `at` makes it as if it had been sent at that moment."""

    client: str | None
    at: Callable[[datetime], DemoMail]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAnswer:
    """Something that a person outside writes back to whatever a member wrote to them."""

    name: str
    addresses: tuple[str, ...]
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoNote:
    """What a member did on the desk with a mail's thread: assigned, said, put off, begun to answer. Names, not keys."""

    message_id: str
    by: str
    assign: str
    comment: str
    snooze_hours: int
    draft: str


class Writers(Protocol):
    """The people outside, who write back."""

    @property
    def domains(self) -> frozenset[str]: ...
    def known(self, address: str) -> bool: ...
    def answering(self, raw: bytes, recipients: Iterable[str]) -> list[str]: ...
    def answer(self, raw: bytes, recipient: str, moment: datetime) -> DemoMail | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """The whole demo firm. `members` have mailboxes, `colleagues` are of the firm without one.

    `folders` are the folders of each member's mailbox, `answers` all that is written back to whoever asks `writers`.
    """

    name: str
    members: tuple[DemoMember, ...]
    colleagues: tuple[DemoMember, ...]
    folders: Mapping[str, tuple[str, ...]]
    clients: tuple[DemoClient, ...]
    mails: tuple[DemoMail, ...]
    arrivals: tuple[DemoArrival, ...]
    answers: tuple[DemoAnswer, ...]
    notes: tuple[DemoNote, ...]
    writers: Writers
