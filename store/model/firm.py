"""The firm's people: members with their rights, clients, contacts, and the links between contacts and clients."""

from enum import StrEnum

from store.model.ids import ClientId, ContactId, MemberId
from store.model.record import Record


class MemberRole(StrEnum):
    """[R1]. Exactly one owner."""

    OWNER = "owner"
    ADMIN = "admin"
    EMPLOYEE = "employee"


class Right(StrEnum):
    """What an employee may be given, one by one ([R1]); owner and admins have all of them."""

    VIEW_ALL_CLIENTS = "view_all_clients"
    MANAGE_CLIENTS = "manage_clients"
    SEND = "send"
    DELETE_FILED = "delete_filed"
    MANAGE_TEMPLATES = "manage_templates"
    EXPORT = "export"
    SEE_INSIGHTS = "see_insights"


class Member(Record, frozen=True, kw_only=True):
    """A person of the firm. `user` and `uid` are their login on a server (Z12); both or none. Walls are told to whoever
    manages members, never to whom they are against; `away_until` is told while it lasts.
    """

    member: MemberId
    name: str
    role: MemberRole
    rights: tuple[Right, ...] = ()
    user: str | None = None
    uid: int | None = None
    clients: tuple[ClientId, ...] = ()  # given access; owner, admins and view_all_clients see all
    walls: tuple[ClientId, ...] = ()  # denied, whatever else
    away_until: int | None = None
    deputy: MemberId | None = None  # who stands in


class Client(Record, frozen=True, kw_only=True):
    """The person, family or business the firm works for. It has no address itself."""

    client: ClientId
    name: str


class LinkedAddress(Record, frozen=True, kw_only=True):
    """One address of a contact as linked to one client, with its switches ([C1])."""

    address: str
    email_sync: bool
    notify: bool


class Contact(Record, frozen=True, kw_only=True):
    """A person with addresses; linked to any number of clients."""

    contact: ContactId
    name: str
    addresses: tuple[str, ...]
    clients: tuple[ClientId, ...] = ()


class ClientDetail(Record, frozen=True, kw_only=True):
    """A client with its contacts and their switches, and as one reader sees it. `followers` were given access,
    `access` are all who may see it, by name; `last` is when its newest email came.
    """

    client: ClientId
    name: str
    contacts: tuple[tuple[Contact, tuple[LinkedAddress, ...]], ...]
    emails: int
    threads: int
    tags: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    to_answer: int = 0
    unread: int = 0
    last: int | None = None
