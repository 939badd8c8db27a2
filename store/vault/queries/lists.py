"""Lists of threads as one reader sees them: which, in which order, in which state; newest first.

A thread stands at the newest email that puts it into the list. Where a holder shows everybody the same, the place is
read off `thread_holders`; where not (ambiguous, private, in grace, walls), it is worked out from the emails.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from store.model.ids import ClientKey, EmailKey, ThreadKey
from store.model.thread import StateEmail, ThreadState
from store.vault.queries.judging import OF_THREADS, Seen, seen
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

STATES: Final = (ThreadState.TO_ANSWER, ThreadState.WAITING, ThreadState.DONE, ThreadState.QUIET)
TO_ANSWER, WAITING, DONE, QUIET = range(4)
IN_COPY: Final = 4  # to answer, but not by this reader ([T2c])
_UNKNOWN: Final = 9
_CODES: Final = " ".join(f"WHEN '{state.value}' THEN {code}" for code, state in enumerate(STATES))

Place = tuple[int, int]  # newest email, thread


@dataclass(frozen=True, slots=True)
class Listing:
    """Threads in order with a code each. `unread`: threads with an email that the reader has not read."""

    threads: "array[int]"
    codes: bytes
    unread: frozenset[int]

    def of(self, *codes: int) -> "array[int]":
        """Those in one of these states."""
        return array("q", [thread for thread, code in zip(self.threads, self.codes, strict=True) if code in codes])


def listing(sight: Sight) -> Listing:
    """Every thread of which the reader sees anything."""
    special = special_threads(sight)
    row = sight.row(
        "WITH held AS (SELECT thread, max(newest) AS newest, max(emails) AS emails FROM thread_holders"
        f" WHERE holder IN ({sight.visible.holders()}) AND newest > 0"
        " AND thread NOT IN (SELECT value FROM json_each(:special)) GROUP BY thread)"
        " SELECT json_group_array(thread), json_group_array(newest), json_group_array(code) FROM"
        " (SELECT h.thread AS thread, h.newest AS newest,"
        f" CASE WHEN h.emails <> t.count THEN {_UNKNOWN} ELSE CASE t.state {_CODES} END END AS code"
        " FROM held AS h JOIN threads AS t ON t.thread = h.thread ORDER BY h.newest DESC)",
        special=keys(special),
    )
    threads, newest, codes = (_ints(column) for column in row or ("[]", "[]", "[]"))
    unknown = {thread for thread, code in zip(threads, codes, strict=True) if code == _UNKNOWN}
    parts = seen(sight, unknown | special)
    entries = [
        (place, thread, code) for place, thread, code in zip(newest, threads, codes, strict=True) if code != _UNKNOWN
    ]
    entries += [(int(part.newest), int(thread), _code(sight, part)) for thread, part in parts.items()]
    if parts:
        entries.sort(reverse=True)
    in_copy = _in_copy(sight, {thread for _, thread, code in entries if code == TO_ANSWER}, parts)
    return Listing(
        array("q", [thread for _, thread, _ in entries]),
        bytes(IN_COPY if thread in in_copy else code for _, thread, code in entries),
        unread_threads(sight),
    )


def special_threads(sight: Sight) -> set[int]:
    """Threads whose place or share must be worked out for this reader."""
    found = sight.rows(
        f"SELECT DISTINCT thread FROM thread_holders WHERE holder IN ({sight.visible.client_holders()}) AND partial = 1"
    )
    walled: list[Any] = []
    if sight.scope.walls:
        walled = sight.rows(
            "SELECT DISTINCT thread FROM thread_holders WHERE holder IN (SELECT value FROM json_each(:walls))"
        )
    return {row[0] for row in (*found, *walled)}


def has_partial(sight: Sight) -> bool:
    """Whether time alone can change what is seen: some filing may be in grace."""
    sql = f"SELECT 1 FROM thread_holders WHERE holder IN ({sight.visible.client_holders()}) AND partial = 1 LIMIT 1"
    return sight.value(sql) is not None


def client_threads(sight: Sight, client: ClientKey) -> "array[int]":
    """A client's folder: threads with an email filed there that the reader sees."""
    walled = "0"
    if sight.scope.walls:
        walled = "thread IN (SELECT thread FROM thread_holders WHERE holder IN (SELECT value FROM json_each(:walls)))"
    row = sight.row(
        "SELECT json_group_array(thread), json_group_array(newest) FROM (SELECT thread, newest FROM thread_holders"
        f" WHERE holder = :client AND partial = 0 AND newest > 0 AND NOT {walled} ORDER BY newest DESC)",
        client=client,
    )
    threads, newest = (_ints(column) for column in row or ("[]", "[]"))
    special = sight.rows(
        f"SELECT thread FROM thread_holders WHERE holder = :client AND (partial = 1 OR {walled})", client=client
    )
    if not special:
        return array("q", threads)
    places = _places(
        sight,
        "JOIN filings AS c ON c.email = e.email AND c.client = :client",
        f"{sight.visible.filing('c', 'e')}",
        {row[0] for row in special},
        client=client,
    )
    return _ordered([*zip(newest, threads, strict=True), *places])


