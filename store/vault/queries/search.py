"""Emails by what they say and what is known of them, newest first, within what the reader may see ([T4], [S7a]).

A condition holds of one content; who may not read it does not find by it. What is asked comes as a `Wanted`, already
read and quoted by the rules; nothing here looks into a query's text.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from store.model.copy import Headers
from store.model.folding import folded
from store.model.ids import EmailKey
from store.model.record import Record
from store.vault.database import Value
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

MOST_HITS: Final = 10_000  # emails whose threads a list shows
_CONTENT_BITS: Final = 8
_headers = msgspec.msgpack.Decoder(Headers).decode


class Field(StrEnum):
    """What a condition looks at."""

    TEXT = "text"
    CLIENT = "client"
    FROM = "from"
    TO = "to"
    IN = "in"
    MAILBOX = "mailbox"
    NOTHING = "nothing"  # a field that nothing has yet


class Condition(Record, frozen=True, kw_only=True):
    """`text` of a TEXT condition is an FTS5 expression; of the people's fields also, beside the `word` as typed."""

    field: Field
    word: str = ""
    text: str = ""
    negated: bool = False


class Wanted(Record, frozen=True, kw_only=True):
    """What is asked: all of it together; of each group one condition is enough. Times are seconds."""

    text: str | None = None  # an FTS5 expression that must match
    without: str | None = None  # one that must not
    groups: tuple[tuple[Condition, ...], ...] = ()
    attachment: bool | None = None
    unread: bool | None = None
    starred: bool | None = None
    before: int | None = None
    after: int | None = None


def contents(sight: Sight, wanted: Wanted, *, below: EmailKey | None, limit: int) -> list[tuple[EmailKey, int]]:
    """(email, number of the content that was hit), newest first, each email once, older than `below`."""
    found: dict[EmailKey, int] = {}
    top = (1 << 62) if below is None else int(below)
    while len(found) < limit:
        hits = _slice(sight, wanted, top=top, limit=limit - len(found))
        if not hits:
            break
        for content, email in hits:
            found.setdefault(EmailKey(email), content - email)
        top = hits[-1][1]  # the other contents of the last email add nothing
    return list(found.items())


def threads(sight: Sight, wanted: Wanted) -> frozenset[int]:
    """The threads of the newest emails that are hit."""
    hits = _slice(sight, wanted, top=1 << 62, limit=MOST_HITS)
    found = sight.rows(
        "SELECT DISTINCT thread FROM emails WHERE email IN (SELECT value FROM json_each(:emails))",
        emails=keys({email for _, email in hits}),
    )
    return frozenset(row[0] for row in found)


def _slice(sight: Sight, wanted: Wanted, *, top: int, limit: int) -> list[tuple[int, int]]:
    build = _Build(sight, wanted)
    sql = build.sql()
    _teach(sight)
    found = sight.rows(sql, **build.bound, top=top, most=limit)
    return sorted(((row[0], row[1]) for row in found), reverse=True)


