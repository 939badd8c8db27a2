"""Which mail in a spam folder is worth telling ([S4a]): what a client's own address wrote and nobody says it did not.

Invariant: nothing but From counts, so that who puts a client into Cc is spam as before.
"""

from typing import Final

from store.model.evidence import Evidence, Kind, Role, Verified
from store.model.filing import AddressLinks
from store.model.ids import ClientKey

WATCHED_SECONDS: Final = 30 * 86_400  # providers empty their spam folders after as long


def sender_of(evidence: Evidence | None) -> str | None:
    """Who wrote it, if that is one address that did not fail ([C9])."""
    if evidence is None or evidence.verified is Verified.FAIL or evidence.kind is Kind.BOUNCE:
        return None
    senders = [address for role, address in evidence.addresses if role is Role.FROM]
    return senders[0] if len(senders) == 1 else None


def clients_of(link: AddressLinks | None) -> tuple[ClientKey, ...]:
    """The clients that a sender stands for."""
    return () if link is None or link.member else tuple(sorted(link.clients))
