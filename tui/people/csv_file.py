"""CSV as programs write it: any of four delimiters, also several in one file, quoted line ends, with a head or without.

A cell that a spreadsheet would reckon is text here. Must not guess more than which column is which.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from store.model.people import NewPerson
from tui.people.found import (
    CLIENT,
    EMAIL,
    FIRST,
    LAST,
    MOST_COLUMNS,
    MOST_FIELD,
    NAME,
    BadFile,
    Column,
    FoundPeople,
    counted,
    mapped,
    person,
)

DELIMITERS: Final = (",", ";", "\t", "|")
_LOOKED_AT: Final = 50  # rows that a delimiter is chosen by
_SAMPLE: Final = 40

Row = tuple[int, list[str]]  # the line that it begins at, and its cells

_MAIL: Final = ("mail", "correo", "courriel", "メール", "邮件", "почт")
_NOT_MAIL: Final = ("type", "label", "display", "tipo", "etiqueta", "mostrar", "list", "mailing", "status", "format")
_HEADS: Final = {
    NAME: (
        "display name", "name", "full name", "file as", "formatted name", "contact", "contact name", "person",
        "nombre completo", "nombre para mostrar", "contacto", "anzeigename", "nom complet", "nom affiché",
        "nome completo",
    ),
    FIRST: (
        "first name", "given name", "firstname", "forename", "nombre", "nombre de pila", "vorname", "prénom", "nome",
    ),
    LAST: (
        "last name", "family name", "lastname", "surname", "apellido", "apellidos", "nachname", "nom",
        "nom de famille", "cognome",
    ),
    CLIENT: ("client", "client name", "clients", "account", "account name", "cliente", "clientes", "mandant", "kunde"),
}  # fmt: skip


def read(text: str, encoding: str, mapping: Mapping[str, Sequence[str]]) -> FoundPeople:
    """Its lines, with the columns that were chosen. Raises BadFile."""
    delimiter = delimiter_of(text)
    rows = [row for row in _rows(text, delimiter) if any(cell.strip() for cell in row[1])]
    if not rows:
        return FoundPeople(format="csv", encoding=encoding, delimiter=delimiter)
    headed = _has_head(rows)
    width = max(len(cells) for _line, cells in rows)
    names = [cell.strip() for cell in rows[0][1]] if headed else []
    names += [str(place + 1) for place in range(len(names), width)]
    body = rows[1:] if headed else rows
    said = mapped(names, mapping)
    roles = {**_roles(names, body, headed=headed, but=set(mapping)), **said}
    columns = tuple(
        Column(name=name[:_SAMPLE], role=roles.get(place, ""), sample=_sample(body, place))
        for place, name in enumerate(names)
    )
    people = counted(_person(row, roles) for row in body)
    return FoundPeople(format="csv", encoding=encoding, delimiter=delimiter, columns=columns, people=people)


def delimiter_of(text: str) -> str:
    """The one that cuts the most of the first rows into the same number of cells, more than one."""
    head = "\n".join(text[: MOST_FIELD * 2].splitlines()[: _LOOKED_AT * 4])
    best, score = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _some(head, delimiter) if len(row) > 1)
        if widths:
            width, rows = max(widths.items(), key=lambda one: (one[1], one[0]))
            if (rows, width) > score:
                best, score = delimiter, (rows, width)
    return best


def _some(text: str, delimiter: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            found.append(row)
            if len(found) == _LOOKED_AT:
                break
    except csv.Error:
        pass
    return found


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    """Rows with the line that each begins at. One that this delimiter does not cut is cut by another."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise BadFile("people_file", line=line) from None
        if len(cells) > MOST_COLUMNS:
            raise BadFile("too_many_columns", most=MOST_COLUMNS, line=line)
        if any(len(cell) > MOST_FIELD for cell in cells):
            raise BadFile("people_file", line=line)
        yield line, _recut(cells, delimiter)
        line = reader.line_num + 1


def _recut(cells: list[str], delimiter: str) -> list[str]:
    if len(cells) != 1:
        return cells
    for other in DELIMITERS:
        if other != delimiter and other in cells[0] and "\n" not in cells[0]:
            found = _some(cells[0], other)
            if len(found) == 1 and len(found[0]) > 1 and any("@" in cell for cell in found[0]):
                return found[0][:MOST_COLUMNS]
    return cells


def _has_head(rows: Sequence[Row]) -> bool:
    """The first row names columns: no address stands in it, and either it says a word that we know, or the rows below
    have addresses.
    """
    first = rows[0][1]
    if any("@" in cell for cell in first):
        return False
    if any(_role_of(cell) for cell in first):
        return True
    return any("@" in cell for _line, cells in rows[1:] for cell in cells)


def _roles(names: Sequence[str], body: Sequence[Row], *, headed: bool, but: set[str]) -> dict[int, str]:
    """What each column counts for, without a person's word. Roles in `but` are a person's business."""
    found = {place: role for place, name in enumerate(names) if headed and (role := _role_of(name))}
    if EMAIL not in found.values():
        found |= dict.fromkeys(_with_addresses(body, len(names)), EMAIL)
    named = set(found.values())
    if not named & {NAME, FIRST, LAST} and (not headed or CLIENT not in named):
        place = next((at for at in range(len(names)) if at not in found and _sample(body, at)), None)
        if place is not None:
            found[place] = NAME
    if NAME not in named and FIRST in named and LAST not in named:
        found = {place: NAME if role == FIRST else role for place, role in found.items()}
    return {place: role for place, role in found.items() if role not in but}


def _role_of(head: str) -> str:
    name = " ".join(head.strip().casefold().replace("_", " ").split())
    if any(word in name for word in _MAIL) and not any(word in name for word in _NOT_MAIL):
        return EMAIL
    return next((role for role, words in _HEADS.items() if name in words), "")


def _with_addresses(body: Sequence[Row], width: int) -> list[int]:
    """Columns in which most cells that are not empty look like an address."""
    found = []
    for place in range(width):
        cells = [cells[place] for _line, cells in body[:_LOOKED_AT] if place < len(cells) and cells[place].strip()]
        if cells and sum("@" in cell for cell in cells) * 2 > len(cells):
            found.append(place)
    return found


def _sample(body: Sequence[Row], place: int) -> str:
    for _line, cells in body[:_LOOKED_AT]:
        if place < len(cells) and cells[place].strip():
            return cells[place].strip()[:_SAMPLE]
    return ""


def _person(row: Row, roles: Mapping[int, str]) -> NewPerson:
    line, cells = row
    values: dict[str, list[str]] = {}
    for place, cell in enumerate(cells):
        role = roles.get(place)
        if role and cell.strip():
            values.setdefault(role, []).append(cell)
    return person(line, values)
