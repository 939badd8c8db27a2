"""The firm's people: members, clients, contacts with their addresses, links with their switches, access and walls."""

from collections.abc import Iterable
from dataclasses import dataclass

from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, ContactKey, MailboxKey, MemberKey
from store.vault.database import Database, Row

_IN = "IN (SELECT value FROM carray(?1))"
_USED = (
    "(EXISTS (SELECT 1 FROM links AS l WHERE l.client = c.client)"
    " OR EXISTS (SELECT 1 FROM access AS a WHERE a.client = c.client)"
    " OR EXISTS (SELECT 1 FROM walls AS w WHERE w.client = c.client)"
    " OR EXISTS (SELECT 1 FROM client_tags AS t WHERE t.client = c.client)"
    " OR EXISTS (SELECT 1 FROM client_domains AS d WHERE d.client = c.client)"
    " OR EXISTS (SELECT 1 FROM client_notes AS n WHERE n.client = c.client)"
    " OR EXISTS (SELECT 1 FROM documents AS o WHERE o.client = c.client)"
    " OR EXISTS (SELECT 1 FROM clients AS m WHERE m.merged = c.client) OR c.merged"
    " OR EXISTS (SELECT 1 FROM hand_decisions AS h WHERE ' ' || h.clients || ' ' LIKE '% ' || c.client || ' %'))"
)


@dataclass(frozen=True, slots=True)
class KeptMember:
    """A row of `members` with access, walls and mailboxes."""

    member: MemberKey
    name: str
    role: MemberRole
    rights: tuple[Right, ...]
    user: str | None
    uid: int | None
    joined_at: int
    access: tuple[tuple[ClientKey, int], ...] = ()  # client, since
    walls: tuple[ClientKey, ...] = ()
    mailboxes: tuple[MailboxKey, ...] = ()
    away: tuple[int, MemberKey] | None = None  # until, deputy