def unfiled_threads(sight: Sight) -> "array[int]":
    """Threads with an email in a mailbox of the reader's that, as far as they see, has no client."""
    if not sight.scope.mailboxes:
        return array("q")
    mine = "h.holder IN (SELECT -value FROM json_each(:own)) AND h.newest > 0"
    known = f"c.thread = h.thread AND c.holder > 0 AND {sight.visible.allowed('c.holder')}"
    walled = "0"
    if sight.scope.walls:
        walled = (
            "EXISTS (SELECT 1 FROM thread_holders AS w WHERE w.thread = h.thread"
            " AND w.holder IN (SELECT value FROM json_each(:walls)))"
        )
    row = sight.row(
        "SELECT json_group_array(thread), json_group_array(newest) FROM"
        " (SELECT h.thread AS thread, max(h.newest) AS newest FROM thread_holders AS h"
        f" WHERE {mine} AND NOT {walled} AND NOT EXISTS (SELECT 1 FROM thread_holders AS c WHERE {known})"
        " GROUP BY h.thread ORDER BY 2 DESC)"
    )
    threads, newest = (_ints(column) for column in row or ("[]", "[]"))
    partly = sight.rows(
        "SELECT DISTINCT h.thread FROM thread_holders AS h JOIN threads AS t ON t.thread = h.thread"
        f" WHERE {mine} AND ({walled} OR (EXISTS (SELECT 1 FROM thread_holders AS c WHERE {known})"
        f" AND NOT EXISTS (SELECT 1 FROM thread_holders AS c WHERE {known} AND c.emails + c.mixed = t.count)))"
    )
    places = _places(
        sight,
        "",
        f"{sight.visible.own('e')} AND NOT EXISTS (SELECT 1 FROM filings AS c WHERE c.email = e.email"
        f" AND {sight.visible.filing('c', 'e')})",
        {row[0] for row in partly},
    )
    return _ordered([*zip(newest, threads, strict=True), *places])


def ambiguous_threads(sight: Sight) -> "array[int]":
    """Threads with an email of which the reader sees an ambiguous filing."""
    candidates = sight.rows(
        f"SELECT DISTINCT thread FROM thread_holders WHERE holder IN ({sight.visible.client_holders()}) AND partial = 1"
    )
    places = _places(
        sight,
        "JOIN filings AS c ON c.email = e.email AND c.ambiguous",
        sight.visible.filing("c", "e"),
        {row[0] for row in candidates},
    )
    return _ordered(places)


def clients_threads(sight: Sight) -> dict[ClientKey, list[int]]:
    """For the counts of all client folders at once: each client's threads, in no order."""
    special = special_threads(sight)
    found: dict[ClientKey, list[int]] = {}
    for client, threads in sight.rows(
        "SELECT holder, json_group_array(thread) FROM thread_holders"
        f" WHERE holder IN ({sight.visible.client_holders()}) AND newest > 0"
        " AND thread NOT IN (SELECT value FROM json_each(:special)) GROUP BY holder",
        special=keys(special),
    ):
        found[ClientKey(client)] = _ints(threads)
    for client, thread in sight.rows(
        "SELECT DISTINCT c.client, e.thread FROM emails AS e JOIN filings AS c ON c.email = e.email"
        f" WHERE e.thread {OF_THREADS} AND {sight.visible.filing('c', 'e')} AND {sight.visible.email('e')}",
        threads=keys(special),
    ):
        found.setdefault(ClientKey(client), []).append(thread)
    return found


def unread_threads(sight: Sight) -> frozenset[int]:
    """Threads with an email that the reader sees and has not read."""
    found = sight.rows(
        "SELECT DISTINCT e.thread FROM member_states AS m JOIN emails AS e ON e.email = m.email"
        f" WHERE m.member = :member AND m.unread = 1 AND {sight.visible.email('e')}"
    )
    return frozenset(row[0] for row in found)


def _in_copy(sight: Sight, to_answer: set[int], parts: dict[ThreadKey, Seen]) -> set[int]:
    """Threads whose newest counting email has the reader only in Cc, and a colleague in To ([T2c])."""
    copied: dict[int, set[int]] = {}
    own = "m.mailbox IN (SELECT value FROM json_each(:own))"
    # CROSS JOIN: the firm's few addresses first, then a look-up each; the other way round it would read all mail.
    in_to = (
        "SELECT 1 FROM mailbox_addresses AS m CROSS JOIN email_addresses AS t"
        " ON t.address = m.address AND t.email = a.email AND t.role = 'to'"
    )
    for thread, email in sight.rows(
        "SELECT e.thread, e.email FROM email_addresses AS a CROSS JOIN emails AS e ON e.email = a.email"
        f" WHERE a.role = 'cc' AND a.address IN (SELECT m.address FROM mailbox_addresses AS m WHERE {own})"
        f" AND NOT EXISTS ({in_to} WHERE {own}) AND EXISTS ({in_to})"
    ):
        if thread in to_answer:
            copied.setdefault(thread, set()).add(email)
    missing = copied.keys() - parts.keys()
    known = {**parts, **(seen(sight, missing) if missing else {})}
    return {
        thread
        for thread, emails in copied.items()
        if (newest := _counting(sight, known[ThreadKey(thread)])) is not None and newest.email in emails
    }


def _counting(sight: Sight, part: Seen) -> StateEmail | None:
    return sight.rules.newest_counting(part.emails)


def _code(sight: Sight, part: Seen) -> int:
    return STATES.index(sight.rules.state(part.emails, part.done))


def _places(sight: Sight, join: str, where: str, threads: Iterable[int], **more: int) -> list[Place]:
    """(newest email, thread) of those emails of these threads that the reader sees and that meet a condition."""
    wanted = list(threads)
    if not wanted:
        return []
    found = sight.rows(
        f"SELECT max(e.email), e.thread FROM emails AS e {join}"
        f" WHERE e.thread {OF_THREADS} AND {where} AND {sight.visible.email('e')} GROUP BY e.thread",
        threads=keys(wanted),
        **more,
    )
    return [(EmailKey(row[0]), ThreadKey(row[1])) for row in found]


def _ordered(places: list[Place]) -> "array[int]":
    places.sort(reverse=True)
    return array("q", [thread for _, thread in places])


def _ints(column: str) -> list[int]:
    return msgspec.json.decode(column, type=list[int])
