"""What the reader's next undo would take back: their own acts only, shared by their screens and command lines."""

from store.model.views import NextUndo
from store.vault.acts import LAST_ACTS
from store.vault.queries.sight import Sight


def next_undo(sight: Sight, *, since: int) -> NextUndo | None:
    """Of a batch the whole; None if there is nothing."""
    found = sight.rows(LAST_ACTS.format(columns="u.affected, u.threads"), since=since)
    if not found:
        return None
    _undo, at, word, _affected, _threads = found[0]
    return NextUndo(word=word, affected=sum(row[3] for row in found), threads=sum(row[4] for row in found), at=at)
