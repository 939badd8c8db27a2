"""Reads IMAP responses: raw bytes in, numbers, flags and literals out. No I/O. What breaks the grammar is Garbled."""

import calendar
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from providers.errors import Garbled
from store.model.labels import MOST_LABELS, is_label, label_of
from store.model.uidset import MAX_UID, UidSet

MAX_FLAGS: Final = 200
SHORT: Final = 200  # bytes of flags that are remembered


class Part(NamedTuple):
    """Text of a response and the literal that followed it."""

    text: bytes
    literal: bytes | None = None


class Go(NamedTuple):
    """`+`: the server waits for the next piece."""


class Untagged(NamedTuple):
    """`* …`. Of `* 12 FETCH (…)` the kind is FETCH and the text `12 (…)`."""

    kind: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> bytes:
        return self.parts[0].text


class Tagged(NamedTuple):
    """The end of a command."""

    status: str
    text: bytes
    tag: bytes = b""


class FetchItem(NamedTuple):
    """One FETCH response. `raw` is the section's bytes, None where none came; `uid` 0 where none came."""

    uid: int
    flags: tuple[str, ...] | None
    internaldate: int
    size: int
    modseq: int
    raw: bytes | None
    labels: tuple[str, ...] | None = None  # Gmail's, as store.model.labels writes them
    msgid: int = 0  # Gmail's own number of the mail


