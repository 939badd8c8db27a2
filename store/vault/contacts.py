"""Contacts with their addresses and links: what changes one, what is kept to bring it back, and many at once.

Must not decide who may.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from store.model.ids import ClientKey, ContactKey
from store.vault.database import Database

_IN: Final = "IN (SELECT value FROM carray(?1))"

Switch = tuple[int, ClientKey, int, int]  # address, client, email sync, notify


class ContactState(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as it stands. On disk for a day with an undo: fields may be added with a default, never changed."""

    name: str
    addresses: tuple[int, ...] = ()
    clients: tuple[ClientKey, ...] = ()
    switches: tuple[Switch, ...] = ()
    merged: int = 0


DIGEST: Final = 8  # bytes: what is taken for unchanged by mistake would only be taken back too


def digest(state: ContactState) -> bytes:
    """Of how a contact stands."""
    return blake2b(msgspec.msgpack.encode(state), digest_size=DIGEST).digest()


class Contacts:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ---- As they stand

    def state(self, contact: ContactKey) -> ContactState | None:
        """None: there is none."""
        return self.states((contact,)).get(contact)

    def states(self, contacts: Iterable[ContactKey]) -> dict[ContactKey, ContactState]:
        """Of many in four queries."""
        keys = list(contacts)
        addresses = self._grouped(
            f"SELECT contact, address FROM contact_addresses WHERE contact {_IN} ORDER BY 2", keys
        )
        clients = self._grouped(f"SELECT contact, client FROM links WHERE contact {_IN} ORDER BY 2", keys)
        switches: dict[int, list[Switch]] = {}
        for contact, *switch in self._db.of_keys(
            "SELECT a.contact, s.address, s.client, s.email_sync, s.notify FROM contact_addresses AS a"
            f" JOIN link_switches AS s ON s.address = a.address WHERE a.contact {_IN} ORDER BY s.address, s.client",
            keys,
        ):
            switches.setdefault(contact, []).append((switch[0], switch[1], switch[2], switch[3]))
        return {
            ContactKey(key): ContactState(
                name=name,
                addresses=tuple(addresses.get(key, ())),
                clients=tuple(ClientKey(client) for client in clients.get(key, ())),
                switches=tuple(switches.get(key, ())),
                merged=merged,
            )
            for key, name, merged in self._db.of_keys(
                f"SELECT contact, name, merged FROM contacts WHERE contact {_IN}", keys
            )
        }

    def _grouped(self, sql: str, keys: Iterable[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for contact, value in self._db.of_keys(sql, keys):
            found.setdefault(contact, []).append(value)
        return found

    def restore(self, states: Iterable[tuple[ContactKey, ContactState]]) -> None:
        """Contacts exactly as they stood; those that are no more are made again under their key."""
        wanted = list(states)
        keys = [contact for contact, _ in wanted]
        owned = sorted({address for _, state in wanted for address in state.addresses})
        held = [row[0] for row in self._db.of_keys(f"SELECT address FROM contact_addresses WHERE contact {_IN}", keys)]
        self._db.for_keys(f"DELETE FROM link_switches WHERE address {_IN}", {*owned, *held})
        self._db.for_keys(f"DELETE FROM contact_addresses WHERE address {_IN}", {*owned, *held})
        self._db.for_keys(f"DELETE FROM links WHERE contact {_IN}", keys)
        self._db.many(
            "INSERT INTO contacts (contact, name, merged) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (contact) DO UPDATE SET name = ?2, merged = ?3",
            [(contact, state.name, state.merged) for contact, state in wanted],
        )
        self.own((address, contact) for contact, state in wanted for address in state.addresses)
        self.links((contact, client) for contact, state in wanted for client in state.clients)
        self._db.many(
            "INSERT INTO link_switches (address, client, email_sync, notify) VALUES (?, ?, ?, ?)",
            [switch for _, state in wanted for switch in state.switches],
        )

    def remove(self, contacts: Sequence[ContactKey]) -> None:
        """With their addresses and links."""
        self._db.for_keys(
            f"DELETE FROM link_switches WHERE address IN (SELECT address FROM contact_addresses WHERE contact {_IN})",
            contacts,
        )
        for table in ("links", "contact_addresses", "contacts"):
            self._db.for_keys(f"DELETE FROM {table} WHERE contact {_IN}", contacts)

    def owners(self, addresses: Iterable[int]) -> dict[int, ContactKey]:
        """Of these addresses those that are a contact's."""
        sql = f"SELECT address, contact FROM contact_addresses WHERE address {_IN}"
        return {row[0]: ContactKey(row[1]) for row in self._db.of_keys(sql, addresses)}

    # ---- One

    def name(self, contact: ContactKey) -> str | None:
        """None: there is none, or it became another one."""
        found = self._db.value("SELECT name FROM contacts WHERE contact = ? AND NOT merged", (contact,))
        return None if found is None else str(found)

    def resolve(self, contact: ContactKey) -> ContactKey:
        """The contact that this one became; itself, if it became none."""
        seen = {contact}
        while target := self._db.value("SELECT merged FROM contacts WHERE contact = ?", (contact,)):
            if target in seen:
                break
            contact = ContactKey(target)
            seen.add(contact)
        return contact

    def rename(self, contact: ContactKey, name: str) -> None:
        self._db.run("UPDATE contacts SET name = ? WHERE contact = ?", (name, contact))

    def notify(self, address: int, client: ClientKey) -> bool | None:
        """Whether this address gets the firm's system mail for a client; None: not linked."""
        found = self._db.value("SELECT notify FROM link_switches WHERE address = ? AND client = ?", (address, client))
        return None if found is None else bool(found)

    def set_notify(self, address: int, client: ClientKey, *, on: bool) -> None:
        sql = "UPDATE link_switches SET notify = ? WHERE address = ? AND client = ?"
        self._db.run(sql, (int(on), address, client))

    # ---- Many

    def add(self, names: Sequence[str]) -> list[ContactKey]:
        """New contacts, in this order, under keys that follow each other."""
        if not names:
            return []
        first = 1 + int(self._db.value("SELECT coalesce(max(contact), 0) FROM contacts") or 0)
        self._db.many("INSERT INTO contacts (contact, name) VALUES (?, ?)", enumerate(names, first))
        return [ContactKey(first + place) for place in range(len(names))]

    def own(self, pairs: Iterable[tuple[int, ContactKey]]) -> None:
        """Addresses become these contacts'."""
        self._db.many("INSERT INTO contact_addresses (address, contact) VALUES (?, ?)", list(pairs))

    def links(self, pairs: Iterable[tuple[ContactKey, ClientKey]]) -> None:
        """Link contacts; switches are `switch`'s business."""
        self._db.many("INSERT OR IGNORE INTO links (contact, client) VALUES (?, ?)", list(pairs))

    def switch(self, rows: Iterable[Switch]) -> None:
        """Switches where there is none yet."""
        self._db.many(
            "INSERT OR IGNORE INTO link_switches (address, client, email_sync, notify) VALUES (?, ?, ?, ?)", list(rows)
        )
