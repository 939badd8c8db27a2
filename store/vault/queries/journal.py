"""The journal from its newest entry back: all of it, a member's, or what concerns a client.

An entry concerns a client if it names it, or an email or thread filed there that the reader sees. Who may read is for
the caller to judge.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from store.model.ids import ClientKey, MemberKey
from store.vault.database import Row
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

CHUNK: Final = 500  # entries that are looked at in one go
FAR: Final = 50_000  # entries, how far back one answer looks
BECAME: Final = (  # a client's key, and those of clients that became it
    "WITH RECURSIVE same(client) AS (SELECT :client UNION SELECT c.client FROM clients AS c JOIN same AS s"
    " ON c.merged = s.client) SELECT client FROM same"
)
_TOKEN: Final = re.compile(r"[a-z_]+|\d{1,19}", re.ASCII)
_MANY: Final = {"emails": "email", "clients": "client", "threads": "thread", "give": "client", "take": "client"}


def newest(
    sight: Sight, *, before: int, client: ClientKey | None = None, member: MemberKey | None = None, limit: int
) -> list[Row]:
    """(seq, at, member, as, action, object, prev, hash), newest first, of those before a number (0: of all)."""
    found: list[Row] = []
    at = before or sight.value("SELECT coalesce(max(seq), 0) + 1 FROM journal")
    last = at - FAR
    ours = None if client is None else of_one(sight, client)
    while len(found) < limit and at > max(last, 1):
        size = CHUNK if client is not None or member is not None else limit
        chunk = sight.rows(
            "SELECT seq, at, member, as_member, action, object, prev, hash FROM journal WHERE seq < :at"
            " AND (:who IS NULL OR member = :who OR as_member = :who) ORDER BY seq DESC LIMIT :size",
            at=at,
            who=member,
            size=size,
        )
        if not chunk:
            break
        at = chunk[-1][0]
        found += chunk if ours is None else concerning(sight, chunk, ours)
    return found[:limit]


def of_one(sight: Sight, client: ClientKey) -> frozenset[int]:
    """Its key, and those of clients that became it."""
    rows = sight.rows(BECAME, client=client)
    return frozenset(row[0] for row in rows)


def concerning(sight: Sight, entries: Sequence[Row], clients: frozenset[int]) -> Iterator[Row]:
    """Those of the entries that concern one of these."""
    named = [named_in(row[5]) for row in entries]
    emails = filed_there(sight, {key for one in named for key in one.get("email", ())}, clients)
    threads = threads_there(sight, {key for one in named for key in one.get("thread", ())}, clients)
    for row, one in zip(entries, named, strict=True):
        own = clients.intersection(one.get("client", ()))
        if own or emails.intersection(one.get("email", ())) or threads.intersection(one.get("thread", ())):
            yield row


def named_in(about: str) -> dict[str, list[int]]:
    """The keys in an entry's object by their kind: the word that stands before them."""
    found: dict[str, list[int]] = {}
    kind = ""
    for token in map(str, _TOKEN.findall(about)):
        if token.isdecimal():
            found.setdefault(kind, []).append(int(token))
        else:
            kind = _MANY.get(token, token)
    return found


def filed_there(sight: Sight, emails: set[int], clients: frozenset[int]) -> frozenset[int]:
    """Those of the emails that are filed there and that the reader sees."""
    rows = sight.rows(
        "SELECT asked.value FROM json_each(:emails) AS asked"
        " JOIN emails AS e ON e.email = coalesce((SELECT email FROM aliases WHERE alias = asked.value), asked.value)"
        " WHERE EXISTS (SELECT 1 FROM filings AS f WHERE f.email = e.email"
        f" AND f.client IN (SELECT value FROM json_each(:clients))) AND {sight.visible.email('e')}",
        emails=keys(emails),
        clients=keys(clients),
    )
    return frozenset(row[0] for row in rows)


def threads_there(sight: Sight, threads: set[int], clients: frozenset[int]) -> frozenset[int]:
    """Those of the threads with an email that is filed there and that the reader sees."""
    rows = sight.rows(
        "SELECT asked.value FROM json_each(:threads) AS asked"
        " LEFT JOIN merged_threads AS g ON g.merged = asked.value"
        " WHERE EXISTS (SELECT 1 FROM emails AS e JOIN filings AS f ON f.email = e.email"
        " WHERE e.thread = coalesce(g.thread, asked.value) AND f.client IN (SELECT value FROM json_each(:clients))"
        f" AND {sight.visible.email('e')})",
        threads=keys(threads),
        clients=keys(clients),
    )
    return frozenset(row[0] for row in rows)
