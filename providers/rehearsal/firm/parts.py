"""MIME parts as bytes, made by hand so that the same data always gives the same message. Not a general MIME writer."""

import base64
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import encode_rfc2231

EOL = b"\r\n"
_LONGEST = 990


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its header lines without line ends, and its body."""

    headers: tuple[str, ...]
    body: bytes

    def __bytes__(self) -> bytes:
        return "\r\n".join(self.headers).encode("ascii") + EOL + EOL + self.body


def text_part(text: str, *, subtype: str, charset: str, encoding: str, extra: str = "") -> Part:
    """Text in `charset`, or in UTF-8 where that has no such letter."""
    try:
        data = text.encode(charset)
    except UnicodeEncodeError:
        charset, data = "utf-8", text.encode("utf-8")
    encoding = "7bit" if encoding == "8bit" and data.isascii() else encoding
    headers = (f"Content-Type: text/{subtype}; charset={charset}{extra}", f"Content-Transfer-Encoding: {encoding}")
    return Part(headers, _encoded(data, encoding))


def _encoded(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(re.sub(rb"\n", EOL, data)).replace(b"\n", EOL)
    if encoding == "quoted-printable":
        data = quopri.encodestring(data)
    elif max(map(len, data.splitlines()), default=0) > _LONGEST:
        raise ValueError(encoding)
    return data.replace(b"\n", EOL)


def file_part(data: bytes, *, kind: str, name: str, content_id: str = "") -> Part:
    """A file attached, or shown inline if it has a content id."""
    told = f'filename="{name}"' if name.isascii() else "filename*=" + encode_rfc2231(name, "utf-8")
    placing = "inline" if content_id else "attachment"
    headers = (
        f"Content-Type: {kind}",
        f"Content-Disposition: {placing}; {told}",
        *((f"Content-ID: <{content_id}>",) if content_id else ()),
        "Content-Transfer-Encoding: base64",
    )
    return Part(headers, base64.encodebytes(data).replace(b"\n", EOL))


def mail_part(raw: bytes) -> Part:
    """Another mail, attached whole."""
    encoding = "7bit" if raw.isascii() else "8bit"
    return Part(("Content-Type: message/rfc822", f"Content-Transfer-Encoding: {encoding}"), raw)


def multipart(subtype: str, children: Sequence[Part], *, seed: str, extra: str = "") -> Part:
    """Several parts in one; just the part itself if there is one only."""
    if len(children) == 1 and subtype != "report":
        return children[0]
    boundary = f"=_{seed}_{subtype[:3]}"
    pieces = [b"--" + boundary.encode("ascii") + EOL + bytes(child) + EOL for child in children]
    end = b"--" + boundary.encode("ascii") + b"--" + EOL
    return Part((f'Content-Type: multipart/{subtype}; boundary="{boundary}"{extra}',), b"".join(pieces) + end)


def header(name: str, value: str) -> str:
    """One header line, its words encoded where they need it."""
    if value.isascii():
        return f"{name}: {value}"
    coded = Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")
    return f"{name}: {coded}"
