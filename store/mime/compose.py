"""A mail's bytes from its record: what is sent, and what lies in Sent, byte for byte the same at every try ([W6]).

No clock, no chance, no disk, nothing of the machine: the boundaries come from the Message-ID. There is no Bcc to leak
([W8]). Lines end with CRLF and are 7-bit, except for addresses that cannot be written so. What it writes, `read` reads.
"""

import binascii
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from store.mime.header_writing import (
    address_tokens,
    field,
    id_tokens,
    media_type,
    parameter_tokens,
    text_tokens,
)
from store.mime.markdown import to_html
from store.mime.names import file_name
from store.mime.signature import as_html, parted, signed
from store.model.address import Address, MessageId, NotAllowed
from store.model.outgoing import Enclosed, Outgoing

ID_BYTES: Final = 16
_LINE: Final = 76  # characters of an encoded body's line
_ENCODED: Final = 57  # bytes in one line of base64
_PIECE: Final = _ENCODED * 1024
_MAX_PLAIN: Final = 78  # characters of a line that needs no encoding
_SAFE: Final = re.compile(rb"[\t\n -~]*")
_MANGLED: Final = re.compile(rb"^(?:From |\.)|[ \t]$", re.MULTILINE)
_LAST_DATE: Final = 253402300799 - 24 * 3600  # in the year 9999
_FARTHEST: Final = 14 * 60  # minutes: no zone is farther from UTC
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def message_id(random: bytes, domain: str) -> MessageId:
    """A new Message-ID: 128 random bits and the domain of the From address (Z20), without angle brackets."""
    if len(random) < ID_BYTES:
        raise ValueError("a Message-ID takes 128 random bits")
    return MessageId(f"{random[:ID_BYTES].hex()}@{Address('x@' + domain).domain}")


def compose(letter: Outgoing) -> bytes:
    """The whole message. Raises NotAllowed (a ValueError) for what no header may hold."""
    whole = io.BytesIO()
    whole.writelines(Composed(letter))
    return whole.getvalue()


class Composed:
    """A message in pieces, made anew and the same whenever it is gone over: its files are never held encoded. Raises
    NotAllowed as `compose` does.
    """

    def __init__(self, letter: Outgoing) -> None:
        out = io.BytesIO()
        self.header = _head(letter)
        out.write(self.header)
        self._files = letter.attachments
        self._boundary = b"--" + _boundary(letter, "mixed")
        if self._files:
            out.write(_multipart("mixed", self._boundary[2:]))
            out.write(self._boundary + b"\r\n")
        _write_text(out, letter)
        self._begins = out.getvalue()

    @property
    def size(self) -> int:
        """Bytes of the whole."""
        return sum(map(len, self._between())) + sum(_base64_size(len(part.data)) for part in self._files)

    def _between(self) -> Iterator[bytes]:
        """What stands before, between and after the files."""
        yield self._begins
        for part in self._files:
            yield self._boundary + b"\r\n" + _attachment_head(part)
        if self._files:
            yield self._boundary + b"--\r\n"

    def __iter__(self) -> Iterator[bytes]:
        between = self._between()
        yield next(between)
        for part in self._files:
            yield next(between)
            yield from map(_base64_lines, _pieces(part.data))
        yield from between


# ---------------------------------------------------------------- header
def _head(letter: Outgoing) -> bytes:
    own = id_tokens([letter.message_id])
    if not own:
        raise NotAllowed("not a message id")
    answered = () if letter.in_reply_to is None else (letter.in_reply_to,)
    nobody = [] if letter.to or letter.cc else ["undisclosed-recipients:;"]
    fields = [
        ("Date", [_date(letter)]),
        ("From", address_tokens([letter.from_])),
        ("To", address_tokens(letter.to) or nobody),
        ("Cc", address_tokens(letter.cc)),
        ("Subject", text_tokens(letter.subject.strip())),
        ("Message-ID", own),
        ("In-Reply-To", id_tokens(answered)),
        ("References", id_tokens(letter.references)),
        ("MIME-Version", ["1.0"]),
    ]
    return b"".join(field(name, tokens) for name, tokens in fields if tokens)


