"""The vault of one office: its file, its one writer connection with the tables over it, and read-only connections.

The writer belongs to one thread, the desk's. `transaction` is all or nothing, what is held in memory included.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from store.vault.acts import Answers, Audits, Journal, Undos
from store.vault.addresses import Addresses
from store.vault.authserv import AuthservCounts
from store.vault.clients import Clients
from store.vault.collections import Collections
from store.vault.contacts import Contacts
from store.vault.contents import Contents
from store.vault.database import Database
from store.vault.departures import Departures
from store.vault.emails import Emails
from store.vault.erasures import Erasures
from store.vault.files import Files
from store.vault.filing_rules import FilingRules
from store.vault.firm import Firm
from store.vault.following import Announcements, Changes, Errands, Notices
from store.vault.hands import Hands
from store.vault.ids import Ids
from store.vault.ledger import Ledger
from store.vault.mailboxes import Mailboxes
from store.vault.marks import Marks
from store.vault.meta import Meta
from store.vault.migrate import Migration, migrate, migrations
from store.vault.notes import Notes
from store.vault.outbox import Outbox
from store.vault.partings import Partings
from store.vault.shelf import Shelf
from store.vault.sightings import Sightings
from store.vault.skipped import Skipped
from store.vault.threads import Threads

SECRET_BYTES = 32
SECRETS = ("id_secret", "hash_secret")


class Vault:
    """See the module. Made by `open`."""

    def __init__(self, path: Path, database: Database, documents: Path | None = None) -> None:
        self.path = path
        self.database = database
        self.meta = Meta(database)
        self.addresses = Addresses(database)
        self.firm = Firm(database)
        self.clients = Clients(database)
        self.contacts = Contacts(database)
        self.mailboxes = Mailboxes(database)
        self.authserv = AuthservCounts(database)
        self.rules = FilingRules(database)
        self.ledger = Ledger(database)
        self.sightings = Sightings(database)
        self.skipped = Skipped(database, self.meta.data("hash_secret"))
        self.emails = Emails(database, self.sightings)
        self.contents = Contents(database)
        self.threads = Threads(database)
        self.marks = Marks(database)
        self.hands = Hands(database)
        self.errands = Errands(database)
        self.notices = Notices(database)
        self.changes = Changes(database)
        self.announcements = Announcements(database)
        self.journal = Journal(database)
        self.answers = Answers(database)
        self.undos = Undos(database)
        self.audits = Audits(database)
        self.outbox = Outbox(database)
        self.partings = Partings(database)
        self.erasures = Erasures(database, self.meta.data("hash_secret"))
        self.departures = Departures(database)
        self.collections = Collections(path, database)
        self.notes = Notes(database)
        self.shelf = Shelf(database, Files(documents or path.parent / "documents"))
        self.ids = Ids(self.meta.data("id_secret"))
        self._forget: list[Callable[[], None]] = [self.addresses.forget, self.ledger.forget, self.sightings.forget]

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        steps: Sequence[Migration] | None = None,
        chance: Callable[[int], bytes] = os.urandom,
        documents: Path | None = None,
    ) -> "Vault":
        """Open a home's store, making or migrating it; `documents` is their folder, if not the one beside it. Raises
        HomeNewer, NotOurs and Away("setup_unreadable").
        """
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_RDWR, 0o600))
        database = Database(path)
        try:
            migrate(database, path, migrations() if steps is None else steps)
            _keep_secrets(database, chance)
            vault = cls(path, database, documents)
            vault.collections.check()
            vault.collections.carry_out()
            if vault.shelf.carry_out():
                vault.shelf.sweep()
            return vault
        except BaseException:
            database.close()
            raise

    @classmethod
    def over(cls, database: Database) -> "Vault":
        """The tables over a connection that is open: with a read-only one, to look at what the writer would see."""
        return cls(Path(database.connection.filename), database)

    def reader(self) -> Database:
        """A read-only connection for one other thread."""
        return Database(self.path, read_only=True)

    def on_rollback(self, forget: Callable[[], None]) -> None:
        """Call this when a transaction was rolled back: what is remembered of it never was."""
        self._forget.append(forget)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        with self._or_nothing(self.database.transaction()):
            yield

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction that is all or nothing by itself."""
        with self._or_nothing(self.database.part()):
            yield

    @contextmanager
    def _or_nothing(self, whole: AbstractContextManager[None]) -> Iterator[None]:
        try:
            with whole:
                yield
                self.ledger.save()
        except BaseException:
            for forget in self._forget:
                forget()
            raise

    def close(self) -> None:
        self.database.close()


def _keep_secrets(database: Database, chance: Callable[[int], bytes]) -> None:
    """The keys of opaque ids and of keyed hashes are the firm's own, and in its backup."""
    with database.transaction():
        for name in SECRETS:
            database.run("INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", (name, chance(SECRET_BYTES)))
