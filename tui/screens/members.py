"""Settings › Team › Members ([S13]): how every member's sync goes, for owner and admins. Never anything private."""

from collections.abc import Sequence

from store.model.mailbox import SyncState
from store.model.views import MailboxStatus, MemberSync
from tui.i18n import _
from tui.keys import Place
from tui.link import Link
from tui.plain import Row, Span, fit, width
from tui.screens.page import Left, Page
from tui.sentences import cause
from tui.surroundings import Surroundings
from tui.when import brief
from tui.words import role_word, sync_word

WARN = frozenset({SyncState.NEEDS_SIGN_IN, SyncState.BROKEN})
_NOT_SET_UP = MailboxStatus(address="", state=SyncState.NOT_SET_UP)
Line = tuple[MemberSync, MailboxStatus]


class MembersScreen(Page[Line]):
    """A line for each mailbox of each member."""

    PLACE = Place.MEMBERS
    KINDS = frozenset({"mailbox_told", "firm_changed"})

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._rows.empty_words = _("Nobody is here.")

    def title_words(self) -> str:
        return _("Settings › Team › Members")

    async def look(self) -> Sequence[Line]:
        team = await self._link.desk.team()
        return [(one, status) for one in team for status in (one.mailboxes or (_NOT_SET_UP,))]

    def name_of(self, item: Line) -> str:
        return f"{item[0].member} {item[1].address}"

    def row(self, item: Line, cells: int) -> tuple[Row, ...]:
        return (member_row(item, cells, now=self._around.clock()),)

    def action_open_rights(self) -> None:
        """What the member under the cursor may see and do."""
        line = self._rows.chosen
        if line is not None:
            from tui.screens.rights import RightsScreen

            self.app.push_screen(RightsScreen(self._link, self._around, member=line[0].member), self._rights_left)

    def _rights_left(self, left: Left | None) -> None:
        if left is not None:
            self.leave(left)
        else:
            self.look_again()

    def action_undo(self) -> None:
        """Nothing is done here."""
        self.say(_("There is nothing to undo."))

    def hint(self, item: Line | None) -> str:
        if item is None or item[1].last_error is None or item[1].state is SyncState.SYNCED:
            return ""
        return cause(item[1].last_error)


def status_words(status: MailboxStatus) -> str:
    """Its state, how far it is, how old its mail may be."""
    said = sync_word(status.state)
    if status.state is SyncState.SYNCING and status.total:
        return f"{said} {status.done * 100 // status.total} %"
    if status.state is SyncState.SYNCED and status.lag_s is not None and status.lag_s >= 60:
        return _("{state}, {minutes} min behind").format(state=said, minutes=status.lag_s // 60)
    return said


def member_row(item: Line, cells: int, *, now: float) -> Row:
    """Who, their role, which mailbox, how it goes, when it last went well."""
    member, status = item
    last = "" if status.last_success is None else brief(status.last_success, now=now)
    state = status_words(status)
    name, role = max(cells // 5, 8), max(cells // 8, 8)
    room = max(cells - name - role - width(state) - 14, 6)
    return (
        Span("   "),
        Span(fit(member.name, name), "strong"),
        Span(fit(role_word(member.role), role), "dim"),
        Span(fit(status.address, room)),
        Span(f" {state}", "warn" if status.state in WARN else "dim"),
        Span(f"  {last:>7}", "dim"),
    )
