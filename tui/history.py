"""How far back mail is copied ([S5]), as a person says it. Pure: the clock comes in as an argument."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Final

from store.model.errors import BadRequest

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOST_DIGITS: Final = 9


def history_from(text: str, *, now: datetime) -> int | None:
    """'all', '12m', '2y', '90d' or a date as seconds since 1970; None is everything. Raises BadRequest."""
    if text == "all":
        return None
    try:
        since = _back(text, now) if text[-1:] in ("d", "m", "y") else datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise BadRequest("bad_value", field="--history") from None
    return max(0, int(since.timestamp()))


def _back(text: str, now: datetime) -> datetime:
    """So many days ago, or the same day so many months ago: the last one of a month that has no such day."""
    if not (text[:-1].isascii() and text[:-1].isdigit() and len(text) < MOST_DIGITS):
        raise ValueError
    count = int(text[:-1])
    if text[-1] == "d":
        return now - timedelta(days=count) if count < (now - EPOCH).days else EPOCH
    months = 12 * now.year + now.month - 1 - count * (12 if text[-1] == "y" else 1)
    year, month = months // 12, months % 12 + 1
    if year < EPOCH.year:
        return EPOCH
    return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))
