"""The dates of the search language: 2026-01-31, 2026-01, 2026, today, yesterday, and 7d, 2w, 3m, 1y back from now.

Invariant: text that is no date is None, never an error; days begin at midnight of the reader's zone.
"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
MOST_BACK: Final = 36_500


def period_start(text: str, *, now: int, offset: int) -> int | None:
    """The first second of the day, month or year that `text` names; None if it names none."""
    zone = timezone(timedelta(minutes=max(-1439, min(1439, offset))))
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    word = text.casefold()
    if word in {"today", "hoy"}:
        start: datetime | None = today
    elif word in {"yesterday", "ayer"}:
        start = today - timedelta(days=1)
    elif word[-1:] in DAYS and word[:-1].isascii() and word[:-1].isdigit() and len(word) < 7:
        back = int(word[:-1]) * DAYS[word[-1]]
        start = today - timedelta(days=back) if back <= MOST_BACK else None
    else:
        start = _named(word, zone)
    return None if start is None else int(start.timestamp())


def _named(word: str, zone: timezone) -> datetime | None:
    parts = word.replace("/", "-").split("-")
    if len(parts) > 3 or len(parts[0]) != 4 or not all(_number(part) for part in parts):
        return None
    year, month, day = (*(int(part) for part in parts), 1, 1)[:3]
    try:
        return datetime(year, month, day, tzinfo=zone)
    except ValueError:
        return None


def _number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 4
