"""A file of contacts as bytes to what the office is asked: its format, its text, its lines, in batches for the wire."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from store.model.people import NewPerson, PeopleBatch
from store.model.plain import plain
from tui.people import csv_file, ldif, vcard
from tui.people.decoding import text_of
from tui.people.found import MOST_BYTES, ROLES, BadFile, FoundPeople

BATCH: Final = 2_000  # lines
BATCH_LETTERS: Final = 100_000  # characters: four bytes each, and still less than a frame


def bytes_of(path: Path) -> bytes:
    """What a file holds, a pipe too; no more is read than is taken, whatever a device or a file that grows says of its
    size. Raises BadFile: no_file, too_long.
    """
    try:
        with path.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError:
        raise BadFile("no_file", path=plain(str(path))) from None
    if len(data) > MOST_BYTES:
        raise BadFile("too_long")
    return data


def read_people(
    data: bytes, *, mapping: Mapping[str, Sequence[str]] | None = None, encoding: str | None = None
) -> FoundPeople:
    """The lines of a file. `mapping`: role (name, first, last, email, client) → columns, where the file is not
    understood by itself. Raises BadFile.
    """
    said = mapping or {}
    for role in said:
        if role not in ROLES:
            raise BadFile("no_column", name=role[:40])
    text, taken = text_of(data, encoding)
    if vcard.is_vcard(text):
        return vcard.read(text, taken, said)
    if ldif.is_ldif(text):
        return ldif.read(text, taken, said)
    return csv_file.read(text, taken, said)


async def batches(people: Sequence[NewPerson]) -> AsyncIterator[PeopleBatch]:
    """As many lines as a frame holds, one batch after the other."""
    batch: list[NewPerson] = []
    letters = 0
    for one in people:
        size = 32 + len(one.name) + sum(map(len, one.addresses)) + sum(map(len, one.clients))
        if batch and (len(batch) >= BATCH or letters + size > BATCH_LETTERS):
            yield PeopleBatch(people=tuple(batch))
            batch, letters = [], 0
        batch.append(one)
        letters += size
    if batch:
        yield PeopleBatch(people=tuple(batch))
