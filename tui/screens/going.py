"""Where one can go: the views of [T2], and the pages over the mail; and writing, which is a page too."""

from typing import TYPE_CHECKING, Any

from store.model.errors import NotFound
from store.model.ids import ClientId, EmailId, ThreadId
from store.model.outbox import Answering
from store.model.views import ThreadQuery, View
from tui.i18n import _
from tui.keys import Place
from tui.screens.acting import Acting
from tui.widgets.folder_list import Corner

if TYPE_CHECKING:
    from tui.screens.compose import Ended
    from tui.screens.page import Left, Page


class Going(Acting):
    """See the module."""

    # ------------------------------------------------------------ views
    def action_go_inbox(self) -> None:
        self.go_view(View.INBOX)

    def action_go_waiting(self) -> None:
        self.go_view(View.WAITING)

    def action_go_cc(self) -> None:
        self.go_view(View.CC)

    def action_go_assigned(self) -> None:
        self.go_view(View.ASSIGNED)

    def action_go_unfiled(self) -> None:
        self.go_view(View.UNFILED)

    def action_go_ambiguous(self) -> None:
        self.go_view(View.AMBIGUOUS)

    def action_go_snoozed(self) -> None:
        self.go_view(View.SNOOZED)

    def action_go_done(self) -> None:
        self.go_view(View.DONE)

    def action_go_sent(self) -> None:
        self.go_view(View.SENT)

    def action_go_deleted(self) -> None:
        self.go_view(View.DELETED)

    def action_go_all(self) -> None:
        self.go_view(View.ALL)

    def go_view(self, view: View) -> None:
        """The list of a view, from its beginning."""
        self.left_search()
        self._open(ThreadQuery(view=view))
        self.go(Place.THREADS)

    # ------------------------------------------------------------ pages
    async def action_go_notices(self) -> None:
        from tui.screens.notices import NoticesScreen

        await self.go_page(NoticesScreen(self._link, self._around))

    async def action_go_drafts(self) -> None:
        from tui.screens.outbox import OutboxScreen

        await self.go_page(OutboxScreen(self._link, self._around, drafts=True))

    async def action_go_outbox(self) -> None:
        from tui.screens.outbox import OutboxScreen

        await self.go_page(OutboxScreen(self._link, self._around, drafts=False))

    async def action_go_clients(self) -> None:
        from tui.screens.find_clients import FindClientsScreen

        await self.go_page(FindClientsScreen(self._link, self._around))

    async def action_go_client_list(self) -> None:
        from tui.screens.clients import ClientsScreen

        await self.go_page(ClientsScreen(self._link, self._around))

    async def action_go_journal(self) -> None:
        from tui.screens.journal import JournalScreen

        await self.go_page(JournalScreen(self._link, self._around))

    async def action_client(self) -> None:
        """The profile of the client whose mail this is; one of several is chosen."""
        folder = self._folders.chosen if self.place is Place.FOLDERS else None
        if isinstance(folder, ThreadQuery) and folder.client is not None:
            await self.go_client(folder.client)
            return
        row = None if self.place is Place.FOLDERS else self._threads.chosen
        clients = {one.client: one.name for one in (row.clients if row is not None else ())}
        if self.place is Place.READING and self._reading.email is not None:
            clients = {one.client.client: one.client.name for one in self._reading.email.filings}
        if not clients:
            self._status.speak(_("This is no client's; v files it, + makes a client from its sender."))
        elif len(clients) == 1:
            await self.go_client(next(iter(clients)))
        else:
            from tui.screens.chooser import Chooser, Option

            options = [Option(value=client, text=name) for client, name in clients.items()]
            self.app.push_screen(Chooser(_("Which client"), options), self._client_chosen)

    def _client_chosen(self, client: ClientId | None) -> None:
        if client is not None:
            self.app.call_later(self.go_client, client)

    async def go_client(self, client: ClientId) -> None:
        """A client's profile over the mail."""
        from tui.screens.client import ClientScreen

        await self.go_page(ClientScreen(self._link, self._around, client=client))

    async def action_sender(self) -> None:
        """The contact whom this mail is from."""
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
        else:
            self._ask(self._open_sender, email, group="sender")

    async def _open_sender(self, email: EmailId) -> None:
        from tui.screens.contact import ContactScreen

        desk = self._link.desk
        sender = next((one.address for one in (await desk.email(email)).from_), "")
        try:
            contact = (await desk.contact(sender)).contact
        except NotFound:
            self._status.speak(_("No contact has this address; + makes a client from its sender."))
            return
        await self.go_page(ContactScreen(self._link, self._around, contact=contact))

    async def action_go_rules(self) -> None:
        from tui.screens.rules import RulesScreen

        await self.go_page(RulesScreen(self._link, self._around))

    async def action_make_rule(self) -> None:
        """A rule for mail like this one: of its mailing list, else from its sender."""
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
        else:
            self._ask(self._make_rule, email, group="rule")

    async def _make_rule(self, email: EmailId) -> None:
        from tui.screens.rule_form import like
        from tui.screens.rules import RulesScreen

        said = await like(self._link.desk, email)
        await self.go_page(RulesScreen(self._link, self._around, begin=said))

    async def action_go_mailboxes(self) -> None:
        from tui.screens.mailboxes import MailboxesScreen

        await self.go_page(MailboxesScreen(self._link, self._around))

    async def action_go_members(self) -> None:
        from tui.screens.members import MembersScreen

        await self.go_page(MembersScreen(self._link, self._around))

    async def action_go_providers(self) -> None:
        from tui.screens.providers import ProvidersScreen

        await self.go_page(ProvidersScreen(self._link, self._around))

    # ------------------------------------------------------------ beginning
    _greeted = False

    def greet(self, firm: str) -> None:
        """An empty home: what one can begin with; once, since whoever left it wants the empty desk."""
        from tui.screens.welcome import WelcomeScreen

        if not self._greeted:
            self._greeted = True
            self.app.push_screen(WelcomeScreen(self._link, self._around, firm=firm), self.begun)

    def begun(self, words: str | None) -> None:
        """Something was begun there."""
        if words:
            self._status.speak(words, passing=True)

    async def action_sync_email(self) -> None:
        from tui.screens.sync_form import SyncForm

        self.app.push_screen(SyncForm(self._link, self._around), self.syncing)

    def syncing(self, address: str | None) -> None:
        """A mailbox was added."""
        if address:
            words = _("{address} is syncing; what is here can be read already.").format(address=address)
            self._status.speak(words, passing=True)

    async def go_page(self, page: "Page[Any]") -> None:
        """Put a page over the mail; what it is left for is done here."""
        self.app.push_screen(page, self.page_left)

    def page_left(self, left: "Left | None") -> None:
        """A page is closed."""
        if left is None:
            return
        if left.words:
            self._status.speak(left.words, passing=True)
        if left.write is not None:
            self.app.call_later(self.write, left.write)
        elif left.thread is not None:
            if left.query is not None:
                self.left_search()
                self._open(left.query, hold=(left.thread, 0))
            self.read_thread(left.thread, left.email)
        elif left.action:
            self.app.call_later(self.run_action, left.action)

    def read_thread(self, thread: ThreadId, email: EmailId | None = None) -> None:
        """Read a thread, whatever list is open."""
        self.go(Place.READING)
        self._ask(self._opened, thread, email, group="reading")

    async def open_corner(self, corner: Corner) -> None:
        """What a folder that is no list stands for."""
        await {
            Corner.NOTICES: self.action_go_notices,
            Corner.DRAFTS: self.action_go_drafts,
            Corner.OUTBOX: self.action_go_outbox,
        }[corner]()

    # ------------------------------------------------------------ writing
    async def action_compose(self) -> None:
        await self.write(Answering.NEW)

    async def action_reply(self) -> None:
        await self._answer(Answering.REPLY)

    async def action_reply_all(self) -> None:
        await self._answer(Answering.REPLY_ALL)

    async def action_forward(self) -> None:
        await self._answer(Answering.FORWARD)

    async def _answer(self, how: Answering) -> None:
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
        else:
            await self.write(how, email)

    async def write(self, how: Answering, email: EmailId | None = None, *, to: str = "", subject: str = "") -> None:
        """Put the composer over the mail."""
        from tui.screens.compose import ComposeScreen, Sheet

        sheet = Sheet(how=how, answers=email, to=to, subject=subject)
        self.app.push_screen(ComposeScreen(self._link, self._around, sheet), self.written)

    def written(self, ended: "Ended | None") -> None:
        """The composer is closed."""
        if ended is not None:
            self._sending = ended.sending
            self._status.speak(ended.words, look=ended.look)
