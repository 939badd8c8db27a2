"""Time zones as callers say them, and as this machine has one."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.desk.zone import FARTHEST, minutes_east
from tui.zone import own_zone

WINTER, SUMMER = 1_795_600_000, 1_783_000_000  # in November and in July of 2026


@pytest.mark.parametrize(
    ("zone", "at", "minutes"),
    [
        ("Europe/Madrid", WINTER, 60),
        ("Europe/Madrid", SUMMER, 120),
        ("America/St_Johns", WINTER, -210),
        ("+0530", WINTER, 330),
        ("-03:30", WINTER, -210),
        ("+9959", WINTER, FARTHEST),
        ("UTC", WINTER, 0),
        ("", WINTER, 0),
        ("CET", SUMMER, 120),
        ("../../etc/passwd", WINTER, 0),
        ("/etc/localtime", WINTER, 0),
        ("Nowhere/Atlantis", WINTER, 0),
        ("x" * 10_000, WINTER, 0),
        ("Europe/Madrid\0", WINTER, 0),
        ("Europe", WINTER, 0),
    ],
)
def test_a_zone_is_minutes_at_a_moment(zone: str, at: int, minutes: int) -> None:
    assert minutes_east(zone, at=at) == minutes


@given(st.text(max_size=80), st.floats())
def test_whatever_a_caller_says_it_is_an_offset_that_there_is(zone: str, at: float) -> None:
    assert -FARTHEST <= minutes_east(zone, at=at) <= FARTHEST


def test_this_machine_s_is_told_by_its_name_where_it_has_one(tmp_path: Path) -> None:
    (named := tmp_path / "usr" / "zoneinfo" / "Europe" / "Lisbon").parent.mkdir(parents=True)
    named.touch()
    (link := tmp_path / "localtime").symlink_to(named)
    offset = time.strftime("%z")
    assert own_zone({}, localtime=link) == "Europe/Lisbon"
    assert own_zone({"TZ": ":Europe/Madrid"}, localtime=link) == "Europe/Madrid"
    assert own_zone({"TZ": "CET-1CEST"}, localtime=link) == offset
    assert own_zone({"TZ": "/home/me/zone"}, localtime=link) == offset
    assert own_zone({}, localtime=tmp_path / "none") == offset
