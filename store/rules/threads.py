"""Which emails are one thread: connected components over the ids that they bear and name.

Invariant: two emails are one thread exactly if a chain of shared ids joins them, whatever the order and batches;
an id that is only named joins too, so that two answers to a mail that never came stand together. Subjects never join.
Joining takes the smaller thread into the larger, so that a thread of n emails costs n log n moves in all.

People's marks hang on emails, never on a thread: joining widens nobody's view (Z2).
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from store.model.ids import ThreadKey

Name = TypeVar("Name", bound=Hashable)  # a message id or its hash; of an email without one, a name of its own


@dataclass(frozen=True, slots=True)
class Joining:
    """The thread to keep (None: a new one) and those that go into it."""

    keep: ThreadKey | None
    merged: tuple[ThreadKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """A batch's outcome: `groups` are its threads, `group_of` the place in `groups` of each email, in their order."""

    groups: tuple[Joining, ...]
    group_of: tuple[int, ...]


def join(names: Iterable[Name], *, existing: Mapping[Name, ThreadKey], sizes: Mapping[ThreadKey, int]) -> Joining:
    """Where one email goes. `names` are the ids that it bears and names; `existing` gives the thread of each known
    name, `sizes` the number of names of each such thread.
    """
    return _chosen({existing[name] for name in names if name in existing}, sizes)


def join_all(
    emails: Sequence[Collection[Name]], *, existing: Mapping[Name, ThreadKey], sizes: Mapping[ThreadKey, int]
) -> Joined:
    """Where the emails of a batch go, each given by its names."""
    parents = list(range(len(emails)))
    first_with: dict[Hashable, int] = {}
    touched: list[set[ThreadKey]] = []
    for place, names in enumerate(emails):
        threads = {existing[name] for name in names if name in existing}
        touched.append(threads)
        for shared in (*names, *(("thread", thread) for thread in threads)):
            other = first_with.setdefault(shared, place)
            if other != place:
                parents[_root(parents, place)] = _root(parents, other)
    groups: dict[int, set[ThreadKey]] = {}
    for place, threads in enumerate(touched):
        groups.setdefault(_root(parents, place), set()).update(threads)
    order = {root: number for number, root in enumerate(groups)}
    return Joined(
        groups=tuple(_chosen(threads, sizes) for threads in groups.values()),
        group_of=tuple(order[_root(parents, place)] for place in range(len(emails))),
    )


def _chosen(threads: set[ThreadKey], sizes: Mapping[ThreadKey, int]) -> Joining:
    ranked = sorted(threads, key=lambda thread: (-sizes.get(thread, 0), thread))
    return Joining(keep=ranked[0] if ranked else None, merged=tuple(ranked[1:]))


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
