"""What makes two copies the same email, and two contents the same content ([S7a]). Sixteen bytes each.

Nothing in them may depend on display names, the order or folding of fields, the case of addresses, line ends, transfer
encodings, charsets or what delivery adds. Whoever changes what a part decodes to raises DECODER_VERSION.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from store.mime.addresses import normal
from store.mime.parts import Leaf
from store.model.address import Person
from store.model.copy import Headers

DECODER_VERSION: Final = 1
HASH_BYTES: Final = 16
_LARGE: Final = 16 * 1024  # bytes of a part that is not copied once more


def identity(headers: Headers) -> bytes:
    """Over Message-ID, Date and the addresses as sets; without a Message-ID the subject too."""
    parts = [
        b"id" if headers.message_id else b"no id",
        (headers.message_id or headers.subject).encode("utf-8", "replace"),
        b"" if headers.date is None else b"%d" % headers.date,
    ]
    parts += [_addresses(people) for people in (headers.from_, headers.to, headers.cc)]
    return _hash(parts)


def content_hash(headers: Headers, leaves: Iterable[Leaf], texts: dict[int, str]) -> bytes:
    """Over subject, Reply-To, Sender and the decoded parts. `texts` holds the text of each leaf that is one."""
    parts = [b"content %d" % DECODER_VERSION, *_common(headers)]
    for number, leaf in enumerate(leaves):
        parts.append(leaf.type.encode("utf-8", "replace"))
        parts.append(leaf.name.encode("utf-8", "replace"))
        parts.append(_text(texts[number]) if number in texts else _data(leaf))
    return _hash(parts)


def header_content_hash(headers: Headers) -> bytes:
    """For a copy read without its body; never equal to that of a whole one."""
    return _hash([b"headers %d" % DECODER_VERSION, *_common(headers)])


def body_hash(data: bytes) -> bytes:
    """Over the raw bytes below the header fields."""
    return blake2b(data, digest_size=HASH_BYTES).digest() if data else b""


def _common(headers: Headers) -> tuple[bytes, bytes, bytes]:
    subject = " ".join(headers.subject.split()).encode("utf-8", "replace")
    return subject, _addresses(headers.reply_to), _addresses(headers.sender)


def _addresses(people: tuple[Person, ...]) -> bytes:
    if not people:
        return b""
    if len(people) == 1:
        return normal(people[0].address).encode("utf-8", "replace")
    return b" ".join(sorted({normal(who.address).encode("utf-8", "replace") for who in people}))


def _text(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if " \n" in lines or "\t\n" in lines:
        lines = "\n".join(line.rstrip() for line in lines.split("\n"))
    return lines.rstrip().encode("utf-8", "replace")


def _data(leaf: Leaf) -> bytes:
    """Messages inside a message are text to whatever carried them."""
    if not leaf.type.startswith("message/"):
        return leaf.data
    return b"\n".join(line.rstrip() for line in leaf.data.replace(b"\r\n", b"\n").split(b"\n")).rstrip()


def _hash(parts: list[bytes]) -> bytes:
    """Each part's length stands before all, so that no two lists run into the same bytes."""
    sizes = [len(part) for part in parts]
    lengths = ",".join(map(str, sizes)).encode()
    if max(sizes) <= _LARGE:
        return blake2b(b"".join([lengths, b":", *parts]), digest_size=HASH_BYTES).digest()
    hasher = blake2b(lengths + b":", digest_size=HASH_BYTES)
    for part in parts:
        hasher.update(part)
    return hasher.digest()
