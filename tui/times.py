"""When a person says: `tomorrow`, `monday 9:30`, `2h`, `mañana`, a date, RFC 3339. English and Spanish are both
understood, whatever is spoken; in numbers the day stands before its month (31/12).

Pure: now and zone come in. A `zone` of None is the machine's own. Must not guess: what is not understood is None.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from store.model.folding import folded

MORNING: Final = time(8)
EVENING: Final = time(18)
LATER_HOURS: Final = 3
MOST_YEARS: Final = 10
MOST_TEXT: Final = 60

_DAYS: Final = {
    word: number
    for number, words in enumerate(
        (
            "monday mon lunes lun",
            "tuesday tue tues martes mar",
            "wednesday wed miercoles mie",
            "thursday thu thurs jueves jue",
            "friday fri viernes vie",
            "saturday sat sabado sab weekend",
            "sunday sun domingo dom",
        )
    )
    for word in words.split()
}
_DAYS["fin de semana"] = _DAYS["weekend"]
_UNITS: Final = {
    unit: letter
    for letter, units in (
        ("m", "m min mins minute minutes minuto minutos"),
        ("h", "h hour hours hora horas"),
        ("d", "d day days dia dias"),
        ("w", "w s week weeks semana semanas"),
    )
    for unit in units.split()
}
_NEVER: Final = frozenset({"none", "never", "off", "no", "nunca", "ninguno", "nada"})
_TODAY: Final = frozenset({"today", "hoy"})
_TOMORROW: Final = frozenset({"tomorrow", "tmr", "manana"})
_LATER: Final = frozenset({"later", "later today", "mas tarde", "luego", "hoy mas tarde"})
_TONIGHT: Final = frozenset({"tonight", "evening", "this evening", "esta tarde", "esta noche"})
_NEXT_WEEK: Final = frozenset(
    {"next week", "semana que viene", "proxima semana", "semana proxima", "la semana que viene", "la proxima semana"}
)
_NEXT_MONTH: Final = frozenset(
    {"next month", "mes que viene", "proximo mes", "mes proximo", "el mes que viene", "el proximo mes"}
)
_SPAN: Final = re.compile(r"(?:in |en |dentro de )?(\d{1,4}) ?([a-z]+)", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?(am|pm|h)?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})(?:/(\d{1,2})(?:/(\d{4}))?|\.(\d{1,2})\.(\d{4})?)", re.ASCII)
_LEADS: Final = ("on ", "next ", "at ", "el ", "este ", "proximo ", "a las ", "a la ")


def is_never(text: str) -> bool:
    """Whether somebody says that it shall not be put off any longer."""
    return _folded(text) in _NEVER


def later(text: str, *, now: float, zone: tzinfo | None) -> int | None:
    """The moment in seconds since 1970; None where it is not understood, not after now, or years away."""
    if len(text) > MOST_TEXT:
        return None
    try:
        at = _moment(text, now=now, zone=zone)
    except (OverflowError, ValueError, OSError):
        return None
    return at if at is not None and now < at <= now + MOST_YEARS * 366 * 86_400 else None


def _moment(text: str, *, now: float, zone: tzinfo | None) -> int | None:
    words = _folded(text)
    today = datetime.fromtimestamp(now, zone)
    if words in _LATER:
        whole = today.replace(minute=0, second=0, microsecond=0, tzinfo=zone)
        return int(whole.timestamp()) + (LATER_HOURS + 1) * 3600
    if words in _TONIGHT:
        return _at(today.date(), EVENING, zone)
    if (span := _SPAN.fullmatch(words)) is not None and span[2] in _UNITS:
        return _after(int(span[1]), _UNITS[span[2]], now=now, today=today.date(), zone=zone)
    if (exact := _exact(text.strip())) is not None:
        return exact
    return _day_and_clock(words, today, zone)


def _after(many: int, unit: str, *, now: float, today: date, zone: tzinfo | None) -> int:
    """Minutes and hours from now; days and weeks to that day's morning."""
    if unit in "mh":
        return int(now) + many * (60 if unit == "m" else 3600)
    return _at(today + timedelta(days=many * (7 if unit == "w" else 1)), MORNING, zone)


def _exact(text: str) -> int | None:
    """RFC 3339 with its offset."""
    if not _DATE.match(text) or len(text) <= len("2026-01-01 00:00"):
        return None
    found = datetime.fromisoformat(text.replace("z", "Z"))
    return None if found.tzinfo is None else int(found.astimezone(UTC).timestamp())


def _day_and_clock(words: str, now: datetime, zone: tzinfo | None) -> int | None:
    """A day, a clock, or both; a clock alone is the next time it strikes so."""
    day = _day(_bare(words), now.date())
    if day is not None:
        return _at(day, MORNING, zone)
    head, _, tail = words.replace("t", " ", 1).rpartition(" ") if _DATE.match(words) else words.rpartition(" ")
    if tail in {"am", "pm"}:
        head, _, number = head.rpartition(" ")
        tail = number + tail
    clock = _clock(tail)
    if clock is None:
        return None
    named = _bare(head.removesuffix(" at").removesuffix(" a las").removesuffix(" a la"))
    if named in {"", "at", "a las", "a la"}:
        today = _at(now.date(), clock, zone)
        return today if today > now.timestamp() else _at(now.date() + timedelta(days=1), clock, zone)
    day = _day(named, now.date())
    return None if day is None else _at(day, clock, zone)


def _day(words: str, today: date) -> date | None:
    """A weekday is the next one after today."""
    if words in _TODAY:
        return today
    if words in _TOMORROW:
        return today + timedelta(days=1)
    if words in _NEXT_WEEK:
        return today + timedelta(days=7 - today.weekday())
    if words in _NEXT_MONTH:
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if words in _DAYS:
        return today + timedelta(days=(_DAYS[words] - today.weekday() - 1) % 7 + 1)
    if (numbers := _DAY_FIRST.fullmatch(words)) is not None:
        return _day_first(*(int(one) if one else None for one in numbers.groups()), today=today)
    return date.fromisoformat(words) if _DATE.fullmatch(words) else None


def _day_first(
    day: int | None, slash: int | None, slash_year: int | None, dot: int | None, dot_year: int | None, *, today: date
) -> date:
    """Without a year the next time that the day comes, today too. Raises ValueError where no month has it."""
    month, year = slash or dot or 0, slash_year or dot_year
    if year is not None:
        return date(year, month, day or 0)
    date(2024, month, day or 0)  # a leap year: what it lacks no year has
    for coming in range(today.year, today.year + 9):
        with suppress(ValueError):  # 29/2
            found = date(coming, month, day or 0)
            if found >= today:
                return found
    raise ValueError


def is_no_day(text: str) -> bool:
    """Whether somebody wrote day and month in numbers and there is no such day: 12/31."""
    words = _bare(_folded(text[:MOST_TEXT]))
    numbers = next((found for word in words.split() if (found := _DAY_FIRST.fullmatch(word)) is not None), None)
    if numbers is None:
        return False
    try:
        _day_first(*(int(one) if one else None for one in numbers.groups()), today=date(2024, 1, 1))
    except ValueError:
        return True
    return False


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] in {"am", "pm"}:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _at(day: date, clock: time, zone: tzinfo | None) -> int:
    return int(datetime.combine(day, clock, tzinfo=zone).timestamp())


def _bare(words: str) -> str:
    if words in _NEXT_WEEK or words in _NEXT_MONTH:
        return words
    for lead in _LEADS:
        words = words.removeprefix(lead)
    return words


def _folded(text: str) -> str:
    """Lower case, without accents, one blank between words."""
    return " ".join(folded(text).split())
