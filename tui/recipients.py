"""Recipients as they are typed and shown: `Ana Olmo <ana@olmo.example>, "Ruiz, Marta" <marta@ruiz.example>`. Pure.

What is no address is told back as it was typed: nothing that a person wrote is dropped in silence.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from store.model.address import Address, HeaderText, NotAllowed, Person

_QUOTED: Final = re.compile(r'[,;:<>@"()\[\]\\.]')


class Typed(NamedTuple):
    """The people, and what is none."""

    people: tuple[Person, ...]
    wrong: tuple[str, ...]


def read(text: str) -> Typed:
    """The people that a line names, separated by commas or semicolons."""
    people: list[Person] = []
    wrong: list[str] = []
    for piece in pieces(text):
        person = _person(piece)
        if person is None:
            wrong.append(piece)
        elif person.address not in {other.address for other in people}:
            people.append(person)
    return Typed(tuple(people), tuple(wrong))


def pieces(text: str) -> Iterator[str]:
    """What stands between the separators, quotes and angle brackets respected."""
    start, quoted, angled = 0, False, False
    for place, letter in enumerate(text):
        if letter == '"' and not angled:
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "<>":
            angled = letter == "<"
        elif letter in ",;" and not angled:
            yield from _piece(text[start:place])
            start = place + 1
    yield from _piece(text[start:])


def _piece(text: str) -> Iterator[str]:
    if stripped := text.strip():
        yield stripped


def _person(piece: str) -> Person | None:
    name, sign, rest = piece.rpartition("<")
    if not sign:
        name, rest = "", piece
    try:
        address = rest.removesuffix(">").strip()
        Address(address)
        return Person(name=str(HeaderText(_bare(name))), address=address)
    except NotAllowed:
        return None


def _bare(name: str) -> str:
    stripped = name.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] == '"':
        stripped = stripped[1:-1]
    return " ".join(stripped.replace('\\"', '"').split())


def written(people: Iterable[Person]) -> str:
    """The line for these people."""
    return ", ".join(one(person) for person in people)


def one(person: Person) -> str:
    """One of them."""
    name = " ".join(person.name.replace('"', "").split())
    if not name or name == person.address:
        return person.address
    return f'"{name}" <{person.address}>' if _QUOTED.search(name) else f"{name} <{person.address}>"


def under_cursor(text: str, at: int) -> tuple[int, int]:
    """Where the piece stands that is typed at a place: from its first letter to its end."""
    start = 0
    for piece_start, piece_end in _spans(text):
        if piece_start <= at <= piece_end:
            return piece_start, piece_end
        start = piece_end
    return start, len(text)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start, quoted, angled = 0, False, False
    for place, letter in enumerate(f"{text},"):
        if letter == '"' and not angled and place < len(text):
            quoted = not quoted
        elif letter in "<>" and not quoted:
            angled = letter == "<"
        if place == len(text) or (letter in ",;" and not quoted and not angled):
            skipped = start
            while skipped < place and text[skipped] == " ":
                skipped += 1
            yield skipped, place
            start = place + 1