class _Build:
    """One query. The first table is the narrowest, and is read newest first until enough is found."""

    def __init__(self, sight: Sight, wanted: Wanted) -> None:
        self._sight = sight
        self._wanted = wanted
        self.bound: dict[str, Value] = {}
        self._conditions = [sight.visible.email("e"), sight.visible.content("c", "e")]

    def sql(self) -> str:
        """All of it."""
        first, order = self._first()
        self._times()
        self._states()
        if self._wanted.without is not None:
            self._conditions.append(f"NOT {self._matches(self._wanted.without)}")
        self._conditions += [self._group(group) for group in self._wanted.groups]
        return f"SELECT c.content, c.email FROM {first} WHERE {' AND '.join(self._conditions)} {order} LIMIT :most"

    def _first(self) -> tuple[str, str]:
        """The tables in their order, and what keeps the newest in front."""
        if self._wanted.text is not None:
            self._conditions.append(f"fts MATCH {self._bind(self._wanted.text)} AND fts.rowid < :top")
            tables = "fts CROSS JOIN contents AS c ON c.content = fts.rowid CROSS JOIN emails AS e ON e.email = c.email"
            return tables, "ORDER BY fts.rowid DESC"
        few = self._few()
        if few is None:
            self._conditions.append("c.content < :top")
            return "contents AS c CROSS JOIN emails AS e ON e.email = c.email", "ORDER BY c.content DESC"
        # A subquery with a LIMIT keeps its order; sorting the whole join instead would judge every row of it.
        tables = (
            f"(SELECT DISTINCT email FROM ({few}) WHERE email < :top ORDER BY email DESC LIMIT -1) AS d"
            " CROSS JOIN emails AS e ON e.email = d.email CROSS JOIN contents AS c ON c.email = d.email"
        )
        return tables, ""

    def _few(self) -> str | None:
        """A query for the emails that can be hits at all, where some condition makes them few."""
        for flag, column in ((self._wanted.unread, "unread"), (self._wanted.starred, "starred")):
            if flag:
                return f"SELECT email FROM member_states WHERE member = :member AND {column} = 1"
        for group in self._wanted.groups:
            if any(one.negated for one in group):
                continue
            if all(one.field is Field.CLIENT for one in group):
                return f"SELECT email FROM filings WHERE client IN ({self._clients(group)})"
            if all(one.field in (Field.FROM, Field.TO) for one in group):
                return " UNION ALL ".join(emails for one in group for emails in self._of_people(one))
        return None

    def _times(self) -> None:
        """Of the email's own time, which its key begins with."""
        for at, sign in ((self._wanted.before, "<"), (self._wanted.after, ">=")):
            if at is not None:
                key = max(0, min(at, (1 << 34) - 1)) << 28
                self._conditions.append(f"c.content {sign} {self._bind(key)}")

    def _states(self) -> None:
        wanted = self._wanted
        if wanted.attachment is not None:
            self._conditions.append("c.attachments > 0" if wanted.attachment else "c.attachments = 0")
        for flag, column in ((wanted.unread, "unread"), (wanted.starred, "starred")):
            if flag is not None:
                self._conditions.append(
                    f"{'' if flag else 'NOT '}EXISTS (SELECT 1 FROM member_states AS m WHERE m.member = :member"
                    f" AND m.thread = e.thread AND m.email = e.email AND m.{column} = 1)"
                )

    def _group(self, group: Sequence[Condition]) -> str:
        return f"({' OR '.join(self._one(condition) for condition in group)})"

    def _one(self, condition: Condition) -> str:
        holds = self._holds(condition)
        return f"NOT {holds}" if condition.negated else holds

    def _holds(self, condition: Condition) -> str:
        match condition.field:
            case Field.TEXT:
                return self._matches(condition.text)
            case Field.CLIENT:
                return (
                    "EXISTS (SELECT 1 FROM filings AS k WHERE k.email = e.email"
                    f" AND k.client IN ({self._clients((condition,))}) AND {self._sight.visible.filing('k', 'e')})"
                )
            case Field.FROM | Field.TO:
                return self._people(condition)
            case Field.IN:
                return self._placed(
                    f"(f.special_use = {self._bind(condition.word.casefold())}"
                    f" OR holds(f.name, {self._bind(folded(condition.word))}))"
                )
            case Field.MAILBOX:
                return self._placed(f"instr(lower(b.address), {self._bind(condition.word.casefold())})")
            case Field.NOTHING:
                return "0"

    def _matches(self, expression: str) -> str:
        return f"c.content IN (SELECT rowid FROM fts WHERE fts MATCH {self._bind(expression)})"

    def _clients(self, conditions: Iterable[Condition]) -> str:
        """Keys of the visible clients that are meant, by name or id."""
        words = [(condition.word, folded(condition.word)) for condition in conditions]
        named = self._sight.rows(
            f"SELECT client, name FROM clients WHERE NOT merged AND {self._sight.visible.allowed('client')}"
        )
        ids = self._sight.ids
        meant = [
            key for key, name in named if any(bare in folded(name) or word == ids.client(key) for word, bare in words)
        ]
        return f"SELECT value FROM json_each({self._bind(keys(meant))})"

    def _people(self, condition: Condition) -> str:
        """An address that contains the word, or a name that does."""
        which = int(condition.field is Field.TO)
        by_address, *by_name = self._of_people(condition)
        told = [f"e.email IN ({by_address})"]
        if by_name:
            named = f"named_in(c.headers, {which}, {self._bind(folded(condition.word))})"
            told.append(f"({self._matches(condition.text)} AND {named})")
        return f"({' OR '.join(told)})"

    def _of_people(self, condition: Condition) -> list[str]:
        """Queries for the emails with such an address, for To also as a Bcc of one's own mailboxes (Z16); and for those
        in which such a name stands anywhere.
        """
        meant = f"address IN (SELECT address FROM addresses WHERE instr(text, {self._bind(condition.word.casefold())}))"
        roles = "'from'" if condition.field is Field.FROM else "'to', 'cc'"
        by_address = f"SELECT email FROM email_addresses WHERE {meant} AND role IN ({roles})"
        if condition.field is Field.TO:
            own = "mailbox IN (SELECT value FROM json_each(:own))"
            by_address += f" UNION ALL SELECT email FROM sighting_addresses WHERE {meant} AND role = 'bcc' AND {own}"
        if not condition.text:
            return [by_address]
        named = (
            f"SELECT rowid & ~{(1 << _CONTENT_BITS) - 1} AS email FROM fts WHERE fts MATCH {self._bind(condition.text)}"
        )
        return [by_address, named]

    def _placed(self, where: str) -> str:
        shown = (
            "EXISTS (SELECT 1 FROM sightings AS s JOIN folders AS f ON {on}"
            " JOIN mailboxes AS b ON b.mailbox = s.mailbox WHERE s.email = e.email AND s.gone_at IS NULL"
            f" AND s.mailbox IN (SELECT value FROM json_each(:own)) AND {where})"
        )
        by_label = (
            "f.mailbox = s.mailbox AND f.label <> '' AND f.listed"
            " AND instr(' ' || s.flags || ' ', ' ' || f.label || ' ')"
        )
        return f"({shown.format(on='f.folder = s.folder')} OR {shown.format(on=by_label)})"

    def _bind(self, value: Value) -> str:
        name = f"w{len(self.bound)}"
        self.bound[name] = value
        return f":{name}"


def _teach(sight: Sight) -> None:
    """Two functions that the conditions use, once a connection: teaching again would make it read all its SQL anew."""
    if sight.value("SELECT 1 FROM pragma_function_list WHERE name = 'named_in'") is None:
        connection = sight.database.connection
        connection.create_scalar_function("named_in", _named_in, 3, deterministic=True)
        connection.create_scalar_function("holds", _holds_word, 2, deterministic=True)


def _holds_word(*given: Value) -> bool:
    """(text, folded word)."""
    return given[1] in folded(given[0])


def _named_in(*given: Value) -> bool:
    """(headers, which, folded word): whether a name in From (0), or in To and Cc (1), contains it."""
    packed, which, word = given
    headers = _headers(packed)
    people = (*headers.to, *headers.cc) if which else headers.from_
    return any(word in folded(person.name) for person in people)
