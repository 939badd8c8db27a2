"""A firm and its mail as plain values, filed by the rules alone: the oracle for their properties, and for the vault's.

It keeps nothing but what happened (copies, links, acts); `settled` works the end out from scratch, so that no order of
arrival can matter to it. It must not know any database.
"""

import random
from dataclasses import dataclass, field, replace

from store.model.evidence import COMMON_ROLES, Evidence, Role
from store.model.filing import AddressLinks, HandDecision, Seen, Settled
from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey
from store.model.scope import Scope
from store.rules.facts import Facts, Named
from store.rules.filing import passed_on, settle
from store.rules.never_sync import covers
from store.rules.permissions import MemberFacts, VisibleFacts, VisibleFiling, scope, visible

NOW = 2_000_000_000
MAX_ROUNDS = 200


@dataclass(frozen=True)
class WorldMember:
    """A member with their own addresses."""

    member: MemberKey
    addresses: frozenset[str] = frozenset()
    role: MemberRole = MemberRole.EMPLOYEE
    rights: tuple[Right, ...] = ()
    clients: frozenset[ClientKey] = frozenset()
    walls: frozenset[ClientKey] = frozenset()


@dataclass(frozen=True)
class WorldMailbox:
    """A mailbox with its members and its never-sync list."""

    mailbox: MailboxKey
    members: tuple[MemberKey, ...]
    never_sync: tuple[str, ...] = ()


@dataclass(frozen=True)
class WorldCopy:
    """A copy of the email `email` in a mailbox. Its evidence names ids; `own_id` is its Message-ID."""

    email: EmailKey
    mailbox: MailboxKey
    own_id: str
    evidence: Evidence


@dataclass(frozen=True)
class Act:
    """A decision by hand, where it hangs: on one email, on marked emails of a thread, or on a sender's address."""

    kind: str  # email, thread, always
    decision: HandDecision
    emails: frozenset[EmailKey] = frozenset()
    address: str = ""


