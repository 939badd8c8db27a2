"""Settings › Team › Members ([S13]): how every member's sync goes, for owner and admins. Never anything private."""

from collections.abc import Sequence

from store.model.firm import Member, MemberRole
from store.model.mailbox import SyncState
from store.model.plain import plain
from store.model.views import MailboxStatus, MemberSync
from tui.absence import away_words
from tui.i18n import _
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import Row, Span, fit, width, wrap
from tui.screens.asking import Confirm
from tui.screens.away import ask_away
from tui.screens.chooser import Chooser, Option
from tui.screens.dialog import Dialog
from tui.screens.page import Left, Page
from tui.sentences import cause
from tui.surroundings import Surroundings
from tui.when import brief, full
from tui.words import role_word, sync_word

WARN = frozenset({SyncState.NEEDS_SIGN_IN, SyncState.BROKEN})
_NOT_SET_UP = MailboxStatus(address="", state=SyncState.NOT_SET_UP)
Line = tuple[MemberSync, MailboxStatus]
HOUR, DAY = 3600, 86_400
LAST = 8  # cells of a moment
ROLE = 10  # of the longest word for one
WIDE = 96  # cells from which on there is room for the age of tokens


class MembersScreen(Page[Line]):
    """A line for each mailbox of each member."""

    PLACE = Place.MEMBERS
    KINDS = frozenset({"mailbox_told", "firm_changed"})

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._rows.empty_words = _("Nobody is here.")
        self._members: dict[str, Member] = {}

    def title_words(self) -> str:
        return _("Settings › Team › Members")

    async def look(self) -> Sequence[Line]:
        team = await self._link.desk.team()
        self._members = {str(one.member): one for one in await self._link.desk.members()}
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

    def action_open(self) -> None:
        line = self._rows.chosen
        if line is not None:
            now = self._around.clock()
            self.app.push_screen(Dialog(line[0].name, lambda cells: member_facts(line, cells, now=now)))

    def action_set_away(self) -> None:
        """Away with a deputy, or back."""
        line = self._rows.chosen
        member = None if line is None else self._members.get(str(line[0].member))
        if member is None:
            return
        if member.away_until is not None:
            self._away(member, None, None)
            return
        others = [one for one in self._members.values() if one.member != member.member]
        now = self._around.clock()
        ask_away(self, member, others, now=now, done=lambda until, deputy: self._away(member, until, deputy))

    def _away(self, member: Member, until: int | None, deputy: Member | None) -> None:
        request, to = new_request(), None if deputy is None else str(deputy.member)

        async def set_() -> None:
            await self._link.command(lambda desk: desk.set_away(request, str(member.member), until, deputy=to))
            said = _("{name} is back.") if until is None else _("{name} is away until {time}.")
            when = "" if until is None else full(until)
            self.look_again()
            self.say(said.format(name=plain(member.name), time=when) + " " + _("u takes it back."))

        self.ask(set_)

    def action_leave_member(self) -> None:
        """Who takes over is named on the spot: nothing is left without an owner ([S14])."""
        line = self._rows.chosen
        if line is None:
            return
        leaver = line[0]
        if leaver.role is MemberRole.OWNER:
            self.say(_("The owner stays; somebody else becomes owner first."), "warn")
            return

        async def options() -> Sequence[Option[MemberSync]]:
            team = await self._link.desk.team()
            return [Option(one, one.name, role_word(one.role)) for one in team if one.member != leaver.member]

        def chosen(heir: MemberSync | None) -> None:
            if heir is not None:
                self._sure(leaver, heir)

        self.app.push_screen(Chooser(_("Who takes over from {name}?").format(name=plain(leaver.name)), options), chosen)

    def _sure(self, leaver: MemberSync, heir: MemberSync) -> None:
        question = _(
            "{name} leaves? Their mailboxes stop, their secrets and private mail go, their screens are closed. "
            "What is filed stays; their threads and the clients they follow pass to {heir}. This cannot be undone."
        ).format(name=plain(leaver.name), heir=plain(heir.name))
        request = new_request()

        async def left() -> None:
            await self._link.command(
                lambda desk: desk.leave_firm(request, str(leaver.member), pass_to=str(heir.member))
            )
            self.say(_("{name} has left; {heir} takes over.").format(name=plain(leaver.name), heir=plain(heir.name)))
            self.look_again()

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self.ask(left)

        self.app.push_screen(Confirm(question, yes=_("they leave")), said)

    def not_meant(self, item: Line | None) -> Sequence[str]:
        if item is None:
            return ("open", "leave_member", "open_rights", "set_away")
        return ("leave_member",) if item[0].role is MemberRole.OWNER else ()

    def heads(self, cells: int) -> Row:
        return member_heads(cells)

    def hint(self, item: Line | None) -> str:
        member = None if item is None else self._members.get(str(item[0].member))
        if member is not None and member.away_until is not None:
            deputy = self._members.get(str(member.deputy))
            return away_words(member.name, member.away_until, "" if deputy is None else deputy.name)
        if item is None:
            return ""
        status = item[1]
        if status.last_error is not None and status.state is not SyncState.SYNCED:
            return cause(status.last_error)
        age = token_words(status, now=self._around.clock())
        return _("Its token was made {age} ago.").format(age=age) if age else ""


