"""Normalised addresses, each kept once under a key: what emails bear, contacts own and mailboxes answer to."""

from collections.abc import Iterable
from typing import Final

from store.model.address import base
from store.vault.database import Database

_REMEMBERED: Final = 50_000
_IN: Final = "IN (SELECT value FROM carray(?1))"
_USERS: Final = (
    "email_addresses", "sighting_addresses", "contact_addresses", "mailbox_addresses", "former_addresses",
    "hand_decisions",
)  # fmt: skip


class Addresses:
    """Text ↔ key. What it remembers holds for one connection; `forget` after a transaction that was rolled back."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._keys: dict[str, int] = {}

    def forget(self) -> None:
        """Look everything up anew."""
        self._keys.clear()

    def find(self, texts: Iterable[str]) -> dict[str, int]:
        """The keys of those that are known."""
        wanted = set(texts)
        known = {text: self._keys[text] for text in wanted if text in self._keys}
        missing = wanted - known.keys()
        rows = self._db.of_texts(
            "SELECT text, address FROM addresses WHERE text IN (SELECT value FROM carray(?1))", missing
        )
        found: dict[str, int] = dict(rows)
        self._remember(found)
        return known | found

    def keys(self, texts: Iterable[str]) -> dict[str, int]:
        """The keys of all of them; new ones are made in the order of their text."""
        wanted = set(texts)
        known = self.find(wanted)
        new = sorted(wanted - known.keys())
        if new:
            self._db.many(
                "INSERT INTO addresses (text, domain, base) VALUES (?1, ?2, nullif(?3, ?1))",
                ((text, text.rpartition("@")[2], base(text)) for text in new),
            )
            last = self._db.connection.last_insert_rowid()
            made = {text: last - len(new) + 1 + place for place, text in enumerate(new)}
            self._remember(made)
            known |= made
        return known

    def key(self, text: str) -> int:
        """The key of one."""
        return self.keys((text,))[text]

    def texts(self, keys: Iterable[int]) -> dict[int, str]:
        """Keys → texts."""
        return dict(
            self._db.of_keys(
                "SELECT address, text FROM addresses WHERE address IN (SELECT value FROM carray(?1))", set(keys)
            )
        )

    def all(self) -> dict[int, str]:
        """Every one."""
        return dict(self._db.rows("SELECT address, text FROM addresses"))

    def drop_unused(self, keys: Iterable[int]) -> None:
        """Those of these that no email, contact, mailbox or decision has. Not in a turn that gives keys out."""
        used = " AND ".join(f"address NOT IN (SELECT address FROM {table} WHERE address {_IN})" for table in _USERS)
        self._db.for_keys(f"DELETE FROM addresses WHERE address {_IN} AND {used}", set(keys))
        self.forget()

    def _remember(self, found: dict[str, int]) -> None:
        if len(self._keys) + len(found) > _REMEMBERED:
            self._keys.clear()
        self._keys.update(found)


def alike(database: Database, keys: Iterable[int]) -> set[int]:
    """These, and all that reach the same people."""
    given = set(keys)
    other = database.of_keys(
        "SELECT v.address FROM addresses AS k JOIN addresses AS v ON v.base = coalesce(k.base, k.text)"
        f" WHERE k.address {_IN} UNION SELECT v.address FROM addresses AS k JOIN addresses AS v ON v.text = k.base"
        f" WHERE k.address {_IN}",
        given,
    )
    return given | {row[0] for row in other}
