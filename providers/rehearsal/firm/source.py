"""The shape of the data files, read strictly: an unknown or missing key is an error of ours. See data/README.md."""

import tomllib
from importlib import resources
from typing import Literal

import msgspec

Program = Literal["plain", "webmail", "outlook", "phone", "html"]
Language = Literal["en", "es"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of all records of the data files."""


class PersonSource(Strict, frozen=True, kw_only=True):
    """Somebody who writes or is written to, with the habits of their mail program."""

    key: str
    name: str
    addresses: tuple[str, ...]
    language: Language = "en"
    program: Program = "plain"
    signature: str = ""
    zone: str = ""
    logo: str = ""


class MemberSource(PersonSource, frozen=True, kw_only=True):
    """A person of the firm; only those with folders have a mailbox."""

    role: Literal["owner", "admin", "employee"]
    folders: tuple[str, ...] = ()


class WrittenSource(Strict, frozen=True, kw_only=True):
    """A note that a member has written down about a client."""

    by: str
    text: str


class KeptSource(Strict, frozen=True, kw_only=True):
    """A text that is among a client's documents."""

    name: str
    text: str


class ClientSource(Strict, frozen=True, kw_only=True):
    """A client; `shared` names contacts that are written down at another client, `followers` and `walled` members."""

    name: str
    language: Language
    contacts: tuple[PersonSource, ...]
    shared: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    walled: tuple[str, ...] = ()
    written: tuple[WrittenSource, ...] = ()
    files: tuple[KeptSource, ...] = ()


class ListSource(Strict, frozen=True, kw_only=True):
    """A newsletter, mailing list or machine: the headers and the dress of all that it sends."""

    key: str
    headers: dict[str, str]
    form: Literal["text", "html", "both"] = "text"
    colour: str = "#334155"
    title: str = ""
    footer: str = ""


class FileSource(Strict, frozen=True, kw_only=True):
    """An attachment, made when the mail is. Which of `text` and `rows` counts depends on the kind."""

    kind: Literal["pdf", "csv", "xlsx", "txt", "png", "mail"]
    name: str
    text: str = ""
    rows: tuple[tuple[str | int | float, ...], ...] = ()
    mail: int = 0


class InviteSource(Strict, frozen=True, kw_only=True):
    """A calendar invitation or the answer to one."""

    summary: str
    starts: str
    minutes: int
    location: str = ""
    method: Literal["REQUEST", "REPLY"] = "REQUEST"


class BounceSource(Strict, frozen=True, kw_only=True):
    """A delivery report about the mail that this one answers."""

    recipient: str
    status: str
    reason: str


class MailSource(Strict, frozen=True, kw_only=True):
    """One mail. Left out: `to` is whoever is answered, `answers` the mail before, the subject the thread's."""

    sender: str = msgspec.field(name="from")
    body: str
    at: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    deliver: str = ""
    subject: str = ""
    language: Language | None = None
    answers: int | None = None
    quote: bool = True
    forward: bool = False
    sign: bool = True
    list: str = ""
    headers: dict[str, str] = {}
    attach: tuple[FileSource, ...] = ()
    invite: InviteSource | None = None
    bounce: BounceSource | None = None
    auth: Literal["pass", "fail"] = "pass"
    unread: bool | str = False
    flagged: bool = False
    folder: str | dict[str, str] = ""
    draft: bool = False


class ThreadSource(Strict, frozen=True, kw_only=True):
    """Mails that answer each other. `only` keeps it to one language of the demo."""

    key: str
    subject: str
    mails: tuple[MailSource, ...]
    language: Language | None = None
    only: Language | None = None


class ArrivalSource(MailSource, frozen=True, kw_only=True):
    """A mail yet to come, in the order of `turn`; it answers the last mail of `thread` or begins one."""

    turn: int
    thread: str = ""


class AnswerSource(Strict, frozen=True, kw_only=True):
    """What somebody writes back when written to; left out, the language is their own."""

    sender: str = msgspec.field(name="from")
    body: str
    language: Language | None = None


class NoteSource(Strict, frozen=True, kw_only=True):
    """What a member has already done on the desk with the thread as its last mail stands."""

    thread: str
    by: str
    assign: str = ""
    comment: str = ""
    snooze_hours: int = 0
    draft: str = ""


class DataFile(Strict, frozen=True, kw_only=True):
    """One file of `data/`."""

    language: Language = "en"
    members: tuple[MemberSource, ...] = ()
    client: ClientSource | None = None
    people: tuple[PersonSource, ...] = ()
    lists: tuple[ListSource, ...] = ()
    threads: tuple[ThreadSource, ...] = ()
    arrivals: tuple[ArrivalSource, ...] = ()
    answers: tuple[AnswerSource, ...] = ()
    notes: tuple[NoteSource, ...] = ()


def data_files() -> tuple[DataFile, ...]:
    """All data files in the order of their names."""
    folder = resources.files("providers.rehearsal.firm").joinpath("data")
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(msgspec.convert(tomllib.loads(entry.read_text("utf-8")), DataFile) for entry in found)
