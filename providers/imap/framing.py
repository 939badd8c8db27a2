"""Where one response ends and what kind it is: lines and literals in, responses out. It knows no meaning.

This is the hot path of a sync: imaplib's reader costs a third of the time of a fetch, and keeps what it read.
"""

import re
from typing import Final

from providers.errors import Garbled
from providers.imap.line import Line
from providers.imap.responses import Go, Part, Tagged, Untagged

_LITERAL: Final = re.compile(rb"\{(\d{1,20})\}\r?\n\Z")
_UNTAGGED: Final = re.compile(rb"\* (?:(\d+) )?([A-Za-z][A-Za-z0-9-]*)(?: |\Z)")
_TAGGED: Final = re.compile(rb"([A-Za-z]+\d+) (OK|NO|BAD)(?: |\Z)", re.IGNORECASE)


def read_response(line: Line) -> Go | Untagged | Tagged:
    """The next response, with the literals in it. Nothing of it is kept here."""
    line.new_response()
    first = line.readline()
    if first.startswith(b"* "):
        return _untagged(line, first)
    if first.startswith(b"+"):
        return Go()
    text = _without_end(first)
    found = _TAGGED.match(text)
    if not found:
        raise Garbled("parse")
    return Tagged(status=found[2].decode("ascii").upper(), text=text[found.end() :], tag=found[1])


def _untagged(line: Line, first: bytes) -> Untagged:
    text = _without_end(first)
    found = _UNTAGGED.match(text)
    if not found:
        raise Garbled("parse")
    kind = found[2].decode("ascii").upper()
    text = text[found.end() :]
    if found[1] is not None:
        text = found[1] + b" " + text if text else found[1]
    if not first.endswith((b"}\r\n", b"}\n")):
        return Untagged(kind=kind, parts=(Part(text=text),))
    return Untagged(kind=kind, parts=tuple(_parts(line, first, text)))


def _parts(line: Line, last: bytes, text: bytes) -> list[Part]:
    parts: list[Part] = []
    while literal := _LITERAL.search(last):
        parts.append(Part(text=text, literal=line.read(int(literal[1]))))
        last = line.readline()
        text = _without_end(last)
    return [*parts, Part(text=text)]


def _without_end(line: bytes) -> bytes:
    return line[:-2] if line.endswith(b"\r\n") else line[:-1]
