"""Lists of threads as one reader sees them: which, in which order, in which state; newest first.

A thread stands at the newest email that puts it into the list. Where a holder shows everybody the same, the place is
read off `thread_holders`; where not (ambiguous, private, in grace, walls), it is worked out from the emails.
"""

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import compress, count, filterfalse
from operator import neg
from typing import Any, Final, TypeVar

import msgspec

from store.model.ids import ClientKey, ThreadKey
from store.model.thread import ThreadState
from store.vault.queries.judging import OF_THREADS, Seen, seen
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

STATES: Final = (ThreadState.TO_ANSWER, ThreadState.WAITING, ThreadState.DONE, ThreadState.QUIET)
TO_ANSWER, WAITING, DONE, QUIET = range(4)
ABOUT_LISTS: Final = frozenset({"threads_changed", "states_changed", "scope_changed"})  # kinds of announcements
IN_COPY: Final = 4  # to answer, but not by this reader ([T2c])
_UNKNOWN: Final = 9
_MASKS: Final = [bytes(code == known for known in range(256)) for code in range(IN_COPY + 1)]  # for `translate`
_BUT: Final = [bytes(code != known for known in range(256)) for code in range(IN_COPY + 1)]
_CODES: Final = " ".join(f"WHEN '{state.value}' THEN {code}" for code, state in enumerate(STATES))

Place = tuple[int, int]  # newest email, thread
Column = TypeVar("Column", "array[int]", bytearray)
MANY: Final = 2000  # changed threads: then it is quicker to begin anew


@dataclass(frozen=True, slots=True)
class Places:
    """A list: threads in order, each with the email that places it."""

    newest: "array[int]"
    threads: "array[int]"


@dataclass(frozen=True, slots=True)
class Listing:
    """Every thread of which the reader sees anything, in order, with a code each. `unread`: threads with an email that
    the reader has not read.
    """

    places: Places
    codes: bytes
    unread: frozenset[int]

    @property
    def threads(self) -> "array[int]":
        """In order."""
        return self.places.threads

    def of(self, code: int, *, without: Container[int] = ()) -> "array[int]":
        """Those in this state, without some."""
        chosen = compress(self.threads, self.codes.translate(_MASKS[code]))
        return array("q", filterfalse(without.__contains__, chosen))

    def among(self, threads: Container[int], *, but: int | None = None) -> "array[int]":
        """Those of these threads that are not in that state."""
        chosen = self.threads if but is None else compress(self.threads, self.codes.translate(_BUT[but]))
        return array("q", filter(threads.__contains__, chosen))


@dataclass(frozen=True, slots=True)
class Folder:
    """What puts a thread into a list: an email that the reader sees and of which this holds."""

    join: str
    where: str
    client: int = 0  # bound as :client

    def places(self, sight: Sight, threads: Iterable[int]) -> list[Place]:
        """Of these threads those that belong into it, with the newest such email."""
        wanted = keys(threads)
        found = sight.rows(
            f"SELECT max(e.email), e.thread FROM emails AS e {self.join}"
            f" WHERE e.thread {OF_THREADS} AND {self.where} AND {sight.visible.email('e')} GROUP BY e.thread",
            threads=wanted,
            client=self.client,
        )
        return [(row[0], row[1]) for row in found]

    def again(self, sight: Sight, old: Places, changed: AbstractSet[int]) -> Places:
        """The list after only these threads changed."""
        return _renewed(old, changed, self.places(sight, changed))


def client_folder(sight: Sight, client: ClientKey) -> Folder:
    """A client's folder."""
    join = "JOIN filings AS c ON c.email = e.email AND c.client = :client"
    return Folder(join, sight.visible.filing("c", "e"), client)


def ambiguous_folder(sight: Sight) -> Folder:
    """Emails of which the reader sees an ambiguous filing."""
    return Folder("JOIN filings AS c ON c.email = e.email AND c.ambiguous", sight.visible.filing("c", "e"))


def unfiled_folder(sight: Sight) -> Folder:
    """Emails in the reader's mailboxes that, as far as they see, have no client."""
    filed = f"SELECT 1 FROM filings AS c WHERE c.email = e.email AND {sight.visible.filing('c', 'e')}"
    return Folder("", f"{sight.visible.own('e')} AND NOT EXISTS ({filed})")


def listing(sight: Sight) -> Listing:
    """See Listing."""
    entries = _entries(sight, special_threads(sight))
    places = Places(array("q", [place for place, _, _ in entries]), array("q", [thread for _, thread, _ in entries]))
    return Listing(places, bytes(code for _, _, code in entries), unread_threads(sight))


def listing_again(sight: Sight, old: Listing, changed: AbstractSet[int]) -> Listing:
    """The same after only these threads changed."""
    entries = _entries(sight, special_threads(sight) & changed, changed)
    states = {thread: code for _, thread, code in entries}
    codes = bytearray(old.codes)
    places = _renewed(old.places, changed, [(newest, thread) for newest, thread, _ in entries], codes, states)
    return Listing(places, bytes(codes), (old.unread - changed) | unread_threads(sight, changed))


