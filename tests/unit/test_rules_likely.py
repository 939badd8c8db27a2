"""Which client a mail may belong to ([C5]): weighed, never applied."""

import random

from hypothesis import given
from hypothesis import strategies as st

from store.model.filing import Reason
from store.model.ids import ClientKey
from store.rules.likely import MOST, WEIGHT, Sign, Speaks, likely, ranked

A, B, C = (ClientKey(n) for n in (1, 2, 3))
SIGNS = st.lists(
    st.builds(
        Speaks,
        sign=st.sampled_from(list(Sign)),
        client=st.integers(1, 5).map(ClientKey),
        weight=st.floats(0, 10, allow_nan=False),
    ),
    max_size=20,
)


def reasons(*signs: Speaks) -> list[tuple[ClientKey, Reason]]:
    return [(filed.client, filed.reason) for filed in likely(signs, sender="ana@olmo.example")]


@given(SIGNS, st.integers())
def test_no_order_changes_anything(signs: list[Speaks], seed: int) -> None:
    mixed = list(signs)
    random.Random(seed).shuffle(mixed)
    assert ranked(mixed) == ranked(signs)


@given(SIGNS)
def test_each_sign_has_one_voice(signs: list[Speaks]) -> None:
    found = ranked(signs)
    told = {one.sign for one in signs if one.weight > 0}
    assert sum(one.score for one in found) <= sum(WEIGHT[sign] for sign in told) + 1e-6
    assert len({one.client for one in found}) == len(found)
    assert len(likely(signs, sender="x@y")) <= MOST


def test_much_mail_of_one_sort_does_not_drown_the_rest() -> None:
    found = ranked([Speaks(Sign.SENDER, A, 1.0), *(Speaks(Sign.TOGETHER, B, 9.0) for _ in range(50))])
    assert [one.client for one in found] == [A, B]


def test_a_domain_is_told_with_its_address_and_likeness_only_where_it_is_clear() -> None:
    assert reasons(Speaks(Sign.DOMAIN, A, 1.0)) == [(A, Reason.DOMAIN)]
    assert likely([Speaks(Sign.DOMAIN, A, 1.0)], sender="ana@olmo.example")[0].address == "ana@olmo.example"
    assert reasons(Speaks(Sign.LIKE, A, 1.0), Speaks(Sign.LIKE, B, 1.0), Speaks(Sign.LIKE, C, 1.0)) == []
    assert reasons(Speaks(Sign.LIKE, A, 2.0), Speaks(Sign.LIKE, B, 1.0)) == [(A, Reason.LEARNED)]
    assert reasons(Speaks(Sign.LIKE, A, 2.0), Speaks(Sign.NAME, A, 1.0)) == [(A, Reason.NAME)]


def test_what_is_suggested_is_never_as_sure_as_what_files() -> None:
    for sign in Sign:
        assert all(filed.confidence <= 40 for filed in likely([Speaks(sign, A, 1.0)], sender="x@y"))