def status_words(status: MailboxStatus) -> str:
    """Its state, how far it is, how old its mail may be."""
    said = sync_word(status.state)
    if status.state is SyncState.SYNCING and status.total:
        return f"{said} {status.done * 100 // status.total} %"
    if status.state is SyncState.SYNCED and status.lag_s is not None and status.lag_s >= 60:
        return _("{state}, {minutes} min behind").format(state=said, minutes=status.lag_s // 60)
    return said


def widths(cells: int) -> tuple[int, int, int, int, int]:
    """Cells of name, role, mailbox, state and token age; no token age where there is hardly room."""
    name, role, state = max(cells // 6, 8), max(cells // 9, ROLE), 20
    token = 8 if cells >= WIDE else 0
    return name, role, max(cells - name - role - state - token - LAST - 5, 6), state, token


def member_heads(cells: int) -> Row:
    """What the columns are."""
    name, role, room, state, token = widths(cells)
    words = ((_("member"), name), (_("role"), role), (_("mailbox"), room), (_("sync"), state))
    last = (Span(fit(_("last"), LAST, right=True), "dim"),)
    age = (Span(fit(_("token"), token, right=True), "dim"),) if token else ()
    return (Span("   "), *(Span(fit(word, wide), "dim") for word, wide in words), *last, *age)


def member_row(item: Line, cells: int, *, now: float) -> Row:
    """Who, their role, which mailbox, how it goes, when it last went well, how old its token is."""
    member, status = item
    name, role, room, state, token = widths(cells)
    last = "" if status.last_success is None else brief(status.last_success, now=now).strip()
    age = (Span(fit(token_words(status, now=now), token, right=True), "dim"),) if token else ()
    return (
        Span("   "),
        Span(fit(member.name, name - 1) + " ", "strong"),
        Span(fit(role_word(member.role), role - 1) + " ", "dim"),
        Span(fit(status.address, room - 1) + " "),
        Span(fit(status_words(status), state), "warn" if status.state in WARN else "dim"),
        Span(fit(last, LAST, right=True), "dim"),
        *age,
    )


def token_words(status: MailboxStatus, *, now: float) -> str:
    """How long ago its token was made; "" where it has none."""
    if status.token_at is None:
        return ""
    age = max(int(now) - status.token_at, 0)
    if age < HOUR:
        return _("{count} min").format(count=age // 60)
    return _("{count} h").format(count=age // HOUR) if age < DAY else _("{count} d").format(count=age // DAY)


def member_facts(item: Line, cells: int, *, now: float) -> list[Row]:
    """All that is told of a member's sync: never anything private."""
    member, status = item
    pairs = [(_("role"), role_word(member.role)), (_("sync"), status_words(status))]
    if status.address:
        pairs.insert(1, (_("mailbox"), status.address))
        last = status.last_success
        pairs.append((_("last success"), "–" if last is None else brief(last, now=now).strip()))
        pairs.append((_("token"), token_words(status, now=now) or "–"))
    if status.last_error is not None and status.state is not SyncState.SYNCED:
        pairs.append((_("why"), cause(status.last_error)))
    wide = max(width(name) for name, _value in pairs) + 2
    rows: list[Row] = []
    for name, value in pairs:
        for number, line in enumerate(list(wrap(value, max(cells - wide - 2, 8))) or [""]):
            rows.append((Span(" "), Span(fit(name if not number else "", wide), "dim"), Span(line)))
    return rows
