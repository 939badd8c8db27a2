"""The Date field: seconds since 1970 and the zone as written. What gives no moment is None; nothing is guessed further.

It knows no clock, so that the same field means the same for ever.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        [
            "jan ene", "feb", "mar", "apr abr", "may mai", "jun", "jul", "aug ago", "sep set", "oct okt", "nov",
            "dec dic dez",
        ],
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONES: Final = {
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "BST": 60, "CET": 60, "MET": 60, "MEZ": 60, "CEST": 120, "MEST": 120, "MESZ": 120, "EET": 120, "EEST": 180,
    "WEST": 60, "MSK": 180, "IST": 330, "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
_CLOCK: Final = r"(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d{1,9})?)?(?:[ ]?(?P<pm>[AaPp][Mm])\b)?"
_ZONE: Final = r"(?:[ ]?(?:GMT|UTC)?(?P<z>[+-][ ]?\d{1,2}:?\d{2}|[A-Za-z]{1,5}))?"
_MAIL: Final = re.compile(
    r"\b(?P<d>\d{1,2})[ -](?P<mon>[A-Za-z]{3})[A-Za-z]{0,7}\.?[ -](?P<y>\d{2,4}),?[ ]" + _CLOCK + _ZONE
)
_SHORT: Final = re.compile(  # C's asctime and date(1), and the American way
    r"\b(?P<mon>[A-Za-z]{3})[A-Za-z]{0,7}\.?[ ](?P<d>\d{1,2}),?[ ](?:(?P<y1>\d{4}),?[ ])?" + _CLOCK
    + r"(?:[ ](?P<z1>[A-Za-z]{3,4}))?(?:[ ](?P<y>\d{4}))?" + _ZONE
)  # fmt: skip
_ISO: Final = re.compile(r"\b(?P<y>\d{4})-(?P<mon>\d{2})-(?P<d>\d{2})[T ]" + _CLOCK + _ZONE)
_USUAL: Final = re.compile(
    r"(?:[A-Z][a-z]{2}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-][0-9]{4})"
    r"(?: \([A-Z]{3,5}\))?"
)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_COMMENT: Final = re.compile(r"\([^()]*\)")
_MAX_LENGTH: Final = 400


class Moment(NamedTuple):
    """Seconds since 1970 in UTC, and the minutes east of it that were written."""

    seconds: int
    offset: int


def moment(text: str) -> Moment | None:
    """The moment that an unfolded Date field names."""
    if usual := _USUAL.fullmatch(text):
        day, month, year, hour, minute, second, zone = usual.groups()
        clock = (int(hour), int(minute), int(second))
        if read := _moment(int(year), _MONTHS.get(month.lower(), 0), int(day), clock, _offset(zone)):
            return read
    bare = text[:_MAX_LENGTH]
    for _ in range(3):  # comments nest
        if "(" not in bare:
            break
        bare = _COMMENT.sub(" ", bare)
    bare = " ".join(bare.split())
    for pattern in (_MAIL, _SHORT, _ISO):
        if (found := pattern.search(bare)) and (read := _read(found.groupdict())):
            return read
    return None


def _read(field: dict[str, str | None]) -> Moment | None:
    month = field["mon"] or ""
    number = int(month) if month.isdecimal() else _MONTHS.get(month.lower(), 0)
    year = _year(field["y"] or field.get("y1") or "")
    day, hour, minute, second = (int(field[key] or 0) for key in ("d", "h", "m", "s"))
    if field["pm"]:
        hour = hour % 12 + (12 if field["pm"].lower() == "pm" else 0)
    return _moment(year, number, day, (hour, minute, second), _offset(field["z"] or field.get("z1") or ""))


def _moment(year: int, month: int, day: int, clock: tuple[int, int, int], offset: int) -> Moment | None:
    hour, minute, second = clock
    if not 1900 <= year <= 9999 or hour > 24 or minute > 59 or second > 60:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    return Moment(days * 86400 + hour * 3600 + minute * 60 + second - offset * 60, offset)


def _year(text: str) -> int:
    year = int(text or 0)
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year  # RFC 5322, 4.3


@lru_cache(maxsize=256)
def _offset(zone: str) -> int:
    """Minutes east of UTC; 0 where the zone cannot be (RFC 5322, 4.3: unknown ones mean -0000)."""
    digits = zone.replace(":", "").replace(" ", "")
    if not digits[1:].isdecimal():
        return _ZONES.get(zone.upper(), 0)
    hours, minutes = int(digits[1:-2] or 0), int(digits[-2:])
    if hours > 15 or minutes > 59:
        return 0
    return (hours * 60 + minutes) * (-1 if digits[0] == "-" else 1)
