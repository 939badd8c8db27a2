"""Clients that are erased ([C10]): what is still to go, and keyed hashes by which nothing of it comes back.

A hash tells whether an address or Message-ID is one of those that were erased; neither can be read from it. Must not
decide what is a client's.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from store.model.ids import ClientKey, ContactKey, EmailKey, OutboxKey
from store.vault.database import Database

HASH_BYTES: Final = 16
_ADDRESS, _NAME = b"erased-address", b"erased-name"
_IN: Final = "IN (SELECT value FROM carray(?1))"
# What goes in slices, or tells what went: the rest that names a client goes at once, whichever table it is.
_LATER: Final = frozenset({"clients", "filings", "documents", "errands", "erasing", "left_clients", "announcements"})


class Erasures:
    """See the module. `secret` is the firm's, so that its backup knows the same hashes."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._db = database
        self._secret = secret

    # ---- Hashes

    def _hash(self, kind: bytes, data: bytes) -> bytes:
        return blake2b(data, digest_size=HASH_BYTES, key=self._secret, person=kind).digest()

    def _addresses(self, texts: Iterable[str]) -> set[bytes]:
        return {self._hash(_ADDRESS, text.encode("utf-8", "surrogatepass")) for text in texts}

    def remember(self, *, addresses: Iterable[str] = (), names: Iterable[bytes] = ()) -> None:
        """These do not come back: addresses, and emails by the hash of their Message-ID."""
        hashes = self._addresses(addresses) | {self._hash(_NAME, name) for name in names}
        self._db.many("INSERT OR IGNORE INTO erased_hashes (hash) VALUES (?)", [(one,) for one in sorted(hashes)])

    def any(self) -> bool:
        """Whether anything was ever erased."""
        return self._db.row("SELECT 1 FROM erased_hashes LIMIT 1") is not None

    def erased(self, *, addresses: Iterable[str], names: Iterable[bytes]) -> bool:
        """Whether one of these was."""
        wanted = self._addresses(addresses) | {self._hash(_NAME, name) for name in names}
        return bool(self._db.of_blobs(f"SELECT 1 FROM erased_hashes WHERE hash {_IN} LIMIT 1", wanted))

    def welcome(self, addresses: Iterable[str]) -> bool:
        """These are contacts again; whether any of them was erased."""
        found = False
        for one in self._addresses(addresses):
            found |= self._db.changed("DELETE FROM erased_hashes WHERE hash = ?", (one,)) > 0
        return found

    # ---- What is to go

    def begin(self, client: ClientKey, *, addresses: Iterable[int], at: int) -> int:
        """The client's emails, and what bears its own contacts' addresses, are to go; how many."""
        self._db.run("UPDATE clients SET erasing_at = ? WHERE client = ?", (at, client))
        self._db.run(
            "INSERT OR IGNORE INTO erasing (email, client) SELECT email, client FROM filings WHERE client = ?",
            (client,),
        )
        for table in ("email_addresses", "sighting_addresses"):
            self._db.for_keys(
                f"INSERT OR IGNORE INTO erasing (email, client) SELECT email, ?2 FROM {table} WHERE address {_IN}",
                addresses,
                client,
            )
        return int(self._db.value("SELECT count(*) FROM erasing WHERE client = ?", (client,)))

    def own_contacts(self, client: ClientKey) -> list[ContactKey]:
        """Contacts that nobody else has."""
        rows = self._db.rows(
            "SELECT l.contact FROM links AS l WHERE l.client = ?1"
            " AND NOT EXISTS (SELECT 1 FROM links AS o WHERE o.contact = l.contact AND o.client <> ?1)",
            (client,),
        )
        return [ContactKey(row[0]) for row in rows]

    def drop_contacts(self, contacts: Iterable[ContactKey]) -> None:
        """These go, and those merged into them."""
        for contact in contacts:
            all_of = (
                "WITH RECURSIVE all_of(contact) AS (SELECT ?1 UNION SELECT c.contact FROM contacts AS c"
                " JOIN all_of AS a ON c.merged = a.contact) SELECT contact FROM all_of"
            )
            keys = [row[0] for row in self._db.rows(all_of, (contact,))]
            for table in ("contact_addresses", "contacts"):
                self._db.for_keys(f"DELETE FROM {table} WHERE contact {_IN}", keys)

    def names(self, client: ClientKey) -> list[ClientKey]:
        """The client, and those that were merged into it."""
        rows = self._db.rows(
            "WITH RECURSIVE all_of(client) AS (SELECT ?1 UNION SELECT c.client FROM clients AS c JOIN all_of AS a"
            " ON c.merged = a.client) SELECT client FROM all_of",
            (client,),
        )
        return [ClientKey(row[0]) for row in rows]

    def cut_loose(self, client: ClientKey) -> None:
        """Whatever names the client but its mail: nothing is filed there any more, nobody sees it."""
        for key in self.names(client):
            for table in self._naming():
                self._db.run(f"DELETE FROM {table} WHERE client = ?", (key,))
            self._db.run(
                "UPDATE hand_decisions SET clients = trim(replace(' ' || clients || ' ', ' ' || ?1 || ' ', ' '))"
                " WHERE ' ' || clients || ' ' LIKE '% ' || ?1 || ' %'",
                (key,),
            )
        self._db.run("DELETE FROM hand_decisions WHERE clients = '' AND kind = 'always'")

    def _naming(self) -> list[str]:
        """Tables with a column for a client, those first that name another table's rows."""
        rows = self._db.rows(
            "SELECT s.name FROM sqlite_schema AS s JOIN pragma_table_info(s.name) AS c WHERE s.type = 'table'"
            " AND c.name = 'client' ORDER BY s.name = 'links', s.name"
        )
        return [row[0] for row in rows if row[0] not in _LATER]

    def due(self) -> ClientKey | None:
        """A client that is being erased."""
        found = self._db.value("SELECT client FROM clients WHERE erasing_at > 0 AND NOT merged LIMIT 1")
        return None if found is None else ClientKey(found)

    def next(self, client: ClientKey, most: int) -> list[EmailKey]:
        """Of its emails some that are still to go; those that were filed there meanwhile too."""
        rows = self._db.rows(
            "SELECT email FROM erasing WHERE client = ?1 UNION SELECT email FROM filings WHERE client = ?1 LIMIT ?2",
            (client, most),
        )
        return [EmailKey(row[0]) for row in rows]

    def gone(self, emails: Iterable[EmailKey]) -> None:
        """These have gone."""
        self._db.for_keys(f"DELETE FROM erasing WHERE email {_IN}", emails)

    def sent(self, emails: Iterable[EmailKey]) -> list[OutboxKey]:
        """Mail of the outbox that became, or answers, one of these."""
        rows = self._db.of_keys(f"SELECT outbox FROM outbox WHERE email {_IN} OR answers {_IN}", emails)
        return [OutboxKey(row[0]) for row in rows]

    def written_to(self, addresses: Iterable[str]) -> list[OutboxKey]:
        """Mail of the outbox to one of these."""
        rows = self._db.of_texts(f"SELECT DISTINCT outbox FROM outbox_recipients WHERE address {_IN}", addresses)
        return [OutboxKey(row[0]) for row in rows]

    def finish(self, client: ClientKey) -> None:
        """Its row goes, and those merged into it; its key is never given again."""
        for key in reversed(self.names(client)):
            self._db.run("DELETE FROM errands WHERE client = ?", (key,))
            self._db.run("UPDATE announcements SET client = NULL, kind = 'firm_changed' WHERE client = ?", (key,))
            self._db.run("INSERT OR REPLACE INTO left_clients (client, gone) VALUES (?, 1)", (key,))
            self._db.run("DELETE FROM clients WHERE client = ?", (key,))

    def forget_words(self, words: Iterable[str]) -> None:
        """First answers and ways back that have one of these in them."""
        for word in {word for word in words if word}:
            for table, column in (("commands", "answer"), ("undo", "inverse")):
                self._db.run(f"DELETE FROM {table} WHERE instr({column}, ?) > 0", (word.encode(),))
