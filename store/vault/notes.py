"""Notes on clients: each wording is a row, so that undo brings the one before back. Must not decide who may write."""

from dataclasses import dataclass

from store.model.ids import ClientKey, MemberKey, NoteKey
from store.vault.database import Database


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A row of `client_notes`. `gone_at`: it was taken away, or worded otherwise since."""

    note: NoteKey
    client: ClientKey
    member: MemberKey
    first_at: int
    at: int
    text: str
    gone_at: int | None


class Notes:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, note: NoteKey) -> KeptNote | None:
        row = self._db.row(
            "SELECT note, client, member, first_at, at, text, gone_at FROM client_notes WHERE note = ?", (note,)
        )
        return None if row is None else KeptNote(*row)

    def add(self, client: ClientKey, member: MemberKey, *, text: str, first_at: int, at: int) -> NoteKey:
        return NoteKey(
            self._db.insert(
                "INSERT INTO client_notes (client, member, first_at, at, text) VALUES (?, ?, ?, ?, ?)",
                (client, member, first_at, at, text),
            )
        )

    def set_gone(self, note: NoteKey, at: int | None) -> None:
        """Out of sight since then; None: it stands again."""
        self._db.run("UPDATE client_notes SET gone_at = ? WHERE note = ?", (at, note))

    def drop_gone_before(self, at: int) -> None:
        """What no undo can bring back any more."""
        self._db.run("DELETE FROM client_notes WHERE gone_at < ?", (at,))
