"""A client's notes, to who may see the client."""

from store.model.ids import NoteKey
from store.model.note import Note
from store.vault.queries.journal import BECAME
from store.vault.queries.names import client_key
from store.vault.queries.sight import Sight


def of_client(sight: Sight, ref: str) -> tuple[Note, ...]:
    """The newest first; those of a client that became this one are among them."""
    rows = sight.rows(
        "SELECT n.note, n.text, m.name, n.first_at, n.at FROM client_notes AS n"
        " JOIN members AS m ON m.member = n.member WHERE n.gone_at IS NULL"
        f" AND n.client IN ({BECAME})"
        " ORDER BY n.first_at DESC, n.note DESC",
        client=client_key(sight, ref),
    )
    return tuple(
        Note(note=sight.ids.note(NoteKey(key)), text=text, by=name, at=first, changed_at=None if at == first else at)
        for key, text, name, first, at in rows
    )
