"""Notes on clients and the journal's newer questions, in memory."""

from itertools import count

from msgspec.structs import replace

from actors.desk.api import JournalCheck, JournalPage
from store.model.errors import BadRequest, NotFound
from store.model.ids import NoteId, RequestId
from store.model.note import Note, NoteMade
from store.model.views import Done, JournalEntry
from tests.support.fake_calls import FakePart, call, command

NOW = 1_764_000_000
MOST = 20_000


class FakeNotes(FakePart):
    """See the module. `journal_entries` are oldest first, as a test puts them there."""

    journal_entries: list[JournalEntry]
    broken_entry: int | None = None

    def __init__(self) -> None:
        self.kept_notes: dict[str, list[Note]] = {}
        self._note_numbers = count(1)

    @call
    async def notes(self, client: str) -> tuple[Note, ...]:
        key = self._client(client).client
        found = [note for of, notes in self.kept_notes.items() if self._client(of).client == key for note in notes]
        return tuple(sorted(found, key=lambda note: (note.at, int(note.note[1:])), reverse=True))

    @command
    async def put_note(self, request: RequestId, client: str, text: str, *, note: NoteId | None = None) -> NoteMade:
        key, said = self._client(client).client, text.strip()
        if not said:
            raise BadRequest("bad_value", field="text")
        if len(said) > MOST:
            raise BadRequest("too_long")
        notes = self.kept_notes.setdefault(key, [])
        made = Note(note=NoteId(f"h{next(self._note_numbers)}"), text=said, by=self.firm.owner.name, at=NOW)
        before = list(notes)
        if note is None:
            notes.append(made)
        else:
            place = next((n for n, one in enumerate(notes) if one.note == note), None)
            if place is None:
                raise NotFound
            if notes[place].text == said:
                return NoteMade(note=note, done=False, affected=0)
            notes[place] = replace(made, at=notes[place].at, changed_at=NOW)
            made = notes[place]
        self._did("put_note", 1, lambda: notes.__setitem__(slice(None), before), kind="notes_changed")
        return NoteMade(note=made.note, undo="put_note")

    @command
    async def remove_note(self, request: RequestId, note: NoteId) -> Done:
        notes = next((some for some in self.kept_notes.values() if any(one.note == note for one in some)), None)
        if notes is None:
            raise NotFound
        before = list(notes)
        notes[:] = [one for one in before if one.note != note]
        return self._did("remove_note", 1, lambda: notes.__setitem__(slice(None), before), kind="notes_changed")

    @call
    async def journal(
        self,
        *,
        verify: bool = False,
        after: int = 0,
        limit: int = 1000,
        before: int | None = None,
        client: str | None = None,
        member: str | None = None,
    ) -> JournalPage:
        if before is None:
            shown = tuple(self.journal_entries[after : after + limit])
            return JournalPage(entries=shown, broken=self.broken_entry if verify else None)
        found = [one for one in reversed(self.journal_entries) if not before or one.seq < before]
        if client is not None:
            key = self._client(client).client
            found = [one for one in found if key in one.object.replace(",", " ").split()]
        if member is not None:
            found = [one for one in found if member in (one.member, one.as_)]
        return JournalPage(entries=tuple(found[:limit]))

    @call
    async def check_journal(self, *, after: int = 0, limit: int = 5000) -> JournalCheck:
        total = len(self.journal_entries)
        checked = min(after + limit, total)
        broken = self.broken_entry if self.broken_entry is not None and self.broken_entry <= checked else None
        return JournalCheck(checked=checked, total=total, broken=broken, head="ab" * 32)

    @call
    async def activity(self, client: str, *, before: int = 0, limit: int = 100) -> tuple[JournalEntry, ...]:
        key = self._client(client).client
        found = [one for one in reversed(self.journal_entries) if not before or one.seq < before]
        return tuple(one for one in found if key in one.object.replace(",", " ").split())[:limit]
