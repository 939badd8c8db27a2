"""The fake desk's part for members: roles, access, walls, private threads, who is away."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.firm import Member, MemberRole, Right
from store.model.ids import RequestId, ThreadId
from store.model.views import Done
from tests.support.fake_calls import FakePart, command

NOW = 1_764_000_000
NOTHING = Done(done=False, affected=0)


class FakeMembers(FakePart):
    """See the module."""

    def _member_at(self, ref: str) -> int:
        for number, known in enumerate(self.firm.members):
            if ref.casefold() in (known.member, known.name.casefold()):
                return number
        raise NotFound

    def _member_set(self, word: str, at: int, after: Member, *, kind: str = "scope_changed") -> Done:
        before = self.firm.members[at]
        if after == before:
            return NOTHING
        self.firm.members[at] = after
        return self._did(word, 1, self._member_restored(before), kind=kind)

    def _member_restored(self, before: Member) -> Callable[[], None]:
        def back() -> None:
            self.firm.members[self._member_at(before.member)] = before

        return back

    @command
    async def set_access(
        self,
        request: RequestId,
        member: str,
        *,
        give: Sequence[str] = (),
        take: Sequence[str] = (),
        rights: Sequence[Right] | None = None,
    ) -> Done:
        at = self._member_at(member)
        known = self.firm.members[at]
        clients = {*known.clients, *(self._client(ref).client for ref in give)}
        clients -= {self._client(ref).client for ref in take}
        chosen = known.rights if rights is None else tuple(sorted(set(rights)))
        return self._member_set("access", at, replace(known, clients=tuple(sorted(clients)), rights=chosen))

    @command
    async def set_role(self, request: RequestId, member: str, role: MemberRole) -> Done:
        at = self._member_at(member)
        known = self.firm.members[at]
        if known.role is MemberRole.OWNER:
            raise NotAllowed("not_allowed", right="change_role")
        if role is not MemberRole.OWNER:
            return self._member_set("role", at, replace(known, role=role))
        old = self._member_at(self.firm.owner.member)
        self.firm.members[old] = replace(self.firm.members[old], role=MemberRole.ADMIN)
        self.firm.members[at] = replace(known, role=role)
        self.announce("scope_changed")
        return Done(done=True, affected=1)

    @command
    async def set_wall(self, request: RequestId, client: str, member: str, *, on: bool) -> Done:
        key, at = self._client(client).client, self._member_at(member)
        known = self.firm.members[at]
        if known.member == self.firm.owner.member:
            raise NotAllowed("not_allowed", right="change_wall")
        walls = set(known.walls) | {key} if on else set(known.walls) - {key}
        return self._member_set("wall" if on else "unwall", at, replace(known, walls=tuple(sorted(walls))))

    @command
    async def set_private(self, request: RequestId, thread: ThreadId, *, on: bool) -> Done:
        changed = [mail for mail in self._of_thread(thread) if mail.private is not on]
        if not changed:
            return NOTHING

        def put(private: bool) -> None:  # noqa: FBT001 - said both ways
            for mail in changed:
                mail.private = private

        put(on)
        return self._did("private" if on else "public", len(changed), lambda: put(not on), thread=thread)

    @command
    async def set_away(self, request: RequestId, member: str, until: int | None, *, deputy: str | None = None) -> Done:
        at = self._member_at(member)
        known, other = self.firm.members[at], None
        if until is not None:
            if until <= NOW:
                raise BadRequest("bad_value", field="until")
            if deputy is None or self._member_at(deputy) == at:
                raise BadRequest("bad_value", field="deputy")
            other = self.firm.members[self._member_at(deputy)].member
        word = "back" if until is None else "away"
        return self._member_set(word, at, replace(known, away_until=until, deputy=other), kind="firm_changed")