def _entries(sight: Sight, special: set[int], among: AbstractSet[int] | None = None) -> list[tuple[int, int, int]]:
    """(newest, thread, code), newest first; of these threads, if some are named. `special` are worked out."""
    these = "" if among is None else f" AND thread {OF_THREADS}"
    row = sight.row(
        "WITH held AS (SELECT thread, max(newest) AS newest, max(emails) AS emails FROM thread_holders"
        f" WHERE holder IN ({sight.visible.holders()}) AND newest > 0{these}"
        " AND thread NOT IN (SELECT value FROM json_each(:special)) GROUP BY thread)"
        " SELECT json_group_array(thread), json_group_array(newest), json_group_array(code) FROM"
        " (SELECT h.thread AS thread, h.newest AS newest,"
        f" CASE WHEN h.emails <> t.count THEN {_UNKNOWN} ELSE CASE t.state {_CODES} END END AS code"
        " FROM held AS h JOIN threads AS t ON t.thread = h.thread ORDER BY h.newest DESC)",
        special=keys(special),
        threads=keys(() if among is None else among),
    )
    threads, newest, codes = (_ints(column) for column in row or ("[]", "[]", "[]"))
    parts = seen(sight, {thread for thread, code in zip(threads, codes, strict=True) if code == _UNKNOWN} | special)
    to_answer = {thread for thread, code in zip(threads, codes, strict=True) if code == TO_ANSWER}
    in_copy = _in_copy(sight, to_answer, parts, few=among is not None)
    known = zip(newest, threads, codes, strict=True)
    entries = [
        (place, thread, IN_COPY if thread in in_copy else code) for place, thread, code in known if code != _UNKNOWN
    ]
    if parts:
        entries += _judged(sight, parts, in_copy)
        entries.sort(reverse=True)
    return entries


def _judged(sight: Sight, parts: dict[ThreadKey, Seen], in_copy: AbstractSet[int]) -> list[tuple[int, int, int]]:
    """(newest, thread, code) of what was worked out."""
    found = []
    for thread, part in parts.items():
        code = STATES.index(sight.rules.state(part.emails, part.done))
        found.append((int(part.newest), int(thread), IN_COPY if code == TO_ANSWER and thread in in_copy else code))
    return found


def _renewed(
    old: Places,
    changed: AbstractSet[int],
    fresh: list[Place],
    codes: bytearray | None = None,
    states: Mapping[int, int] | None = None,
) -> Places:
    """A list with these threads taken out, and put in where they belong now; `codes` along with it. No step goes
    through a long list one by one, and none moves its rest for each thread.
    """
    left = list(compress(count(), map(changed.__contains__, old.threads)))
    newest, threads = _without(old.newest, left), _without(old.threads, left)
    fresh = sorted(fresh, reverse=True)
    at = [bisect_left(newest, -place, key=neg) for place, _ in fresh]
    if codes is not None and states is not None:
        codes[:] = _with(_without(codes, left), at, [states[thread] for _, thread in fresh])
    return Places(_with(newest, at, [place for place, _ in fresh]), _with(threads, at, [thread for _, thread in fresh]))


def _without(column: Column, places: Iterable[int]) -> Column:
    """What is not at these places, which ascend."""
    kept, begin = column[:0], 0
    for at in places:
        kept += column[begin:at]
        begin = at + 1
    return kept + column[begin:]


def _with(column: Column, places: Iterable[int], values: Iterable[int]) -> Column:
    """Each value before what stands at its place; the places ascend."""
    made, begin = column[:0], 0
    for at, value in zip(places, values, strict=True):
        made += column[begin:at]
        made.append(value)
        begin = at
    return made + column[begin:]


def changed_threads(sight: Sight, *, since: int, last: int) -> frozenset[int] | None:
    """The threads that may stand elsewhere in this reader's lists than at an announcement; None: too many, or any."""
    rows = sight.rows(
        "SELECT kind, thread, coalesce(member, :member) = :member FROM announcements WHERE seq > :since ORDER BY seq"
        " LIMIT :most",
        since=since,
        most=MANY + 1,
    )
    if len(rows) != last - since or len(rows) > MANY:
        return None
    about = [thread for kind, thread, mine in rows if kind in ABOUT_LISTS and mine]
    if any(thread is None for thread in about):
        return None
    gone = sight.rows(f"SELECT merged FROM merged_threads WHERE thread {OF_THREADS}", threads=keys(about))
    return frozenset([*about, *(row[0] for row in gone)])


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


def client_threads(sight: Sight, client: ClientKey) -> Places:
    """A client's folder."""
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
        return Places(array("q", newest), array("q", threads))
    places = client_folder(sight, client).places(sight, (row[0] for row in special))
    return ordered([*zip(newest, threads, strict=True), *places])


