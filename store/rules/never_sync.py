"""A mailbox's never-sync list ([C8]): addresses, domains, and globs of words and `*`.

Invariant: no pattern costs more than the length of what it is held against times its own; patterns are never regular
expressions (Z15).
"""

from collections.abc import Iterable

from store.model.address import base


def covers(patterns: Iterable[str], addresses: Iterable[str]) -> bool:
    """Whether any pattern covers any of these normalised addresses.

    `ana@home.example` is one address, however it is written (with a tag after `+`, at Gmail without dots), as for
    filing; `home.example` or `@home.example` a domain with all below it, `*` any text.
    """
    wanted = [pattern.strip().casefold() for pattern in patterns]
    return any(_covers(pattern, address) for address in addresses for pattern in wanted if pattern)


def _covers(pattern: str, address: str) -> bool:
    domain = address.rpartition("@")[2]
    local, at, rest = pattern.rpartition("@")
    if at and local:
        return matches(pattern, address) or ("+" not in local and matches(base(pattern), base(address)))
    return matches(rest, domain) or matches(f"*.{rest}", domain)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern fits the text: `*` stands for any. The pieces between are looked for from left to right, which
    never goes back.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if len(first) + len(last) > len(text) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
