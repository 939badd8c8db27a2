"""What people decided by hand ([C2] 1), each against an email or a sender, never against a thread; and past mail that
is still to be settled again after an act.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from store.model.filing import HandDecision
from store.model.ids import ClientKey, EmailKey, MemberKey
from store.vault.database import Database, Row

_IN = "IN (SELECT value FROM carray(?1))"


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A row of `hand_decisions`."""

    kind: str  # email, thread, always
    email: EmailKey | None
    address: int | None
    decision: HandDecision


@dataclass(frozen=True, slots=True)
class Cause:
    """An act that settles past mail again; `filed` counts by member the emails of their mailboxes that it filed."""

    cause: int
    kind: str
    maker: MemberKey | None
    client: ClientKey | None
    address: str | None
    at: int
    filed: dict[MemberKey, int]


class Hands:
    """The tables of decisions and of what waits to be settled."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, kind: str, *, email: EmailKey | None = None, address: int | None = None, maker: MemberKey,
        clients: Iterable[ClientKey], at: int,
    ) -> int:  # fmt: skip
        """A decision; its serial."""
        return self._db.insert(
            "INSERT INTO hand_decisions (kind, email, address, maker, clients, at) VALUES (?, ?, ?, ?, ?, ?)",
            (kind, email, address, maker, " ".join(map(str, sorted(clients))), at),
        )

    def remove(self, serials: Iterable[int]) -> int:
        """How many of these were there."""
        return sum(self._db.changed("DELETE FROM hand_decisions WHERE serial = ?", (serial,)) for serial in serials)

    def of_emails(self, emails: Iterable[EmailKey]) -> list[KeptDecision]:
        """Decisions on these emails."""
        sql = f"SELECT kind, email, address, maker, clients, at, serial FROM hand_decisions WHERE email {_IN}"
        return [_decision(row) for row in self._db.of_keys(sql, emails)]

    def of_addresses(self, addresses: Iterable[int]) -> list[KeptDecision]:
        """*Always* for these senders."""
        sql = f"SELECT kind, email, address, maker, clients, at, serial FROM hand_decisions WHERE address {_IN}"
        return [_decision(row) for row in self._db.of_keys(sql, addresses)]

    def move(self, source: EmailKey, target: EmailKey) -> None:
        """Two emails were found to be one."""
        self._db.run("UPDATE hand_decisions SET email = ? WHERE email = ?", (target, source))

    # ---- Past mail

    def add_cause(
        self, kind: str, *, maker: MemberKey | None, client: ClientKey | None, address: str | None, at: int
    ) -> int:
        return self._db.insert(
            "INSERT INTO causes (kind, maker, client, address, at, filed) VALUES (?, ?, ?, ?, ?, ?)",
            (kind, maker, client, address, at, msgspec.msgpack.encode({})),
        )

    def wait(self, emails: Iterable[EmailKey], cause: int) -> None:
        """These are to be settled again; a later cause takes over."""
        self._db.many(
            "INSERT OR REPLACE INTO unsettled (email, cause) VALUES (?, ?)",
            [(email, cause) for email in sorted(emails)],
        )

    def waiting(self, limit: int) -> tuple[Cause, list[EmailKey]] | None:
        """The newest emails that wait, with their cause."""
        row = self._db.row(
            "SELECT c.cause, c.kind, c.maker, c.client, c.address, c.at, c.filed FROM causes AS c"
            " WHERE c.cause = (SELECT cause FROM unsettled ORDER BY email DESC LIMIT 1)"
        )
        if row is None:
            return None
        cause = Cause(*[*row[:6], msgspec.msgpack.decode(row[6], type=dict[int, int])])
        rows = self._db.rows(
            "SELECT email FROM unsettled WHERE cause = ? ORDER BY email DESC LIMIT ?", (cause.cause, limit)
        )
        return cause, [EmailKey(row[0]) for row in rows]

    def settled(self, emails: Iterable[EmailKey], cause: Cause) -> bool:
        """These are settled; whether they were the cause's last, which is forgotten then."""
        self._db.for_keys(f"DELETE FROM unsettled WHERE email {_IN}", emails)
        if self._db.value("SELECT 1 FROM unsettled WHERE cause = ? LIMIT 1", (cause.cause,)) is None:
            self._db.run("DELETE FROM causes WHERE cause = ?", (cause.cause,))
            return True
        self._db.run("UPDATE causes SET filed = ? WHERE cause = ?", (msgspec.msgpack.encode(cause.filed), cause.cause))
        return False

    def forget_cause(self, cause: int) -> None:
        """It is over. Its number is never given again."""
        self._db.run("DELETE FROM causes WHERE cause = ?", (cause,))

    def drop_idle_causes(self) -> None:
        """Causes whose emails another one took over."""
        self._db.run("DELETE FROM causes WHERE cause NOT IN (SELECT cause FROM unsettled)")


def _decision(row: Row) -> KeptDecision:
    clients = tuple(ClientKey(int(key)) for key in row[4].split())
    made = HandDecision(maker=row[3], clients=clients, at=row[5], serial=row[6])
    return KeptDecision(row[0], row[1], row[2], made)