def unfiled_threads(sight: Sight) -> Places:
    """The unfiled folder. Most threads are filed with one client, or with none, as a whole: only the rest is looked at
    email by email.
    """
    held = sight.rows(
        "SELECT thread, max(newest) FROM thread_holders"
        " WHERE holder IN (SELECT -value FROM json_each(:own)) AND newest > 0 GROUP BY thread"
    )
    mine: dict[int, int] = dict(held)
    if not mine:
        return ordered([])
    filed = sight.rows(
        "SELECT h.thread, max(h.emails + h.mixed = t.count) FROM thread_holders AS h JOIN threads AS t"
        f" ON t.thread = h.thread WHERE h.holder IN ({sight.visible.client_holders()}) GROUP BY h.thread"
    )
    walled = sight.rows("SELECT thread FROM thread_holders WHERE holder IN (SELECT value FROM json_each(:walls))")
    looked_at = {thread for thread, wholly in filed if not wholly} | {row[0] for row in walled}
    apart = looked_at | {thread for thread, _ in filed}
    places = unfiled_folder(sight).places(sight, looked_at & mine.keys())
    return ordered([*((newest, thread) for thread, newest in mine.items() if thread not in apart), *places])


def ambiguous_threads(sight: Sight) -> Places:
    """The ambiguous folder."""
    candidates = sight.rows(
        f"SELECT DISTINCT thread FROM thread_holders WHERE holder IN ({sight.visible.client_holders()}) AND partial = 1"
    )
    return ordered(ambiguous_folder(sight).places(sight, (row[0] for row in candidates)))


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


def unread_threads(sight: Sight, threads: Iterable[int] | None = None) -> frozenset[int]:
    """Threads (of these, if some are named) with an email that the reader sees and has not read."""
    among = "" if threads is None else f"m.thread {OF_THREADS} AND "
    found = sight.rows(
        "SELECT DISTINCT e.thread FROM member_states AS m JOIN emails AS e ON e.email = m.email"
        f" WHERE m.member = :member AND {among}m.unread = 1 AND {sight.visible.email('e')}",
        threads=keys(() if threads is None else threads),
    )
    return frozenset(row[0] for row in found)


def _in_copy(sight: Sight, to_answer: set[int], parts: Mapping[ThreadKey, Seen], *, few: bool) -> set[int]:
    """Threads whose newest counting email has the reader only in Cc, and a colleague in To ([T2c]): of those that were
    worked out, and of `to_answer`, which may be `few`.
    """
    deciding = {thread: sight.rules.newest_counting(part.emails) for thread, part in parts.items()}
    known = {one.email for one in deciding.values() if one is not None}
    copied = _copied(sight, "a.email IN (SELECT value FROM json_each(:emails))", known) if known else {}
    if to_answer:
        where = f"a.email IN (SELECT email FROM emails WHERE thread {OF_THREADS})" if few else "1"
        found = _copied(sight, where, (), to_answer if few else ())
        copied |= {thread: emails for thread, emails in found.items() if thread in to_answer}
    more = {ThreadKey(thread): one.emails for thread, one in seen(sight, copied.keys() - deciding.keys()).items()}
    deciding |= {thread: sight.rules.newest_counting(emails) for thread, emails in more.items()}
    return {
        thread
        for thread, emails in copied.items()
        if (one := deciding[ThreadKey(thread)]) is not None and one.email in emails
    }


def _copied(sight: Sight, where: str, emails: Iterable[int], threads: Iterable[int] = ()) -> dict[int, set[int]]:
    """Thread → emails that have the reader only in Cc, and a colleague in To."""
    own = "m.mailbox IN (SELECT value FROM json_each(:own))"
    # CROSS JOIN: the firm's few addresses first, then a look-up each; the other way round it would read all mail.
    in_to = (
        "SELECT 1 FROM mailbox_addresses AS m CROSS JOIN email_addresses AS t"
        " ON t.address = m.address AND t.email = a.email AND t.role = 'to'"
    )
    found: dict[int, set[int]] = {}
    for thread, email in sight.rows(
        "SELECT e.thread, e.email FROM email_addresses AS a CROSS JOIN emails AS e ON e.email = a.email"
        f" WHERE a.role = 'cc' AND a.address IN (SELECT m.address FROM mailbox_addresses AS m WHERE {own})"
        f" AND {where} AND NOT EXISTS ({in_to} WHERE {own}) AND EXISTS ({in_to})",
        emails=keys(emails),
        threads=keys(threads),
    ):
        found.setdefault(thread, set()).add(email)
    return found


def ordered(places: Iterable[Place]) -> Places:
    """Newest first."""
    places = sorted(places, reverse=True)
    return Places(array("q", [place for place, _ in places]), array("q", [thread for _, thread in places]))


def _ints(column: str) -> list[int]:
    return msgspec.json.decode(column, type=list[int])
