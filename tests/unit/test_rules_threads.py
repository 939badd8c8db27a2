"""Threads are connected components, in whatever order and batches their emails come."""

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from store.model.ids import ThreadKey
from store.rules.threads import join
from tests.support.model_threads import Email, ThreadKeeper


def components(emails: Sequence[Email]) -> set[frozenset[int]]:
    """By definition, with nothing clever."""
    groups: list[tuple[set[int], set[str]]] = []
    for place, names in enumerate(emails):
        touching = [group for group in groups if not group[1].isdisjoint(names)]
        groups = [group for group in groups if group not in touching]
        groups.append(
            (
                {place}.union(*(members for members, _ in touching)),
                set(names).union(*(known for _, known in touching)),
            )
        )
    return {frozenset(members) for members, _ in groups}


ids = st.sampled_from([f"id{n}@x" for n in range(12)])
mails = st.lists(st.lists(ids, max_size=4).map(tuple), max_size=12)


@given(mails, st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_any_split_ends_in_the_same_threads(
    emails: list[Email], chance: random.Random, size: int
) -> None:
    order = list(range(len(emails)))
    chance.shuffle(order)
    single, batched = ThreadKeeper(), ThreadKeeper()
    single.one_by_one(emails, order)
    for start in range(0, len(order), size):
        batched.at_once(emails, order[start : start + size])
    assert single.components() == batched.components() == components(emails)


def test_answers_to_a_mail_that_never_came_stand_together() -> None:
    desk = ThreadKeeper()
    desk.one_by_one([("a@x", "root@x"), ("b@x", "root@x")], [0, 1])
    assert desk.components() == {frozenset({0, 1})}


def test_an_email_without_any_id_stands_alone() -> None:
    desk = ThreadKeeper()
    desk.at_once([(), ()], [0, 1])
    assert desk.components() == {frozenset({0}), frozenset({1})}


def test_the_larger_thread_is_kept_and_of_equals_the_older() -> None:
    existing = {"a": ThreadKey(7), "b": ThreadKey(3), "c": ThreadKey(5)}
    joining = join("abc", existing=existing, sizes={ThreadKey(7): 9, ThreadKey(3): 2, ThreadKey(5): 2})
    assert (joining.keep, joining.merged) == (ThreadKey(7), (ThreadKey(3), ThreadKey(5)))


def test_joining_a_long_thread_piece_by_piece_moves_little() -> None:
    """Pairs, then pairs of pairs: each name moves at most once for each doubling."""
    count = 256
    emails: list[Email] = [(f"{n}",) for n in range(count)]
    step = 1
    while step < count:
        emails += [(f"{n}", f"{n + step}") for n in range(0, count, 2 * step)]
        step *= 2
    desk = ThreadKeeper()
    desk.one_by_one(emails, range(len(emails)))
    assert len(desk.components()) == 1
    assert desk.moves <= count * 8 // 2
