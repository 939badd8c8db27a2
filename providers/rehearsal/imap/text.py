"""Strings and dates as IMAP writes them."""

import re
from datetime import datetime, timedelta, timezone

from providers.rehearsal.imap.errors import Bad

_PLAIN = re.compile(rb"[\x20-\x7e]{0,1000}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STAMP = re.compile(r"([ 0-3]?\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_DAY = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})")


def string(value: bytes | None) -> bytes:
    """NIL, quoted, or a literal where quoting cannot hold it."""
    if value is None:
        return b"NIL"
    if _PLAIN.fullmatch(value):
        return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return literal(value)


def literal(value: bytes) -> bytes:
    return b"{%d}\r\n" % len(value) + value


def stamp(moment: datetime) -> bytes:
    """An INTERNALDATE. Written by hand: strftime follows the locale."""
    offset = moment.utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign, size = ("-", -minutes) if minutes < 0 else ("+", minutes)
    text = (
        f"{moment.day:02d}-{_MONTHS[moment.month - 1]}-{moment.year:04d} "
        f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} {sign}{size // 60:02d}{size % 60:02d}"
    )
    return text.encode("ascii")


def read_stamp(text: bytes) -> datetime:
    match = _STAMP.fullmatch(text.decode("ascii", "replace"))
    if match is None:
        raise Bad("Invalid internal date")
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(-ahead if sign == "-" else ahead)
        return datetime(int(year), _month(month), int(day), int(hour), int(minute), int(second), tzinfo=zone)
    except ValueError as error:
        raise Bad("Invalid internal date") from error


def read_day(text: bytes) -> tuple[int, int, int]:
    """Year, month and day of a date in SEARCH."""
    match = _DAY.fullmatch(text.decode("ascii", "replace"))
    if match is None:
        raise Bad("Invalid search date parameter")
    try:
        return int(match[3]), _month(match[2]), int(match[1])
    except ValueError as error:
        raise Bad("Invalid search date parameter") from error


def _month(name: str) -> int:
    return _MONTHS.index(name.capitalize()) + 1