class Firm:
    """The tables of people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ---- Members

    def members(self) -> dict[MemberKey, KeptMember]:
        """All who have not left."""
        access = self._pairs("SELECT member, client, since FROM access ORDER BY client")
        walls = self._pairs("SELECT member, client FROM walls ORDER BY client")
        boxes = self._pairs("SELECT member, mailbox FROM mailbox_members ORDER BY mailbox")
        rows = self._db.rows(
            "SELECT member, name, role, rights, login, uid, joined_at, away_until, deputy FROM members"
            " WHERE left_at IS NULL ORDER BY member"
        )
        return {
            MemberKey(row[0]): KeptMember(
                member=MemberKey(row[0]),
                name=row[1],
                role=MemberRole(row[2]),
                rights=tuple(Right(word) for word in row[3].split()),
                user=row[4],
                uid=row[5],
                joined_at=row[6],
                access=tuple((ClientKey(client), since) for client, since in access.get(row[0], [])),
                walls=tuple(ClientKey(client) for (client,) in walls.get(row[0], [])),
                mailboxes=tuple(MailboxKey(mailbox) for (mailbox,) in boxes.get(row[0], [])),
                away=None if row[7] is None else (row[7], MemberKey(row[8])),
            )
            for row in rows
        }

    def _pairs(self, sql: str) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in self._db.rows(sql):
            found.setdefault(row[0], []).append(row[1:])
        return found

    def add_member(
        self, name: str, *, role: MemberRole, rights: Iterable[Right], user: str | None, uid: int | None, at: int
    ) -> MemberKey:
        return MemberKey(
            self._db.insert(
                "INSERT INTO members (name, role, rights, login, uid, joined_at) VALUES (?, ?, ?, ?, ?, ?)",
                (name, role, " ".join(sorted(rights)), user, uid, at),
            )
        )

    def set_rights(self, member: MemberKey, rights: Iterable[Right]) -> None:
        self._db.run("UPDATE members SET rights = ? WHERE member = ?", (" ".join(sorted(rights)), member))

    def set_role(self, member: MemberKey, role: MemberRole) -> None:
        """There is one owner at any moment: whoever was it is made another first."""
        self._db.run("UPDATE members SET role = ? WHERE member = ?", (role, member))

    def set_away(self, member: MemberKey, away: tuple[int, MemberKey] | None) -> None:
        """Until when, and who stands in; None: back."""
        until, deputy = (None, None) if away is None else away
        self._db.run("UPDATE members SET away_until = ?, deputy = ? WHERE member = ?", (until, deputy, member))

    def set_wall(self, member: MemberKey, client: ClientKey, *, on: bool, at: int) -> None:
        """A wall, or none."""
        if on:
            self._db.run("INSERT OR IGNORE INTO walls (member, client, since) VALUES (?, ?, ?)", (member, client, at))
        else:
            self._db.run("DELETE FROM walls WHERE member = ? AND client = ?", (member, client))

    def give_access(self, member: MemberKey, client: ClientKey, *, at: int) -> bool:
        """Whether it was not given before."""
        sql = "INSERT OR IGNORE INTO access (member, client, since) VALUES (?, ?, ?)"
        return self._db.changed(sql, (member, client, at)) > 0

    def take_access(self, member: MemberKey, client: ClientKey) -> bool:
        """Whether it was given before."""
        return self._db.changed("DELETE FROM access WHERE member = ? AND client = ?", (member, client)) > 0

    # ---- Clients

    def clients(self) -> dict[ClientKey, str]:
        """Key → name."""
        return {ClientKey(row[0]): row[1] for row in self._db.rows("SELECT client, name FROM clients WHERE NOT merged")}

    def add_client(self, name: str, *, at: int) -> ClientKey:
        """A key that none had before, also none that is no more."""
        return ClientKey(
            self._db.insert(
                "INSERT INTO clients (client, name, made_at) VALUES ("
                " 1 + max((SELECT coalesce(max(client), 0) FROM clients),"
                " (SELECT coalesce(max(client), 0) FROM left_clients)), ?, ?)",
                (name, at),
            )
        )

    def held(self, clients: Iterable[ClientKey]) -> bool:
        """Whether a legal hold lies on one of these ([C10])."""
        return bool(self._db.of_keys(f"SELECT 1 FROM clients WHERE client {_IN} AND held_at > 0 LIMIT 1", clients))

    def hold(self, client: ClientKey, *, at: int | None) -> bool:
        """Lay a legal hold on a client, or lift it (None); whether it changed."""
        sql = "UPDATE clients SET held_at = ?2 WHERE client = ?1 AND (held_at IS NULL) <> (?2 IS NULL)"
        return self._db.changed(sql, (client, at)) > 0

    def exported(self, client: ClientKey, *, at: int) -> None:
        self._db.run("UPDATE clients SET exported_at = ? WHERE client = ?", (at, client))

    def is_exported(self, client: ClientKey) -> bool:
        return self._db.value("SELECT exported_at FROM clients WHERE client = ?", (client,)) is not None

    def used(self, client: ClientKey) -> bool:
        """Whether anything hangs on a client but mail that the rules filed."""
        return bool(self._db.value(f"SELECT {_USED} FROM clients AS c WHERE c.client = ?", (client,)))

    def take_back(self, client: ClientKey) -> None:
        """It goes when its last email has left; see `take_left`."""
        self._db.run("INSERT OR IGNORE INTO left_clients (client) VALUES (?)", (client,))

    def take_left(self) -> list[ClientKey]:
        """Of the clients that were taken back those that went now; one that is used again stays."""
        leaving = self._db.rows(
            f"SELECT c.client, {_USED}, EXISTS (SELECT 1 FROM filings AS f WHERE f.client = c.client)"
            " FROM left_clients AS l JOIN clients AS c ON c.client = l.client WHERE NOT l.gone"
        )
        self._db.many("DELETE FROM left_clients WHERE client = ?", [(row[0],) for row in leaving if row[1]])
        empty = [ClientKey(row[0]) for row in leaving if not row[1] and not row[2]]
        self._db.many("DELETE FROM clients WHERE client = ?", [(client,) for client in empty])
        self._db.many("UPDATE left_clients SET gone = 1 WHERE client = ?", [(client,) for client in empty])
        return empty

    # ---- Contacts and links

    def contact_of(self, address: int) -> ContactKey | None:
        found = self._db.value("SELECT contact FROM contact_addresses WHERE address = ?", (address,))
        return None if found is None else ContactKey(found)

    def add_contact(self, name: str, addresses: Iterable[int]) -> ContactKey:
        contact = ContactKey(self._db.insert("INSERT INTO contacts (name) VALUES (?)", (name,)))
        self._db.many(
            "INSERT INTO contact_addresses (address, contact) VALUES (?, ?)",
            [(address, contact) for address in addresses],
        )
        return contact

    def contact_name(self, contact: ContactKey) -> str | None:
        """None: there is none."""
        found = self._db.value("SELECT name FROM contacts WHERE contact = ?", (contact,))
        return None if found is None else str(found)

    def linked_with(self, client: ClientKey) -> list[ContactKey]:
        """The contacts of a client."""
        return [ContactKey(row[0]) for row in self._db.rows("SELECT contact FROM links WHERE client = ?", (client,))]

    def with_access(self, client: ClientKey) -> list[MemberKey]:
        """Who was given access to a client."""
        return [MemberKey(row[0]) for row in self._db.rows("SELECT member FROM access WHERE client = ?", (client,))]

    def remove_contact(self, contact: ContactKey) -> None:
        """Only one without links: the undo of its making."""
        self._db.run("DELETE FROM contact_addresses WHERE contact = ?", (contact,))
        self._db.run("DELETE FROM contacts WHERE contact = ?", (contact,))

    def addresses_of(self, contact: ContactKey) -> list[int]:
        return [row[0] for row in self._db.rows("SELECT address FROM contact_addresses WHERE contact = ?", (contact,))]

    def clients_of(self, contact: ContactKey) -> list[ClientKey]:
        """The clients a contact is linked to."""
        return [ClientKey(row[0]) for row in self._db.rows("SELECT client FROM links WHERE contact = ?", (contact,))]

    def is_linked(self, contact: ContactKey, client: ClientKey) -> bool:
        return self._db.value("SELECT 1 FROM links WHERE contact = ? AND client = ?", (contact, client)) is not None

    def link(self, contact: ContactKey, client: ClientKey, *, on: Iterable[int]) -> None:
        """Link a contact: a switch for each of its addresses, on for those named."""
        self._db.run("INSERT OR IGNORE INTO links (contact, client) VALUES (?, ?)", (contact, client))
        chosen = set(on)
        self._db.many(
            "INSERT OR IGNORE INTO link_switches (address, client, email_sync, notify) VALUES (?, ?, ?, ?)",
            [
                (address, client, int(address in chosen), int(address in chosen))
                for address in self.addresses_of(contact)
            ],
        )

    def unlink(self, contact: ContactKey, client: ClientKey) -> None:
        self._db.many(
            "DELETE FROM link_switches WHERE address = ? AND client = ?",
            [(address, client) for address in self.addresses_of(contact)],
        )
        self._db.run("DELETE FROM links WHERE contact = ? AND client = ?", (contact, client))

    def used_by(self, address: int) -> list[ClientKey]:
        """The clients with whom an address is used: a switch of it is on."""
        sql = "SELECT client FROM link_switches WHERE address = ? AND (email_sync OR notify)"
        return [ClientKey(row[0]) for row in self._db.rows(sql, (address,))]

    def switches(self, contact: ContactKey, client: ClientKey) -> dict[int, bool]:
        """Address → whether its *email sync* is on."""
        rows = self._db.rows(
            "SELECT s.address, s.email_sync FROM link_switches AS s"
            " JOIN contact_addresses AS a ON a.address = s.address WHERE a.contact = ? AND s.client = ?",
            (contact, client),
        )
        return {row[0]: bool(row[1]) for row in rows}

    def set_email_sync(self, address: int, client: ClientKey, *, on: bool) -> bool:
        """Whether it changed."""
        sql = "UPDATE link_switches SET email_sync = ?3 WHERE address = ?1 AND client = ?2 AND email_sync <> ?3"
        return self._db.changed(sql, (address, client, int(on))) > 0

    # ---- What deciding asks

    def known(self, addresses: Iterable[int]) -> dict[int, tuple[ContactKey, tuple[ClientKey, ...]]]:
        """Of these addresses those that are a contact's, or reach one: the contact, and its clients whose *email sync*
        is on.
        """
        found: dict[int, tuple[ContactKey, tuple[ClientKey, ...]]] = {}
        wanted = set(addresses)
        rows = self._db.of_keys(
            "SELECT a.address, a.contact, s.client FROM contact_addresses AS a"
            " LEFT JOIN link_switches AS s ON s.address = a.address AND s.email_sync = 1"
            f" WHERE a.address {_IN} ORDER BY a.address, s.client",
            wanted,
        )
        for address, contact, client in rows:
            clients = found[address][1] if address in found else ()
            found[address] = (contact, clients if client is None else (*clients, client))
        return found | self._alike(wanted - found.keys())

    def _alike(self, addresses: Iterable[int]) -> dict[int, tuple[ContactKey, tuple[ClientKey, ...]]]:
        """Of those that are nobody's as they are written: whose address without a tag reaches the same person. Two
        contacts who claim that are none.
        """
        found: dict[int, dict[ContactKey, tuple[ClientKey, ...]]] = {}
        mine = f"m.address {_IN} AND instr(k.text, '+') = 0"
        same = "SELECT m.address AS mail, k.address AS known FROM addresses AS m JOIN addresses AS k ON"
        rows = self._db.of_keys(
            f"WITH same AS ({same} k.base = coalesce(m.base, m.text) WHERE {mine}"
            f" UNION {same} k.text = m.base WHERE {mine})"
            " SELECT same.mail, a.contact, s.client FROM same JOIN contact_addresses AS a ON a.address = same.known"
            " LEFT JOIN link_switches AS s ON s.address = a.address AND s.email_sync = 1 ORDER BY 1, 2, 3",
            addresses,
        )
        for address, contact, client in rows:
            contacts = found.setdefault(address, {})
            clients = contacts.get(contact, ())
            contacts[contact] = clients if client is None else (*clients, client)
        return {address: next(iter(them.items())) for address, them in found.items() if len(them) == 1}
