"""What the firm sets on a client beside its links: its name, tags and domains; and clients that became another one.

A client that was merged keeps its row: its key is an alias for ever, and an undo finds everything where it was.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from store.model.ids import ClientKey, EmailKey, MemberKey
from store.vault.database import Database

_IN: Final = "IN (SELECT value FROM carray(?1))"

Since = tuple[MemberKey, int]  # a member's access or wall, and since when


class Clients:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def name(self, client: ClientKey) -> str | None:
        """None: there is none, or it became another one."""
        found = self._db.value("SELECT name FROM clients WHERE client = ? AND NOT merged", (client,))
        return None if found is None else str(found)

    def add(self, names: Sequence[str], *, at: int) -> list[ClientKey]:
        """New clients in this order, under keys that none had before, also none that is no more."""
        if not names:
            return []
        first = 1 + int(
            self._db.value(
                "SELECT max((SELECT coalesce(max(client), 0) FROM clients),"
                " (SELECT coalesce(max(client), 0) FROM left_clients))"
            )
        )
        rows = [(key, name, at) for key, name in enumerate(names, first)]
        self._db.many("INSERT INTO clients (client, name, made_at) VALUES (?, ?, ?)", rows)
        return [ClientKey(row[0]) for row in rows]

    def rename(self, client: ClientKey, name: str) -> None:
        self._db.run("UPDATE clients SET name = ? WHERE client = ?", (name, client))

    # ---- Tags

    def tags(self, client: ClientKey) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(
            r[0] for r in self._db.rows("SELECT tag FROM client_tags WHERE client = ? ORDER BY tag", (client,))
        )

    def set_tags(self, client: ClientKey, tags: Iterable[str]) -> None:
        """All that it has from now on."""
        self._db.run("DELETE FROM client_tags WHERE client = ?", (client,))
        self._db.many("INSERT OR IGNORE INTO client_tags (client, tag) VALUES (?, ?)", [(client, tag) for tag in tags])

    # ---- Domains

    def domains(self, client: ClientKey) -> tuple[str, ...]:
        """In alphabetical order."""
        rows = self._db.rows("SELECT domain FROM client_domains WHERE client = ? ORDER BY domain", (client,))
        return tuple(row[0] for row in rows)

    def claims(self, domains: Iterable[str]) -> dict[str, list[ClientKey]]:
        """Of these domains those that are clients'."""
        found: dict[str, list[ClientKey]] = {}
        sql = f"SELECT domain, client FROM client_domains WHERE domain {_IN} ORDER BY domain, client"
        for domain, client in self._db.of_texts(sql, set(domains)):
            found.setdefault(domain, []).append(ClientKey(client))
        return found

    def set_domain(self, client: ClientKey, domain: str, *, on: bool) -> bool:
        """Whether it changed."""
        sql = (
            "INSERT OR IGNORE INTO client_domains (domain, client) VALUES (?, ?)"
            if on
            else "DELETE FROM client_domains WHERE domain = ? AND client = ?"
        )
        return self._db.changed(sql, (domain, client)) > 0

    def of_domain(self, domain: str) -> list[EmailKey]:
        """The emails with an address of this domain in From, To or Cc."""
        rows = self._db.rows(
            "SELECT DISTINCT e.email FROM addresses AS a CROSS JOIN email_addresses AS e ON e.address = a.address"
            " WHERE a.domain = ?",
            (domain,),
        )
        return [EmailKey(row[0]) for row in rows]

    # ---- Clients that became another one

    def resolve(self, client: ClientKey) -> ClientKey:
        """The client that this one became, through as many steps as there were; itself, if it became none."""
        seen = {client}
        while target := self._db.value("SELECT merged FROM clients WHERE client = ?", (client,)):
            if target in seen:
                break
            client = ClientKey(target)
            seen.add(client)
        return client

    def set_merged(self, client: ClientKey, into: ClientKey | None) -> None:
        """It became another one; None: it is itself again."""
        self._db.run("UPDATE clients SET merged = ? WHERE client = ?", (into or 0, client))

    def access(self, client: ClientKey) -> tuple[Since, ...]:
        """Who was given access to it."""
        rows = self._db.rows("SELECT member, since FROM access WHERE client = ? ORDER BY member", (client,))
        return tuple((MemberKey(row[0]), row[1]) for row in rows)

    def set_access(self, client: ClientKey, access: Iterable[Since]) -> None:
        self._db.run("DELETE FROM access WHERE client = ?", (client,))
        sql = "INSERT INTO access (member, client, since) VALUES (?, ?, ?)"
        self._db.many(sql, [(member, client, since) for member, since in access])

    def walls(self, client: ClientKey) -> tuple[Since, ...]:
        """Whom a wall denies it."""
        rows = self._db.rows("SELECT member, since FROM walls WHERE client = ? ORDER BY member", (client,))
        return tuple((MemberKey(row[0]), row[1]) for row in rows)

    def set_walls(self, client: ClientKey, walls: Iterable[Since]) -> None:
        self._db.run("DELETE FROM walls WHERE client = ?", (client,))
        sql = "INSERT INTO walls (member, client, since) VALUES (?, ?, ?)"
        self._db.many(sql, [(member, client, since) for member, since in walls])

    def decisions(self, client: ClientKey) -> tuple[tuple[int, str], ...]:
        """The decisions by hand that name it: serial, and the clients as they are kept."""
        rows = self._db.rows(
            "SELECT serial, clients FROM hand_decisions WHERE ' ' || clients || ' ' LIKE '% ' || ? || ' %'", (client,)
        )
        return tuple((row[0], row[1]) for row in rows)

    def set_decisions(self, decisions: Iterable[tuple[int, str]]) -> None:
        """Their clients from now on."""
        self._db.many(
            "UPDATE hand_decisions SET clients = ?2 WHERE serial = ?1", [(serial, text) for serial, text in decisions]
        )

    def decided(self, serials: Iterable[int]) -> list[EmailKey]:
        """The emails that these decisions are about: for themselves or their thread, or *always* for their sender."""
        rows = self._db.of_keys(
            f"SELECT email FROM hand_decisions WHERE serial {_IN} AND email IS NOT NULL UNION"
            " SELECT e.email FROM hand_decisions AS h JOIN email_addresses AS e ON e.address = h.address"
            f" WHERE h.serial {_IN} AND e.role = 'from'",
            serials,
        )
        return [EmailKey(row[0]) for row in rows]

    def naming(self, client: ClientKey) -> list[EmailKey]:
        """The emails that are filed with it, or that it is suggested for."""
        rows = self._db.rows(
            "SELECT email FROM filings WHERE client = ?1 UNION SELECT email FROM suggestions WHERE client = ?1",
            (client,),
        )
        return [EmailKey(row[0]) for row in rows]
