"""Fetching as one iterator: newest first, in chunks, the next chunk asked for while one comes in."""

from collections.abc import Iterator
from typing import Final

from providers.errors import Garbled, Refused
from providers.imap.arguments import short_sets
from providers.imap.connection import Connection
from providers.imap.pipeline import Pipeline
from providers.imap.responses import fetch_item
from providers.protocols import Fetched
from store.model.uidset import UidSet
from store.rules.sync_plan import slices

CHUNK_HEADERS: Final = 500
CHUNK_COPIES: Final = 125
AT_ONCE: Final = 2
WIDE: Final = 50_000
MAX_UIDS: Final = 5_000_000


def fetched(connection: Connection, pipeline: Pipeline, uids: UidSet, *, whole: bool) -> Iterator[Fetched]:
    """The copies. Those above the limit of one literal come to nothing but an error, after all others."""
    too_large: Refused | None = None
    left = slices(there(connection, uids) if len(uids) > WIDE else uids, CHUNK_COPIES if whole else CHUNK_HEADERS)
    try:
        more = True
        while more or pipeline.under_way:
            while more and pipeline.under_way < AT_ONCE:
                chunk = next(left, None)
                more = chunk is not None
                if chunk is not None:
                    pipeline.add(chunk, whole=whole)
            if not pipeline.under_way:
                break
            arrived = pipeline.read()
            if arrived.copy is not None:
                yield arrived.copy
            elif arrived.error is not None:
                if arrived.error.code != "too_large":
                    raise arrived.error
                too_large = too_large or arrived.error
    finally:
        pipeline.abandon()
    if too_large is not None:
        raise too_large


def claims_too_much(uids: UidSet, *, exists: int) -> bool:
    """Whether a list of UIDs is not to be believed: far longer than the folder, or than any folder."""
    return len(uids) > exists + WIDE or len(uids) > MAX_UIDS


def there(connection: Connection, uids: UidSet) -> UidSet:
    """Of a wide set those that the folder has, a line of the server for each: a range alone costs it nothing."""
    found: list[int] = []
    for short in short_sets(uids):
        for response in connection.stream("UID", "FETCH", short, ("UID",)):
            item = fetch_item(response) if response.kind == "FETCH" else None
            if item is not None and item.uid in uids:
                found.append(item.uid)
            if len(found) > MAX_UIDS:
                raise Garbled("limit")
    return UidSet.of(found)
