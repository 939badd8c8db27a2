"""When a mail of the demo was written, told from the moment the demo is loaded; and dates inside what it says.

Three spellings: `38w tue 10:14` (that weekday, so many calendar weeks ago, at least 2), `3b 10:14` (so many working
days ago, 1 to 5) and `25m` (minutes ago). They never overtake each other, whatever day the demo is loaded.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from providers.rehearsal.firm.words import MONTHS, QUARTERS, WEEKDAYS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKS = re.compile(r"(\d+)w (mon|tue|wed|thu|fri|sat|sun) (\d\d):(\d\d)")
_WORKING = re.compile(r"([+-]?\d+)b (\d\d):(\d\d)")
_MINUTES = re.compile(r"(\d+)m")
_PLACEHOLDER = re.compile(r"\{(\w+)(?::([+-]\d+)(b?))?\}")
_SATURDAY = 5


def moment(spelled: str, now: datetime) -> datetime:
    """The moment that `spelled` means, in the zone of `now`."""
    if match := _MINUTES.fullmatch(spelled):
        return (now - timedelta(minutes=int(match[1]))).replace(second=0, microsecond=0)
    if match := _WEEKS.fullmatch(spelled):
        monday = now.date() - timedelta(days=now.weekday())
        day = monday - timedelta(weeks=int(match[1])) + timedelta(days=DAYS.index(match[2]))
        return datetime.combine(day, time(int(match[3]), int(match[4])), now.tzinfo)
    if match := _WORKING.fullmatch(spelled):
        return datetime.combine(working_day(now.date(), -int(match[1])), time(int(match[2]), int(match[3])), now.tzinfo)
    raise ValueError(spelled)


def working_day(start: date, count: int) -> date:
    """The day `count` working days after (or, negative, before) `start`."""
    step = timedelta(days=1 if count > 0 else -1)
    day, left = start, abs(count)
    while left:
        day += step
        left -= day.weekday() < _SATURDAY
    return day


def meeting(spelled: str, written: datetime) -> datetime:
    """The moment of a meeting spelled `+3b 10:00`, from when it was written down."""
    match = _WORKING.fullmatch(spelled)
    if match is None:
        raise ValueError(spelled)
    return datetime.combine(
        working_day(written.date(), int(match[1])), time(int(match[2]), int(match[3])), written.tzinfo
    )


def fill(text: str, *, written: datetime, begun: datetime, language: str) -> str:
    """`text` with its placeholders filled in.

    Days count from the mail, months, quarters and years from the thread's first, so that a thread that runs over the
    end of a quarter goes on speaking of the same one.
    """

    def one(match: re.Match[str]) -> str:
        offset = int(match[2] or 0)
        day = written.date() + timedelta(days=offset) if not match[3] else working_day(written.date(), offset)
        return _SPELLINGS[match[1]](day, begun.date(), offset, language)

    return _PLACEHOLDER.sub(one, text)


def _month(begun: date, offset: int) -> tuple[int, int]:
    year, month = divmod(begun.year * 12 + begun.month - 1 + offset, 12)
    return year, month


def _quarter(begun: date) -> tuple[int, int]:
    """The last quarter that had ended, as (year, 0 to 3)."""
    year, month = _month(begun, -3)
    return year, month // 3


def _short(day: date, language: str) -> str:
    between = " de " if language == "es" else " "
    return f"{day.day}{between}{MONTHS[language][day.month - 1]}"


_SPELLINGS: dict[str, Callable[[date, date, int, str], str]] = {
    "date": lambda day, _, __, language: f"{WEEKDAYS[language][day.weekday()]} {_short(day, language)}",
    "short": lambda day, _, __, language: _short(day, language),
    "weekday": lambda day, _, __, language: WEEKDAYS[language][day.weekday()],
    "month": lambda _, begun, offset, language: MONTHS[language][_month(begun, offset)[1]],
    "year": lambda _, begun, offset, __: str(begun.year + offset),
    "quarter": lambda _, begun, __, language: QUARTERS[language][_quarter(begun)[1]],
    "q": lambda _, begun, __, language: ("{}T" if language == "es" else "Q{}").format(_quarter(begun)[1] + 1),
    "qyear": lambda _, begun, __, ___: str(_quarter(begun)[0]),
}
