r"""Labels among a copy's flags: Gmail keeps a mail once, in All Mail, and a label is an attribute of it.

A label stands among the flags as % and its name as sent, which no flag can begin with (RFC 9051, 9); `%\Inbox`. So all
that holds for flags holds for labels: kept as the server last told them, changed by queued acts, never echoed. Of a
system label the spelling is fixed; the star is no label, since it is \Flagged already. Pure.
"""

import re
from collections.abc import Iterable
from typing import Final

SIGN: Final = "%"
INBOX, SENT, DRAFT = "%\\Inbox", "%\\Sent", "%\\Draft"
MOST_LABELS: Final = 500
_SYSTEM: Final = {name.lower(): name for name in (b"\\Inbox", b"\\Sent", b"\\Draft", b"\\Important")}
_STAR: Final = b"\\starred"
_OF_USE: Final = {"inbox": INBOX, "sent": SENT, "drafts": DRAFT, "important": "%\\Important"}
_APART: Final = frozenset({"all", "trash", "junk"})  # places of their own: a mail is in exactly one of them
_PLAIN: Final = re.compile(rb"[!-$&-~]")
_ESCAPED: Final = re.compile(r"%([0-9A-F]{2})")


def label_of(raw: bytes) -> str:
    """As it stands among flags; "" for the star."""
    known = _SYSTEM.get(raw.lower(), raw)
    if known.lower() == _STAR:
        return ""
    return SIGN + "".join(chr(one) if _PLAIN.match(bytes((one,))) else f"%{one:02X}" for one in known)


def raw_of(label: str) -> bytes:
    """As its server writes it."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), label[1:]).encode("latin-1")


def is_label(flag: str) -> bool:
    return flag.startswith(SIGN)


def labels_in(flags: Iterable[str]) -> tuple[str, ...]:
    return tuple(flag for flag in flags if is_label(flag))


def folder_label(raw: bytes, special_use: str) -> str:
    r"""The label that such a folder shows; "" where it shows none. Of Starred it is the flag."""
    if special_use in _APART:
        return ""
    return "\\Flagged" if special_use == "flagged" else _OF_USE.get(special_use) or label_of(raw)
