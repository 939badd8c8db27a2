"""First clients ([C5a]): the people that the vault knows, grouped and named by the rules. Must not write."""

from collections.abc import Iterable, Sequence
from typing import Final

from store.model.views import SuggestedClient
from store.rules.suggesting import Correspondent, Together, group_of, order, own_groups, suggestion
from store.vault.queries import suggesting
from store.vault.queries.sight import Sight
from store.vault.queries.suggesting import Met

SECONDS: Final = 10.0


def suggested_clients(sight: Sight, *, limit: int) -> tuple[SuggestedClient, ...]:
    """Those whom the reader answers most come first."""
    with sight.deadline(SECONDS):
        groups = _grouped(suggesting.met(sight), colleagues=own_groups(suggesting.own_addresses(sight)))
    together = {group: _together(people) for group, people in groups.items()}
    bare = {group: [_person(each, ()) for each in people] for group, people in groups.items()}
    chosen = sorted(groups, key=lambda group: order(group, together[group], bare[group]))[:limit]
    names = suggesting.names(sight, [person for group in chosen for person in groups[group]])
    named = {group: [_person(each, names.get(each.key, ())) for each in groups[group]] for group in chosen}
    return tuple(suggestion(group, together[group], named[group]) for group in chosen)


def _grouped(people: Iterable[Met], *, colleagues: frozenset[str]) -> dict[str, list[Met]]:
    groups: dict[str, list[Met]] = {}
    for person in people:
        group = group_of(person.address)
        if group not in colleagues:
            groups.setdefault(group, []).append(person)
    return groups


def _together(people: Sequence[Met]) -> Together:
    """A mail to three of them is one; one from two of them is too rare to look for."""
    answered = len(set().union(*(person.sent_in for person in people)))
    return Together(emails=answered + sum(len(person.received_in) for person in people), answered=answered)


def _person(met: Met, names: tuple[str, ...]) -> Correspondent:
    return Correspondent(
        address=met.address, sent=len(met.sent_in), received=len(met.received_in), last=met.last, names=names
    )