@dataclass
class ModelWorld:
    """What happened. Copies may be in any order, and may be there twice."""

    members: dict[MemberKey, WorldMember] = field(default_factory=dict)
    mailboxes: dict[MailboxKey, WorldMailbox] = field(default_factory=dict)
    links: dict[str, tuple[int, frozenset[ClientKey]]] = field(default_factory=dict)  # address: contact, clients
    domains: dict[str, ClientKey] = field(default_factory=dict)
    copies: list[WorldCopy] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    private: set[EmailKey] = field(default_factory=set)

    def emails(self) -> list[EmailKey]:
        """All of them, by key."""
        return sorted({copy.email for copy in self.copies})

    def settled(self, *, order: random.Random | None = None) -> dict[EmailKey, Settled]:
        """How every email ends, whatever came first."""
        passed = self._passed(order)
        return {email: settle(self.facts(email, passed)) for email in self.emails()}

    def sees(self, member: MemberKey, email: EmailKey, settled: dict[EmailKey, Settled]) -> bool:
        """Whether a member sees an email as it is filed now."""
        files = tuple(VisibleFiling(client=f.client, ambiguous=f.ambiguous) for f in settled[email].files)
        boxes = tuple({copy.mailbox for copy in self.copies if copy.email == email})
        return visible(
            self.scope(member), VisibleFacts(mailboxes=boxes, filings=files, private=email in self.private), now=NOW
        )

    def seers(self, settled: dict[EmailKey, Settled]) -> dict[EmailKey, frozenset[MemberKey]]:
        """Who sees what."""
        return {e: frozenset(m for m in self.members if self.sees(m, e, settled)) for e in self.emails()}

    def scope(self, member: MemberKey) -> Scope:
        """What a member may see."""
        who = self.members[member]
        boxes = tuple(box.mailbox for box in self.mailboxes.values() if member in box.members)
        return scope(
            MemberFacts(
                member=member,
                generation=1,
                role=who.role,
                rights=who.rights,
                clients=tuple(who.clients),
                walls=tuple(who.walls),
                mailboxes=boxes,
            )
        )

    def thread_of(self, email: EmailKey) -> set[EmailKey]:
        """The connected component over ids borne and named."""
        names: dict[EmailKey, set[str]] = {}
        for copy in self.copies:
            names.setdefault(copy.email, set()).update({copy.own_id, *copy.evidence.names})
        found = {email}
        reached = set(names[email])
        while more := {other for other, ids in names.items() if other not in found and not reached.isdisjoint(ids)}:
            found |= more
            reached.update(*(names[other] for other in more))
        return found

    def facts(self, email: EmailKey, passed: dict[EmailKey, Named]) -> Facts:
        """What the rules may know of one email, given what the others pass on."""
        copies = [copy for copy in dict.fromkeys(self.copies) if copy.email == email]
        addresses = {address for copy in copies for _, address in copy.evidence.addresses}
        senders = {a for copy in copies for role, a in copy.evidence.addresses if role is Role.FROM}
        names = {name for copy in copies for name in copy.evidence.names}
        named = sorted({c.email for c in self.copies if c.own_id in names and c.email != email})
        acts = self.acts
        scopes = [(member, self.scope(member)) for member in self.members]
        return Facts(
            email=email,
            copies=tuple(self._seen(copy) for copy in copies),
            addresses=tuple(self._links(address) for address in sorted(addresses)),
            by_hand=tuple(a.decision for a in acts if a.kind == "email" and email in a.emails),
            thread_hand=tuple(a.decision for a in acts if a.kind == "thread" and email in a.emails),
            always=tuple(a.decision for a in acts if a.kind == "always" and a.address in senders),
            named=tuple(passed.get(other, Named(email=other)) for other in named),
            private=email in self.private,
            may_see=tuple((m, None if s.clients is None else tuple(s.clients - s.walls)) for m, s in scopes),
            walls=tuple((m, tuple(s.walls)) for m, s in scopes),
            domains=tuple(item for item in self.domains.items() if any(a.endswith("@" + item[0]) for a in addresses)),
        )

    def _passed(self, order: random.Random | None) -> dict[EmailKey, Named]:
        """Settle again whatever names what changed, until nothing does: as the desk does, in any order."""
        passed: dict[EmailKey, Named] = {}
        waiting = self.emails()
        for _ in range(MAX_ROUNDS * max(1, len(waiting))):
            if not waiting:
                return passed
            email = waiting.pop(order.randrange(len(waiting)) if order else 0)
            now = passed_on(self.facts(email, passed))
            if passed.get(email) != now:
                passed[email] = now
                waiting += [other for other in self._naming(email) if other not in waiting]
        raise AssertionError("settling does not come to rest")

    def _naming(self, email: EmailKey) -> list[EmailKey]:
        ids = {copy.own_id for copy in self.copies if copy.email == email}
        return sorted({c.email for c in self.copies if not ids.isdisjoint(c.evidence.names) and c.email != email})

    def _seen(self, copy: WorldCopy) -> Seen:
        box = self.mailboxes[copy.mailbox]
        common = [a for role, a in copy.evidence.addresses if role in COMMON_ROLES and not self._own(a)]
        return Seen(
            mailbox=copy.mailbox,
            members=box.members,
            evidence=copy.evidence,
            never_sync=covers(box.never_sync, common),
        )

    def _links(self, address: str) -> AddressLinks:
        contact, clients = self.links.get(address, (None, frozenset[ClientKey]()))
        return AddressLinks(address=address, clients=tuple(sorted(clients)), contact=contact, member=self._own(address))

    def _own(self, address: str) -> bool:
        return any(address in member.addresses for member in self.members.values())


def shuffled(world: ModelWorld, chance: random.Random) -> ModelWorld:
    """The same happenings in another order, some copies twice."""
    copies = [*world.copies, *chance.sample(world.copies, k=len(world.copies) // 2)]
    acts = list(world.acts)
    chance.shuffle(copies)
    chance.shuffle(acts)
    turned = [replace(copy, evidence=turn(copy.evidence, chance)) for copy in copies]
    return replace(world, copies=turned, acts=acts)


def turn(evidence: Evidence, chance: random.Random) -> Evidence:
    """The same evidence in another order."""
    return Evidence(
        addresses=tuple(chance.sample(evidence.addresses, k=len(evidence.addresses))),
        names=tuple(chance.sample(evidence.names, k=len(evidence.names))),
        kind=evidence.kind,
        verified=evidence.verified,
    )
