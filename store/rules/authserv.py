"""Which server could be believed about senders ([C9]): proposed from what stands topmost in a mailbox's mail.

Invariant: it is only proposed; a person confirms it. Without mail enough, or where no server stands in most of it,
nothing is.
"""

from collections.abc import Mapping
from typing import Final

LEAST: Final = 10  # mails
MOST_LETTERS: Final = 255
MOST_SERVERS: Final = 32  # that are counted in a mailbox: the provider's own is among the first, or there is none


def proposed(mails: Mapping[str, int]) -> str | None:
    """`mails` is how many have each server's word topmost; "" those that have nobody's."""
    total = sum(mails.values())
    named = {server: count for server, count in mails.items() if server}
    if not named:
        return None
    server = min(named, key=lambda one: (-named[one], one))
    return server if named[server] >= LEAST and 2 * named[server] > total else None


def to_count(server: str, known: Mapping[str, int]) -> str:
    """Under which name a mail is counted: a sender may think of as many as they like."""
    return server if server in known or len(known) < MOST_SERVERS else ""


def clean(text: str) -> str | None:
    """As it is compared (RFC 8601, 2.2), "" where there is none; None if it is no server's name."""
    server = text.strip().casefold()
    if len(server) > MOST_LETTERS or not server.isprintable() or any(mark in server for mark in ' ;()"='):
        return None
    return server
