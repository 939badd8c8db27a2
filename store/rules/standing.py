"""What an email says of itself, all copies taken together: whose addresses count, who stands outside, who holds one.

Invariant: the same copies in any order stand the same. Copies in a mailbox whose never-sync list covers the email say
nothing; members' own addresses are nobody's; the worst verdict of all copies is the email's (Z16).
"""

from dataclasses import dataclass
from typing import Final

from store.model.evidence import PEOPLE_ROLES, Kind, Role, Verified
from store.model.ids import MailboxKey, MemberKey
from store.rules.facts import Facts

STRENGTH: Final = {role: place for place, role in enumerate(Role)}
SILENT_KINDS: Final = frozenset({Kind.BULK, Kind.AUTOMATIC, Kind.BOUNCE})  # never become suggestions ([C5])


@dataclass(frozen=True, slots=True)
class Standing:
    """`roles` gives each outside address of the copies that count its strongest role."""

    roles: dict[str, Role]
    outside: frozenset[str]  # those in From, To or Cc
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
    for copy in facts.copies:
        if copy.never_sync:
            continue
        for role, address in copy.evidence.addresses:
            if address in members:
                continue
            if address not in roles or STRENGTH[role] < STRENGTH[roles[address]]:
                roles[address] = role
            if role in PEOPLE_ROLES:
                outside.add(address)
    return Standing(
        roles=roles,
        outside=frozenset(outside),
        muted=bool(facts.copies) and all(copy.never_sync for copy in facts.copies),
        failed=any(copy.evidence.verified is Verified.FAIL for copy in facts.copies),
        silent=any(copy.evidence.kind in SILENT_KINDS for copy in facts.copies),
        insiders=frozenset(member for copy in facts.copies for member in copy.members),
        mailboxes=tuple(sorted({copy.mailbox for copy in facts.copies})),
    )
