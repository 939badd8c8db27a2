"""Who may see what and do what ([R1], [R2], [C8], Z4, Z5, Z21): the one place where that is decided.

Invariant: a wall beats every role and right; unfiled and private mail is its mailbox's members' alone, whatever their
role; what a Scope hides looks like what never existed, so `may` says HIDDEN, never NOT_ALLOWED, of a hidden thing.
`visible` is the rule that the vault compiles into every query; `scope` makes what it compiles.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.record import Record
from store.model.scope import Scope

RANKS: Final = {MemberRole.OWNER: 2, MemberRole.ADMIN: 1, MemberRole.EMPLOYEE: 0}


class MemberFacts(Record, frozen=True, kw_only=True):
    """What is kept of a member that rights depend on."""

    member: MemberKey
    generation: int
    role: MemberRole
    rights: tuple[Right, ...] = ()
    clients: tuple[ClientKey, ...] = ()  # given access
    walls: tuple[ClientKey, ...] = ()
    mailboxes: tuple[MailboxKey, ...] = ()  # of which they are a member
    ambiguous_as_all: bool = False  # the firm's: an ambiguous email is seen as one that is filed with all of them


class VisibleFiling(Record, frozen=True, kw_only=True):
    """A filing as far as its being seen goes; `visible_from` ends the grace of Z3."""

    client: ClientKey
    ambiguous: bool = False
    visible_from: int = 0


class VisibleFacts(Record, frozen=True, kw_only=True):
    """What decides who sees an email: the mailboxes that hold a sighting, its filings, and whether it is private."""

    mailboxes: tuple[MailboxKey, ...] = ()
    filings: tuple[VisibleFiling, ...] = ()
    private: bool = False


class Verdict(StrEnum):
    """The answer to `may`. HIDDEN is told as "not found" (exit 3), NOT_ALLOWED as a missing right (exit 4)."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"
    HIDDEN = "hidden"


class Action(StrEnum):
    """What a member can ask to do."""

    READ = "read"  # an email, thread, client or notice
    MARK = "mark"  # read, starred: one's own
    DONE = "done"  # and reopen
    SNOOZE = "snooze"  # one's own
    ASSIGN = "assign"
    COMMENT = "comment"
    NOTE = "note"  # write down about a client that one sees
    CHANGE_SIGHTINGS = "change_sightings"  # archive, move, delete: in one's own mailboxes
    FILE = "file"  # by hand: email, thread or always
    MAKE_PRIVATE = "make_private"  # a thread, in one's own mailboxes
    UNDO = "undo"  # one's own command; judged again as what it takes back
    SEE_CLIENT = "see_client"
    MANAGE_CLIENTS = "manage_clients"  # clients, contacts
    LINK = "link"  # link, unlink, switch
    USE_MAILBOX = "use_mailbox"  # its settings, folders, audit, pause, resume, sync, sign-in
    ADD_MAILBOX = "add_mailbox"  # for `target`, or oneself
    SEE_MEMBERS = "see_members"
    ADD_MEMBER = "add_member"  # with the role `target`
    CHANGE_ACCESS = "change_access"  # clients and rights of `target`
    CHANGE_ROLE = "change_role"
    CHANGE_WALL = "change_wall"  # of `target`
    SET_AWAY = "set_away"  # of `target`: oneself, or whom one manages
    SEE_JOURNAL = "see_journal"
    SEE_ALL_SYNC = "see_all_sync"  # state, lag and error code of others' mailboxes ([S13])
    SEND = "send"
    EXPORT = "export"
    DELETE_FILED = "delete_filed"
    MANAGE_TEMPLATES = "manage_templates"
    SEE_INSIGHTS = "see_insights"
    STOP_OFFICE = "stop_office"
    SET_PROVIDER = "set_provider"  # the firm's registrations with providers
    KEEP_SECRETS = "keep_secrets"  # in another place
    SET_FIRM = "set_firm"  # what holds for everybody
    HOLD = "hold"  # a legal hold, on or off
    ERASE = "erase"  # a client


