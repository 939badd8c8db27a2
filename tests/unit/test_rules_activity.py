"""What a client's activity tells: nothing that is a member's own, and of an entry only what is seen."""

from hypothesis import given
from hypothesis import strategies as st

from store.rules.activity import KINDS, TOLD, is_told, told_about
from store.vault.queries.journal import named_in

keys = st.lists(st.integers(1, 99), max_size=5)


def test_what_is_one_s_own_is_not_told() -> None:
    for action in ("mark", "snooze", "archive", "see_notice", "set_setting", "put_draft", "send", "set_wall"):
        assert not is_told(action, "client 1")
    for word in ("mark", "snooze", "archive", "set"):
        assert not is_told("undo", f"{word}: email 1")
    assert is_told("undo", "file: email 1 to client 2")
    assert all(is_told(action, "client 1") for action in TOLD - {"undo"})


@given(st.dictionaries(st.sampled_from(KINDS), keys), st.frozensets(st.integers(1, 99)))
def test_of_an_entry_only_what_is_seen_remains(named: dict[str, list[int]], seen: frozenset[int]) -> None:
    told = named_in(told_about(named, {"client": seen, "email": seen, "thread": seen}))
    for kind, given_keys in named.items():
        shown = set(told.get(kind, ()))
        assert shown == (set(given_keys) & seen if kind in ("client", "email", "thread") else set(given_keys))
