"""Fetching header fields and whole copies: in chunks by announced size, large copies by parts, marking nothing as read.

A chunk is one command; nothing here waits for more than one chunk's answers, so that several could be under way.
"""

from collections.abc import Iterator
from typing import Final

from providers.errors import Garbled, Refused
from providers.imap.arguments import Argument, HeaderFields, short_sets
from providers.imap.connection import Connection
from providers.imap.line import MAX_LITERAL
from providers.imap.responses import FetchItem, Untagged, fetch_item
from providers.protocols import Fetched
from store.mime.fields import HEADER_FIELDS
from store.model.uidset import UidSet

CHUNK_UIDS: Final = 500
CHUNK_BYTES: Final = 2 << 20
SMALLEST_PART: Final = 64 << 10
WIDE: Final = 50_000
MAX_UIDS: Final = 5_000_000


class Fetcher:
    """Reads copies of the selected folder."""

    def __init__(self, connection: Connection, *, modseq: bool) -> None:
        self._connection = connection
        self._selection = connection.selection
        self._about: tuple[Argument, ...] = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE")
        if modseq:
            self._about += ("MODSEQ",)

    def headers(self, uids: UidSet) -> Iterator[Fetched]:
        wanted = (*self._about, HeaderFields(HEADER_FIELDS))
        for chunk in _newest_first(self._there(uids)):
            for item in self._items(chunk, wanted):
                if item.raw is not None:
                    yield _fetched(item, item.raw, whole=False)

    def bodies(self, uids: UidSet, *, limit: int) -> Iterator[Fetched]:
        """Whole copies. Those above the limit of one literal come to nothing but an error, after all others."""
        too_large: list[FetchItem] = []
        for chunk in _newest_first(self._there(uids)):
            sized = sorted(self._items(chunk, ("UID", "RFC822.SIZE")), key=lambda item: -item.uid)
            small = [item for item in sized if item.size <= limit]
            for group in _groups(small):
                yield from self._group(group)
            for item in sized:
                if item.size > MAX_LITERAL:
                    too_large.append(item)
                elif item.size > limit:
                    yield from self._by_parts(item.uid, part=max(limit, SMALLEST_PART))
        if too_large:
            raise Refused("too_large", uid=too_large[0].uid, size=too_large[0].size)

    def _there(self, uids: UidSet) -> UidSet:
        """Of a wide set those that the folder has, a line of the server for each: a range alone costs it nothing."""
        if len(uids) <= WIDE:
            return uids
        found: list[int] = []
        for item in self._items(uids, ("UID",)):
            found.append(item.uid)
            if len(found) > MAX_UIDS:
                raise Garbled("limit")
        return UidSet.of(found)

    def _group(self, group: UidSet) -> Iterator[Fetched]:
        for item in self._items(group, (*self._about, "BODY.PEEK[]")):
            if item.raw is not None:
                yield _fetched(item, item.raw, whole=True)

    def _by_parts(self, uid: int, *, part: int) -> Iterator[Fetched]:
        """Until a part comes up short: what a server says about sizes is not always true."""
        pieces: list[bytes] = []
        first: FetchItem | None = None
        while sum(map(len, pieces)) <= MAX_LITERAL:
            wanted = ("UID", *(() if first else self._about[1:]), f"BODY.PEEK[]<{part * len(pieces)}.{part}>")
            item = next((item for item in list(self._items(UidSet.of([uid]), wanted)) if item.raw is not None), None)
            if item is None or item.raw is None:
                return  # it left the folder meanwhile
            if len(item.raw) > part:
                raise Garbled("literal")
            first = first or item
            pieces.append(item.raw)
            if len(item.raw) < part:
                yield _fetched(first, b"".join(pieces), whole=True)
                return
        raise Refused("too_large", uid=uid, size=sum(map(len, pieces)))

    def _items(self, uids: UidSet, wanted: tuple[Argument, ...]) -> Iterator[FetchItem]:
        """FETCH responses about UIDs that were asked for; others are news of a flag and come again by themselves."""
        for short in short_sets(uids):
            for response in self._connection.stream("UID", "FETCH", short, wanted, selection=self._selection):
                item = _item(response)
                if item is not None and item.uid in uids:
                    yield item


def _item(response: Untagged) -> FetchItem | None:
    return fetch_item(response) if response.kind == "FETCH" else None


def _newest_first(uids: UidSet) -> Iterator[UidSet]:
    left = uids
    while left:
        chunk = left.newest(CHUNK_UIDS)
        yield chunk
        left = left - chunk


def _groups(items: list[FetchItem]) -> Iterator[UidSet]:
    group: list[int] = []
    size = 0
    for item in items:
        if group and size + item.size > CHUNK_BYTES:
            yield UidSet.of(group)
            group, size = [], 0
        group.append(item.uid)
        size += item.size
    if group:
        yield UidSet.of(group)


def _fetched(item: FetchItem, raw: bytes, *, whole: bool) -> Fetched:
    return Fetched(
        uid=item.uid,
        raw=raw,
        whole=whole,
        flags=item.flags or (),
        internaldate=item.internaldate,
        size=item.size or (len(raw) if whole else 0),
        modseq=item.modseq,
    )
