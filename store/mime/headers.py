"""The header fields that anything depends on, decoded and bounded (Z15). What is no address, id or date is left out.

Of fields that may stand once, the first counts; of lists of people and ids, all. It reads no field that is not in
HEADER_FIELDS, so that a copy fetched without its body gives the same records as the whole one.
"""

from functools import lru_cache
from itertools import islice
from typing import Final

from store.mime.addresses import normal, persons
from store.mime.block import Block
from store.mime.dates import moment
from store.mime.fields import HEADER_FIELDS
from store.mime.ids import bounded, message_id, named_ids
from store.mime.limits import MAX_ADDRESSES, MAX_FIELD, MAX_REFERENCES, MAX_SUBJECT, MAX_VERDICTS, Cut
from store.mime.words import header_text, line_of, one_line
from store.model.address import Person
from store.model.copy import Headers

WANTED: Final = frozenset(name.lower().encode() for name in HEADER_FIELDS)
MIME_WANTED: Final = WANTED | {b"content-transfer-encoding", b"content-disposition"}

_SHORT: Final = 400  # bytes of a value that is remembered: the same people and lists write again and again

_ONE: Final = (b"from", b"sender")  # of several fields the first counts
_PEOPLE: Final = (*_ONE, b"reply-to", b"to", b"cc", b"bcc", b"delivered-to", b"x-original-to")

Fields = dict[bytes, list[bytes]]


def read_headers(block: Block) -> Headers:
    """The fields of a message's block."""
    fields, verdicts = _sorted(block.fields)
    cut = [str(Cut.HEADER_SIZE)] if block.cut else []
    people, too_many = _people(fields)
    references = named_ids(_list_of(fields, b"references")) if b"references" in fields else []
    in_reply_to = named_ids(_list_of(fields, b"in-reply-to")) if b"in-reply-to" in fields else []
    if max(len(references), len(in_reply_to)) > MAX_REFERENCES:
        cut.append(Cut.REFERENCES)
    date = moment(line_of(fields[b"date"][0])) if b"date" in fields else None
    ident = fields.get(b"message-id")
    return Headers(
        message_id=message_id(line_of(ident[0])) if ident else None,
        date=date.seconds if date else None,
        date_offset=date.offset if date else 0,
        subject=header_text(fields[b"subject"][0], limit=MAX_SUBJECT) if b"subject" in fields else "",
        from_=people.get(b"from", ()),
        sender=people.get(b"sender", ()),
        reply_to=people.get(b"reply-to", ()),
        to=people.get(b"to", ()),
        cc=people.get(b"cc", ()),
        bcc=people.get(b"bcc", ()),
        delivered_to=_plain_addresses(people.get(b"delivered-to", ()), people.get(b"x-original-to", ())),
        in_reply_to=tuple(bounded(in_reply_to)),
        references=tuple(bounded(references)),
        list_id=_text(fields, b"list-id"),
        list_unsubscribe=_text(fields, b"list-unsubscribe"),
        list_unsubscribe_post=_text(fields, b"list-unsubscribe-post"),
        precedence=_text(fields, b"precedence").lower(),
        auto_submitted=_text(fields, b"auto-submitted").lower(),
        return_path=_return_path(fields),
        content_type=_text(fields, b"content-type"),
        authentication_results=verdicts,
        cut=(*cut, Cut.ADDRESSES) if too_many else tuple(cut),
    )


def _people(fields: Fields) -> tuple[dict[bytes, tuple[Person, ...]], bool]:
    """Those of each field until the room for addresses is used up, and whether it was."""
    found: dict[bytes, tuple[Person, ...]] = {}
    room = MAX_ADDRESSES
    cut = False
    for name in _PEOPLE:
        if name not in fields:
            continue
        values = fields[name]
        if len(values) > 1 and name not in _ONE:
            read = tuple(islice(persons(_list_of(fields, name, separator=", ")), room + 1))
        elif len(values[0]) <= _SHORT:
            read = _known_people(values[0])
        else:
            read = tuple(islice(persons(line_of(values[0])), room + 1))
        if len(read) > room:
            cut = True
            read = read[:room]
        room -= len(read)
        found[name] = read
    return found, cut


@lru_cache(maxsize=2048)
def _known_people(value: bytes) -> tuple[Person, ...]:
    return tuple(persons(line_of(value)))


def _plain_addresses(*lists: tuple[Person, ...]) -> tuple[str, ...]:
    if not any(lists):
        return ()
    return tuple(dict.fromkeys(normal(who.address) for people in lists for who in people))


def _sorted(pairs: list[tuple[bytes, bytes]]) -> tuple[Fields, tuple[str, ...]]:
    """Values by name, and the verdicts above the first Received."""
    fields: Fields = {}
    verdicts: tuple[str, ...] = ()
    for name, value in pairs:
        if name == b"received":
            if name not in fields:
                verdicts = _verdicts(fields)
            fields[name] = []
        elif name in fields:
            fields[name].append(value)
        else:
            fields[name] = [value]
    return fields, verdicts if b"received" in fields else _verdicts(fields)


def _verdicts(fields: Fields) -> tuple[str, ...]:
    given = fields.get(b"authentication-results", [])
    return tuple(one_line(line_of(value))[:MAX_FIELD] for value in given[:MAX_VERDICTS])


def _text(fields: Fields, name: bytes) -> str:
    values = fields.get(name)
    if not values:
        return ""
    return _known_text(values[0]) if len(values[0]) <= _SHORT else header_text(values[0], limit=MAX_FIELD)


@lru_cache(maxsize=512)
def _known_text(value: bytes) -> str:
    return header_text(value, limit=MAX_FIELD)


def _list_of(fields: Fields, name: bytes, *, separator: str = " ") -> str:
    values = fields.get(name, ())
    return line_of(values[0]) if len(values) == 1 else separator.join([line_of(value) for value in values])


def _return_path(fields: Fields) -> str | None:
    """Empty for the null path <>, None if there is none or it is no address."""
    if b"return-path" not in fields:
        return None
    value = fields[b"return-path"][0]
    return _known_path(value) if len(value) <= _SHORT else _path(value)


@lru_cache(maxsize=1024)
def _known_path(value: bytes) -> str | None:
    return _path(value)


def _path(value: bytes) -> str | None:
    text = line_of(value)
    if "".join(text.split()) == "<>":
        return ""
    return next((normal(who.address) for who in persons(text)), None)
