"""SEARCH: the keys are read into one predicate, which is then asked about each message."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from providers.rehearsal.imap import numbers
from providers.rehearsal.imap.commands.gmail import read_labels
from providers.rehearsal.imap.cursor import DEEPEST, Cursor
from providers.rehearsal.imap.errors import Bad, No
from providers.rehearsal.imap.folder import Message
from providers.rehearsal.imap.labels import letter_of
from providers.rehearsal.imap.readable import bodies, field_text, folded, sent_on, texts
from providers.rehearsal.imap.session import Session
from providers.rehearsal.imap.text import read_day
from providers.rehearsal.imap.view import View

MOST_KEYS = 1_000
_RETURNS = frozenset({"MIN", "MAX", "ALL", "COUNT"})
_FLAG_KEYS = {
    "ANSWERED": "\\Answered",
    "DELETED": "\\Deleted",
    "DRAFT": "\\Draft",
    "FLAGGED": "\\Flagged",
    "SEEN": "\\Seen",
}
_FIELD_KEYS = {"BCC", "CC", "FROM", "SUBJECT", "TO"}
_DAY_KEYS: dict[str, Callable[[date, date], bool]] = {
    "BEFORE": lambda day, given: day < given,
    "ON": lambda day, given: day == given,
    "SINCE": lambda day, given: day >= given,
}


class Candidate(NamedTuple):
    number: int
    message: Message
    view: View


Test = Callable[[Candidate], bool]


async def search(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    returns = _returns(session, cursor)
    if cursor.takes(b"CHARSET ") or cursor.takes(b"charset "):
        if cursor.astring().upper() not in {b"UTF-8", b"US-ASCII"}:
            raise No("[BADCHARSET (US-ASCII UTF-8)] Unknown charset")
        cursor.space()
    reader = _Reader(session, cursor)
    test = reader.all_keys(depth=0)
    cursor.end()
    if reader.asks_modseq:
        await session.use_condstore()
    view = session.open_folder
    everything = enumerate(view.uids, 1)
    found = [one for one in view.messages(everything) if test(Candidate(one[0], one[1], view))]
    await session.untagged(_answer(session, found, returns, modseq=reader.asks_modseq))
    return b"OK Search completed."


def _returns(session: Session, cursor: Cursor) -> list[str] | None:
    if not session.can("ESEARCH") or cursor.data[cursor.at : cursor.at + 7].upper() != b"RETURN ":
        return None
    cursor.at += 7
    words = cursor.keys()
    cursor.space()
    if set(words) - _RETURNS:
        raise Bad("Unknown return options")
    return words or ["ALL"]


def _answer(session: Session, found: list[tuple[int, Message]], returns: list[str] | None, *, modseq: bool) -> bytes:
    by_uid = session.verb == "UID SEARCH"
    hits = [message.uid if by_uid else number for number, message in found]
    highest = max((message.modseq for _, message in found), default=0)
    if returns is None:
        pieces = [b"SEARCH", *(b"%d" % hit for hit in hits)]
        return b" ".join(pieces) + (b" (MODSEQ %d)" % highest if modseq and hits else b"")
    pieces = [b'ESEARCH (TAG "' + session.tag + b'")']
    pieces += [b"UID"] if by_uid else []
    if hits:
        pieces += [b"MIN %d" % hits[0]] if "MIN" in returns else []
        pieces += [b"MAX %d" % hits[-1]] if "MAX" in returns else []
        pieces += [b"ALL " + numbers.compact(hits)] if "ALL" in returns else []
    pieces += [b"COUNT %d" % len(hits)] if "COUNT" in returns else []
    pieces += [b"MODSEQ %d" % highest] if modseq and hits else []
    return b" ".join(pieces)


class _Reader:
    """Reads search keys. Depth and number are limited, since a client may send what it likes."""

    def __init__(self, session: Session, cursor: Cursor) -> None:
        self.session, self.cursor = session, cursor
        self.asks_modseq = False
        self._left = MOST_KEYS

    def all_keys(self, *, depth: int) -> Test:
        tests = [self.one(depth=depth)]
        while self.cursor.takes(b" "):
            tests.append(self.one(depth=depth))
        return tests[0] if len(tests) == 1 else lambda c: all(test(c) for test in tests)

    def one(self, *, depth: int) -> Test:
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise Bad("Too many search keys")
        cursor = self.cursor
        if cursor.takes(b"("):
            inner = self.all_keys(depth=depth + 1)
            cursor.needs(b")")
            return inner
        if cursor.data[cursor.at : cursor.at + 1] in {b"*", *(b"%d" % n for n in range(10))}:
            return self._by_number(by_uid=False)
        key = cursor.key()
        if key == "NOT":
            test = self._next(depth)
            return lambda c: not test(c)
        if key == "OR":
            one, other = self._next(depth), self._next(depth)
            return lambda c: one(c) or other(c)
        return self._named(key)

    def _next(self, depth: int) -> Test:
        self.cursor.space()
        return self.one(depth=depth + 1)

    def _named(self, key: str) -> Test:
        flag = _FLAG_KEYS.get(key.removeprefix("UN"))
        if flag:
            return _has(flag, not key.startswith("UN"))
        if key in {"KEYWORD", "UNKEYWORD"}:
            return self._keyword(wanted=key == "KEYWORD")
        if key in _FIELD_KEYS or key == "HEADER":
            name = self._argument() if key == "HEADER" else key.encode("ascii")
            return _field(name, self._text())
        if key.removeprefix("SENT") in _DAY_KEYS:
            return self._day(key)
        match key:
            case "ALL":
                return lambda _: True
            case "RECENT" | "OLD":
                return lambda c: (c.message.uid in c.view.recent) == (key == "RECENT")
            case "NEW":
                return lambda c: c.message.uid in c.view.recent and "\\Seen" not in c.message.flags
            case "LARGER" | "SMALLER":
                return self._size(larger=key == "LARGER")
            case "TEXT" | "BODY":
                return self._anywhere(bodies if key == "BODY" else texts)
            case "UID":
                self.cursor.space()
                return self._by_number(by_uid=True)
            case "X-GM-MSGID" | "X-GM-THRID" | "X-GM-LABELS" if self.session.can("X-GM-EXT-1"):
                return self._of_gmail(key)
            case "MODSEQ" if self.session.can("CONDSTORE"):
                return self._modseq()
            case _:
                raise Bad("Unknown search key")

    def _of_gmail(self, key: str) -> Test:
        self.cursor.space()
        if key == "X-GM-LABELS":
            (label,) = read_labels(self.cursor)
            return lambda c: label in letter_of(c.message).labels
        number, by_mail = self.cursor.number(), key == "X-GM-MSGID"
        return lambda c: number == (letter_of(c.message).msgid if by_mail else letter_of(c.message).thrid)

    def _argument(self) -> bytes:
        self.cursor.space()
        return self.cursor.astring()

    def _text(self) -> str:
        return folded(self._argument().decode("utf-8", "replace"))

    def _by_number(self, *, by_uid: bool) -> Test:
        ranges = numbers.parse(self.cursor.numbers())
        view = self.session.open_folder
        highest = (view.uids[-1] if view.uids else 0) if by_uid else len(view.uids)
        settled = numbers.settled(ranges, highest=highest)
        if by_uid:
            return lambda c: _within(c.message.uid, settled)
        return lambda c: _within(c.number, settled)

    def _keyword(self, *, wanted: bool) -> Test:
        low = self._argument().decode("latin-1").lower()
        return lambda c: any(flag.lower() == low for flag in c.message.flags) == wanted

    def _size(self, *, larger: bool) -> Test:
        self.cursor.space()
        size = self.cursor.number()
        if larger:
            return lambda c: len(c.message.content.raw) > size
        return lambda c: len(c.message.content.raw) < size

    def _day(self, key: str) -> Test:
        given = date(*read_day(self._argument()))
        compare = _DAY_KEYS[key.removeprefix("SENT")]
        if not key.startswith("SENT"):
            return lambda c: compare(c.message.internaldate.date(), given)

        def sent(candidate: Candidate) -> bool:
            day = sent_on(candidate.message.content)
            return day is not None and compare(day, given)

        return sent

    def _anywhere(self, read: Callable[[Message], Iterable[str]]) -> Test:
        needle = self._text()
        return lambda c: any(needle in folded(text) for text in read(c.message))

    def _modseq(self) -> Test:
        self.asks_modseq = True
        self.cursor.space()
        if self.cursor.sees(b'"'):  # an entry and its type, which change nothing here (RFC 7162, 3.1.5)
            self.cursor.string()
            self.cursor.space()
            self.cursor.key()
            self.cursor.space()
        number = self.cursor.number()
        return lambda c: c.message.modseq >= number


def _has(flag: str, wanted: bool) -> Test:  # noqa: FBT001 - a pair, not a switch
    return lambda c: (flag in c.message.flags) == wanted


def _field(name: bytes, needle: str) -> Test:
    return lambda c: any(needle in folded(text) for text in field_text(c.message, name.lower()))


def _within(number: int, settled: list[tuple[int, int]]) -> bool:
    return any(a <= number <= b for a, b in settled)
