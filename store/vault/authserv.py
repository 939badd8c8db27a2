"""How many of a mailbox's mails bear whose word on the sender topmost ([C9]). Must not decide whom to believe."""

from collections.abc import Mapping

from store.model.ids import MailboxKey
from store.vault.database import Database


class AuthservCounts:
    """The table of servers that say something of senders."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, mailbox: MailboxKey) -> dict[str, int]:
        """Mails by server; "" those without."""
        return dict(self._db.rows("SELECT server, mails FROM authserv_counts WHERE mailbox = ?", (mailbox,)))

    def add(self, mailbox: MailboxKey, mails: Mapping[str, int]) -> None:
        """So many more."""
        self._db.many(
            "INSERT INTO authserv_counts (mailbox, server, mails) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (mailbox, server) DO UPDATE SET mails = mails + ?3",
            [(mailbox, server, count) for server, count in sorted(mails.items())],
        )
