"""Folder names as IMAP writes them: modified UTF-7 (RFC 3501, 5.1.3)."""

import base64
import binascii
import itertools
import re

_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")


def encode(name: str) -> bytes:
    """The name in modified UTF-7; ValueError for what it cannot hold."""
    out = []
    for plain, run in itertools.groupby(name, lambda c: " " <= c <= "~"):
        text = "".join(run)
        if plain:
            out.append(text.replace("&", "&-").encode("ascii"))
        else:
            coded = base64.b64encode(text.encode("utf-16-be"), b"+,").rstrip(b"=")
            out.append(b"&" + coded + b"-")
    return b"".join(out)


def decode(wire: bytes) -> str:
    """The name behind modified UTF-7; ValueError where it is not, or not the one way to write it."""
    name = _SHIFTED.sub(_unshift, wire.decode("ascii"))
    if encode(name) != wire:
        raise ValueError("not modified UTF-7")
    return name


def on_the_wire(name: str) -> bytes:
    """The name as an atom, or quoted where it has to be."""
    wire = encode(name)
    if _ATOM.fullmatch(wire) and wire.upper() != b"NIL":
        return wire
    return b'"' + wire.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _unshift(match: re.Match[str]) -> str:
    coded = match[1]
    if not coded:
        return "&"
    try:
        raw = base64.b64decode(coded + "=" * (-len(coded) % 4), "+,", validate=True)
    except binascii.Error as error:
        raise ValueError("not modified UTF-7") from error
    return raw.decode("utf-16-be")
