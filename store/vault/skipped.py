"""What is left of mail that a mailbox does not keep ([S4], scope *clients*): its UID, and keyed hashes of its
Message-ID, of the ids that it names, of its addresses and their domains. And the copies that are about to go so.

A hash tells whether something that is known now stood there; what stood there cannot be read from it. Must not keep
anything else of such mail.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from store.model.ids import EmailKey, FolderKey, MailboxKey
from store.model.uidset import UidSet
from store.vault.database import Database

HASH_BYTES: Final = 8  # what is taken for another costs one more look at its header fields
_BEARS, _NAMES, _ADDRESS, _DOMAIN = b"bears", b"names", b"address", b"domain"
_IN = "IN (SELECT value FROM carray(?1))"

SkippedPlace = tuple[FolderKey, int, int]  # folder, UIDVALIDITY, UID


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What the hashes of one mail are made from. Ids are the desk's names of them, hashes themselves."""

    bears: bytes | None
    names: tuple[bytes, ...]
    addresses: frozenset[str]
    domains: frozenset[str] = frozenset()  # of these addresses, those that can be a client's


class Skipped:
    """The tables of what is not kept. `secret` is the firm's, so that its backup knows the same hashes."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._db = database
        self._secret = secret

    # ---- Hashes

    def _hash(self, kind: bytes, data: bytes) -> bytes:
        return blake2b(data, digest_size=HASH_BYTES, key=self._secret, person=kind).digest()

    def _hashes(self, trace: Trace) -> set[bytes]:
        found = {self._hash(_NAMES, name) for name in trace.names}
        found |= {self._address(address) for address in trace.addresses}
        found |= {self._hash(_DOMAIN, domain.encode("utf-8", "surrogatepass")) for domain in trace.domains}
        if trace.bears is not None:
            found.add(self._hash(_BEARS, trace.bears))
        return found

    def _address(self, address: str) -> bytes:
        return self._hash(_ADDRESS, address.encode("utf-8", "surrogatepass"))

    def keep(self, folder: FolderKey, uidvalidity: int, traces: Mapping[int, Trace]) -> None:
        """These UIDs are skipped: of each what it bears and names."""
        self.drop(folder, uidvalidity, UidSet.of(traces))
        rows = [(one, folder, uidvalidity, uid) for uid, trace in traces.items() for one in self._hashes(trace)]
        self._db.many("INSERT INTO skipped_hashes (hash, folder, uidvalidity, uid) VALUES (?, ?, ?, ?)", sorted(rows))

    def drop(self, folder: FolderKey, uidvalidity: int, uids: UidSet) -> None:
        """These are skipped no longer, or no longer there."""
        self._db.many(
            "DELETE FROM skipped_hashes WHERE folder = ? AND uidvalidity = ? AND uid BETWEEN ? AND ?",
            [(folder, uidvalidity, first, last) for first, last in uids.ranges],
        )

    def drop_other(self, folder: FolderKey, uidvalidity: int) -> None:
        """Only this UIDVALIDITY counts."""
        self._db.run("DELETE FROM skipped_hashes WHERE folder = ? AND uidvalidity <> ?", (folder, uidvalidity))

    def drop_folder(self, folder: FolderKey) -> None:
        """Its mailbox keeps more than clients' mail from now on."""
        self._db.run("DELETE FROM skipped_hashes WHERE folder = ?", (folder,))

    def matching(
        self,
        *,
        bearing: Iterable[bytes] = (),
        naming: Iterable[bytes] = (),
        addresses: Iterable[str] = (),
        domains: Iterable[str] = (),
    ) -> list[SkippedPlace]:
        """Where mail was skipped that bears one of these ids, names one, or has one of these addresses or domains."""
        wanted = {self._hash(_BEARS, name) for name in bearing} | {self._hash(_NAMES, name) for name in naming}
        wanted |= {self._address(address) for address in addresses}
        wanted |= {self._hash(_DOMAIN, domain.encode("utf-8", "surrogatepass")) for domain in domains}
        rows = self._db.of_blobs(
            f"SELECT DISTINCT folder, uidvalidity, uid FROM skipped_hashes WHERE hash {_IN}", wanted
        )
        return [(FolderKey(row[0]), row[1], row[2]) for row in rows]

    # ---- What is about to go

    def release(self, emails: Iterable[EmailKey], *, due: int) -> None:
        """These have a copy that its mailbox does not want any more."""
        self._db.many(
            "INSERT INTO letting_go (email, due) VALUES (?1, ?2) ON CONFLICT (email) DO UPDATE SET due = min(due, ?2)",
            [(email, due) for email in sorted(emails)],
        )

    def release_unfiled(self, mailbox: MailboxKey, *, before: int | None, due: int) -> None:
        """Of a mailbox's unfiled mail all that, or what came before then, may go."""
        self._db.run(
            "INSERT INTO letting_go (email, due) SELECT DISTINCT s.email, ?3 FROM sightings AS s JOIN emails AS e"
            " ON e.email = s.email WHERE s.mailbox = ?1 AND e.filed = 0 AND (?2 IS NULL OR s.internaldate < ?2)"
            " ON CONFLICT (email) DO UPDATE SET due = min(due, ?3)",
            (mailbox, before, due),
        )

    def due(self, now: int, limit: int) -> list[EmailKey]:
        """Those whose time has come, the newest first."""
        rows = self._db.rows("SELECT email FROM letting_go WHERE due <= ? ORDER BY email DESC LIMIT ?", (now, limit))
        return [EmailKey(row[0]) for row in rows]

    def looked_at(self, emails: Iterable[EmailKey]) -> None:
        """It was decided of these."""
        self._db.for_keys(f"DELETE FROM letting_go WHERE email {_IN}", emails)
