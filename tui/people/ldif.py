"""LDIF (RFC 2849) as address books write it: entries between empty lines; folded lines; values in base64.

Entries that name no person (groups, change records that delete) are passed over; a URL as a value is never opened.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from store.model.people import NewPerson
from tui.people.found import CLIENT, EMAIL, FIRST, LAST, MOST_FIELD, NAME, Column, FoundPeople, counted, person

_ENDS: Final = re.compile(r"\r*\n|\r")
_BEGINS: Final = re.compile(r"(?:version:\s*\d+|dn::?)", re.IGNORECASE)
_NO_PEOPLE: Final = frozenset({"groupofnames", "groupofuniquenames", "organizationalunit", "organization", "domain"})
_DEFAULT: Final = {
    NAME: ("displayname", "cn"),
    FIRST: ("givenname",),
    LAST: ("sn", "surname"),
    EMAIL: ("mail", "mozillasecondemail", "rfc822mailbox", "mailalternateaddress", "email", "e-mail"),
    CLIENT: (),
}
_KNOWN: Final = ("cn", "displayname", "givenname", "sn", "mail", "mozillasecondemail", "o", "ou")

Entry = tuple[int, dict[str, list[str]]]


def is_ldif(text: str) -> bool:
    """Whether its first line that says anything begins an entry."""
    for line in text[:10_000].splitlines():
        if line.strip() and not line.startswith("#"):
            return bool(_BEGINS.match(line))
    return False


def read(text: str, encoding: str, mapping: Mapping[str, Sequence[str]]) -> FoundPeople:
    """Its entries of people. Raises BadFile."""
    wanted = {**_DEFAULT, **{role: tuple(name.casefold() for name in names) for role, names in mapping.items()}}
    roles = {name: role for role, names in wanted.items() for name in names}
    samples: dict[str, str] = {}
    people = counted(_person(entry, wanted, samples) for entry in _entries(text))
    columns = tuple(
        Column(name=name, role=roles.get(name, ""), sample=samples.get(name, "")[:40])
        for name in dict.fromkeys((*_KNOWN, *roles))
        if name in samples
    )
    return FoundPeople(format="ldif", encoding=encoding, columns=columns, people=people)


def _entries(text: str) -> Iterator[Entry]:
    begun, fields = 0, dict[str, list[str]]()
    for number, line in _lines(text):
        if not line:
            if _is_person(fields):
                yield begun, fields
            begun, fields = 0, {}
            continue
        name, value = _field(line)
        if name == "version" and not fields:
            continue
        begun = begun or number
        if name and value and len(value) <= MOST_FIELD:
            fields.setdefault(name, []).append(value)
    if _is_person(fields):
        yield begun, fields


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines without comments, an empty one between entries."""
    begun, pieces = 0, list[str]()
    for number, line in enumerate(_ENDS.split(text), 1):
        if pieces and line[:1] == " ":
            pieces.append(line[1:])
            continue
        if pieces and not pieces[0].startswith("#"):
            yield begun, "".join(pieces)
        begun, pieces = number, [line]
        if not line.strip():
            yield number, ""
            pieces = []
    if pieces and not pieces[0].startswith("#"):
        yield begun, "".join(pieces)


def _field(line: str) -> tuple[str, str]:
    """The attribute without its options, and its value."""
    name, colon, value = line.partition(":")
    if not colon:
        return "", ""
    attribute = name.partition(";")[0].strip().casefold()
    if value.startswith("<"):  # a URL to read it from
        return attribute, ""
    if not value.startswith(":"):
        return attribute, value.strip()
    try:
        return attribute, base64.b64decode(value[1:].strip()).decode("utf-8", "replace").strip()
    except (ValueError, binascii.Error):
        return attribute, ""


def _is_person(fields: Mapping[str, Sequence[str]]) -> bool:
    if "dn" not in fields or fields.get("changetype", ("add",))[0].casefold() not in ("add", "modify"):
        return False
    return _NO_PEOPLE.isdisjoint(one.casefold() for one in fields.get("objectclass", ()))


def _person(entry: Entry, wanted: Mapping[str, Sequence[str]], samples: dict[str, str]) -> NewPerson:
    line, fields = entry
    for name, values in fields.items():
        samples.setdefault(name, values[0])
    return person(line, {role: [v for name in names for v in fields.get(name, ())] for role, names in wanted.items()})
