"""How often a provider is asked about a device (RFC 8628, 3.5)."""

from hypothesis import given
from hypothesis import strategies as st

from providers.oauth.pacing import LONGEST, SLOWER, Pace


def test_told_to_slow_down_it_stays_slower() -> None:
    pace = Pace(5)
    pace.answered(slower=True)
    pace.answered(slower=False)
    assert pace.seconds == 10
    pace.answered(slower=True)
    assert pace.seconds == 15


def test_while_nobody_answers_it_waits_longer_and_then_as_before() -> None:
    pace = Pace(5)
    waited = []
    for _ in range(6):
        pace.unanswered()
        waited.append(pace.seconds)
    assert waited == [10, 20, 40, 60, 60, 60]
    pace.answered(slower=False)
    assert pace.seconds == 5


@given(st.floats(1, 300), st.lists(st.sampled_from(["slower", "not yet", "nobody"])))
def test_it_never_asks_sooner_than_it_was_told(interval: float, heard: list[str]) -> None:
    pace, least = Pace(interval), interval
    for what in heard:
        if what == "nobody":
            pace.unanswered()
        else:
            pace.answered(slower=what == "slower")
            least += SLOWER * (what == "slower")
        assert least <= pace.seconds <= max(LONGEST, least)
