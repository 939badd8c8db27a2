"""Notes on clients, and what was done for them, on the command line."""

import argparse
import sys
from typing import Final

from store.model.errors import BadRequest
from store.model.ids import NoteId
from store.model.plain import plain
from store.model.views import Done, JournalEntry
from tui.cli.attach import attached, request
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.deeds import deed_words
from tui.i18n import _
from tui.widgets.deed_row import who_words

MOST_BYTES: Final = 100_000
PAGE: Final = 500


async def client_note(options: argparse.Namespace, output: Output) -> None:
    """Write down about a client what standard input says; or take a note away."""
    if options.remove is not None:
        async with attached(options) as desk:
            done = await desk.remove_note(request(options), NoteId(options.remove))
        output.did(done, _("The note is taken away."), more={"note": options.remove})
        return
    if sys.stdin.isatty():
        output.say(_("Write the note, then Ctrl-D."))
    text = _read()
    note = None if options.note is None else NoteId(options.note)
    async with attached(options) as desk:
        made = await desk.put_note(request(options), options.client, text, note=note)
    done = Done(done=made.done, affected=made.affected, undo=made.undo)
    output.did(done, _("Written down."), more={"note": made.note})


def _read() -> str:
    raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    need(len(raw) <= MOST_BYTES, "too_long")
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise BadRequest("bad_value", field="text") from None
    need(text, "bad_value", field="text")
    return text


async def client_notes(options: argparse.Namespace, output: Output) -> None:
    """What the firm wrote down about a client, newest first."""
    async with attached(options) as desk:
        notes = await desk.notes(options.client)
    for note in notes:
        changed = None if note.changed_at is None else when(note.changed_at)
        record = {"note": note.note, "by": note.by, "at": when(note.at), "changed_at": changed, "text": note.text}
        lines = "\n".join(f"  {plain(line)}" for line in note.text.splitlines())
        output.record(record, f"{note.note}  {plain(note.by)}  {local(note.at)}\n{lines}\n")


async def client_activity(options: argparse.Namespace, output: Output) -> None:
    """What was done for a client, newest first, as far as one may know it."""
    async with attached(options) as desk:
        entries = await desk.activity(options.client, limit=min(max(options.limit, 1), PAGE))
        members = {str(one.member): one.name for one in await desk.members()}
        clients = {str(one.client): one.name for one in await desk.clients()}
    for entry in entries:
        what = deed_words(entry, clients=clients, members=members)
        output.record(_record(entry, what), plain(f"{local(entry.at)}  {who_words(entry, members)}  {what}"))


def _record(entry: JournalEntry, what: str) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": when(entry.at),
        "member": entry.member,
        "as": entry.as_,
        "action": entry.action,
        "object": entry.object,
        "sentence": what,
    }
