"""What a member may see and do ([R1], [C8]): role, rights one by one, the clients they are given, walls.

Who may change what the office decides; a key that it would refuse to this reader is not offered.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final

from store.model.errors import NotFound
from store.model.firm import Member, MemberRole, Right
from store.model.ids import ClientId
from store.model.record import Record
from store.model.views import Done
from tui.acts import undone_words
from tui.i18n import N_, _
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import Row, Span, fit, short
from tui.screens.asking import Confirm
from tui.screens.chooser import Chooser, Option
from tui.screens.client_parts import Part, PartPage, blank, head, told
from tui.screens.clients import client_options, short_name
from tui.screens.page import Doing
from tui.surroundings import Surroundings
from tui.words import role_word

RIGHTS: Final = {
    Right.VIEW_ALL_CLIENTS: N_("view all clients"),
    Right.MANAGE_CLIENTS: N_("manage clients and contacts"),
    Right.SEND: N_("send"),
    Right.DELETE_FILED: N_("delete filed mail and documents"),
    Right.MANAGE_TEMPLATES: N_("manage templates and pipelines"),
    Right.EXPORT: N_("export"),
    Right.SEE_INSIGHTS: N_("see insights of others"),
}
CHANGES: Final = ("toggle_right", "set_role", "give_client", "take_client", "wall_client")


class Walled(Record, frozen=True, kw_only=True):
    """A client that a member is denied."""

    client: ClientId


class RightsScreen(PartPage):
    """See the module."""

    PLACE = Place.RIGHTS
    KINDS = frozenset({"firm_changed", "scope_changed"})

    def __init__(self, link: Link, around: Surroundings, *, member: str) -> None:
        super().__init__(link, around)
        self._id = member
        self._member: Member | None = None
        self._me: Member | None = None
        self._names: Mapping[str, str] = {}

    # ------------------------------------------------------------ what is shown
    def title_words(self) -> str:
        return self._member.name if self._member is not None else _("Member")

    def count_words(self) -> str:
        return role_word(self._member.role) if self._member is not None else ""

    async def look(self) -> Sequence[Part]:
        desk = self._link.desk
        self._me = (await desk.welcome()).member
        self._names = {str(one.client): one.name for one in await desk.clients()}
        self._member = next((one for one in await desk.members() if one.member == self._id), None)
        if self._member is None:
            self.leave(None)
            return ()
        return list(member_parts(self._member, self._names))

    @property
    def manages(self) -> bool:
        """Whether this reader changes this member: the owner everybody but themself, admins employees."""
        me, member = self._me, self._member
        if me is None or member is None or me.member == member.member:
            return False
        return me.role is MemberRole.OWNER or (me.role is MemberRole.ADMIN and member.role is MemberRole.EMPLOYEE)

    def not_meant(self, item: Part | None) -> Sequence[str]:
        if not self.manages or self._me is None or self._member is None:
            return CHANGES
        value = item.value if item is not None else None
        employee = self._member.role is MemberRole.EMPLOYEE
        meant = {
            "toggle_right": employee and isinstance(value, Right),
            "set_role": self._me.role is MemberRole.OWNER,
            "give_client": employee,
            "take_client": isinstance(value, (str, Walled)) and not isinstance(value, Right),
        }
        return [action for action, is_meant in meant.items() if not is_meant]

    def hint(self, item: Part | None) -> str:
        if self._member is None:
            return ""
        if not self.manages:
            return _("Only owner and admins change this; nobody their own.")
        if self._member.role is not MemberRole.EMPLOYEE:
            return _("Owner and admins have all rights and see all clients; a wall still denies one.")
        return ""

    # ------------------------------------------------------------ keys
    def action_toggle_right(self) -> None:
        part, member = self._rows.chosen, self._member
        if part is None or member is None or not isinstance(part.value, Right) or not self._may():
            return
        right = part.value
        rights = [one for one in Right if (one in member.rights) != (one is right)]
        words = _("May now: {right}.") if right in rights else _("May no longer: {right}.")
        self.act(
            lambda desk, request: desk.set_access(request, member.member, rights=rights),
            words.format(right=_(RIGHTS[right])),
        )

    def action_set_role(self) -> None:
        member = self._member
        if member is None or not self._may():
            return

        def chosen(role: MemberRole | None) -> None:
            if role is MemberRole.OWNER:
                self._ask_owner(member)
            elif role is not None and role is not member.role:
                words = _("{member} is {role} now.").format(member=short_name(member.name), role=role_word(role))
                self.act(lambda desk, request: desk.set_role(request, member.member, role), words)

        options = [
            Option(value=role, text=role_word(role), note=_("now") * (role is member.role))
            for role in (MemberRole.EMPLOYEE, MemberRole.ADMIN, MemberRole.OWNER)
        ]
        self.app.push_screen(Chooser(_("Role"), options), chosen)

    def _ask_owner(self, member: Member) -> None:
        """There is one owner: handing the firm over is asked about."""
        question = _("Hand the firm over to {member}? You are an admin then, and only they can give it back.").format(
            member=short_name(member.name)
        )

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                words = _("{member} is owner now.").format(member=short_name(member.name))
                self.act(lambda desk, request: desk.set_role(request, member.member, MemberRole.OWNER), words)

        self.app.push_screen(Confirm(question, yes=_("hand over")), said)

    def action_give_client(self) -> None:
        member = self._member
        if member is None or not self._may():
            return

        def chosen(client: Option[str] | None) -> None:
            if client is not None:
                words = _("{member} follows {client} now.")
                said = words.format(member=short_name(member.name), client=short_name(client.text))
                self.act(lambda desk, request: desk.set_access(request, member.member, give=[client.value]), said)

        self.app.push_screen(Chooser(_("Give access to"), self._options(without=member.clients)), chosen)

    def action_take_client(self) -> None:
        """On a client: the access; on a wall: the wall."""
        part, member = self._rows.chosen, self._member
        if part is None or member is None or not self._may():
            return
        value = part.value
        if isinstance(value, Walled):
            words = _("The wall is taken away.")
            self.act(lambda desk, request: desk.set_wall(request, value.client, member.member, on=False), words)
        elif isinstance(value, str) and not isinstance(value, Right):
            words = _("Access is taken away.")
            self.act(lambda desk, request: desk.set_access(request, member.member, take=[value]), words)

    def action_wall_client(self) -> None:
        member = self._member
        if member is None or not self._may():
            return

        def chosen(client: Option[str] | None) -> None:
            if client is not None:
                words = _("{member} sees nothing of {client} any more, whatever their role.")
                said = words.format(member=short_name(member.name), client=short_name(client.text))
                self.act(lambda desk, request: desk.set_wall(request, client.value, member.member, on=True), said)

        self.app.push_screen(Chooser(_("Wall from"), self._options(without=member.walls)), chosen)

    def _options(self, *, without: Sequence[str]) -> Callable[[], Awaitable[Sequence[Option[Option[str]]]]]:
        async def options() -> Sequence[Option[Option[str]]]:
            return [one for one in await client_options(self._link) if one.value.value not in without]

        return options

    def _may(self) -> bool:
        if not self.manages:
            self.say(_("Only owner and admins change this; nobody their own."), "warn")
        return self.manages

    # ------------------------------------------------------------ doing
    def act(self, doing: Doing, words: str) -> None:
        """Not all that is done here can be taken back."""
        request = new_request()

        async def acted() -> None:
            done = await self._link.command(lambda desk: doing(desk, request))
            self.say(words + (" " + _("u takes it back.") if isinstance(done, Done) and done.undo else ""))
            self.look_again()

        self.ask(acted)

    def action_undo(self) -> None:
        self.ask(self._undo)

    async def _undo(self) -> None:
        try:
            done = await self._link.undo(new_request())
        except NotFound:
            self.leave(None)
            return
        self.look_again()
        self.say(undone_words(done))


def member_parts(member: Member, names: Mapping[str, str]) -> Iterator[Part]:
    """Rights, then clients, then walls."""
    all_rights = member.role is not MemberRole.EMPLOYEE
    yield head(_("Rights"))
    for right in Right:
        yield right_part(right, on=all_rights or right in member.rights, fixed=all_rights)
    yield blank("clients")
    yield head(_("Clients"))
    if all_rights or Right.VIEW_ALL_CLIENTS in member.rights:
        yield told(_("Sees all clients."))
    yield from (named_part("client", client, client, names) for client in member.clients)
    if not member.clients and not all_rights and Right.VIEW_ALL_CLIENTS not in member.rights:
        yield told(_("None yet: + gives access to one."))
    yield blank("walls")
    yield head(_("Walls"), _("denied, whatever the role"))
    yield from (named_part("wall", client, Walled(client=client), names) for client in member.walls)
    if not member.walls:
        yield told(_("None."))


def right_part(right: Right, *, on: bool, fixed: bool) -> Part:
    """A right, given or not."""

    def made(cells: int) -> Row:
        sign = Span("[x]" if on else "[ ]", "dim" if fixed else "accent" if on else "dim")
        return Span("   "), sign, Span(" "), Span(fit(_(RIGHTS[right]), max(cells - 8, 4)), "" if on else "dim")

    return Part(key=f"right {right}", made=made, value=right)


def named_part(kind: str, client: ClientId, value: object, names: Mapping[str, str]) -> Part:
    """A client's line."""
    name = names.get(client, _("a client that you do not see"))
    look = "warn" if kind == "wall" else "client"
    return Part(
        key=f"{kind} {client}",
        made=lambda cells: (Span("   "), Span(short(name, max(cells - 4, 4)), look)),
        value=value,
    )
