"""Scope as SQL: the one place where what a member may see is compiled into queries. `rules.permissions.visible` is the
rule; a test holds this against it.

The fragments speak of rows by the alias they are given, and bind `:own`, `:allowed`, `:walls` (JSON lists of keys),
`:now` and `:left_since`, which `bound` makes.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from store.model.scope import Scope

LEFT_SECONDS: Final = 30 * 86_400  # how long own mail that left its server is shown, in *Deleted* alone ([S9a])
_NEVER: Final = "0"
_ALWAYS: Final = "1"


def bound(scope: Scope, *, now: int) -> dict[str, str | int]:
    """The parameters of every fragment."""
    allowed = frozenset[int]() if scope.clients is None else scope.clients - scope.walls
    return {
        "now": now,
        "left_since": now - LEFT_SECONDS,
        "member": scope.member,
        "own": keys(scope.mailboxes),
        "allowed": keys(allowed),
        "walls": keys(scope.walls),
    }


def keys(values: Iterable[int]) -> str:
    """Integers to bind for `json_each`."""
    return msgspec.json.encode(list(values)).decode()


class Visible:
    """The fragments for one Scope. What cannot matter to it is left out of the SQL.

    `left`: own mail of which no own copy is present any more counts as if its last ones were, for a while.
    """

    def __init__(self, scope: Scope, *, left: bool = False) -> None:
        self._scope = scope
        self._left = left

    def allowed(self, column: str) -> str:
        """The client in this column may be seen."""
        if self._scope.clients is not None:
            return f"{column} IN (SELECT value FROM json_each(:allowed))"
        return f"{column} NOT IN (SELECT value FROM json_each(:walls))" if self._scope.walls else _ALWAYS

    def own(self, email: str) -> str:
        """A copy of the email lies in a mailbox of the reader's."""
        if not self._scope.mailboxes:
            return _NEVER
        return f"EXISTS (SELECT 1 FROM sightings AS own WHERE own.email = {email}.email AND {self.copy('own')})"

    def copy(self, sighting: str) -> str:
        """The copy is one of the reader's own."""
        if not self._left:
            return f"({sighting}.gone_at IS NULL AND {_of_own(sighting)})"
        return (
            f"({_of_own(sighting)} AND ({sighting}.gone_at IS NULL"
            f" OR ({sighting}.gone_at >= :left_since AND NOT {self.present(sighting)})))"
        )

    def present(self, email: str) -> str:
        """A copy of the email lies there now, whatever left."""
        return (
            f"EXISTS (SELECT 1 FROM sightings AS here WHERE here.email = {email}.email AND here.gone_at IS NULL"
            f" AND {_of_own('here')})"
        )

    def walled(self, email: str) -> str:
        """The email is filed with a client that a wall denies: nothing else counts."""
        if not self._scope.walls:
            return _NEVER
        return (
            f"EXISTS (SELECT 1 FROM filings AS w WHERE w.email = {email}.email"
            " AND w.client IN (SELECT value FROM json_each(:walls)))"
        )

    def by_filing(self, email: str) -> str:
        """The email is seen through a client (walls apart): an ambiguous filing needs every candidate ([C3]), unless
        the firm says that one is enough.
        """
        every = (
            f"(NOT f.ambiguous OR NOT EXISTS (SELECT 1 FROM filings AS o WHERE o.email = {email}.email"
            f" AND NOT ({self.allowed('o.client')})))"
        )
        return (
            f"({email}.filed > 0 AND NOT {email}.private AND EXISTS (SELECT 1 FROM filings AS f"
            f" WHERE f.email = {email}.email AND f.visible_from <= :now AND {self.allowed('f.client')}"
            f" AND {_ALWAYS if self._scope.ambiguous_as_all else every}))"
        )

    def email(self, email: str) -> str:
        """The reader sees the email."""
        return f"(NOT {self.walled(email)} AND ({self.by_filing(email)} OR {self.own(email)}))"

    def content(self, content: str, email: str) -> str:
        """Of an email that they see, the reader sees this content: all of a filed one, else their own ([S7a])."""
        if not self._scope.mailboxes:
            return _ALWAYS
        return (
            f"({self.by_filing(email)} OR EXISTS (SELECT 1 FROM sightings AS held"
            f" WHERE held.email = {content}.email AND held.content = {content}.no AND {self.copy('held')}))"
        )

    def filing(self, filing: str, email: str) -> str:
        """Of an email that they see, the reader sees this filing: a visible client, and its grace is over or theirs."""
        return f"({self.allowed(f'{filing}.client')} AND ({filing}.visible_from <= :now OR {self.own(email)}))"

    def holders(self) -> str:
        """The reader's holders in `thread_holders`: the clients they may see, and minus each of their mailboxes."""
        return f"{self.client_holders()} UNION ALL SELECT -value FROM json_each(:own)"

    def client_holders(self) -> str:
        """Of these the clients."""
        if self._scope.clients is not None:
            return "SELECT value FROM json_each(:allowed)"
        return f"SELECT client FROM clients WHERE {self.allowed('client')}"


def _of_own(sighting: str) -> str:
    return f"{sighting}.mailbox IN (SELECT value FROM json_each(:own))"
