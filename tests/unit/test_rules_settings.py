"""What settings may be: what is kept is canonical, and whoever reads them always gets something that makes sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules.settings import KEYS, KNOWN, allowed, canonical, is_known, with_defaults

KEY = st.sampled_from([*KNOWN, "keys.done", "keys.go_inbox"])
VALUE = st.text(max_size=30) | st.sampled_from(["on", "OFF ", " 30", "030", "g i", "j , down", "ctrl+d", "Light"])


@given(KEY, VALUE)
def test_what_is_kept_is_kept_as_it_is(key: str, value: str) -> None:
    kept = canonical(key, value)
    assert kept is None or canonical(key, kept) == kept
    assert kept is None or with_defaults({key: kept})[key] == kept


@given(st.dictionaries(KEY | st.text(max_size=12), VALUE, max_size=6))
def test_what_makes_no_sense_is_as_it_was_at_first(own: dict[str, str]) -> None:
    settings = with_defaults(own)
    assert KNOWN.keys() <= settings.keys()
    for key, value in settings.items():
        assert is_known(key)
        assert canonical(key, value) == value
        assert value in (own.get(key), KNOWN[key].default if key in KNOWN else None)


@pytest.mark.parametrize("key", [*KNOWN, f"{KEYS}done"])
def test_what_is_said_to_be_allowed_is(key: str) -> None:
    words = allowed(key).split(" · ") if "–" not in allowed(key) else allowed(key).split("–")
    assert all(canonical(key, word) == word for word in words)
    if key in KNOWN:
        assert canonical(key, KNOWN[key].default) == KNOWN[key].default


@pytest.mark.parametrize("key", ["", "keys", "keys.", "keys.A", "keys.a b", "keys." + "a" * 41, "Theme", "keys.é"])
def test_there_is_no_such_setting(key: str) -> None:
    assert not is_known(key)
