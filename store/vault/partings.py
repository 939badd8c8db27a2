"""Mailboxes that are stopped or begin anew: their folders become *former*, and the emails with a copy there leave in
slices. What a stopped mailbox answered to stays known as a member's own.

Must not decide what leaves, and must not touch what is filed.
"""

from collections.abc import Iterable
from typing import Final

from store.model.ids import EmailKey, FolderKey, MailboxKey, MemberKey
from store.vault.database import Database
from store.vault.mailboxes import OUTBOX

_FORMER: Final = b"\0former "  # no server's folder is called so
_IN: Final = "IN (SELECT value FROM carray(?1))"
_OF_FOLDERS: Final = ("ledger", "skipped_hashes", "local_copies")
_OF_MAILBOX: Final = ("offered_folders", "audits", "changes", "notices", "authserv_counts")


class Partings:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ---- Mailboxes

    def stop(self, mailbox: MailboxKey, *, at: int) -> None:
        """It is nobody's any more; its address and login may be another one's."""
        self._begin(mailbox, with_outbox=True)
        for table in ("mailbox_members", "mailbox_addresses", "never_sync"):
            self._db.run(f"DELETE FROM {table} WHERE mailbox = ?", (mailbox,))
        self._db.run(
            "UPDATE mailboxes SET stopped_at = ?1, incarnation = incarnation + 1, progress = NULL, broke_at = NULL,"
            " secret_of = NULL, signed_in_at = NULL,"
            " address = address || ' #' || mailbox, server_key = server_key || ' #' || mailbox"
            " WHERE mailbox = ?2",
            (at, mailbox),
        )

    def reset(self, mailbox: MailboxKey, *, at: int) -> None:
        """It begins anew: what comes from now on is new, older mail is told in bulk."""
        self._begin(mailbox, with_outbox=False)
        self._db.run(
            "UPDATE mailboxes SET incarnation = incarnation + 1, progress = NULL, broke_at = NULL, added_at = ?"
            " WHERE mailbox = ?",
            (at, mailbox),
        )

    def _begin(self, mailbox: MailboxKey, *, with_outbox: bool) -> None:
        """Its folders are former, with all that was said of their UIDs."""
        kept = "" if with_outbox else f" AND special_use <> '{OUTBOX}'"
        self._db.run(
            "INSERT OR IGNORE INTO partings (email) SELECT DISTINCT s.email FROM folders AS f JOIN sightings AS s"
            f" ON s.folder = f.folder WHERE f.mailbox = ? AND NOT f.former{kept}",
            (mailbox,),
        )
        folders = [
            row[0]
            for row in self._db.rows(f"SELECT folder FROM folders WHERE mailbox = ? AND NOT former{kept}", (mailbox,))
        ]
        for table in _OF_FOLDERS:
            self._db.for_keys(f"DELETE FROM {table} WHERE folder {_IN}", folders)
        self._db.many(
            "UPDATE folders SET former = 1, listed = 0, missed = -1, label = '', raw = ? WHERE folder = ?",
            [(_FORMER + str(folder).encode(), folder) for folder in folders],
        )
        for table in _OF_MAILBOX:
            self._db.run(f"DELETE FROM {table} WHERE mailbox = ?", (mailbox,))
        about = f"mailbox {mailbox}"
        self._db.run("DELETE FROM notice_silences WHERE about = ?1 OR about LIKE ?1 || ' %'", (about,))

    def incarnate(self, mailbox: MailboxKey) -> None:
        """Whoever works for it now works no longer."""
        self._db.run("UPDATE mailboxes SET incarnation = incarnation + 1 WHERE mailbox = ?", (mailbox,))

    def without_secret(self) -> list[str]:
        """The server and login of each one that was stopped and is not synced again, or that nobody signed in for."""
        nobody = [row[0] for row in self._db.rows("SELECT server_key FROM mailboxes WHERE secret_of = 0")]
        rows = self._db.rows(
            "SELECT substr(server_key, 1, length(server_key) - length(' #' || mailbox)) AS was FROM mailboxes"
            " WHERE stopped_at IS NOT NULL AND kind = 'imap'"
            " AND was NOT IN (SELECT server_key FROM mailboxes WHERE stopped_at IS NULL)"
        )
        return [row[0] for row in rows] + nobody

    # ---- Members of one

    def join(self, mailbox: MailboxKey, member: MemberKey, *, at: int) -> bool:
        """Whether they were none; what is unread on the server is unread to them."""
        sql = "INSERT OR IGNORE INTO mailbox_members (mailbox, member, since) VALUES (?, ?, ?)"
        if not self._db.changed(sql, (mailbox, member, at)):
            return False
        self._db.run(
            "INSERT OR IGNORE INTO member_states (member, thread, email, unread, starred, read_said, star_said)"
            " SELECT DISTINCT ?2, e.thread, e.email, 1, 0, 0, 0 FROM sightings AS s JOIN emails AS e"
            " ON e.email = s.email WHERE s.mailbox = ?1 AND s.gone_at IS NULL"
            " AND instr(' ' || s.flags || ' ', ' \\Seen ') = 0",
            (mailbox, member),
        )
        return True

    def leave(self, mailbox: MailboxKey, member: MemberKey) -> bool:
        """Whether they were one; what they set on mail that they see no more goes with them."""
        sql = "DELETE FROM mailbox_members WHERE mailbox = ? AND member = ?"
        if not self._db.changed(sql, (mailbox, member)):
            return False
        for table in ("notices", "notice_silences"):
            where = "mailbox = ?2" if table == "notices" else "about LIKE 'mailbox ' || ?2 || ' %'"
            self._db.run(f"DELETE FROM {table} WHERE member = ?1 AND {where}", (member, mailbox))
        return True

    def signed_in(self, mailbox: MailboxKey, member: MemberKey, *, at: int) -> None:
        """Whose secret is used from now on; 0: nobody's, the one that was is to go."""
        sql = "UPDATE mailboxes SET secret_of = ?, signed_in_at = ? WHERE mailbox = ?"
        self._db.run(sql, (member, at if member else None, mailbox))

    def secret_of(self, mailbox: MailboxKey) -> MemberKey | None:
        found = self._db.value("SELECT secret_of FROM mailboxes WHERE mailbox = ?", (mailbox,))
        return None if found is None else MemberKey(found)

    # ---- Addresses

    def remember(self, addresses: Iterable[int], member: MemberKey) -> None:
        """They were this member's own; 0: several members'."""
        self._db.many(
            "INSERT INTO former_addresses (address, member) VALUES (?1, ?2)"
            " ON CONFLICT (address) DO UPDATE SET member = iif(member = ?2, ?2, 0)",
            [(address, member) for address in addresses],
        )

    def addresses(self) -> dict[int, MemberKey]:
        return {row[0]: MemberKey(row[1]) for row in self._db.rows("SELECT address, member FROM former_addresses")}

    # ---- Mail that leaves

    def due(self, limit: int) -> list[EmailKey]:
        """The newest first."""
        rows = self._db.rows("SELECT email FROM partings ORDER BY email DESC LIMIT ?", (limit,))
        return [EmailKey(row[0]) for row in rows]

    def former(self, folders: Iterable[FolderKey]) -> set[FolderKey]:
        """Of these the former ones."""
        found = self._db.of_keys(f"SELECT folder FROM folders WHERE folder {_IN} AND former", set(folders))
        return {FolderKey(row[0]) for row in found}

    def parted(self, emails: Iterable[EmailKey]) -> None:
        """Nothing of these is left that had to leave."""
        self._db.for_keys(f"DELETE FROM partings WHERE email {_IN}", emails)

    def block_of(self, sighting: int) -> bytes | None:
        """The packed header fields of a copy."""
        found = self._db.value("SELECT block FROM header_blocks WHERE sighting = ?", (sighting,))
        return None if found is None else bytes(found)
