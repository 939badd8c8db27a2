"""What one does to a client's documents and notes in its profile; with undo. Files are read and written by this process
with the caller's rights; a document is opened as text, or as a private copy.
"""

import mimetypes
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from store.model.document import Document
from store.model.note import Note
from store.model.plain import plain
from tui import outside, saving
from tui.files import name_of, pieces
from tui.i18n import _
from tui.link import new_request
from tui.plain import Row, Span, wrap
from tui.screens.asking import AskText
from tui.screens.chooser import Chooser, Option
from tui.screens.client_parts import Part, Tab, document_parts, told
from tui.screens.client_profile import ClientProfile
from tui.screens.clients import client_options, short_name
from tui.screens.dialog import Dialog
from tui.screens.pick_file import PickFile

NOTE_LINES: Final = 8
FOUND_MOST: Final = 200
SHOWN_MOST: Final = 200_000  # bytes of a text that are shown
AS_TEXT: Final = frozenset({"text/plain", "text/csv", "text/markdown"})


class ClientThings(ClientProfile):
    """See the module."""

    _looked_for = ""  # of documents

    def open_part(self, part: Part) -> None:
        if isinstance(part.value, Note):
            self.word_note(part.value)
        elif isinstance(part.value, Document):
            document = part.value
            self.ask(lambda: self._open_document(document), group="open")
        else:
            super().open_part(part)

    def _chosen_document(self) -> Document | None:
        part = self._rows.chosen
        return part.value if part is not None and isinstance(part.value, Document) else None

    # ------------------------------------------------------------ notes
    def word_note(self, note: Note | None) -> None:
        """A new one, or another wording of one."""

        def typed(text: str | None) -> None:
            if text is None or not text.strip() or (note is not None and text.strip() == note.text):
                return
            words = _("Written down. u takes it back.")
            which = None if note is None else note.note
            self.act(lambda desk, request: desk.put_note(request, self._client, text, note=which), words)

        title = _("New note") if note is None else _("Note")
        hint = _("Plain text or Markdown. Never leaves the firm.")
        asked = AskText(title, text="" if note is None else note.text, lines=NOTE_LINES, note=hint)
        self.app.push_screen(asked, typed)

    def remove_note(self, note: Note) -> None:
        """Taken away, until undo."""
        words = _("The note is taken away. u brings it back.")
        self.act(lambda desk, request: desk.remove_note(request, note.note), words)

    # ------------------------------------------------------------ documents found
    async def _documents(self) -> Sequence[Part]:
        if not self._looked_for:
            return await super()._documents()
        found = await self._link.desk.find_documents(self._looked_for, client=self._client, limit=FOUND_MOST)
        lines = list(document_parts(found, now=self._around.clock()))
        return lines or [told(_("No document has that in its name or its words."))]

    def count_words(self) -> str:
        if self._tab is Tab.DOCUMENTS and self._looked_for:
            return _("documents with “{text}”").format(text=plain(self._looked_for))
        return super().count_words()

    def go_tab(self, tab: Tab) -> None:
        self._looked_for = ""
        super().go_tab(tab)

    def action_find_here(self) -> None:
        """By name and words; nothing typed brings all of them back."""
        if self._tab is not Tab.DOCUMENTS:
            return

        def typed(text: str | None) -> None:
            if text is not None:
                self._looked_for = text.strip()
                self.look_again()

        note = _("Words of its name or text; nothing: all of them again.")
        self.app.push_screen(AskText(_("Find documents"), text=self._looked_for, note=note), typed)

    # ------------------------------------------------------------ documents
    def add_file(self) -> None:
        """A file of one's own becomes a document."""

        def picked(path: Path | None) -> None:
            if path is not None:
                self.ask(lambda: self._add_file(path))

        self.app.push_screen(PickFile(start=self._around.outside.folder, title=_("Add a file")), picked)

    async def _add_file(self, path: Path) -> None:
        request, name = new_request(), name_of(path)
        self.say(_("adding {name}…").format(name=short_name(name)), "dim")
        try:
            kept = await self._link.command(lambda desk: desk.add_document(request, self._client, name, pieces(path)))
        except OSError:
            self.say(_("{path} cannot be read.").format(path=plain(str(path))), "warn")
            return
        words = _("It is here already as {name}.") if kept.known else _("Added as {name}. u takes it back.")
        self.say(words.format(name=short_name(kept.name)))
        self.look_again()

    def rename_document(self, document: Document) -> None:
        """Another name for it."""

        def named(name: str | None) -> None:
            if name and name.strip() and name.strip() != document.name:
                words = _("Renamed. u takes it back.")
                self.act(lambda desk, request: desk.rename_document(request, document.document, name.strip()), words)

        self.app.push_screen(AskText(_("The document's name"), text=document.name), named)

    def remove_document(self, document: Document) -> None:
        """Out of sight, until undo."""
        words = _("{name} is deleted. u brings it back.").format(name=short_name(document.name))
        self.act(lambda desk, request: desk.delete_document(request, document.document), words)

    def action_move_here(self) -> None:
        document = self._chosen_document()
        if document is None:
            return

        def chosen(client: Option[str] | None) -> None:
            if client is not None:
                words = _("Moved to {client}. u takes it back.").format(client=short_name(client.text))
                self.act(lambda desk, request: desk.move_document(request, document.document, client.value), words)

        async def options() -> Sequence[Option[Option[str]]]:
            return [one for one in await client_options(self._link) if one.value.value != self._client]

        self.app.push_screen(Chooser(_("Move to another client"), options), chosen)

    def action_save_here(self) -> None:
        document = self._chosen_document()
        if document is None:
            return
        where = saving.target(self._around.outside.folder, document.name)

        def said(path: str | None) -> None:
            if path is not None and path.strip():
                self.ask(lambda: self._save(document, Path(path).expanduser()), group="save")

        note = _("Never over a file that is there.")
        self.app.push_screen(AskText(_("Save as"), text=str(where), note=note), said)

    async def _save(self, document: Document, where: Path) -> None:
        path = saving.target(where, document.name)
        saved = await saving.save(self._link.desk.document(document.document), path)
        line = outside.fetch_line(self._around.outside, saved.path)
        if line:
            self.app.copy_to_clipboard(line)
            self.say(_("Saved; fetch it with (copied): {line}").format(line=plain(line)))
        else:
            self.say(_("Saved as {path}.").format(path=plain(str(saved.path))))

    async def _open_document(self, document: Document) -> None:
        """As text where it is one; with the system's program from a private copy; else it is saved."""
        around = self._around.outside
        if (mimetypes.guess_type(document.name)[0] or "") in AS_TEXT:
            await self._show_text(document)
        elif around.opener and not around.ssh:
            folder = Path(tempfile.mkdtemp(prefix="postroom-"))  # for their eyes alone
            saved = await saving.save(self._link.desk.document(document.document), saving.target(folder, document.name))
            code = await around.run((*around.opener, str(saved.path)), b"")
            self.say(_("A copy is opened; changes to it are not kept.") if code == 0 else _("Nothing could open it."))
        else:
            self.action_save_here()

    async def _show_text(self, document: Document) -> None:
        data, more = b"", False
        async for piece in self._link.desk.document(document.document):
            data += piece
            if len(data) > SHOWN_MOST:
                data, more = data[:SHOWN_MOST], True
                break
        text = data.decode("utf-8-sig", "replace")

        def rows(cells: int) -> Sequence[Row]:
            lines: list[Row] = [(Span(" "), Span(line)) for line in wrap(text, cells - 2)]
            words = _("Only the beginning is shown; S saves it all.")
            return [*lines, (Span(" "), Span(words, "dim"))] if more else lines

        self.app.push_screen(Dialog(short_name(document.name), rows), lambda _nothing: None)
