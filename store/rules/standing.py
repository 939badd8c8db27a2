"""What an email says of itself, all copies taken together: whose addresses count, who stands outside, who holds one.

Invariant: the same copies in any order stand the same. Copies in a mailbox whose never-sync list covers the email say
nothing; members' own addresses are nobody's; the worst verdict of all copies is the email's (Z16).
"""

from dataclasses import dataclass
from typing import Final

from store.model.evidence import PEOPLE_ROLES, TOLD_ROLES, Kind, Role, Verified
from store.model.ids import MailboxKey, MemberKey
from store.rules.facts import Facts

STRENGTH: Final = {role: place for place, role in enumerate(Role)}
SILENT_KINDS: Final = frozenset({Kind.BULK, Kind.AUTOMATIC, Kind.BOUNCE})  # never become suggestions ([C5])


@dataclass(frozen=True, slots=True)
class Standing:
    """`roles` gives each outside address of the copies that count its strongest role."""

    roles: dict[str, Role]
    outside: frozenset[str]  # those in From, To or Cc; of a mailing list's mail in From alone, since To may be the list
    told: frozenset[tuple[Role, str]]  # what its text says of others
    ours: bool  # a member wrote it
    muted: bool  # every copy lies where it is never to be synced
    failed: bool
    silent: bool
    insiders: frozenset[MemberKey]
    mailboxes: tuple[MailboxKey, ...]

    def sender_outside(self) -> bool:
        """Whether From is somebody outside the firm."""
        return Role.FROM in self.roles.values()


def standing(facts: Facts) -> Standing:
    """Read the copies once for all that follows."""
    members = {link.address for link in facts.addresses if link.member}
    roles: dict[str, Role] = {}
    outside: set[str] = set()
    told: set[tuple[Role, str]] = set()
    ours = False
    for copy in facts.copies:
        if copy.never_sync:
            continue
        for role, address in copy.evidence.addresses:
            if address in members:
                ours = ours or role is Role.FROM
                continue
            if role in TOLD_ROLES:
                told.add((role, address))
                continue
            if address not in roles or STRENGTH[role] < STRENGTH[roles[address]]:
                roles[address] = role
            if role is Role.FROM or (role in PEOPLE_ROLES and copy.evidence.kind is not Kind.BULK):
                outside.add(address)
    return Standing(
        roles=roles,
        outside=frozenset(outside),
        told=frozenset(told),
        ours=ours,
        muted=bool(facts.copies) and all(copy.never_sync for copy in facts.copies),
        failed=any(copy.evidence.verified is Verified.FAIL for copy in facts.copies),
        silent=any(copy.evidence.kind in SILENT_KINDS for copy in facts.copies),
        insiders=frozenset(member for copy in facts.copies for member in copy.members),
        mailboxes=tuple(sorted({copy.mailbox for copy in facts.copies})),
    )
