"""The second and fourth steps of [C2]: whose addresses an email bears, and whose domain.

Invariant: a contact with one client gives that client; one with several gives the one that `settled` names of them,
else all, marked ambiguous ([C3]). An address that only Bcc or delivery tells decides, but is not named: it belongs to
its mailbox's members (Z16).
"""

from collections.abc import Iterable

from store.model.evidence import COMMON_ROLES
from store.model.filing import CONFIDENCE, AddressLinks, Filed, Reason
from store.model.ids import ClientKey
from store.rules.facts import Facts
from store.rules.standing import STRENGTH, Standing


def addressed(facts: Facts, st: Standing, *, settled: frozenset[ClientKey] = frozenset()) -> tuple[Filed, ...]:
    """What (2) gives, sorted by client. `settled` are the clients that the emails it answers stand for."""
    if not facts.addresses:
        return ()
    found = [filed for contact in _contacts(facts, st) for filed in _of_contact(contact, st, settled=settled)]
    return one_each(found)


def by_domain(facts: Facts, st: Standing) -> tuple[Filed, ...]:
    """What (4) gives. A domain that several clients claim is ambiguous."""
    if not facts.domains:
        return ()
    claims: dict[str, set[ClientKey]] = {}
    for domain, client in facts.domains:
        claims.setdefault(domain, set()).add(client)
    found = [
        Filed(
            client=client,
            reason=Reason.DOMAIN,
            confidence=CONFIDENCE[Reason.DOMAIN],
            address=address,
            ambiguous=len(claims[domain]) > 1,
        )
        for address in sorted(st.roles, key=lambda address: (STRENGTH[st.roles[address]], address))
        if st.roles[address] in COMMON_ROLES and (domain := address.rpartition("@")[2]) in claims
        for client in claims[domain]
    ]
    return one_each(found)


def one_each(found: Iterable[Filed]) -> tuple[Filed, ...]:
    """One filing for each client: a certain one before an ambiguous one, else the first."""
    kept: dict[ClientKey, Filed] = {}
    for filed in found:
        known = kept.get(filed.client)
        if known is None or (known.ambiguous and not filed.ambiguous):
            kept[filed.client] = filed
    return tuple(kept[client] for client in sorted(kept))


def _contacts(facts: Facts, st: Standing) -> list[list[AddressLinks]]:
    """The links that count, by contact, strongest role first within each and among them."""
    groups: dict[tuple[int, str], list[AddressLinks]] = {}
    counting = [link for link in facts.addresses if link.clients and not link.member and link.address in st.roles]
    for link in sorted(counting, key=lambda link: (STRENGTH[st.roles[link.address]], link.address)):
        group = (link.contact, "") if link.contact is not None else (-1, link.address)
        groups.setdefault(group, []).append(link)
    return list(groups.values())


def _of_contact(links: list[AddressLinks], st: Standing, *, settled: frozenset[ClientKey]) -> list[Filed]:
    clients = {client for link in links for client in link.clients}
    hit = clients & settled
    chosen = hit if len(hit) == 1 else clients
    found = []
    for client in chosen:
        address = next(link.address for link in links if client in link.clients)
        found.append(
            Filed(
                client=client,
                reason=Reason.ADDRESS,
                confidence=CONFIDENCE[Reason.ADDRESS],
                address=address if st.roles[address] in COMMON_ROLES else None,
                ambiguous=len(chosen) > 1,
            )
        )
    return found
