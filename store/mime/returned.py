"""What a body says of other mail: who did not get it, by a delivery report (RFC 3464); who wrote what is forwarded.

Evidence for filing, written by whoever wrote the mail: what it is worth is decided elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from store.mime.addresses import normal, persons
from store.mime.block import read_block
from store.mime.ids import message_id
from store.mime.parts import Leaf
from store.mime.words import line_of

MOST_FAILED: Final = 50
_LOOKED_AT: Final = 20_000  # characters
_MAX_STATUS: Final = 65_536  # bytes
_STATUS: Final = ("message/delivery-status", "message/global-delivery-status")
_MESSAGES: Final = ("message/rfc822", "message/global")
_HEADERS: Final = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_RECIPIENT: Final = frozenset([b"final-recipient", b"original-recipient", b"action"])
_ID: Final = frozenset([b"message-id"])
_FROM: Final = frozenset([b"from"])
_GROUPS: Final = re.compile(rb"\r?\n[ \t]*\r?\n")
_QUOTED_FROM: Final = re.compile(
    r"^[ \t>*]{0,4}(?:From|De|Von|Van|Da)[ \t]?:\*?[ \t]?([^\n]{0,300}@[^\n]{0,300})\n"
    r"(?:[ \t>*]{0,4}\n)?"
    r"[ \t>*]{0,4}(?:Sent|Date|To|Cc|Subject|Enviado(?: el)?|Fecha|Para|CC|Asunto|Reply-To|Envoy[eé](?: le)?|À|A|Objet"
    r"|Gesendet|An|Betreff|Datum|Verzonden|Aan|Onderwerp|Inviato|Oggetto|Data)[ \t]?:",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS: Final = re.compile(r"[^\s<>\[\]():;,\"']{1,64}@[^\s<>\[\]():;,\"'*]{1,255}")


def failed(leaves: Sequence[Leaf]) -> tuple[str, ...]:
    """The recipients, as they were written and as they ended, that a delivery report says did not get it."""
    found: dict[str, None] = {}
    for leaf in leaves:
        if leaf.type in _STATUS:
            for group in _GROUPS.split(leaf.data[:_MAX_STATUS]):
                found |= dict.fromkeys(_recipients(group))
    return tuple(found)[:MOST_FAILED]


def _recipients(group: bytes) -> Iterator[str]:
    fields = dict(reversed(read_block(group + b"\r\n\r\n", wanted=_RECIPIENT).fields))
    if line_of(fields.get(b"action", b"")).strip().casefold() != "failed":
        return
    for name in (b"original-recipient", b"final-recipient"):
        if name in fields:
            kind, _, address = line_of(fields[name]).partition(";")
            clean = normal(address.strip().strip("<>")) if kind.strip().casefold() in {"rfc822", "utf-8"} else ""
            if clean:
                yield clean


def returned(leaves: Sequence[Leaf]) -> str:
    """The Message-ID of the mail that a report gives back; empty if it gives none."""
    for leaf in leaves:
        if leaf.type in (*_MESSAGES, *_HEADERS):
            fields = read_block(leaf.data, wanted=_ID).fields
            if fields:
                return message_id(line_of(fields[0][1])) or ""
    return ""


def forwarded(leaves: Sequence[Leaf], text: str) -> str:
    """Who wrote what is forwarded, attached or with its first lines of header; empty where nobody is named."""
    for leaf in leaves:
        if leaf.type in _MESSAGES:
            fields = read_block(leaf.data, wanted=_FROM).fields
            return next((normal(who.address) for who in persons(line_of(fields[0][1]))), "") if fields else ""
    if "@" not in text:
        return ""
    line = _QUOTED_FROM.search(text, 0, _LOOKED_AT)
    if line is None:
        return ""
    named = _ADDRESS.findall(line[1].replace("mailto:", " "))
    return next((clean for address in reversed(named) if (clean := normal(address))), "")
