"""Which of others' folders that a mailbox's server shows are synced too, chosen by marks. Answers SET, or None."""

from collections.abc import Sequence

from store.model.mailbox import MailboxView
from store.model.plain import plain
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import Row, Span, fit
from tui.screens.page import Left, Page
from tui.surroundings import Surroundings

SET = Left()  # what it is left for when they were set


class SharedFoldersScreen(Page[str]):
    """See the module."""

    PLACE = Place.SHARED_FOLDERS

    def __init__(self, link: Link, around: Surroundings, box: MailboxView) -> None:
        super().__init__(link, around)
        self._box = box
        self._names = tuple(dict.fromkeys((*box.offered, *box.settings.shared)))
        self._marked = set(box.settings.shared)
        self._rows.empty_words = _("Its server shows no folders of others.")

    def title_words(self) -> str:
        return _("Others' folders in {address}").format(address=plain(self._box.settings.address))

    def count_words(self) -> str:
        count = len(self._marked)
        return ngettext("{count} synced", "{count} synced", count).format(count=count) if self._names else ""

    async def look(self) -> Sequence[str]:
        return self._names

    def name_of(self, item: str) -> str:
        return item

    def row(self, item: str, cells: int) -> tuple[Row, ...]:
        mark = "[x]" if item in self._marked else "[ ]"
        gone = "" if item in self._box.offered else _("not shown any more")
        return ((Span(f" {mark} "), Span(fit(item, max(cells - 8 - len(gone), 8))), Span(gone, "dim")),)

    def not_meant(self, item: str | None) -> Sequence[str]:
        return ("mark_folder", "take_folders") if item is None else ()

    def action_mark_folder(self) -> None:
        name = self._rows.chosen
        if name is not None:
            self._marked ^= {name}
            self._rows.refresh()
            self._tell_title()

    def action_take_folders(self) -> None:
        if not self._names:
            return
        chosen, address, request = (
            [one for one in self._names if one in self._marked],
            self._box.settings.address,
            new_request(),
        )

        async def taken() -> None:
            await self._link.command(lambda desk: desk.set_mailbox(request, address, shared=chosen))
            self.leave(SET)

        self.ask(taken)

    def action_undo(self) -> None:
        """Marks are set back the same way."""
        self.say(_("There is nothing to undo."))
