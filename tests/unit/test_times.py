"""What people say for a moment: words of two languages, dates, spans; never the past, never a guess."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.times import is_never, is_no_day, later

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 11, 24, 10, 20, tzinfo=MADRID)  # a Tuesday


def said(text: str, *, now: datetime = NOW) -> str | None:
    at = later(text, now=now.timestamp(), zone=MADRID)
    return None if at is None else datetime.fromtimestamp(at, MADRID).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("tomorrow", "Wed 2026-11-25 08:00"),
        ("mañana", "Wed 2026-11-25 08:00"),
        ("Tomorrow 14:30", "Wed 2026-11-25 14:30"),
        ("tomorrow at 2pm", "Wed 2026-11-25 14:00"),
        ("mañana a las 9:15", "Wed 2026-11-25 09:15"),
        ("monday", "Mon 2026-11-30 08:00"),
        ("next monday", "Mon 2026-11-30 08:00"),
        ("el lunes", "Mon 2026-11-30 08:00"),
        ("TUESDAY", "Tue 2026-12-01 08:00"),
        ("martes", "Tue 2026-12-01 08:00"),
        ("miércoles 18.30", "Wed 2026-11-25 18:30"),
        ("sábado", "Sat 2026-11-28 08:00"),
        ("weekend", "Sat 2026-11-28 08:00"),
        ("next week", "Mon 2026-11-30 08:00"),
        ("la semana que viene", "Mon 2026-11-30 08:00"),
        ("next month", "Tue 2026-12-01 08:00"),
        ("próximo mes", "Tue 2026-12-01 08:00"),
        ("2h", "Tue 2026-11-24 12:20"),
        ("45 min", "Tue 2026-11-24 11:05"),
        ("in 2 hours", "Tue 2026-11-24 12:20"),
        ("dentro de 2 horas", "Tue 2026-11-24 12:20"),
        ("3d", "Fri 2026-11-27 08:00"),
        ("3 días", "Fri 2026-11-27 08:00"),
        ("2w", "Tue 2026-12-08 08:00"),
        ("later today", "Tue 2026-11-24 14:00"),
        ("más tarde", "Tue 2026-11-24 14:00"),
        ("tonight", "Tue 2026-11-24 18:00"),
        ("esta tarde", "Tue 2026-11-24 18:00"),
        ("today 17:00", "Tue 2026-11-24 17:00"),
        ("17:00", "Tue 2026-11-24 17:00"),
        ("9:00", "Wed 2026-11-25 09:00"),
        ("8am", "Wed 2026-11-25 08:00"),
        ("12am", "Wed 2026-11-25 00:00"),
        ("31/12", "Thu 2026-12-31 08:00"),
        ("31.12.", "Thu 2026-12-31 08:00"),
        ("31/12 9:00", "Thu 2026-12-31 09:00"),
        ("31.12. 9:00", "Thu 2026-12-31 09:00"),
        ("el 31/12 a las 9:15", "Thu 2026-12-31 09:15"),
        ("on 7/1", "Thu 2027-01-07 08:00"),
        ("24/11 17:00", "Tue 2026-11-24 17:00"),
        ("29/2", "Tue 2028-02-29 08:00"),
        ("7/1/2028", "Fri 2028-01-07 08:00"),
        ("07.01.2028 18:00", "Fri 2028-01-07 18:00"),
        ("10.11", "Wed 2026-11-25 10:11"),
        ("2026-12-24", "Thu 2026-12-24 08:00"),
        ("2026-12-24 07:45", "Thu 2026-12-24 07:45"),
        ("2026-12-24T07:45", "Thu 2026-12-24 07:45"),
        ("2026-12-24T07:45:00Z", "Thu 2026-12-24 08:45"),
        ("2026-12-24T07:45:00+05:00", "Thu 2026-12-24 03:45"),
    ],
)
def test_what_is_understood(text: str, moment: str) -> None:
    assert said(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "today", "2026-11-24", "2026-11-23T10:00:00Z", "2026-13-01", "2026-02-30", "25:00", "13pm", "7",
        "0h", "9999d", "2099-01-01", "tomorrow 26:00", "monday tuesday", "x" * 5_000, "2h ago", "lunes 8", "١٢:٠٠",
        "24/11", "12/31", "31.11.", "30/2", "29/2/2027", "0/1", "1/0", "31/12/26", "12/31 9:00", "31/12/2126",
    ],
)  # fmt: skip
def test_what_is_past_far_away_or_no_moment_is_refused(text: str) -> None:
    assert said(text) is None


def test_a_day_that_no_month_has_is_known_as_such() -> None:
    for text in ("12/31", "12/31 9:00", "on 30/2", "31.11.", "29/2/2027", "0/1"):
        assert is_no_day(text), text
    for text in ("31/12", "29/2", "31.12. 9:00", "soon", "7", "1/2/3", "", "x" * 5_000):
        assert not is_no_day(text), text


def test_a_morning_is_eight_o_clock_on_either_side_of_a_change_of_the_clocks() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=MADRID)
    assert said("tomorrow", now=before) == "Sun 2026-10-25 08:00"
    assert said("tomorrow", now=datetime(2026, 3, 28, 12, 0, tzinfo=MADRID)) == "Sun 2026-03-29 08:00"


def test_without_a_zone_it_is_the_machine_s() -> None:
    now = datetime(2026, 11, 24, 10, 0, tzinfo=UTC).timestamp()
    at = later("tomorrow", now=now, zone=None)
    assert at is not None
    assert datetime.fromtimestamp(at).strftime("%H:%M") == "08:00"  # noqa: DTZ006 - the machine's own is what is asked


@pytest.mark.parametrize("text", ["none", "NONE", " never", "nunca"])
def test_no_longer(text: str) -> None:
    assert is_never(text)
    assert said(text) is None


@given(st.text(max_size=80), st.floats(0, 4e9))
def test_whatever_is_said_it_is_the_future_or_nothing(text: str, now: float) -> None:
    at = later(text, now=now, zone=UTC)
    assert at is None or now < at <= now + 11 * 366 * 86_400


@given(st.integers(1, 999), st.sampled_from("mh"), st.integers(0, 4_000_000_000))
def test_a_span_is_that_long(many: int, unit: str, now: int) -> None:
    assert later(f"{many}{unit}", now=now, zone=UTC) == now + many * (60 if unit == "m" else 3600)