def _date(letter: Outgoing) -> str:
    """In English whatever the locale; the zone as a number only."""
    zone = max(-_FARTHEST, min(letter.zone, _FARTHEST))
    at = datetime.fromtimestamp(max(86400, min(letter.date, _LAST_DATE)), tz=UTC) + timedelta(minutes=zone)
    hours, minutes = divmod(abs(zone), 60)
    sign = "-" if zone < 0 else "+"
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} {sign}{hours:02}{minutes:02}"


def _boundary(letter: Outgoing, part: str) -> bytes:
    """No line of ours can be it: encoded bodies hold no "=_", and a plain one is encoded if it does."""
    return b"=_" + blake2b(f"{part} {letter.message_id}".encode(), digest_size=15).hexdigest().encode()


def _multipart(subtype: str, boundary: bytes) -> bytes:
    return b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (subtype.encode(), boundary)


# ---------------------------------------------------------------- text
def _write_text(out: io.BytesIO, letter: Outgoing) -> None:
    written = letter.text.replace("\r\n", "\n").replace("\r", "\n")
    text = signed(written, letter.signature)
    if text and not text.endswith("\n"):
        text += "\n"
    if letter.plain:
        out.write(_text_part("plain", text))
        return
    boundary = _boundary(letter, "alternative")
    out.write(_multipart("alternative", boundary))
    between = b"--" + boundary
    out.writelines([between, b"\r\n", _text_part("plain", text)])
    out.writelines([between, b"\r\n", _text_part("html", _html(letter, text, written)), between, b"--\r\n"])


def _html(letter: Outgoing, text: str, written: str) -> str:
    if letter.signature is None or text.rstrip("\n") == written.rstrip("\n"):
        return to_html(text)
    above, below = parted(written)
    return to_html(above, as_html(letter.signature), below)


def _text_part(subtype: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    charset = "us-ascii" if data.isascii() else "utf-8"
    encoding, body = _encoded(data)
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def _encoded(data: bytes) -> tuple[str, bytes]:
    """In the form that stays readable where it can: as it is, else quoted-printable, else base64."""
    if _is_plain(data):
        return "7bit", data.replace(b"\n", b"\r\n")
    printable = sum(map(data.count, b"etaoinsrl \n"))
    if printable * 6 < len(data):  # of a script that isn't ASCII's
        return "base64", _base64_lines(data.replace(b"\n", b"\r\n"))
    return "quoted-printable", b"".join(_quoted_line(line) for line in data.split(b"\n"))[:-2]


def _is_plain(data: bytes) -> bool:
    if _SAFE.fullmatch(data) is None or b"=_" in data or _MANGLED.search(data):
        return False
    return all(len(line) <= _MAX_PLAIN for line in data.split(b"\n"))


def _quoted_line(line: bytes) -> bytes:
    """One line in quoted-printable, with what carriers change or strip at its ends encoded too."""
    tokens = [_QUOTED[byte] for byte in line]
    if tokens and line[-1:] in (b" ", b"\t"):
        tokens[-1] = b"=%02X" % line[-1]
    if line.startswith((b"From ", b".")):
        tokens[0] = b"=%02X" % line[0]
    out: list[bytes] = []
    room = _LINE - 1
    for token in tokens:
        if len(token) > room:
            out.append(b"=\r\n")
            room = _LINE - 1
        out.append(token)
        room -= len(token)
    return b"".join([*out, b"\r\n"])


_QUOTED: Final = tuple(
    bytes([byte]) if byte == 0x09 or (0x20 <= byte < 0x7F and byte != 0x3D) else b"=%02X" % byte for byte in range(256)
)


# ---------------------------------------------------------------- attachments
def _attachment_head(part: Enclosed) -> bytes:
    named = field("Content-Disposition", ["attachment;", *parameter_tokens("filename", file_name(part.name))])
    kind = b"Content-Type: " + media_type(part.type).encode() + b"\r\n"
    return kind + named + b"Content-Transfer-Encoding: base64\r\n\r\n"


def _base64_size(size: int) -> int:
    return (size + 2) // 3 * 4 + (size + _ENCODED - 1) // _ENCODED * 2


def _pieces(data: bytes) -> Iterable[memoryview]:
    view = memoryview(data)
    return (view[place : place + _PIECE] for place in range(0, len(data), _PIECE))


def _base64_lines(data: bytes | memoryview) -> bytes:
    return b"".join(
        binascii.b2a_base64(data[place : place + _ENCODED], newline=False) + b"\r\n"
        for place in range(0, len(data), _ENCODED)
    )
