"""Inbox+: what a member is told, newest first. Opening a notice reads its thread; nothing is decided here."""

from collections.abc import Awaitable, Callable, Sequence

from actors.desk.api import Desk
from store.model.ids import NoticeId, RequestId
from store.model.mailbox import SyncState
from store.model.views import NoticeKind, NoticeRow
from tui.acts import undone_words
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import Row, Span, fit, short, width, wrap
from tui.screens.page import Left, Page
from tui.surroundings import Surroundings
from tui.when import brief
from tui.words import SIGN_IN_CODES, notice_words

WARN = frozenset(
    {
        NoticeKind.IN_SPAM,
        NoticeKind.SYNC_BROKE,
        NoticeKind.ACTOR_GAVE_UP,
        NoticeKind.CHANGE_DROPPED,
        NoticeKind.MAIL_GONE,
        NoticeKind.SEND_FAILED,
        NoticeKind.SEND_UNCERTAIN,
    }
)


class NoticesScreen(Page[NoticeRow]):
    """See the module."""

    PLACE = Place.NOTICES
    KINDS = frozenset({"notices_kept"})
    TALL = 2

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._rows.empty_words = _("Nothing new.")
        self._acted = False

    def title_words(self) -> str:
        return _("Inbox+")

    async def look(self) -> Sequence[NoticeRow]:
        return await self._link.desk.notices()

    def count_words(self) -> str:
        new = sum(not one.seen for one in self._rows.items)
        return ngettext("{count} new", "{count} new", new).format(count=new) if new else ""

    def name_of(self, item: NoticeRow) -> str:
        return item.notice

    def row(self, item: NoticeRow, cells: int) -> tuple[Row, ...]:
        return notice_rows(item, cells, now=self._around.clock())

    # ------------------------------------------------------------ keys
    def action_open(self) -> None:
        notice = self._rows.chosen
        if notice is None:
            return
        request = new_request()

        async def opened() -> None:
            await self._link.command(lambda desk: desk.see_notice(request, notice.notice))
            if notice.thread is not None:
                self.leave(Left(thread=notice.thread, email=notice.email))
            elif notice.kind is NoticeKind.NOT_SYNCED:
                self.leave(Left(action="sync_email"))
            elif notice.kind is NoticeKind.SYNC_BROKE and await self._mends(notice):
                return
            elif notice.kind in (NoticeKind.SEND_FAILED, NoticeKind.SEND_UNCERTAIN):
                self.leave(Left(action="go_outbox"))
            else:
                self.say(notice_words(notice))

        self.ask(opened)

    def action_unspam_notice(self) -> None:
        notice = self._rows.chosen
        if notice is None or notice.kind is not NoticeKind.IN_SPAM:
            self.say(_("This notice is about no mail in spam."))
            return
        words = _("It moves to the inbox and is filed there.")
        self._act(lambda desk, request, one: desk.unspam(request, notices=(one,)), words)

    async def _mends(self, notice: NoticeRow) -> bool:
        """The sign-in of the mailbox itself, where that is what it needs; False: something else must be done."""
        address = str(notice.arguments.get("address", "")).casefold()
        boxes = [one for one in await self._link.desk.mailboxes() if one.settings.address.casefold() == address]
        needs = boxes and (
            boxes[0].state is SyncState.NEEDS_SIGN_IN
            or (boxes[0].state is SyncState.BROKEN and boxes[0].last_error in SIGN_IN_CODES)
        )
        if not needs or boxes[0].settings.imap is None:
            return False
        from tui.screens.mailboxes import why_words
        from tui.screens.sign_in import sign_in_again

        def done(signed: str | None) -> None:
            if signed:
                self.say(_("{address} is signed in.").format(address=signed))
                self.look_again()

        box, server = boxes[0], boxes[0].settings.imap
        why = " ".join(why_words(box, now=self._around.clock())[:2])
        sign_in_again(self, self._link, box.settings.address, host=server.host, done=done, why=why)
        return True

    def action_archive_notice(self) -> None:
        self._act(lambda desk, request, notice: desk.archive_notice(request, notice), _("Archived."))

    def action_later_notice(self) -> None:
        self._act(lambda desk, request, notice: desk.later_notice(request, notice), _("Hidden for 24 hours."))

    def action_never_notice(self) -> None:
        self._act(lambda desk, request, notice: desk.never_notice(request, notice), _("Not shown again."))

    def action_undo(self) -> None:
        """The member's last act, wherever it was done; what was done to a notice is none, and hides what was before."""
        if self._acted:
            self.say(_("There is nothing to undo."))
            return
        request = new_request()

        async def undone() -> None:
            done = await self._link.undo(request)
            self.say(undone_words(done))
            self.look_again()

        self.ask(undone)

    def _act(self, act: Callable[[Desk, RequestId, NoticeId], Awaitable[object]], words: str) -> None:
        notice, request = self._rows.chosen, new_request()
        if notice is None:
            return

        async def acted() -> None:
            await self._link.command(lambda desk: act(desk, request, notice.notice))
            self._acted = True
            self.say(words)
            self.look_again()

        self.ask(acted)


def notice_rows(item: NoticeRow, cells: int, *, now: float) -> tuple[Row, ...]:
    """What happened and when; then about which thread, of whom, and who has read it."""
    when = f"{brief(item.at, now=now):>7}"
    room = max(cells - 3 - 2 - width(when) - 2, 10)
    told = notice_words(item)
    lines = [*wrap(told[:1].upper() + told[1:], room), ""]
    look = "warn" if item.kind in WARN else "" if item.seen else "strong"
    first = (
        Span(" "),
        Span(" " if item.seen else "●", "accent"),
        Span(" "),
        Span(fit(lines[0], room), look),
        Span("  "),
        Span(when, "dim"),
        Span("  "),
    )
    if lines[1]:
        return first, (Span("   "), Span(short(" ".join(lines[1:]), cells - 5), look), Span("  "))
    about = " ".join(item.subject.split())
    clients = ", ".join(one.name for one in item.clients if item.client is None or one.client != item.client.client)
    seen_by = _("read by {names}").format(names=", ".join(item.seen_by)) if item.seen_by else ""
    aside = "   ".join(part for part in (clients, seen_by) if part)
    left = max(cells - 5 - (width(aside) + 2 if aside else 0), 8)
    second = (Span("   "), Span(fit(about, left), "dim"), Span("  " if aside else ""), Span(aside, "dim"), Span("  "))
    return first, second
