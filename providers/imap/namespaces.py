"""NAMESPACE (RFC 2342): which folders are the login's own, and which are other users' or shared. No I/O.

The longest prefix that fits says whose a folder is, for the prefix of one's own may be empty, and so may that of what
all share.
"""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from providers.imap.responses import Untagged
from providers.protocols import ListedFolder

_TOKEN: Final = re.compile(rb'[()]|NIL|"((?:[^"\\]|\\.)*)"', re.IGNORECASE | re.DOTALL)
_DEEP: Final = 2  # a namespace stands in a list of them
Prefixes = tuple[tuple[bytes, bool], ...]  # (prefix, another's)


def prefixes(responses: Iterable[Untagged]) -> Prefixes:
    """As the server told them, the longest first; nothing where it told nothing."""
    found: list[tuple[bytes, bool]] = []
    for response in responses:
        if response.kind == "NAMESPACE":
            found += _read(response.text)
    return tuple(sorted(found, key=lambda one: (-len(one[0]), one[1])))


def _read(text: bytes) -> list[tuple[bytes, bool]]:
    found: list[tuple[bytes, bool]] = []
    depth = kind = 0  # kind: one's own, other users', shared
    first = False
    for token in _TOKEN.finditer(text):
        if token[0] == b"(":
            depth += 1
            first = depth == _DEEP
        elif token[0] == b")":
            depth -= 1
            kind += depth == 0
        elif token[1] is None:
            kind += depth == 0
        elif first:
            found.append((re.sub(rb"\\(.)", rb"\1", token[1], flags=re.DOTALL), kind > 0))
            first = False
    return found


def told_apart(folders: Iterable[ListedFolder], known: Prefixes) -> list[ListedFolder]:
    """Another's are marked, and serve for nothing here: their Sent is not ours."""
    return [
        msgspec.structs.replace(one, shared=True, special_use="") if _another(one.raw, known) else one
        for one in folders
    ]


def _another(raw: bytes, known: Prefixes) -> bool:
    if raw.upper() == b"INBOX":
        return False
    return next((another for prefix, another in known if raw.startswith(prefix)), False)
