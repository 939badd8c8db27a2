"""Notes: what the firm writes down about a client, plain text or Markdown ([C6])."""

from store.model.ids import NoteId
from store.model.record import Record


class Note(Record, frozen=True, kw_only=True):
    """A note as it stands. `by` wrote it last."""

    note: NoteId
    text: str
    by: str
    at: int  # when it was first written
    changed_at: int | None = None


class NoteMade(Record, frozen=True, kw_only=True):
    """A note was written or worded otherwise. Without its text: first answers outlive what they were about."""

    note: NoteId
    done: bool = True
    undo: str | None = None
    affected: int = 1
