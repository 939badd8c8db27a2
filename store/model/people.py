"""Clients and contacts as lists and pages show them, and what an import brings and does ([C1], [C6], [C7])."""

from store.model.firm import Contact, LinkedAddress
from store.model.ids import ClientId, ContactId
from store.model.record import Record
from store.model.views import ClientName


class ClientRow(Record, frozen=True, kw_only=True):
    """A client in a list, to one reader. Counts are threads that they see in its folder."""

    client: ClientId
    name: str
    tags: tuple[str, ...] = ()
    threads: int = 0
    to_answer: int = 0
    unread: int = 0
    last: int | None = None  # seconds of the newest email filed there
    followers: tuple[str, ...] = ()  # members' names


class ClientPage(Record, frozen=True, kw_only=True):
    """A window of the clients by name; `total` are all that fit."""

    rows: tuple[ClientRow, ...]
    total: int


class ContactPage(Record, frozen=True, kw_only=True):
    """A window of the contacts by name; `total` are all that fit."""

    rows: tuple[Contact, ...]
    total: int


class LinkedClient(Record, frozen=True, kw_only=True):
    """A client that a contact is linked to, with the switches of the contact's addresses there."""

    client: ClientName
    addresses: tuple[LinkedAddress, ...]


class ContactDetail(Record, frozen=True, kw_only=True):
    """A contact with its links."""

    contact: ContactId
    name: str
    addresses: tuple[str, ...]
    clients: tuple[LinkedClient, ...]


class NewPerson(Record, frozen=True, kw_only=True):
    """One line (card, entry) of a file of contacts, as its own program wrote it: nothing of it is believed yet."""

    line: int
    name: str = ""
    addresses: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()  # by name; those that are not known are made


class PeopleBatch(Record, frozen=True, kw_only=True):
    """As many of them as fit a frame."""

    people: tuple[NewPerson, ...]


class PlannedLine(Record, frozen=True, kw_only=True):
    """What becomes of one line: `made`, `joined` (to a contact that is known), `known` (adds nothing) or `refused`, and
    then why: a code of BadRequest, and what it is about.
    """

    line: int
    outcome: str
    name: str = ""
    code: str = ""
    about: str = ""


class PeopleImported(Record, frozen=True, kw_only=True):
    """What an import does, or would do. `lines` are told of a plan, and of an import those that it refused."""

    made: int = 0  # contacts
    joined: int = 0  # known contacts that got an address, a name or a client
    known: int = 0  # lines that add nothing
    refused: int = 0  # lines
    clients: int = 0  # made
    emails: int = 0  # past mail that is filed otherwise
    lines: tuple[PlannedLine, ...] = ()
    done: bool = False
    undo: str | None = None
    affected: int = 0
