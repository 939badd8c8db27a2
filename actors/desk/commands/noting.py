"""Notes on a client: written, worded otherwise, taken away, and each of it taken back. The journal holds ids only."""

from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Noted
from actors.desk.commands.resolving import client_of
from actors.desk.commands.undos import KEPT_SECONDS, did, still, unchanged
from store.model.errors import BadRequest, NotFound
from store.model.ids import ClientKey, NoteKey
from store.model.note import NoteMade
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.notes import KeptNote

MOST: Final = 20_000  # characters


def put_note(act: Act, *, client: str, text: str, note: str | None = None) -> NoteMade:
    """A new note of the client's, or another wording of one."""
    key = client_of(act, client)
    said = text.strip()
    if not said:
        raise BadRequest("bad_value", field="text")
    if len(said) > MOST:
        raise BadRequest("too_long")
    before = None if note is None else _note_of(act, note)
    if before is not None and act.vault.clients.resolve(before.client) != key:
        raise NotFound
    act.need(Action.NOTE, clients=(key,))
    if before is not None and before.text == said:
        return NoteMade(note=act.vault.ids.note(before.note), done=False, affected=0)
    act.vault.notes.drop_gone_before(act.now - KEPT_SECONDS)
    first = act.now if before is None else before.first_at
    made = act.vault.notes.add(key, act.actor, text=said, first_at=first, at=act.now)
    if before is not None:
        act.vault.notes.set_gone(before.note, act.now)
    _announce(act, key, made)
    did(act, "put_note", 1, Noted(client=key, before=None if before is None else before.note, after=made))
    return NoteMade(note=act.vault.ids.note(made), undo="put_note")


def remove_note(act: Act, *, note: str) -> Done:
    """It is gone when undo is past."""
    kept = _note_of(act, note)
    key = act.vault.clients.resolve(kept.client)
    act.need(Action.NOTE, clients=(key,))
    act.vault.notes.set_gone(kept.note, act.now)
    _announce(act, key, kept.note)
    return did(act, "remove_note", 1, Noted(client=key, before=kept.note, after=None))


def noted_back(act: Act, inverse: Noted) -> int:
    """The wording before, unless there is another one since."""
    act.need(Action.NOTE, clients=(act.vault.clients.resolve(inverse.client),))
    if inverse.after is not None:
        unchanged(still(act.vault.notes.get(inverse.after)).gone_at is None)
        act.vault.notes.set_gone(inverse.after, act.now)
    if inverse.before is not None:
        unchanged(still(act.vault.notes.get(inverse.before)).gone_at is not None)
        act.vault.notes.set_gone(inverse.before, None)
    _announce(act, inverse.client, inverse.after or inverse.before or NoteKey(0))
    return 1


def _note_of(act: Act, word: str) -> KeptNote:
    """One that stands, of a client that the actor may see."""
    kept = act.vault.notes.get(act.vault.ids.note_key(word))
    if kept is None or kept.gone_at is not None:
        raise NotFound
    if not act.scope.allows_client(act.vault.clients.resolve(kept.client)):
        raise NotFound
    return kept


def _announce(act: Act, client: ClientKey, note: NoteKey) -> None:
    act.announce("notes_changed", client=client)
    act.about = f"client {client} note {note}"