_CODE: Final = re.compile(rb"\[([A-Za-z0-9.-]+)(?: ([^\]]*))?\]")
_ITEM: Final = re.compile(
    rb' *([A-Za-z0-9.-]+(?:\[[^\]]*\])?(?:<\d+>)?) (?:(\d+)|"((?:[^"\\]|\\.)*)"|'
    rb'\(([^()"]*(?:"(?:[^"\\]|\\.)*"[^()"]*)*)\)|(NIL)|\{\d+\}\Z)',
    re.IGNORECASE | re.DOTALL,
)
_LABEL: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^\s"]+)', re.DOTALL)
_START: Final = re.compile(rb"\d+ \(")
_USUAL: Final = re.compile(  # the answer to what we ask, in the order in which we ask: one match instead of seven
    rb'\d+ \(UID (\d{1,10}) FLAGS \(([^()]*)\) INTERNALDATE "([^"\\]*)" RFC822\.SIZE (\d{1,18})'
    rb"(?: MODSEQ \((\d{1,18})\))? BODY\[[^\]]*\](?:<0>)? \{\d+\}"
)
_DATE: Final = re.compile(rb"( ?\d{1,2}-[A-Za-z]{3}-\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})")
_DAY: Final = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4})")
_MONTHS: Final = {name: n for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
_SYSTEM_FLAGS: Final = {flag.lower(): flag for flag in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")}
_NUMBER: Final = re.compile(rb"\d{1,20}")


def code_of(text: bytes) -> tuple[str, bytes]:
    """The response code and its arguments: `[UIDVALIDITY 5] …` → ("UIDVALIDITY", b"5"); without one ("", b"")."""
    found = _CODE.match(text)
    return (found[1].decode("ascii").upper(), found[2] or b"") if found else ("", b"")


def number(text: bytes, *, most: int = (1 << 63) - 1) -> int:
    """The number that a text begins with."""
    found = _NUMBER.match(text)
    if not found or (value := int(found[0])) > most:
        raise Garbled("parse")
    return value


def flags_in(text: bytes) -> tuple[str, ...]:
    """System flags in their usual spelling, keywords as sent; without "recent", which says nothing of the email."""
    return _few_flags(text) if len(text) <= SHORT else _flags(text)


@lru_cache(maxsize=256)
def _few_flags(text: bytes) -> tuple[str, ...]:
    return _flags(text)


def _flags(text: bytes) -> tuple[str, ...]:
    words = text.decode("ascii", "replace").split()[:MAX_FLAGS]
    usual = (_SYSTEM_FLAGS.get(word.lower(), word) if word[0] == "\\" else word for word in words)
    return tuple(word for word in usual if word.lower() != "\\recent" and not is_label(word))


def internal_date(text: bytes) -> int:
    """Seconds since 1970; 0 where the server wrote no date."""
    found = _DATE.fullmatch(text)
    day = _day(found[1]) if found else None
    if not found or day is None:
        return 0
    _, hour, minute, second, zone = found.groups()
    east = int(zone[1:3]) * 3600 + int(zone[3:]) * 60
    return max(0, day + int(hour) * 3600 + int(minute) * 60 + int(second) + (east if zone[:1] == b"-" else -east))


@lru_cache(maxsize=1024)
def _day(text: bytes) -> int | None:
    """A day's first second; None where there is no such day."""
    found = _DAY.fullmatch(text)
    month = _MONTHS.get(found[2].lower(), 0) if found else 0
    try:
        return calendar.timegm((int(found[3]), month, int(found[1]), 0, 0, 0)) if found and month else None
    except (ValueError, OverflowError):
        return None


def fetch_item(response: Untagged) -> FetchItem:
    """One FETCH response, attributed by what it says itself: answers to pipelined commands come in any order."""
    parts = response.parts
    if len(parts) == 2 and parts[1].text == b")" and (usual := _USUAL.fullmatch(parts[0].text)):
        uid, flags, date, size, modseq = usual.groups()
        return FetchItem(
            uid=number(uid, most=MAX_UID),
            flags=flags_in(flags),
            internaldate=internal_date(date),
            size=int(size),
            modseq=int(modseq or 0),
            raw=parts[0].literal,
        )
    return _any_item(parts)


def _any_item(parts: tuple[Part, ...]) -> FetchItem:
    uid = size = date = modseq = 0
    flags: tuple[str, ...] | None = None
    raw: bytes | None = None
    labels: tuple[str, ...] | None = None
    msgid = 0
    for name, value in _items(parts):
        if name == b"UID":
            uid = number(value or b"", most=MAX_UID)
        elif name == b"FLAGS":
            flags = flags_in(value or b"")
        elif name == b"INTERNALDATE":
            date = internal_date(value or b"")
        elif name == b"RFC822.SIZE":
            size = number(value or b"0")
        elif name == b"MODSEQ":
            modseq = number(value or b"0")
        elif name.startswith(b"BODY["):
            raw = value
        elif name == b"X-GM-LABELS":
            labels = labels_told(value or b"")
        elif name == b"X-GM-MSGID":
            msgid = number(value or b"0")
    return FetchItem(
        uid=uid, flags=flags, internaldate=date, size=size, modseq=modseq, raw=raw, labels=labels, msgid=msgid
    )


def labels_told(text: bytes) -> tuple[str, ...]:
    """Of X-GM-LABELS: names quoted or bare, without those that say what a flag says."""
    found = (match[2] or _unquoted(match[1] or b"") for match in _LABEL.finditer(text))
    names = [label_of(raw) for raw, _ in zip(found, range(MOST_LABELS), strict=False) if raw]
    return tuple(name for name in dict.fromkeys(names) if name)


def _items(parts: tuple[Part, ...]) -> Iterator[tuple[bytes, bytes | None]]:
    start = _START.match(parts[0].text)
    if not start:
        raise Garbled("parse")
    at = start.end()
    for text, literal in parts:
        end = at
        while found := _ITEM.match(text, end):
            end = found.end()
            kind = found.lastindex
            if kind == 1:
                yield found[1].upper(), literal
            elif kind == 3:
                yield found[1].upper(), _unquoted(found[3])
            else:
                yield found[1].upper(), None if kind == 5 else found[kind or 2]
        if text[end:].strip() not in (b"", b")"):
            raise Garbled("parse")
        at = 0


def _unquoted(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text, flags=re.DOTALL) if b"\\" in text else text


def uids_of_search(text: bytes) -> list[tuple[int, int]]:
    """`SEARCH 1 2 3 5 (MODSEQ 9)` as ranges."""
    ranges: list[tuple[int, int]] = []
    first = last = 0
    for found in _NUMBER.finditer(text.partition(b"(")[0]):
        uid = int(found[0])
        if not 1 <= uid <= MAX_UID:
            raise Garbled("parse")
        if uid == last + 1 and first:
            last = uid
            continue
        if first:
            ranges.append((first, last))
        first = last = uid
    return [*ranges, (first, last)] if first else ranges


def uids_of_esearch(text: bytes) -> list[tuple[int, int]]:
    """`ESEARCH (TAG "A1") UID ALL 1:3,5` as ranges: what a server announces costs one pair of numbers (Z30)."""
    found = re.search(rb"(?:^|[ )])ALL ([0-9:,]+)", text, re.IGNORECASE)
    return list(uid_set(found[1]).ranges) if found else []


def uid_set(text: bytes) -> UidSet:
    try:
        return UidSet.parse(text.decode("ascii"))
    except ValueError:
        raise Garbled("parse") from None


def uids_in_order(text: bytes, *, most: int) -> tuple[int, ...]:
    """A UID set of COPYUID with its order kept (RFC 4315, 3): empty when it names more than were asked for."""
    uids: list[int] = []
    for first, last in (_ends(part) for part in text.split(b",") if part):
        if last - first >= most - len(uids):
            return ()
        uids.extend(range(first, last + 1))
    return tuple(uids)


def _ends(part: bytes) -> tuple[int, int]:
    one, _, other = part.partition(b":")
    a = number(one, most=MAX_UID)
    b = number(other, most=MAX_UID) if other else a
    return min(a, b), max(a, b)


def status_numbers(response: Untagged) -> dict[str, int]:
    """`STATUS INBOX (MESSAGES 3 UIDNEXT 4)`."""
    found = re.search(rb"\(([^()]*)\)\s*\Z", response.parts[-1].text)
    if not found:
        raise Garbled("parse")
    words = found[1].split()
    return {
        name.decode("ascii", "replace").upper(): number(value)
        for name, value in zip(words[::2], words[1::2], strict=False)
    }
