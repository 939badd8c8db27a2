"""Which emails a member sees, asked in bulk by the writer: the queries' own SQL, so that Scope is compiled once."""

from collections.abc import Iterable

import msgspec

from store.model.address import Person
from store.model.copy import Headers
from store.model.ids import ClientKey, EmailKey
from store.model.scope import Scope
from store.vault.database import Database, Row
from store.vault.queries.visible import Visible, bound, keys

_headers = msgspec.msgpack.Decoder(Headers).decode


class Seen:
    """What one Scope shows now; `left`: own mail that left its server lately too, as *Deleted* shows it."""

    def __init__(self, database: Database, scope: Scope, *, now: int, left: bool = False) -> None:
        self._db = database
        self._visible = Visible(scope, left=left)
        self._bound = bound(scope, now=now)

    def among(self, emails: Iterable[EmailKey]) -> list[EmailKey]:
        """Of these the ones that are seen, newest first."""
        rows = self._rows(
            "SELECT e.email FROM emails AS e WHERE e.email IN (SELECT value FROM json_each(:emails))"
            f" AND {self._visible.email('e')} ORDER BY e.email DESC",
            emails,
        )
        return [EmailKey(row[0]) for row in rows]

    def filed_with(self, emails: Iterable[EmailKey]) -> set[ClientKey]:
        """The clients with which any of these that is seen is filed for certain, hidden clients too."""
        rows = self._rows(
            "SELECT DISTINCT f.client FROM emails AS e JOIN filings AS f ON f.email = e.email AND NOT f.ambiguous"
            f" WHERE e.email IN (SELECT value FROM json_each(:emails)) AND {self._visible.email('e')}",
            emails,
        )
        return {ClientKey(row[0]) for row in rows}

    def fileable(self, emails: Iterable[EmailKey]) -> int:
        """How many of these a link may file: those that are seen, and those that some mailbox without a never-sync list
        holds. The rest may be somebody's own for good, and is not counted.
        """
        rows = self._rows(
            "SELECT count(*) FROM emails AS e WHERE e.email IN (SELECT value FROM json_each(:emails)) AND"
            f" ({self._visible.email('e')} OR EXISTS (SELECT 1 FROM sightings AS s WHERE s.email = e.email"
            " AND NOT EXISTS (SELECT 1 FROM never_sync AS n WHERE n.mailbox = s.mailbox)))",
            emails,
        )
        return int(rows[0][0])

    def in_folder(self, client: ClientKey, emails: Iterable[EmailKey]) -> int:
        """How many of these are seen and filed with a client."""
        rows = self._rows(
            f"SELECT count(*) FROM emails AS e JOIN filings AS f ON f.email = e.email AND f.client = {int(client)}"
            f" WHERE e.email IN (SELECT value FROM json_each(:emails)) AND {self._visible.email('e')}",
            emails,
        )
        return int(rows[0][0])

    def senders(self, email: EmailKey) -> tuple[Person, ...]:
        """From of an email, as the first content says that the member may see."""
        rows = self._rows(
            "SELECT c.headers FROM emails AS e JOIN contents AS c ON c.email = e.email"
            f" WHERE e.email IN (SELECT value FROM json_each(:emails)) AND {self._visible.email('e')}"
            f" AND {self._visible.content('c', 'e')} ORDER BY c.no LIMIT 1",
            (email,),
        )
        return _headers(rows[0][0]).from_ if rows else ()

    def _rows(self, sql: str, emails: Iterable[EmailKey]) -> list[Row]:
        return self._db.connection.execute(sql, {**self._bound, "emails": keys(list(emails))}).fetchall()
