"""What may stand in a draft: cleaned once, before anything is kept, so that whatever is kept can be sent.

Must not look at the vault: whose address From is, and who may write to whom, is judged by the commands.
"""

import re
from collections.abc import Iterable
from typing import Final

from store.mime.names import file_name
from store.model.address import Address, HeaderText, Person
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest
from store.model.outbox import Answering, Draft
from store.model.plain import plain

MOST_TEXT: Final = 500_000  # bytes of UTF-8
MOST_SUBJECT: Final = 1_000
MOST_NAME: Final = 200
MOST_RECIPIENTS: Final = 1_000
MOST_PARTS: Final = 100
OTHER_TYPE: Final = "application/octet-stream"

_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,90}", re.ASCII)
_NOT_WHOLE: Final = ("multipart/", "message/")  # what is in them would have to be judged as mail


def clean(draft: Draft) -> Draft:
    """The draft as it is kept. Raises BadRequest: bad_address, too_long, too_many_recipients."""
    if len(draft.text.encode("utf-8", "replace")) > MOST_TEXT or len(draft.subject) > MOST_SUBJECT:
        raise BadRequest("too_long")
    if len(draft.to) + len(draft.cc) + len(draft.bcc) > MOST_RECIPIENTS:
        raise BadRequest("too_many_recipients", most=MOST_RECIPIENTS)
    known: set[str] = set()
    return Draft(
        from_=address(draft.from_),
        to=_people(draft.to, known),
        cc=_people(draft.cc, known),
        bcc=_people(draft.bcc, known),
        subject=line(draft.subject),
        text=draft.text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""),
        how=draft.how if draft.answers is not None else Answering.NEW,
        answers=draft.answers,
        plain=draft.plain,
        signature=draft.signature,
    )


def address(text: str) -> str:
    """An address in the form that is compared."""
    try:
        return str(Address(text))
    except BadText:
        raise BadRequest("bad_address", address=plain(text[:MOST_NAME])) from None


def begun(draft: Draft) -> Draft:
    """A proposed draft with plain text in all its fields: only such crosses the wire."""
    return Draft(
        from_=str(draft.from_),
        to=_plain(draft.to),
        cc=_plain(draft.cc),
        subject=str(draft.subject),
        text=draft.text,
        how=draft.how,
        answers=draft.answers,
    )


def _plain(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple(Person(name=str(person.name), address=str(person.address)) for person in people)


def _people(people: Iterable[Person], known: set[str]) -> tuple[Person, ...]:
    """Each once, in the first of its places; an address as it was written, since some servers mind its case."""
    kept = []
    for person in people:
        key = address(person.address)
        if key not in known:
            known.add(key)
            kept.append(Person(name=line(person.name)[:MOST_NAME], address=person.address.strip()))
    return tuple(kept)


def line(text: str) -> str:
    """One line that a header may hold."""
    one = " ".join(text.split())
    try:
        return str(HeaderText(one))
    except BadText:
        return " ".join("".join(letter if letter.isprintable() else " " for letter in one).split())


def part_name(given: str) -> str:
    """What an attachment is called."""
    return file_name(given[:MOST_SUBJECT])


def part_type(given: str) -> str:
    """Its media type, if it is one that can go along as it is."""
    wanted = given.partition(";")[0].strip().lower()
    return wanted if _TYPE.fullmatch(wanted) and not wanted.startswith(_NOT_WHOLE) else OTHER_TYPE
