"""The firm as the desk has it at hand: members with what they may see, mailboxes, and whose own each address is.

Read again after every change of people, mailboxes or rights; must not be kept beyond one.
"""

import dataclasses
from collections.abc import Iterable
from functools import cached_property

from store.model.address import base
from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.scope import Scope
from store.rules.permissions import MemberFacts, scope
from store.vault.filing_rules import KeptRule
from store.vault.firm import KeptMember
from store.vault.mailboxes import KeptMailbox
from store.vault.meta import AMBIGUOUS_AS_ALL
from store.vault.vault import Vault

SEVERAL = MemberKey(0)  # an address that several members share


class Book:
    """See the module."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @cached_property
    def members(self) -> dict[MemberKey, KeptMember]:
        return self._vault.firm.members()

    @cached_property
    def mailboxes(self) -> dict[MailboxKey, KeptMailbox]:
        return self._vault.mailboxes.all()

    @cached_property
    def owner(self) -> MemberKey:
        return next(m.member for m in self.members.values() if m.role is MemberRole.OWNER)

    @cached_property
    def managers(self) -> frozenset[MemberKey]:
        """Owner and admins."""
        return frozenset(m.member for m in self.members.values() if m.role is not MemberRole.EMPLOYEE)

    @cached_property
    def own_addresses(self) -> dict[int, MemberKey]:
        """Key of a member's own address → whose it is; of stopped mailboxes too, where nobody else has it."""
        found: dict[int, MemberKey] = {}
        for mailbox in self.mailboxes.values():
            whose = mailbox.members[0] if len(mailbox.members) == 1 else SEVERAL
            for address in mailbox.addresses:
                found[address] = whose if found.get(address, whose) == whose else SEVERAL
        return self._vault.partings.addresses() | found

    def members_of(self, mailbox: MailboxKey) -> tuple[MemberKey, ...]:
        """Nobody, of one that was stopped."""
        kept = self.mailboxes.get(mailbox)
        return () if kept is None else kept.members

    @cached_property
    def own_texts(self) -> frozenset[str]:
        return frozenset(self._vault.addresses.texts(self.own_addresses).values())

    @cached_property
    def rules(self) -> dict[MemberKey, tuple[KeptRule, ...]]:
        """Who files by rules, and those of each whose client they may see."""
        found: dict[MemberKey, list[KeptRule]] = {}
        for kept in self._vault.rules.all():
            client = self._vault.clients.resolve(kept.client)
            if kept.maker in self.scopes and self.scopes[kept.maker].allows_client(client):
                found.setdefault(kept.maker, []).append(dataclasses.replace(kept, client=client))
        return {maker: tuple(rules) for maker, rules in found.items()}

    @cached_property
    def own_bases(self) -> frozenset[str]:
        """Whom own addresses reach, however they are written."""
        return frozenset(map(base, self.own_texts))

    @cached_property
    def _members_of_address(self) -> dict[int, set[MemberKey]]:
        found: dict[int, set[MemberKey]] = {}
        for mailbox in self.mailboxes.values():
            for address in mailbox.addresses:
                found.setdefault(address, set()).update(mailbox.members)
        return found

    def members_at(self, addresses: Iterable[int]) -> tuple[MemberKey, ...]:
        """Whose own addresses these are, shared ones of everybody who shares them."""
        found: set[MemberKey] = set()
        for address in addresses:
            found |= self._members_of_address.get(address, set())
        return tuple(sorted(found))

    @cached_property
    def scopes(self) -> dict[MemberKey, Scope]:
        """What each member may see now."""
        generation = self._vault.meta.generation()
        as_all = bool(self._vault.meta.number(AMBIGUOUS_AS_ALL))
        return {member.member: scope(_facts(member, generation, as_all=as_all)) for member in self.members.values()}

    @cached_property
    def may_see(self) -> tuple[tuple[MemberKey, tuple[ClientKey, ...] | None], ...]:
        """For judging decisions: the clients each member may see, None for all."""
        return tuple(
            (key, None if seer.clients is None else tuple(sorted(seer.clients - seer.walls)))
            for key, seer in self.scopes.items()
        )

    @cached_property
    def walls(self) -> tuple[tuple[MemberKey, tuple[ClientKey, ...]], ...]:
        return tuple((key, tuple(sorted(seer.walls))) for key, seer in self.scopes.items())

    @cached_property
    def away(self) -> dict[MemberKey, tuple[int, MemberKey]]:
        """Whoever said so, also if it is over: until, deputy."""
        return {m.member: m.away for m in self.members.values() if m.away is not None}

    def followers(self, client: ClientKey) -> tuple[MemberKey, ...]:
        """Access to a client makes a member its follower ([N2])."""
        return tuple(m.member for m in self.members.values() if any(given == client for given, _ in m.access))

    def access_since(self, member: KeptMember, clients: Iterable[ClientKey]) -> int | None:
        """Since when a member may see mail of one of these clients; None if they may not."""
        seer = self.scopes[member.member]
        allowed = [client for client in clients if seer.allows_client(client)]
        if not allowed:
            return None
        if seer.clients is None:
            return member.joined_at
        return min(since for given, since in member.access if given in allowed)


def _facts(member: KeptMember, generation: int, *, as_all: bool) -> MemberFacts:
    rights: tuple[Right, ...] = member.rights
    return MemberFacts(
        member=member.member,
        generation=generation,
        role=member.role,
        rights=rights,
        clients=tuple(client for client, _ in member.access),
        walls=member.walls,
        mailboxes=member.mailboxes,
        ambiguous_as_all=as_all,
    )
