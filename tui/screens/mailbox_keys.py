"""What can be set of a mailbox beside its switches: history, names, never-sync, only receiving, signature, folders.

Each is asked for as it stands now; what is wrong with what was typed is said, and it is asked again.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from actors.desk.api import Desk
from store.model.errors import BadRequest
from store.model.ids import RequestId
from store.model.mailbox import MailboxView
from tui.history import history_from
from tui.i18n import _
from tui.screens.asking import AskText, Confirm
from tui.screens.page import Left, Page
from tui.screens.shared_folders import SET, SharedFoldersScreen
from tui.screens.signature import SignatureScreen, is_html


class MailboxKeys(Page[MailboxView]):
    """See the module. A part of the page of mailboxes."""

    def served(self) -> MailboxView | None:
        """The one under the cursor, if it has a server."""
        box = self._rows.chosen
        return box if box is not None and box.settings.imap is not None else None

    def action_history_box(self) -> None:
        box = self.served()
        if box is not None:
            self._ask_history(box.settings.address, self._history_words(box))

    def _history_words(self, box: MailboxView) -> str:
        since = box.settings.history_from
        return "all" if since is None else datetime.fromtimestamp(since, UTC).date().isoformat()

    def _ask_history(self, address: str, text: str, *, wrong: str = "") -> None:
        def typed(said: str | None) -> None:
            if said is None or not said.strip():
                return
            try:
                since = history_from(said.strip(), now=datetime.fromtimestamp(self._around.clock(), UTC))
            except BadRequest:
                self._ask_history(address, said, wrong=_("How far back: 12m, 2y, 90d, all, or a date as 2026-01-31."))
                return
            self.act(
                lambda desk, request: desk.set_mailbox(request, address, history_from=since or 0),
                _("Set. What is missing is fetched; older mail that is filed stays."),
            )

        note = wrong or _("12m, 2y, 90d, all, or a date. Less lets go what is nobody's, after a day.")
        self.app.push_screen(AskText(_("How far back"), text=text, note=note), typed)

    def action_aliases_box(self) -> None:
        box = self.served()
        if box is not None:
            address = box.settings.address
            self._ask_list(
                _("Aliases of {address}").format(address=address),
                box.aliases,
                _("Your other addresses that come into this mailbox, with commas. Empty: none."),
                lambda named: lambda desk, request: desk.set_mailbox(request, address, aliases=named),
            )

    def action_never_box(self) -> None:
        box = self.served()
        if box is not None:
            address = box.settings.address
            self._ask_list(
                _("Never synced"),
                box.never_sync,
                _("Addresses, domains, or parts with *, with commas: what has them is filed nowhere. Empty: none."),
                lambda named: lambda desk, request: desk.set_mailbox(request, address, never_sync=named),
            )

    def _ask_list(
        self,
        title: str,
        now: Sequence[str],
        note: str,
        act: Callable[[tuple[str, ...]], Callable[[Desk, RequestId], Awaitable[object]]],
    ) -> None:
        def typed(said: str | None) -> None:
            if said is not None:
                self.act(act(listed(said)), _("Set."))

        self.app.push_screen(AskText(title, text=", ".join(now), note=note), typed)

    def action_no_send_box(self) -> None:
        box = self.served()
        if box is None:
            return
        if box.settings.smtp is None:
            self.say(_("It only receives already. Sync it again to send from it."))
            return
        address = box.settings.address

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self.act(lambda desk, request: desk.set_mailbox(request, address, no_send=True), _("It only receives."))

        question = _("Only receive in {address}? Nothing can be sent from it then.").format(address=address)
        self.app.push_screen(Confirm(question, yes=_("receive only")), said)

    def action_signature_box(self) -> None:
        box = self.served()
        if box is None:
            return
        address = box.settings.address

        def typed(text: str | None) -> None:
            if text is not None:
                html = is_html(text)
                self.act(
                    lambda desk, request: desk.set_mailbox(request, address, signature=text, signature_html=html),
                    _("Set."),
                )

        self.app.push_screen(SignatureScreen(self._around, box.settings.signature), typed)

    def action_folders_box(self) -> None:
        box = self.served()
        if box is None:
            return

        def left(answer: Left | None) -> None:
            if answer is SET:
                self.say(_("Set."))
                self.look_again()
            elif answer is not None:
                self.leave(answer)

        self.app.push_screen(SharedFoldersScreen(self._link, self._around, box), left)


def listed(text: str) -> tuple[str, ...]:
    """What is written with commas or blanks between."""
    return tuple(text.replace(",", " ").replace(";", " ").split())
