"""The journal's hash chain ([R3]): an entry's hash covers the one before it.

Invariant: the bytes of an entry are the same wherever they are made, and no two different entries have the same bytes.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

ORIGIN: Final = b"\x00" * 32  # what the first entry follows


class Entry(NamedTuple):
    """One entry: keys and codes, never contents."""

    seq: int
    at: int
    member: int | None
    as_member: int | None
    action: str
    object: str


class Kept(NamedTuple):
    """An entry as it is kept."""

    entry: Entry
    prev: bytes
    hash: bytes


def chain(prev: bytes, entry: Entry) -> bytes:
    """The hash of an entry that follows the one whose hash is `prev`."""
    return hashlib.sha256(prev + canonical(entry)).digest()


def canonical(entry: Entry) -> bytes:
    """Each field with its length before it, so that fields cannot run into one another."""
    fields = ["" if field is None else f"={field}" for field in entry]
    return b"".join(b"%d:%s" % (len(raw), raw) for raw in (field.encode("utf-8", "surrogatepass") for field in fields))


def verify(kept: Iterable[Kept], *, after: bytes = ORIGIN, first: int = 1) -> int | None:
    """The seq of the first entry that is missing, out of place or changed; None if the chain holds."""
    prev = after
    for expected, line in enumerate(kept, first):
        if line.entry.seq != expected:
            return expected
        if line.prev != prev or line.hash != chain(prev, line.entry):
            return line.entry.seq
        prev = line.hash
    return None
