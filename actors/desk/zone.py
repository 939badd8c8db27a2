"""A caller's time zone, by its name (Europe/Madrid) or an offset (+0130), as minutes east of UTC at a moment.

Only minutes go on: a Date field tells no place. What is no zone is UTC.
"""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MOST: Final = 64  # characters of a name
FARTHEST: Final = 14 * 60
_OFFSET: Final = re.compile(r"([+-])(\d{2}):?([0-5]\d)", re.ASCII)


def minutes_east(zone: str, *, at: float) -> int:
    """Never an error, whatever a caller says."""
    if (offset := _OFFSET.fullmatch(zone)) is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return max(-FARTHEST, min(-minutes if offset[1] == "-" else minutes, FARTHEST))
    if not zone or len(zone) > MOST:
        return 0
    try:
        east = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return 0
    return 0 if east is None else round(east.total_seconds() / 60)