RIGHTS: Final = {
    Action.MANAGE_CLIENTS: Right.MANAGE_CLIENTS,
    Action.LINK: Right.MANAGE_CLIENTS,
    Action.SEND: Right.SEND,
    Action.EXPORT: Right.EXPORT,
    Action.DELETE_FILED: Right.DELETE_FILED,
    Action.MANAGE_TEMPLATES: Right.MANAGE_TEMPLATES,
    Action.SEE_INSIGHTS: Right.SEE_INSIGHTS,
}
FOR_MANAGERS: Final = frozenset(
    {
        Action.SEE_JOURNAL,
        Action.SEE_ALL_SYNC,
        Action.STOP_OFFICE,
        Action.SET_PROVIDER,
        Action.KEEP_SECRETS,
        Action.SET_FIRM,
        Action.HOLD,
        Action.ERASE,
    }
)
ON_MEMBERS: Final = frozenset({Action.ADD_MEMBER, Action.CHANGE_ACCESS, Action.CHANGE_WALL})
ON_OTHERS: Final = frozenset({Action.ADD_MAILBOX, Action.SET_AWAY})  # everybody may of themself


class Target(Record, frozen=True, kw_only=True):
    """The member that an action is about, or (without `member`) the role that a new one is to have."""

    role: MemberRole
    member: MemberKey | None = None


def scope(member: MemberFacts) -> Scope:
    """What one member may see and do, as data."""
    manages = member.role is not MemberRole.EMPLOYEE
    rights = frozenset(Right) if manages else frozenset(member.rights)
    return Scope(
        member=member.member,
        generation=member.generation,
        clients=None if Right.VIEW_ALL_CLIENTS in rights else frozenset(member.clients),
        walls=frozenset(member.walls),
        mailboxes=frozenset(member.mailboxes),
        rights=rights,
        manages_members=manages,
        owner=member.role is MemberRole.OWNER,
        ambiguous_as_all=member.ambiguous_as_all,
    )


def visible(seer: Scope, email: VisibleFacts, *, now: int) -> bool:
    """Whether a member sees an email: in a mailbox of theirs, or by a filing (ambiguous: with every candidate, unless
    the firm says that one is enough).

    Candidates are all clients of an email with an ambiguous filing, also one that another contact made certain.
    """
    if any(filing.client in seer.walls for filing in email.filings):
        return False
    if not seer.mailboxes.isdisjoint(email.mailboxes):
        return True
    if email.private:
        return False
    return any(
        filing.visible_from <= now
        and seer.allows_client(filing.client)
        and (not filing.ambiguous or seer.ambiguous_as_all or _all(seer, email))
        for filing in email.filings
    )


def may(
    actor: Scope,
    action: Action,
    *,
    seen: bool = True,
    clients: Iterable[ClientKey] = (),
    away_from: Iterable[ClientKey] = (),
    mailbox: MailboxKey | None = None,
    target: Target | None = None,
) -> Verdict:
    """Whether `actor` may. `seen`: what it is about is visible to them.

    `clients` are those the action names; `away_from` those whose folder an email would leave by it (Z21).
    """
    if not seen or not all(actor.allows_client(client) for client in clients):
        return Verdict.HIDDEN
    if mailbox is not None and mailbox not in actor.mailboxes:
        return Verdict.NOT_ALLOWED if actor.manages_members else Verdict.HIDDEN
    return Verdict.ALLOWED if _has_right(actor, action, set(away_from), target) else Verdict.NOT_ALLOWED


def _has_right(actor: Scope, action: Action, away_from: set[ClientKey], target: Target | None) -> bool:
    if action in RIGHTS:
        return RIGHTS[action] in actor.rights
    if action in FOR_MANAGERS:
        return actor.manages_members
    if action in ON_MEMBERS or (action in ON_OTHERS and _is_other(actor, target)):
        return _manages(actor, action, target)
    if action is Action.CHANGE_ROLE:
        return actor.owner and target is not None and target.role is not MemberRole.OWNER
    if action in (Action.FILE, Action.MAKE_PRIVATE) and away_from:
        return Right.DELETE_FILED in actor.rights and all(actor.allows_client(client) for client in away_from)
    return True


def _manages(actor: Scope, action: Action, target: Target | None) -> bool:
    """The owner manages everybody, admins only employees; nobody their own walls, and there is one owner."""
    if target is None or (action is Action.CHANGE_WALL and target.member == actor.member):
        return False
    if action is Action.ADD_MEMBER and target.role is MemberRole.OWNER:
        return False
    if actor.owner:
        return True
    return actor.manages_members and target.role is MemberRole.EMPLOYEE


def _is_other(actor: Scope, target: Target | None) -> bool:
    return target is not None and target.member != actor.member


def _all(seer: Scope, email: VisibleFacts) -> bool:
    return all(seer.allows_client(filing.client) for filing in email.filings)
