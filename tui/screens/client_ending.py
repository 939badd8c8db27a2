"""How a client leaves the firm ([C7], [C10]): its export into a folder of one's own, the legal hold that keeps all of
it, and its end. What is written is written by this process with the caller's rights.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from store.mime.names import file_name
from store.model.errors import DeskError
from store.model.firm import MemberRole, Right
from store.model.plain import plain
from tui.exporting import counted_words, missing_words, write_export
from tui.i18n import _, ngettext
from tui.link import PASSING, new_request
from tui.screens.asking import AskText, Confirm
from tui.screens.client_parts import Part
from tui.screens.client_things import ClientThings
from tui.screens.clients import short_name
from tui.screens.page import Left

TOLD_EVERY: Final = 20  # emails between two words of how far an export is


class ClientEnding(ClientThings):
    """See the module."""

    _exporting = False
    _warned = False  # that leaving stops an export
    _erasing = False

    @property
    def _rules(self) -> bool:
        """Whether they may lay a hold, and erase."""
        return self._me is not None and self._me.role is not MemberRole.EMPLOYEE

    def endings_not_meant(self) -> Sequence[str]:
        """What of this the person may not, or the client does not allow."""
        exports = self._rules or (self._me is not None and Right.EXPORT in self._me.rights)
        standing = self._standing
        ends = standing is not None and standing.exported_at is not None and not standing.held
        meant = {"export_client": exports, "hold_client": self._rules, "erase_client": self._rules and ends}
        return [action for action, is_meant in meant.items() if not is_meant]

    async def look(self) -> Sequence[Part]:
        """What is being erased is not looked at: it may be gone already."""
        return self._rows.items if self._erasing else await super().look()

    def leave(self, left: Left | None) -> None:
        """Not by a slip in the middle of an export."""
        if self._exporting and not self._warned:
            self._warned = True
            self.say(_("The export is still being written; the same key again stops it."), "warn")
        else:
            super().leave(left)

    # ------------------------------------------------------------ export
    def action_export_client(self) -> None:
        """Asks for a folder first."""
        if self._detail is None or self._exporting:
            return
        day = datetime.fromtimestamp(self._around.clock()).astimezone().strftime("%Y-%m-%d")
        proposed = self._around.outside.folder / file_name(f"{self._detail.name} {day}")

        def typed(path: str | None) -> None:
            if path is not None and path.strip():
                self.ask(lambda: self._export(Path(path.strip()).expanduser()), group="export")

        note = _("A new or empty folder: mail, documents and contacts, with a manifest that proves them.")
        self.app.push_screen(AskText(_("Export to"), text=str(proposed), note=note), typed)

    async def _export(self, folder: Path) -> None:
        def told(count: int, total: int) -> None:
            if count % TOLD_EVERY == 0 or count == total:
                self.say(_("{count} of {total} emails …").format(count=count, total=total), "dim")

        self._exporting, self._warned = True, False
        self.say(_("the export begins…"), "dim")
        try:
            done = await write_export(self._link.desk, new_request(), self._client, folder, told=told)
        except DeskError as error:
            if error.code not in PASSING:
                raise
            self.say(_("The office went away, and the export broke off: begin again with another folder."), "warn")
            return
        finally:
            self._exporting = False
        words = [counted_words(done), *([missing_words(done)] if done.missing else []), plain(str(folder))]
        self.say(" ".join(words), "warn" if done.missing else "")
        self.look_again()

    # ------------------------------------------------------------ the hold
    def action_hold_client(self) -> None:
        """Lay it, or lift it."""
        if self._detail is None or self._standing is None:
            return
        if not self._rules:
            self.say(_("Only the owner and admins lay a legal hold, and lift it."), "warn")
            return
        on, name = not self._standing.held, short_name(self._detail.name)
        question = (
            _("Lay a legal hold on {client}? Nothing of it can be removed until it is lifted.")
            if on
            else _("Lift the legal hold on {client}? Its mail and documents can be removed again.")
        )
        done = _("Nothing of this client is removed until the hold is lifted.") if on else _("The hold is lifted.")

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self.act(lambda desk, request: desk.hold_client(request, self._client, on=on), done)

        words = question.format(client=name)
        self.app.push_screen(Confirm(words, yes=_("lay the hold") if on else _("lift the hold")), said)

    # ------------------------------------------------------------ the end
    def action_erase_client(self) -> None:
        """Only after an export, never under a hold, and only for who types the name."""
        if self._detail is None or self._standing is None:
            return
        if not self._rules:
            self.say(_("Only the owner and admins erase a client."), "warn")
        elif self._standing.held:
            self.say(_("A legal hold on this client forbids to remove anything; H lifts it."), "warn")
        elif self._standing.exported_at is None:
            self.say(_("A client is erased only after it was exported: E exports it."), "warn")
        else:
            self.ask(self._ask_erase)

    async def _ask_erase(self) -> None:
        detail = self._detail
        if detail is None:
            return
        documents = len(await self._link.desk.documents(self._client))
        emails = ngettext("{count} email", "{count} emails", detail.emails).format(count=detail.emails)
        papers = ngettext("{count} document", "{count} documents", documents).format(count=documents)

        def typed(name: str | None) -> None:
            if name is None:
                return
            if " ".join(name.split()) == " ".join(detail.name.split()):
                self.ask(self._erase)
            else:
                self.say(_("That is not the client's name; nothing was done."), "warn")

        note = _(
            "{emails}, {documents}, its notes, contacts that nobody else has, and all that names it go for good; "
            "nothing brings them back. Mail that is another client's too stays there. "
            "To erase it, type its name: {name}"
        )
        words = note.format(emails=emails, documents=papers, name=plain(detail.name))
        self.app.push_screen(AskText(_("Erase this client for good?"), note=words), typed)

    async def _erase(self) -> None:
        request, self._erasing = new_request(), True
        try:
            done = await self._link.command(lambda desk: desk.erase_client(request, self._client))
        except DeskError:
            self._erasing = False
            raise
        words = ngettext(
            "The client goes, with {count} email; nothing takes that back.",
            "The client goes, with {count} emails; nothing takes that back.",
            done.affected,
        )
        self.leave(Left(words=words.format(count=done.affected)))
