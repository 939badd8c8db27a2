"""What is read from a file of contacts, whatever its format, and which of its fields count for what."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from store.model.errors import BadRequest
from store.model.people import NewPerson
from store.model.plain import plain
from store.model.record import Record

MOST_BYTES: Final = 64 << 20  # of a file
MOST_COLUMNS: Final = 1_000
MOST_FIELD: Final = 100_000  # characters
MOST_PEOPLE: Final = 100_000
CUT_NAME: Final = 400  # characters of a name that are handed on; the office cuts it to what it keeps
CUT_ADDRESS: Final = 400

NAME, FIRST, LAST, EMAIL, CLIENT = "name", "first", "last", "email", "client"
ROLES: Final = (NAME, FIRST, LAST, EMAIL, CLIENT)

_BETWEEN: Final = re.compile(r":::|[;,\n\r\t]|\s+(?=\S+@)")
_ANGLES: Final = re.compile(r"<([^<>]*)>")


class Column(Record, frozen=True, kw_only=True):
    """A field of the file, and what it counts for; `role` "": nothing. `sample` is the first value that it has."""

    name: str
    role: str = ""
    sample: str = ""


class FoundPeople(Record, frozen=True, kw_only=True):
    """A file as it was understood."""

    format: str  # csv, vcard, ldif
    encoding: str
    delimiter: str = ""
    columns: tuple[Column, ...] = ()
    people: tuple[NewPerson, ...] = ()


class BadFile(BadRequest):
    """A file that cannot be read. Codes: no_file (path), people_file (line), too_many_columns (most), people_format,
    people_encoding, too_long, too_many_people (most), no_column (name).
    """


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses of a field, one or several; what is none is handed on as it is, for the office to refuse."""
    found = []
    for piece in _BETWEEN.split(text):
        inner = _ANGLES.search(piece)
        bare = (inner.group(1) if inner else piece).strip().strip("'\"")
        if bare:
            found.append(bare[:CUT_ADDRESS])
    if len(found) > 1 and any("@" in one for one in found):
        found = [one for one in found if "@" in one]
    return tuple(dict.fromkeys(found))


def clients_in(text: str) -> tuple[str, ...]:
    """Clients' names in a field: one on a line, or between semicolons."""
    names = (name.strip()[:CUT_NAME] for name in re.split(r":::|[;\n\r]", text))
    return tuple(dict.fromkeys(name for name in names if name))


def person(line: int, values: Mapping[str, Sequence[str]]) -> NewPerson:
    """One line from what its fields hold, by role."""
    name = next((text.strip() for text in values.get(NAME, ()) if text.strip()), "")
    if not name:
        parts = (*values.get(FIRST, ()), *values.get(LAST, ()))
        name = " ".join(part.strip() for part in parts if part.strip())
    emails = [address for text in values.get(EMAIL, ()) for address in addresses_in(text)]
    clients = [name for text in values.get(CLIENT, ()) for name in clients_in(text)]
    return NewPerson(
        line=line, name=name[:CUT_NAME], addresses=tuple(dict.fromkeys(emails)), clients=tuple(dict.fromkeys(clients))
    )


def counted(people: Iterable[NewPerson]) -> tuple[NewPerson, ...]:
    """All of them, if they are not too many."""
    found = []
    for one in people:
        found.append(one)
        if len(found) > MOST_PEOPLE:
            raise BadFile("too_many_people", most=MOST_PEOPLE)
    return tuple(found)


def mapped(names: Sequence[str], mapping: Mapping[str, Sequence[str]]) -> dict[int, str]:
    """Place → role, as a person says: role → columns, each by its name (case ignored) or its number from 1.
    Raises BadFile: no_column.
    """
    known: dict[str, int] = {}
    for at, name in enumerate(names):
        known.setdefault(name.strip().casefold(), at)
    chosen: dict[int, str] = {}
    for role, columns in mapping.items():
        for column in columns:
            wanted = column.strip().casefold()
            place = known.get(wanted)
            if place is None and wanted.isdecimal() and wanted.isascii() and len(wanted) < 7:
                place = int(wanted) - 1
            if place is None or not 0 <= place < len(names):
                raise BadFile("no_column", name=plain(column[:80]))
            chosen[place] = role
    return chosen
