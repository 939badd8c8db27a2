"""A folder as one session knows it: the numbers it was told, and what it has yet to be told.

Sequence numbers change only when the session is told of an expunge, which must not happen during FETCH, STORE and
SEARCH by sequence number (RFC 3501, 7.4.1).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from providers.rehearsal.imap import numbers
from providers.rehearsal.imap.errors import Bad
from providers.rehearsal.imap.folder import SYSTEM_FLAGS, Folder, Message, flag_order
from providers.rehearsal.imap.numbers import Ranges


class View:
    def __init__(self, folder: Folder, *, read_only: bool, stir: Callable[[], None], end: Callable[[], None]) -> None:
        self.folder = folder
        self.read_only = read_only
        self.uids = list(folder.messages)
        self.recent: set[int] = set()
        self._stir, self._end = stir, end
        self._grown = False
        self._changed: set[int] = set()
        self._gone: set[int] = set()
        self._keywords = len(folder.keywords)
        self._claim(self.uids)
        folder.watchers.add(self)

    # what the folder tells
    def arrived(self) -> None:
        self._grown = True
        self._stir()

    def flagged(self, uid: int) -> None:
        self._changed.add(uid)
        self._stir()

    def expunged(self, uid: int) -> None:
        self._gone.add(uid)
        self._stir()

    def ended(self) -> None:
        self.close()
        self._end()

    def close(self) -> None:
        self.folder.watchers.discard(self)

    # what the session asks
    def chosen(self, ranges: Ranges, *, by_uid: bool) -> list[tuple[int, int]]:
        """(sequence number, UID) of the set's members that this session knows."""
        if by_uid:
            return [(place + 1, self.uids[place]) for place in numbers.places(ranges, self.uids)]
        count = len(self.uids)
        settled = numbers.settled(ranges, highest=count)
        if not settled or settled[0][0] < 1 or settled[-1][1] > count:
            raise Bad("Invalid messageset")
        return [(place, self.uids[place - 1]) for a, b in settled for place in range(a, b + 1)]

    def messages(self, chosen: Iterable[tuple[int, int]]) -> Iterator[tuple[int, Message]]:
        """Those that are still there, with their sequence numbers."""
        for number, uid in chosen:
            message = self.folder.messages.get(uid)
            if message is not None:
                yield number, message

    def flags(self, message: Message) -> bytes:
        return flag_list(message.flags, recent=message.uid in self.recent)

    def news(self, *, expunges: bool, uid: bool, modseq: bool, vanished: bool) -> list[bytes]:
        """The untagged answers that are due, which thereby count as told."""
        out = self.new_keywords()
        if self._gone and expunges:
            out += self._forget(vanished=vanished)
        if self._grown:
            self._grown = False
            out += self._grow()
        changed, self._changed = sorted(self._changed - self._gone), set()
        for number, message in self.messages((self._number(uid), uid) for uid in changed):
            pieces = [b"UID %d" % message.uid] if uid else []
            pieces += [b"MODSEQ (%d)" % message.modseq] if modseq else []
            out.append(b"* %d FETCH (%s)\r\n" % (number, b" ".join([*pieces, b"FLAGS " + self.flags(message)])))
        return out

    @property
    def has_news(self) -> bool:
        return bool(self._grown or self._gone or self._changed)

    def new_keywords(self) -> list[bytes]:
        return self.known_flags() if len(self.folder.keywords) != self._keywords else []

    def known_flags(self) -> list[bytes]:
        self._keywords = len(self.folder.keywords)
        words = b" ".join(word.encode("ascii") for word in (*SYSTEM_FLAGS, *self.folder.keywords.values()))
        permanent = b"()] Read-only mailbox." if self.read_only else b"(" + words + b" \\*)] Flags permitted."
        return [b"* FLAGS (" + words + b")\r\n", b"* OK [PERMANENTFLAGS " + permanent + b"\r\n"]

    def _number(self, uid: int) -> int:
        return bisect_left(self.uids, uid) + 1

    def _forget(self, *, vanished: bool) -> list[bytes]:
        """Drop what is gone, and tell it: by UIDs, or by numbers, the highest first so that they need no counting down.
        What came and went unseen is in neither.
        """
        gone, self._gone = self._gone, set()
        told = [(place, uid) for place, uid in enumerate(self.uids, 1) if uid in gone]
        self.uids = [uid for uid in self.uids if uid not in gone]
        self.recent -= gone
        if not vanished:
            return [b"* %d EXPUNGE\r\n" % number for number, _ in reversed(told)]
        return [b"* VANISHED " + numbers.compact(uid for _, uid in told) + b"\r\n"] if told else []

    def _grow(self) -> list[bytes]:
        """Learn the messages above the last one known; what came and went unseen is never told."""
        last = self.uids[-1] if self.uids else 0
        fresh = []
        for uid in reversed(self.folder.messages):
            if uid <= last:
                break
            fresh.append(uid)
        if not fresh:
            return []
        fresh.reverse()
        self.uids += fresh
        self._claim(fresh)
        return [b"* %d EXISTS\r\n" % len(self.uids), b"* %d RECENT\r\n" % len(self.recent)]

    def _claim(self, uids: list[int]) -> None:
        """The first session that hears of a message has it as recent."""
        first = self.folder.first_recent
        self.recent.update(uids[bisect_left(uids, first) :])
        if not self.read_only:
            self.folder.first_recent = max(first, self.folder.uidnext)


@lru_cache(maxsize=1024)
def flag_list(flags: frozenset[str], *, recent: bool) -> bytes:
    words = sorted(flags, key=flag_order)
    if recent:
        words.append("\\Recent")
    return b"(" + " ".join(words).encode("ascii") + b")"
