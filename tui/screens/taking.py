"""What a person takes out of an email: copied, printed, opened, saved. In the caller's process, with their rights."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from actors.desk.api import Desk
from store.model.copy import Part
from store.model.document import Document
from store.model.ids import EmailId, RequestId
from store.model.outbox import Answering
from store.model.plain import plain
from store.model.record import Record
from store.model.views import EmailView
from tui import outside
from tui.i18n import _, ngettext
from tui.link import new_request
from tui.plain import Row, Span, short, wrap
from tui.screens.chooser import Chooser, Option
from tui.screens.dialog import Dialog
from tui.screens.going import Going
from tui.widgets.letter import kind_word, size_word

SHOWN_MOST: Final = 1 << 20  # bytes of a text attachment that are shown
AS_TEXT: Final = frozenset(
    {"text/plain", "text/csv", "text/markdown", "text/calendar", "text/vcard", "text/x-log", "application/json"}
)


class Copied(Record, frozen=True, kw_only=True):
    """Something to copy, and what it is called then."""

    text: str
    words: str


class Taking(Going):
    """See the module."""

    # ------------------------------------------------------------ copy
    async def action_copy(self) -> None:
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
            return
        self.app.push_screen(Chooser(_("Copy"), partial(self._copy_options, email)), self._copied)

    async def _copy_options(self, email: EmailId) -> Sequence[Option[Copied]]:
        from tui.as_text import body_text

        view = await self._link.desk.email(email)
        found = [Option(Copied(text=one.address, words=_("Address copied.")), one.address, _("address"))
                 for one in view.from_[:1]]  # fmt: skip
        for number, link in enumerate(view.links[:200], start=1):
            note = _("link {number}").format(number=number)
            found.append(Option(Copied(text=link.target, words=_("Link copied.")), link.target, note))
        found.append(Option(Copied(text=body_text(view), words=_("Text copied.")), _("the text"), _("text")))
        if view.message_id:
            told = f"<{view.message_id.strip('<>')}>"
            found.append(Option(Copied(text=told, words=_("Message-ID copied.")), told, "Message-ID"))
        return found

    def _copied(self, copied: Copied | None) -> None:
        if copied is None:
            return
        if len(copied.text.encode()) > outside.COPIED_MOST:
            self._status.speak(_("That is too long for a terminal to copy; p prints it."), look="warn")
            return
        self.app.copy_to_clipboard(copied.text)
        self._status.speak(copied.words)

    # ------------------------------------------------------------ print
    async def action_print(self) -> None:
        email, thread = self.email, self._reading.emails
        if email is None:
            self._status.speak(_("There is no thread here."))
            return
        emails = [one.email for one in thread] if email in {one.email for one in thread} else [email]
        if len(emails) == 1:
            self._ask(self._print, emails, group="print")
            return
        words = ngettext("the thread: {count} email", "the thread: {count} emails", len(emails))
        options = [Option([email], _("this email")), Option(emails, words.format(count=len(emails)))]
        self.app.push_screen(Chooser(_("Print"), options), self._chosen_to_print)

    def _chosen_to_print(self, emails: list[EmailId] | None) -> None:
        if emails is not None:
            self._ask(self._print, emails, group="print")

    async def _print(self, emails: Sequence[EmailId]) -> None:
        from tui import saving
        from tui.as_text import email_text, thread_text

        views = [await self._link.desk.fetch_body(email) for email in emails]
        text = email_text(views[0]) if len(views) == 1 else thread_text(views)
        around = self._around.outside
        if around.printer:
            code = await around.run(around.printer, text.encode())
            words = _("Printed.") if code == 0 else _("The print command failed: {name}").format(name=around.printer[0])
            self._status.speak(words, look="" if code == 0 else "warn")
            return
        name = f"{' '.join(views[0].subject.split()) or _('email')}.txt"
        saved = await saving.save(_once(text.encode()), _free(saving.target(around.folder, name)))
        self._tell_saved(saved.path, lead=_("There is no printer; saved as {path}."))

    # ------------------------------------------------------------ open
    async def action_open_part(self) -> None:
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
            return
        chooser = Chooser(
            _("Open"),
            partial(self._open_options, email),
            nothing=lambda: self._status.speak(_("Nothing to open.")),
        )
        self.app.push_screen(chooser, partial(self._opened_part, email))

    async def _open_options(self, email: EmailId) -> Sequence[Option[Part | str]]:
        view = await self._link.desk.email(email)
        options: list[Option[Part | str]] = [Option(part, _name(part), _told(part)) for part in _attached(view)]
        for number, link in enumerate(view.links[:200], start=1):
            options.append(Option(link.target, link.target, _("link {number}").format(number=number)))
        return options

    def _opened_part(self, email: EmailId, what: Part | str | None) -> None:
        if isinstance(what, str):
            self._ask(self._open_link, what, group="open")
        elif what is not None and what.type in AS_TEXT:
            self._ask(self._show_part, email, what, group="open")
        elif what is not None:
            self._ask(self._ask_where, email, [what], group="open")

    async def _open_link(self, target: str) -> None:
        """Web addresses in a browser of this machine; mailto here; everything else is copied."""
        letter, around = outside.mailto(target), self._around.outside
        if letter is not None:
            await self.write(Answering.NEW, to=letter.to, subject=letter.subject)
        elif around.opener and not around.ssh and outside.may_open(target):
            code = await around.run((*around.opener, target), b"")
            self._status.speak(_("Opened in the browser.") if code == 0 else _("The browser could not be started."))
        else:
            self.app.copy_to_clipboard(target)
            self._status.speak(_("Link copied; open it where you sit."))

    async def _show_part(self, email: EmailId, part: Part) -> None:
        data, more = b"", False
        async for piece in self._link.desk.part(email, part.n):
            data += piece
            if len(data) > SHOWN_MOST:
                data, more = data[:SHOWN_MOST], True
                break
        text = _decoded(data)

        def rows(cells: int) -> Sequence[Row]:
            lines: list[Row] = [(Span(" "), Span(line)) for line in wrap(text, cells - 2)]
            words = _("Only the beginning is shown; S saves it all.")
            return [*lines, (Span(" "), Span(words, "dim"))] if more else lines

        self.app.push_screen(Dialog(short(_name(part), 50), rows), lambda _nothing: None)

    # ------------------------------------------------------------ save
    async def action_save(self) -> None:
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
            return
        self._ask(self._save_which, email, group="save")

    async def _save_which(self, email: EmailId) -> None:
        parts = _attached(await self._link.desk.email(email))
        if not parts:
            self._status.speak(_("This email has no attachments."))
        elif len(parts) == 1:
            await self._ask_where(email, parts)
        else:
            words = ngettext("all {count}", "all {count}", len(parts)).format(count=len(parts))
            options = [*(Option([part], _name(part), _told(part)) for part in parts), Option(parts, words)]
            self.app.push_screen(Chooser(_("Save"), options), partial(self._saved_which, email))

    def _saved_which(self, email: EmailId, parts: list[Part] | None) -> None:
        if parts is not None:
            self._ask(self._ask_where, email, parts, group="save")

    # ------------------------------------------------------------ keep for the client
    async def action_keep_part(self) -> None:
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
            return
        self._ask(self._keep_which, email, group="keep")

    async def _keep_which(self, email: EmailId) -> None:
        parts = _attached(await self._link.desk.email(email))
        if not parts:
            self._status.speak(_("This email has no attachments."))
        elif len(parts) == 1:
            await self._keep_for(email, parts)
        else:
            words = ngettext("all {count}", "all {count}", len(parts)).format(count=len(parts))
            options = [*(Option([part], _name(part), _told(part)) for part in parts), Option(parts, words)]
            self.app.push_screen(Chooser(_("Keep"), options), partial(self._kept_which, email))

    def _kept_which(self, email: EmailId, parts: list[Part] | None) -> None:
        if parts is not None:
            self._ask(self._keep_for, email, parts, group="keep")

    async def _keep_for(self, email: EmailId, parts: Sequence[Part]) -> None:
        """For the client that it is filed with; of several, or without one, a person says which."""
        filed = (await self._link.desk.email(email)).clients
        if len(filed) == 1:
            await self._keep(email, parts, str(filed[0].client.client))
            return
        named = [one.client for one in filed] or await self._link.desk.clients()
        options = [Option(str(one.client), one.name) for one in named]

        def meant(client: str | None) -> None:
            if client is not None:
                self._ask(self._keep, email, parts, client, group="keep")

        self.app.push_screen(Chooser(_("Keep for"), options), meant)

    async def _keep(self, email: EmailId, parts: Sequence[Part], client: str) -> None:
        batch, kept = new_request(), []
        for number, part in enumerate(parts, 1):
            one = RequestId(f"{batch}/{number}")
            kept.append(await self._link.command(partial(_saved_attachment, one, email, part.n, client)))
        new = [one for one in kept if not one.known]
        if not new:
            self._status.speak(_("It is among the documents already."))
        elif len(new) == 1:
            name = plain(new[0].name)
            self._status.speak(_("Kept as {name}.").format(name=name) + " " + _("u takes it back."))
        else:
            words = ngettext("{count} document kept.", "{count} documents kept.", len(new))
            self._status.speak(words.format(count=len(new)) + " " + _("u takes it back."))

    async def _ask_where(self, email: EmailId, parts: Sequence[Part]) -> None:
        from tui import saving
        from tui.screens.asking import AskText

        folder = self._around.outside.folder
        where = str(saving.target(folder, _name(parts[0]))) if len(parts) == 1 else f"{folder}/"
        title = _("Save as") if len(parts) == 1 else _("Save in the folder")

        def said(path: str | None) -> None:
            if path is not None and path.strip():
                self._ask(self._save, email, parts, Path(path).expanduser(), group="save")

        self.app.push_screen(AskText(title, text=where, note=_("Never over a file that is there.")), said)

    async def _save(self, email: EmailId, parts: Sequence[Part], where: Path) -> None:
        from tui import saving

        saved = []
        for part in parts:
            self._status.busy(_("saving {name}…").format(name=plain(_name(part))))
            try:
                path = saving.target(where, _name(part))
                saved.append(await saving.save(self._link.desk.part(email, part.n), path))
            finally:
                self._status.busy("")
        if len(saved) == 1:
            self._tell_saved(saved[0].path, lead=_("Saved as {path}."))
        else:
            words = ngettext("{count} file saved in {path}.", "{count} files saved in {path}.", len(saved))
            self._status.speak(words.format(count=len(saved), path=plain(str(where))))

    def _tell_saved(self, path: Path, *, lead: str) -> None:
        """Where it is; over SSH the line that fetches it, which is copied too."""
        line = outside.fetch_line(self._around.outside, path)
        if line:
            self.app.copy_to_clipboard(line)
            self._status.speak(_("Saved; fetch it with (copied): {line}").format(line=plain(line)))
        else:
            self._status.speak(lead.format(path=plain(str(path))))


async def _saved_attachment(request: RequestId, email: EmailId, n: int, client: str, desk: Desk) -> Document:
    return await desk.save_attachment(request, email, n, client=client)


def _attached(view: EmailView) -> list[Part]:
    return [part for part in view.attachments if not part.inline]


def _name(part: Part) -> str:
    return part.name or _("(no name)")


def _told(part: Part) -> str:
    return f"{kind_word(part.type)}, {size_word(part.size)}"


def _decoded(data: bytes) -> str:
    """UTF-8, else as most other texts are written; a mark at its beginning is none of the text."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _free(path: Path) -> Path:
    """A name that is not taken: `Name (2).txt`."""
    number, free = 2, path
    while free.exists() or free.is_symlink():
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return free
