"""A mail of ours that came back ([C2] 2): its bounce is filed where it was to go.

Invariant: what a bounce says is believed only of a mail that a member wrote and that is here, by its Message-ID, and
only of somebody whom that mail went to. So nobody is filed by what a stranger thinks of.
"""

from store.model.evidence import Kind, Role
from store.model.filing import CONFIDENCE, Filed, Reason
from store.model.ids import ClientKey, EmailKey
from store.rules.facts import Facts
from store.rules.standing import Standing


def by_bounce(facts: Facts, st: Standing) -> tuple[Filed, ...]:
    """The clients whose people did not get it, the newest such mail as the source."""
    lost = {address for role, address in st.told if role is Role.FAILED}
    if not lost or st.failed or not any(copy.evidence.kind is Kind.BOUNCE for copy in facts.copies):
        return ()
    found: dict[ClientKey, Filed] = {}
    for link in sorted(facts.addresses, key=lambda link: link.address):
        sent = _sent(facts, link.address) if link.address in lost and not link.member else None
        for client in link.clients if sent is not None else ():
            found.setdefault(
                client,
                Filed(
                    client=client,
                    reason=Reason.BOUNCE,
                    confidence=CONFIDENCE[Reason.BOUNCE],
                    address=link.address,
                    source=sent,
                    ambiguous=len(link.clients) > 1,
                ),
            )
    return tuple(found[client] for client in sorted(found))


def _sent(facts: Facts, address: str) -> EmailKey | None:
    """The newest mail that a member wrote to that address."""
    to = [named.email for named in facts.named if named.ours and not named.failed and address in named.people]
    return max(to, default=None)
