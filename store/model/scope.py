"""What one member may see, as data: made by rules.permissions, compiled into every query by the vault ([R2])."""

from store.model.firm import Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.record import Record


class Scope(Record, frozen=True, kw_only=True):
    """`clients` None means all of them. A wall beats everything else. `generation` raises with every change of access,
    wall, role, membership or privacy (Z6)."""

    member: MemberKey
    generation: int
    clients: frozenset[ClientKey] | None
    walls: frozenset[ClientKey] = frozenset()
    mailboxes: frozenset[MailboxKey] = frozenset()
    rights: frozenset[Right] = frozenset()
    manages_members: bool = False
    owner: bool = False
    ambiguous_as_all: bool = False  # of an ambiguous email one candidate is enough ([C3])

    def allows_client(self, client: ClientKey) -> bool:
        """Whether this member may see that client."""
        return client not in self.walls and (self.clients is None or client in self.clients)
