"""A member who leaves: what was theirs alone goes, what they answered for passes on. Their row stays, acts name it."""

from typing import Final

from store.model.ids import MemberKey
from store.vault.database import Database

_THEIRS: Final = (
    "access", "walls", "mailbox_members", "member_states", "snoozes", "notices", "notice_silences", "undo", "commands",
)  # fmt: skip


class Departures:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def pass_assignments(self, leaver: MemberKey, heir: MemberKey) -> int:
        """How many threads the other one answers for now."""
        return self._db.changed("UPDATE assignments SET member = ? WHERE member = ?", (heir, leaver))

    def pass_deputy(self, leaver: MemberKey, heir: MemberKey) -> None:
        """Whom they stood in for has the other one; who would stand in for themselves has nobody, and is back."""
        self._db.run("UPDATE members SET deputy = ? WHERE deputy = ?", (heir, leaver))
        self._db.run(
            "UPDATE members SET away_until = NULL, deputy = NULL WHERE member = deputy OR member = ?", (leaver,)
        )

    def forget(self, member: MemberKey, *, at: int) -> None:
        """They are nobody from now on; their login is free."""
        rows = self._db.rows("SELECT outbox FROM outbox WHERE member = ? AND state <> 'sent'", (member,))
        unsent = [row[0] for row in rows]
        for table in ("outbox_pieces", "outbox_uploads", "outbox_parts", "outbox_recipients", "outbox"):
            self._db.for_keys(f"DELETE FROM {table} WHERE outbox IN (SELECT value FROM carray(?1))", unsent)
        for table in _THEIRS:
            self._db.run(f"DELETE FROM {table} WHERE member = ?", (member,))
        self._db.run(
            "UPDATE members SET left_at = ?, login = NULL, uid = NULL, rights = '' WHERE member = ?", (at, member)
        )
