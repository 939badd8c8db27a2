"""One folder in memory: messages by UID, their flags and modseqs, and what was expunged when.

UIDs are never used twice under one UIDVALIDITY. Every change has its own modseq, and expunged UIDs keep theirs, so
that a client can be told what vanished since. Used by the server's own thread only; it knows no sockets.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Protocol

from providers.rehearsal.imap.errors import No
from providers.rehearsal.imap.structure import Part, end_of_header, structure

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
MOST_KEYWORDS = 500
_SYSTEM = {flag.lower(): flag for flag in SYSTEM_FLAGS}
_BARE_LF = re.compile(rb"(?<!\r)\n")


class Content:
    """The bytes of a message, with CRLF, shared by all its copies."""

    __slots__ = ("_structure", "body", "raw")

    def __init__(self, raw: bytes) -> None:
        if raw.count(b"\n") != raw.count(b"\r\n"):
            raw = _BARE_LF.sub(b"\r\n", raw)
        self.raw = raw.replace(b"\x00", b"\x80")  # a literal can't hold NUL (RFC 3501, 9)
        self.body = end_of_header(self.raw, 0, len(self.raw))
        self._structure: Part | None = None

    @property
    def structure(self) -> Part:
        if self._structure is None:
            self._structure = structure(self.raw)
        return self._structure


class Message:
    __slots__ = ("content", "flags", "internaldate", "letter", "modseq", "uid")

    def __init__(
        self, uid: int, content: Content, *, flags: frozenset[str], internaldate: datetime, modseq: int
    ) -> None:
        self.uid = uid
        self.content = content
        self.flags = flags
        self.internaldate = internaldate
        self.modseq = modseq
        self.letter: object = None  # what it is one place of, in a mailbox with labels


class Watcher(Protocol):
    """A session that has the folder open, or is asked to tell of it."""

    def arrived(self) -> None: ...
    def flagged(self, uid: int) -> None: ...
    def expunged(self, uid: int) -> None: ...
    def ended(self) -> None: ...


class Folder:
    def __init__(self, name: str, *, uidvalidity: int, special_use: str = "") -> None:
        self.name = name
        self.uidvalidity = uidvalidity
        self.special_use = special_use
        self.uidnext = 1
        self.highestmodseq = 1
        self.messages: dict[int, Message] = {}  # ascending, as UIDs are given
        self.expunges: list[tuple[int, int]] = []  # (modseq, UID), ascending by modseq
        self.keywords: dict[str, str] = {}  # in lower case: as first written
        self.first_recent = 1  # no session has been told of this UID and what follows
        self.watchers: set[Watcher] = set()

    def spelled(self, flags: Iterable[str]) -> frozenset[str]:
        """The flags as this folder writes them; new keywords are learnt."""
        found = set()
        for flag in flags:
            low = flag.lower()
            if low not in _SYSTEM and low not in self.keywords:
                if len(self.keywords) >= MOST_KEYWORDS:
                    raise No("[LIMIT] Too many keywords")
                self.keywords[low] = flag
            found.add(_SYSTEM.get(low) or self.keywords[low])
        return frozenset(found)

    def add(self, content: Content, *, flags: Iterable[str], internaldate: datetime) -> Message:
        spelled = self.spelled(flags)
        self.highestmodseq += 1
        message = Message(self.uidnext, content, flags=spelled, internaldate=internaldate, modseq=self.highestmodseq)
        self.messages[message.uid] = message
        self.uidnext += 1
        for watcher in self.watchers:
            watcher.arrived()
        return message

    def flag(self, message: Message, flags: frozenset[str], *, by: Watcher | None = None) -> bool:
        """Give the message these flags; all watchers but the one that did it are told. False: it had them."""
        if message.flags == flags:
            return False
        self.highestmodseq += 1
        message.flags, message.modseq = flags, self.highestmodseq
        for watcher in self.watchers:
            if watcher is not by:
                watcher.flagged(message.uid)
        return True

    def expunge(self, uids: Iterable[int]) -> list[int]:
        gone = [uid for uid in uids if self.messages.pop(uid, None)]
        if gone:
            self.highestmodseq += 1
            self.expunges += [(self.highestmodseq, uid) for uid in gone]
        for watcher in self.watchers:
            for uid in gone:
                watcher.expunged(uid)
        return gone

    def move_out(self, uids: Iterable[int]) -> list[int]:
        """After a copy of these was made elsewhere."""
        return self.expunge(uids)

    def expunged_since(self, modseq: int) -> list[int]:
        """UIDs that went after that change, ascending."""
        first = bisect_right(self.expunges, modseq, key=itemgetter(0))
        return sorted(uid for _, uid in self.expunges[first:])

    def renew(self, uidvalidity: int) -> None:
        """A new UIDVALIDITY: all UIDs are given again from 1, and whoever has it open is cut off."""
        self.uidvalidity = uidvalidity
        kept = list(self.messages.values())
        for uid, message in enumerate(kept, 1):
            message.uid = uid
        self.messages = {message.uid: message for message in kept}
        self.uidnext = len(kept) + 1
        self.first_recent = self.uidnext
        self.expunges.clear()
        self.close()

    def close(self) -> None:
        for watcher in tuple(self.watchers):
            watcher.ended()

    def count(self, *, without: str) -> int:
        return sum(1 for message in self.messages.values() if without not in message.flags)


def flag_order(flag: str) -> tuple[int, str]:
    """System flags first, in the standard's order."""
    return (SYSTEM_FLAGS.index(flag), "") if flag in SYSTEM_FLAGS else (len(SYSTEM_FLAGS), flag)


def known_flag(flag: str) -> bool:
    """A keyword, or a system flag that a client may set."""
    return not flag.startswith("\\") or flag.lower() in _SYSTEM
