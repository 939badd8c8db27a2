"""How much of a copy is wanted, and which are let go ([S4], [S5])."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.ledger import Depth, SkipReason
from store.model.mailbox import MailboxScope
from store.rules.copying import DAY, goes_deeper, let_go, wanted_depth

SCOPES = st.sampled_from(MailboxScope)
TIMES = st.integers(0, 2_000_000_000)


@pytest.mark.parametrize(
    ("scope", "depth"),
    [(MailboxScope.WHOLE, Depth.WHOLE), (MailboxScope.HEADERS, Depth.HEADERS), (MailboxScope.CLIENTS, Depth.NOTHING)],
)
def test_of_other_mail_as_much_as_the_scope_says(scope: MailboxScope, depth: Depth) -> None:
    assert wanted_depth(scope, filed=False, asked=False) is depth


@given(SCOPES, st.booleans())
def test_filed_mail_is_wanted_whole_and_so_is_what_somebody_reads(scope: MailboxScope, filed: bool) -> None:  # noqa: FBT001 - drawn
    assert wanted_depth(scope, filed=filed, asked=not filed) is Depth.WHOLE


@given(SCOPES, st.none() | TIMES, TIMES, st.booleans())
def test_what_is_filed_or_held_is_never_let_go(
    scope: MailboxScope,
    since: int | None,
    at: int,
    filed: bool,  # noqa: FBT001 - drawn
) -> None:
    assert let_go(scope, since, internaldate=at, filed=filed, held=not filed) is None


@given(SCOPES, st.none() | TIMES, TIMES)
def test_the_rest_goes_by_scope_then_by_age(scope: MailboxScope, since: int | None, at: int) -> None:
    why = let_go(scope, since, internaldate=at, filed=False, held=False)
    if scope is MailboxScope.CLIENTS:
        assert why is SkipReason.NOT_A_CLIENT
    else:
        assert (why is SkipReason.BEFORE_HISTORY) is (since is not None and at < since - DAY)


@pytest.mark.parametrize(
    ("before", "after", "deeper"),
    [(None, None, False), (None, 5, False), (5, None, True), (5, 4, True), (5, 5, False), (4, 5, False)],
)
def test_a_history_goes_deeper_when_it_begins_earlier(before: int | None, after: int | None, *, deeper: bool) -> None:
    assert goes_deeper(before, after) is deeper
