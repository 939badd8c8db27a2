"""vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), as they are found: each card by itself, whatever the others hold.

Only names, addresses and the fields that a person maps are read; pictures, keys and cards within cards are passed over.
"""

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from store.model.people import NewPerson
from tui.people.found import CLIENT, EMAIL, MOST_FIELD, NAME, BadFile, Column, FoundPeople, counted, person

_ENDS: Final = re.compile(r"\r*\n|\r+")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_PARTS: Final = re.compile(r"(?<!\\);")
_DEFAULT: Final = {NAME: ("FN",), EMAIL: ("EMAIL",), CLIENT: ()}
_KNOWN: Final = ("FN", "N", "EMAIL", "ORG", "NICKNAME", "CATEGORIES")

Line = tuple[int, str]
Property = tuple[str, dict[str, str], str]  # name, parameters, raw value


def is_vcard(text: str) -> bool:
    """Whether it begins as one."""
    return text.lstrip()[:64].upper().startswith("BEGIN:VCARD")


def read(text: str, encoding: str, mapping: Mapping[str, Sequence[str]]) -> FoundPeople:
    """Its cards. Raises BadFile."""
    wanted = {**_DEFAULT, **{role: tuple(name.upper() for name in names) for role, names in mapping.items()}}
    roles = {name: role for role, names in wanted.items() for name in names}
    samples: dict[str, str] = {}
    people = counted(_person(card, wanted, samples) for card in _cards(text))
    columns = tuple(
        Column(name=name, role=roles.get(name, ""), sample=samples.get(name, "")[:40])
        for name in dict.fromkeys((*_KNOWN, *roles))
        if name in samples or name in roles
    )
    return FoundPeople(format="vcard", encoding=encoding, columns=columns, people=people)


def _cards(text: str) -> Iterator[tuple[int, list[Property]]]:
    """Each card with the line at which it begins. One that does not end is taken up to where the text does."""
    depth, begun = 0, 0
    properties: list[Property] = []
    for number, line in unfolded(text):
        upper = line.strip().upper()
        if upper == "BEGIN:VCARD":
            depth += 1
            if depth == 1:
                begun, properties = number, []
        elif upper == "END:VCARD" and depth:
            depth -= 1
            if not depth:
                yield begun, properties
        elif depth == 1 and (found := _property(line)) is not None:
            properties.append(found)
    if depth:
        yield begun, properties


def unfolded(text: str) -> Iterator[Line]:
    """Logical lines with the number that each begins at: continued by a blank at the next one's beginning, or in
    quoted-printable by `=` at its end. Empty lines are passed over.
    """
    begun, pieces, size = 0, list[str](), 0
    soft = False
    for number, line in enumerate(_ENDS.split(text), 1):
        if pieces and soft:
            pieces[-1] = pieces[-1][:-1]
            pieces.append(line)
        elif pieces and line[:1] in (" ", "\t"):
            pieces.append(line[1:])
        else:
            if pieces:
                yield begun, "".join(pieces)
            begun, pieces, size = number, [line] if line.strip() else [], 0
        size += len(line)
        if size > MOST_FIELD * 20:  # a picture; a name of that length is nobody's
            raise BadFile("people_file", line=begun)
        soft = bool(pieces) and line.endswith("=") and "QUOTED-PRINTABLE" in pieces[0][:400].upper()
    if pieces:
        yield begun, "".join(pieces)


def _property(line: str) -> Property | None:
    """A line's name without its group, its parameters, and its value as it stands."""
    head, colon, value = _cut(line)
    if not colon:
        return None
    name, *pieces = head.split(";")
    parameters: dict[str, str] = {}
    for piece in pieces:
        key, equals, said = piece.partition("=")
        if not equals:  # 2.1 names values alone
            key, said = ("ENCODING" if key.strip().upper() in ("QUOTED-PRINTABLE", "BASE64") else "TYPE"), key
        parameters[key.strip().upper()] = said.strip().strip('"')
    return name.rpartition(".")[2].strip().upper(), parameters, value


def _cut(line: str) -> tuple[str, str, str]:
    """At the first colon that is not in quotes."""
    quoted = False
    for place, char in enumerate(line[:4_000]):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return line[:place], ":", line[place + 1 :]
    return line, "", ""


def _value(parameters: Mapping[str, str], raw: str) -> str:
    """What a value says, decoded; still with its escapes."""
    encoding = parameters.get("ENCODING", "").upper()
    if encoding not in ("QUOTED-PRINTABLE", "BASE64", "B"):
        return raw
    charset = parameters.get("CHARSET", "utf-8")
    try:
        data = quopri.decodestring(raw.encode("utf-8")) if encoding == "QUOTED-PRINTABLE" else base64.b64decode(raw)
        codecs.lookup(charset)
        return data.decode(charset, "replace")
    except (LookupError, ValueError, binascii.Error):
        return raw


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def _person(
    card: tuple[int, list[Property]], wanted: Mapping[str, Sequence[str]], samples: dict[str, str]
) -> NewPerson:
    line, properties = card
    fields: dict[str, list[str]] = {}
    for name, parameters, raw in properties:
        if name in ("PHOTO", "LOGO", "SOUND", "KEY") or len(raw) > MOST_FIELD:
            continue
        value = _value(parameters, raw)
        text = _structured(name, value)
        if text.strip():
            fields.setdefault(name, []).append(text)
            samples.setdefault(name, text)
    values = {role: [text for name in names for text in fields.get(name, ())] for role, names in wanted.items()}
    if not any(text.strip() for text in values.get(NAME, ())):
        values[NAME] = [*fields.get("N", ()), *fields.get("NICKNAME", ())]
    return person(line, values)


def _structured(name: str, value: str) -> str:
    """A name of parts as it is said: given, further and family name; of an organisation the first part."""
    if name == "N":
        parts = [_plain(part).strip() for part in _PARTS.split(value)] + [""] * 5
        return " ".join(part for part in (parts[3], parts[1], parts[2], parts[0], parts[4]) if part)
    if name == "ORG":
        return _plain(_PARTS.split(value)[0])
    return _plain(value)
