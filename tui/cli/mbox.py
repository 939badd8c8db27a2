"""Mbox files, read mail by mail: however long a file is, one mail of it is in memory.

A mail begins at a From_ line after an empty one. Content-Length is believed by nobody: whoever edits a file leaves it
wrong. What a mailbox program wrote into a mail for itself (Status and the like) becomes flags and goes, so that a mail
stays the same however often it was read. Must not judge what a mail says.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

MOST_MAIL_BYTES: Final = 64 << 20  # as the office takes them
LINE: Final = 64 << 10  # what is longer is read in pieces

_START: Final = b"From "
_QUOTED: Final = re.compile(rb">+From ")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE: Final = re.compile(
    rb"\b([A-Z][a-z]{2})[a-z]* +(\d{1,2}),? +(?:(\d{4}) +)?(\d{1,2}):(\d{2})(?::(\d{2}))?"
    rb"(?: +(?:([+-]\d{4})|[A-Z]{1,5}))?(?: +(\d{4}))?(?: +([+-]\d{4}))?"
)
_OWN: Final = re.compile(rb"(?i)(status|x-status|x-mozilla-status2?|x-mozilla-keys|content-length|x-uid):")
_LETTERS: Final = {"R": "\\Seen", "F": "\\Flagged", "A": "\\Answered", "D": "\\Deleted", "T": "\\Draft"}
_MOZILLA: Final = {0x1: "\\Seen", 0x2: "\\Answered", 0x4: "\\Flagged"}
_MOZILLA_GONE: Final = 0x8


class Mail(NamedTuple):
    """One mail of a file. `raw` is None where it is longer than any office takes."""

    raw: bytes | None
    flags: tuple[str, ...]
    at: int | None


def is_mbox(path: Path) -> bool:
    """Whether a file begins as an mbox does."""
    try:
        with path.open("rb") as file:
            return file.read(len(_START)) == _START
    except OSError:
        return False


def mails(path: Path) -> Iterator[Mail]:
    """All that are there; those that a program has deleted and only not yet taken out are left out."""
    with path.open("rb") as file:
        for start, raw in _cut(file):
            if raw is None:
                yield Mail(None, (), sent_at(start))
                continue
            body, flags = _without_own(raw)
            if flags is not None:
                yield Mail(body, flags, sent_at(start))


def _cut(file: BinaryIO) -> Iterator[tuple[bytes, bytes | None]]:
    """Each mail's From_ line and its bytes."""
    start = file.readline(LINE)
    dated = sent_at(start) is not None  # if the first line has a date, all have
    held, empty, fresh = _Held(), False, start.endswith(b"\n")
    while line := file.readline(LINE):
        if fresh and empty and line.startswith(_START) and (not dated or sent_at(line) is not None):
            yield start, held.whole()
            start, held = line, _Held()
        elif fresh and _QUOTED.match(line):
            held.take(line[1:])
        else:
            held.take(line)
        empty = fresh and line in (b"\n", b"\r\n")
        fresh = line.endswith(b"\n")
    yield start, held.whole()


class _Held:
    """A mail as it grows; one that grows too long is only counted on."""

    def __init__(self) -> None:
        self._raw = bytearray()
        self._too_long = False

    def take(self, line: bytes) -> None:
        if len(self._raw) + len(line) > MOST_MAIL_BYTES:
            self._too_long = True
            self._raw.clear()
        if not self._too_long:
            self._raw += line

    def whole(self) -> bytes | None:
        """Without the empty line that belongs to the file."""
        if self._too_long:
            return None
        for end in (b"\r\n\r\n", b"\n\n"):
            if self._raw.endswith(end):
                return bytes(self._raw[: -len(end) // 2])
        return bytes(self._raw)


def sent_at(line: bytes) -> int | None:
    """The date of a From_ line, as asctime writes it with or without a zone; without one it is UTC (RFC 4155)."""
    found = _DATE.search(line, len(_START))
    if found is None:
        return None
    month, day, early_year, hour, minute, second, early_zone, year, zone = (
        (one or b"").decode("ascii") for one in found.groups()
    )
    try:
        moment = datetime(
            int(year or early_year), _MONTHS.index(month.lower()) + 1, int(day), int(hour), int(minute),
            int(second or 0), tzinfo=_zone(zone or early_zone),
        )  # fmt: skip
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    if not text:
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return timezone(-offset if text[0] == "-" else offset)


def _without_own(raw: bytes) -> tuple[bytes, tuple[str, ...] | None]:
    """The mail without what its program wrote for itself, and the flags that said; None: it is deleted."""
    kept, flags, gone, own, place = list[bytes](), dict[str, None](), False, False, 0
    for line in _header_lines(raw):
        place += len(line)
        if line[:1] in (b" ", b"\t"):
            if not own:
                kept.append(line)
            continue
        found = _OWN.match(line)
        own = found is not None
        if found is None:
            kept.append(line)
            continue
        said = line[found.end() :].strip().decode("ascii", "replace")
        name = found[1].lower()
        if name in (b"status", b"x-status"):
            flags.update((_LETTERS[letter], None) for letter in said if letter in _LETTERS)
        elif name == b"x-mozilla-status":
            bits = _bits(said)
            gone |= bool(bits & _MOZILLA_GONE)
            flags.update((flag, None) for bit, flag in _MOZILLA.items() if bits & bit)
    return b"".join((*kept, raw[place:])), None if gone else tuple(flags)


def _header_lines(raw: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(raw):
        end = raw.find(b"\n", place) + 1 or len(raw)
        line = raw[place:end]
        if not line.strip(b"\r\n"):
            return
        yield line
        place = end


def _bits(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0
